#include "vbofs/model.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"

#include "model_private.h"

/* ---- waiting ------------------------------------------------------------------- */

void want_init(struct want *w, void (*wake)(struct want *w))
{
	/* without the room for a fault's text: one is made for each request of the kernel */
	memset(w, 0, offsetof(struct want, fault));
	fault_clear(&w->fault);
	w->started = timer_now();
	w->wake = wake;
}

static void want_unlink(struct want *w)
{
	if (w->prev)
		w->prev->next = w->next;
	else
		w->on->first = w->next;
	if (w->next)
		w->next->prev = w->prev;
	w->prev = w->next = NULL;
	w->on = NULL;
}

void want_cancel(struct want *w)
{
	struct resource *r = w->on;
	if (!r)
		return;
	want_unlink(w);
	if (!r->first && w->deserted)
		w->deserted(r);
}

void want_park(struct want *w, struct resource *r, void (*deserted)(struct resource *r))
{
	w->on = r;
	w->deserted = deserted;
	w->prev = NULL;
	w->next = r->first;
	if (r->first)
		r->first->prev = w;
	r->first = w;
}

void resource_wake(struct resource *r, const struct fault *f)
{
	while (r->first) {
		struct want *w = r->first;
		want_unlink(w);
		if (f)
			w->fault = *f;
		w->wake(w);
	}
}

/* ---- rosters ---------------------------------------------------------------------- */

struct roster *roster_get(struct roster *r)
{
	r->refs++;
	return r;
}

void roster_put(struct roster *r)
{
	if (!r || --r->refs)
		return;
	for (size_t i = 0; i < r->n; i++)
		member_put(r->members[i]);
	free(r);
}

struct roster *roster_new(size_t cap)
{
	struct roster *r = malloc(sizeof(*r) + cap * sizeof(struct member *));
	if (!r)
		return NULL;
	r->refs = 1;
	r->n = 0;
	r->cap = cap;
	return r;
}

static bool is_kept(const struct member *m)
{
	return !m->gone || member_is_remembered(m);
}

/* A new roster with room for some more, without those that are gone for good. */
static int roster_renew(struct collection *c)
{
	struct roster *old = c->roster, *r;
	size_t kept = 0;

	for (size_t i = 0; i < old->n; i++)
		kept += is_kept(old->members[i]);
	r = roster_new(kept + kept / 2 + 16);
	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i < old->n; i++)
		if (is_kept(old->members[i]))
			r->members[r->n++] = member_get(old->members[i]);
	c->roster = r;
	roster_put(old);
	return 0;
}

/* ---- collections -------------------------------------------------------------------- */

bool member_is_named(const void *member, const void *name)
{
	return strcmp(((const struct member *)member)->name, name) == 0;
}

static bool same_text(const void *value, const void *key)
{
	return strcmp(value, key) == 0;
}

const char *collection_intern(struct collection *c, const char *label)
{
	uint64_t hash = hash64(label, strlen(label));
	char *text = map_find(&c->labels, hash, same_text, label);

	if (text)
		return text;
	text = strdup(label);
	if (text && map_insert(&c->labels, hash, text)) {
		free(text);
		return NULL;
	}
	return text;
}

static bool same_label(const void *value, const void *key)
{
	return strcmp(((const struct member *)value)->label, key) == 0;
}

static int index_labels(struct collection *c)
{
	map_release(&c->by_label);
	map_init(&c->by_label);
	c->by_label_generation = 0;
	for (size_t i = 0; i < c->roster->n; i++) {
		struct member *m = c->roster->members[i], *first;
		uint64_t hash = hash64(m->label, strlen(m->label));
		if (m->gone)
			continue;
		m->label_shared = false;
		first = map_find(&c->by_label, hash, same_label, m->label);
		if (first)
			first->label_shared = true;
		else if (map_insert(&c->by_label, hash, m))
			return -ENOMEM;
	}
	c->by_label_generation = c->generation;
	return 0;
}

/* Without the index, which takes memory. */
static struct member *walk_labels(const struct collection *c, const char *label)
{
	struct member *found = NULL;

	for (size_t i = 0; i < c->roster->n; i++) {
		struct member *m = c->roster->members[i];
		if (m->gone || strcmp(m->label, label) != 0)
			continue;
		if (found)
			return NULL;
		found = m;
	}
	return found;
}

struct member *model_find_label(struct collection *c, const char *label)
{
	if (c->by_label_generation != c->generation && index_labels(c))
		return walk_labels(c, label);
	struct member *m = map_find(&c->by_label, hash64(label, strlen(label)), same_label, label);
	return m && !m->label_shared ? m : NULL;
}

struct member *model_find(const struct collection *c, const char *name)
{
	return map_find(&c->by_name, hash64(name, strlen(name)), member_is_named, name);
}

struct member *model_find_id(const struct collection *c, const char *id)
{
	char name[NAME_MAX_BYTES + 1];

	name_of_id(name, id, strlen(id));
	return model_find(c, name);
}

struct roster *model_roster(const struct collection *c)
{
	return c->roster;
}

uint64_t model_generation(const struct collection *c)
{
	return c->generation;
}

bool model_outlives_listing(const struct member *m)
{
	return m->of->class->restore_sessions || m->of->class->content;
}

bool model_is_session(const struct member *m)
{
	return m->of->class->restore_sessions;
}

void model_watch(struct model *m, int change)
{
	feed_watch(m->feed, change);
}

bool model_is_live(const struct model *m)
{
	return feed_is_live(m->feed);
}

bool model_is_reduced(const struct collection *c)
{
	return c->reduced;
}

size_t model_count(const struct collection *c)
{
	return c->by_name.count;
}

void collection_moved(struct collection *c)
{
	c->generation = ++c->model->epoch;
}

uint64_t model_epoch(const struct model *m)
{
	return m->epoch;
}

int collection_add(struct collection *c, struct member *m)
{
	if (c->roster->n == c->roster->cap && roster_renew(c))
		return -ENOMEM;
	if (map_insert(&c->by_name, m->hash, m))
		return -ENOMEM;
	c->roster->members[c->roster->n++] = m;
	collection_moved(c);
	return 0;
}

void collection_changed(struct collection *c, struct member *m)
{
	if (c->model->changed)
		c->model->changed(c->model->user, m);
}

uint64_t model_tick(struct model *m)
{
	return ++m->ticks;
}

struct member *collection_upsert(struct collection *c, struct member *fresh, uint64_t tick)
{
	struct member *known = map_find(&c->by_name, fresh->hash, member_is_named, fresh->name);

	if (known) {
		const char *label = known->label;
		int64_t created = known->created;
		if (member_update(known, fresh, tick)) {
			/* names of other directories are made from labels, the latest is found by its time */
			if (strcmp(label, known->label) != 0 || created != known->created)
				collection_moved(c);
			collection_changed(c, known);
		}
		return known;
	}
	struct member *lost = member_find_lost(fresh);
	int rc = collection_add(c, fresh);
	if (!rc && lost)
		member_take_notes(fresh, lost);
	member_put(lost);
	if (rc)
		member_put(fresh);
	return rc ? NULL : fresh;
}

struct member *model_put(struct collection *c, const char *json, size_t len, struct fault *f)
{
	struct member *m = member_parse(c, json, len, f);

	if (!m)
		return NULL;
	/* newer than whatever is on its way */
	uint64_t tick = model_tick(c->model);
	m = collection_upsert(c, m, tick);
	if (m)
		m->not_before = tick;
	else
		fault_set(f, ENOMEM, "no memory for the server's answer");
	return m;
}

/* Notes are of the object: who has a member that went notes it of the one that came back. */
static struct member *present(struct member *m)
{
	struct member *back = m->gone ? model_find(m->of, m->name) : NULL;

	return back ? back : m;
}

int model_set_asked(struct member *m, const char *asked, const char *org_id)
{
	m = present(m);
	char *copy = asked ? strdup(asked) : NULL, *org = org_id ? strdup(org_id) : NULL;
	struct member_notes *notes = member_note(m);

	if (!notes || (asked && !copy) || (org_id && !org)) {
		free(copy);
		free(org);
		return -ENOMEM;
	}
	if (copy) {
		free(notes->asked);
		notes->asked = copy;
	}
	if (org) {
		free(notes->org_id);
		notes->org_id = org;
		collection_moved(m->of);   /* it is one of another directory's now */
	}
	m->version = ++m->of->model->version;
	collection_changed(m->of, m);
	return 0;
}

int model_set_last(struct member *m, const char *session_id)
{
	struct member_notes *notes = member_note(present(m));
	char *copy = strdup(session_id);

	if (!notes || !copy) {
		free(copy);
		return -ENOMEM;
	}
	free(notes->last);
	notes->last = copy;
	return 0;
}

void collection_outdate(struct collection *c)
{
	struct fault f;

	c->fetched = 0;
	c->whole_wanted = true;
	for (size_t i = 0; i < c->roster->n; i++)
		if (!c->roster->members[i]->settled)
			c->roster->members[i]->fetched = 0;
	/* what is under way was asked before: those who wait get a new one */
	listing_cancel(c);
	if (c->resource.first && listing_start(c, false, &f))
		resource_wake(&c->resource, &f);
}

void model_refresh(struct model *m)
{
	collection_outdate(&m->organizations);
	collection_outdate(&m->sessions);
	lists_refresh(m);
	contents_forget(m);
}

/* ---- freshness ------------------------------------------------------------------------ */

static bool whole_only(const struct collection *c)
{
	return !(api_profile(c->model->api)->caps & CAP_START_FROM);
}

uint64_t model_fresh_for(const struct collection *c)
{
	if (c->class->content)
		return c->complete ? UINT32_MAX : 0;
	if (c->class->hooks)
		return c->class->hooks->fresh_for(c);
	if (c->class->restore_sessions && c->fetched && feed_is_live(c->model->feed))
		return UINT32_MAX;
	uint64_t ttl = whole_only(c) ? c->class->ttl_full : c->class->ttl;
	uint64_t age = timer_now() - c->fetched;

	return c->complete && c->fetched && age < ttl ? ttl - age : 0;
}

static void on_listing_deserted(struct resource *r)
{
	listing_deserted((struct collection *)r);
}

int listing_park(struct collection *c, struct want *w)
{
	int rc = listing_start(c, false, &w->fault);
	if (rc)
		return rc;
	want_park(w, &c->resource, on_listing_deserted);
	return MODEL_PARK;
}

int model_need_list(struct collection *c, struct want *w, enum model_freshness freshness)
{
	if (w->fault.err)
		return -w->fault.err;
	if (c->session && model_has_ended(contents_session(c)))
		return model_ended(&w->fault);
	if (c->class->restore_sessions)
		feed_use(c->model->feed);
	if (freshness == MODEL_NEW && !w->tick)
		w->tick = model_tick(c->model);
	if (freshness == MODEL_NEW ? c->complete && c->begun > w->tick :
				     c->complete && c->fetched &&
					     (model_fresh_for(c) || c->fetched >= w->started))
		return 0;
	if (c->class->restore_sessions)
		feed_want(c->model->feed);
	if (freshness == MODEL_STALE_OK && c->complete) {
		if (timer_now() >= c->hold_until)
			listing_start(c, true, NULL);
		return 0;
	}
	return listing_park(c, w);
}

/* ---- the whole ------------------------------------------------------------------------------ */

static const char *const org_times[] = { "lastBackuptime", NULL };
static const char *const session_times[] = { "endTime", "creationTime", NULL };

static const struct collection_class organization_class = {
	.doing = "list organizations", .label_key = "name", .mtime_keys = org_times,
	.created_key = "firstBackuptime", .ttl = 60000, .ttl_full = 60000,
};

static const struct collection_class session_class = {
	.doing = "list restore sessions", .label_key = "organization", .mtime_keys = session_times,
	.restore_sessions = true, .ttl = 2000, .ttl_full = 5000,
};

int collection_init(struct collection *c, struct model *m, const struct collection_class *class,
		    const struct profile_listing *listings)
{
	c->refs = 1;
	c->model = m;
	c->class = class;
	c->listings = listings;
	c->generation = ++m->epoch;   /* never that of another collection of the same path */
	map_init(&c->by_name);
	map_init(&c->lost);
	map_init(&c->labels);
	map_init(&c->by_label);
	c->roster = roster_new(16);
	return c->roster ? 0 : -ENOMEM;
}

void collection_release(struct collection *c)
{
	char *label;
	size_t pos = 0;

	if (!c->model)
		return;
	listing_cancel(c);
	for (size_t i = 0; c->roster && i < c->roster->n; i++)
		load_cancel(c->roster->members[i]);
	roster_put(c->roster);
	map_release(&c->by_name);
	map_release(&c->lost);
	map_release(&c->by_label);
	while ((label = map_next(&c->labels, &pos)))
		free(label);
	map_release(&c->labels);
}

struct model *model_new(const struct model_config *config, struct fault *f)
{
	struct model *m = calloc(1, sizeof(*m));
	if (!m) {
		fault_set(f, ENOMEM, "no memory");
		return NULL;
	}
	const struct profile *p = api_profile(config->api);
	m->api = config->api;
	m->timers = config->timers;
	m->log = config->log;
	m->patience = config->patience;
	m->changed = config->changed;
	m->user = config->user;
	map_init(&m->contents);
	map_init(&m->lengths);
	map_init(&m->lists);
	m->feed = feed_new(m);
	if (!m->feed || collection_init(&m->organizations, m, &organization_class,
			    p->role[api_role(m->api)].organizations) ||
	    collection_init(&m->sessions, m, &session_class, &p->sessions)) {
		model_free(m);
		fault_set(f, ENOMEM, "no memory");
		return NULL;
	}
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	feed_free(m->feed);
	contents_release(m);
	lists_release(m);
	collection_release(&m->sessions);
	collection_release(&m->organizations);
	free(m);
}

struct collection *model_organizations(struct model *m)
{
	return &m->organizations;
}

struct collection *model_sessions(struct model *m)
{
	return &m->sessions;
}

struct member *model_session_of(const struct member *m)
{
	return contents_session(m->of);
}

bool model_is_complete(const struct collection *c)
{
	return c->complete;
}
