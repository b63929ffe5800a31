/*
 * http_private: what http.c (transfers, their requests, waiting) and http_answer.c (what
 * comes back) share.  Not for anyone else.
 */
#ifndef VBOFS_HTTP_PRIVATE_H
#define VBOFS_HTTP_PRIVATE_H

#include <curl/curl.h>

#include "vbofs/http.h"

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

/* What an answer that has ended with `code` is. */
void http_judge(struct transfer *t, CURLcode code, struct http_result *r);

#endif
