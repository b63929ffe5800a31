/*
 * A call is in one of these states; each has exactly one thing that moves it on:
 *
 *   WAITING   for the sign-in            api_signed_in() moves all of them
 *   PROBING   for the probe              on_probe() moves all of them
 *   SENT      a transfer is running      on_result()
 *   PAUSED    before a repetition        the call's timer
 *   ENDING    its outcome is known       the call's timer (at once)
 */
#include "vbofs/api.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "api_private.h"

#define RETRY_FIRST_MS 250
#define CIRCUIT_FAILURES 3
#define CIRCUIT_PROBE_MS 1000
#define CIRCUIT_PROBE_SECONDS 5
#define CIRCUIT_FRESH_MS 5000    /* so long after a failure the next call fails without a try */
#define SIGN_OUT_SECONDS 3

static void call_send(struct api_call *call);

struct api *api_new(struct api_config *config, struct fault *f)
{
	struct api *api = calloc(1, sizeof(*api));
	if (!api) {
		fault_set(f, ENOMEM, "no memory");
		return NULL;
	}
	api->http = config->http;
	api->timers = config->timers;
	api->log = config->log;
	api->role = config->role;
	api->timeout = config->timeout;
	api->cred = config->cred;
	config->cred = (struct cred){ 0 };
	api->calls.prev = api->calls.next = &api->calls;
	return api;
}

static void call_free(struct api_call *call)
{
	timer_stop(&call->timer);
	if (call->transfer)
		http_cancel(call->transfer);
	if (call->next) {
		call->prev->next = call->next;
		call->next->prev = call->prev;
	}
	free(call->path);
	free(call->body);
	free(call);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	while (api->calls.next != &api->calls)
		call_free(api->calls.next);
	signin_release(api);
	if (api->probe)
		http_cancel(api->probe);
	cred_wipe(&api->cred);
	free(api);
}

void api_set_profile(struct api *api, const struct profile *p)
{
	api->profile = p;
}

const struct profile *api_profile(const struct api *api)
{
	return api->profile;
}

enum role api_role(const struct api *api)
{
	return api->role;
}

long api_timeout(const struct api *api)
{
	return api->timeout;
}

const char *api_username(const struct api *api)
{
	return api->cred.username;
}

void api_count(const struct api *api, struct api_counters *c)
{
	*c = api->counters;
	c->circuit_open = api->circuit_open;
}

const struct clock *api_clock(const struct api *api)
{
	return &api->clock;
}

void api_note_date(struct api *api, const struct http_result *r)
{
	if (r->date && r->sent)
		clock_note(&api->clock, r->date, r->sent_at, timer_now());
}

/* ---- the end of a call ---------------------------------------------------- */

/* The callback may start and cancel other calls, but this one is already out of reach. */
static void call_deliver(struct api_call *call, struct api_answer *a)
{
	if (a->fault.err && !call->anonymous)
		call->api->counters.failures++;
	call->prev->next = call->next;
	call->next->prev = call->prev;
	call->prev = call->next = NULL;
	call->done(call->user, a);
	call_free(call);
}

static void on_ending(void *user)
{
	struct api_call *call = user;
	struct api_answer a = { .fault = call->fault, .sent = call->sent };
	struct buf none;

	buf_init(&none, 1);
	a.body = &none;
	call_deliver(call, &a);
}

static void call_end_soon(struct api_call *call, const struct fault *f)
{
	call->state = CALL_ENDING;
	call->fault = *f;
	timer_start(call->api->timers, &call->timer, 0, on_ending, call);
}

/* ---- the circuit ------------------------------------------------------------ */

static void call_refuse(struct api_call *call)
{
	struct fault f;

	fault_set(&f, EHOSTUNREACH, "the server is not reachable; the last try said: %s",
		  call->api->circuit_fault.text);
	call_end_soon(call, &f);
}

static void on_probe(void *user, struct http_result *r)
{
	struct api *api = user;

	api->probe = NULL;
	if (r->fault.err) {
		api->circuit_fault = r->fault;
		api->circuit_failed = timer_now();
	} else {
		api_note_date(api, r);
		api_circuit_answered(api);
		/* a server that was started anew does not know the token: better told now than by a POST */
		if (r->status == 401)
			signin_token_refused(api, api->probe_serial);
	}
	for (struct api_call *call = api->calls.next, *next; call != &api->calls; call = next) {
		next = call->next;
		if (call->state != CALL_PROBING)
			continue;
		if (r->fault.err)
			call_refuse(call);
		else
			call_send(call);
	}
}

static void circuit_probe(struct api *api)
{
	struct http_request r = {
		.method = "GET", .path = api->profile->probe, .max_body = API_BODY_MAX,
		.total = CIRCUIT_PROBE_SECONDS,
		.bearer = signin_valid(api) ? api->access : NULL,
	};

	if (api->probe || timer_now() < api->next_probe)
		return;
	api->next_probe = timer_now() + CIRCUIT_PROBE_MS;
	api->probe_serial = api->token_serial;
	api->probe = http_start(api->http, &r, on_probe, api, NULL);
}

void api_circuit_answered(struct api *api)
{
	if (api->circuit_open)
		log_printf(api->log, LOG_LEVEL_INFO, "the server answers again");
	api->circuit_open = false;
	api->circuit_failures = 0;
}

void api_circuit_failed(struct api *api, const struct fault *f)
{
	if (f->err != EHOSTUNREACH && f->err != ETIMEDOUT)
		return;
	api->circuit_fault = *f;
	api->circuit_failed = timer_now();
	if (++api->circuit_failures < CIRCUIT_FAILURES || api->circuit_open || !api->profile)
		return;
	api->circuit_open = true;
	api->next_probe = timer_now() + CIRCUIT_PROBE_MS;
	log_printf(api->log, LOG_LEVEL_WARNING,
		   "the server is gone, requests fail at once until it answers again: %s", f->text);
}

/* True if the call was refused because the circuit is open. */
static bool circuit_refuses(struct api_call *call)
{
	struct api *api = call->api;

	if (!api->circuit_open)
		return false;
	circuit_probe(api);
	/* what was true a while ago is no answer now */
	if (api->probe && timer_now() - api->circuit_failed > CIRCUIT_FRESH_MS)
		call->state = CALL_PROBING;
	else
		call_refuse(call);
	return true;
}

/* ---- repeating ------------------------------------------------------------------ */

static uint64_t jittered(uint64_t ms)
{
	uint32_t r = 0;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
		r = (uint32_t)timer_now() * 2654435761u;
	return ms / 2 + r % (ms + 1);
}

static void on_pause_over(void *user)
{
	struct api_call *call = user;

	if (!circuit_refuses(call))
		call_send(call);
}

/* Plan another try; false when the call has had its chances, or must not have one. */
static bool call_repeat(struct api_call *call, long retry_after)
{
	struct api *api = call->api;
	uint64_t pause = jittered((uint64_t)RETRY_FIRST_MS << call->tries);

	if (call->tries >= API_RETRIES_MAX || api->circuit_open || call->once)
		return false;
	if (retry_after > 0 && (uint64_t)retry_after * 1000 > pause)
		pause = (uint64_t)retry_after * 1000;
	if (timer_now() + pause > call->deadline)
		return false;
	call->tries++;
	api->counters.retries++;
	call->state = CALL_PAUSED;
	timer_start(api->timers, &call->timer, pause, on_pause_over, call);
	return true;
}

/* May the same be asked for again after a fault of the connection? */
static bool may_repeat_after(const struct api_call *call, const struct http_result *r)
{
	int err = r->fault.err;

	if (call->post && (!call->reads || r->sent))
		return false;
	/* an answer that is too long would be so again */
	return err == EHOSTUNREACH || err == ETIMEDOUT || (err == EIO && !r->too_long);
}

/* ---- answers ------------------------------------------------------------------------ */

/* ... after such an answer? */
static bool may_repeat(const struct api_call *call, long status)
{
	if (status == 429 || status == 503)
		return !call->post || call->reads;
	return !call->post && (status == 502 || status == 504);
}

/* A 401: sign in anew.  True if the call goes on. */
static bool call_unauthorized(struct api_call *call)
{
	struct api *api = call->api;

	/* a token that was got for this very call is as good as another one would be */
	if (call->anonymous || call->renewed)
		return false;
	signin_token_refused(api, call->token_serial);
	if (call->post && !call->reads)
		return false;
	call->renewed = true;
	call_send(call);
	return true;
}

static void call_answered(struct api_call *call, struct http_result *r)
{
	struct api_answer a = { .status = r->status, .sent = r->sent, .body = r->body };

	api_note_date(call->api, r);
	api_circuit_answered(call->api);
	if (r->status == 401 && call_unauthorized(call))
		return;
	if (may_repeat(call, r->status) && call_repeat(call, r->retry_after))
		return;
	api_judge(call, r, &a);
	call_deliver(call, &a);
}

static void on_result(void *user, struct http_result *r)
{
	struct api_call *call = user;

	call->transfer = NULL;
	call->sent = r->sent;
	if (!r->fault.err) {
		call_answered(call, r);
		return;
	}
	/* that the server takes long to make a document ready does not mean that it is gone */
	if (!call->patient && !(call->sink && r->sent))
		api_circuit_failed(call->api, &r->fault);
	if (may_repeat_after(call, r) && call_repeat(call, -1))
		return;
	struct api_answer a = { .fault = r->fault, .sent = r->sent, .body = r->body };
	a.broken = r->sent;
	buf_reset(r->body);
	call_deliver(call, &a);
}

/* ---- the start of a call ---------------------------------------------------------------- */

static void call_transmit(struct api_call *call, const char *bearer)
{
	struct api *api = call->api;
	struct fault f;
	struct http_request r = {
		.method = call->post ? "POST" : "GET", .path = call->path, .bearer = bearer,
		.content_type = call->body ? "application/json" : NULL, .body = call->body,
		.body_len = call->body ? strlen(call->body) : 0,
		.max_body = call->sink ? API_WORDS_MAX : API_BODY_MAX,
		.total = call->total || call->sink ? call->total : API_TOTAL_FACTOR * api->timeout,
		.patient = call->patient, .sink = call->sink, .sink_user = call->sink_user,
	};

	call->transfer = http_start(api->http, &r, on_result, call, &f);
	if (!call->transfer) {
		call_end_soon(call, &f);
		return;
	}
	call->state = CALL_SENT;
	if (call->post)
		api->counters.posts++;
	else
		api->counters.gets++;
}

static void call_send(struct api_call *call)
{
	struct api *api = call->api;
	const char *bearer = NULL;
	struct fault f = { 0 };

	if (!call->anonymous) {
		bearer = signin_bearer(api, &call->token_serial, &f);
		if (f.err) {
			call_end_soon(call, &f);
			return;
		}
		if (!bearer) {
			call->state = CALL_WAITING;
			return;
		}
	}
	if (call->path)
		call_transmit(call, bearer);
	else
		call_end_soon(call, &f);
}

/* A write is told EBUSY: programs take its EAGAIN for a full pipe and spin. */
static void call_end_signed_out(struct api_call *call, const struct fault *f)
{
	struct fault told = *f;

	if (call_writes(call) && told.err == EAGAIN)
		told.err = EBUSY;
	call_end_soon(call, &told);
}

/* The sign-in ended: whoever waited for it goes on, or shares its fault. */
void api_signed_in(struct api *api, const struct fault *f, bool transient)
{
	struct api_call *call = api->calls.next;

	while (call != &api->calls) {
		struct api_call *next = call->next;
		if (call->state == CALL_WAITING) {
			if (!f)
				call_send(call);
			else if (!transient || (call->post && !call->reads) || !call_repeat(call, -1))
				call_end_signed_out(call, f);
		}
		call = next;
	}
}

static struct api_call *call_new(struct api *api, api_done *done, void *user)
{
	struct api_call *call = calloc(1, sizeof(*call));
	if (!call)
		return NULL;
	call->api = api;
	call->done = done;
	call->user = user;
	call->deadline = timer_now() + (uint64_t)api->timeout * 1000;
	call->prev = api->calls.prev;
	call->next = &api->calls;
	call->prev->next = call;
	api->calls.prev = call;
	return call;
}

struct api_call *api_start(struct api *api, const struct api_request *r, api_done *done,
			   void *user, struct fault *f)
{
	struct api_call *call = call_new(api, done, user);
	if (call) {
		call->path = strdup(r->path);
		call->body = r->body ? strdup(r->body) : NULL;
	}
	if (!call || !call->path || (r->body && !call->body)) {
		if (call)
			call_free(call);
		fault_set(f, ENOMEM, "no memory for a request");
		return NULL;
	}
	call->post = r->post;
	call->anonymous = r->anonymous;
	call->reads = r->reads;
	call->patient = r->patient;
	call->once = r->once;
	call->total = r->total;
	call->sink = r->sink;
	call->sink_user = r->sink_user;
	if (!circuit_refuses(call))
		call_send(call);
	return call;
}

struct api_call *api_sign_in(struct api *api, api_done *done, void *user, struct fault *f)
{
	struct api_call *call = call_new(api, done, user);
	if (!call) {
		fault_set(f, ENOMEM, "no memory for a request");
		return NULL;
	}
	call->once = true;
	call_send(call);
	return call;
}

struct api_call *api_sign_out(struct api *api, api_done *done, void *user)
{
	if (!api->profile || !api->profile->logout || !signin_valid(api) || api->circuit_open)
		return NULL;
	struct api_request r = { .path = api->profile->logout, .post = true, .patient = true,
				 .total = SIGN_OUT_SECONDS };
	return api_start(api, &r, done, user, NULL);
}

void api_cancel(struct api_call *call)
{
	call_free(call);
}

bool api_call_sent(const struct api_call *call)
{
	return call->sent || (call->transfer && http_sent(call->transfer));
}
