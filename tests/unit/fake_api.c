#include "fake_api.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/timer.h"

struct api_call {
	struct api_call *prev, *next;
	char *path;
	bool post;
	http_sink *sink;
	void *sink_user;
	api_done *done;
	void *user;
};

struct api {
	const struct profile *profile;
	enum role role;
	struct api_call calls;       /* head of a ring */
	struct api_counters counters;
	struct clock clock;
};

struct api *fake_api_new(int version, enum role role)
{
	struct api *api = calloc(1, sizeof(*api));

	if (!api)
		return NULL;
	api->profile = profile_get(version);
	api->role = role;
	clock_note(&api->clock, 1500000000, timer_now(), timer_now());
	api->calls.prev = api->calls.next = &api->calls;
	return api;
}

static void call_free(struct api_call *call)
{
	call->prev->next = call->next;
	call->next->prev = call->prev;
	free(call->path);
	free(call);
}

void api_free(struct api *api)
{
	if (!api)
		return;
	while (api->calls.next != &api->calls)
		call_free(api->calls.next);
	free(api);
}

/* ---- what the program calls ------------------------------------------------------------- */

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
	(void)api;
	return 30;
}

const char *api_username(const struct api *api)
{
	(void)api;
	return "CONTOSO\\ada";
}

const struct clock *api_clock(const struct api *api)
{
	return &api->clock;
}

void api_count(const struct api *api, struct api_counters *c)
{
	*c = api->counters;
}

struct api_call *api_start(struct api *api, const struct api_request *r, api_done *done,
			   void *user, struct fault *f)
{
	struct api_call *call = calloc(1, sizeof(*call));

	if (call)
		call->path = strdup(r->path);
	if (!call || !call->path) {
		free(call);
		fault_set(f, ENOMEM, "no memory for a request");
		return NULL;
	}
	call->post = r->post;
	call->sink = r->sink;
	call->sink_user = r->sink_user;
	call->done = done;
	call->user = user;
	call->prev = api->calls.prev;
	call->next = &api->calls;
	call->prev->next = call;
	api->calls.prev = call;
	api->counters.gets += !r->post;
	api->counters.posts += r->post;
	return call;
}

void api_cancel(struct api_call *call)
{
	call_free(call);
}

bool api_call_sent(const struct api_call *call)
{
	(void)call;
	return true;
}

/* ---- what the test calls -------------------------------------------------------------------- */

const char *fake_api_pending(const struct api *api, bool *post)
{
	const struct api_call *call = api->calls.next;

	if (call == &api->calls)
		return NULL;
	if (post)
		*post = call->post;
	return call->path;
}

static void deliver(struct api *api, struct api_answer *a, struct buf *body)
{
	struct api_call *call = api->calls.next;
	api_done *done = call->done;
	void *user = call->user;

	a->body = body;
	call_free(call);
	done(user, a);
	buf_release(body);
}

static int errno_of(long status)
{
	return status == 404 ? ENOENT : status == 400 ? EINVAL : status == 401 ? EACCES : EIO;
}

void fake_api_answer(struct api *api, long status, const char *body, size_t len)
{
	struct api_call *call = api->calls.next;
	struct api_answer a = { .status = status, .sent = true };
	bool ok = status >= 200 && status <= 299;
	bool json = len && (*body == '{' || *body == '[');
	struct buf collected;

	buf_init(&collected, API_BODY_MAX);
	if (!ok)
		fault_set(&a.fault, errno_of(status), "the server answered %ld", status);
	if (ok && call->sink && !json) {
		if (!call->sink(call->sink_user, body, len))
			fault_set(&a.fault, EIO, "the reader gave up");
	} else {
		buf_add(&collected, body, len);
		if (buf_error(&collected))
			fault_set(&a.fault, ENOMEM, "no memory for an answer");
		else if (ok && call->sink && len)
			fault_set(&a.fault, EIO, "JSON where bytes were expected");
	}
	deliver(api, &a, &collected);
}

void fake_api_break(struct api *api, int err, bool sent)
{
	struct api_answer a = { .sent = sent, .broken = sent };
	struct buf none;

	buf_init(&none, 1);
	fault_set(&a.fault, err, "the connection broke");
	deliver(api, &a, &none);
}
