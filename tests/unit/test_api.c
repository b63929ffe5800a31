#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "client.h"
#include "oom.h"

/* ---- repeating -------------------------------------------------------------------------- */

static void repeats_gets(void **state)
{
	static const char *const passing[] = {
		JSON("503 x", ""), JSON("429 x", ""), JSON("502 x", ""), GONE,
	};

	(void)state;
	for (size_t i = 0; i < LEN(passing); i++) {
		const char *answers[] = { TOKEN, passing[i], passing[i], EMPTY };
		struct client c;
		client_open(&c, 1, answers, LEN(answers));
		assert_int_equal(client_call(&c, &client_get).fault.err, 0);
		assert_int_equal(c.script.at, 4);
		client_close(&c);
	}
}

static void gives_up_in_the_end(void **state)
{
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 1, TOKEN, JSON("503 x", "{\"message\":\"come back later\"}"));
	o = client_call(&c, &client_get);
	assert_int_equal(o.fault.err, EAGAIN);
	assert_string_equal(o.fault.text, "the server answered 503: come back later");
	assert_int_equal(c.script.at, 1 + 5);
	client_close(&c);
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
	client_open(&c, 1, soon, LEN(soon));
	uint64_t before = wire_passed();
	assert_int_equal(client_call(&c, &client_get).fault.err, 0);
	assert_true(wire_passed() - before >= 7000);
	client_close(&c);
	client_open(&c, 1, late, LEN(late));
	assert_int_equal(client_call(&c, &client_get).fault.err, EAGAIN);
	assert_int_equal(c.script.at, 2);
	client_close(&c);
}

/*
 * A POST is on the wire once, whatever happens: also when a kept connection turns out to be
 * dead.
 */
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
		{ "HTTP/1.1 200 OK\r\nContent-Type: application/js", EIO, true },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *answers[] = { TOKEN, EMPTY, rows[i].answer, EMPTY };
		struct client c;
		client_open(&c, 1, answers, LEN(answers));
		client_call(&c, &client_get);
		struct outcome o = client_call(&c, &client_post);
		if (o.fault.err != rows[i].err || o.broken != rows[i].broken || !o.sent)
			fail_msg("row %zu: %d %s", i, o.fault.err, o.fault.text);
		assert_int_equal(c.script.at, 3);
		client_close(&c);
	}
}

/* ---- a server that is gone -------------------------------------------------------------- */

static void opens_the_circuit(void **state)
{
	struct api_counters counters;
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 1, TOKEN, EMPTY);
	client_call(&c, &client_get);
	wire_refuse(true);
	wire_round(c.http, &c.timers);
	while (wire_connected())
		wire_round(c.http, &c.timers);
	o = client_call(&c, &client_get);
	assert_int_equal(o.fault.err, EHOSTUNREACH);
	api_count(c.api, &counters);
	assert_true(counters.circuit_open);
	size_t connections = wire_connections(), requests = c.script.at;
	o = client_call(&c, &client_post);
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
	client_call(&c, &client_get);
	until = wire_passed() + 3000;
	while (wire_passed() < until)
		wire_round(c.http, &c.timers);
	assert_int_equal(client_call(&c, &client_get).fault.err, 0);
	api_count(c.api, &counters);
	assert_false(counters.circuit_open);
	client_close(&c);
}

/* ---- what answers mean ------------------------------------------------------------------ */

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
		{ JSON("500 x", "{\"errorCode\":\"resourcenotFOUND\"}"), ENOENT, ENOENT, "500",
		  "resourcenotFOUND" },
		{ JSON("400 x", "{\"errorCode\":\"OperationConflict\"}"), EBUSY, EBUSY, "400",
		  "OperationConflict" },
		{ JSON("418 x", "[[[["), EIO, EIO, "418", "" },
		{ JSON("400 x", "{\"message\":\"\xE2\x80\xAE\\u0007x\xFF\"}"), EINVAL, EINVAL,
		  "400", "" },
		{ JSON("400 x", "{\"message\":\"\xE2\x80\xAE\\u0007x\"}"), EINVAL, EINVAL,
		  "400: \\xe2\\x80\\xae\\x07x", "" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const char *answers[] = { TOKEN, rows[i].answer };
		struct client c;
		client_open(&c, 8, answers, LEN(answers));
		struct outcome o = client_call(&c, &client_get), p = client_call(&c, &client_post);
		if (o.fault.err != rows[i].err || !strstr(o.fault.text, rows[i].text))
			fail_msg("row %zu: %d %s", i, o.fault.err, o.fault.text);
		assert_int_equal(p.fault.err, rows[i].post_err);
		assert_string_equal(o.code, rows[i].code);
		assert_int_equal(c.script.at, 3);
		client_close(&c);
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
	client_open(&c, 8, answers, LEN(answers));
	assert_int_equal(client_call(&c, &save).fault.err, 0);
	assert_memory_equal(t.bytes, "bytes", 5);
	t.len = 0;
	struct outcome o = client_call(&c, &save);
	assert_int_equal(o.fault.err, EIO);
	assert_non_null(strstr(o.fault.text, "where bytes were expected"));
	o = client_call(&c, &save);
	assert_non_null(strstr(o.fault.text, "answered 500: no"));
	assert_int_equal(t.len, 0);
	assert_int_equal(client_call(&c, &save).fault.err, EIO);
	t.len = 0;
	t.most = 4;
	assert_int_equal(client_call(&c, &save).fault.err, EIO);
	client_close(&c);
}

static bool count(void *user, const char *data, size_t len)
{
	size_t *got = user;

	for (size_t i = 0; i < len; i++)
		if (data[i] != (char)('a' + (*got + i) % 26))
			return false;
	*got += len;
	return true;
}

static int64_t real_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A long download that took its turns: whoever waits then waits, and is not told to go on at once. */
static void takes_turns(void **state)
{
	enum { LENGTH = 1000000, WAIT_MS = 50 };
	struct outcome saved = { 0 }, waits = { 0 };
	const char *answers[] = { TOKEN, NULL, SILENT };
	struct client c;
	struct buf b;
	size_t got = 0;
	const struct api_request save = { .path = "/v8/save", .post = true, .sink = count,
					  .sink_user = &got };

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_printf(&b, "HTTP/1.1 200 OK\r\nContent-Type: x/y\r\nContent-Length: %d\r\n\r\n", LENGTH);
	for (int i = 0; i < LENGTH; i++)
		buf_addch(&b, (char)('a' + i % 26));
	buf_addch(&b, '\0');
	answers[1] = b.data;
	client_open(&c, 8, answers, LEN(answers));
	api_start(c.api, &save, client_answered, &saved, NULL);
	client_wait(&c, &saved);
	assert_int_equal(saved.fault.err, 0);
	assert_int_equal(got, LENGTH);
	api_start(c.api, &client_get, client_answered, &waits, NULL);
	while (c.script.at < 3)
		wire_round(c.http, &c.timers);
	int64_t began = real_ms();
	for (int i = 0; i < 3; i++) {
		http_perform(c.http);
		assert_int_equal(http_wait(c.http, NULL, WAIT_MS), 0);
	}
	assert_true(real_ms() - began >= WAIT_MS);
	client_close(&c);
	buf_release(&b);
}

/* ---- bounds ----------------------------------------------------------------------------- */

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
		const struct http_request r = { .method = "GET", .path = "/v1/x",
						.max_body = most };
		struct outcome o = { 0 };
		client_open(&c, 1, answers, 1);
		assert_non_null(http_start(c.http, &r, on_result, &o, NULL));
		client_wait(&c, &o);
		assert_int_equal(o.fault.err, most < 8 ? EIO : 0);
		if (most < 8)
			assert_non_null(strstr(o.fault.text, "longer than 7 bytes"));
		client_close(&c);
	}
}

/* The one that all answers have that are kept in memory. */
static void bounds_answers(void **state)
{
	(void)state;
	if (getenv("UNDER_VALGRIND"))
		skip();   /* minutes */
	for (size_t more = 0; more < 2; more++) {
		const char *answers[3] = { TOKEN, NULL, EMPTY };
		struct client c;
		struct buf b;
		buf_init(&b, SIZE_MAX);
		buf_addstr(&b, JSON("200 OK", "{\"x\":\""));
		client_fill(&b, API_BODY_MAX + more);
		answers[1] = b.data;
		client_open(&c, 8, answers, LEN(answers));
		struct outcome o = client_call(&c, &client_get);
		assert_int_equal(o.fault.err, more ? EIO : 0);
		if (more)
			assert_non_null(strstr(o.fault.text, "longer than 67108864 bytes"));
		assert_int_equal(c.script.at, 2);   /* and is not asked for again */
		client_close(&c);
		buf_release(&b);
	}
}

/* An answer in place of a document is read up to a length; beyond it has no words. */
static void bounds_words(void **state)
{
	struct taken t = { .most = 64 };
	const struct api_request save = { .path = "/v8/save", .post = true, .sink = take,
					  .sink_user = &t };

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		const char *answers[2] = { TOKEN, NULL };
		struct client c;
		struct buf b;
		buf_init(&b, 2 * API_WORDS_MAX);
		buf_addstr(&b, JSON("500 x", "{\"message\":\"no\",\"x\":\""));
		client_fill(&b, API_WORDS_MAX + more);
		answers[1] = b.data;
		client_open(&c, 8, answers, 2);
		struct outcome o = client_call(&c, &save);
		assert_int_equal(o.fault.err, EIO);
		assert_int_equal(strstr(o.fault.text, "answered 500: no") != NULL, !more);
		assert_non_null(strstr(o.fault.text, "answered 500"));
		assert_int_equal(t.len, 0);
		client_close(&c);
		buf_release(&b);
	}
}

static void forgets_what_is_cancelled(void **state)
{
	struct outcome o = { 0 };
	struct client c;

	(void)state;
	OPEN(&c, 1, TOKEN, SILENT);
	struct api_call *a = api_start(c.api, &client_get, client_answered, &o, NULL);
	while (c.script.at < 2)
		wire_round(c.http, &c.timers);
	assert_true(api_call_sent(a));
	assert_int_equal(wire_connected(), 1);
	api_cancel(a);
	while (wire_connected())
		wire_round(c.http, &c.timers);
	assert_int_equal(o.ended, 0);
	/* one that waits for the sign-in, one that has not left, and what is left at the end */
	a = api_start(c.api, &client_get, client_answered, &o, NULL);
	assert_false(api_call_sent(a));
	api_cancel(a);
	api_start(c.api, &client_get, client_answered, &o, NULL);
	client_close(&c);
	assert_int_equal(o.ended, 0);
}

/* ---- no memory -------------------------------------------------------------------------- */

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
		client_open(&c, 8, answers, LEN(answers));
		oom_fail_at(++n);
		if (api_start(c.api, &client_post, client_answered, &o, &f))
			client_wait(&c, &o);
		else
			o.fault = f;
		fired = oom_end();
		/* a token that cannot be kept is none; what only saves time may fail unnoticed */
		bool excused = o.fault.err == ENOMEM || strstr(o.fault.text, "token");
		if (o.fault.err && (!fired || !excused))
			fail_msg("allocation %lu: %d %s", n, o.fault.err, o.fault.text);
		if (!o.fault.err)
			assert_string_equal(o.body, "{}");
		assert_true(c.script.at <= 2);
		client_close(&c);
	}
	assert_true(n > 10);
}

static int make_once(void *arg)
{
	const struct http_config http = { .origin = "http://127.0.0.1:4443", .cafile = "/x",
					  .pinnedpubkey = "sha256//x" };
	struct api_config config = { .role = ROLE_ADMIN };
	struct fault f = { 0 };
	struct api *api = NULL;

	(void)arg;
	config.http = http_new(&http, &f);
	if (config.http)
		api = api_new(&config, &f);
	api_free(api);
	http_free(config.http);
	return -f.err;
}

static void is_made_or_says_why(void **state)
{
	(void)state;
	assert_int_equal(oom_each(make_once, NULL), 5);
}

static int ignore_pipes(void **state)
{
	(void)state;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(repeats_gets),
		cmocka_unit_test(gives_up_in_the_end),
		cmocka_unit_test(heeds_retry_after),
		cmocka_unit_test(never_repeats_posts),
		cmocka_unit_test(opens_the_circuit),
		cmocka_unit_test(judges),
		cmocka_unit_test(hands_bytes_over),
		cmocka_unit_test(takes_turns),
		cmocka_unit_test(bounds_bodies),
		cmocka_unit_test(bounds_answers),
		cmocka_unit_test(bounds_words),
		cmocka_unit_test(forgets_what_is_cancelled),
		cmocka_unit_test(survives_no_memory),
		cmocka_unit_test(is_made_or_says_why),
	};

	return cmocka_run_group_tests_name("api", tests, ignore_pipes, NULL);
}
