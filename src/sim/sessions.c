#include "sessions.h"

#include <string.h>
#include <strings.h>

#include "input.h"
#include "instant.h"
#include "orgs.h"
#include "overlay.h"

#define STARTING_MS 2000
#define STOPPING_MS 1000

/* v2-v5 know two states more; --session-states starting shows them for a while. */
static const char *state_name(const struct request *rq, const struct session *session)
{
	bool more = rq->sim->options.starting && rq->version >= 2 && rq->version <= 5;
	int64_t now = instant_clock();

	if (session->working)
		return more && session->fresh_ms != 0 && now - session->fresh_ms < STARTING_MS ?
			"Starting" : "Working";
	return more && session->stopped_ms != 0 && now - session->stopped_ms < STOPPING_MS ?
		"Stopping" : "Stopped";
}

void sessions_time(struct text *t, const struct request *rq, const char *key, int64_t instant)
{
	char when[INSTANT_MAX];

	text_string(t, key, rq->version >= 6 ? instant_utc(when, instant, true) :
		instant_local(when, instant, rq->sim->options.tz, true));
}

static void write_name(struct text *t, const struct request *rq, const struct session *session)
{
	static const char *const words[] = { "Exchange", "OneDrive", "SharePoint", "Teams" };
	char when[INSTANT_MAX];

	instant_culture(when, session->point, rq->sim->options.tz);
	text_key(t, "name");
	text_printf(t, "\"%s restore (Entire organization - %s)\"", words[session->type], when);
	text_string(t, "organization", session->org->name);
}

static void write_links(struct text *t, const struct request *rq, const char *id)
{
	bool absolute = rq->version < 6;
	const char *base = absolute ? rq->sim->base_url : "";
	const char *segment = absolute ? "restoresessions" : "RestoreSessions";

	text_key(t, "_links");
	text_printf(t, "{\"self\":{\"href\":\"%s/v%d/%s/%s\"},"
		"\"organization\":{\"href\":\"%s/v%d/%s/%s/organization\"}}",
		base, rq->version, segment, id, base, rq->version, segment, id);
}

static void write_who(struct text *t, const struct request *rq, const struct session *session)
{
	if (rq->version >= 2)
		text_string(t, "initiatedBy", session->login->username);
	if (rq->version >= 6) {
		text_string(t, "details", "");
		text_string(t, "scopeName", session->org->name);
		text_string(t, "clientHost", "127.0.0.1");
		text_string(t, "reason", "");
	}
	if (rq->version >= 8)
		text_number(t, "eTag", session->etag);
}

void sessions_write(struct text *t, const struct request *rq, const struct session *session,
	const char *id)
{
	static const char *const types[] = { "Vex", "Veod", "Vesp", "Vet" };
	static const char *const results[] = { "Success", "Warning", "Failed" };
	size_t start = t->len;
	char when[INSTANT_MAX];

	if (id == NULL)
		id = session->id;
	text_add(t, "{");
	text_string(t, "id", id);
	if (rq->version >= 2)
		write_name(t, rq, session);
	text_string(t, "type", types[session->type]);
	if (rq->version == 1)
		text_string(t, "pointInTime", instant_local(when, session->point,
			rq->sim->options.tz, false));
	sessions_time(t, rq, "creationTime", session->created);
	if (session->ended != INSTANT_NONE)
		sessions_time(t, rq, "endTime", session->ended);
	text_string(t, "state", state_name(rq, session));
	text_string(t, "result", results[session->result]);
	write_who(t, rq, session);
	write_links(t, rq, id);
	text_add(t, "}");
	overlay_apply(t, start, session->extra);
}

struct session *sessions_of_request(struct request *rq)
{
	struct session *session = state_find_session(&rq->sim->state, rq->params[0]);

	if (session != NULL && session->login == rq->token->login)
		return session;
	reply_not_found(rq, "The restore session was not found.");
	return NULL;
}

void sessions_get(struct request *rq)
{
	struct session *session = sessions_of_request(rq);

	if (session != NULL)
		sessions_write(reply_json(&rq->reply, 200), rq, session, NULL);
}

void sessions_stop(struct request *rq)
{
	struct session *session = sessions_of_request(rq);

	if (session == NULL)
		return;
	state_stop(&rq->sim->state, session);
	reply_empty(&rq->reply, rq->version == 8 ? 204 : 200);
}

/* v1-v5: an object with one key, the name of the action. */
void sessions_action(struct request *rq)
{
	json_t *body = input_object(rq->body.len ? rq->body.data : "", rq->body.len);
	const char *action = json_object_iter_key(json_object_iter(body));

	if (body == NULL || json_object_size(body) != 1)
		reply_bad(rq, "The body must be an object with one action.");
	else if (strcasecmp(action, "stop") != 0)
		reply_bad(rq, "The action is not supported.");
	else
		sessions_stop(rq);
	json_decref(body);
}

bool sessions_working(struct request *rq, const struct session *session)
{
	if (!session->working)
		reply_error(rq, rq->sim->options.stopped_status, "HttpError",
			"The restore session has expired.");
	return session->working;
}

void sessions_organization(struct request *rq)
{
	struct session *session = sessions_of_request(rq);
	struct text *t, name = { 0 };
	char when[INSTANT_MAX];

	if (session == NULL || !sessions_working(rq, session))
		return;
	text_add(&name, session->org->name);
	/* Seen in v1 only. */
	if (rq->version == 1)
		text_printf(&name, " (%s)", instant_culture(when, session->point,
			rq->sim->options.tz));
	t = reply_json(&rq->reply, 200);
	text_add(t, "{");
	text_string(t, "id", session->org->id);
	text_string(t, "name", name.data);
	if (rq->version >= 6)
		text_string(t, "type", orgs_type_name(session->org->type));
	text_key(t, "_links");
	text_printf(t, "{\"self\":{\"href\":\"%s/v%d/%s/%s/organization\"}}",
		rq->version < 6 ? rq->sim->base_url : "", rq->version,
		rq->version < 6 ? "restoresessions" : "RestoreSessions", session->id);
	text_add(t, "}");
	text_free(&name);
}
