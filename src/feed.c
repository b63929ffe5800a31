/*
 * The change feed: a standing request that the server answers when something has changed.
 *
 *   OFF       nobody uses the sessions
 *   ASKING    a request for changes is under way
 *   LISTING   the sessions are listed whole: what happened before the token is not told
 *   PAUSED    before the next request; the timer moves it on
 *
 * What is known of the sessions is believed without asking (feed_is_live) only while
 * they have been listed since the token was had, the last answer was good, and the next
 * one is not overdue.  In any other state the model's times to live hold, as they do
 * where there is no feed; nothing is lost meanwhile, for the next answer begins where the
 * last one ended, or the sessions are listed again.
 *
 * Source: OpenAPI document of v8, GET /v8/Events: from (a token, or latest), limit,
 * timeoutSeconds; nextChangeToken and results {eventType, id, eTag}; errorCode
 * OutdatedChangeToken.
 */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "model_private.h"

#define WAIT_S 20                /* the server may hold a request so long ... */
#define GRACE_S 5                /* ... and the answer may take so long to come */
#define IDLE_MS 60000            /* without use the feed ends */
#define AGAIN_MS 1000            /* between the looks that make it worth its while */
#define PAUSE_FIRST_MS 500
#define PAUSE_MAX_MS 30000
#define REFUSED_MS 300000        /* a login or server that has no feed */
#define HASTY_MS 1000            /* a server that does not wait is asked ... */
#define HASTY_PAUSE_MS 2000      /* ... so often */
#define FAILURES_MAX 3           /* with one token */

enum state { FEED_OFF, FEED_ASKING, FEED_LISTING, FEED_PAUSED };

struct feed {
	struct model *model;
	enum state state;
	struct api_call *call;
	struct want want;            /* in LISTING */
	struct timer timer;
	char *token;                 /* NULL: to be had */
	bool listed;                 /* the sessions, since the token was had */
	bool confirmed;              /* the last answer was good */
	bool waits;                  /* the request under way may be held by the server */
	uint64_t asked;              /* when */
	uint64_t used;               /* the sessions, last */
	uint64_t wanted;             /* when the server was asked for them again; 0 = not lately */
	unsigned watchers;
	unsigned failures;           /* in a row */
};

static void step(struct feed *f);

struct feed *feed_new(struct model *m)
{
	struct feed *f = calloc(1, sizeof(*f));
	if (f)
		f->model = m;
	return f;
}

void feed_free(struct feed *f)
{
	if (!f)
		return;
	if (f->call)
		api_cancel(f->call);
	want_cancel(&f->want);
	timer_stop(&f->timer);
	free(f->token);
	free(f);
}

bool feed_is_live(const struct feed *f)
{
	return f->listed && f->confirmed && f->state == FEED_ASKING && f->waits &&
	       timer_now() < f->asked + (WAIT_S + GRACE_S) * 1000;
}

/* ---- pauses -------------------------------------------------------------------------- */

static bool is_idle(const struct feed *f)
{
	return !f->watchers && timer_now() - f->used > IDLE_MS;
}

static void on_pause_over(void *user)
{
	struct feed *f = user;

	if (is_idle(f))
		f->state = FEED_OFF;
	else
		step(f);
}

static void pause_for(struct feed *f, uint64_t ms)
{
	f->state = FEED_PAUSED;
	timer_start(f->model->timers, &f->timer, ms, on_pause_over, f);
}

static void forget_token(struct feed *f)
{
	free(f->token);
	f->token = NULL;
	f->listed = false;
}

static void failed(struct feed *f, const char *why)
{
	uint64_t pause = PAUSE_FIRST_MS << (f->failures < 8 ? f->failures : 8);

	if (f->confirmed)
		log_printf(f->model->log, LOG_LEVEL_INFO, "the change feed broke: %s", why);
	f->confirmed = false;
	if (++f->failures % FAILURES_MAX == 0)
		forget_token(f);
	pause_for(f, pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
}

/* ---- an answer ------------------------------------------------------------------------- */

static bool is_type(const struct jslice *type, const char *name)
{
	size_t n = strlen(name);
	return type->type == JSLICE_STRING && type->len == n + 2 &&
	       strncasecmp(type->text + 1, name, n) == 0;
}

static struct member *session_of(struct feed *f, const struct jslice *change)
{
	struct jslice id = jslice_get(change, "id");
	struct member *m = NULL;
	struct buf text;

	buf_init(&text, MEMBER_ID_MAX);
	if (jslice_string(&id, &text) == 0 && text.len && !memchr(text.data, '\0', text.len))
		m = model_find_id(&f->model->sessions, text.data);
	buf_release(&text);
	return m;
}

static bool is_known(const struct member *m, const struct jslice *change)
{
	struct jslice json = member_json(m);
	struct jslice have = jslice_get(&json, "eTag"), is = jslice_get(change, "eTag");

	return m->fetched && is.type == JSLICE_NUMBER && have.type == JSLICE_NUMBER &&
	       have.len == is.len && memcmp(have.text, is.text, is.len) == 0;
}

/* What an answer tells, gathered. */
struct changes {
	struct member *changed[FEED_CHANGES_MAX];
	size_t n;
	size_t results;
	bool unknown;                /* sessions that are not in memory, or too many */
};

static void take_change(struct feed *f, const struct jslice *change, struct changes *c)
{
	struct jslice type = jslice_get(change, "eventType");
	struct member *m;

	c->results++;
	if (is_type(&type, "RestorePointUpdate") || is_type(&type, "RestorePointDelete") ||
	    is_type(&type, "RestorePointObjectsChange")) {
		/* of which organization it does not say */
		model_outdate_lists(f->model, NULL, MODEL_POINTS);
		return;
	}
	if (is_type(&type, "RestoreSessionDelete")) {
		m = session_of(f, change);
		if (m)
			member_vanished(m);
		return;
	}
	if (!is_type(&type, "RestoreSessionUpdate"))
		return;
	m = session_of(f, change);
	if (m && is_known(m, change))
		return;
	if (m) {
		model_outdate_lists(f->model, m, MODEL_EVENTS);
		model_outdate_lists(f->model, m, MODEL_STATISTICS);
	}
	if (!m || c->n == FEED_CHANGES_MAX)
		c->unknown = true;
	else
		c->changed[c->n++] = m;
}

/* 0, or -EBADMSG. */
static int take_results(struct feed *f, const struct jslice *root, size_t *n)
{
	struct changes *c = calloc(1, sizeof(*c));
	struct jslice results = jslice_get(root, "results");
	struct jslice_iter it;
	int rc = c ? 0 : -ENOMEM;

	if (!rc && results.type != JSLICE_ARRAY)
		rc = -EBADMSG;
	if (!rc) {
		jslice_begin(&it, &results);
		while (jslice_next(&it))
			take_change(f, &it.value, c);
		rc = it.err;
	}
	if (!rc) {
		if (f->listed)
			load_changed(&f->model->sessions, c->changed, c->n, c->unknown);
		*n = c->results;
	}
	free(c);
	return rc;
}

static char *take_token(const struct jslice *root)
{
	struct jslice value = jslice_get(root, "nextChangeToken");
	struct buf text;

	buf_init(&text, FEED_TOKEN_MAX);
	if (jslice_string(&value, &text) || !text.len || memchr(text.data, '\0', text.len)) {
		buf_release(&text);
		return NULL;
	}
	return buf_take(&text, NULL);
}

static void answered(struct feed *f, const struct buf *body)
{
	struct jslice root;
	size_t n = 0;
	char *token = NULL;

	if (!body->len || jslice_parse(body->data, body->len, &root) || !jslice_valid(&root) ||
	    !(token = take_token(&root)) || take_results(f, &root, &n)) {
		free(token);
		failed(f, "the answer is not a list of changes");
		return;
	}
	if (n && f->token && strcmp(token, f->token) == 0) {
		free(token);
		failed(f, "the server repeats itself");
		return;
	}
	free(f->token);
	f->token = token;
	f->failures = 0;
	f->confirmed = f->listed;
	if (is_idle(f)) {
		f->state = FEED_OFF;
		f->wanted = 0;
		f->confirmed = false;
	} else if (!n && f->waits && timer_now() - f->asked < HASTY_MS) {
		pause_for(f, HASTY_PAUSE_MS);
	} else {
		step(f);
	}
}

static void on_answer(void *user, struct api_answer *a)
{
	struct feed *f = user;

	f->call = NULL;
	if (!a->fault.err) {
		answered(f, a->body);
	} else if (strcasecmp(a->code, "OutdatedChangeToken") == 0) {
		forget_token(f);
		failed(f, "its token is outdated");
	} else {
		failed(f, a->fault.text);
		if (a->status == 403 || a->status == 404)
			pause_for(f, REFUSED_MS);
	}
}

/* ---- a request --------------------------------------------------------------------------- */

static void ask(struct feed *f)
{
	struct api *api = f->model->api;
	struct buf path;

	/* an answer at once says what was missed; only then is the next one waited for */
	f->waits = f->confirmed;
	buf_init(&path, API_PATH_MAX);
	buf_addstr(&path, api_profile(api)->feed);
	buf_addstr(&path, "?from=");
	profile_path(&path, "%s", f->token ? f->token : "latest");
	buf_printf(&path, "&limit=%d&timeoutSeconds=%d", FEED_CHANGES_MAX, f->waits ? WAIT_S : 0);
	struct api_request r = { .path = path.data, .patient = true, .once = true,
				 .total = WAIT_S + GRACE_S };
	f->state = FEED_ASKING;
	f->asked = timer_now();
	if (!buf_error(&path))
		f->call = api_start(api, &r, on_answer, f, NULL);
	buf_release(&path);
	if (!f->call)
		failed(f, "no memory for a request");
}

static void on_listed_again(void *user)
{
	struct feed *f = user;

	if (f->want.fault.err) {
		failed(f, f->want.fault.text);
		return;
	}
	step(f);
}

static void on_listed(struct want *w)
{
	struct feed *f = (struct feed *)(void *)((char *)w - offsetof(struct feed, want));
	timer_start(f->model->timers, &f->timer, 0, on_listed_again, f);
}

/* Whole, and begun after the token was had. */
static void list(struct feed *f)
{
	struct collection *c = &f->model->sessions;

	if (f->state != FEED_LISTING) {
		want_init(&f->want, on_listed);
		c->whole_wanted = true;
	}
	f->state = FEED_LISTING;
	int rc = model_need_list(c, &f->want, MODEL_NEW);
	if (rc == MODEL_PARK)
		return;
	f->listed = rc == 0;
	if (rc)
		failed(f, f->want.fault.text);
	else
		ask(f);
}

static void step(struct feed *f)
{
	if (f->token && !f->listed)
		list(f);
	else
		ask(f);
}

/* ---- use ------------------------------------------------------------------------------------ */

void feed_use(struct feed *f)
{
	f->used = timer_now();
}

static void start(struct feed *f)
{
	if (f->state == FEED_OFF && api_profile(f->model->api)->feed)
		step(f);
}

void feed_want(struct feed *f)
{
	uint64_t now = timer_now();

	if (f->state != FEED_OFF || !f->model->sessions.complete)
		return;
	/* who looks again once is served by that; who goes on looking is worth a feed */
	if (!f->wanted || now - f->wanted > IDLE_MS)
		f->wanted = now;
	else if (now - f->wanted >= AGAIN_MS)
		start(f);
}

void feed_watch(struct feed *f, int change)
{
	f->watchers += (unsigned)change;
	f->used = timer_now();
	if (f->watchers)
		start(f);
}

void feed_shaken(struct feed *f)
{
	if (f->state == FEED_OFF)
		return;
	f->listed = false;
	f->confirmed = false;
}
