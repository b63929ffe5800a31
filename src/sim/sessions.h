/*
 * sessions: restore sessions as each version shows them, listed and stopped.
 *
 * Not for starting them (explore.c).
 */
#ifndef SIM_SESSIONS_H
#define SIM_SESSIONS_H

#include <stdbool.h>

#include "request.h"

/* Handlers: see routes.c. */
void sessions_list(struct request *rq);
void sessions_get(struct request *rq);
void sessions_action(struct request *rq);
void sessions_stop(struct request *rq);
void sessions_organization(struct request *rq);

/* The object of the request's version, under another `id` unless that is NULL. */
void sessions_write(struct text *t, const struct request *rq, const struct session *session,
	const char *id);

/* A time of a session or of what happened in it: with the server's offset before v6. */
void sessions_time(struct text *t, const struct request *rq, const char *key, int64_t instant);

/* The session of rq->params[0] if the login may see it; else NULL after a 404. */
struct session *sessions_of_request(struct request *rq);

/* Whether it still runs; else answered as a session that has expired. */
bool sessions_working(struct request *rq, const struct session *session);

#endif
