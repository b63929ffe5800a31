#include "state.h"

#include <errno.h>
#include <stdio.h>

#define WORKING_MOST 10
#define SESSIONS_MOST 24
#define ORGS_MOST 5

static unsigned alive(const struct objects *o, bool works)
{
	unsigned n = 0;

	for (size_t i = 0; i < o->n; i++)
		n += o->all[i]->died == NO_END &&
		     (!works || truth_works(&o->all[i]->versions[o->all[i]->n - 1]));
	return n;
}

static void stop_one(struct run *r)
{
	struct object *o = truth_working(r);
	char path[128];

	snprintf(path, sizeof(path), "/_sim/session/%s", o->id);
	if (o->died != NO_END)
		return;
	note(r, "others stop %s", o->id);
	json_decref(sim_control(r, "POST", path,
				"{\"state\":\"Stopped\",\"endTime\":\"2026-11-24T10:00:00Z\"}"));
}

static void delete_one(struct run *r)
{
	struct object *o = r->sessions.all[draw(r, (unsigned)r->sessions.n)];
	char path[128];

	if (o->died != NO_END || truth_works(&o->versions[o->n - 1]))
		return;
	snprintf(path, sizeof(path), "/_sim/session/%s", o->id);
	note(r, "others delete %s", o->id);
	json_decref(sim_control(r, "DELETE", path, NULL));
}

static void start_one(struct run *r)
{
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"org\":\"%s\",\"type\":\"%s\",\"pointInTime\":\"2019-03-04T05:06:07Z\"}",
		 r->orgs.all[0]->id,
		 type_names[r->version >= 5   ? draw(r, TYPES)
			    : r->version >= 2 ? draw(r, 3)
					      : 0]);
	note(r, "others start %s", body);
	json_decref(sim_control(r, "POST", "/_sim/sessions", body));
}

static void change_org(struct run *r)
{
	char path[128], body[128];

	snprintf(path, sizeof(path), "/_sim/organization/%s", r->orgs.all[0]->id);
	snprintf(body, sizeof(body), "{\"lastBackuptime\":\"2026-11-%02u\x54%02u:00:00Z\"}",
		 21 + draw(r, 3), draw(r, 24));
	note(r, "backup of %s: %s", r->orgs.all[0]->id, body);
	json_decref(sim_control(r, "POST", path, body));
}

static void add_org(struct run *r)
{
	char body[128];

	if (r->orgs.n >= ORGS_MOST)
		return;
	snprintf(body, sizeof(body), "{\"name\":\"org%u.example\"}", ++r->added);
	note(r, "new organization %s", body);
	json_decref(sim_control(r, "POST", "/_sim/organizations", body));
}

static void revoke_tokens(struct run *r)
{
	static const int errors[] = {EACCES, 0};

	note(r, "tokens revoked");
	json_decref(sim_control(r, "POST", "/_sim/revoke", NULL));
	/* a POST that meets it is not sent again */
	if (r->nfaults < FAULTS_MAX)
		r->faults[r->nfaults++] =
			(struct fault_spec){.scopes = OF_EXPLORE | OF_STOP | OF_SAVES,
					    .errors = errors,
					    .from = now(),
					    .until = NO_END};
}

static void add_event(struct run *r)
{
	struct object *o = truth_working(r);
	char path[128];

	if (r->version < 2 || o->died != NO_END)
		return;
	snprintf(path, sizeof(path), "/_sim/session/%s/events", o->id);
	json_decref(sim_control(r, "POST", path,
				"{\"title\":\"Something\",\"message\":\"It\\thappened\"}"));
	note(r, "event of %s", o->id);
}

void op_world(struct run *r)
{
	unsigned at = draw(r, 12);

	if (alive(&r->sessions, true) > WORKING_MOST)
		stop_one(r);
	else if (alive(&r->sessions, false) > SESSIONS_MOST)
		delete_one(r);
	else if (at < 3)
		start_one(r);
	else if (at < 6)
		stop_one(r);
	else if (at < 7)
		delete_one(r);
	else if (at < 8)
		change_org(r);
	else if (at < 9)
		add_org(r);
	else if (at < 10)
		revoke_tokens(r);
	else
		add_event(r);
	truth_look(r);
}
