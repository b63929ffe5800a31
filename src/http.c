#include "http_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFER (32 * 1024L)         /* for a download; what comes at once is a TLS record, 16 KiB */

struct http *http_new(const struct http_config *config, struct fault *f)
{
	struct http *h = calloc(1, sizeof(*h));
	if (!h) {
		fault_set(f, ENOMEM, "no memory for the HTTP client");
		return NULL;
	}
	h->running.prev = h->running.next = &h->running;
	h->origin = strdup(config->origin);
	h->cafile = config->cafile ? strdup(config->cafile) : NULL;
	h->pinnedpubkey = config->pinnedpubkey ? strdup(config->pinnedpubkey) : NULL;
	h->insecure = config->insecure;
	h->direct = config->direct;
	h->timeout = config->timeout;
	h->seen = config->seen;
	h->user = config->user;
	h->timers = config->timers;
	h->multi = curl_multi_init();
	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll < 0) {
		fault_set(f, errno, "cannot wait for the network: %s", strerror(errno));
		http_free(h);
		return NULL;
	}
	if (!h->multi || !h->origin || (config->cafile && !h->cafile) ||
	    (config->pinnedpubkey && !h->pinnedpubkey)) {
		fault_set(f, ENOMEM, "no memory for the HTTP client");
		http_free(h);
		return NULL;
	}
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETFUNCTION, http_on_socket);
	curl_multi_setopt(h->multi, CURLMOPT_SOCKETDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERFUNCTION, http_on_timer);
	curl_multi_setopt(h->multi, CURLMOPT_TIMERDATA, h);
	curl_multi_setopt(h->multi, CURLMOPT_MAX_HOST_CONNECTIONS, HTTP_CONNECTIONS_MAX);
	curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, HTTP_IDLE_MAX);
	curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	return h;
}

/* Its caller waits; the handle's end does not matter to anyone. */
static void retire(struct http *h, CURL *e)
{
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_cleanup(h->retired);
	h->retired = e;
}

static void transfer_free(struct transfer *t)
{
	if (t->next) {
		t->prev->next = t->next;
		t->next->prev = t->prev;
	}
	if (t->paused)
		t->http->paused--;
	if (t->easy) {
		curl_multi_remove_handle(t->http->multi, t->easy);
		retire(t->http, t->easy);
	}
	curl_slist_free_all(t->headers);
	buf_release(&t->body);
	free(t);
}

void http_free(struct http *h)
{
	if (!h)
		return;
	while (h->running.next != &h->running)
		transfer_free(h->running.next);
	curl_easy_cleanup(h->retired);
	curl_easy_cleanup(h->ready);
	if (h->multi)
		curl_multi_cleanup(h->multi);
	timer_stop(&h->due);
	if (h->epoll >= 0)
		close(h->epoll);
	free(h->origin);
	free(h->cafile);
	free(h->pinnedpubkey);
	free(h);
}

/*
 * libcurl calls this before a request goes out on a connection, and once more
 * when it means to repeat it because a kept connection turned out to be dead.
 */
static int on_send(void *user, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
	struct transfer *t = user;

	(void)remote_ip;
	(void)local_ip;
	(void)remote_port;
	(void)local_port;
	if (t->sent && !t->get) {
		t->refused_resend = true;
		return CURL_PREREQFUNC_ABORT;
	}
	t->sent = true;
	t->sent_at = timer_now();
	return CURL_PREREQFUNC_OK;
}

static void set_security(const struct http *h, CURL *e)
{
	curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(e, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	if (h->cafile)
		curl_easy_setopt(e, CURLOPT_CAINFO, h->cafile);
	if (h->pinnedpubkey)
		curl_easy_setopt(e, CURLOPT_PINNEDPUBLICKEY, h->pinnedpubkey);
	if (h->insecure) {
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(e, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (h->direct)
		curl_easy_setopt(e, CURLOPT_PROXY, "");
}

static void set_patience(const struct http *h, CURL *e, const struct http_request *r)
{
	curl_easy_setopt(e, CURLOPT_TIMEOUT, r->total);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_LIMIT, r->patient ? 0L : 1L);
	curl_easy_setopt(e, CURLOPT_LOW_SPEED_TIME, r->patient ? 0L : h->timeout);
	/* what says that it will be too long need not come first */
	curl_easy_setopt(e, CURLOPT_MAXFILESIZE_LARGE, r->sink ? (curl_off_t)0 : (curl_off_t)r->max_body);
}

/*
 * A handle with all that does not depend on the request.  NULL: no memory.
 *
 * Each request has one of its own: until 8.1, one that was used again took a head whose first
 * line is folded for more of the last answer's, which was freed (curl's issue 11101).
 */
static CURL *easy_new(const struct http *h)
{
	CURL *e = curl_easy_init();
	if (!e)
		return NULL;
	set_security(h, e);
	curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
	/* without it, removing a transfer waits for its resolver thread */
	curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT, h->timeout);
	curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, BUFFER);
	curl_easy_setopt(e, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_USERAGENT, "vbofs/" VBOFS_VERSION);
	curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, http_on_header);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, http_on_body);
	curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, on_send);
	return e;
}

void http_use_the_wait(struct http *h)
{
	curl_easy_cleanup(h->retired);
	h->retired = NULL;
	if (!h->ready)
		h->ready = easy_new(h);
}

static CURL *easy_take(struct http *h)
{
	CURL *e = h->ready ? h->ready : easy_new(h);

	h->ready = NULL;
	return e;
}

static bool add_header(struct transfer *t, const char *header)
{
	struct curl_slist *longer = curl_slist_append(t->headers, header);
	if (!longer)
		return false;
	t->headers = longer;
	return true;
}

static bool set_headers(struct transfer *t, const struct http_request *r)
{
	struct buf line;
	bool ok = true;

	buf_init(&line, 64 * 1024);
	if (r->bearer) {
		buf_addstr(&line, "Authorization: Bearer ");
		buf_addstr(&line, r->bearer);
		ok = !buf_error(&line) && add_header(t, line.data);
		buf_wipe(&line);
	}
	if (ok && r->content_type) {
		buf_init(&line, 256);
		buf_addstr(&line, "Content-Type: ");
		buf_addstr(&line, r->content_type);
		ok = !buf_error(&line) && add_header(t, line.data);
		buf_release(&line);
	}
	return ok && add_header(t, r->sink ? "Accept: */*" : "Accept: application/json") &&
	       add_header(t, "Expect:");
}

static bool set_request(struct transfer *t, const struct http_request *r)
{
	struct http *h = t->http;
	CURL *e = t->easy;
	struct buf url;

	buf_init(&url, API_PATH_MAX + 1024);   /* and the origin */
	buf_addstr(&url, h->origin);
	buf_addstr(&url, r->path);
	bool ok = !buf_error(&url) && curl_easy_setopt(e, CURLOPT_URL, url.data) == CURLE_OK;
	buf_release(&url);
	if (!ok || !set_headers(t, r))
		return false;

	set_patience(h, e, r);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, t->headers);
	curl_easy_setopt(e, CURLOPT_ERRORBUFFER, t->error);
	curl_easy_setopt(e, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(e, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(e, CURLOPT_PRIVATE, t);
	if (t->get) {
		curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
	} else {
		curl_easy_setopt(e, CURLOPT_POST, 1L);
		curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)r->body_len);
		ok = curl_easy_setopt(e, CURLOPT_COPYPOSTFIELDS, r->body ? r->body : "") == CURLE_OK;
	}
	return ok;
}

struct transfer *http_start(struct http *h, const struct http_request *r, http_done *done,
			    void *user, struct fault *f)
{
	struct transfer *t = calloc(1, sizeof(*t));
	if (t) {
		t->http = h;
		t->done = done;
		t->user = user;
		t->sink = r->sink;
		t->sink_user = r->sink_user;
		t->gulp = GULP - SIP;
		t->get = strcmp(r->method, "GET") == 0;
		buf_init(&t->body, r->max_body);
		t->easy = easy_take(h);
	}
	if (!t || !t->easy || !set_request(t, r) ||
	    curl_multi_add_handle(h->multi, t->easy) != CURLM_OK) {
		if (t)
			transfer_free(t);
		fault_set(f, ENOMEM, "no memory for a request");
		return NULL;
	}
	t->prev = h->running.prev;
	t->next = &h->running;
	t->prev->next = t;
	h->running.prev = t;
	return t;
}

static void tell_seen(const struct transfer *t, int err)
{
	struct http_seen s = { .post = !t->get, .err = err };
	const char *url = NULL;
	curl_off_t took = 0;

	if (!t->http->seen)
		return;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &s.status);
	curl_easy_getinfo(t->easy, CURLINFO_EFFECTIVE_URL, &url);
	curl_easy_getinfo(t->easy, CURLINFO_TOTAL_TIME_T, &took);
	size_t origin = strlen(t->http->origin);
	s.path = url && strlen(url) > origin ? url + origin : "/";
	s.microseconds = took > 0 ? (uint64_t)took : 0;
	t->http->seen(t->http->user, &s);
}

void http_cancel(struct transfer *t)
{
	tell_seen(t, ECANCELED);
	transfer_free(t);
}

bool http_sent(const struct transfer *t)
{
	return t->sent;
}

static void transfer_finish(struct transfer *t, CURLcode code)
{
	struct http_result r = { .sent = t->sent, .sent_at = t->sent_at, .retry_after = -1, .body = &t->body };

	http_judge(t, code, &r);
	tell_seen(t, r.fault.err);
	/* out of the ring first: the callback may start or cancel other transfers */
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->prev = t->next = NULL;
	t->done(t->user, &r);
	transfer_free(t);
}

/*
 * The others have had their turn.  Letting one go on gives its sink what it was paused at; what
 * that makes ready runs later, so that the ring stays as it is, but for those that fail.
 */
static void go_on(struct http *h)
{
	struct transfer *t = h->running.next, *next;

	for (; h->paused && t != &h->running; t = next) {
		next = t->next;
		t->gulp = 0;
		if (!t->paused)
			continue;
		t->paused = false;
		h->paused--;
		CURLcode code = curl_easy_pause(t->easy, CURLPAUSE_CONT);
		if (code != CURLE_OK) {
			transfer_finish(t, code);
			return;   /* its end may have been that of others */
		}
	}
}

static void tell_events(struct http *h, int *running)
{
	for (int i = 0; i < h->n_events; i++) {
		uint32_t is = h->events[i].events;
		int mask = (is & EPOLLERR) ? CURL_CSELECT_ERR : 0;
		if (is & (EPOLLIN | EPOLLHUP))
			mask |= CURL_CSELECT_IN;
		if (is & EPOLLOUT)
			mask |= CURL_CSELECT_OUT;
		curl_multi_socket_action(h->multi, (curl_socket_t)h->events[i].data.u64, mask, running);
	}
	h->n_events = 0;
}

void http_perform(struct http *h)
{
	int running, left;
	CURLMsg *m;

	if (http_is_idle(h) && !h->n_events && !h->turn)
		return;
	go_on(h);
	tell_events(h, &running);
	if (h->turn) {
		h->turn = false;
		curl_multi_socket_action(h->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	while ((m = curl_multi_info_read(h->multi, &left))) {
		struct transfer *t = NULL;
		CURLcode code = m->data.result;
		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
		transfer_finish(t, code);
	}
}
