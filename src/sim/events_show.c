/* Part of events.h: events as each version shows them. */
#include "events.h"

#include <string.h>

#include "instant.h"
#include "list.h"
#include "overlay.h"
#include "sessions.h"

/* [d.]hh:mm:ss[.fffffff] */
static void write_duration(struct text *t, int64_t ticks)
{
	long long seconds, fraction;

	if (ticks < 0)
		ticks = 0;
	seconds = ticks / INSTANT_SECOND;
	fraction = ticks % INSTANT_SECOND;
	text_key(t, "duration");
	text_add(t, "\"");
	if (seconds >= 86400)
		text_printf(t, "%lld.", seconds / 86400);
	text_printf(t, "%02lld:%02lld:%02lld", seconds / 3600 % 24, seconds / 60 % 60,
		seconds % 60);
	if (fraction != 0)
		text_printf(t, ".%07lld", fraction);
	text_add(t, "\"");
}

static void write_item(struct text *t, const struct event *e)
{
	if (e->item != NULL)
		text_string(t, "itemName", e->item);
	if (e->item_type != NULL)
		text_string(t, "itemType", e->item_type);
	if (e->size >= 0)
		text_number(t, "itemSizeBytes", e->size);
	if (e->source != NULL)
		text_string(t, "source", e->source);
	if (e->target != NULL)
		text_string(t, "target", e->target);
}

static void write_nullable(struct text *t, const char *key, const char *value)
{
	text_key(t, key);
	if (value != NULL)
		text_json(t, value);
	else
		text_add(t, "null");
}

static void write_owners(struct text *t, const struct session *session, const struct event *e)
{
	text_string(t, "organizationId", session->org->id);
	text_string(t, "backedUpOrganizationId", session->org->id);
	write_nullable(t, "userId", e->user);
	write_nullable(t, "groupId", e->group);
	write_nullable(t, "siteId", e->site);
	write_nullable(t, "teamId", e->team);
}

static void write_links(struct text *t, const struct request *rq, const struct session *session,
	const char *id)
{
	bool old = rq->version < 6;
	const char *base = old ? rq->sim->base_url : "";
	const char *sessions = old ? "restoresessions" : "RestoreSessions";

	text_key(t, "_links");
	text_printf(t, "{\"self\":{\"href\":\"%s/v%d/%s/%s/%s/%s\"},"
		"\"restoreSession\":{\"href\":\"%s/v%d/%s/%s\"}}",
		base, rq->version, sessions, session->id, old ? "events" : "Events", id,
		base, rq->version, sessions, session->id);
}

/* Two of them are known from v6 on. */
static const char *status_name(const struct request *rq, enum event_status status)
{
	if (rq->version < 6 && status == EVENT_CANCELLED)
		status = EVENT_FAILED;
	if (rq->version < 6 && status == EVENT_SKIPPED)
		status = EVENT_WARNING;
	return events_status_name(status);
}

void events_write(struct text *t, const struct request *rq, const struct session *session,
	size_t index, const char *id)
{
	const struct event *e = &session->events.items[index];
	size_t start = t->len;

	if (id == NULL)
		id = e->id;
	text_add(t, "{");
	if (rq->version >= 6)
		write_item(t, e);
	text_string(t, "id", id);
	text_string(t, "type", events_type_name(e->type));
	text_string(t, "status", status_name(rq, e->status));
	sessions_time(t, rq, "startTime", e->started);
	if (e->ended != INSTANT_NONE) {
		sessions_time(t, rq, "endTime", e->ended);
		write_duration(t, e->ended - e->started);
	}
	text_string(t, "title", e->title);
	text_string(t, "message", e->message);
	text_number(t, "order", (long long)index);
	if (rq->version >= 8)
		write_owners(t, session, e);
	write_links(t, rq, session, id);
	text_add(t, "}");
	overlay_apply(t, start, e->extra);
}

static void write_listed(struct text *t, const struct request *rq, const void *items,
	size_t index, const char *id)
{
	events_write(t, rq, items, index, id);
}

void events_list(struct request *rq)
{
	struct session *session = sessions_of_request(rq);

	if (session != NULL)
		list_answer(rq, &(struct list){ false, events_of(session)->count, session,
			write_listed });
}

void events_get(struct request *rq)
{
	struct session *session = sessions_of_request(rq);
	const struct event_list *list;
	size_t i;

	if (session == NULL)
		return;
	list = events_of(session);
	for (i = 0; i < list->count; i++) {
		if (strcmp(list->items[i].id, rq->params[1]) == 0) {
			events_write(reply_json(&rq->reply, 200), rq, session, i, NULL);
			return;
		}
	}
	reply_not_found(rq, "The event was not found.");
}
