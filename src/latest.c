#include "latest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"
#include "vbofs/timestamp.h"
#include "vbofs/tree.h"

/* The session started last in one organization. */
struct newest {
	char *org;
	struct member *session;      /* counted */
};

struct latest {
	uint64_t sessions, organizations;   /* generations that this was made of */
	struct member *session;      /* of all; counted, or NULL */
	struct map by_org;           /* struct newest */
};

static void clear(struct latest *l)
{
	struct newest *n;
	size_t pos = 0;

	while ((n = map_next(&l->by_org, &pos))) {
		member_put(n->session);
		free(n->org);
		free(n);
	}
	map_release(&l->by_org);
	map_init(&l->by_org);
	member_put(l->session);
	l->session = NULL;
	l->sessions = l->organizations = 0;
}

void latest_free(struct latest *l)
{
	if (!l)
		return;
	clear(l);
	map_release(&l->by_org);
	free(l);
}

/* ---- order ---------------------------------------------------------------------------- */

static uint32_t fraction_of(const struct member *m)
{
	struct jslice json = member_json(m), time = jslice_get(&json, "creationTime");
	struct timestamp t;

	if (time.type != JSLICE_STRING || time.len < 2 ||
	    timestamp_parse_server(time.text + 1, time.len - 2, &t))
		return 0;
	return t.nanoseconds;
}

/* One of two of the same moment is the same one each time. */
static bool is_newer(const struct member *a, const struct member *b)
{
	if (!b || a->created != b->created)
		return !b || a->created > b->created;
	uint32_t x = fraction_of(a), y = fraction_of(b);
	return x != y ? x > y : strcmp(a->id, b->id) > 0;
}

/* ---- sessions ------------------------------------------------------------------------- */

static bool is_of(const void *value, const void *key)
{
	return strcmp(((const struct newest *)value)->org, key) == 0;
}

static struct newest *newest_of(struct latest *l, const char *org)
{
	uint64_t hash = hash64(org, strlen(org));
	struct newest *n = map_find(&l->by_org, hash, is_of, org);

	if (n)
		return n;
	n = calloc(1, sizeof(*n));
	if (n)
		n->org = strdup(org);
	if (!n || !n->org || map_insert(&l->by_org, hash, n)) {
		if (n)
			free(n->org);
		free(n);
		return NULL;
	}
	return n;
}

static void take(struct member **slot, struct member *m)
{
	if (!is_newer(m, *slot))
		return;
	member_put(*slot);
	*slot = member_get(m);
}

static int make(struct latest *l, struct tree *t)
{
	const struct roster *r = model_roster(model_sessions(t->config.model));

	clear(l);
	for (size_t i = 0; i < r->n; i++) {
		struct member *m = r->members[i];
		if (m->gone)
			continue;
		take(&l->session, m);
		const char *org = tree_session_org(t, m);
		struct newest *n = org ? newest_of(l, org) : NULL;
		if (org && !n)
			return -ENOMEM;
		if (n)
			take(&n->session, m);
	}
	l->sessions = model_generation(model_sessions(t->config.model));
	l->organizations = model_generation(model_organizations(t->config.model));
	return 0;
}

static int current(struct tree *t, struct latest **out)
{
	if (!t->latest) {
		t->latest = calloc(1, sizeof(*t->latest));
		if (!t->latest)
			return -ENOMEM;
		map_init(&t->latest->by_org);
	}
	*out = t->latest;
	if (t->latest->sessions == model_generation(model_sessions(t->config.model)) &&
	    t->latest->organizations == model_generation(model_organizations(t->config.model)))
		return 0;
	return make(t->latest, t);
}

int latest_session(struct tree *t, const struct node *dir, struct member **out)
{
	struct latest *l;
	int rc = current(t, &l);

	if (rc)
		return rc;
	*out = l->session;
	/* a session that is called so comes first */
	if (!l->session || model_find(model_sessions(t->config.model), "latest"))
		return -ENOENT;
	(void)dir;
	return 0;
}

int latest_session_of_org(struct tree *t, const struct node *dir, struct member **out)
{
	const char *org = dir->member->id;
	struct latest *l;
	int rc = current(t, &l);

	if (rc)
		return rc;
	const struct newest *n = map_find(&l->by_org, hash64(org, strlen(org)), is_of, org);
	*out = n ? n->session : NULL;
	return n ? 0 : -ENOENT;
}

int latest_needs_sessions(struct tree *t, const struct node *dir, struct want *w)
{
	int rc = model_need_list(model_organizations(t->config.model), w, MODEL_STALE_OK);

	(void)dir;
	return rc ? rc : model_need_list(model_sessions(t->config.model), w, MODEL_FRESH);
}

/* ---- restore points ------------------------------------------------------------------- */

int latest_point(struct tree *t, const struct node *dir, struct member **out)
{
	const struct collection *c = model_listed(t->config.model, dir->member, MODEL_POINTS);
	const struct roster *r = c ? model_roster(c) : NULL;

	*out = NULL;
	for (size_t i = 0; r && i < r->n; i++) {
		struct member *m = r->members[i];
		if (!m->gone && (!*out || m->mtime > (*out)->mtime ||
				 (m->mtime == (*out)->mtime && m->mtime_ns > (*out)->mtime_ns)))
			*out = m;
	}
	return *out ? 0 : -ENOENT;
}

int latest_needs_points(struct tree *t, const struct node *dir, struct want *w)
{
	struct collection *c = model_list(t->config.model, dir->member, MODEL_POINTS);

	if (!c)
		return fault_set(&w->fault, ENOMEM, "no memory for a listing");
	return model_need_list(c, w, MODEL_FRESH);
}
