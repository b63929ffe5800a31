/*
 * reply: the answer to one request, and the shapes of errors by version.
 *
 * Not for sending it (deliver.c).
 */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "text.h"

#define REPLY_HEADERS_MAX 6

struct request;

struct reply {
	unsigned status;
	const char *content_type;    /* constant; NULL: no body */
	struct text body;
	bool made;                   /* the body is bytes_fill() instead */
	uint64_t made_key, made_offset, made_size;
	struct {
		const char *name;    /* constant */
		char *value;
	} headers[REPLY_HEADERS_MAX];
	size_t nheaders;
};

void reply_free(struct reply *rp);

/* Starts over: status, no body, no headers. */
void reply_empty(struct reply *rp, unsigned status);

/* Starts over; the caller writes JSON into the returned body. */
struct text *reply_json(struct reply *rp, unsigned status);

void reply_header(struct reply *rp, const char *name, const char *value);

/*
 * The vendor's error object in the version of the request.  `code` is an
 * errorCode of v8 (of v7 where it is ProxyOffline) or NULL.
 */
void reply_error(struct request *rq, unsigned status, const char *code, const char *message);

/* 400 ParameterValidationFailure, 404 ResourceNotFound. */
void reply_bad(struct request *rq, const char *message);
void reply_not_found(struct request *rq, const char *message);

/* The token endpoint's own kind of error: 400 {error, error_description}. */
void reply_oauth(struct request *rq, const char *error, const char *description);

#endif
