/*
 * events: what happened in a restore session, one after the other.
 *
 * Sessions from before this program have theirs made up when they are first
 * asked for.  The caller holds the simulator's lock.  An event keeps its index
 * for good; pointers last until the next one is added.
 */
#ifndef SIM_EVENTS_H
#define SIM_EVENTS_H

#include <jansson.h>

#include "request.h"

enum event_type {
	EVENT_NONE, EVENT_SAVE, EVENT_EXPORT, EVENT_SEND, EVENT_RESTORE, EVENT_VIEW
};

enum event_status {
	EVENT_RUNNING, EVENT_SUCCESS, EVENT_WARNING, EVENT_FAILED, EVENT_CANCELLED, EVENT_SKIPPED
};

struct event {
	char id[UUID_SIZE];
	enum event_type type;
	enum event_status status;
	int64_t started, ended;  /* ended: INSTANT_NONE while it runs */
	char *title, *message;
	char *item, *item_type, *source, *target; /* NULL: none */
	int64_t size;            /* of the item in bytes, -1: none */
	char *user, *group, *site, *team; /* ids, or NULL */
	json_t *extra;           /* members that override the answer, or NULL */
};

/* The events of a session, made up where that is due. */
struct event_list *events_of(struct session *session);
void events_free(struct event_list *list);

/* Adds a copy of *event, which gives its texts away; started 0 is now.  Its index. */
size_t events_add(struct session *session, const struct event *event);

/* Ends one that runs.  false: it had ended. */
bool events_finish(struct session *session, size_t index, enum event_status status);

/* Call it after those two: with --event-updates, the session has changed. */
void events_changed(struct sim *sim, struct session *session);

/* The first and the last event of a session. */
void events_started(struct session *session);
void events_stopped(struct session *session);

/* As the schemas write them, in any case; false: no such word. */
bool events_type(const char *text, enum event_type *type);
bool events_status(const char *text, enum event_status *status);
const char *events_type_name(enum event_type type);
const char *events_status_name(enum event_status status);

/* One event of v8, for controls. */
void events_write(struct text *t, const struct request *rq, const struct session *session,
	size_t index, const char *id);

/* Handlers: see routes.c. */
void events_list(struct request *rq);
void events_get(struct request *rq);
void events_statistics(struct request *rq);

#endif
