/*
 * The lines of a session's events at their limit: all of them, or in words none.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vbofs/limits.h"
#include "vbofs/node.h"
#include "world.h"

#define NO_VALGRIND                                                                                \
	do {                                                                                       \
		/* so much memory would take it minutes */                                         \
		if (getenv("UNDER_VALGRIND"))                                                      \
			skip();                                                                    \
	} while (0)

/* ---- the server --------------------------------------------------------------------------- */

#define EVENT "{\"id\":\"%zu\",\"status\":\"Success\",\"endTime\":\"\",\"message\":\""
#define EVENT_LINE (strlen("Success") + 10) /* tabs and the newline: without a message */
#define LONG_EVENTS 5

/* Long events with short ones between: pages begin with the one that the page before ended with. */
struct history {
	size_t first, others; /* lengths of messages of the long ones */
	size_t n;
	bool stopped;
	struct buf body;
};

static size_t message_len(const struct history *h, size_t event)
{
	return event % 2 == 0 ? 1 : event == 1 ? h->first : h->others;
}

static void add_event(struct history *h, size_t event)
{
	size_t len = message_len(h, event);

	buf_printf(&h->body, EVENT, event);
	buf_reserve(&h->body, len);
	assert_int_equal(buf_error(&h->body), 0);
	memset(h->body.data + h->body.len, 'x', len);
	h->body.len += len;
	buf_addstr(&h->body, "\"}");
}

static const char *tell_events(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct history *h = user;
	const char *offset = strstr(path, "offset=");
	size_t at = offset ? strtoul(offset + strlen("offset="), NULL, 10) : 0, i;

	(void)post, (void)status;
	buf_reset(&h->body);
	if (strstr(path, "/Events")) {
		buf_addstr(&h->body, "{\"results\":[");
		for (i = at; i < at + 3 && i < h->n; i++) {
			buf_addstr(&h->body, i > at ? "," : "");
			add_event(h, i);
		}
		buf_addstr(&h->body, i < h->n ? "],\"_links\":{\"next\":{}}}" : "],\"_links\":{}}");
	} else {
		const char *state = h->stopped ? "Stopped" : "Working";
		bool list = strstr(path, "/RestoreSessions?") != NULL;
		buf_printf(&h->body, "%s{\"id\":\"s\",\"state\":\"%s\"}%s",
			   list ? "{\"results\":[" : "", state, list ? "],\"_links\":{}}" : "");
	}
	*len = h->body.len;
	return h->body.data;
}

/* ---- its client ---------------------------------------------------------------------------- */

static void on_woken(struct want *w)
{
	(void)w;
}

static int need_events(struct world *w, struct collection *events, struct fault *f)
{
	struct want want;
	int rc;

	want_init(&want, on_woken);
	want.anew = true;
	while ((rc = model_need_owned(events, &want)) == MODEL_PARK)
		while (want.on)
			assert_true(world_step(w));
	*f = want.fault;
	return rc;
}

/* The session is looked at, and for its events nobody waits. */
static void touch_events(struct world *w, struct collection *events)
{
	struct member *session = model_find(model_sessions(w->model), "s");
	struct want want;

	model_outdate_member(session);
	want_init(&want, on_woken);
	assert_int_equal(model_need_member(session, &want), MODEL_PARK);
	while (want.on)
		assert_true(world_step(w));
	model_touch_owned(events);
	assert_non_null(fake_api_pending(w->api, NULL));
	while (world_step(w))
		;
}

/* ---- the limit ----------------------------------------------------------------------------- */

/* Lines of as many bytes as the file can show, and `more`. */
static struct collection *open_history(struct world *w, struct history *h, size_t more)
{
	int err = 0;
	const size_t others = 50u << 20;
	const size_t rest = (LONG_EVENTS - 1) * (others + EVENT_LINE) +
			    (LONG_EVENTS + 1) * (1 + EVENT_LINE);

	*h = (struct history){.n = 2 * LONG_EVENTS + 1, .others = others};
	h->first = EVENTS_LOG_MAX - rest - EVENT_LINE + more;
	assert_true(h->first < API_BODY_MAX - 4096);
	buf_init(&h->body, SIZE_MAX);
	assert_int_equal(world_open(w, 8, ROLE_ADMIN, tell_events, h), 0);
	struct node *dir = world_walk(w, "sessions/s", &err);
	assert_int_equal(err, 0);
	struct collection *events = model_list(w->model, dir->member, MODEL_EVENTS);
	assert_non_null(events);
	node_put(w->tree->nodes, dir, 1);
	return events;
}

static void assert_too_long(int rc, const struct fault *f)
{
	assert_int_equal(rc, -EFBIG);
	assert_non_null(strstr(f->text, "more than the 256 MiB that a file can show"));
	assert_non_null(strstr(f->text, "'/v8/RestoreSessions/s/Events'"));
}

/* All lines or, in words, none: also of a session that has ended meanwhile. */
static void bounds_the_events(void **state)
{
	struct history h;
	struct fault f;
	struct world w;

	(void)state;
	NO_VALGRIND;
	struct collection *events = open_history(&w, &h, 0);
	assert_int_equal(need_events(&w, events, &f), 0);
	assert_int_equal(model_log(events)->len, EVENTS_LOG_MAX);
	h.n++;
	h.stopped = true;
	touch_events(&w, events);
	for (int i = 0; i < 2; i++) {
		assert_too_long(need_events(&w, events, &f), &f);
		assert_int_equal(model_log(events)->len, EVENTS_LOG_MAX);
		assert_string_equal(model_log(events)->data + EVENTS_LOG_MAX - 2, "x\n");
	}
	world_close(&w);
	buf_release(&h.body);
}

static void bounds_the_first_events(void **state)
{
	struct history h;
	struct fault f;
	struct world w;

	(void)state;
	NO_VALGRIND;
	struct collection *events = open_history(&w, &h, 1);
	h.stopped = true;
	assert_too_long(need_events(&w, events, &f), &f);
	assert_int_equal(model_log(events)->len, 0);
	world_close(&w);
	buf_release(&h.body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_the_events),
		cmocka_unit_test(bounds_the_first_events),
	};

	return cmocka_run_group_tests_name("events", tests, NULL, NULL);
}
