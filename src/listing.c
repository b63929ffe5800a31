/*
 * One reading of a collection, page by page.
 *
 * Members are staged until the end: a listing is complete or it fails, it is
 * never cut.  Offsets shift when members are inserted meanwhile; an id seen
 * twice shows that, and the reading starts over.  Where the version can list
 * sessions from a time on, a later listing asks only from the oldest session
 * that can still change.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"
#include "vbofs/timestamp.h"

#include "model_private.h"

#define DEADLINE_FACTOR 10       /* a whole listing may take so many times the timeout */
#define DOCUMENTED_PAGE 30       /* the server's default ... */
#define DOCUMENTED_PAGE_MAX 10000 /* ... and most */
#define FROM_MARGIN_S 60         /* asked for earlier than needed: clocks and roundings */

struct listing {
	struct collection *c;
	struct api_call *call;
	const struct profile_listing *how;
	bool background;             /* goes on though nobody waits */
	bool partial;                /* only from a time on */
	int64_t from;
	uint64_t started;
	size_t offset, page_before;
	unsigned restarts;
	struct member **staged;
	size_t n, cap;
	struct map ids;
	struct want want;            /* for the session's state, after a failure ... */
	struct timer again;
	struct fault fault;          /* ... of this kind */
	uint64_t seen_in_page;       /* members of the page at hand that were known already */
};

static int listing_ask(struct listing *l, struct fault *f);

static void staged_clear(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		member_put(l->staged[i]);
	l->n = 0;
	map_release(&l->ids);
	map_init(&l->ids);
}

static void listing_free(struct listing *l)
{
	if (l->call)
		api_cancel(l->call);
	want_cancel(&l->want);
	timer_stop(&l->again);
	staged_clear(l);
	map_release(&l->ids);
	free(l->staged);
	l->c->listing = NULL;
	free(l);
}

static void listing_fail(struct listing *l, const struct fault *f)
{
	struct collection *c = l->c;
	struct fault told;

	/* a collection that is not there is no missing file */
	fault_set(&told, f->err == ENOENT ? EIO : f->err, "cannot list %s: %s", c->class->what, f->text);
	if (l->background && !c->resource.first)
		log_fault(c->model->log, "", &told);
	listing_free(l);
	resource_wake(&c->resource, &told);
}

/* ---- the end ------------------------------------------------------------------ */

/* A whole listing says who is still there; those put in since it began are newer than it. */
static void drop_unlisted(struct listing *l)
{
	struct collection *c = l->c;
	struct roster *r = roster_get(c->roster);

	for (size_t i = 0; i < r->n; i++) {
		struct member *m = r->members[i];
		if (m->gone || m->fetched >= l->started)
			continue;
		m->gone = true;
		map_remove(&c->by_name, m->hash, m);
		collection_moved(c);
		collection_changed(c, m);
	}
	roster_put(r);
}

static void listing_complete(struct listing *l)
{
	struct collection *c = l->c;
	uint64_t now = timer_now();
	bool ok = true;

	for (size_t i = 0; i < l->n; i++) {
		struct member *m = l->staged[i], *known = model_find(c, m->name);
		/* asked for alone since its page came: what is known is newer */
		if (known && known->fetched > m->fetched) {
			member_put(m);
			continue;
		}
		m->fetched = now;
		ok &= collection_upsert(c, m) != NULL;
	}
	l->n = 0;
	if (!ok) {
		struct fault f;
		fault_set(&f, ENOMEM, "no memory for a listing");
		listing_fail(l, &f);
		return;
	}
	if (!l->partial) {
		drop_unlisted(l);
		c->whole_wanted = false;
		if (!c->complete)
			collection_moved(c);
		c->complete = true;
	}
	c->fetched = now;
	c->begun = l->started;
	if (c->session)
		contents_account(c);
	listing_free(l);
	resource_wake(&c->resource, NULL);
}

/* ---- pages ----------------------------------------------------------------------- */

struct page {
	struct jslice members;       /* array, or the one object */
	bool envelope;
	bool next, linked;
	size_t n;
};

static int page_open(const struct buf *body, struct page *page, struct listing *l, struct fault *f)
{
	struct jslice root;

	memset(page, 0, sizeof(*page));
	if (!body->len || jslice_parse(body->data, body->len, &root))
		return fault_set(f, EIO, "the server's answer is %s",
				 body->len ? "not well-formed JSON" : "empty");
	if (root.type == JSLICE_ARRAY) {
		page->members = root;
		return 0;
	}
	if (root.type != JSLICE_OBJECT)
		return fault_set(f, EIO, "the server's answer is neither a page nor an array");
	page->members = jslice_get(&root, "results");
	if (page->members.type != JSLICE_ARRAY) {
		if (l->how->paging != PAGING_OBJECT || !member_has_id(&root))
			return fault_set(f, EIO, "the server's answer has no list of results");
		page->members = root;
		return 0;
	}
	struct jslice links = jslice_get(&root, "_links"), next = jslice_get(&links, "next");
	page->envelope = true;
	page->next = next.type == JSLICE_OBJECT || next.type == JSLICE_STRING;
	page->linked = links.type == JSLICE_OBJECT;
	return 0;
}

static bool same_name(const void *value, const void *key)
{
	return strcmp(((const struct member *)value)->name, key) == 0;
}

static int stage(struct listing *l, const struct jslice *element, struct fault *f)
{
	struct member *m = member_new(l->c, element);

	if (m && map_find(&l->ids, m->hash, same_name, m->name)) {
		member_put(m);
		l->seen_in_page++;
		return 0;
	}
	if (m && l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct member **more = realloc(l->staged, cap * sizeof(*more));
		if (more) {
			l->staged = more;
			l->cap = cap;
		}
	}
	if (!m || l->n == l->cap || map_insert(&l->ids, m->hash, m)) {
		member_put(m);
		return fault_set(f, ENOMEM, "no memory for a listing");
	}
	l->staged[l->n++] = m;
	if (l->n > MODEL_MEMBERS_MAX)
		return fault_set(f, EIO, "the server lists more than %d", MODEL_MEMBERS_MAX);
	return 0;
}

static int page_stage(struct listing *l, struct page *page, struct fault *f)
{
	struct jslice_iter it;

	l->seen_in_page = 0;
	if (page->members.type == JSLICE_OBJECT) {
		page->n = 1;
		return stage(l, &page->members, f);
	}
	jslice_begin(&it, &page->members);
	while (jslice_next(&it)) {
		page->n++;
		int rc = stage(l, &it.value, f);
		if (rc)
			return rc;
	}
	if (it.err)
		return fault_set(f, EIO, "the server's answer is not well-formed JSON");
	return 0;
}

enum verdict { PAGE_LAST, PAGE_MORE, PAGE_AGAIN, PAGE_BAD };

/*
 * An array tells nothing about a rest.  One of a documented page size, or as
 * long as was asked for, may have been cut there: the next offset is tried.
 */
static enum verdict judge_array(const struct listing *l, const struct page *page)
{
	if (l->how->paging == PAGING_OBJECT || !page->n)
		return PAGE_LAST;
	if (l->seen_in_page) /* a server that ignores offsets repeats all it said */
		return l->seen_in_page == page->n && page->n == l->n ? PAGE_LAST : PAGE_AGAIN;
	/* cut at the default, at what was asked for, at the most there is, or where the last one was */
	return page->n == DOCUMENTED_PAGE || page->n == MODEL_PAGE || page->n == DOCUMENTED_PAGE_MAX ||
			       page->n == l->page_before
		       ? PAGE_MORE : PAGE_LAST;
}

static enum verdict page_judge(const struct listing *l, const struct page *page, struct fault *f)
{
	if (!page->envelope)
		return judge_array(l, page);
	if (l->seen_in_page)
		return PAGE_AGAIN;
	if (page->next && !page->n) {
		fault_set(f, EIO, "the server sent an empty page and says there is more");
		return PAGE_BAD;
	}
	/* without links an empty page is the end */
	return page->next || (!page->linked && page->n) ? PAGE_MORE : PAGE_LAST;
}

static int start_over(struct listing *l, struct fault *f)
{
	if (++l->restarts > LISTING_RESTARTS_MAX)
		return fault_set(f, EIO, "the server keeps repeating members from page to page");
	staged_clear(l);
	l->offset = l->page_before = 0;
	return listing_ask(l, f);
}

static int listing_page(struct listing *l, const struct buf *body, struct fault *f)
{
	struct page page;
	int rc = page_open(body, &page, l, f);

	if (rc)
		return rc;
	rc = page_stage(l, &page, f);
	if (rc)
		return rc;
	switch (page_judge(l, &page, f)) {
	case PAGE_BAD:
		return -f->err;
	case PAGE_AGAIN:
		return start_over(l, f);
	case PAGE_MORE:
		l->offset += page.n;
		l->page_before = page.n;
		return listing_ask(l, f);
	default:
		listing_complete(l);
		return 0;
	}
}

/* The other way to list the same collection, where this version and answer have one. */
static bool fall_back(struct listing *l, const struct api_answer *a, struct fault *f)
{
	const struct profile_listing *next = l->how + 1;
	bool offline = strcasecmp(a->code, "ProxyOffline") == 0 ||
		       (!a->code[0] && (a->status == 400 || a->status == 500));

	if (l->how->fallback == FALLBACK_NONE || l->offset || !next->path)
		return false;
	if (l->how->fallback == FALLBACK_PROXY_OFFLINE ? !offline
						       : a->status != 403 && a->status != 404)
		return false;
	if (l->how->fallback == FALLBACK_PROXY_OFFLINE) {
		struct fault told;
		fault_set(&told, EHOSTDOWN, "backup times are missing: %s", a->fault.text);
		log_fault(l->c->model->log, "orgs", &told);
	}
	l->how = next;
	return listing_ask(l, f) == 0;
}

/* Below a session these may mean that it has ended, whatever they say. */
static bool may_be_session(const struct listing *l, const struct api_answer *a)
{
	return l->c->session && (a->status == 400 || a->status == 404 || a->status == 500);
}

static void check_session(struct listing *l)
{
	if (model_check_session(l->c->session, &l->want, &l->fault) != MODEL_PARK)
		listing_fail(l, &l->fault);
}

static void on_check_again(void *user)
{
	check_session(user);
}

static void on_session_known(struct want *w)
{
	struct listing *l = (struct listing *)(void *)((char *)w - offsetof(struct listing, want));
	timer_start(l->c->model->timers, &l->again, 0, on_check_again, l);
}

static void on_page(void *user, struct api_answer *a)
{
	struct listing *l = user;
	struct fault f = a->fault;
	uint64_t most = (uint64_t)DEADLINE_FACTOR * 1000 * (uint64_t)api_timeout(l->c->model->api);
	int rc;

	l->call = NULL;
	if (f.err) {
		if (fall_back(l, a, &f))
			return;
		if (may_be_session(l, a)) {
			l->fault = f;
			want_init(&l->want, on_session_known);
			model_outdate_member(l->c->session);
			check_session(l);
			return;
		}
		rc = -f.err;
	} else if (timer_now() - l->started > most) {
		rc = fault_set(&f, ETIMEDOUT, "no end after %zu members in %llu s", l->n,
			       (unsigned long long)most / 1000);
	} else {
		rc = listing_page(l, a->body, &f);
	}
	if (rc)
		listing_fail(l, &f);
}

/* ---- asking ------------------------------------------------------------------------- */

static void add_parameter(struct buf *path, const char *text)
{
	buf_addch(path, path->len && memchr(path->data, '?', path->len) ? '&' : '?');
	buf_addstr(path, text);
}

static void build_path(const struct listing *l, struct buf *path)
{
	char text[128], when[TIMESTAMP_MAX];

	buf_addstr(path, l->how->path);
	if (l->how->query)
		add_parameter(path, l->how->query);
	if (l->how->paging == PAGING_ARRAY || l->how->paging == PAGING_PAGES || l->offset) {
		snprintf(text, sizeof(text), "limit=%d&offset=%zu", MODEL_PAGE, l->offset);
		add_parameter(path, text);
	}
	if (l->partial) {
		timestamp_format_utc(when, l->from, 0);
		snprintf(text, sizeof(text), "startTimeFrom=%s", when);
		add_parameter(path, text);
	}
}

static int listing_ask(struct listing *l, struct fault *f)
{
	struct buf path;

	buf_init(&path, 8192);
	build_path(l, &path);
	struct api_request r = { .path = path.data };
	if (!buf_error(&path))
		l->call = api_start(l->c->model->api, &r, on_page, l, f);
	buf_release(&path);
	return l->call ? 0 : fault_set(f, ENOMEM, "no memory for a request");
}

/* From when on the server must be asked: before that nothing can change any more. */
static bool partial_from(const struct collection *c, int64_t *from)
{
	int64_t newest = 0, oldest_open = INT64_MAX;

	if (!c->complete || c->whole_wanted || !c->class->restore_sessions ||
	    !(api_profile(c->model->api)->caps & CAP_START_FROM))
		return false;
	for (size_t i = 0; i < c->roster->n; i++) {
		const struct member *m = c->roster->members[i];
		if (m->gone)
			continue;
		if (!m->settled && m->created < oldest_open)
			oldest_open = m->created;
		if (m->created > newest)
			newest = m->created;
	}
	*from = (oldest_open < newest ? oldest_open : newest) - FROM_MARGIN_S;
	return *from > 0;
}

int listing_start(struct collection *c, bool background, struct fault *f)
{
	if (c->listing) {
		c->listing->background |= background;
		return 0;
	}
	struct listing *l = calloc(1, sizeof(*l));
	if (!l)
		return fault_set(f, ENOMEM, "no memory for a listing");
	l->c = c;
	l->how = c->listings;
	l->background = background;
	l->started = timer_now();
	l->partial = partial_from(c, &l->from);
	map_init(&l->ids);
	c->listing = l;
	int rc = listing_ask(l, f);
	if (rc)
		listing_free(l);
	return rc;
}

void listing_cancel(struct collection *c)
{
	if (c->listing)
		listing_free(c->listing);
}

void listing_deserted(struct collection *c)
{
	if (c->listing && !c->listing->background)
		listing_free(c->listing);
}
