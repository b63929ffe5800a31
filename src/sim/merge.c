#include "merge.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "events.h"
#include "explore.h"
#include "instant.h"
#include "points.h"

void merge_override(json_t **extra, const char *key, json_t *value, bool understood)
{
	if (understood) {
		json_object_del(*extra, key);
		return;
	}
	if (*extra == NULL)
		*extra = json_object();
	json_object_set(*extra, key, value);
}

bool merge_time(const struct sim *sim, json_t *value, int64_t *instant)
{
	return json_is_string(value) &&
		instant_parse(json_string_value(value), sim->options.tz, instant);
}

static bool set_state(struct session *session, json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	if (strcmp(text, "Working") == 0) {
		session->working = true;
		session->ended = INSTANT_NONE;
		json_object_del(session->extra, "endTime");
		return true;
	}
	if (strcmp(text, "Stopped") != 0)
		return false;
	events_of(session);
	if (session->working) {
		session->working = false;
		session->ended = instant_now();
		events_stopped(session);
	}
	return true;
}

static bool set_result(struct session *session, json_t *value)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	bool success = strcmp(text, "Success") == 0, warning = strcmp(text, "Warning") == 0;

	if (!success && !warning && strcmp(text, "Failed") != 0)
		return false;
	session->result = success ? RESULT_SUCCESS : warning ? RESULT_WARNING : RESULT_FAILED;
	return true;
}

static bool set_created(struct sim *sim, struct session *session, json_t *value)
{
	int64_t created;

	if (!merge_time(sim, value, &created))
		return false;
	state_move_session(&sim->state, session, created);
	return true;
}

static bool set_ended(struct sim *sim, struct session *session, json_t *value)
{
	if (merge_time(sim, value, &session->ended))
		return true;
	session->ended = INSTANT_NONE;
	return false;
}

static bool set_session(struct sim *sim, struct session *session, const char *key, json_t *value)
{
	if (strcmp(key, "result") == 0)
		return set_result(session, value);
	if (strcmp(key, "creationTime") == 0)
		return set_created(sim, session, value);
	if (strcmp(key, "pointInTime") == 0)
		return merge_time(sim, value, &session->point);
	if (strcmp(key, "type") == 0)
		return json_is_string(value) &&
			explore_type(json_string_value(value), &session->type);
	return false;
}

void merge_session(struct sim *sim, struct session *session, json_t *members)
{
	const char *key;
	json_t *value;

	/* The state first: it sets an endTime that a member may then replace. */
	value = json_object_get(members, "state");
	if (value != NULL)
		merge_override(&session->extra, "state", value, set_state(session, value));
	value = json_object_get(members, "endTime");
	if (value != NULL)
		merge_override(&session->extra, "endTime", value, set_ended(sim, session, value));
	json_object_foreach(members, key, value)
		if (strcmp(key, "state") != 0 && strcmp(key, "endTime") != 0)
			merge_override(&session->extra, key, value,
				set_session(sim, session, key, value));
	state_touch(&sim->state, session);
}

static bool set_org(struct sim *sim, struct org *org, const char *key, json_t *value)
{
	int64_t *time = strcmp(key, "firstBackuptime") == 0 ? &org->first :
		strcmp(key, "lastBackuptime") == 0 ? &org->last : NULL;

	if (time != NULL) {
		if (merge_time(sim, value, time))
			return true;
		if (json_is_null(value))
			*time = INSTANT_NONE;
		return json_is_null(value);
	}
	if (strcmp(key, "name") != 0 || !json_is_string(value))
		return false;
	free(org->name);
	org->name = alloc_copy(json_string_value(value));
	return true;
}

void merge_org(struct sim *sim, struct org *org, json_t *members)
{
	const char *key;
	json_t *value;

	/* Made up by what was: the change feed shall tell what becomes of them. */
	points_of(sim, org);
	json_object_foreach(members, key, value)
		merge_override(&org->extra, key, value, set_org(sim, org, key, value));
	points_fit(sim, org);
}
