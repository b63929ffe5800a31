/*
 * find: searches in a restore session: where, and for objects of which kind.
 *
 * Answers a page of the objects as the listings show them.  The language of the
 * query is query.h's.
 */
#ifndef SIM_FIND_H
#define SIM_FIND_H

#include <jansson.h>

#include "request.h"

/* Handler, v6 and later: see routes.c. */
void find_search(struct request *rq);

/* v4, v5: the options of the action. */
void find_with(struct request *rq, json_t *options);

#endif
