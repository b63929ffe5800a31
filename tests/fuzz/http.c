/*
 * The bytes of a server's answers, as they come from the socket: through libcurl
 * and everything between it and the model.  The first character chooses the
 * version; then come answers, heads and all, with a line "%%" between them; the
 * server sends the next one for each request it reads, and hangs up after the last
 * or when nothing moves any more.
 *
 * Whatever the bytes are: each call ends once, a POST is on the wire at most
 * once, what failed is explained in words that can be shown, and the bearer is a
 * token that a server gave.
 */
#include "fuzz.h"

#include <ctype.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/wire.h"
#include "vbofs/api.h"

#define ROUNDS_MAX 2000

/* ---- the server ----------------------------------------------------------------------------- */

struct server {
	struct fuzz_parts parts;
	unsigned explores;           /* POSTs of the one path that acts */
};

static void serve(void *user, const char *request, size_t len, struct wire_answer *a)
{
	const char *bearer = strstr(request, "Authorization: Bearer ");
	struct server *s = user;

	(void)len;
	EXPECT(strncmp(request, "GET /v", 6) == 0 || strncmp(request, "POST /v", 7) == 0);
	EXPECT(strstr(request, "\r\nHost: 127.0.0.1:4443\r\n"));
	for (const char *p = bearer ? bearer + 22 : "\r"; *p != '\r'; p++)
		EXPECT(isgraph((unsigned char)*p));
	s->explores += strncmp(request, "POST /v1/explore ", 17) == 0;
	a->hang_up = !fuzz_part(&s->parts, &a->bytes, &a->len) || !s->parts.rest;
}

/* ---- the calls ----------------------------------------------------------------------------- */

struct call {
	unsigned ended;
	bool json;
};

static void on_answer(void *user, struct api_answer *a)
{
	struct call *c = user;

	c->ended++;
	EXPECT(!a->fault.err == (a->status >= 200 && a->status <= 299 && !a->fault.text[0]));
	EXPECT(a->body);
	fuzz_expect_shown(a->fault.text);
	fuzz_expect_shown(a->code);
	if (a->fault.err)
		EXPECT(a->fault.text[0]);
	if (a->broken)
		EXPECT(a->sent && a->fault.err);
	if (!c->json)
		EXPECT(a->fault.err || a->body->len == 0);
}

static bool on_bytes(void *user, const char *data, size_t len)
{
	size_t *sum = user;

	for (size_t i = 0; i < len; i++)
		*sum += (unsigned char)data[i];
	return true;
}

static void run(struct http *h, struct timers *ts, const struct call *calls, size_t n)
{
	unsigned rounds = 0;
	size_t ended = 0;

	while (ended < n) {
		EXPECT(++rounds < ROUNDS_MAX);
		wire_round(h, ts);
		ended = 0;
		for (size_t i = 0; i < n; i++)
			ended += calls[i].ended != 0;
	}
	for (size_t i = 0; i < n; i++)
		EXPECT(calls[i].ended == 1);
}

static struct api *make_api(struct http *h, struct timers *ts, int version)
{
	struct api_config config = { .http = h, .timers = ts, .role = ROLE_ADMIN, .timeout = 30 };
	struct api *api;

	config.cred.username = strdup("CONTOSO\\ada");
	config.cred.password = strdup("s3cr&t=");
	EXPECT(config.cred.username && config.cred.password);
	api = api_new(&config, NULL);
	EXPECT(api);
	api_set_profile(api, profile_get(version));
	return api;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct timers timers;
	const struct http_config config = { .timers = &timers, .origin = "http://127.0.0.1:4443",
					    .direct = true, .timeout = 30 };
	struct server server = { 0 };
	size_t sum = 0;
	struct call calls[] = { { .json = true }, { .json = true }, { .json = false } };
	const struct api_request requests[] = {
		{ .path = "/v1/list?limit=1000" },
		{ .path = "/v1/explore", .post = true, .body = "{\"explore\":null}",
		  .patient = true, .total = 3600 },
		{ .path = "/v1/save", .post = true, .sink = on_bytes, .sink_user = &sum },
	};

	signal(SIGPIPE, SIG_IGN);
	int version = (int)fuzz_choice(&data, &size, PROFILE_NEWEST) + 1;
	server.parts = fuzz_parts(data, size);
	wire_open(serve, &server);
	timers_init(&timers);
	struct http *h = http_new(&config, NULL);
	EXPECT(h);
	struct api *api = make_api(h, &timers, version);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		EXPECT(api_start(api, &requests[i], on_answer, &calls[i], NULL));
		run(h, &timers, calls, i + 1);
	}
	EXPECT(server.explores <= 1);
	api_free(api);
	http_free(h);
	wire_close();
	return 0;
}
