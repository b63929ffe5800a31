/*
 * api: calls to the server as a signed-in client.
 *
 * Adds to http.h what every call needs: the bearer (got, refreshed, and once
 * renewed after a 401), repeating of GETs, the circuit that opens when the
 * server is gone, and the translation of answers into errno and text.
 * What an answer means is not known here (model.h, control.h).
 *
 * GETs are repeated after connection faults, 429, 502, 503 and 504, with growing
 * jittered pauses, as long as `timeout` seconds from their start allow.  A call ends
 * after API_TOTAL_FACTOR times that even if bytes still drip.  POSTs
 * are never put on the wire twice, not even after a 401; those that only read (saves) are
 * when the server certainly did nothing: after a 401, 429, 503, or when nothing was sent.
 *
 * Errnos: 401 after a new sign-in, 403, invalid_grant EACCES; 404 ENOENT; 400 EINVAL;
 * 409 EBUSY; 408 ETIMEDOUT; 429 and 503 EAGAIN (EBUSY for a POST); ProxyOffline
 * EHOSTDOWN; no route, refused, name not found, circuit open EHOSTUNREACH;
 * deadlines ETIMEDOUT; certificate EKEYREJECTED; anything else EIO.
 *
 * Sources: token grants, refresh, invalid_grant and empty 401 bodies as the
 * authorization pages and clients of v1-v8 describe them; error bodies
 * {message[, errorCode]} from the OpenAPI documents of v6-v8.
 */
#ifndef VBOFS_API_H
#define VBOFS_API_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vbofs/clock.h"
#include "vbofs/cred.h"
#include "vbofs/fault.h"
#include "vbofs/http.h"
#include "vbofs/limits.h"
#include "vbofs/log.h"
#include "vbofs/profile.h"
#include "vbofs/timer.h"

#define API_TOTAL_FACTOR 10   /* an answer that flows may take so many times the timeout */

struct api;
struct api_call;

struct api_config {
	struct http *http;
	struct timers *timers;
	struct log *log;
	enum role role;
	struct cred cred;            /* taken over, wiped by api_free */
	long timeout;                /* seconds */
};

struct api_request {
	const char *path;            /* encoded, with query */
	const char *body;            /* JSON of a POST, NULL = none */
	bool post;
	bool anonymous;              /* no bearer */
	bool reads;                  /* a POST that changes nothing on the server */
	bool patient;                /* only `total` bounds it: the server may work long */
	bool once;                   /* a GET that is not repeated when it fails */
	long total;                  /* seconds, 0 = API_TOTAL_FACTOR times the timeout */
	http_sink *sink;             /* takes bytes that are not JSON; NULL = collect */
	void *sink_user;
};

struct api_answer {
	struct fault fault;          /* err == 0: 2xx */
	long status;                 /* 0: no answer */
	char code[48];               /* errorCode, "" when none */
	bool sent;                   /* some of it may have reached the server */
	bool broken;                 /* the connection failed, the outcome is not known */
	struct buf *body;
};

/* Comes from the loop, never from within api_start; `a` lives until it returns. */
typedef void api_done(void *user, struct api_answer *a);

struct api *api_new(struct api_config *config, struct fault *f);
void api_free(struct api *api);

void api_set_profile(struct api *api, const struct profile *p);
const struct profile *api_profile(const struct api *api);
enum role api_role(const struct api *api);
long api_timeout(const struct api *api);   /* seconds */
/* The login's name, for comparing with initiatedBy. */
const char *api_username(const struct api *api);

/* NULL with ENOMEM in f. */
struct api_call *api_start(struct api *api, const struct api_request *r, api_done *done,
			   void *user, struct fault *f);
/* End it without a callback.  A request that is on the wire is cut. */
void api_cancel(struct api_call *call);
bool api_call_sent(const struct api_call *call);

/* The sign-in alone, for the start; `done` gets the outcome. */
struct api_call *api_sign_in(struct api *api, api_done *done, void *user, struct fault *f);

/* Sign out where the version has it; NULL when there is nothing to do. */
struct api_call *api_sign_out(struct api *api, api_done *done, void *user);

/* The server's clock. */
const struct clock *api_clock(const struct api *api);

struct api_counters {
	uint64_t gets, posts, retries, sign_ins, failures;
	bool circuit_open;
};
void api_count(const struct api *api, struct api_counters *c);

#endif
