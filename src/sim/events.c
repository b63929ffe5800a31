#include "events.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "grow.h"
#include "instant.h"

static const char *const types[] = { "None", "Save", "Export", "Send", "Restore", "View" };
static const char *const statuses[] = { "Running", "Success", "Warning", "Failed", "Cancelled",
	"Skipped" };

static bool find_word(const char *const *words, size_t count, const char *text, int *index)
{
	for (*index = 0; *index < (int)count; ++*index)
		if (strcasecmp(words[*index], text) == 0)
			return true;
	return false;
}

bool events_type(const char *text, enum event_type *type)
{
	int index;
	bool good = find_word(types, sizeof(types) / sizeof(*types), text, &index);

	if (good)
		*type = (enum event_type)index;
	return good;
}

bool events_status(const char *text, enum event_status *status)
{
	int index;
	bool good = find_word(statuses, sizeof(statuses) / sizeof(*statuses), text, &index);

	if (good)
		*status = (enum event_status)index;
	return good;
}

const char *events_type_name(enum event_type type)
{
	return types[type];
}

const char *events_status_name(enum event_status status)
{
	return statuses[status];
}

void events_free(struct event_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		struct event *e = &list->items[i];

		free(e->title);
		free(e->message);
		free(e->item);
		free(e->item_type);
		free(e->source);
		free(e->target);
		free(e->user);
		free(e->group);
		free(e->site);
		free(e->team);
		json_decref(e->extra);
	}
	free(list->items);
}

static size_t append(struct session *session, const struct event *event)
{
	struct event_list *list = &session->events;
	struct random r = { tree_hash(session->id) ^ (list->count * 2654435761u) };
	struct event *e;

	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 4;
		list->items = alloc_resize(list->items, list->room, sizeof(*list->items));
	}
	e = &list->items[list->count];
	*e = *event;
	random_uuid(&r, e->id);
	return list->count++;
}

static void add_plain(struct session *session, const char *what, int64_t when)
{
	append(session, &(struct event){ .status = EVENT_SUCCESS, .started = when, .ended = when,
		.title = alloc_copy(what), .message = alloc_copy(what), .size = -1 });
}

/* Something that was saved in earlier years, when nobody watched. */
static void make_up(struct session *session, uint64_t hash, enum event_status status,
	int64_t when)
{
	static const char *const names[][3] = {
		[SESSION_VEX] = { "Quarterly figures", "Re: travel plans", "Minutes of Monday" },
		[SESSION_VEOD] = { "Budget.xlsx", "Contract (signed).pdf", "Photos.zip" },
		[SESSION_VESP] = { "Handbook.docx", "Price list.xlsx", "Logo.svg" },
		[SESSION_VET] = { "Agenda.docx", "Roadmap.pptx", "Notes.txt" },
	};
	static const char *const said[] = {
		[EVENT_SUCCESS] = "was saved successfully",
		[EVENT_WARNING] = "was saved with warnings",
		[EVENT_FAILED] = "could not be saved",
	};
	const char *name = names[session->type][hash % 3];
	const char *type = session->type == SESSION_VEX ? "Message" :
		session->type == SESSION_VET ? "File" : "Document";
	struct text source = { 0 }, message = { 0 };

	text_printf(&source, "%s/%s", grow_person(hash >> 8),
		session->type == SESSION_VEX ? "Inbox" : "Documents");
	text_printf(&message, "Item %s %s (type: %s; source: %s)", name, said[status], type,
		source.data);
	append(session, &(struct event){ .type = EVENT_SAVE, .status = status, .started = when,
		.ended = when + (int64_t)(hash % (3 * INSTANT_SECOND)),
		.title = alloc_copy(message.data), .message = message.data,
		.item = alloc_copy(name), .item_type = alloc_copy(type), .source = source.data,
		.size = (int64_t)(hash % 2000000) });
}

static void make_all(struct session *session)
{
	uint64_t hash = tree_hash(session->id), count = hash % 4, i;
	int64_t end = session->working ? session->created + 60 * INSTANT_SECOND : session->ended;
	enum event_status worst = session->result == RESULT_FAILED ? EVENT_FAILED :
		session->result == RESULT_WARNING ? EVENT_WARNING : EVENT_SUCCESS;

	add_plain(session, "Restore session started", session->created);
	if (worst != EVENT_SUCCESS && count == 0)
		count = 1;
	for (i = 0; i < count; i++)
		make_up(session, tree_mix(hash + i), i == 0 ? worst : EVENT_SUCCESS,
			session->created + (end - session->created) / 8 * (int64_t)(i + 1));
	if (!session->working)
		events_stopped(session);
}

struct event_list *events_of(struct session *session)
{
	if (session->events.count == 0)
		make_all(session);
	return &session->events;
}

void events_started(struct session *session)
{
	add_plain(session, "Restore session started", session->created);
}

void events_stopped(struct session *session)
{
	add_plain(session, "Restore session stopped", session->ended);
}

size_t events_add(struct session *session, const struct event *event)
{
	struct event_list *list = events_of(session);
	size_t index = append(session, event);
	struct event *e = &list->items[index];

	if (e->started == 0)
		e->started = instant_now();
	if (e->status != EVENT_RUNNING && e->ended == INSTANT_NONE)
		e->ended = e->started;
	return index;
}

bool events_finish(struct session *session, size_t index, enum event_status status)
{
	struct event *e = &events_of(session)->items[index];

	if (e->status != EVENT_RUNNING)
		return false;
	e->status = status;
	e->ended = instant_now();
	return true;
}

void events_changed(struct sim *sim, struct session *session)
{
	if (sim->options.event_updates)
		state_touch(&sim->state, session);
}
