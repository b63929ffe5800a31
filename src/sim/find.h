/*
 * find: searches in a restore session.
 *
 * The query is words, all of which must be there: in the subject of mail and
 * posts, in the name of all else.  "subject:" and "from:" before a word say
 * where; quotes hold blanks together.
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
