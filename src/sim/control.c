#include "control.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "control_live.h"
#include "explore.h"
#include "input.h"
#include "instant.h"
#include "merge.h"
#include "orgs.h"
#include "routes.h"
#include "save.h"
#include "sessions.h"

typedef void control_handler(struct request *rq, json_t *body);

bool control_is(const char *target)
{
	return strncmp(target, "/_sim/", 6) == 0;
}

static void add_faults(struct request *rq, json_t *body)
{
	char *text = alloc_copy_bytes(rq->body.len ? rq->body.data : "", rq->body.len);
	char *line, *rest = text;
	const char *why;
	long long n = 0;
	struct text *t;

	(void)body;
	while ((line = strsep(&rest, "\r\n")) != NULL) {
		if (*line == '\0')
			continue;
		if (!fault_add(&rq->sim->faults, line, &why)) {
			free(text);
			reply_bad(rq, why);
			return;
		}
		n++;
	}
	free(text);
	t = reply_json(&rq->reply, 200);
	text_add(t, "{");
	text_number(t, "added", n);
	text_add(t, "}");
}

static void clear_faults(struct request *rq, json_t *body)
{
	(void)body;
	fault_clear(&rq->sim->faults);
	reply_empty(&rq->reply, 204);
}

static void revoke_tokens(struct request *rq, json_t *body)
{
	(void)body;
	tokens_clear(&rq->sim->tokens);
	reply_empty(&rq->reply, 204);
}

static void content(struct request *rq, json_t *body)
{
	(void)body;
	save_true(rq, rq->params[0]);
}

static void change_session(struct request *rq, json_t *body)
{
	struct session *session = state_find_session(&rq->sim->state, rq->params[0]);

	if (session == NULL) {
		reply_not_found(rq, "no such session");
		return;
	}
	merge_session(rq->sim, session, body);
	sessions_write(reply_json(&rq->reply, 200), rq, session, NULL);
}

static void delete_session(struct request *rq, json_t *body)
{
	struct session *session = state_find_session(&rq->sim->state, rq->params[0]);

	(void)body;
	if (session == NULL) {
		reply_not_found(rq, "no such session");
		return;
	}
	state_delete_session(&rq->sim->state, session);
	reply_empty(&rq->reply, 204);
}

static struct login *find_login(struct state *s, const char *username)
{
	if (username == NULL || strcmp(username, s->admin.username) == 0)
		return &s->admin;
	return strcmp(username, s->tenant.username) == 0 ? &s->tenant : NULL;
}

/* {"org", "type", "pointInTime", "login"}: another client of that login. */
static void add_session(struct request *rq, json_t *body)
{
	struct state *s = &rq->sim->state;
	const char *id = input_text(body, "org"), *type = input_text(body, "type");
	const char *point = input_text(body, "pointInTime");
	struct login *login = find_login(s, input_text(body, "login"));
	const struct org *org = id != NULL ? state_find_org(s, id) : NULL;
	enum session_type kind = SESSION_VEX;
	int64_t instant = instant_now();

	if (org == NULL || login == NULL || (type != NULL && !explore_type(type, &kind)) ||
	    (point != NULL && !instant_parse(point, rq->sim->options.tz, &instant))) {
		reply_bad(rq, "no such org, login or type, or not a time");
		return;
	}
	if (point == NULL && org->last != INSTANT_NONE)
		instant = org->last;
	sessions_write(reply_json(&rq->reply, 201), rq,
		explore_start(rq->sim, login, org, kind, instant), NULL);
}

static void change_org(struct request *rq, json_t *body)
{
	struct org *org = state_find_org(&rq->sim->state, rq->params[0]);

	if (org == NULL) {
		reply_not_found(rq, "no such organization");
		return;
	}
	merge_org(rq->sim, org, body);
	orgs_write(reply_json(&rq->reply, 200), rq, org);
}

static void delete_org(struct request *rq, json_t *body)
{
	struct org *org = state_find_org(&rq->sim->state, rq->params[0]);

	(void)body;
	if (org == NULL) {
		reply_not_found(rq, "no such organization");
		return;
	}
	state_delete_org(&rq->sim->state, org);
	reply_empty(&rq->reply, 204);
}

static void add_org(struct request *rq, json_t *body)
{
	const char *name = input_text(body, "name");
	struct org *org;

	if (name == NULL) {
		reply_bad(rq, "a name is needed");
		return;
	}
	org = state_add_org(&rq->sim->state, NULL, name, ORG_OFFICE365);
	merge_org(rq->sim, org, body);
	orgs_write(reply_json(&rq->reply, 201), rq, org);
}

static void write_faults(struct text *t, const struct fault *f)
{
	text_key(t, "faults");
	text_add(t, "[");
	for (; f != NULL; f = f->next) {
		text_element(t);
		text_add(t, "{");
		text_string(t, "spec", f->spec);
		text_number(t, "seen", (long long)f->seen);
		text_number(t, "acted", (long long)f->acted);
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void stats(struct request *rq, json_t *body)
{
	const struct sim *sim = rq->sim;
	struct text *t = reply_json(&rq->reply, 200);

	(void)body;
	text_add(t, "{");
	text_number(t, "requests", (long long)sim->counts.requests);
	text_number(t, "inFlight", (long long)sim->counts.in_flight);
	text_number(t, "mostInFlight", (long long)sim->counts.most_in_flight);
	text_number(t, "connections", (long long)sim->counts.connections);
	text_number(t, "openConnections", (long long)sim->counts.open_connections);
	text_number(t, "organizations", (long long)sim->state.norgs);
	text_number(t, "sessions",
		(long long)(sim->state.ids.used - sim->state.gone_sessions.count));
	text_number(t, "held", (long long)sim->state.changes.waiting);
	text_number(t, "tokens", (long long)sim->tokens.count);
	write_faults(t, sim->faults.first);
	text_add(t, "}");
}

static const struct {
	const char *method, *path; /* below /_sim/; {} is any one segment */
	bool object;             /* the body must be a JSON object */
	control_handler *handler;
} controls[] = {
	{ "POST", "fault", false, add_faults },
	{ "DELETE", "fault", false, clear_faults },
	{ "POST", "session/{}", true, change_session },
	{ "DELETE", "session/{}", false, delete_session },
	{ "POST", "session/{}/events", true, control_add_events },
	{ "POST", "session/{}/events/{}", true, control_change_event },
	{ "POST", "session/{}/finish", true, control_finish_events },
	{ "POST", "sessions", true, add_session },
	{ "POST", "organization/{}", true, change_org },
	{ "DELETE", "organization/{}", false, delete_org },
	{ "POST", "organizations", true, add_org },
	{ "POST", "restore-points", true, control_add_point },
	{ "POST", "restore-point/{}", true, control_change_point },
	{ "DELETE", "restore-point/{}", false, control_delete_point },
	{ "DELETE", "changes", false, control_forget_changes },
	{ "POST", "revoke", false, revoke_tokens },
	{ "GET", "content/{}", false, content },
	{ "GET", "stats", false, stats },
};

void control_answer(struct request *rq)
{
	json_t *body = NULL;
	size_t i;

	rq->version = 8;
	for (i = 0; i < sizeof(controls) / sizeof(*controls); i++)
		if (strcmp(rq->method, controls[i].method) == 0 &&
		    routes_matches(rq, controls[i].path))
			break;
	if (i == sizeof(controls) / sizeof(*controls)) {
		reply_not_found(rq, "no such control");
		return;
	}
	if (controls[i].object) {
		body = input_object(rq->body.len ? rq->body.data : "", rq->body.len);
		if (body == NULL) {
			reply_bad(rq, "the body must be a JSON object");
			return;
		}
	}
	controls[i].handler(rq, body);
	json_decref(body);
}
