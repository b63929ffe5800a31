#include "wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PEERS_MAX 64
#define REQUEST_MAX (128 * 1024)
#define IDLE_ROUNDS 3                /* so many and there is nothing more to come */

static struct peer {
	int fd;                      /* -1: closed */
	char got[REQUEST_MAX + 1];
	size_t len;
	bool silent, last;           /* last: hang up behind the rest */
	char *rest;                  /* of an answer that did not fit into the socket at once */
	size_t rest_len, rest_at;
} peers[PEERS_MAX];
static size_t n_peers;
static wire_server *serve_request;
static void *serve_user;
static uint64_t passed;              /* milliseconds by which the program's clock is ahead */
static unsigned idle;
static bool refusing;

/* ---- in place of the C library's ------------------------------------------------------- */

int socket(int domain, int type, int protocol)
{
	int ends[2];

	(void)domain, (void)protocol;
	if (n_peers == PEERS_MAX || socketpair(AF_UNIX, type, 0, ends)) {
		errno = EMFILE;
		return -1;
	}
	fcntl(ends[1], F_SETFL, fcntl(ends[1], F_GETFL) | O_NONBLOCK);
	peers[n_peers].fd = ends[1];
	peers[n_peers].len = 0;
	peers[n_peers++].silent = false;
	return ends[0];
}

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t len)
{
	(void)fd, (void)address, (void)len;
	errno = ECONNREFUSED;
	return refusing ? -1 : 0;
}

/* libcurl keeps no connection whose other end has no address. */
int getpeername(int fd, __SOCKADDR_ARG address, socklen_t *restrict len)
{
	struct sockaddr_in peer = { .sin_family = AF_INET, .sin_port = htons(4443) };

	(void)fd;
	peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (*len > sizeof(peer))
		*len = sizeof(peer);
	memcpy(address.__sockaddr__, &peer, *len);
	return 0;
}

/* Only the timers of the program ask for this clock. */
int clock_gettime(clockid_t id, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, id, ts);

	if (!rc && id == CLOCK_BOOTTIME)
		ts->tv_sec += (time_t)(passed / 1000);
	return rc;
}

/* ---- the server ----------------------------------------------------------------------------- */

/* What is kept of an answer is no allocation of the program: those may be made to fail. */
static bool keep_rest(struct peer *p, const struct wire_answer *a)
{
	p->rest = mmap(NULL, a->len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->rest == MAP_FAILED) {
		p->rest = NULL;
		return false;
	}
	memcpy(p->rest, a->bytes, a->len);
	p->rest_len = a->len;
	return true;
}

static void drop_rest(struct peer *p)
{
	if (p->rest)
		munmap(p->rest, p->rest_len);
	p->rest = NULL;
	p->rest_len = p->rest_at = 0;
}

static void hang_up(struct peer *p)
{
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
	p->len = 0;
	p->silent = p->last = false;
	drop_rest(p);
}

/* True if anything moved. */
static bool send_rest(struct peer *p)
{
	ssize_t n = send(p->fd, p->rest + p->rest_at, p->rest_len - p->rest_at, MSG_NOSIGNAL);
	bool broken = n < 0 && errno != EAGAIN;

	p->rest_at += n > 0 ? (size_t)n : 0;
	if (!broken && p->rest_at < p->rest_len)
		return n > 0;
	if (broken || p->last)
		hang_up(p);
	else
		drop_rest(p);
	return true;
}

/* The length of the request at the front, 0 where it is not whole yet. */
static size_t request_length(const struct peer *p)
{
	const char *end = p->len ? memmem(p->got, p->len, "\r\n\r\n", 4) : NULL;
	size_t body = 0;

	if (!end)
		return 0;
	const char *length = strcasestr(p->got, "\r\nContent-Length:");
	if (length && length < end)
		body = strtoul(length + 17, NULL, 10);
	size_t whole = (size_t)(end - p->got) + 4 + body;
	return whole <= p->len ? whole : 0;
}

static void answer(struct peer *p, size_t request)
{
	struct wire_answer a = { 0 };

	char after = p->got[request];
	p->got[request] = '\0';
	serve_request(serve_user, p->got, request, &a);
	p->got[request] = after;
	memmove(p->got, p->got + request, p->len - request + 1);
	p->len -= request;
	p->silent = a.keep_silent;
	p->last = a.hang_up;
	if (a.len && keep_rest(p, &a))
		send_rest(p);
	else if (a.hang_up || a.len)
		hang_up(p);
}

/* True if anything moved. */
static bool serve(struct peer *p)
{
	bool moved = p->rest && send_rest(p);
	size_t request;
	ssize_t n;

	if (p->fd < 0 || p->rest)
		return moved;
	while ((n = recv(p->fd, p->got + p->len, REQUEST_MAX - p->len, 0)) > 0) {
		p->len += (size_t)n;
		p->got[p->len] = '\0';
		moved = true;
	}
	if (n == 0) {
		hang_up(p);
		return true;
	}
	while (p->fd >= 0 && !p->rest && (request = request_length(p))) {
		answer(p, request);
		moved = true;
	}
	return moved;
}

/* ---- rounds ----------------------------------------------------------------------------- */

void wire_open(wire_server *server, void *user)
{
	serve_request = server;
	serve_user = user;
	n_peers = 0;
	passed = 0;
	idle = 0;
	refusing = false;
}

void wire_close(void)
{
	for (size_t i = 0; i < n_peers; i++)
		hang_up(&peers[i]);
	passed = 0;
}

/* Pauses pass, and who waits for the rest of an answer sees the end of it. */
static void move_on(const struct timers *ts)
{
	if (timers_wait(ts, 1000) > 0)
		passed += 1000;
	for (size_t i = 0; i < n_peers; i++)
		if (!peers[i].silent)
			hang_up(&peers[i]);
}

void wire_round(struct http *h, struct timers *ts)
{
	bool moved = false;

	http_wait(h, NULL, 0);
	http_perform(h);
	for (size_t i = 0; i < n_peers; i++)
		if (peers[i].fd >= 0)
			moved |= serve(&peers[i]);
	idle = moved ? 0 : idle + 1;
	if (idle > IDLE_ROUNDS)
		move_on(ts);
	timers_run(ts);
}

size_t wire_connections(void)
{
	return n_peers;
}

size_t wire_connected(void)
{
	size_t n = 0;

	for (size_t i = 0; i < n_peers; i++)
		n += peers[i].fd >= 0;
	return n;
}

uint64_t wire_passed(void)
{
	return passed;
}

void wire_refuse(bool refuse)
{
	refusing = refuse;
}
