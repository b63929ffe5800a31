/*
 * request: one request from its first line to the end of its answer.
 *
 * Made when the request line has arrived, freed when the answer is finished
 * or cut; only the connection's own thread touches it.
 */
#ifndef SIM_REQUEST_H
#define SIM_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <microhttpd.h>

#include "reply.h"
#include "sim.h"
#include "text.h"

#define REQUEST_SEGMENTS_MAX 32
#define REQUEST_PARAMS_MAX 8
#define REQUEST_BODY_MAX (8u << 20)

/* A request that is answered when something happens; see feed.h. */
struct hold {
	bool on;                 /* it waits: there is no reply yet */
	const struct login *login; /* whose it is */
	uint64_t place;          /* of the first change that it has not told */
	size_t limit;
	int64_t until_ms;        /* of instant_clock(): then it answers in any case */
	struct waiter waiter;
};

struct request {
	struct sim *sim;
	struct MHD_Connection *connection;
	unsigned long number;        /* 0: under /_sim/, not journaled */
	int64_t arrived_ms;

	char *method;
	char *target;                /* as the client sent it */
	const char *query;           /* in target after the '?', or "" */
	char *path;                  /* decoded, without query */
	char *segments[REQUEST_SEGMENTS_MAX]; /* each decoded by itself */
	size_t nsegments;            /* more than fit: 0 */
	struct text body;
	bool body_too_long;

	int version;                 /* 1 .. 8; 0: no version in the path */
	const char *params[REQUEST_PARAMS_MAX]; /* what the {} of the route matched */
	bool named[REQUEST_SEGMENTS_MAX + 1]; /* which segments those are */
	bool save;                   /* downloads, or tries to */
	struct session *saving;      /* where its event is, or NULL */
	size_t event;                /* the index of that */
	struct token *token;         /* who asks; NULL: anonymous */
	struct fault *fault;         /* the fault that acts, or NULL */
	struct hold hold;

	struct reply reply;
	uint64_t length;             /* of the body as it is announced */
	uint64_t limit;              /* cut there when shorter */
	uint64_t sent;               /* bytes of it given to the connection */
	int64_t began_ms;            /* the first of them */
	bool journaled;
};

struct request *request_new(struct sim *sim, const char *target);
void request_free(struct request *rq);

/* A header of the request, or NULL. */
const char *request_header(const struct request *rq, const char *name);

/* A query parameter (key in any case), decoded, or NULL.  free() it. */
char *request_query(const struct request *rq, const char *key);

#endif
