#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/api.h"
#include "wire.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ROUNDS_MAX 5000
#define REQUESTS 64

/* ---- a server that follows a script ---------------------------------------------------- */

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
#define TOKEN JSON("200 OK", "{\"access_token\":\"abc.def\",\"refresh_token\":\"ghi\",\"expires_in\":3600}")
#define EMPTY JSON("200 OK", "{}")
#define GONE "gone"       /* hang up without a word */
#define SILENT "silent"   /* never answer */

static void send_answer(struct script *s, const char *text, struct wire_answer *a)
{
	const char *body = strstr(text, "\r\n\r\n");

	buf_reset(&s->out);
	if (body && !strstr(text, "Content-Length:"))
		buf_printf(&s->out, "%.*sContent-Length: %zu\r\n\r\n%s", (int)(body + 2 - text), text,
			   strlen(body + 4), body + 4);
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

struct client {
	struct script script;
	struct timers timers;
	struct http *http;
	struct api *api;
};

/* Answers as many as are given. */
static void open_client(struct client *c, int version, const char *const *answers, size_t n)
{
	const struct http_config http = { .origin = "http://127.0.0.1:4443", .direct = true,
					  .timeout = 30 };
	struct api_config api = { .timers = &c->timers, .timeout = 30, .role = ROLE_ADMIN };

	memset(c, 0, sizeof(*c));
	c->script.answers = answers;
	c->script.n = n;
	buf_init(&c->script.out, 1 << 20);
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

#define OPEN(c, version, ...)                                                                      \
	static const char *const answers[] = { __VA_ARGS__ };                                      \
	open_client(c, version, answers, LEN(answers))

static void close_client(struct client *c)
{
	api_free(c->api);
	http_free(c->http);
	for (size_t i = 0; i < c->script.at; i++)
		free(c->script.requests[i]);
	buf_release(&c->script.out);
	wire_close();
}

struct outcome {
	unsigned ended;
	struct fault fault;
	long status;
	bool sent, broken;
	char code[48];
	char body[256];
};

static void on_answer(void *user, struct api_answer *a)
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

static void wait_for(struct client *c, const struct outcome *o)
{
	for (unsigned i = 0; !o->ended; i++) {
		assert_true(i < ROUNDS_MAX);
		wire_round(c->http, &c->timers);
	}
	assert_int_equal(o->ended, 1);
}

static struct outcome call(struct client *c, const struct api_request *r)
{
	struct outcome o = { 0 };

	assert_non_null(api_start(c->api, r, on_answer, &o, NULL));
	assert_int_equal(o.ended, 0);
	wait_for(c, &o);
	return o;
}

static const struct api_request get = { .path = "/v8/x?y" };
static const struct api_request post = { .path = "/v8/x", .post = true, .body = "{\"a\":1}" };

static bool asked(const struct client *c, size_t i, const char *text)
{
	return i < c->script.at && strstr(c->script.requests[i], text) != NULL;
}

/* ---- signing in ---------------------------------------------------------------------------- */

static void signs_in_when_it_must(void **state)
{
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 8, EMPTY, TOKEN, EMPTY);
	o = call(&c, &(struct api_request){ .path = "/v8/x", .anonymous = true });
	assert_int_equal(o.fault.err, 0);
	assert_false(asked(&c, 0, "Authorization"));
	o = call(&c, &get);
	assert_int_equal(o.fault.err, 0);
	assert_int_equal(o.status, 200);
	assert_string_equal(o.body, "{}");
	o = call(&c, &post);
	assert_int_equal(o.fault.err, 0);
	assert_int_equal(c.script.at, 4);
	assert_true(asked(&c, 1, "POST /v8/token HTTP/1.1\r\n"));
	assert_true(asked(&c, 1, "\r\n\r\ngrant_type=password&username=CONTOSO%5Cada&"
				 "password=a%20%26%3D%2B%C3%BC&disable_antiforgery_token=true"));
	assert_false(asked(&c, 1, "Authorization"));
	assert_true(asked(&c, 2, "GET /v8/x?y HTTP/1.1\r\n"));
	assert_true(asked(&c, 2, "Authorization: Bearer abc.def\r\n"));
	assert_true(asked(&c, 3, "POST /v8/x HTTP/1.1\r\n"));
	assert_true(asked(&c, 3, "\r\n\r\n{\"a\":1}"));
	assert_int_equal(wire_connections(), 1);
	close_client(&c);
}

/* What could not stand in a header is no token. */
static void refuses_odd_tokens(void **state)
{
	static const char *const rows[][1] = {
		{ JSON("200 OK", "{\"access_token\":\"a b\"}") },
		{ JSON("200 OK", "{\"access_token\":\"a\\r\\nb:c\"}") },
		{ JSON("200 OK", "{\"access_token\":\"\xC3\xBC\"}") },
		{ JSON("200 OK", "{\"access_token\":\"\"}") },
		{ JSON("200 OK", "{\"access_token\":1}") },
		{ JSON("200 OK", "[]") },
		{ "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct client c;
		open_client(&c, 1, rows[i], 1);
		struct outcome o = call(&c, &get);
		assert_int_equal(o.fault.err, EIO);
		assert_non_null(strstr(o.fault.text, "no usable token"));
		assert_int_equal(c.script.at, 1);
		close_client(&c);
	}
}

static void bounds_the_token(void **state)
{
	static const struct {
		size_t len;
		int err;
	} rows[] = { { 32768, 0 }, { 32769, EIO } };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *answers[2] = { NULL, EMPTY };
		struct client c;
		struct buf b;
		buf_init(&b, 65536);
		buf_addstr(&b, JSON("200 OK", "{\"access_token\":\""));
		for (size_t k = 0; k < rows[i].len; k++)
			buf_addch(&b, 't');
		buf_addstr(&b, "\"}");
		answers[0] = b.data;
		open_client(&c, 1, answers, 2);
		assert_int_equal(call(&c, &get).fault.err, rows[i].err);
		close_client(&c);
		buf_release(&b);
	}
}

static void renews_before_the_end(void **state)
{
	struct client c;

	(void)state;
	OPEN(&c, 1, TOKEN, EMPTY, TOKEN, EMPTY);
	call(&c, &get);
	struct outcome silent = { 0 };
	while (wire_passed() < 3550 * 1000)
		wire_round(c.http, &c.timers);
	silent = call(&c, &get);
	assert_int_equal(silent.fault.err, 0);
	assert_int_equal(c.script.at, 4);
	assert_true(asked(&c, 2, "grant_type=refresh_token&refresh_token=ghi"));
	assert_false(asked(&c, 2, "password"));
	close_client(&c);
}

/* A refresh that is refused falls back to the password, once. */
static void falls_back_to_the_password(void **state)
{
	struct client c;

	(void)state;
	OPEN(&c, 1, TOKEN, EMPTY, JSON("400 Bad Request", "{\"error\":\"invalid_grant\"}"), TOKEN,
	     EMPTY);
	call(&c, &get);
	while (wire_passed() < 3601 * 1000)
		wire_round(c.http, &c.timers);
	assert_int_equal(call(&c, &get).fault.err, 0);
	assert_int_equal(c.script.at, 5);
	assert_true(asked(&c, 2, "grant_type=refresh_token"));
	assert_true(asked(&c, 3, "grant_type=password"));
	close_client(&c);
}

/* A refused password is not tried again for a while, so that no account gets locked. */
static void holds_a_refused_password(void **state)
{
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 1, JSON("400 Bad Request", "{\"error\":\"invalid_grant\",\"error_description\":\"locked\\u001b[31m\"}"),
	     TOKEN, EMPTY);
	o = call(&c, &get);
	assert_int_equal(o.fault.err, EACCES);
	assert_string_equal(o.fault.text, "sign-in as 'CONTOSO\\ada' refused (locked\\x1b[31m): check the "
					  "credentials");
	o = call(&c, &get);
	assert_int_equal(o.fault.err, EACCES);
	assert_int_equal(c.script.at, 1);
	while (wire_passed() < 31 * 1000)
		wire_round(c.http, &c.timers);
	assert_int_equal(call(&c, &get).fault.err, 0);
	close_client(&c);
}

/* 401: one new sign-in for a GET; a POST has failed, and is not repeated. */
static void signs_in_anew(void **state)
{
	static const char refused[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
	static const char *const once[] = { TOKEN, refused, TOKEN, EMPTY };
	static const char *const ever[] = { TOKEN, refused, TOKEN, refused };
	struct client c;
	struct outcome o;

	(void)state;
	open_client(&c, 1, once, LEN(once));
	assert_int_equal(call(&c, &get).fault.err, 0);
	assert_int_equal(c.script.at, 4);
	close_client(&c);
	open_client(&c, 1, ever, LEN(ever));
	o = call(&c, &get);
	assert_int_equal(o.fault.err, EACCES);
	assert_int_equal(c.script.at, 4);
	close_client(&c);
	open_client(&c, 1, once, LEN(once));
	o = call(&c, &post);
	assert_int_equal(o.fault.err, EACCES);
	assert_non_null(strstr(o.fault.text, "did nothing"));
	assert_int_equal(c.script.at, 2);
	assert_int_equal(call(&c, &post).fault.err, 0);
	close_client(&c);
}

static void signs_out(void **state)
{
	struct outcome o = { 0 };
	struct client c;

	(void)state;
	OPEN(&c, 8, TOKEN, EMPTY, EMPTY);
	assert_null(api_sign_out(c.api, on_answer, &o));
	call(&c, &get);
	assert_non_null(api_sign_out(c.api, on_answer, &o));
	wait_for(&c, &o);
	assert_true(asked(&c, 2, "POST /v8/token/logout HTTP/1.1\r\n"));
	close_client(&c);
	open_client(&c, 1, answers, LEN(answers));
	call(&c, &get);
	assert_null(api_sign_out(c.api, on_answer, &o));
	close_client(&c);
}

/* ---- repeating ----------------------------------------------------------------------------------- */

static void repeats_gets(void **state)
{
	static const char *const passing[] = {
		JSON("503 x", ""), JSON("429 x", ""), JSON("502 x", ""), GONE,
	};

	(void)state;
	for (size_t i = 0; i < LEN(passing); i++) {
		const char *answers[] = { TOKEN, passing[i], passing[i], EMPTY };
		struct client c;
		open_client(&c, 1, answers, LEN(answers));
		assert_int_equal(call(&c, &get).fault.err, 0);
		assert_int_equal(c.script.at, 4);
		close_client(&c);
	}
}

static void gives_up_in_the_end(void **state)
{
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 1, TOKEN, JSON("503 x", "{\"message\":\"come back later\"}"));
	o = call(&c, &get);
	assert_int_equal(o.fault.err, EAGAIN);
	assert_string_equal(o.fault.text, "the server answered 503: come back later");
	assert_int_equal(c.script.at, 1 + 5);
	close_client(&c);
}

/* Retry-After counts, and where the deadline does not allow for it there is no other try. */
static void heeds_retry_after(void **state)
{
	static const char *const soon[] = {
		TOKEN, ANSWER("429 x", "text/plain", "Retry-After: 7\r\n", ""), EMPTY,
	};
	static const char *const late[] = {
		TOKEN, ANSWER("429 x", "text/plain", "Retry-After: 31\r\n", ""), EMPTY,
	};
	struct client c;

	(void)state;
	open_client(&c, 1, soon, LEN(soon));
	uint64_t before = wire_passed();
	assert_int_equal(call(&c, &get).fault.err, 0);
	assert_true(wire_passed() - before >= 7000);
	close_client(&c);
	open_client(&c, 1, late, LEN(late));
	assert_int_equal(call(&c, &get).fault.err, EAGAIN);
	assert_int_equal(c.script.at, 2);
	close_client(&c);
}

/* A POST is on the wire once, whatever happens: also when a kept connection turns out to be dead. */
static void never_repeats_posts(void **state)
{
	static const struct {
		const char *answer;
		int err;
		bool broken;
	} rows[] = {
		{ GONE, EIO, true },
		{ JSON("503 x", ""), EBUSY, false },
		{ JSON("429 x", ""), EBUSY, false },
		{ JSON("504 x", ""), EIO, false },
		{ ANSWER("200 OK", "application/json", "Content-Length: 10\r\n", "{"), EIO, true },
		{ "rubbish\r\n\r\n", EIO, true },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *answers[] = { TOKEN, EMPTY, rows[i].answer, EMPTY };
		struct client c;
		open_client(&c, 1, answers, LEN(answers));
		call(&c, &get);
		struct outcome o = call(&c, &post);
		if (o.fault.err != rows[i].err || o.broken != rows[i].broken || !o.sent)
			fail_msg("row %zu: %d %s", i, o.fault.err, o.fault.text);
		assert_int_equal(c.script.at, 3);
		close_client(&c);
	}
}

/* ---- a server that is gone -------------------------------------------------------------------- */

static void opens_the_circuit(void **state)
{
	struct api_counters counters;
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 1, TOKEN, EMPTY);
	call(&c, &get);
	wire_refuse(true);
	wire_round(c.http, &c.timers);
	while (wire_connected())
		wire_round(c.http, &c.timers);
	o = call(&c, &get);
	assert_int_equal(o.fault.err, EHOSTUNREACH);
	api_count(c.api, &counters);
	assert_true(counters.circuit_open);
	size_t connections = wire_connections(), requests = c.script.at;
	o = call(&c, &post);
	assert_int_equal(o.fault.err, EHOSTUNREACH);
	assert_non_null(strstr(o.fault.text, "not reachable"));
	assert_false(o.sent);
	assert_int_equal(wire_connections(), connections);
	assert_int_equal(c.script.at, requests);
	/* back again: one call too many finds out, and the next goes through */
	wire_refuse(false);
	uint64_t until = wire_passed() + 3000;
	while (wire_passed() < until)
		wire_round(c.http, &c.timers);
	call(&c, &get);
	until = wire_passed() + 3000;
	while (wire_passed() < until)
		wire_round(c.http, &c.timers);
	assert_int_equal(call(&c, &get).fault.err, 0);
	api_count(c.api, &counters);
	assert_false(counters.circuit_open);
	close_client(&c);
}

/* ---- what answers mean --------------------------------------------------------------------------- */

static void judges(void **state)
{
	static const struct {
		const char *answer;
		int err, post_err;
		const char *text, *code;
	} rows[] = {
		{ JSON("200 OK", ""), 0, 0, "", "" },
		{ JSON("204 x", ""), 0, 0, "", "" },
		{ ANSWER("200 OK", "text/html", "", "<html>"), EIO, EIO, "'text/html'", "" },
		{ ANSWER("302 x", "text/html", "Location: https://elsewhere/\r\n", ""), EIO,
		  EIO, "redirects elsewhere (status 302)", "" },
		{ JSON("400 x", "{\"message\":\"no\"}"), EINVAL, EINVAL, "answered 400: no", "" },
		{ JSON("403 x", ""), EACCES, EACCES, "403", "" },
		{ JSON("404 x", ""), ENOENT, ENOENT, "404", "" },
		{ JSON("408 x", ""), ETIMEDOUT, ETIMEDOUT, "408", "" },
		{ JSON("409 x", ""), EBUSY, EBUSY, "409", "" },
		{ JSON("500 x", "{\"errorCode\":\"ProxyOffline\"}"), EHOSTDOWN, EHOSTDOWN,
		  "500 ProxyOffline", "ProxyOffline" },
		{ JSON("500 x", "{\"errorCode\":\"resourcenotFOUND\"}"), ENOENT, ENOENT, "500", "resourcenotFOUND" },
		{ JSON("400 x", "{\"errorCode\":\"OperationConflict\"}"), EBUSY, EBUSY, "400", "OperationConflict" },
		{ JSON("418 x", "[[[["), EIO, EIO, "418", "" },
		{ JSON("400 x", "{\"message\":\"\xE2\x80\xAE\\u0007x\xFF\"}"), EINVAL, EINVAL, "400", "" },
		{ JSON("400 x", "{\"message\":\"\xE2\x80\xAE\\u0007x\"}"), EINVAL, EINVAL,
		  "400: \\xe2\\x80\\xae\\x07x", "" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *answers[] = { TOKEN, rows[i].answer };
		struct client c;
		open_client(&c, 8, answers, LEN(answers));
		struct outcome o = call(&c, &get), p = call(&c, &post);
		if (o.fault.err != rows[i].err || !strstr(o.fault.text, rows[i].text))
			fail_msg("row %zu: %d %s", i, o.fault.err, o.fault.text);
		assert_int_equal(p.fault.err, rows[i].post_err);
		assert_string_equal(o.code, rows[i].code);
		assert_int_equal(c.script.at, 3);
		close_client(&c);
	}
}

struct taken {
	char bytes[64];
	size_t len, most;
};

static bool take(void *user, const char *data, size_t len)
{
	struct taken *t = user;

	if (t->len + len > t->most)
		return false;
	memcpy(t->bytes + t->len, data, len);
	t->len += len;
	return true;
}

static void hands_bytes_over(void **state)
{
	static const char *const answers[] = {
		TOKEN, BYTES("bytes"),
		JSON("200 OK", "{}"), JSON("500 x", "{\"message\":\"no\"}"),
		ANSWER("200 OK", "x/y", "Content-Length: 9\r\n", "bytes"),
	};
	struct taken t = { .most = 64 };
	const struct api_request save = { .path = "/v8/save", .post = true, .sink = take,
					  .sink_user = &t };
	struct client c;

	(void)state;
	open_client(&c, 8, answers, LEN(answers));
	assert_int_equal(call(&c, &save).fault.err, 0);
	assert_memory_equal(t.bytes, "bytes", 5);
	t.len = 0;
	struct outcome o = call(&c, &save);
	assert_int_equal(o.fault.err, EIO);
	assert_non_null(strstr(o.fault.text, "JSON where bytes"));
	o = call(&c, &save);
	assert_non_null(strstr(o.fault.text, "answered 500: no"));
	assert_int_equal(t.len, 0);
	assert_int_equal(call(&c, &save).fault.err, EIO);
	t.len = 0;
	t.most = 4;
	assert_int_equal(call(&c, &save).fault.err, EIO);
	close_client(&c);
}

/* ---- bounds ------------------------------------------------------------------------------------------ */

static void on_result(void *user, struct http_result *r)
{
	struct outcome *o = user;

	o->ended++;
	o->fault = r->fault;
	o->status = r->status;
}

static void bounds_bodies(void **state)
{
	static const char *const answers[] = { JSON("200 OK", "12345678") };
	struct client c;

	(void)state;
	for (size_t most = 7; most <= 8; most++) {
		const struct http_request r = { .method = "GET", .path = "/v1/x", .max_body = most };
		struct outcome o = { 0 };
		open_client(&c, 1, answers, 1);
		assert_non_null(http_start(c.http, &r, on_result, &o, NULL));
		wait_for(&c, &o);
		assert_int_equal(o.fault.err, most < 8 ? EIO : 0);
		if (most < 8)
			assert_non_null(strstr(o.fault.text, "longer than 7 bytes"));
		close_client(&c);
	}
}

static void forgets_what_is_cancelled(void **state)
{
	struct outcome o = { 0 };
	struct client c;

	(void)state;
	OPEN(&c, 1, TOKEN, SILENT);
	struct api_call *a = api_start(c.api, &get, on_answer, &o, NULL);
	while (c.script.at < 2)
		wire_round(c.http, &c.timers);
	assert_true(api_call_sent(a));
	assert_int_equal(wire_connected(), 1);
	api_cancel(a);
	while (wire_connected())
		wire_round(c.http, &c.timers);
	assert_int_equal(o.ended, 0);
	/* one that waits for the sign-in, one that has not left, and what is left at the end */
	a = api_start(c.api, &get, on_answer, &o, NULL);
	assert_false(api_call_sent(a));
	api_cancel(a);
	api_start(c.api, &get, on_answer, &o, NULL);
	close_client(&c);
	assert_int_equal(o.ended, 0);
}

/* ---- no memory ------------------------------------------------------------------------------------- */

static void survives_no_memory(void **state)
{
	static const char *const answers[] = { TOKEN, EMPTY };
	unsigned long n = 0;
	bool fired = true;

	(void)state;
	while (fired) {
		struct outcome o = { 0 };
		struct client c;
		struct fault f = { 0 };
		open_client(&c, 8, answers, LEN(answers));
		oom_fail_at(++n);
		if (api_start(c.api, &post, on_answer, &o, &f))
			wait_for(&c, &o);
		else
			o.fault = f;
		fired = oom_end();
		/* a token that cannot be kept is none; what only saves time may fail unnoticed */
		if (o.fault.err && (!fired || (o.fault.err != ENOMEM && !strstr(o.fault.text, "token"))))
			fail_msg("allocation %lu: %d %s", n, o.fault.err, o.fault.text);
		if (!o.fault.err)
			assert_string_equal(o.body, "{}");
		assert_true(c.script.at <= 2);
		close_client(&c);
	}
	assert_true(n > 10);
}

static int ignore_pipes(void **state)
{
	(void)state;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_in_when_it_must),
		cmocka_unit_test(refuses_odd_tokens),
		cmocka_unit_test(bounds_the_token),
		cmocka_unit_test(renews_before_the_end),
		cmocka_unit_test(falls_back_to_the_password),
		cmocka_unit_test(holds_a_refused_password),
		cmocka_unit_test(signs_in_anew),
		cmocka_unit_test(signs_out),
		cmocka_unit_test(repeats_gets),
		cmocka_unit_test(gives_up_in_the_end),
		cmocka_unit_test(heeds_retry_after),
		cmocka_unit_test(never_repeats_posts),
		cmocka_unit_test(opens_the_circuit),
		cmocka_unit_test(judges),
		cmocka_unit_test(hands_bytes_over),
		cmocka_unit_test(bounds_bodies),
		cmocka_unit_test(forgets_what_is_cancelled),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("api", tests, ignore_pipes, NULL);
}
