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

#include "client.h"
#include "oom.h"

static void signs_in_when_it_must(void **state)
{
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 8, EMPTY, TOKEN, EMPTY);
	o = client_call(&c, &(struct api_request){ .path = "/v8/x", .anonymous = true });
	assert_int_equal(o.fault.err, 0);
	assert_false(client_asked(&c, 0, "Authorization"));
	o = client_call(&c, &client_get);
	assert_int_equal(o.fault.err, 0);
	assert_int_equal(o.status, 200);
	assert_string_equal(o.body, "{}");
	o = client_call(&c, &client_post);
	assert_int_equal(o.fault.err, 0);
	assert_int_equal(c.script.at, 4);
	assert_true(client_asked(&c, 1, "POST /v8/token HTTP/1.1\r\n"));
	assert_true(client_asked(&c, 1, "\r\n\r\ngrant_type=password&username=CONTOSO%5Cada&"
				 "password=a%20%26%3D%2B%C3%BC&disable_antiforgery_token=true"));
	assert_false(client_asked(&c, 1, "Authorization"));
	assert_true(client_asked(&c, 2, "GET /v8/x?y HTTP/1.1\r\n"));
	assert_true(client_asked(&c, 2, "Authorization: Bearer abc.def\r\n"));
	assert_true(client_asked(&c, 3, "POST /v8/x HTTP/1.1\r\n"));
	assert_true(client_asked(&c, 3, "\r\n\r\n{\"a\":1}"));
	assert_int_equal(wire_connections(), 1);
	client_close(&c);
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
		client_open(&c, 1, rows[i], 1);
		struct outcome o = client_call(&c, &client_get);
		assert_int_equal(o.fault.err, EIO);
		assert_non_null(strstr(o.fault.text, "no usable token"));
		assert_int_equal(c.script.at, 1);
		client_close(&c);
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
		client_open(&c, 1, answers, 2);
		assert_int_equal(client_call(&c, &client_get).fault.err, rows[i].err);
		client_close(&c);
		buf_release(&b);
	}
}

/* An answer to a sign-in that is longer than may be is none, whatever it holds. */
static void bounds_the_answer(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		const char *answers[2] = { NULL, EMPTY };
		struct client c;
		struct buf b;
		buf_init(&b, 2 * API_TOKEN_BODY_MAX);
		buf_addstr(&b, JSON("200 OK", "{\"access_token\":\"t\",\"x\":\""));
		client_fill(&b, API_TOKEN_BODY_MAX + more);
		answers[0] = b.data;
		client_open(&c, 1, answers, 2);
		struct outcome o = client_call(&c, &client_get);
		assert_int_equal(o.fault.err, more ? EIO : 0);
		client_close(&c);
		buf_release(&b);
	}
}

static void renews_before_the_end(void **state)
{
	struct client c;

	(void)state;
	OPEN(&c, 1, TOKEN, EMPTY, TOKEN, EMPTY);
	client_call(&c, &client_get);
	struct outcome silent = { 0 };
	while (wire_passed() < 3550 * 1000)
		wire_round(c.http, &c.timers);
	silent = client_call(&c, &client_get);
	assert_int_equal(silent.fault.err, 0);
	assert_int_equal(c.script.at, 4);
	assert_true(client_asked(&c, 2, "grant_type=refresh_token&refresh_token=ghi"));
	assert_false(client_asked(&c, 2, "password"));
	client_close(&c);
}

/* A refresh that is refused falls back to the password, once. */
static void falls_back_to_the_password(void **state)
{
	struct client c;

	(void)state;
	OPEN(&c, 1, TOKEN, EMPTY, JSON("400 Bad Request", "{\"error\":\"invalid_grant\"}"), TOKEN,
	     EMPTY);
	client_call(&c, &client_get);
	while (wire_passed() < 3601 * 1000)
		wire_round(c.http, &c.timers);
	assert_int_equal(client_call(&c, &client_get).fault.err, 0);
	assert_int_equal(c.script.at, 5);
	assert_true(client_asked(&c, 2, "grant_type=refresh_token"));
	assert_true(client_asked(&c, 3, "grant_type=password"));
	client_close(&c);
}

/* A refused password is not tried again for a while, so that no account gets locked. */
static void holds_a_refused_password(void **state)
{
	struct client c;
	struct outcome o;

	(void)state;
	OPEN(&c, 1, JSON("400 Bad Request",
		"{\"error\":\"invalid_grant\",\"error_description\":\"locked\\u001b[31m\"}"),
	     TOKEN, EMPTY);
	o = client_call(&c, &client_get);
	assert_int_equal(o.fault.err, EACCES);
	assert_string_equal(o.fault.text,
		"sign-in as 'CONTOSO\\ada' refused (locked\\x1b[31m): check the "
					  "credentials");
	o = client_call(&c, &client_get);
	assert_int_equal(o.fault.err, EACCES);
	assert_int_equal(c.script.at, 1);
	while (wire_passed() < 31 * 1000)
		wire_round(c.http, &c.timers);
	assert_int_equal(client_call(&c, &client_get).fault.err, 0);
	client_close(&c);
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
	client_open(&c, 1, once, LEN(once));
	assert_int_equal(client_call(&c, &client_get).fault.err, 0);
	assert_int_equal(c.script.at, 4);
	client_close(&c);
	client_open(&c, 1, ever, LEN(ever));
	o = client_call(&c, &client_get);
	assert_int_equal(o.fault.err, EACCES);
	assert_int_equal(c.script.at, 4);
	client_close(&c);
	client_open(&c, 1, once, LEN(once));
	o = client_call(&c, &client_post);
	assert_int_equal(o.fault.err, EACCES);
	assert_non_null(strstr(o.fault.text, "did nothing"));
	assert_int_equal(c.script.at, 2);
	assert_int_equal(client_call(&c, &client_post).fault.err, 0);
	client_close(&c);
}

static void signs_out(void **state)
{
	struct outcome o = { 0 };
	struct client c;

	(void)state;
	OPEN(&c, 8, TOKEN, EMPTY, EMPTY);
	assert_null(api_sign_out(c.api, client_answered, &o));
	client_call(&c, &client_get);
	assert_non_null(api_sign_out(c.api, client_answered, &o));
	client_wait(&c, &o);
	assert_true(client_asked(&c, 2, "POST /v8/token/logout HTTP/1.1\r\n"));
	client_close(&c);
	client_open(&c, 1, answers, LEN(answers));
	client_call(&c, &client_get);
	assert_null(api_sign_out(c.api, client_answered, &o));
	client_close(&c);
}

static int ignore_pipes(void **state)
{
	(void)state;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR;
}

/* ---- no memory -------------------------------------------------------------------------- */

/* Of a first sign-in, one that the server forgot and a sign-out, each allocation fails in turn. */
static void survives_no_memory(void **state)
{
	static const char refused[] = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n";
	static const char *const answers[] = { TOKEN, refused, TOKEN };
	unsigned long n = 0;
	bool fired = true;

	(void)state;
	while (fired) {
		struct outcome o = { 0 }, out = { 0 };
		struct fault f = { 0 };
		struct client c;
		client_open(&c, 8, answers, LEN(answers));
		oom_fail_at(++n);
		if (api_start(c.api, &client_get, client_answered, &o, &f))
			client_wait(&c, &o);
		else
			o.fault = f;
		if (api_sign_out(c.api, client_answered, &out))
			client_wait(&c, &out);
		fired = oom_end();
		/* a token that cannot be kept is none, and the next one is refused by this server */
		if (o.fault.err && (!fired || (o.fault.err != ENOMEM && o.fault.err != EACCES &&
					       !strstr(o.fault.text, "token"))))
			fail_msg("allocation %lu: %d %s", n, o.fault.err, o.fault.text);
		/* whatever failed, the next one finds its way */
		struct outcome next = client_call(&c, &client_get);
		if (next.fault.err && next.fault.err != EACCES)
			fail_msg("after allocation %lu: %d %s", n, next.fault.err, next.fault.text);
		client_close(&c);
	}
	assert_true(n > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_in_when_it_must),
		cmocka_unit_test(refuses_odd_tokens),
		cmocka_unit_test(bounds_the_token),
		cmocka_unit_test(bounds_the_answer),
		cmocka_unit_test(renews_before_the_end),
		cmocka_unit_test(falls_back_to_the_password),
		cmocka_unit_test(holds_a_refused_password),
		cmocka_unit_test(signs_in_anew),
		cmocka_unit_test(signs_out),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("signin", tests, ignore_pipes, NULL);
}
