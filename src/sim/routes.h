/*
 * routes: which handler answers which method and path in which version.
 *
 * One constant table; a new resource is a new row and its handler.
 */
#ifndef SIM_ROUTES_H
#define SIM_ROUTES_H

#include <stdbool.h>

#include "request.h"

/* Handlers write rq->reply; they hold the lock and never wait. */
typedef void route_handler(struct request *rq);

/* Finds the version of the path: 1 .. 8 where it is served, else 0. */
int routes_version(const struct request *rq);

/*
 * Whether the segments after the first one match a path: fixed ones in any
 * case; what {} matches goes to rq->params.
 */
bool routes_matches(struct request *rq, const char *path);

/* Answers the request.  The caller holds the lock. */
void routes_answer(struct request *rq);

/* Whether the request asks for a download. */
bool routes_is_save(struct request *rq);

#endif
