/* Part of events.h: what the events of a session come to (v8). */
#include "events.h"

#include <string.h>

#include "sessions.h"

/* Counted are what takes data out of the backup. */
static bool counts(const struct event *e)
{
	return e->type == EVENT_SAVE || e->type == EVENT_EXPORT || e->type == EVENT_SEND ||
		e->type == EVENT_RESTORE;
}

static void write_counts(struct text *t, const struct event_list *list)
{
	long long total = 0, of[EVENT_SKIPPED + 1] = { 0 };
	size_t i;

	for (i = 0; i < list->count; i++) {
		if (!counts(&list->items[i]))
			continue;
		total++;
		of[list->items[i].status]++;
	}
	text_number(t, "totalItemsCount", total);
	text_number(t, "restoredItemsCount", of[EVENT_SUCCESS] + of[EVENT_WARNING]);
	text_number(t, "failedItemsCount", of[EVENT_FAILED] + of[EVENT_CANCELLED]);
	text_number(t, "skippedItemsCount", of[EVENT_SKIPPED]);
}

static bool failed(const struct event *e)
{
	return e->status == EVENT_FAILED || e->status == EVENT_CANCELLED;
}

/* Messages of the events, whatever their type, that ended so. */
static void write_messages(struct text *t, const char *key, const struct event_list *list,
	bool errors)
{
	size_t i;

	text_key(t, key);
	text_add(t, "[");
	for (i = 0; i < list->count; i++) {
		const struct event *e = &list->items[i];

		if (errors ? !failed(e) : e->status != EVENT_WARNING)
			continue;
		text_element(t);
		text_json(t, e->message);
	}
	text_add(t, "]");
}

/* The schema has no word for mail items: those are not listed. */
static const char *item_type(const struct session *session, const struct event *e)
{
	switch (session->type) {
	case SESSION_VEOD: return "OneDriveItem";
	case SESSION_VESP: return "SharePointItem";
	case SESSION_VET: return e->item_type != NULL && strcmp(e->item_type, "Post") == 0 ?
		"TeamsPost" : "TeamsFile";
	default: return NULL;
	}
}

static void write_item(struct text *t, const struct event *e, const char *type)
{
	text_element(t);
	text_add(t, "{");
	text_string(t, "id", e->id);
	text_string(t, "itemRestoreDetailsType", "Item");
	text_string(t, "title", e->title);
	if (failed(e))
		text_string(t, "error", e->message);
	text_string(t, "name", e->item != NULL ? e->item : "");
	text_string(t, "itemType", type);
	text_string(t, "status", failed(e) ? "Failed" : events_status_name(e->status));
	if (e->source != NULL)
		text_string(t, "path", e->source);
	text_key(t, "warnings");
	text_add(t, "[");
	if (e->status == EVENT_WARNING)
		text_json(t, e->message);
	text_add(t, "]}");
}

void events_statistics(struct request *rq)
{
	struct session *session = sessions_of_request(rq);
	const struct event_list *list;
	const char *type;
	struct text *t;
	size_t i;

	if (session == NULL)
		return;
	list = events_of(session);
	t = reply_json(&rq->reply, 200);
	text_add(t, "{");
	write_counts(t, list);
	write_messages(t, "warnings", list, false);
	write_messages(t, "errors", list, true);
	text_key(t, "items");
	text_add(t, "[");
	for (i = 0; i < list->count; i++) {
		const struct event *e = &list->items[i];

		type = item_type(session, e);
		if (counts(e) && e->status != EVENT_RUNNING && type != NULL)
			write_item(t, e, type);
	}
	text_add(t, "]}");
}
