/*
 * api_private: what api.c (calls), signin.c (the token) and judge.c (answers)
 * share.  Not for anyone else.
 */
#ifndef VBOFS_API_PRIVATE_H
#define VBOFS_API_PRIVATE_H

#include "vbofs/api.h"

enum call_state { CALL_WAITING, CALL_PROBING, CALL_SENT, CALL_PAUSED, CALL_ENDING };

struct api_call {
	struct api_call *prev, *next;   /* the ring of api->calls */
	struct api *api;
	enum call_state state;
	char *path;                     /* NULL: only the sign-in is wanted */
	char *body;
	bool post, reads, anonymous, patient;
	bool once;                      /* never repeated */
	bool renewed;                   /* has had its new sign-in after a 401 */
	bool sent;
	long total;
	http_sink *sink;
	void *sink_user;
	unsigned tries;
	uint64_t deadline;              /* no repetition starts after it */
	uint64_t token_serial;          /* of the bearer it was sent with */
	struct transfer *transfer;
	struct timer timer;
	struct fault fault;             /* in CALL_ENDING */
	api_done *done;
	void *user;
};

struct api {
	struct http *http;
	struct timers *timers;
	struct log *log;
	const struct profile *profile;
	enum role role;
	struct cred cred;
	long timeout;
	struct api_call calls;          /* head of a ring */
	struct api_counters counters;

	struct clock clock;             /* the server's */

	bool circuit_open;
	unsigned circuit_failures;      /* in a row */
	struct fault circuit_fault;
	uint64_t circuit_failed;        /* when, last */
	uint64_t next_probe;
	uint64_t probe_serial;          /* of the bearer it was sent with */
	struct transfer *probe;

	char *access, *refresh;         /* tokens; NULL = none */
	uint64_t token_serial;          /* counts tokens got */
	uint64_t token_until;           /* timer_now() at which to get the next */
	struct transfer *signin;        /* the token request under way */
	bool refreshing;                /* ... is a refresh */
	uint64_t hold_until;            /* no sign-in before: the last one was refused */
	struct fault hold_fault;
};

/* api.c */
void api_note_date(struct api *api, const struct http_result *r);
void api_circuit_answered(struct api *api);
void api_circuit_failed(struct api *api, const struct fault *f);
void api_signed_in(struct api *api, const struct fault *f, bool transient);

/* judge.c: the errno, text and errorCode of an answer; checks that JSON came. */
void api_judge(const struct api_call *call, const struct http_result *r, struct api_answer *a);
/* The sentence of an error body: message, or error and error_description, or nothing. */
void api_judge_text(const struct buf *body, char *text, size_t size, char *code, size_t code_size);

/* To save is to read, also where it is a POST. */
static inline bool call_writes(const struct api_call *call)
{
	return call->post && !call->sink;
}

/* signin.c */
/*
 * The bearer to use now.  NULL: a sign-in is under way and api_signed_in will
 * come, or, with f->err set, there will be none.
 */
const char *signin_bearer(struct api *api, uint64_t *serial, struct fault *f);
bool signin_valid(const struct api *api);
/* The server answered 401 to the bearer with this serial. */
void signin_token_refused(struct api *api, uint64_t serial);
void signin_release(struct api *api);

#endif
