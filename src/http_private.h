/*
 * http_private: what http.c (transfers and their requests), http_wait.c (waiting) and
 * http_answer.c (what comes back) share.  Not for anyone else.
 */
#ifndef VBOFS_HTTP_PRIVATE_H
#define VBOFS_HTTP_PRIVATE_H

#include <curl/curl.h>
#include <sys/epoll.h>

#include "vbofs/http.h"
#include "vbofs/timer.h"

#define HTTP_EVENTS_MAX 64          /* in a round; more are seen in the next */
#define GULP (64 * 1024)            /* of one download before all else gets its turn ... */
#define SIP (16 * 1024)             /* ... the first time: somebody waits for its beginning */

struct transfer {
	struct http *http;
	struct transfer *prev, *next;
	CURL *easy;
	struct curl_slist *headers;
	http_done *done;
	void *user;
	struct buf body;
	http_sink *sink;
	void *sink_user;
	enum { BODY_UNDECIDED, BODY_COLLECTED, BODY_SUNK } route;
	size_t gulp;                 /* bytes since it was last paused */
	bool begun, paused;          /* has had its first turn; waits for its next */
	bool get;
	bool headed;                 /* the answer's head has come to its end */
	bool cut;                    /* an error's body went on and on: its beginning will do */
	bool sent;
	uint64_t sent_at;
	bool refused_resend;
	char error[CURL_ERROR_SIZE];
};

struct http {
	CURLM *multi;
	struct transfer running;     /* head of a ring */
	CURL *ready, *retired;       /* for the next request; of the last one; or NULL */
	int epoll;                   /* libcurl's sockets, and what others have in their slots */
	struct epoll_event events[HTTP_EVENTS_MAX];
	int n_events;                /* of sockets that are ready: not yet told to libcurl */
	struct timers *timers;
	struct timer due;            /* when libcurl wants its turn ... */
	bool turn;                   /* ... and now it does */
	unsigned paused;             /* transfers that have had their turn ... */
	bool begun;                  /* ... one of them its first */
	char date_text[32];          /* the last Date: many answers have the same */
	time_t date;
	char *origin, *cafile, *pinnedpubkey;
	bool insecure, direct;
	long timeout;
	void (*seen)(void *user, const struct http_seen *s);
	void *user;
};

/* libcurl's callbacks: bytes of an answer, and lines of its head. */
size_t http_on_body(char *data, size_t size, size_t n, void *user);
size_t http_on_header(char *line, size_t size, size_t n, void *user);

/* ... and what it waits for. */
int http_on_socket(CURL *e, curl_socket_t s, int what, void *user, void *known);
int http_on_timer(CURLM *multi, long ms, void *user);

/* The server has work to do: what comes before the next request and after the last one is done now. */
void http_use_the_wait(struct http *h);

static inline bool http_is_idle(const struct http *h)
{
	return h->running.next == &h->running;
}

/* What an answer that has ended with `code` is. */
void http_judge(struct transfer *t, CURLcode code, struct http_result *r);

#endif
