/*
 * params: parameters of a request's query, checked.
 *
 * An absent parameter leaves *value alone.  false: an error was answered.
 */
#ifndef SIM_PARAMS_H
#define SIM_PARAMS_H

#include "request.h"

/* A number from `low` up to what fits int32. */
bool params_number(struct request *rq, const char *key, size_t low, size_t *value);

/* A time; without a zone it is in the server's. */
bool params_time(struct request *rq, const char *key, int64_t *value);

/* true or false: *value is 1 or 0. */
bool params_bool(struct request *rq, const char *key, int *value);

/* A UUID, in lower case; "" where it is absent. */
bool params_uuid(struct request *rq, const char *key, char value[UUID_SIZE]);

#endif
