#include "vbofs/start.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>

struct outcome {
	bool done;
	long status;
	struct fault fault;
};

static void on_answer(void *user, struct api_answer *a)
{
	struct outcome *o = user;

	o->done = true;
	o->status = a->status;
	o->fault = a->fault;
}

void start_run(const struct start *s, const bool *done, uint64_t ms)
{
	uint64_t end = timer_now() + ms;

	while (!*done && timer_now() < end) {
		uint64_t left = end - timer_now();
		int most = left < INT_MAX ? (int)left : INT_MAX;
		http_wait(s->http, NULL, timers_wait(s->timers, most));
		http_perform(s->http);
		timers_run(s->timers);
	}
}

static int run(const struct start *s, const struct api_call *call, struct outcome *o, struct fault *f)
{
	if (!call)
		return f->err ? -f->err : -ENOMEM;
	start_run(s, &o->done, UINT64_MAX / 2);
	*f = o->fault;
	return -f->err;
}

/* 401, 403 and 200 all mean that the path is there; 404 that it is not. */
static int probe(const struct start *s, const struct profile *p, bool *served, struct fault *f)
{
	struct outcome o = { 0 };
	struct api_request r = { .path = p->probe, .anonymous = true };

	run(s, api_start(s->api, &r, on_answer, &o, f), &o, f);
	*served = o.status == 401 || o.status == 403 || o.status == 200;
	if (*served || o.status == 404) {
		fault_clear(f);
		return 0;
	}
	if (!f->err)
		fault_set(f, EIO, "the server answered %ld", o.status);
	return -f->err;
}

int start_detect(const struct start *s, int version, struct fault *f)
{
	if (version) {
		api_set_profile(s->api, profile_get(version));
		return 0;
	}
	for (int v = PROFILE_NEWEST; v >= PROFILE_OLDEST; v--) {
		bool served;
		int rc = probe(s, profile_get(v), &served, f);
		if (rc)
			return rc;
		if (served) {
			api_set_profile(s->api, profile_get(v));
			return 0;
		}
	}
	return fault_set(f, EPROTONOSUPPORT, "the server speaks none of the API versions v%d to v%d: is "
			 "this its REST port, and is the REST API enabled?", PROFILE_OLDEST,
			 PROFILE_NEWEST);
}

int start_sign_in(const struct start *s, struct fault *f)
{
	struct outcome o = { 0 };
	return run(s, api_sign_in(s->api, on_answer, &o, f), &o, f);
}

struct list_want {
	struct want want;            /* first */
	bool woken;
};

static void on_woken(struct want *w)
{
	((struct list_want *)w)->woken = true;
}

int start_list(const struct start *s, struct collection *c, struct fault *f)
{
	struct list_want lw = { 0 };
	int rc;

	want_init(&lw.want, on_woken);
	while ((rc = model_need_list(c, &lw.want, MODEL_FRESH)) == MODEL_PARK) {
		lw.woken = false;
		start_run(s, &lw.woken, UINT64_MAX / 2);
	}
	if (rc)
		*f = lw.want.fault;
	return rc;
}
