/*
 * query: parameters of a request's query, checked.
 *
 * An absent parameter leaves *value alone.  false: an error was answered.
 */
#ifndef SIM_QUERY_H
#define SIM_QUERY_H

#include "request.h"

/* A number from `low` up to what fits int32. */
bool query_number(struct request *rq, const char *key, size_t low, size_t *value);

/* A time; without a zone it is in the server's. */
bool query_time(struct request *rq, const char *key, int64_t *value);

/* true or false: *value is 1 or 0. */
bool query_bool(struct request *rq, const char *key, int *value);

/* A UUID, in lower case; "" where it is absent. */
bool query_uuid(struct request *rq, const char *key, char value[UUID_SIZE]);

#endif
