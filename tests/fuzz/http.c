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
 *
 * No network is touched and nothing waits: libcurl's sockets are the ends of
 * socket pairs whose other ends are here, and pauses pass at once.
 */
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "vbofs/api.h"

#define PEERS_MAX 64
#define ROUNDS_MAX 2000
#define IDLE_ROUNDS 3                /* so many and there is nothing more to come */

static struct peer {
	int fd;
	struct buf got;
} peers[PEERS_MAX];
static size_t n_peers;
static uint64_t skipped;             /* milliseconds by which the program's clock is ahead */

/* ---- in place of the C library's ------------------------------------------------------------ */

int socket(int domain, int type, int protocol)
{
	int ends[2];

	(void)domain, (void)protocol;
	if (n_peers == PEERS_MAX || socketpair(AF_UNIX, type, 0, ends))
		return -1;
	fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK);
	peers[n_peers].fd = ends[1];
	buf_init(&peers[n_peers++].got, 1 << 20);
	return ends[0];
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
	(void)fd, (void)address, (void)len;
	return 0;
}

/* Only the timers of the program ask for this clock. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (!rc && id == CLOCK_BOOTTIME)
		ts->tv_sec += (time_t)(skipped / 1000);
	return rc;
}

/* ---- the server ----------------------------------------------------------------------------- */

struct server {
	struct fuzz_parts parts;
	unsigned explores;           /* POSTs of the one path that acts */
};

static void peer_close(struct peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	buf_release(&p->got);
}

/* The length of the request at the front, 0 where it is not whole yet. */
static size_t request_length(const struct buf *b)
{
	const char *end = b->len ? memmem(b->data, b->len, "\r\n\r\n", 4) : NULL;
	size_t body = 0;

	if (!end)
		return 0;
	const char *length = strcasestr(b->data, "\r\nContent-Length:");
	if (length && length < end)
		body = strtoul(length + 17, NULL, 10);
	size_t whole = (size_t)(end - b->data) + 4 + body;
	return whole <= b->len ? whole : 0;
}

static void expect_request(struct server *s, const struct buf *b, size_t len)
{
	const char *bearer = strstr(b->data, "Authorization: Bearer ");

	EXPECT(strncmp(b->data, "GET /v", 6) == 0 || strncmp(b->data, "POST /v", 7) == 0);
	EXPECT(strstr(b->data, "\r\nHost: 127.0.0.1:4443\r\n"));
	if (bearer && bearer < b->data + len)
		for (const char *p = bearer + 22; *p != '\r'; p++)
			EXPECT(isgraph((unsigned char)*p));
	s->explores += strncmp(b->data, "POST /v1/explore ", 17) == 0;
}

static bool serve(struct server *s, struct peer *p)
{
	char bytes[4096];
	const char *part;
	size_t len;
	ssize_t n;

	while ((n = recv(p->fd, bytes, sizeof(bytes), 0)) > 0)
		buf_add(&p->got, bytes, (size_t)n);
	if (n == 0) {
		peer_close(p);
		return true;
	}
	size_t request = request_length(&p->got);
	if (!request)
		return false;
	expect_request(s, &p->got, request);
	if (!fuzz_part(&s->parts, &part, &len)) {
		peer_close(p);
		return true;
	}
	/* what does not fit into the socket at once is a connection that breaks */
	n = send(p->fd, part, len, MSG_NOSIGNAL);
	memmove(p->got.data, p->got.data + request, p->got.len - request);
	p->got.len -= request;
	if (n != (ssize_t)len || !s->parts.rest)
		peer_close(p);
	return true;
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

/* Nothing moves: pauses pass, and who waits for the rest of an answer sees the end of it. */
static void move_on(struct timers *ts)
{
	if (timers_wait(ts, 1000) > 0)
		skipped += 1000;
	for (size_t i = 0; i < n_peers; i++)
		peer_close(&peers[i]);
}

static void run(struct http *h, struct timers *ts, struct server *s, const struct call *calls,
		size_t n)
{
	unsigned rounds = 0, idle = 0;
	size_t ended = 0;

	while (ended < n) {
		bool busy = false;
		EXPECT(++rounds < ROUNDS_MAX);
		http_wait(h, NULL, 0, 0);
		http_perform(h);
		for (size_t i = 0; i < n_peers; i++)
			busy |= peers[i].fd >= 0 && serve(s, &peers[i]);
		idle = busy ? 0 : idle + 1;
		if (idle > IDLE_ROUNDS)
			move_on(ts);
		timers_run(ts);
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
	const struct http_config config = { .origin = "http://127.0.0.1:4443", .direct = true,
					    .timeout = 30 };
	struct server server = { 0 };
	struct timers timers;
	size_t sum = 0;
	struct call calls[] = { { .json = true }, { .json = true }, { .json = false } };
	const struct api_request requests[] = {
		{ .path = "/v1/list?limit=1000" },
		{ .path = "/v1/explore", .post = true, .body = "{\"explore\":null}", .patient = true,
		  .total = 3600 },
		{ .path = "/v1/save", .post = true, .sink = on_bytes, .sink_user = &sum },
	};

	signal(SIGPIPE, SIG_IGN);
	int version = (int)fuzz_choice(&data, &size, PROFILE_NEWEST) + 1;
	server.parts = fuzz_parts(data, size);
	timers_init(&timers);
	struct http *h = http_new(&config, NULL);
	EXPECT(h);
	struct api *api = make_api(h, &timers, version);
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		EXPECT(api_start(api, &requests[i], on_answer, &calls[i], NULL));
		run(h, &timers, &server, calls, i + 1);
	}
	EXPECT(server.explores <= 1);
	api_free(api);
	http_free(h);
	for (size_t i = 0; i < n_peers; i++)
		peer_close(&peers[i]);
	n_peers = 0;
	skipped = 0;
	return 0;
}
