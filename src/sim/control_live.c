#include "control_live.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "events.h"
#include "input.h"
#include "instant.h"
#include "merge.h"
#include "points.h"

#define EVENTS_MAX 1000000

static struct session *find_session(struct request *rq)
{
	struct session *session = state_find_session(&rq->sim->state, rq->params[0]);

	if (session == NULL)
		reply_not_found(rq, "no such session");
	return session;
}

/* A copy of the members in which {n} in a text is the number. */
static json_t *numbered(json_t *members, size_t number)
{
	json_t *copy = json_copy(members), *value;
	const char *key, *text, *at;

	json_object_foreach(members, key, value) {
		struct text t = { 0 };

		text = json_is_string(value) ? json_string_value(value) : "";
		for (; (at = strstr(text, "{n}")) != NULL; text = at + 3) {
			text_add_bytes(&t, text, (size_t)(at - text));
			text_printf(&t, "%zu", number);
		}
		if (t.len != 0) {
			text_add(&t, text);
			json_object_set_new(copy, key, json_string(t.data));
		}
		text_free(&t);
	}
	return copy;
}

static void add_event(struct sim *sim, struct session *session, json_t *members)
{
	struct event e = { .type = EVENT_RESTORE, .status = EVENT_SUCCESS,
		.ended = INSTANT_NONE, .size = -1 };

	merge_event(sim, &e, members);
	if (e.title == NULL)
		e.title = alloc_copy("Something happened");
	if (e.message == NULL)
		e.message = alloc_copy(e.title);
	events_add(session, &e);
}

/* The members of an event, and "count": so many of them. */
void control_add_events(struct request *rq, json_t *body)
{
	struct session *session = find_session(rq);
	json_t *count = json_object_get(body, "count");
	json_int_t n = count != NULL ? json_integer_value(count) : 1, i;
	const struct event_list *list;
	json_t *members;
	struct text *t;

	if (session == NULL)
		return;
	if (n < 1 || n > EVENTS_MAX) {
		reply_bad(rq, "count must be a number from 1 to 1000000");
		return;
	}
	json_object_del(body, "count");
	list = events_of(session);
	for (i = 0; i < n; i++) {
		members = numbered(body, list->count);
		add_event(rq->sim, session, members);
		json_decref(members);
	}
	events_changed(rq->sim, session);
	t = reply_json(&rq->reply, 201);
	text_add(t, "{");
	text_number(t, "added", (long long)n);
	text_number(t, "total", (long long)list->count);
	text_string(t, "last", list->items[list->count - 1].id);
	text_add(t, "}");
}

void control_change_event(struct request *rq, json_t *body)
{
	struct session *session = find_session(rq);
	const struct event_list *list;
	size_t i = 0;

	if (session == NULL)
		return;
	list = events_of(session);
	while (i < list->count && strcmp(list->items[i].id, rq->params[1]) != 0)
		i++;
	if (i == list->count) {
		reply_not_found(rq, "no such event");
		return;
	}
	merge_event(rq->sim, &list->items[i], body);
	events_changed(rq->sim, session);
	events_write(reply_json(&rq->reply, 200), rq, session, i, NULL);
}

/* {"status": S}: all that run end with it, Success if it is not given. */
void control_finish_events(struct request *rq, json_t *body)
{
	struct session *session = find_session(rq);
	const char *text = input_text(body, "status");
	enum event_status status = EVENT_SUCCESS;
	long long finished = 0;
	struct text *t;
	size_t i;

	if (session == NULL)
		return;
	if (text != NULL && !events_status(text, &status)) {
		reply_bad(rq, "no such status");
		return;
	}
	for (i = 0; i < events_of(session)->count; i++)
		finished += events_finish(session, i, status);
	if (finished != 0)
		events_changed(rq->sim, session);
	t = reply_json(&rq->reply, 200);
	text_add(t, "{");
	text_number(t, "finished", finished);
	text_add(t, "}");
}

/* {"org", "backupTime"} and more members of a restore point. */
void control_add_point(struct request *rq, json_t *body)
{
	const char *id = input_text(body, "org"), *time = input_text(body, "backupTime");
	struct org *org = id != NULL ? state_find_org(&rq->sim->state, id) : NULL;
	int64_t when = instant_now();
	struct point *point;

	if (org == NULL || (time != NULL &&
	    !instant_parse(time, rq->sim->options.tz, &when))) {
		reply_bad(rq, "no such org, or not a time");
		return;
	}
	json_object_del(body, "org");
	json_object_del(body, "backupTime");
	point = points_add(rq->sim, org, when);
	merge_point(rq->sim, point, body);
	points_changed(rq->sim, point);
	points_write(reply_json(&rq->reply, 201), rq, point, NULL);
}

static struct point *find_point(struct request *rq)
{
	struct point *point = points_find(rq->sim, rq->params[0]);

	if (point == NULL)
		reply_not_found(rq, "no such restore point");
	return point;
}

void control_change_point(struct request *rq, json_t *body)
{
	struct point *point = find_point(rq);

	if (point == NULL)
		return;
	if (merge_point(rq->sim, point, body))
		points_objects_changed(rq->sim, point);
	points_changed(rq->sim, point);
	points_write(reply_json(&rq->reply, 200), rq, point, NULL);
}

void control_delete_point(struct request *rq, json_t *body)
{
	struct point *point = find_point(rq);

	(void)body;
	if (point == NULL)
		return;
	points_delete(rq->sim, point);
	reply_empty(&rq->reply, 204);
}

void control_forget_changes(struct request *rq, json_t *body)
{
	(void)body;
	changes_forget(&rq->sim->state.changes);
	reply_empty(&rq->reply, 204);
}
