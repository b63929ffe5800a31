/* Waiting: for the sockets and timers of libcurl, and for what the loop has besides. */
#include "http_private.h"

#include <errno.h>
#include <sched.h>

#define OTHER (UINT64_C(1) << 32)    /* in an event's data: not a socket but a slot */

/*
 * libcurl says which sockets it waits for, and for how long; epoll knows them before we wait.  A
 * round that the kernel's request began costs a transfer that stands for minutes nothing.
 */
int http_on_socket(CURL *e, curl_socket_t s, int what, void *user, void *known)
{
	struct http *h = user;
	struct epoll_event event = { .data.u64 = (uint64_t)s };

	(void)e;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(h->epoll, EPOLL_CTL_DEL, s, NULL);
		return 0;
	}
	if (what != CURL_POLL_OUT)
		event.events |= EPOLLIN;
	if (what != CURL_POLL_IN)
		event.events |= EPOLLOUT;
	/* should there be no memory for it, the transfer's own time ends it */
	if (epoll_ctl(h->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s, &event) == 0)
		curl_multi_assign(h->multi, s, h);
	return 0;
}

static void on_due(void *user)
{
	struct http *h = user;

	h->turn = true;
}

int http_on_timer(CURLM *multi, long ms, void *user)
{
	struct http *h = user;

	(void)multi;
	h->turn = ms == 0;
	timer_stop(&h->due);
	if (ms > 0)
		timer_start(h->timers, &h->due, (uint64_t)ms, on_due, h);
	return 0;
}

int http_watch(struct http *h, unsigned slot, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u64 = OTHER | slot };

	return epoll_ctl(h->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

void http_unwatch(struct http *h, int fd)
{
	epoll_ctl(h->epoll, EPOLL_CTL_DEL, fd, NULL);
}

int http_wait(struct http *h, unsigned *others, int timeout_ms)
{
	if (h->paused) {
		/* who waited for the first bytes goes first: on one CPU only if it is let */
		if (h->begun)
			sched_yield();
		h->begun = false;
	} else if (!http_is_idle(h) && timeout_ms) {
		http_use_the_wait(h);
	}

	int n = epoll_wait(h->epoll, h->events, HTTP_EVENTS_MAX, h->paused || h->turn ? 0 : timeout_ms);
	int rc = n < 0 && errno != EINTR ? -errno : 0;
	unsigned ready = 0;

	h->n_events = 0;
	for (int i = 0; i < n; i++) {
		if (h->events[i].data.u64 & OTHER)
			ready |= 1u << (h->events[i].data.u64 & ~OTHER);
		else
			h->events[h->n_events++] = h->events[i];
	}
	if (others)
		*others = ready;
	return rc;
}
