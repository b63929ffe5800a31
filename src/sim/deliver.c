#include "deliver.h"

#include <gnutls/gnutls.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "bytes.h"
#include "control.h"
#include "events.h"
#include "fault_reply.h"
#include "feed.h"
#include "instant.h"
#include "journal.h"
#include "routes.h"
#include "spoil.h"

#define BLOCK 65536

static int connection_fd(const struct request *rq)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	return info != NULL ? info->connect_fd : -1;
}

enum pause { PAUSE_OVER, PAUSE_WOKEN, PAUSE_ENDED };

/*
 * Waits until that time of instant_clock(), for ever if it is negative.
 * ENDED: the client went away, or the program ends.  WOKEN: `fd` is readable.
 */
static enum pause pause_until(const struct request *rq, int64_t end, int fd)
{
	struct pollfd fds[] = {
		{ .fd = rq->sim->exit_fd, .events = POLLIN },
		{ .fd = connection_fd(rq), .events = POLLRDHUP },
		{ .fd = fd, .events = POLLIN },
	};
	int64_t left;

	while (end < 0 || end > instant_clock()) {
		left = end < 0 ? -1 : end - instant_clock();
		if (poll(fds, 3, left > INT_MAX ? INT_MAX : (int)left) > 0)
			return fds[0].revents || fds[1].revents ? PAUSE_ENDED : PAUSE_WOKEN;
	}
	return PAUSE_OVER;
}

/* Waits (-1: for ever); false: the client went away or the program ends. */
static bool pause_ms(const struct request *rq, int64_t ms)
{
	return pause_until(rq, ms < 0 ? -1 : instant_clock() + ms, -1) == PAUSE_OVER;
}

/* Does not end early when the client goes away: the server then acts all the same. */
static bool pause_before(const struct request *rq, int64_t ms)
{
	struct pollfd fd = { .fd = rq->sim->exit_fd, .events = POLLIN };

	return poll(&fd, 1, (int)ms) == 0;
}

static enum MHD_Result cut(struct request *rq)
{
	journal_write(rq, 0);
	return MHD_NO;
}

/* A close would send FIN; connecting to nowhere sends RST at once. */
static void send_reset(const struct request *rq)
{
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };
	struct linger linger = { .l_onoff = 1, .l_linger = 0 };
	int fd = connection_fd(rq);

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
	(void)connect(fd, &nowhere, sizeof(nowhere));
}

static enum MHD_Result reset(struct request *rq)
{
	journal_write(rq, 0);
	send_reset(rq);
	return MHD_NO;
}

/* The beginning of an answer goes past libmicrohttpd, which sends headers whole. */
static enum MHD_Result break_in_headers(struct request *rq)
{
	static const char begun[] = "HTTP/1.1 200 OK\r\nContent-Type: application/js";
	const union MHD_ConnectionInfo *tls =
		MHD_get_connection_info(rq->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);

	if (tls != NULL && tls->tls_session != NULL)
		(void)gnutls_record_send(tls->tls_session, begun, sizeof(begun) - 1);
	else
		(void)send(connection_fd(rq), begun, sizeof(begun) - 1, MSG_NOSIGNAL);
	if (rq->fault->action == FAULT_CLOSE_HEADERS)
		return cut(rq);
	/* a reset overtakes what the client has not read yet */
	pause_ms(rq, 20);
	return reset(rq);
}

static enum fault_action fault_of(const struct request *rq)
{
	return rq->fault != NULL ? rq->fault->action : FAULT_NONE;
}

/* When the fault "cut" acts. */
static int64_t break_ms(const struct request *rq)
{
	return rq->arrived_ms + (int64_t)rq->fault->number;
}

/* Waits until a download may go on; how many bytes may go then.  0: it ended. */
static size_t throttle(struct request *rq, size_t n)
{
	uint64_t rate = rq->sim->options.save_rate, due;
	size_t slice;

	if (!rq->save || rate == 0 || rq->number == 0)
		return n;
	slice = rate / 20 > 0 ? (size_t)(rate / 20) : 1;
	if (n > slice)
		n = slice;
	due = (uint64_t)rq->began_ms + rq->sent * 1000 / rate;
	if (due > (uint64_t)instant_clock() &&
	    !pause_ms(rq, (int64_t)due - instant_clock()))
		return 0;
	return n;
}

/* Beyond the end (faults "long" and "blanks") comes noise, or what may stand behind JSON. */
static void copy_out(const struct request *rq, uint64_t pos, char *out, size_t n)
{
	const struct reply *rp = &rq->reply;
	uint64_t size = rp->made ? rp->made_size : rp->body.len;
	size_t real = pos >= size ? 0 : size - pos < n ? (size_t)(size - pos) : n;

	if (rp->made)
		bytes_fill(rp->made_key, rp->made_offset + pos, out, real);
	else if (real != 0)
		memcpy(out, rp->body.data + pos, real);
	memset(out + real, fault_of(rq) == FAULT_BLANKS ? ' ' : '#', n - real);
}

static ssize_t read_body(void *cls, uint64_t pos, char *out, size_t max)
{
	struct request *rq = cls;
	bool drip = fault_of(rq) == FAULT_DRIP;
	size_t n = rq->limit - pos < max ? (size_t)(rq->limit - pos) : max;

	if (n == 0 && rq->limit == rq->length)
		return MHD_CONTENT_READER_END_OF_STREAM;
	if (n == 0 && fault_of(rq) == FAULT_STALL)
		pause_ms(rq, -1);
	if (n == 0 && fault_of(rq) == FAULT_CUT)
		send_reset(rq);
	if (n != 0)
		n = throttle(rq, n);
	if (n == 0 || (drip && !pause_ms(rq, (int64_t)rq->fault->number))) {
		journal_write(rq, rq->reply.status);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (drip)
		n = 1;
	copy_out(rq, pos, out, n);
	rq->sent = pos + n;
	/* The line is there before the client has the last byte. */
	if (rq->sent == rq->length)
		journal_write(rq, rq->reply.status);
	return (ssize_t)n;
}

/* What the fault does to an answer that is ready; `limit`: cut there. */
static void spoil(struct request *rq)
{
	struct reply *rp = &rq->reply;
	uint64_t number = rq->fault != NULL ? rq->fault->number : 0;
	uint64_t size;

	if (!rp->made && !rq->save && rp->body.len != 0)
		spoil_json(&rp->body, fault_of(rq));
	size = rp->made ? rp->made_size : rp->body.len;
	rq->length = rq->limit = size;
	switch (fault_of(rq)) {
	case FAULT_TRUNCATE: rq->limit = size / 2; break;
	case FAULT_TRUNCATE_JSON: rq->length = rq->limit = size / 2; break;
	case FAULT_SHORT: rq->length = rq->limit = size - (number < size ? number : size); break;
	case FAULT_BLANKS:
	case FAULT_LONG: rq->length = rq->limit = size + number; break;
	case FAULT_STALL:
	case FAULT_CUT: rq->limit = number < size ? number : size; break;
	default: break;
	}
}

/* Without Content-Length. */
static bool is_chunked(const struct request *rq)
{
	if (rq->fault != NULL && rq->fault->length != FAULT_LENGTH_AS_IS)
		return rq->fault->length == FAULT_LENGTH_NO;
	return rq->save && rq->sim->options.chunked && rq->reply.status == 200 && rq->number != 0;
}

static struct MHD_Response *make_response(struct request *rq)
{
	bool chunked = is_chunked(rq) && rq->reply.content_type != NULL;

	if (rq->length == 0 && !chunked)
		return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
	return MHD_create_response_from_callback(chunked ? MHD_SIZE_UNKNOWN : rq->length,
		rq->length != 0 && rq->length < BLOCK ? (size_t)rq->length : BLOCK, read_body, rq,
		NULL);
}

static enum MHD_Result send_reply(struct request *rq)
{
	struct reply *rp = &rq->reply;
	struct MHD_Response *response;
	enum MHD_Result result;
	size_t i;

	spoil(rq);
	rq->began_ms = instant_clock();
	response = make_response(rq);
	if (response == NULL)
		return cut(rq);
	if (rp->content_type != NULL)
		MHD_add_response_header(response, "Content-Type",
			rq->fault != NULL && rq->fault->content_type != NULL ?
			rq->fault->content_type : rp->content_type);
	for (i = 0; i < rp->nheaders; i++)
		MHD_add_response_header(response, rp->headers[i].name, rp->headers[i].value);
	if (rq->length == 0)
		journal_write(rq, rp->status);
	result = MHD_queue_response(rq->connection, rp->status, response);
	MHD_destroy_response(response);
	return result;
}

static void act(struct request *rq)
{
	struct sim *sim = rq->sim;

	pthread_mutex_lock(&sim->lock);
	if (rq->number == 0)
		control_answer(rq);
	else if (!fault_reply(rq))
		routes_answer(rq);
	pthread_mutex_unlock(&sim->lock);
	/* Another thread may end it from here on. */
	rq->token = NULL;
}

/*
 * A long poll: until there is something to say.  false: nobody wants to hear
 * it any more, or the fault comes first.
 */
static bool hold(struct request *rq)
{
	struct sim *sim = rq->sim;
	int64_t end = rq->hold.until_ms;
	bool good = true;

	if (fault_of(rq) == FAULT_BREAK && break_ms(rq) < end)
		end = break_ms(rq);
	while (rq->hold.on && good) {
		switch (pause_until(rq, end, rq->hold.waiter.fd)) {
		case PAUSE_ENDED: good = false; break;
		case PAUSE_OVER: good = end == rq->hold.until_ms; break;
		case PAUSE_WOKEN: break;
		}
		pthread_mutex_lock(&sim->lock);
		if (good)
			feed_again(rq);
		if (!good || !rq->hold.on)
			feed_leave(rq);
		pthread_mutex_unlock(&sim->lock);
	}
	return good;
}

/* Waits before the answer; false: the request ended first. */
static bool pause_answer(const struct request *rq, int64_t ms)
{
	if (fault_of(rq) != FAULT_BREAK || break_ms(rq) >= instant_clock() + ms)
		return pause_ms(rq, ms);
	pause_until(rq, break_ms(rq), -1);
	return false;
}

static enum MHD_Result give_up(struct request *rq)
{
	return fault_of(rq) == FAULT_BREAK ? reset(rq) : cut(rq);
}

static void meet_fault(struct request *rq)
{
	struct sim *sim = rq->sim;

	if (rq->number == 0)
		return;
	pthread_mutex_lock(&sim->lock);
	rq->fault = fault_match(&sim->faults, rq->method, rq->path, rq->query);
	pthread_mutex_unlock(&sim->lock);
}

/* The bytes are together, or the client did not wait for them. */
static void end_save(struct request *rq, bool good)
{
	struct sim *sim = rq->sim;

	if (rq->saving == NULL)
		return;
	pthread_mutex_lock(&sim->lock);
	events_finish(rq->saving, rq->event, good ? EVENT_SUCCESS : EVENT_CANCELLED);
	events_changed(sim, rq->saving);
	pthread_mutex_unlock(&sim->lock);
	rq->saving = NULL;
}

enum MHD_Result deliver_run(struct request *rq)
{
	enum fault_action fault;
	bool waited;
	int64_t ms;

	if (rq->body_too_long) {
		reply_error(rq, 413, NULL, "The request is too large.");
		return send_reply(rq);
	}
	rq->save = routes_is_save(rq);
	meet_fault(rq);
	fault = fault_of(rq);
	ms = fault == FAULT_DELAY || fault == FAULT_DELAY_BEFORE ? (int64_t)rq->fault->number : 0;
	if (fault == FAULT_RESET_BEFORE)
		return reset(rq);
	if (fault == FAULT_DELAY_BEFORE && !pause_before(rq, ms))
		return cut(rq);
	act(rq);
	if (!hold(rq))
		return give_up(rq);
	ms = fault == FAULT_DELAY ? ms : 0;
	ms += rq->save ? rq->sim->options.save_latency : 0;
	waited = rq->number == 0 || pause_answer(rq, ms + rq->sim->options.latency);
	end_save(rq, waited);
	if (!waited)
		return give_up(rq);
	switch (fault) {
	case FAULT_HANG:
		pause_ms(rq, -1);
		return cut(rq);
	case FAULT_CLOSE:
		return cut(rq);
	case FAULT_RESET_AFTER:
		return reset(rq);
	case FAULT_RESET_HEADERS:
	case FAULT_CLOSE_HEADERS:
		return break_in_headers(rq);
	default:
		return send_reply(rq);
	}
}

void deliver_done(struct request *rq)
{
	/* Nothing given to the connection yet: the client has no answer. */
	journal_write(rq, rq->sent > 0 ? rq->reply.status : 0);
}
