#include "state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *place_full(const struct run *r, const char *path, char *out)
{
	snprintf(out, PATH_LONG, "%s%s%s", r->mount, *path ? "/" : "", path);
	return out;
}

/* ---- paths ------------------------------------------------------------------------- */

static struct object *any(struct run *r, struct objects *o)
{
	/* what is gone is looked at now and then, too */
	for (int i = 0; i < 8; i++) {
		struct object *one = o->all[draw(r, (unsigned)o->n)];
		if (one->died == NO_END || draw(r, 12) == 0)
			return one;
	}
	return o->all[0];
}

static const char *any_key(struct run *r, const json_t *object, bool scalars)
{
	size_t n = json_object_size(object), at = n ? draw(r, (unsigned)n) : 0;
	const char *key, *found = NULL;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value)
	{
		bool fits = !scalars ||
			    !(json_is_null(value) || json_is_object(value) || json_is_array(value));
		if (fits && (!found || at > 0))
			found = key;
		if (at > 0)
			at--;
	}
	return found;
}

void place_at(struct run *r, struct place *p, enum place_kind kind, struct object *o,
	      const char *key)
{
	const char *top = o && o->session ? "sessions" : "orgs";
	char *path = p->path;
	size_t size = sizeof(p->path);

	*p = (struct place){.kind = kind, .object = o};
	snprintf(p->key, sizeof(p->key), "%s", key ? key : "");
	switch (kind) {
	case IN_ROOT:
		break;
	case IN_README:
		snprintf(path, size, "README");
		break;
	case IN_SERVICE:
		snprintf(path, size, ".vbofs/%s", key);
		break;
	case IN_COLLECTION:
		p->session_list = strcmp(key, "sessions") == 0;
		p->by_name = strcmp(key, "by-name") == 0;
		snprintf(path, size, "%s", key);
		break;
	case IN_OBJECT:
		snprintf(path, size, "%s/%s", top, o->id);
		break;
	case IN_VALUE:
	case IN_CONTROL:
		snprintf(path, size, "%s%s%s%s", o ? top : ".vbofs", o ? "/" : "", o ? o->id : "",
			 "/");
		snprintf(path + strlen(path), size - strlen(path), "%s", key);
		break;
	case IN_JSON:
		snprintf(path, size, "%s/%s/json", top, o->id);
		break;
	case IN_LINKS:
		snprintf(path, size, "%s/%s/links", top, o->id);
		break;
	case IN_LINK:
		snprintf(path, size, "%s/%s/links/%s", top, o->id, key);
		break;
	case IN_ORG_SESSIONS:
		snprintf(path, size, "orgs/%s/sessions", o->id);
		break;
	case IN_ORG_SESSION:
		snprintf(path, size, "orgs/%s/sessions/%s", o->id, key);
		break;
	case IN_BY_NAME:
		snprintf(path, size, "by-name/%s", truth_word(&o->versions[0], "name"));
		break;
	case IN_POINTS:
		snprintf(path, size, "orgs/%s/restore-points", o->id);
		break;
	case IN_SESSION_ORG:
		snprintf(path, size, "sessions/%s/org", o->id);
		break;
	case IN_EVENTS:
		snprintf(path, size, "sessions/%s/events", o->id);
		break;
	case IN_STATISTICS:
		snprintf(path, size, "sessions/%s/%s", o->id, key);
		break;
	case IN_CONTENT:
	case IN_MISSING:
		break;
	}
	(void)r;
}

static void missing(struct run *r, struct place *p)
{
	static const char *const nowhere[] = {
		"nothing",
		"orgs/00000000-0000-0000-0000-00000000abcd",
		"orgs/x",
		"by-name/nobody",
		"sessions/00000000-0000-0000-0000-00000000abcd",
		"sessions/..x",
		".vbofs/secret",
		"README.txt",
	};
	struct object *o = any(r, draw(r, 2) ? &r->sessions : &r->orgs);

	place_at(r, p, IN_MISSING, o, NULL);
	if (draw(r, 2))
		snprintf(p->path, sizeof(p->path), "%s/%s/%s", o->session ? "sessions" : "orgs",
			 o->id, draw(r, 2) ? "nothing" : "links/nothing");
	else
		snprintf(p->path, sizeof(p->path), "%s",
			 nowhere[draw(r, sizeof(nowhere) / sizeof(*nowhere))]);
}

static bool content(struct run *r, struct place *p)
{
	struct object *o = NULL;

	for (int i = 0; i < 12 && (!o || !o->holds); i++)
		o = any(r, &r->sessions);
	if (!o || !o->holds)
		return false;
	place_at(r, p, IN_CONTENT, o, NULL);
	p->session = o;
	p->thing = o->holds;
	while (p->thing->n && draw(r, 6))
		p->thing = p->thing->all[draw(r, (unsigned)p->thing->n)];
	size_t n = (size_t)snprintf(p->path, sizeof(p->path), "sessions/%s/", o->id);
	thing_path(p->thing, p->path + n, sizeof(p->path) - n);
	return true;
}

static void pick_of_object(struct run *r, struct place *p, struct object *o)
{
	const struct version *v = &o->versions[draw(r, (unsigned)o->n)];
	const char *key;

	switch (draw(r, o->session ? 10 : 8)) {
	case 0:
		place_at(r, p, IN_OBJECT, o, NULL);
		return;
	case 1:
		place_at(r, p, IN_JSON, o, NULL);
		return;
	case 2:
		place_at(r, p, IN_LINKS, o, NULL);
		return;
	case 3:
		key = any_key(r, json_object_get(v->json, "_links"), false);
		place_at(r, p, IN_LINK, o, key ? key : "self");
		return;
	case 4:
		if (o->session)
			place_at(r, p, IN_VALUE, o, draw(r, 3) ? "state" : "result");
		else
			place_at(r, p, r->version >= 6 && draw(r, 2) ? IN_POINTS : IN_BY_NAME, o,
				 NULL);
		return;
	case 5:
		if (o->session)
			place_at(r, p, r->version >= 2 ? IN_EVENTS : IN_JSON, o, NULL);
		else
			place_at(r, p, IN_ORG_SESSIONS, o, NULL);
		return;
	case 6:
		if (o->session)
			place_at(r, p, IN_SESSION_ORG, o, NULL);
		else
			place_at(r, p, IN_ORG_SESSION, o,
				 r->sessions.n ? any(r, &r->sessions)->id : "x");
		return;
	case 8:
		if (r->version >= 8) {
			place_at(r, p, IN_STATISTICS, o,
				 draw(r, 2) ? "statistics" : "statistics.json");
			return;
		} /* fall through */
	default:
		key = any_key(r, v->json, true);
		place_at(r, p, IN_VALUE, o, key ? key : "id");
	}
}

void place_pick(struct run *r, struct place *p)
{
	static const char *const collections[] = {"orgs", "sessions", "by-name"};
	static const char *const service[] = {"version", "metrics", "log", "last_error"};
	unsigned at = draw(r, 100);

	if (at < 2)
		place_at(r, p, IN_ROOT, NULL, NULL);
	else if (at < 4)
		place_at(r, p, IN_README, NULL, NULL);
	else if (at < 8)
		place_at(r, p, IN_SERVICE, NULL, service[draw(r, 4)]);
	else if (at < 18)
		place_at(r, p, IN_COLLECTION, NULL, collections[draw(r, 3)]);
	else if (at < 24)
		missing(r, p);
	else if (at < 42)
		pick_of_object(r, p, any(r, &r->orgs));
	else if (at < 66 || !content(r, p))
		pick_of_object(r, p, any(r, &r->sessions));
}
