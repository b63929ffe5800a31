#include "request.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "input.h"
#include "instant.h"

static void split(struct request *rq, size_t len)
{
	const char *p = rq->target, *end = rq->target + len, *stop;

	for (; p < end; p = stop) {
		p++;
		stop = memchr(p, '/', (size_t)(end - p));
		if (stop == NULL)
			stop = end;
		/* One slash at the end is nothing; an empty segment elsewhere is one. */
		if (p == end)
			break;
		if (rq->nsegments == REQUEST_SEGMENTS_MAX) {
			while (rq->nsegments > 0)
				free(rq->segments[--rq->nsegments]);
			return;
		}
		rq->segments[rq->nsegments++] = input_decode(p, (size_t)(stop - p), false);
	}
}

struct request *request_new(struct sim *sim, const char *target)
{
	struct request *rq = alloc_zero(1, sizeof(*rq));
	size_t len = strcspn(target, "?");

	rq->sim = sim;
	rq->hold.waiter.fd = -1;
	rq->arrived_ms = instant_clock();
	rq->target = alloc_copy(target);
	rq->query = rq->target + len + (rq->target[len] == '?');
	rq->path = input_decode(rq->target, len, false);
	if (target[0] == '/')
		split(rq, len);
	return rq;
}

void request_free(struct request *rq)
{
	size_t i;

	for (i = 0; i < rq->nsegments; i++)
		free(rq->segments[i]);
	free(rq->method);
	free(rq->target);
	free(rq->path);
	text_free(&rq->body);
	reply_free(&rq->reply);
	if (rq->fault != NULL)
		fault_free(rq->fault);
	free(rq);
}

const char *request_header(const struct request *rq, const char *name)
{
	return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

char *request_query(const struct request *rq, const char *key)
{
	return input_form(rq->query, strlen(rq->query), key);
}
