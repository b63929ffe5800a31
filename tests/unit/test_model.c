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

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* ---- a server that follows a script: the last answer goes on ------------------------------ */

struct script {
	const char *const *answers;
	size_t n, at;
	char paths[64][200];
};

static const char *serve(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct script *s = user;
	const char *body = s->answers[s->at < s->n ? s->at : s->n - 1];

	(void)post;
	snprintf(s->paths[s->at % 64], sizeof(s->paths[0]), "%s", path);
	s->at++;
	if (strlen(body) == 3) {
		*status = strtol(body, NULL, 10);
		body = "";
	}
	*len = strlen(body);
	return body;
}

static void open_world(struct world *w, int version, struct script *s, const char *const *answers,
		       size_t n)
{
	memset(s, 0, sizeof(*s));
	s->answers = answers;
	s->n = n;
	assert_int_equal(world_open(w, version, ROLE_ADMIN, serve, s), 0);
}

static void on_woken(struct want *w)
{
	(void)w;
}

/* A listing that is fresh for this want: 0 or negative errno; the text in *f. */
static int need_list(struct world *w, struct collection *c, struct fault *f)
{
	struct want want;
	int rc;

	want_init(&want, on_woken);
	while ((rc = model_need_list(c, &want, MODEL_NEW)) == MODEL_PARK)
		while (want.on)
			assert_true(world_step(w));
	*f = want.fault;
	return rc;
}

/* The program's clock has milliseconds; what was had in this one counts as new. */
static void tick(void)
{
	for (uint64_t now = timer_now(); timer_now() == now;)
		;
}

#define NEXT(members) "{\"results\":[" members "],\"_links\":{\"next\":{\"href\":\"/x\"}}}"
#define A "{\"id\":\"a\",\"name\":\"1\"}"
#define B "{\"id\":\"b\",\"name\":\"2\"}"
#define C "{\"id\":\"c\",\"name\":\"3\"}"

/* ---- listings --------------------------------------------------------------------------- */

static void takes_all_or_nothing(void **state)
{
	static const struct {
		const char *answers[2];
		int rc;
		size_t members;
		const char *text;
	} rows[] = {
		{ { WORLD_PAGE("") }, 0, 0, "" },
		{ { WORLD_PAGE(A "," B) }, 0, 2, "" },
		/* a page that never ends */
		{ { NEXT(A) }, -EIO, 0, "" },
		{ { NEXT("") }, -EIO, 0, "empty page" },
		{ { NEXT(A), "500" }, -EIO, 0, "answered 500" },
		{ { NEXT(A), "404" }, -EIO, 0, "answered 404" },
		{ { "{\"results\":{}}" }, -EIO, 0, "no list of results" },
		{ { "{\"results\":[" A ",]}" }, -EIO, 0, "not well-formed" },
		{ { "{\"results\":[" A }, -EIO, 0, "not well-formed" },
		{ { "17" }, -EIO, 0, "neither a page nor an array" },
		{ { "" }, -EIO, 0, "empty" },
		/* one bad object does not fail the others */
		{ { WORLD_PAGE(A ",17,null,\"x\",{},{\"id\":{}},[]," B) }, 0, 8, "" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct script s;
		struct world w;
		struct fault f = { 0 };
		open_world(&w, 8, &s, rows[i].answers, rows[i].answers[1] ? 2 : 1);
		struct collection *orgs = model_organizations(w.model);
		int rc = need_list(&w, orgs, &f);
		if (rc != rows[i].rc || model_count(orgs) != rows[i].members ||
		    !strstr(f.text, rows[i].text))
			fail_msg("row %zu: %d, %zu members, %s", i, rc, model_count(orgs), f.text);
		assert_int_equal(model_is_complete(orgs), rc == 0);
		world_close(&w);
	}
}

/* ---- a server of pages, to which members are added in front while it is asked ------------- */

struct pager {
	size_t n, page, asked;
	size_t insert_at;            /* with this request; 0 = never */
	size_t insert_each;          /* with each request from then on */
	struct buf out;
};

static const char *serve_page(void *user, const char *path, bool post, size_t *len, long *status)
{
	const char *at = strstr(path, "offset=");
	size_t offset = at ? strtoul(at + 7, NULL, 10) : 0;
	struct pager *p = user;

	(void)post, (void)status;
	p->asked++;
	if (p->insert_at && p->asked >= p->insert_at) {
		p->n++;
		p->insert_at = p->insert_each ? p->asked + p->insert_each : 0;
	}
	buf_reset(&p->out);
	buf_addstr(&p->out, "{\"results\":[");
	for (size_t i = 0; i < p->page && offset + i < p->n; i++)
		buf_printf(&p->out, "%s{\"id\":\"%zu\"}", i ? "," : "", p->n - offset - i);
	bool more = offset + p->page < p->n;
	buf_addstr(&p->out, more ? "],\"_links\":{\"next\":{}}}" : "],\"_links\":{}}");
	*len = p->out.len;
	return p->out.data;
}

static int list_pages(struct pager p, size_t *members, struct fault *f)
{
	struct world w;

	buf_init(&p.out, 1 << 20);
	assert_int_equal(world_open(&w, 8, ROLE_ADMIN, serve_page, &p), 0);
	int rc = need_list(&w, model_organizations(w.model), f);
	*members = model_count(model_organizations(w.model));
	world_close(&w);
	buf_release(&p.out);
	return rc;
}

/* None is missed, and none is listed twice, also where pages shift meanwhile. */
static void follows_the_pages(void **state)
{
	struct fault f;
	size_t members;

	(void)state;
	for (size_t n = 0; n < 45; n++) {
		assert_int_equal(list_pages((struct pager){ .n = n, .page = 10 }, &members, &f), 0);
		assert_int_equal(members, n);
	}
	for (size_t at = 1; at < 6; at++) {
		const struct pager p = { .n = 35, .page = 10, .insert_at = at };
		assert_int_equal(list_pages(p, &members, &f), 0);
		assert_in_range(members, 35, 36);
	}
	/* one that shifts for ever is given up */
	const struct pager p = { .n = 35, .page = 10, .insert_at = 1, .insert_each = 1 };
	assert_int_equal(list_pages(p, &members, &f), -EIO);
	assert_int_equal(members, 0);
}

static void bounds_the_members(void **state)
{
	struct fault f;
	size_t members;

	(void)state;
	if (getenv("UNDER_VALGRIND"))
		skip();   /* minutes */
	struct pager p = { .n = MODEL_MEMBERS_MAX, .page = 10000 };
	assert_int_equal(list_pages(p, &members, &f), 0);
	assert_int_equal(members, MODEL_MEMBERS_MAX);
	p.n++;
	assert_int_equal(list_pages(p, &members, &f), -EIO);
	assert_non_null(strstr(f.text, "lists more than 1000000"));
}

/* A failed listing takes nothing away; a whole one takes what it no longer has. */
static void forgets_what_is_gone(void **state)
{
	static const char *const answers[] = { WORLD_PAGE(A "," B), "403", WORLD_PAGE(B "," C) };
	struct script s;
	struct world w;
	struct fault f;

	(void)state;
	open_world(&w, 8, &s, answers, 3);
	struct collection *orgs = model_organizations(w.model);
	assert_int_equal(need_list(&w, orgs, &f), 0);
	struct member *a = member_get(model_find(orgs, "a"));
	uint64_t generation = model_generation(orgs);
	model_refresh(w.model);
	tick();
	assert_int_equal(need_list(&w, orgs, &f), -EIO);
	assert_int_equal(model_count(orgs), 2);
	assert_false(a->gone);
	assert_int_equal(generation, model_generation(orgs));
	tick();
	assert_int_equal(need_list(&w, orgs, &f), 0);
	assert_int_equal(model_count(orgs), 2);
	assert_true(a->gone);
	assert_null(model_find(orgs, "a"));
	assert_non_null(model_find_id(orgs, "c"));
	assert_int_not_equal(generation, model_generation(orgs));
	member_put(a);
	world_close(&w);
}

/* Who still has the one that went notes it of the one that came back, or will. */
static void notes_what_is_there(void **state)
{
	static const char *const answers[] = { WORLD_PAGE(A), WORLD_PAGE(B), WORLD_PAGE(A), WORLD_PAGE(B),
					       WORLD_PAGE(A) };
	struct script s;
	struct world w;
	struct fault f;

	(void)state;
	open_world(&w, 8, &s, answers, LEN(answers));
	struct collection *orgs = model_organizations(w.model);
	assert_int_equal(need_list(&w, orgs, &f), 0);
	struct member *a = member_get(model_find(orgs, "a"));
	for (unsigned i = 0; i < 2; i++) {
		tick();
		assert_int_equal(need_list(&w, orgs, &f), 0);
		assert_true(a->gone);
		if (i == 0)
			assert_int_equal(model_set_last(a, "first"), 0);
		tick();
		assert_int_equal(need_list(&w, orgs, &f), 0);
		if (i == 0)
			assert_string_equal(model_find(orgs, "a")->notes->last, "first");
		assert_int_equal(model_set_last(a, "second"), 0);
		assert_string_equal(model_find(orgs, "a")->notes->last, "second");
	}
	member_put(a);
	world_close(&w);
}

static const char *serve_another(void *user, const char *path, bool post, size_t *len, long *status)
{
	static char page[100];
	unsigned *id = user;

	(void)path, (void)post, (void)status;
	*len = (size_t)snprintf(page, sizeof(page), WORLD_PAGE("{\"id\":\"%u\"}"), ++*id);
	return page;
}

/* Sessions come and go for months: what has gone is let go, however many there were. */
static void does_not_grow_by_turnover(void **state)
{
	unsigned id = 0;
	struct world w;
	struct fault f;

	(void)state;
	assert_int_equal(world_open(&w, 8, ROLE_ADMIN, serve_another, &id), 0);
	struct collection *sessions = model_sessions(w.model);
	while (id < 500) {
		tick();
		assert_int_equal(need_list(&w, sessions, &f), 0);
		assert_int_equal(model_count(sessions), 1);
		assert_true(model_roster(sessions)->n <= 1 + 16);
	}
	world_close(&w);
}

static void mends_texts(void **state)
{
	static const char *const answers[] = { WORLD_PAGE("{\"id\":\"a\",\"name\":\"x\ny\xFF\","
		"\"z\":1}") };
	struct script s;
	struct world w;
	struct fault f;

	(void)state;
	open_world(&w, 8, &s, answers, 1);
	struct collection *orgs = model_organizations(w.model);
	assert_int_equal(need_list(&w, orgs, &f), 0);
	struct member *a = model_find(orgs, "a");
	assert_non_null(a);
	assert_string_equal(a->label, "x\ny\xEF\xBF\xBD");
	assert_string_equal(a->json, "{\"id\":\"a\",\"name\":\"x\\u000ay\xEF\xBF\xBD\",\"z\":1}");
	world_close(&w);
}

/* ---- waiting ---------------------------------------------------------------------------- */

/* One request for all who wait; it is cut when the last of them gives up. */
static void serves_all_with_one(void **state)
{
	static const char *const answers[] = { WORLD_PAGE(A) };
	struct want wants[3];
	struct script s;
	struct world w;

	(void)state;
	open_world(&w, 8, &s, answers, 1);
	struct collection *orgs = model_organizations(w.model);
	for (size_t i = 0; i < 3; i++) {
		want_init(&wants[i], on_woken);
		assert_int_equal(model_need_list(orgs, &wants[i], MODEL_FRESH), MODEL_PARK);
	}
	want_cancel(&wants[1]);
	assert_non_null(fake_api_pending(w.api, NULL));
	assert_true(world_step(&w));
	assert_int_equal(s.at, 1);
	assert_null(wants[0].on);
	assert_null(wants[2].on);
	assert_int_equal(model_need_list(orgs, &wants[0], MODEL_FRESH), 0);
	for (size_t i = 0; i < 3; i++) {
		want_init(&wants[i], on_woken);
		/* wants begin in the same millisecond as the listing */
		wants[i].started = UINT64_MAX;
		assert_int_equal(model_need_list(orgs, &wants[i], MODEL_NEW), MODEL_PARK);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_non_null(fake_api_pending(w.api, NULL));
		want_cancel(&wants[i]);
	}
	assert_null(fake_api_pending(w.api, NULL));
	want_cancel(&wants[0]);
	world_close(&w);
}

static void tells_all_why(void **state)
{
	static const char *const answers[] = { "500" };
	struct want a, b;
	struct script s;
	struct world w;

	(void)state;
	open_world(&w, 8, &s, answers, 1);
	struct collection *orgs = model_organizations(w.model);
	want_init(&a, on_woken);
	want_init(&b, on_woken);
	assert_int_equal(model_need_list(orgs, &a, MODEL_FRESH), MODEL_PARK);
	assert_int_equal(model_need_list(orgs, &b, MODEL_FRESH), MODEL_PARK);
	while (a.on)
		assert_true(world_step(&w));
	assert_int_equal(model_need_list(orgs, &a, MODEL_FRESH), -EIO);
	assert_int_equal(model_need_list(orgs, &b, MODEL_FRESH), -EIO);
	assert_string_equal(a.fault.text, "cannot list organizations: the server answered 500");
	world_close(&w);
}

/* ---- one member ------------------------------------------------------------------------- */

static int need_member(struct world *w, struct member *m)
{
	struct want want;
	int rc;

	want_init(&want, on_woken);
	while ((rc = model_need_member(m, &want)) == MODEL_PARK)
		while (want.on)
			assert_true(world_step(w));
	return rc;
}

static void asks_for_one(void **state)
{
	static const char *const answers[] = {
		WORLD_PAGE("{\"id\":\"s\",\"state\":\"Working\"}"),
		"{\"id\":\"s\",\"state\":\"Working\",\"result\":\"Success\"}", "500",
			"{\"id\":\"t\"}",
		"{\"id\":\"s\",\"state\":\"Stopped\"}",
	};
	struct script s;
	struct world w;
	struct fault f;

	(void)state;
	open_world(&w, 7, &s, answers, LEN(answers));
	struct collection *sessions = model_sessions(w.model);
	assert_int_equal(need_list(&w, sessions, &f), 0);
	struct member *m = model_find(sessions, "s");
	assert_int_equal(need_member(&w, m), 0);
	assert_int_equal(s.at, 1);
	uint64_t version = m->version;
	model_outdate_member(m);
	assert_int_equal(need_member(&w, m), 0);
	assert_string_equal(s.paths[1], "/v7/RestoreSessions/s");
	assert_int_not_equal(m->version, version);
	/* no more than four in two seconds: then a listing would be cheaper */
	for (int i = 0; i < 2; i++) {
		model_outdate_member(m);
		assert_int_equal(need_member(&w, m), -EIO);
		assert_false(m->gone);
	}
	model_outdate_member(m);
	assert_int_equal(need_member(&w, m), 0);
	assert_true(m->settled);
	/* nobody asks for what has ended */
	assert_int_equal(need_member(&w, m), 0);
	assert_int_equal(s.at, 5);
	world_close(&w);
}

static void loses_one(void **state)
{
	static const char *const answers[] = { WORLD_PAGE("{\"id\":\"s\",\"state\":\"Working\"}"),
		"404" };
	struct script s;
	struct world w;
	struct fault f;

	(void)state;
	open_world(&w, 7, &s, answers, 2);
	assert_int_equal(need_list(&w, model_sessions(w.model), &f), 0);
	struct member *m = member_get(model_find(model_sessions(w.model), "s"));
	model_outdate_member(m);
	assert_int_equal(need_member(&w, m), -ENOENT);
	assert_true(m->gone);
	assert_int_equal(model_count(model_sessions(w.model)), 0);
	member_put(m);
	world_close(&w);
}

/* What this mount asked for stays true of a session that the server denies once. */
static void remembers_notes(void **state)
{
#define S "{\"id\":\"s\",\"state\":\"Working\"}"
	static const char *const answers[][3] = {
		{ WORLD_PAGE(S), "404", WORLD_PAGE(S) },
		{ WORLD_PAGE(S), WORLD_PAGE(""), WORLD_PAGE(S) },
		/* among others that come: there is no room for them beside what was known */
		{ WORLD_PAGE(S), "404", WORLD_PAGE(A "," S) },
		{ WORLD_PAGE(S), WORLD_PAGE(A), WORLD_PAGE(B "," C "," S) },
	};

	(void)state;
	for (size_t i = 0; i < LEN(answers); i++) {
		struct script s;
		struct world w;
		struct fault f;
		open_world(&w, 7, &s, answers[i], 3);
		struct collection *sessions = model_sessions(w.model);
		assert_int_equal(need_list(&w, sessions, &f), 0);
		struct member *m = model_find(sessions, "s");
		assert_int_equal(model_set_asked(m, "2026.11.20 18:00", "o"), 0);
		tick();
		if (answers[i][1][0] == '4') {
			model_outdate_member(m);
			assert_int_equal(need_member(&w, m), -ENOENT);
		} else {
			model_refresh(w.model);
			assert_int_equal(need_list(&w, sessions, &f), 0);
		}
		assert_null(model_find(sessions, "s"));
		tick();
		assert_int_equal(need_list(&w, sessions, &f), 0);
		m = model_find(sessions, "s");
		assert_non_null(m);
		assert_non_null(m->notes->asked);
		assert_string_equal(m->notes->asked, "2026.11.20 18:00");
		assert_string_equal(m->notes->org_id, "o");
		world_close(&w);
	}
#undef S
}

/* ---- bounds ------------------------------------------------------------------------------ */

/* An id that is too long to be asked for is none; the object is listed all the same. */
static void bounds_the_id(void **state)
{
	static const size_t lengths[] = { 1024, 1025 };

	(void)state;
	for (size_t i = 0; i < LEN(lengths); i++) {
		char id[1100], body[1300], *const answers[] = { body };
		struct script s;
		struct world w;
		struct fault f;
		memset(id, '/', lengths[i]);
		id[lengths[i]] = '\0';
		snprintf(body, sizeof(body), WORLD_PAGE("{\"id\":\"%s\"}," A), id);
		open_world(&w, 8, &s, (const char *const *)answers, 1);
		struct collection *orgs = model_organizations(w.model);
		assert_int_equal(need_list(&w, orgs, &f), 0);
		assert_int_equal(model_count(orgs), 2);
		assert_int_equal(model_find_id(orgs, id) != NULL, i == 0);
		world_close(&w);
	}
}

/* What a command or a look at one object brings must be one, with a text for an id. */
static void puts_only_objects(void **state)
{
	static const char *const refused[] = {
		"", "7", "[]", "{}", "[\"id\":\"x\"]", "{\"id\":7}", "{\"id\":\"\"}", "{\"id\":null}",
		"{\"postId\":\"x\"}", "{\"id\":\"x\"", "[{\"id\":\"x\"}]",
	};
	struct script s;
	struct world w;

	(void)state;
	open_world(&w, 8, &s, NULL, 0);
	struct collection *orgs = model_organizations(w.model);
	for (size_t i = 0; i < LEN(refused); i++) {
		struct fault f = { 0 };
		if (model_put(orgs, refused[i], strlen(refused[i]), &f) || f.err != EIO)
			fail_msg("'%s': %d", refused[i], f.err);
	}
	assert_int_equal(model_count(orgs), 0);
	assert_non_null(model_put(orgs, A, strlen(A), NULL));
	world_close(&w);
}

/* One huge object fails neither the listing nor the others. */
static void takes_huge_members(void **state)
{
	const size_t len = 20u << 20;
	char *body = malloc(len + 200);
	const char *const answers[] = { body };
	struct script s;
	struct world w;
	struct fault f;

	(void)state;
	assert_non_null(body);
	strcpy(body, "{\"results\":[{\"id\":\"huge\",\"x\":\"");
	size_t at = strlen(body);
	memset(body + at, 'x', len);
	strcpy(body + at + len, "\"}," A "],\"_links\":{}}");
	open_world(&w, 8, &s, answers, 1);
	assert_int_equal(need_list(&w, model_organizations(w.model), &f), 0);
	assert_non_null(model_find(model_organizations(w.model), "huge"));
	assert_non_null(model_find(model_organizations(w.model), "a"));
	world_close(&w);
	free(body);
}

/* ---- no memory -------------------------------------------------------------------------- */

static const char *const pages[] = { NEXT(A), WORLD_PAGE(B ",{\"id\":\"\xFF/\",\"name\":\"4\"}") };

static int list_once(void *arg)
{
	struct script s;
	struct world w;
	struct fault f;

	(void)arg;
	oom_hold(true);
	open_world(&w, 8, &s, pages, 2);
	oom_hold(false);
	int rc = need_list(&w, model_organizations(w.model), &f);
	assert_int_equal(f.err, -rc);
	/* what there is is right */
	if (!rc)
		assert_string_equal(model_find(model_organizations(w.model), "b")->label, "2");
	world_close(&w);
	return rc;
}

static int ask_once(void *arg)
{
	static const char *const answers[] = {
		WORLD_PAGE("{\"id\":\"s\",\"state\":\"Working\",\"organization\":\"o\"}"),
		"{\"id\":\"s\",\"state\":\"Stopped\",\"organization\":\"p\"}",
	};
	struct script s;
	struct world w;
	struct fault f;

	(void)arg;
	oom_hold(true);
	open_world(&w, 7, &s, answers, 2);
	assert_int_equal(need_list(&w, model_sessions(w.model), &f), 0);
	oom_hold(false);
	struct member *m = model_find(model_sessions(w.model), "s");
	model_outdate_member(m);
	int rc = need_member(&w, m);
	if (!rc)
		assert_string_equal(m->label, "p");
	world_close(&w);
	return rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_true(oom_each(list_once, NULL) > 15);
	assert_true(oom_each(ask_once, NULL) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_all_or_nothing),
		cmocka_unit_test(follows_the_pages),
		cmocka_unit_test(forgets_what_is_gone),
		cmocka_unit_test(mends_texts),
		cmocka_unit_test(serves_all_with_one),
		cmocka_unit_test(tells_all_why),
		cmocka_unit_test(asks_for_one),
		cmocka_unit_test(loses_one),
		cmocka_unit_test(remembers_notes),
		cmocka_unit_test(notes_what_is_there),
		cmocka_unit_test(does_not_grow_by_turnover),
		cmocka_unit_test(bounds_the_members),
		cmocka_unit_test(bounds_the_id),
		cmocka_unit_test(puts_only_objects),
		cmocka_unit_test(takes_huge_members),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("model", tests, NULL, NULL);
}
