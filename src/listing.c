/*
 * One reading of a collection, page by page.
 *
 * Members are staged until the end: a listing is complete or it fails, it is
 * never cut.  Offsets shift when members come or go meanwhile, so each page
 * begins with the last member of the one before; where that is another, or an
 * id comes twice, the reading starts over.  Where the version can list sessions
 * from a time on, a later listing asks only from the oldest session that can
 * still change; where members are only ever added, from the last place before that.
 *
 * A page is staged in slices, a round of the loop each: one array may hold all
 * there is.
 */
#include <errno.h>
#include <malloc.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"
#include "vbofs/timestamp.h"

#include "listing_private.h"

#define DEADLINE_FACTOR 10       /* a whole listing may take so many times the timeout */
#define MANY 20000               /* members: their memory is worth giving back to the system */
#define SLICE 500                /* members staged in one round of the loop */
#define HOLD_MS 2000             /* after a failure nobody waited for */
#define FROM_MARGIN_S 60         /* asked for earlier than needed: clocks and roundings */

static int listing_ask(struct listing *l, struct fault *f);

static void listing_free(struct listing *l)
{
	bool many = l->n > MANY;

	page_free(l);
	if (l->call)
		api_cancel(l->call);
	want_cancel(&l->want);
	timer_stop(&l->again);
	staged_clear(l);
	map_release(&l->ids);
	free(l->staged);
	l->c->listing = NULL;
	free(l);
	if (many)
		malloc_trim(0);
}

static void listing_fail(struct listing *l, const struct fault *f)
{
	struct collection *c = l->c;
	struct fault told;

	/* a collection that is not there is no missing file */
	fault_set(&told, f->err == ENOENT && !c->ask.single ? EIO : f->err, "cannot %s: %s",
		  c->class->doing, f->text);
	if (l->background && !c->resource.first)
		log_fault(c->model->log, "", &told);
	c->hold_until = timer_now() + HOLD_MS;
	c->again = false;
	if (c->class->restore_sessions)
		feed_shaken(c->model->feed);
	listing_free(l);
	resource_wake(&c->resource, &told);
}

static void listing_fail_memory(struct listing *l)
{
	struct fault f;

	fault_set(&f, ENOMEM, "no memory for a listing");
	listing_fail(l, &f);
}

/* ---- the end ------------------------------------------------------------------ */

/* A whole listing says who is still there; those put in since it began are newer than it. */
static void drop_unlisted(struct listing *l)
{
	struct collection *c = l->c;
	struct roster *r = roster_get(c->roster);

	for (size_t i = 0; i < r->n; i++) {
		struct member *m = r->members[i];
		if (!m->gone && m->seen < l->started)
			member_lose(m);
	}
	roster_put(r);
	lists_forget_gone(c->model);
}

/* Where nothing is known, what was staged is all there is: in its order, under its names. */
static bool publish_first(struct listing *l, uint64_t now)
{
	struct collection *c = l->c;
	struct roster *r = roster_new(l->n);

	if (!r) {
		staged_clear(l);
		return false;
	}
	for (size_t i = 0; i < l->n; i++) {
		l->staged[i]->fetched = l->staged[i]->seen = now;
		r->members[r->n++] = l->staged[i];
	}
	roster_put(c->roster);
	c->roster = r;
	map_release(&c->by_name);
	c->by_name = l->ids;
	map_init(&l->ids);
	if (l->n)
		collection_moved(c);
	return true;
}

/* What was staged becomes what is known; afterwards it is of the collection.  False: no memory. */
static bool publish(struct listing *l, uint64_t now)
{
	struct collection *c = l->c;
	bool ok = true;

	/* what was gathered has other names than what was staged */
	if (!c->roster->n && l->ids.count == l->n && !(c->class->hooks && c->class->hooks->gather))
		return publish_first(l, now);
	for (size_t i = 0; i < l->n; i++) {
		struct member *m = l->staged[i], *known = model_find(c, m->name);
		/* asked for alone since its page came: what is known is newer */
		if (known && known->fetched > m->fetched) {
			known->seen = now;
			member_put(m);
			l->staged[i] = known;
			continue;
		}
		m->fetched = m->seen = now;
		l->staged[i] = collection_upsert(c, m, l->tick);
		ok &= l->staged[i] != NULL;
	}
	return ok;
}

static void listing_complete(struct listing *l)
{
	struct collection *c = l->c;
	const struct collection_hooks *hooks = c->class->hooks;
	uint64_t now = timer_now();
	struct fault f;

	if (hooks && hooks->gather && hooks->gather(c, l->staged, &l->n)) {
		listing_fail_memory(l);
		return;
	}
	size_t n = l->n;
	bool ok = publish(l, now);
	l->n = 0;
	if (ok && !l->partial && !c->class->grows)
		drop_unlisted(l);
	if (!ok) {
		listing_fail_memory(l);
		return;
	}
	if (hooks && hooks->listed(c, l->staged, n, l->at, &f)) {
		listing_fail(l, &f);
		return;
	}
	if (!l->partial) {
		c->whole_wanted = false;
		if (!c->complete)
			collection_moved(c);
		c->complete = true;
	}
	if (c->ask.nested && levels_build(c)) {
		c->complete = false;
		listing_fail_memory(l);
		return;
	}
	c->fetched = c->again ? 0 : now;
	c->begun = l->tick;
	c->reduced = l->how != c->listings && c->listings->fallback == FALLBACK_PROXY_OFFLINE;
	if (c->session)
		contents_account(c);
	listing_free(l);
	if (c->again)
		listing_again(c);
	resource_wake(&c->resource, NULL);
}

/* ---- pages ----------------------------------------------------------------------- */

static int start_over(struct listing *l, struct fault *f)
{
	if (++l->restarts > LISTING_RESTARTS_MAX)
		return fault_set(f, EIO, "the server lists other members in other places from page to page");
	staged_clear(l);
	if (!l->from)
		l->partial = false;
	l->received = l->page_before = l->at = 0;
	l->last = NULL;
	l->set_id[0] = '\0';
	return listing_ask(l, f);
}

static int page_end(struct listing *l, struct fault *f)
{
	struct page page = *l->page;

	page_free(l);
	switch (page_judge(l, &page, f)) {
	case PAGE_BAD:
		return -f->err;
	case PAGE_AGAIN:
		return start_over(l, f);
	case PAGE_MORE:
		l->received += page.n - page.continues;
		l->page_before = page.n;
		/* what a session shows does not change: nothing can shift */
		l->last = page.envelope && l->c->session ? NULL : page.last;
		return listing_ask(l, f);
	default:
		listing_complete(l);
		return 0;
	}
}

static void on_slice(void *user)
{
	struct listing *l = user;
	struct fault f = { 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < SLICE; i++) {
		if (!jslice_next(&l->page->it)) {
			rc = l->page->it.err ? fault_set(&f, EIO, "the server's answer is not well-formed JSON") :
					       page_end(l, &f);
			if (rc)
				listing_fail(l, &f);
			return;
		}
		rc = page_stage(l, &l->page->it.value, &f);
	}
	if (rc)
		listing_fail(l, &f);
	else
		timer_start(l->c->model->timers, &l->slice, 0, on_slice, l);
}

/* Takes the body over.  Whatever comes of it comes before this returns, or from later rounds. */
static int listing_page(struct listing *l, struct buf *body, struct fault *f)
{
	struct jslice members;
	size_t len = body->len;

	l->page = calloc(1, sizeof(*l->page));
	if (l->page)
		l->page->text = buf_take(body, NULL);
	if (!l->page || !l->page->text)
		return fault_set(f, ENOMEM, "no memory for a listing");
	l->page->version = l->c->model->version;
	int rc = page_find(l, l->page, len, &members, f);
	if (rc)
		return rc;
	if (members.type == JSLICE_OBJECT) {
		rc = page_stage(l, &members, f);
		return rc ? rc : page_end(l, f);
	}
	jslice_begin(&l->page->it, &members);
	on_slice(l);
	return 0;
}

/* The other way to list the same collection, where this version and answer have one. */
static bool fall_back(struct listing *l, const struct api_answer *a, struct fault *f)
{
	const struct profile_listing *next = l->how + 1;
	/* before there were codes only the status can tell */
	bool coded = api_profile(l->c->model->api)->caps & CAP_ERROR_CODE;
	bool offline = strcasecmp(a->code, "ProxyOffline") == 0 ||
		       (!coded && (a->status == 400 || a->status == 500));

	if (l->how->fallback == FALLBACK_NONE || l->received || !next->path)
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
	if (model_check_session(contents_session(l->c), &l->want, &l->fault) != MODEL_PARK)
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

/* Seconds that all of it may take.  The server may search long before it answers. */
static long patience(const struct listing *l)
{
	const struct model *m = l->c->model;

	return l->c->ask.body ? m->patience : DEADLINE_FACTOR * api_timeout(m->api);
}

static void on_page(void *user, struct api_answer *a)
{
	struct listing *l = user;
	struct fault f = a->fault;
	int rc;

	l->call = NULL;
	if (f.err) {
		if (fall_back(l, a, &f))
			return;
		if (may_be_session(l, a)) {
			l->fault = f;
			want_init(&l->want, on_session_known);
			model_outdate_member(contents_session(l->c));
			check_session(l);
			return;
		}
		rc = -f.err;
	} else if (timer_now() - l->started > 1000 * (uint64_t)patience(l)) {
		rc = fault_set(&f, ETIMEDOUT, "no end after %zu members in %ld s", l->n, patience(l));
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
	if (l->how->paging == PAGING_ARRAY || l->how->paging == PAGING_PAGES || l->received) {
		snprintf(text, sizeof(text), "limit=%d&offset=%zu", MODEL_PAGE,
			 l->last ? l->received - 1 : l->received);
		add_parameter(path, text);
	}
	if (l->received && l->set_id[0]) {
		add_parameter(path, "setId=");
		buf_addpercent(path, l->set_id);
	}
	if (l->from) {
		timestamp_format_utc(when, l->from, 0);
		snprintf(text, sizeof(text), "startTimeFrom=%s", when);
		add_parameter(path, text);
	}
}

static int listing_ask(struct listing *l, struct fault *f)
{
	struct buf path;

	buf_init(&path, API_PATH_MAX);
	build_path(l, &path);
	const char *post = l->c->ask.body;
	struct api_request r = {
		.path = path.data, .post = post != NULL, .reads = true, .body = post,
		.patient = post != NULL, .total = post ? patience(l) : 0,
	};
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

/* Only what can have changed, where that is known. */
static void begin_late(struct listing *l)
{
	const struct collection_hooks *hooks = l->c->class->hooks;

	l->partial = partial_from(l->c, &l->from);
	if (!l->partial)
		l->from = 0;
	if (!hooks)
		return;
	hooks->begin(l->c);
	if (hooks->resume)
		l->last = hooks->resume(l->c, &l->at);
	l->partial = l->last != NULL;
	l->received = l->last ? l->at + 1 : 0;
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
	l->tick = model_tick(c->model);
	begin_late(l);
	map_init(&l->ids);
	c->listing = l;
	int rc = listing_ask(l, f);
	if (rc)
		listing_free(l);
	return rc;
}

void listing_again(struct collection *c)
{
	c->again = c->listing != NULL;
	c->fetched = 0;
	if (!c->listing && listing_start(c, true, NULL))
		feed_shaken(c->model->feed);
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
