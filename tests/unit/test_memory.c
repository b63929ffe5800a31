/*
 * Whatever is looked at, listed, saved, searched or commanded: each allocation on the way fails in
 * turn.  Then it says so, harms nothing else, and succeeds when it is tried again.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../../src/xattr.h"
#include "oom.h"
#include "vbofs/node.h"
#include "world.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define ORG "380d7caf-6294-4a33-b50a-b8aeb13af58c"
#define SESSION(id, type)                                                                          \
	"{\"id\":\"" id "\",\"type\":\"" type "\",\"state\":\"Working\",\"organization\":\"o\","   \
	"\"creationTime\":\"2026-11-20T18:00:00Z\",\"_links\":{\"self\":{\"href\":\"/x\"}}}"
#define DOCUMENT "\"name\":\"a.txt\",\"sizeBytes\":5,\"modificationTime\":\"2020-01-02T03:04:05Z\""

/* ---- the server: the first line whose words are in the path ------------------------------- */

static const struct {
	const char *word, *body;
	bool post;
} lines[] = {
	{"/Stop", "", true},
	{"/explore", SESSION("new", "Vex"), true},
	{"/searchExchange",
	 WORLD_PAGE("{\"id\":\"i\",\"subject\":\"s\",\"_links\":{\"parent\":{\"href\":\"/v8/f/f\"},"
		    "\"mailbox\":{\"href\":\"/v8/mailboxes/m\"}}}"),
	 true},
	{"/save", "bytes", true},
	{"/export", "bytes", true},
	{"/Events",
	 WORLD_PAGE("{\"id\":\"1\",\"order\":1,\"type\":\"Restore\",\"status\":\"Success\","
		    "\"message\":\"m\\tm\","
		    "\"startTime\":\"2026-11-20T18:00:00Z\",\"endTime\":\"2026-11-20T18:00:01Z\"}"),
	 false},
	{"/Statistics", "{\"itemsRestored\":3,\"errors\":[\"e\"],\"warnings\":[\"w\"]}", false},
	{"/RestorePoints",
	 WORLD_PAGE("{\"id\":\"rp\",\"backupTime\":\"2026-11-20T18:00:00Z\",\"isExchange\":true}"),
	 false},
	{"/items?",
	 WORLD_PAGE("{\"id\":\"i\",\"subject\":\"s\",\"sent\":\"2020-01-02T03:04:05Z\"}"), false},
	{"/folders?parentId=root", WORLD_PAGE("{\"id\":\"f\",\"title\":\"Inbox\"}"), false},
	{"/mailboxes?", WORLD_PAGE("{\"id\":\"m\",\"email\":\"a@b\"}"), false},
	{"/Versions", WORLD_PAGE("{\"versionId\":1,\"version\":\"1.0\"," DOCUMENT "}"), false},
	{"/Documents?", WORLD_PAGE("{\"id\":\"d\"," DOCUMENT "}"), false},
	{"/OneDrives?", WORLD_PAGE("{\"id\":\"1\",\"name\":\"Ada\"}"), false},
	{"/Attachments", WORLD_PAGE("{\"id\":\"a\",\"name\":\"photo\"}"), false},
	{"/Items?", WORLD_PAGE("{\"id\":\"i\",\"title\":\"Item\"}"), false},
	{"/Libraries", WORLD_PAGE("{\"id\":\"l\",\"title\":\"Library\"}"), false},
	{"/Lists", WORLD_PAGE("{\"id\":\"l\",\"title\":\"List\"}"), false},
	{"/Sites?parentId=root", WORLD_PAGE("{\"id\":\"s\",\"title\":\"Site\"}"), false},
	{"/posts?",
	 WORLD_PAGE("{\"postId\":\"p\",\"subject\":\"p\"},{\"postId\":\"q\",\"parentId\":\"p\","
		    "\"subject\":\"q\"}"),
	 false},
	{"/files?", WORLD_PAGE("{\"id\":\"f\",\"fileType\":\"File\"," DOCUMENT "}"), false},
	{"/tabs", WORLD_PAGE("{\"id\":\"t\",\"displayName\":\"Tab\"}"), false},
	{"/channels", WORLD_PAGE("{\"id\":\"c\",\"displayName\":\"C\"}"), false},
	{"/teams", WORLD_PAGE("{\"id\":\"t\",\"displayName\":\"T\"}"), false},
	{"/organization/", WORLD_PAGE(""), false},
	{"/RestoreSessions/x", SESSION("x", "Vex"), false},
	{"/RestoreSessions/o", SESSION("o", "Veod"), false},
	{"/RestoreSessions/p", SESSION("p", "Vesp"), false},
	{"/RestoreSessions/t", SESSION("t", "Vet"), false},
	{"/RestoreSessions?",
	 WORLD_PAGE(SESSION("x", "Vex") "," SESSION("o", "Veod") "," SESSION(
		 "p", "Vesp") "," SESSION("t", "Vet")),
	 false},
	{"/Organizations",
	 WORLD_PAGE("{\"id\":\"" ORG
		    "\",\"name\":\"o\",\"lastBackuptime\":\"2026-11-20T18:00:00Z\"}"),
	 false},
};

/* user: NULL, or there is a feed */
static const char *serve(void *user, const char *path, bool post, size_t *len, long *status)
{
	static const char nothing[] = WORLD_PAGE("");
	const char *body = nothing;

	(void)status;
	if (user && strstr(path, "/v8/Events"))
		body = "{\"results\":[{\"eventType\":\"RestoreSessionUpdate\",\"id\":\"x\","
		       "\"eTag\":9}],"
		       "\"nextChangeToken\":\"t\"}";
	for (size_t i = 0; i < LEN(lines) && body == nothing; i++) {
		if (lines[i].post == post && strstr(path, lines[i].word))
			body = lines[i].body;
	}
	*len = strlen(body);
	return body;
}

/* ---- what is done --------------------------------------------------------------------------- */

struct place {
	const char *path, *text; /* text: what is written, or what has to be read */
};

typedef int of_node(struct world *w, struct node *n, const struct place *p);

static int show(struct world *w, struct node *n, const struct place *p)
{
	struct fault f = {0};
	struct stat st;
	int rc = world_freshen(w, n);
	struct text *text = rc ? NULL : tree_text(w->tree, n, &f);

	if (rc || !text)
		return rc ? rc : -f.err;
	if (p->text) {
		assert_true(text->len >= strlen(p->text));
		assert_memory_equal(text->data, p->text, strlen(p->text));
	}
	text_put(text);
	return tree_stat(w->tree, n, &st);
}

static int list(struct world *w, struct node *n, const struct place *p)
{
	struct dir *d = NULL;
	struct entry e;
	bool there = false;
	int rc = world_list(w, n, &d);

	for (size_t i = 0; !rc && dir_at(d, &i, &e); i++) {
		struct node *one = dir_node(w->tree, n, &e);
		struct stat st;
		there |= strcmp(e.name, p->text) == 0;
		rc = one ? tree_stat(w->tree, one, &st) : -ENOMEM;
		if (one)
			node_put(w->tree->nodes, one, 1);
	}
	dir_close(d);
	if (!rc && !there)
		fail_msg("%s: '%s' is not listed", p->path, p->text);
	return rc;
}

static int save(struct world *w, struct node *n, const struct place *p)
{
	ssize_t rc = world_save(w, n);

	(void)p;
	assert_true(rc < 0 || rc == 5);
	return rc < 0 ? (int)rc : 0;
}

static int command(struct world *w, struct node *n, const struct place *p)
{
	ssize_t rc = world_write(w, n, p->text, strlen(p->text));

	return rc < 0 ? (int)rc : 0;
}

static int attribute(struct world *w, struct node *n, const struct place *p)
{
	struct buf value;
	int rc;

	buf_init(&value, 65536);
	rc = xattr_get(w->tree, n, p->text, &value);
	if (!rc)
		rc = buf_error(&value);
	buf_release(&value);
	return rc;
}

/* Somebody waits for the session to change: the server tells of it. */
static int watch(struct world *w, struct node *n, const struct place *p)
{
	struct place state = {p->path, "Working\n"};
	struct member *m = n->member;

	model_watch(w->model, 1);
	int rc = world_freshen(w, n);
	for (int i = 0; !rc && i < 12; i++)
		world_step(w);
	model_watch(w->model, -1);
	assert_ptr_equal(n->member, m);
	return rc ? rc : show(w, n, &state);
}

static int at(struct world *w, const struct place *p, of_node *what)
{
	int err = 0;
	struct node *n = world_walk(w, p->path, &err);

	if (!n)
		return err;
	err = what(w, n, p);
	node_put(w->tree->nodes, n, 1);
	return err;
}

/* What an answer to a command was, once it may have been sent, is not known: EIO. */
static bool is_right(int rc, bool fired, of_node *what)
{
	return fired ? rc == 0 || rc == -ENOMEM || (what == command && rc == -EIO) : rc == 0;
}

static void fails_in_turn(const struct place *p, of_node *what)
{
	unsigned long n = 0;
	bool fired = true;

	while (fired) {
		struct world w;
		oom_hold(true);
		assert_int_equal(world_open(&w, 8, ROLE_ADMIN, serve, what == watch ? &w : NULL),
				 0);
		oom_hold(false);
		oom_fail_at(++n);
		int rc = at(&w, p, what);
		fired = oom_end();
		if (!is_right(rc, fired, what))
			fail_msg("%s: allocation %lu%s: %d", p->path, n,
				 fired ? "" : " was never made", rc);
		rc = fired ? at(&w, p, what) : 0;
		if (rc)
			fail_msg("%s: after allocation %lu failed, once more: %d", p->path, n, rc);
		world_close(&w);
	}
	assert_true(n > 3);
}

static void shows(void **state)
{
	static const struct place places[] = {
		{"README", NULL},
		{".vbofs/version", "vbofs "},
		{".vbofs/metrics", "#"},
		{".vbofs/log", NULL},
		{".vbofs/last_error", NULL},
		{"orgs/" ORG "/name", "o\n"},
		{"orgs/" ORG "/json", "{"},
		{"by-name/o", "../orgs/" ORG},
		{"orgs/" ORG "/sessions/x", "../../../sessions/x"},
		{"orgs/" ORG "/latest", NULL},
		{"orgs/" ORG "/restore-points/latest", "2026"},
		{"orgs/" ORG "/restore-points/2026-11-20T18:00:00Z", NULL},
		{"sessions/latest", NULL},
		{"sessions/x/state", "Working\n"},
		{"sessions/x/org", "../../orgs/" ORG},
		{"sessions/x/links/self", "/x\n"},
		{"sessions/x/events",
		 "2026-11-20T18:00:00Z\t2026-11-20T18:00:01Z\tRestore\tSuccess"},
		{"sessions/x/statistics", NULL},
		{"sessions/x/statistics.errors", "e"},
		{"sessions/x/statistics.warnings", "w"},
		{"sessions/x/statistics.json", "{"},
		{"sessions/x/mailboxes/.index.tsv", "name\t"},
		{"sessions/p/sites/Site/lists/List/Item.json", "{"},
		{"sessions/t/teams/T/C/tabs/Tab.json", "{"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(places); i++)
		fails_in_turn(&places[i], show);
}

static void lists(void **state)
{
	static const struct place places[] = {
		{"", "orgs"},
		{"orgs", ORG},
		{"by-name", "o"},
		{"orgs/" ORG, "name"},
		{"orgs/" ORG "/sessions", "x"},
		{"orgs/" ORG "/restore-points", "2026-11-20T18:00:00Z"},
		{"sessions", "x"},
		{"sessions/x", "mailboxes"},
		{"sessions/x/links", "self"},
		{"sessions/x/mailboxes/a@b/Inbox", "20200102T030405Z s.msg"},
		{"sessions/o/onedrives/Ada", "a.txt"},
		{"sessions/o/onedrives/Ada/.versions/a.txt", "1.0.txt"},
		{"sessions/p/sites/Site/libraries/Library", "a.txt"},
		{"sessions/p/sites/Site/lists/List/attachments/Item", "photo.zip"},
		{"sessions/t/teams/T/C/files", "a.txt"},
		{"sessions/t/teams/T/C/posts", "p.msg"},
		{"sessions/t/teams/T/C/posts/p.re", "q.msg"},
		{"sessions/t/teams/T/C/posts/.html", "p.html"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(places); i++)
		fails_in_turn(&places[i], list);
}

static void saves(void **state)
{
	static const struct place places[] = {
		{"sessions/x/mailboxes/a@b/Inbox/20200102T030405Z s.msg", NULL},
		{"sessions/o/onedrives/Ada/a.txt", NULL},
		{"sessions/t/teams/T/C/posts/.html/p.html", NULL},
	};

	(void)state;
	for (size_t i = 0; i < LEN(places); i++)
		fails_in_turn(&places[i], save);
}

static void commands(void **state)
{
	static const struct place places[] = {
		{"orgs/" ORG "/explore", "latest\n"},
		{"sessions/x/stop", "x"},
		{".vbofs/refresh", "x"},
		{"sessions/x/search", "subject:s\n"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(places); i++)
		fails_in_turn(&places[i], command);
}

static void attributes(void **state)
{
	static const struct place places[] = {
		{"sessions/o/onedrives/Ada/a.txt", "user.vbofs.id"},
		{"sessions/o/onedrives/Ada/a.txt", "user.vbofs.session"},
	};

	(void)state;
	for (size_t i = 0; i < LEN(places); i++)
		fails_in_turn(&places[i], attribute);
}

static void watches(void **state)
{
	static const struct place place = {"sessions/x/state", NULL};

	(void)state;
	fails_in_turn(&place, watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows),    cmocka_unit_test(lists),	  cmocka_unit_test(saves),
		cmocka_unit_test(commands), cmocka_unit_test(attributes), cmocka_unit_test(watches),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
