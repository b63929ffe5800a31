/* The GET of one restore session: one at a time for each, whoever waits for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model_private.h"

/* So many working sessions are asked for one by one; more cost one listing instead. */
#define SINGLE_GETS_MAX 4

struct member_load {
	struct resource resource;   /* first */
	struct member *member;      /* counted */
	struct api_call *call;
	uint64_t tick;
	bool background;            /* goes on though nobody waits */
};

static void load_end(struct member_load *l, const struct fault *f)
{
	struct member *m = l->member;

	m->load = NULL;
	resource_wake(&l->resource, f);
	member_put(m);
	free(l);
}

static void on_deserted(struct resource *r)
{
	struct member_load *l = (struct member_load *)r;

	if (l->background)
		return;
	api_cancel(l->call);
	load_end(l, NULL);
}

void member_vanished(struct member *m)
{
	struct collection *c = m->of;

	if (m->gone)
		return;
	c->whole_wanted = true;   /* should it come back, a partial listing would miss it */
	member_lose(m);
	lists_forget_gone(c->model);
}

static void on_member(void *user, struct api_answer *a)
{
	struct member_load *l = user;
	struct member *m = l->member;
	struct fault f = a->fault;

	l->call = NULL;
	if (f.err == ENOENT)
		member_vanished(m);
	if (!f.err) {
		struct member *fresh = member_parse(m->of, a->body->data, a->body->len, &f);
		if (fresh && strcmp(fresh->id, m->id) != 0)
			fault_set(&f, EIO, "asked for '%s' the server answered '%s'", m->id, fresh->id);
		if (!f.err)
			collection_upsert(m->of, fresh, l->tick);
		else
			member_put(fresh);
	}
	/* nobody may be waiting for it, but the feed relies on it */
	if (f.err && f.err != ENOENT && l->background)
		feed_shaken(m->of->model->feed);
	load_end(l, f.err ? &f : NULL);
}

static int send(struct member_load *l, struct fault *f)
{
	struct model *model = l->member->of->model;
	struct buf path;

	buf_init(&path, API_PATH_MAX);
	profile_path(&path, api_profile(model->api)->session, l->member->id);
	struct api_request r = { .path = path.data };
	if (!buf_error(&path))
		l->call = api_start(model->api, &r, on_member, l, f);
	buf_release(&path);
	l->tick = model_tick(model);
	return l->call ? 0 : fault_set(f, ENOMEM, "no memory for a request");
}

int load_start(struct member *m, bool background, struct fault *f)
{
	struct member_load *l = m->load;
	int rc;

	if (l) {
		l->background |= background;
		return 0;
	}
	l = calloc(1, sizeof(*l));
	if (!l)
		return fault_set(f, ENOMEM, "no memory for a request");
	l->member = member_get(m);
	l->background = background;
	m->load = l;
	rc = send(l, f);
	if (rc)
		load_end(l, NULL);
	return rc;
}

void load_cancel(struct member *m)
{
	if (!m->load)
		return;
	api_cancel(m->load->call);
	load_end(m->load, NULL);
}

void model_outdate_member(struct member *m)
{
	m->fetched = 0;
	m->not_before = model_tick(m->of->model);
	/* those who wait for an answer that was asked for earlier get a new one */
	if (m->load && m->load->call) {
		struct fault f;
		api_cancel(m->load->call);
		m->load->call = NULL;
		if (send(m->load, &f))
			load_end(m->load, &f);
	}
}

/* Many members that want a look each are had cheaper by one listing. */
static bool listing_is_cheaper(struct collection *c)
{
	uint64_t now = timer_now();

	if (now - c->window >= MODEL_MEMBER_TTL_MS) {
		c->window = now;
		c->single_gets = 0;
	}
	return c->complete && ++c->single_gets > SINGLE_GETS_MAX;
}

/* Is what is known of it still to be believed? */
static bool is_current(const struct member *m, const struct want *w)
{
	if (!m->fetched)
		return false;
	return m->settled || m->fetched >= w->started || feed_is_live(m->of->model->feed) ||
	       (!w->anew && timer_now() - m->fetched < MODEL_MEMBER_TTL_MS);
}

int model_need_member(struct member *m, struct want *w)
{
	struct collection *c = m->of;

	if (w->fault.err)
		return -w->fault.err;
	if (c->class->content)
		return 0;
	if (!c->class->restore_sessions)
		return model_need_list(c, w, MODEL_FRESH);
	feed_use(c->model->feed);
	if (m->gone || is_current(m, w))
		return 0;
	feed_want(c->model->feed);
	if (!m->load) {
		/* the listing was newer than the want and did not have it: ask for it alone */
		if (c->fetched < w->started && listing_is_cheaper(c))
			return listing_park(c, w);
		int rc = load_start(m, false, &w->fault);
		if (rc)
			return rc;
	}
	want_park(w, &m->load->resource, on_deserted);
	return MODEL_PARK;
}

void load_changed(struct collection *c, struct member *const *members, size_t n, bool unknown)
{
	bool listed = unknown || n > SINGLE_GETS_MAX;

	for (size_t i = 0; i < n; i++) {
		model_outdate_member(members[i]);
		if (!listed && load_start(members[i], true, NULL))
			feed_shaken(c->model->feed);
	}
	if (listed)
		listing_again(c);
}
