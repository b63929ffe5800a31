#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what was true when ------------------------------------------------------------ */

static double stale(const struct run *r, bool session, double from)
{
	if (!session)
		return STALE_ORG;
	return r->version == 8 && sim_fails(r, OF_FEED, from - STALE_FEED, from) ? STALE_FEED
										 : STALE_SESSION;
}

/* Nothing that was true no later is told to who asks at `from`. */
static double oldest(const struct run *r, bool session, double from)
{
	double at = from - stale(r, session, from);

	return r->refreshed <= from && r->refreshed > at ? r->refreshed : at;
}

/* That a name is not there the kernel believes for a second. */
static double oldest_name(const struct run *r, bool session, double from)
{
	double at = from - stale(r, session, from);

	return r->refreshed + NEGATIVE <= from && r->refreshed > at ? r->refreshed : at;
}

static bool was(const struct version *v, double oldest, double until)
{
	return v->until >= oldest && v->from <= until;
}

static bool may_exist(const struct object *o, double until)
{
	return o->born <= until;
}

static bool may_lack(const struct run *r, const struct object *o, double from, double until)
{
	if (o->died <= until || (o->session && sim_loses(r, from, until)))
		return true;
	return !o->mine && o->born > oldest_name(r, o->session, from);
}

static const json_t *scalar(const struct version *v, const char *key)
{
	const json_t *value = json_object_get(v->json, key);

	return !value || json_is_null(value) || json_is_object(value) || json_is_array(value)
		       ? NULL
		       : value;
}

static const json_t *href(const struct version *v, const char *rel)
{
	return json_object_get(json_object_get(json_object_get(v->json, "_links"), rel), "href");
}

/* The organization of a session, by the name that the session has of it. */
static struct object *org_of(const struct run *r, const struct object *session)
{
	const char *name =
		session->n ? truth_word(&session->versions[session->n - 1], "organization") : "";

	if (session->org)
		return (struct object *)(uintptr_t)session->org;
	for (size_t i = 0; *name && i < r->orgs.n; i++)
		if (strcmp(truth_word(&r->orgs.all[i]->versions[0], "name"), name) == 0)
			return r->orgs.all[i];
	return NULL;
}

/* ---- what is right there ----------------------------------------------------------- */

static void add_text(struct answer *a, char *data, size_t len, bool owned)
{
	if (a->n == TEXTS_MAX) {
		if (owned)
			free(data);
		a->any_text = true;
		return;
	}
	a->texts[a->n++] = (struct text){data, len, owned};
	a->may_be = true;
}

void answer_free(struct answer *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->texts[i].owned)
			free(a->texts[i].data);
}

static void add_target(struct answer *a, const char *where, const char *id)
{
	char *text = need(malloc(PATH_LONG));

	snprintf(text, PATH_LONG, "%s%s", where, id);
	add_text(a, text, strlen(text), true);
}

static void of_object(const struct run *r, const struct object *o, double from, double until,
		      struct answer *a)
{
	a->may_lack |= may_lack(r, o, from, until);
	a->may_be |= may_exist(o, until);
	a->scopes |= o->session ? OF_SESSIONS | OF_FEED : OF_ORGS;
}

static void of_value(const struct run *r, const struct place *p, double from, double until,
		     struct answer *a)
{
	const struct object *o = p->object;

	of_object(r, o, from, until, a);
	a->may_be = false;
	for (size_t i = 0; i < o->n; i++) {
		const struct version *v = &o->versions[i];
		char *text = p->kind == IN_LINK ? truth_text(href(v, p->key))
						: truth_text(scalar(v, p->key));
		if (text && was(v, oldest(r, o->session, from), until))
			add_text(a, text, strlen(text), true);
		else
			free(text);
		a->may_lack |= !text && was(v, oldest_name(r, o->session, from), until);
	}
}

static void of_session_org(const struct run *r, const struct place *p, double from, double until,
			   struct answer *a)
{
	const struct object *org = org_of(r, p->object);

	of_object(r, p->object, from, until, a);
	a->type = S_IFLNK;
	a->may_be = false;
	a->scopes |= OF_ORGS;
	if (org)
		add_target(a, "../../orgs/", org->id);
	if (p->object->was_lost || (!p->object->mine && (!org || may_lack(r, org, from, until))))
		a->may_lack = true;
}

static void of_org_session(const struct run *r, const struct place *p, double from, double until,
			   struct answer *a)
{
	struct object *s = truth_find(&r->sessions, p->key);

	of_object(r, p->object, from, until, a);
	a->type = S_IFLNK;
	a->scopes |= OF_SESSIONS | OF_FEED;
	a->may_be = false;
	if (!s || org_of(r, s) != p->object) {
		a->may_lack = true;
		return;
	}
	a->may_lack |= s->was_lost || may_lack(r, s, from, until);
	add_target(a, "../../../sessions/", s->id);
}

/* In what a session holds its id may stand. */
static void add_thing(const struct object *session, const struct thing *t, struct answer *a)
{
	size_t n = strlen(t->name);

	if (n < 5 || strcmp(t->name + n - 5, ".json") != 0) {
		add_text(a, t->bytes, t->len, false);
		return;
	}
	char *copy = need(malloc(t->len + 1)), *at = copy;
	memcpy(copy, t->bytes, t->len);
	copy[t->len] = '\0';
	while ((at = strcasestr(at, "sessions/")) && strlen(at) > 45) {
		memcpy(at + 9, session->id, 36);
		at += 45;
	}
	add_text(a, copy, t->len, true);
}

static bool is_whole(const struct thing *t)
{
	const char *dot = strrchr(t->name, '.');

	return dot && (strcmp(dot, ".msg") == 0 || strcmp(dot, ".zip") == 0);
}

static void of_content(const struct run *r, const struct place *p, double from, double until,
		       struct answer *a)
{
	const struct object *s = p->session;

	of_object(r, s, from, until, a);
	a->type = p->thing->directory ? S_IFDIR : S_IFREG;
	a->scopes |= OF_CONTENT;
	a->may_be = true;
	for (size_t i = 0; i < s->n; i++)
		if (was(&s->versions[i], oldest(r, true, from), until) &&
		    !truth_works(&s->versions[i]))
			a->may_be_stale = true;
	if (s->died <= until)
		a->may_be_stale = true;
	if (!p->thing->directory)
		add_thing(s, p->thing, a);
	a->any_size = is_whole(p->thing);
}

void place_answer(const struct run *r, const struct place *p, double from, double until,
		  struct answer *a)
{
	*a = (struct answer){.type = S_IFREG};
	switch (p->kind) {
	case IN_ROOT:
		a->type = S_IFDIR;
		a->may_be = true;
		break;
	case IN_COLLECTION:
		a->type = S_IFDIR;
		a->may_be = true;
		a->scopes = p->session_list ? OF_SESSIONS | OF_FEED : OF_ORGS;
		break;
	case IN_README:
	case IN_SERVICE:
		a->may_be = a->any_text = a->any_size = true;
		break;
	case IN_OBJECT:
	case IN_LINKS:
	case IN_ORG_SESSIONS:
	case IN_POINTS:
		a->type = S_IFDIR;
		of_object(r, p->object, from, until, a);
		if (p->kind == IN_ORG_SESSIONS)
			a->scopes |= OF_SESSIONS | OF_FEED;
		if (p->kind == IN_POINTS)
			a->scopes |= OF_POINTS;
		if (p->kind == IN_OBJECT && p->object->session)
			a->scopes |= OF_ORGS; /* its link to the organization */
		break;
	case IN_JSON:
		of_object(r, p->object, from, until, a);
		a->any_text = a->any_size = true;
		break;
	case IN_EVENTS:
	case IN_STATISTICS:
		of_object(r, p->object, from, until, a);
		a->any_text = a->any_size = true;
		a->scopes |= p->kind == IN_EVENTS ? OF_EVENTS : OF_STATISTICS;
		break;
	case IN_VALUE:
	case IN_LINK:
		of_value(r, p, from, until, a);
		break;
	case IN_BY_NAME:
		of_object(r, p->object, from, until, a);
		a->type = S_IFLNK;
		add_target(a, "../orgs/", p->object->id);
		break;
	case IN_SESSION_ORG:
		of_session_org(r, p, from, until, a);
		break;
	case IN_ORG_SESSION:
		of_org_session(r, p, from, until, a);
		break;
	case IN_CONTENT:
		of_content(r, p, from, until, a);
		break;
	case IN_CONTROL:
		a->may_be = a->any_size = a->any_text = true;
		if (p->object)
			of_object(r, p->object, from, until, a);
		break;
	case IN_MISSING:
		a->may_lack = true;
		a->scopes = OF_ORGS | OF_SESSIONS | OF_FEED;
		break;
	}
}

/* ---- what is listed there ---------------------------------------------------------- */

static enum listed of_member(const struct run *r, const struct object *o, double from, double until)
{
	if (!o || !may_exist(o, until) || o->died < oldest(r, o->session, from))
		return LISTED_NOT;
	return may_lack(r, o, from, until) ? LISTED_MAYBE : LISTED_SURELY;
}

static enum listed both(enum listed a, enum listed b)
{
	return a < b ? a : b;
}

/* Of the versions that may be believed: all, some, none. */
static enum listed of_versions(const struct run *r, const struct object *o, double from,
			       double until, bool (*has)(const struct version *v, const char *name),
			       const char *name)
{
	bool some = false, all = true;

	for (size_t i = 0; i < o->n; i++) {
		if (!was(&o->versions[i], oldest(r, o->session, from), until))
			continue;
		bool yes = has(&o->versions[i], name);
		some |= yes;
		all &= yes;
	}
	return !some ? LISTED_NOT : all ? LISTED_SURELY : LISTED_MAYBE;
}

static bool has_scalar(const struct version *v, const char *name)
{
	return scalar(v, name) != NULL;
}

static bool has_link(const struct version *v, const char *name)
{
	return json_is_string(href(v, name));
}

static bool is_open(const struct version *v, const char *root)
{
	int type = truth_type(v);

	return truth_works(v) && type >= 0 && (!*root || strcmp(type_roots[type], root) == 0);
}

static bool is_one_of(const char *name, const char *const *names)
{
	for (; *names; names++)
		if (strcmp(name, *names) == 0)
			return true;
	return false;
}

static enum listed of_session_dir(const struct run *r, const struct object *o, double from,
				  double until, const char *name)
{
	static const char *const always[] = {"stop", "json", "links", NULL};
	const struct object *org;

	if (is_one_of(name, always) || (r->version >= 2 && strcmp(name, "events") == 0) ||
	    (r->version >= 8 &&
	     (strcmp(name, "statistics") == 0 || strcmp(name, "statistics.json") == 0)))
		return LISTED_SURELY;
	if (strcmp(name, "org") == 0) {
		org = org_of(r, o);
		if (org && o->mine)
			return o->was_lost ? LISTED_MAYBE : LISTED_SURELY;
		return org ? of_member(r, org, from, until) : LISTED_NOT;
	}
	if (r->version >= 2 && strcmp(name, "pointInTime") == 0)
		return !o->mine ? LISTED_NOT : o->was_lost ? LISTED_MAYBE : LISTED_SURELY;
	if (strcmp(name, "search") == 0)
		return r->version >= 4 ? of_versions(r, o, from, until, is_open, "") : LISTED_NOT;
	for (int i = 0; i < TYPES; i++)
		if (strcmp(name, type_roots[i]) == 0)
			return r->version >= type_since[i]
				       ? of_versions(r, o, from, until, is_open, name)
				       : LISTED_NOT;
	return of_versions(r, o, from, until, has_scalar, name);
}

static enum listed of_org_dir(const struct run *r, const struct object *o, double from,
			      double until, const char *name)
{
	static const char *const always[] = {"explore", "json", "links", "sessions", NULL};

	if (is_one_of(name, always))
		return LISTED_SURELY;
	if (strcmp(name, "restore-points") == 0)
		return r->version >= 6 ? LISTED_SURELY : LISTED_NOT;
	return of_versions(r, o, from, until, has_scalar, name);
}

static enum listed of_thing(const struct thing *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++)
		if (strcmp(t->all[i]->name, name) == 0)
			return LISTED_SURELY;
	/* a search belongs to what is owned */
	return strcmp(name, "search") == 0 ? LISTED_MAYBE : LISTED_NOT;
}

static const struct object *by_name_of(const struct run *r, const char *name)
{
	for (size_t i = 0; i < r->orgs.n; i++)
		if (strcmp(truth_word(&r->orgs.all[i]->versions[0], "name"), name) == 0)
			return r->orgs.all[i];
	return NULL;
}

enum listed place_lists(const struct run *r, const struct place *p, double from, double until,
			const char *name)
{
	static const char *const root[] = {"README", "orgs", "sessions", "by-name", ".vbofs", NULL};
	const struct object *o;

	switch (p->kind) {
	case IN_ROOT:
		return is_one_of(name, root) ? LISTED_SURELY : LISTED_NOT;
	case IN_COLLECTION:
		o = p->by_name ? by_name_of(r, name)
			       : truth_find(p->session_list ? &r->sessions : &r->orgs, name);
		return of_member(r, o, from, until);
	case IN_OBJECT:
		return p->object->session ? of_session_dir(r, p->object, from, until, name)
					  : of_org_dir(r, p->object, from, until, name);
	case IN_LINKS:
		return of_versions(r, p->object, from, until, has_link, name);
	case IN_ORG_SESSIONS:
		o = truth_find(&r->sessions, name);
		return !o || org_of(r, o) != p->object
			       ? LISTED_NOT
			       : both(of_member(r, o, from, until),
				      o->was_lost ? LISTED_MAYBE : LISTED_SURELY);
	case IN_CONTENT:
		return of_thing(p->thing, name);
	default:
		return LISTED_MAYBE;
	}
}

void place_names(const struct run *r, const struct place *p,
		 void (*each)(void *user, const char *name), void *user)
{
	static const char *const literal[] = {
		"README",
		"orgs",
		"sessions",
		"by-name",
		".vbofs",
		"explore",
		"stop",
		"json",
		"links",
		"org",
		"events",
		"statistics",
		"statistics.json",
		"search",
		"restore-points",
		"pointInTime",
		"mailboxes",
		"onedrives",
		"sites",
		"teams",
		NULL,
	};
	const struct objects *o =
		p->kind == IN_ORG_SESSIONS || p->session_list ? &r->sessions : &r->orgs;
	const char *key;
	json_t *value;

	if (p->kind == IN_COLLECTION || p->kind == IN_ORG_SESSIONS)
		for (size_t i = 0; i < o->n; i++)
			each(user, p->by_name ? truth_word(&o->all[i]->versions[0], "name")
					      : o->all[i]->id);
	if (p->kind == IN_ROOT || p->kind == IN_OBJECT)
		for (size_t i = 0; literal[i]; i++)
			each(user, literal[i]);
	if (p->kind == IN_OBJECT || p->kind == IN_LINKS)
		for (size_t i = 0; i < p->object->n; i++) {
			json_t *of = p->object->versions[i].json;
			json_object_foreach(p->kind == IN_LINKS ? json_object_get(of, "_links")
								: of,
					    key, value) each(user, key);
		}
	if (p->kind == IN_CONTENT)
		for (size_t i = 0; i < p->thing->n; i++)
			each(user, p->thing->all[i]->name);
}
