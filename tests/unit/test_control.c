#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "world.h"

#define ORG "{\"id\":\"o\",\"name\":\"n\",\"lastBackuptime\":\"2020-01-02T03:04:05Z\"}"
#define SESSION(id, state)                                                                         \
	"{\"id\":\"" id "\",\"state\":\"" state "\",\"type\":\"Vex\",\"organization\":\"n\","          \
	"\"creationTime\":\"2020-01-02T03:04:05Z\"}"

/* The POSTs get answers in turn; lists are what they are. */
struct server {
	const char *posts[4];
	const char *sessions;
	size_t posted;
};

static const char *serve(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct server *s = user;
	const char *body = strstr(path, "Organizations") ? WORLD_PAGE(ORG) : s->sessions;

	if (post)
		body = s->posts[s->posted++];
	if (strlen(body) == 3) {
		*status = strtol(body, NULL, 10);
		body = "";
	}
	*len = strlen(body);
	return body;
}

static struct node *open_org(struct world *w, struct server *s)
{
	int err = 0;

	if (!s->sessions)
		s->sessions = WORLD_PAGE("");
	assert_int_equal(world_open(w, 8, ROLE_ADMIN, serve, s), 0);
	struct node *n = world_walk(w, "orgs/o/explore", &err);
	assert_non_null(n);
	return n;
}

static void close_org(struct world *w, struct node *explore)
{
	node_put(w->tree->nodes, explore, 1);
	world_close(w);
}

/* One handle, written to as a file is. */
struct file {
	struct world *w;
	struct node *node;
	struct control_handle *h;
	uint64_t off;                /* one for writing and reading, as a program has it */
};

static void on_woken(struct want *want)
{
	(void)want;
}

static ssize_t write_text(struct file *f, const char *text)
{
	struct control_target at = { f->w->tree, f->node, f->node->member };
	struct control_write cw = { 0 };
	struct want want;
	ssize_t rc;

	want_init(&want, on_woken);
	while ((rc = control_submit(f->w->control, f->node->kind->control, &at, f->h,
				    &cw, text, strlen(text), f->off, &want)) == -EINPROGRESS)
		while (want.on)
			assert_true(world_step(f->w));
	f->off += rc > 0 ? (uint64_t)rc : 0;
	return rc;
}

static void assert_reads(struct file *f, const char *want)
{
	const char *data;
	ssize_t n = control_read(f->h, f->node->member, f->off, SIZE_MAX, &data);

	assert_int_equal(n, strlen(want));
	f->off += strlen(want);
	assert_memory_equal(data, want, strlen(want));
}

/* ---- commands ---------------------------------------------------------------------------- */

static void starts_and_stops(void **state)
{
	struct server s = { .posts = { SESSION("s", "Working"), SESSION("s", "Stopped") } };
	struct world w;
	int err;

	(void)state;
	struct node *explore = open_org(&w, &s), *stop;
	struct file f = { &w, explore, control_open(), 0 };
	assert_int_equal(write_text(&f, "2017.06.26 22:07:39\n"), 20);
	assert_reads(&f, "s\n");
	assert_reads(&f, "");
	control_close(w.control, f.h);
	/* a fresh handle tells what was started last */
	f.h = control_open();
	f.off = 0;
	const char *data;
	oom_fail_at(1);
	ssize_t n = control_read(f.h, explore->member, 0, SIZE_MAX, &data);
	assert_true(oom_end());
	assert_int_equal(n, -ENOMEM);
	assert_reads(&f, "s\n");
	control_close(w.control, f.h);
	struct member *m = model_find(model_sessions(w.model), "s");
	assert_string_equal(m->notes->asked, "2017-06-26T22:07:39Z");
	stop = world_walk(&w, "sessions/s/stop", &err);
	assert_int_equal(world_write(&w, stop, "x", 1), 1);
	assert_true(m->settled);
	/* what has ended is not asked again */
	assert_int_equal(world_write(&w, stop, "x", 1), 1);
	assert_int_equal(s.posted, 2);
	assert_int_equal(control_busy(w.control), 0);
	node_put(w.tree->nodes, stop, 1);
	close_org(&w, explore);
}

static void collects_to_the_newline(void **state)
{
	static const char line[] = "2017.06.26 22:07:39\n";
	struct server s = { .posts = { SESSION("s", "Working") } };
	struct world w;
	struct fault fault = { 0 };

	(void)state;
	struct node *explore = open_org(&w, &s);
	struct file f = { &w, explore, control_open(), 0 };
	for (const char *p = line; *p; p++) {
		const char one[2] = { *p, '\0' };
		assert_int_equal(write_text(&f, one), 1);
		assert_int_equal(control_flush(explore->kind->control, f.h, &fault),
			*p == '\n' ? 0 : -EINVAL);
	}
	assert_int_equal(s.posted, 1);
	assert_reads(&f, "s\n");
	control_close(w.control, f.h);
	close_org(&w, explore);
}

/* A repetition of what failed gets that outcome; after a success it is a new command. */
static void repeats_nothing(void **state)
{
	struct server s = { .posts = { "409", SESSION("s", "Working"), SESSION("t", "Working") } };
	struct world w;

	(void)state;
	struct node *explore = open_org(&w, &s);
	struct file f = { &w, explore, control_open(), 0 };
	assert_int_equal(write_text(&f, "now\n"), -EIO);
	assert_int_equal(write_text(&f, "now\n"), -EIO);
	assert_int_equal(s.posted, 1);
	assert_int_equal(write_text(&f, "latest\n"), 7);
	assert_int_equal(write_text(&f, "latest\n"), 7);
	assert_int_equal(s.posted, 3);
	control_close(w.control, f.h);
	close_org(&w, explore);
}

static void refuses_before_any_request(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{ "rubbish\n", -EINVAL }, { "\n", -EINVAL }, { "now type=vxx\n", -EINVAL },
		{ "now\nnow\n", -EINVAL }, { "2017.02.30 00:00\n", -EINVAL },
	};
	struct server s = { 0 };
	struct world w;

	(void)state;
	struct node *explore = open_org(&w, &s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(world_write(&w, explore, rows[i].text, strlen(rows[i].text)),
			rows[i].rc);
	}
	assert_int_equal(s.posted, 0);
	control_shut(w.control);
	assert_int_equal(world_write(&w, explore, "now\n", 4), -ESHUTDOWN);
	close_org(&w, explore);
}

/* The edge of a line's length: written at once, and byte by byte. */
static void bounds_the_line(void **state)
{
	static char line[COMMAND_LINE_MAX + 3];
	struct server s = { .posts = { SESSION("s", "Working"), SESSION("t", "Working") } };
	struct world w;

	(void)state;
	struct node *explore = open_org(&w, &s);
	memset(line, ' ', sizeof(line));
	memcpy(line, "now", 3);
	line[COMMAND_LINE_MAX] = '\n';
	assert_int_equal(world_write(&w, explore, line, COMMAND_LINE_MAX + 1),
		COMMAND_LINE_MAX + 1);
	line[COMMAND_LINE_MAX] = '\r';
	line[COMMAND_LINE_MAX + 1] = '\n';
	assert_int_equal(world_write(&w, explore, line, COMMAND_LINE_MAX + 2),
		COMMAND_LINE_MAX + 2);
	line[COMMAND_LINE_MAX] = ' ';
	assert_int_equal(world_write(&w, explore, line, COMMAND_LINE_MAX + 2), -E2BIG);
	assert_int_equal(world_write(&w, explore, line, COMMAND_LINE_MAX + 3), -E2BIG);
	struct file f = { &w, explore, control_open(), 0 };
	for (size_t i = 0; i < COMMAND_LINE_MAX + 2; i++)
		assert_int_equal(write_text(&f, "x"), 1);
	assert_int_equal(write_text(&f, "x"), -E2BIG);
	control_close(w.control, f.h);
	assert_int_equal(s.posted, 2);
	close_org(&w, explore);
}

/* ---- the writer goes, the answer is lost ------------------------------------------------ */

static void goes_on_without_its_writer(void **state)
{
	struct server s = { .posts = { SESSION("s", "Working") } };
	struct control_write cw = { 0 };
	struct want want;
	struct world w;

	(void)state;
	struct node *explore = open_org(&w, &s);
	struct file f = { &w, explore, control_open(), 0 };
	struct control_target at = { w.tree, explore, explore->member };
	want_init(&want, on_woken);
	assert_int_equal(control_submit(w.control, explore->kind->control, &at, f.h,
					&cw, "now\n", 4, 0, &want), -EINPROGRESS);
	control_abandon(w.control, &cw, &want);
	assert_int_equal(control_busy(w.control), 1);
	/* the same words again wait for that POST */
	assert_int_equal(write_text(&f, "now\n"), 4);
	assert_int_equal(s.posted, 1);
	assert_reads(&f, "s\n");
	control_close(w.control, f.h);
	close_org(&w, explore);
}

/* The mount ends while a POST is under way. */
static void ends_with_the_mount(void **state)
{
	struct server s = { 0 };
	struct control_write cw = { 0 };
	struct want want;
	struct world w;

	(void)state;
	struct node *explore = open_org(&w, &s);
	struct control_handle *h = control_open();
	struct control_target at = { w.tree, explore, explore->member };
	want_init(&want, on_woken);
	assert_int_equal(control_submit(w.control, explore->kind->control, &at, h, &cw,
					"now\n", 4, 0, &want), -EINPROGRESS);
	control_abandon(w.control, &cw, &want);
	control_close(w.control, h);
	close_org(&w, explore);
}

static void names_candidates(void **state)
{
	struct server s = { .posts = { "502" }, .sessions = WORLD_PAGE("") };
	struct world w;

	(void)state;
	struct node *explore = open_org(&w, &s);
	assert_int_equal(world_write(&w, explore, "now\n", 4), -EIO);
	assert_int_equal(s.posted, 1);
	close_org(&w, explore);
}

/* ---- no memory -------------------------------------------------------------------------- */

/*
 * Each allocation on the way fails in turn.  Where none does the result is `done`; else it may be
 * as well, or that there is no memory, or that the outcome is not known: EIO.
 */
static void fails_in_turn(int (*once)(const void *arg), const void *arg, int done)
{
	unsigned long n = 0;
	bool fired = true;

	while (fired) {
		oom_fail_at(++n);
		int rc = once(arg);
		fired = oom_end();
		if (rc != done && (!fired || (rc != -ENOMEM && rc != -EIO)))
			fail_msg("allocation %lu: %d", n, rc);
	}
	assert_true(n > 10);
}

static int explore_once(const void *arg)
{
	struct server s = { .posts = { SESSION("s", "Working") } };
	struct world w;

	(void)arg;
	oom_hold(true);
	struct node *explore = open_org(&w, &s);
	oom_hold(false);
	ssize_t rc = world_write(&w, explore, "now\n", 4);
	/* it may have been sent before memory was short, and is never sent again */
	assert_true(s.posted <= 1);
	oom_hold(true);
	assert_int_equal(control_busy(w.control), 0);
	close_org(&w, explore);
	oom_hold(false);
	return rc > 0 ? 0 : (int)rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	fails_in_turn(explore_once, NULL, 0);
}

/* The answer is lost, and the only session there is is `name`'s. */
static int adopt_once(const void *name)
{
	struct server s = { .posts = { "502" } };
	struct world w;
	char page[8192];

	snprintf(page, sizeof(page), WORLD_PAGE(
		"{\"id\":\"x\",\"type\":\"Vex\",\"state\":\"Working\",\"initiatedBy\":\"%s\","
		"\"creationTime\":\"2117-07-14T02:40:00Z\"}"), (const char *)name);
	s.sessions = page;

	oom_hold(true);
	struct node *explore = open_org(&w, &s);
	/* known so well that the first look decides */
	struct clock *clock = (struct clock *)(uintptr_t)api_clock(w.api);
	clock->least = clock->most;
	oom_hold(false);
	ssize_t rc = world_write(&w, explore, "now\n", 4);
	oom_hold(true);
	close_org(&w, explore);
	oom_hold(false);
	return (int)rc;
}

static void adopts_nothing_without_memory(void **state)
{
	(void)state;
	fails_in_turn(adopt_once, "somebody", -EIO);
	/* what is no name says nothing against it */
	char name[5001];
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(adopt_once("CONTOSO\\\\ada"), 4);
	assert_int_equal(adopt_once(name), 4);
}

/* A command in two pieces that the server refuses, and its last piece once more: never two requests. */
static int repeat_once(const void *arg)
{
	struct server s = { .posts = { "400", SESSION("s", "Working") } };
	struct world w;

	(void)arg;
	oom_hold(true);
	struct node *explore = open_org(&w, &s);
	oom_hold(false);
	struct file f = { &w, explore, control_open(), 0 };
	ssize_t rc = f.h ? write_text(&f, "no") : -ENOMEM;
	if (rc == 2)
		rc = write_text(&f, "w\n");
	if (rc == -EINVAL)
		rc = write_text(&f, "w\n");
	assert_true(s.posted <= 1);
	oom_hold(true);
	control_close(w.control, f.h);
	close_org(&w, explore);
	oom_hold(false);
	return (int)rc;
}

/* What could not be remembered is told by its own words: EINVAL. */
static void repeats_nothing_without_memory(void **state)
{
	(void)state;
	fails_in_turn(repeat_once, NULL, -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(starts_and_stops),
		cmocka_unit_test(collects_to_the_newline),
		cmocka_unit_test(repeats_nothing),
		cmocka_unit_test(refuses_before_any_request),
		cmocka_unit_test(bounds_the_line),
		cmocka_unit_test(goes_on_without_its_writer),
		cmocka_unit_test(ends_with_the_mount),
		cmocka_unit_test(names_candidates),
		cmocka_unit_test(survives_no_memory),
		cmocka_unit_test(adopts_nothing_without_memory),
		cmocka_unit_test(repeats_nothing_without_memory),
	};

	return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
