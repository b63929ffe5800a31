#include "explore.h"

#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "events.h"
#include "input.h"
#include "instant.h"
#include "sessions.h"

struct wish {
	enum session_type type;
	int64_t point;
	bool latest;
	bool show_deleted, show_all_versions;
};

bool explore_type(const char *text, enum session_type *type)
{
	static const char *const names[] = { "vex", "veod", "vesp", "vet" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcasecmp(text, names[i]) == 0) {
			*type = (enum session_type)i;
			return true;
		}
	}
	return false;
}

/* false: an error was answered. */
static bool ask_type(struct request *rq, json_t *options, struct wish *wish)
{
	const char *text = input_text(options, "type");

	wish->type = SESSION_VEX;
	if (rq->version == 1)
		return true;
	if (input_get(options, "type") == NULL) {
		if (rq->version >= 6)
			return true;
		reply_bad(rq, "The type of the session is missing.");
		return false;
	}
	if (text != NULL && explore_type(text, &wish->type) &&
	    (rq->version >= 5 || wish->type != SESSION_VET))
		return true;
	reply_bad(rq, "The type of the session is not valid.");
	return false;
}

static bool ask_point(struct request *rq, json_t *options, struct wish *wish)
{
	json_t *value = input_get(options, "datetime");

	wish->latest = value == NULL;
	if (value == NULL && rq->version >= 6)
		return true;
	if (json_is_string(value) && instant_parse(json_string_value(value),
	    rq->sim->options.tz, &wish->point))
		return true;
	reply_bad(rq, value == NULL ? "The datetime is missing." : "The datetime is not valid.");
	return false;
}

static bool ask_flags(struct request *rq, json_t *options, struct wish *wish)
{
	if (rq->version < 3 || (input_bool(options, "showDeleted", &wish->show_deleted) &&
	    input_bool(options, "showAllVersions", &wish->show_all_versions)))
		return true;
	reply_bad(rq, "showDeleted and showAllVersions must be booleans.");
	return false;
}

/* v8, plural form: which repositories there are is not simulated, only the form counts. */
static bool ask_repository(struct request *rq, json_t *options)
{
	const char *text = input_text(options, "repositoryId");

	if (rq->version < 8 || input_get(options, "repositoryId") == NULL ||
	    (text != NULL && strlen(text) == UUID_SIZE - 1))
		return true;
	reply_bad(rq, "The repositoryId is not valid.");
	return false;
}

static struct session *start(struct sim *sim, struct login *login, const struct org *org,
	const struct wish *wish)
{
	struct session *session = alloc_zero(1, sizeof(*session));
	bool never = org->first == INSTANT_NONE || org->last == INSTANT_NONE;

	session->type = wish->type;
	session->working = true;
	session->org = org;
	session->created = instant_now();
	session->fresh_ms = instant_clock();
	session->ended = INSTANT_NONE;
	session->point = wish->point;
	if (wish->latest)
		session->point = never ? session->created : org->last;
	session->before_first = never || session->point < org->first;
	session->after_last = !never && session->point > org->last;
	session->show_deleted = wish->show_deleted;
	session->show_all_versions = wish->show_all_versions;
	state_add_session(&sim->state, login, session);
	events_started(session);
	return session;
}

struct session *explore_start(struct sim *sim, struct login *login, const struct org *org,
	enum session_type type, int64_t point)
{
	struct wish wish = { .type = type, .point = point };

	return start(sim, login, org, &wish);
}

static void run(struct request *rq, const struct org *org, json_t *options)
{
	struct wish wish = { 0 };
	struct session *session;

	if (!ask_point(rq, options, &wish) || !ask_type(rq, options, &wish) ||
	    !ask_flags(rq, options, &wish) || !ask_repository(rq, options))
		return;
	session = start(rq->sim, rq->token->login, org, &wish);
	sessions_write(reply_json(&rq->reply, rq->version == 6 || rq->version == 7 ? 200 : 201),
		rq, session, NULL);
}

static json_t *read_body(struct request *rq)
{
	json_t *body = input_object(rq->body.len ? rq->body.data : "", rq->body.len);

	if (body == NULL)
		reply_bad(rq, "The body must be a JSON object.");
	return body;
}

/* v1-v5: an object with one key, the name of the action. */
static void run_action(struct request *rq, const struct org *org)
{
	json_t *body = read_body(rq);
	json_t *options = input_get(body, "explore");

	if (body == NULL)
		return;
	if (json_object_size(body) != 1)
		reply_bad(rq, "The body must be an object with one action.");
	else if (strcasecmp(json_object_iter_key(json_object_iter(body)), "explore") != 0)
		reply_bad(rq, "The action is not supported.");
	else if (!json_is_object(options))
		reply_bad(rq, "The options of explore must be an object.");
	else
		run(rq, org, options);
	json_decref(body);
}

static void run_flat(struct request *rq, const struct org *org)
{
	json_t *body = read_body(rq);

	if (body != NULL)
		run(rq, org, body);
	json_decref(body);
}

static const struct org *find(struct request *rq)
{
	const struct org *org = state_find_org(&rq->sim->state, rq->params[0]);

	if (org == NULL)
		reply_not_found(rq, "The organization was not found.");
	return org;
}

void explore_org_action(struct request *rq)
{
	const struct org *org = find(rq);

	if (org != NULL)
		run_action(rq, org);
}

void explore_org(struct request *rq)
{
	const struct org *org = find(rq);

	if (org != NULL)
		run_flat(rq, org);
}

void explore_own_action(struct request *rq)
{
	run_action(rq, rq->token->login->org);
}

void explore_own(struct request *rq)
{
	run_flat(rq, rq->token->login->org);
}
