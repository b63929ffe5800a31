#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client.h"
#include "oom.h"

#define ROUNDS_MAX 5000

static void send_answer(struct script *s, const char *text, struct wire_answer *a)
{
	const char *body = strstr(text, "\r\n\r\n");

	buf_reset(&s->out);
	if (body && !strstr(text, "Content-Length:"))
		buf_printf(&s->out, "%.*sContent-Length: %zu\r\n\r\n%s", (int)(body + 2 - text),
			   text, strlen(body + 4), body + 4);
	else
		buf_addstr(&s->out, text);
	a->bytes = s->out.data;
	a->len = s->out.len;
}

static void serve(void *user, const char *request, size_t len, struct wire_answer *a)
{
	struct script *s = user;
	const char *text = s->answers[s->at + 1 < s->n ? s->at : s->n - 1];

	(void)len;
	oom_hold(true);
	assert_true(s->at < REQUESTS);
	s->requests[s->at++] = strdup(request);
	if (strcmp(text, SILENT) == 0) {
		a->keep_silent = true;
	} else if (strcmp(text, GONE) == 0) {
		a->hang_up = true;
	} else {
		send_answer(s, text, a);
	}
	oom_hold(false);
}

void client_open(struct client *c, int version, const char *const *answers, size_t n)
{
	const struct http_config http = { .timers = &c->timers, .origin = "http://127.0.0.1:4443",
					  .direct = true, .timeout = 30 };
	struct api_config api = { .timers = &c->timers, .timeout = 30, .role = ROLE_ADMIN };

	memset(c, 0, sizeof(*c));
	c->script.answers = answers;
	c->script.n = n;
	buf_init(&c->script.out, SIZE_MAX);
	timers_init(&c->timers);
	wire_open(serve, &c->script);
	c->http = http_new(&http, NULL);
	assert_non_null(c->http);
	api.http = c->http;
	api.cred.username = strdup("CONTOSO\\ada");
	api.cred.password = strdup("a &=+\xC3\xBC");
	c->api = api_new(&api, NULL);
	assert_non_null(c->api);
	assert_null(api.cred.password);
	api_set_profile(c->api, profile_get(version));
}

void client_close(struct client *c)
{
	api_free(c->api);
	http_free(c->http);
	for (size_t i = 0; i < c->script.at; i++)
		free(c->script.requests[i]);
	buf_release(&c->script.out);
	wire_close();
}

void client_answered(void *user, struct api_answer *a)
{
	struct outcome *o = user;

	o->ended++;
	o->fault = a->fault;
	o->status = a->status;
	o->sent = a->sent;
	o->broken = a->broken;
	memcpy(o->code, a->code, sizeof(o->code));
	snprintf(o->body, sizeof(o->body), "%s", a->body->data ? a->body->data : "");
}

void client_wait(struct client *c, const struct outcome *o)
{
	for (unsigned i = 0; !o->ended; i++) {
		assert_true(i < ROUNDS_MAX);
		wire_round(c->http, &c->timers);
	}
	assert_int_equal(o->ended, 1);
}

struct outcome client_call(struct client *c, const struct api_request *r)
{
	struct outcome o = { 0 };

	assert_non_null(api_start(c->api, r, client_answered, &o, NULL));
	assert_int_equal(o.ended, 0);
	client_wait(c, &o);
	return o;
}

const struct api_request client_get = { .path = "/v8/x?y" };
const struct api_request client_post = { .path = "/v8/x", .post = true, .body = "{\"a\":1}" };

bool client_asked(const struct client *c, size_t i, const char *text)
{
	return i < c->script.at && strstr(c->script.requests[i], text) != NULL;
}

void client_fill(struct buf *answer, size_t body_len)
{
	size_t head = (size_t)(strstr(answer->data, "\r\n\r\n") + 4 - answer->data);

	for (size_t n = answer->len - head; n < body_len - 2; n++)
		buf_addch(answer, 'x');
	buf_addstr(answer, "\"}");
}
