/*
 * Lists that belong to a session (events, statistics) or an organization (restore points).
 *
 * One is as fresh as its class says as long as its owner is the same object that it was
 * when the listing began; once a session has ended one more listing is the last.  So
 * whoever makes a session or an organization be asked for anew has these be asked for, too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"

#include "model_private.h"

struct identity {
	const struct member *owner;
	enum model_list which;
};

static struct owned *owned_of(struct collection *c)
{
	return (struct owned *)c;
}

/* ---- what they do their own way ------------------------------------------------------- */

static void on_begin(struct collection *c)
{
	struct owned *l = owned_of(c);
	l->making_of = l->owner->version;
}

static uint64_t fresh_for(const struct collection *c)
{
	const struct owned *l = (const struct owned *)c;
	uint64_t age = timer_now() - c->fetched;

	if (l->dead)
		return 1;
	if (!c->complete || !c->fetched || l->made_of != l->owner->version)
		return 0;
	if (l->owner->settled)
		return UINT32_MAX;
	return age < c->class->ttl ? c->class->ttl - age : 0;
}

static void account(struct owned *l);

static int on_listed(struct collection *c, struct member *const *members, size_t n, size_t at,
		     struct fault *f)
{
	struct owned *l = owned_of(c);

	l->made_of = l->making_of;
	int rc = l->which == MODEL_EVENTS ? events_listed(l, members, n, at, f) : 0;
	account(l);
	if (rc) {
		l->made_of = 0;   /* what is kept is not all: it must not pass for final */
		return rc;
	}
	/* the files that show it are the session's */
	if (l->told != c->generation && model_is_session(l->owner))
		collection_changed(l->owner->of, l->owner);
	l->told = c->generation;
	return 0;
}

static void on_release(struct collection *c)
{
	struct owned *l = owned_of(c);

	roster_put(c->roster);
	map_release(&c->by_name);
	map_release(&c->labels);
	map_release(&c->by_label);
	buf_release(&l->log);
	free(l->path);
	member_put(l->owner);
	free(l);
}

static const char *const event_times[] = { "endTime", "startTime", NULL };
static const char *const point_times[] = { "backupTime", NULL };
static const char *const no_times[] = { NULL };

static const struct collection_hooks events_hooks = {
	.begin = on_begin, .resume = events_resume, .listed = on_listed, .fresh_for = fresh_for,
	.release = on_release,
};

static const struct collection_hooks statistics_hooks = {
	.begin = on_begin, .listed = on_listed, .fresh_for = fresh_for, .release = on_release,
};

static const struct collection_hooks points_hooks = {
	.begin = on_begin, .gather = points_gather, .listed = on_listed, .fresh_for = fresh_for,
	.release = on_release,
};

static const struct collection_class classes[] = {
	[MODEL_EVENTS] = { .doing = "list the session's events", .mtime_keys = event_times,
			   .grows = true, .ttl = 2000, .hooks = &events_hooks },
	[MODEL_STATISTICS] = { .doing = "get the session's statistics", .mtime_keys = no_times,
			       .ttl = 2000, .hooks = &statistics_hooks },
	[MODEL_POINTS] = { .doing = "list restore points", .mtime_keys = point_times, .ttl = 60000,
			   .hooks = &points_hooks },
};

/* ---- finding and making --------------------------------------------------------------- */

static uint64_t hash_of(const struct identity *id)
{
	return hash64_more((uint64_t)id->which, &id->owner, sizeof(id->owner));
}

static bool is_same(const void *value, const void *key)
{
	const struct owned *l = value;
	const struct identity *id = key;

	return l->owner == id->owner && l->which == id->which;
}

static struct owned *find(const struct model *m, const struct member *owner, enum model_list which)
{
	struct identity id = { owner, which };
	return map_find(&m->lists, hash_of(&id), is_same, &id);
}

static const struct profile_listing *listing_of(const struct model *m, enum model_list which)
{
	const struct profile *p = api_profile(m->api);

	return which == MODEL_EVENTS ? &p->events :
	       which == MODEL_STATISTICS ? &p->statistics : &p->points;
}

static struct owned *owned_new(struct model *m, struct member *owner, enum model_list which)
{
	const struct profile_listing *how = listing_of(m, which);
	struct identity id = { owner, which };
	struct owned *l = how->path ? calloc(1, sizeof(*l)) : NULL;
	struct buf path;

	if (!l)
		return NULL;
	buf_init(&path, API_PATH_MAX);
	profile_path(&path, how->path, owner->id);
	l->path = buf_take(&path, NULL);
	buf_release(&path);
	l->owner = member_get(owner);
	l->which = which;
	buf_init(&l->log, EVENTS_LOG_MAX);
	l->c.own[0] = (struct profile_listing){ .path = l->path, .paging = how->paging };
	if (collection_init(&l->c, m, &classes[which], l->c.own) || !l->path ||
	    map_insert(&m->lists, hash_of(&id), l)) {
		collection_put(&l->c);
		return NULL;
	}
	return l;
}

struct collection *model_list(struct model *m, struct member *owner, enum model_list which)
{
	struct owned *l = find(m, owner, which);

	if (!l)
		l = owned_new(m, owner, which);
	if (!l)
		return NULL;
	l->used = ++m->uses;
	return &l->c;
}

struct collection *model_listed(struct model *m, const struct member *owner, enum model_list which)
{
	struct owned *l = find(m, owner, which);

	if (!l || !l->c.complete)
		return NULL;
	l->used = ++m->uses;
	return &l->c;
}

const struct buf *model_log(const struct collection *events)
{
	return &((const struct owned *)events)->log;
}

/* ---- letting go ----------------------------------------------------------------------- */

static void let_go(struct model *m, struct owned *l)
{
	struct identity id = { l->owner, l->which };
	struct roster *roster = l->c.roster;

	listing_cancel(&l->c);
	want_cancel(&l->look);
	map_remove(&m->lists, hash_of(&id), l);
	m->list_bytes -= l->bytes;
	l->dead = true;
	l->c.roster = NULL;
	map_release(&l->c.by_name);
	map_init(&l->c.by_name);
	roster_put(roster);
	collection_put(&l->c);
}

/* What somebody may be following stays: its lines would have to be had once more. */
static struct owned *oldest(const struct model *m, const struct owned *but)
{
	struct owned *l, *found = NULL;
	size_t pos = 0;

	while ((l = map_next(&m->lists, &pos))) {
		bool followed = l->which == MODEL_EVENTS && !l->owner->settled && !l->owner->gone;
		if (l != but && !l->c.listing && !followed && (!found || l->used < found->used))
			found = l;
	}
	return found;
}

static void account(struct owned *l)
{
	struct model *m = l->c.model;
	struct owned *old;

	m->list_bytes -= l->bytes;
	l->bytes = sizeof(*l) + l->log.cap;
	for (size_t i = 0; i < l->c.roster->n; i++)
		l->bytes += l->c.roster->members[i]->json_len + sizeof(struct member);
	m->list_bytes += l->bytes;
	while (m->list_bytes > MODEL_LISTS_MAX && (old = oldest(m, l)))
		let_go(m, old);
}

/* One that is being listed, or looked after, goes the next time. */
void lists_forget_gone(struct model *m)
{
	struct owned *l;
	size_t pos = 0;

	while ((l = map_next(&m->lists, &pos))) {
		if (!l->owner->gone || l->c.listing || l->look.on)
			continue;
		let_go(m, l);
		pos--;   /* what came after may stand there now */
	}
}

void lists_release(struct model *m)
{
	struct owned *l;
	size_t pos;

	while (pos = 0, (l = map_next(&m->lists, &pos)))
		let_go(m, l);
	map_release(&m->lists);
}

/* ---- freshness ------------------------------------------------------------------------ */

void lists_refresh(struct model *m)
{
	struct owned *l;
	size_t pos = 0;

	while ((l = map_next(&m->lists, &pos)))
		collection_outdate(&l->c);
}

void model_outdate_lists(struct model *m, const struct member *owner, enum model_list which)
{
	struct owned *l;
	size_t pos = 0;

	while ((l = map_next(&m->lists, &pos))) {
		if (l->which != which || (owner && l->owner != owner))
			continue;
		/* an answer that is on its way may be older than the change */
		l->made_of = l->making_of = 0;
	}
}

/* The outcome shows in the session's object, and in what that outdates. */
static void on_looked(struct want *w)
{
	(void)w;
}

static void refresh(struct owned *l)
{
	if (timer_now() >= l->c.hold_until)
		listing_start(&l->c, true, NULL);
}

void model_touch_owned(struct collection *list)
{
	struct owned *l = owned_of(list);

	if (!list->complete || fresh_for(list))
		return;
	refresh(l);
	if (!model_is_session(l->owner) || l->look.on)
		return;
	want_init(&l->look, on_looked);
	model_need_member(l->owner, &l->look);
}

/* A list that is final is not asked for again, whoever wants it anew. */
static bool is_too_old(const struct owned *l, const struct want *w)
{
	return l->made_of != l->owner->version ||
	       (w->anew && !l->owner->settled && l->c.fetched < w->started);
}

int model_need_owned(struct collection *list, struct want *w)
{
	struct owned *l = owned_of(list);

	/* of an owner that has changed since, the last listing does not count, however new it is */
	if (is_too_old(l, w))
		list->fetched = 0;
	if (model_is_session(l->owner)) {
		int rc = model_need_member(l->owner, w);
		/* most often the session is as it was: both answers are had in one round trip */
		if (rc == MODEL_PARK && list->complete && !fresh_for(list))
			refresh(l);
		if (rc)
			return rc;
		if (l->owner->gone)
			return fault_set(&w->fault, ENOENT, "the server no longer has the session");
	}
	if (is_too_old(l, w))
		list->fetched = 0;
	return model_need_list(list, w, MODEL_FRESH);
}
