/*
 * client: an api.h of its own over wire.h, and a server that follows a script.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include "vbofs/api.h"
#include "wire.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define REQUESTS 64

/* Answers in the order of the requests; the last one goes on. */
struct script {
	const char *const *answers;
	size_t n, at;
	char *requests[REQUESTS];
	struct buf out;
};

/* What follows the blank line is counted by the server; a head may also bring its own length. */
#define ANSWER(status, type, extra, body)                                                          \
	"HTTP/1.1 " status "\r\nContent-Type: " type "\r\n" extra "\r\n" body
#define JSON(status, body) ANSWER(status, "application/json; charset=utf-8", "", body)
#define BYTES(body) ANSWER("200 OK", "application/octet-stream", "", body)
#define TOKEN                                                                                      \
	JSON("200 OK",                                                                             \
	     "{\"access_token\":\"abc.def\",\"refresh_token\":\"ghi\",\"expires_in\":3600}")
#define EMPTY JSON("200 OK", "{}")
#define GONE "gone"       /* hang up without a word */
#define SILENT "silent"   /* never answer */

struct client {
	struct script script;
	struct timers timers;
	struct http *http;
	struct api *api;
};

void client_open(struct client *c, int version, const char *const *answers, size_t n);
void client_close(struct client *c);

#define OPEN(c, version, ...)                                                                      \
	static const char *const answers[] = { __VA_ARGS__ };                                      \
	client_open(c, version, answers, LEN(answers))

struct outcome {
	unsigned ended;
	struct fault fault;
	long status;
	bool sent, broken;
	char code[48];
	char body[256];
};

/* An api_done whose user is a struct outcome. */
void client_answered(void *user, struct api_answer *a);
/* Until it has ended, once. */
void client_wait(struct client *c, const struct outcome *o);
struct outcome client_call(struct client *c, const struct api_request *r);
/* An answer that ends within a string of an object goes on until its body has so many bytes. */
void client_fill(struct buf *answer, size_t body_len);
/* Did the i-th request hold that text? */
bool client_asked(const struct client *c, size_t i, const char *text);

extern const struct api_request client_get, client_post;

#endif
