/*
 * http: HTTP requests to the one mounted origin, many at a time, none blocking.
 *
 * One curl multi handle.  What a request means, who is signed in, and whether
 * it may be repeated is not known here (api.h).  Redirects are answers like
 * any other, never followed.  A request is put on the wire at most once: libcurl's own
 * re-sending over a fresh connection is refused for POSTs.
 *
 * Ownership: strings of a request are copied or used before http_start
 * returns, except `body`, which is copied by libcurl.  A result and its body
 * live until the callback returns, unless the callback takes the body (buf_take).
 * The callback comes from http_perform, never from http_start.
 */
#ifndef VBOFS_HTTP_H
#define VBOFS_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vbofs/buf.h"
#include "vbofs/fault.h"

#define HTTP_ERROR_BODY_MAX (1024 * 1024)   /* of an answer that is no 2xx; what follows is cut */

struct http;
struct transfer;
struct timers;

/* A request that is over. */
struct http_seen {
	bool post;
	const char *path;           /* with the query */
	long status;                /* 0: no answer */
	int err;                    /* of the transport; ECANCELED: nobody wanted it any more */
	uint64_t microseconds;
};

struct http_config {
	struct timers *timers;      /* of the loop that waits */
	const char *origin;         /* "https://host:port", no slash at the end */
	const char *cafile;         /* NULL = the system's */
	const char *pinnedpubkey;   /* "sha256//..." or NULL */
	bool insecure;              /* verify nothing */
	bool direct;                /* no proxy from the environment */
	long timeout;               /* seconds to connect, and of silence */
	void (*seen)(void *user, const struct http_seen *s);   /* NULL: nobody counts */
	void *user;
};

/* Takes bytes of a body as they come; false ends the transfer. */
typedef bool http_sink(void *user, const char *data, size_t len);

struct http_request {
	const char *method;         /* "GET" or "POST" */
	const char *path;           /* from "/" on, with the query, already encoded */
	const char *bearer;         /* NULL = anonymous */
	const char *content_type;   /* of the body; NULL = no body */
	const char *body;
	size_t body_len;
	size_t max_body;            /* of the answer; more is EIO */
	long total;                 /* seconds for everything, 0 = only silence counts */
	bool patient;               /* silence does not count: the server works */
	/*
	 * NULL: the body is collected.  Else a 200 that is neither JSON nor HTML goes here; any
	 * other answer is collected as ever, so that its words can be told.
	 */
	http_sink *sink;
	void *sink_user;
};

struct http_result {
	struct fault fault;         /* of the transport; err == 0: a whole answer came */
	bool sent;                  /* some of the request may have left the machine ... */
	uint64_t sent_at;           /* ... then (timer_now) */
	long status;
	bool sunk;                  /* the body, if any, went to the sink */
	bool too_long;              /* the fault: it is longer than max_body */
	char content_type[96];      /* "" when none */
	int64_t date;               /* the server's Date, 0 when none */
	long retry_after;           /* seconds, -1 when none */
	struct buf *body;
};

typedef void http_done(void *user, struct http_result *result);

struct http *http_new(const struct http_config *config, struct fault *f);
void http_free(struct http *h);      /* cancels what is under way */

/* NULL with a fault (ENOMEM) when it cannot be started. */
struct transfer *http_start(struct http *h, const struct http_request *r, http_done *done,
			    void *user, struct fault *f);
/* End it without a callback. */
void http_cancel(struct transfer *t);
bool http_sent(const struct transfer *t);

/*
 * The loop's calls: wait for anything, then act.  What else is waited for (read events) has a slot,
 * from 0 to 31; others: a bit for each slot that is ready, NULL where there are none.
 * Negative errno.
 */
int http_watch(struct http *h, unsigned slot, int fd);
void http_unwatch(struct http *h, int fd);   /* nothing where it is not */
int http_wait(struct http *h, unsigned *others, int timeout_ms);
void http_perform(struct http *h);

#endif
