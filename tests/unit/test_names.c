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
#include "vbofs/name.h"
#include "world.h"

#define SESSION(type) "{\"id\":\"s\",\"type\":\"" type "\",\"state\":\"Working\"}"

/* ---- a server of fixed lists: the first whose word is in the path ---------------------- */

struct list {
	const char *word, *body;
};

static const char *serve(void *user, const char *path, bool post, size_t *len, long *status)
{
	(void)post, (void)status;
	for (const struct list *l = user; l->word; l++) {
		if (strstr(path, l->word)) {
			*len = strlen(l->body);
			return l->body;
		}
	}
	*len = strlen(WORLD_PAGE(""));
	return WORLD_PAGE("");
}

static void open_world(struct world *w, const struct list *lists)
{
	assert_int_equal(world_open(w, 8, ROLE_ADMIN, serve, (void *)(uintptr_t)lists), 0);
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory, sorted, one a line. */
static char *names_in(struct world *w, const char *path)
{
	char *names[32];
	size_t n = 0;
	struct entry e;
	struct dir *d;
	struct buf b;
	int err = 0;

	struct node *dir = world_walk(w, path, &err);
	if (!dir)
		fail_msg("%s: %d", path, err);
	assert_int_equal(world_list(w, dir, &d), 0);
	for (size_t i = 0; dir_at(d, &i, &e); i++) {
		struct node *found;
		names[n++] = strdup(e.name);
		/* each is found again, and is what was listed */
		assert_int_equal(world_lookup(w, dir, e.name, &found), 0);
		assert_int_equal(found->ino, dir_ino(w->tree, dir, &e));
		node_put(w->tree->nodes, found, 1);
	}
	dir_close(d);
	node_put(w->tree->nodes, dir, 1);
	qsort(names, n, sizeof(*names), compare);
	buf_init(&b, 8192);
	for (size_t i = 0; i < n; i++) {
		buf_printf(&b, "%s\n", names[i]);
		free(names[i]);
	}
	return buf_take(&b, NULL);
}

static void assert_names(struct world *w, const char *path, const char *want)
{
	char *names = names_in(w, path);

	assert_string_equal(names, want);
	free(names);
}

/* ---- labels ----------------------------------------------------------------------------- */

static void tells_equal_names_apart(void **state)
{
	static const struct list lists[] = {
		{ "/Organizations",
		  WORLD_PAGE("{\"id\":\"11111111-0000-4000-8000-000000000001\",\"name\":\"a\"},"
				    "{\"id\":\"22222222-0000-4000-8000-000000000002\","
					"\"name\":\"a\"},"
				    "{\"id\":\"3\",\"name\":\"b/c\"},{\"id\":\"4\"},"
					"{\"id\":\"5\",\"name\":{}}") },
		{ NULL, NULL },
	};
	struct world w;

	(void)state;
	open_world(&w, lists);
	char *names = names_in(&w, "by-name");
	assert_non_null(strstr(names, "a~11111111\na~22222222\nb%2Fc\nunnamed~"));
	free(names);
	world_close(&w);
}

static void takes_times_and_subjects(void **state)
{
	static const struct list lists[] = {
		{ "/folders?parentId=root", WORLD_PAGE("{\"id\":\"f\",\"title\":\"Inbox\"},"
						       "{\"id\":\"i\",\"title\":\".index.tsv\"}") },
		{ "/items?parentId=f",
		  WORLD_PAGE("{\"id\":\"1\",\"subject\":\"Hi\","
			"\"sent\":\"2017-01-02T03:04:05.6Z\"},"
			     "{\"id\":\"2\",\"subject\":\"Hi\","
				"\"received\":\"2017-01-02T04:04:05+01:00\",\"sent\":null},"
			     "{\"id\":\"3\",\"subject\":\"a.b\",\"sent\":\"rubbish\"},"
				"{\"id\":\"4\"},"
			     "{\"id\":\"5\",\"fullName\":\"Ada\",\"subject\":\"\"},"
			     "{\"id\":\"6\",\"sent\":\"2017-01-02T03:04:05Z\"}") },
		{ "/items", WORLD_PAGE("") },
		{ "/folders", WORLD_PAGE("") },
		{ "/mailboxes",
		  WORLD_PAGE("{\"id\":\"m\",\"email\":\"ada@contoso.com\",\"name\":\"Ada\"}") },
		{ "/RestoreSessions", WORLD_PAGE(SESSION("vex")) },
		{ NULL, NULL },
	};
	struct world w;

	(void)state;
	open_world(&w, lists);
	assert_names(&w, "sessions/s/mailboxes", ".index.tsv\nada@contoso.com\n");
	char *names = names_in(&w, "sessions/s/mailboxes/ada@contoso.com");
	/* a name that a row of the table has gives way */
	assert_non_null(strstr(names, ".index.tsv\n"));
	assert_non_null(strstr(names, ".index.tsv~"));
	assert_non_null(strstr(names, "Inbox\n"));
	free(names);
	names = names_in(&w, "sessions/s/mailboxes/ada@contoso.com/Inbox");
	assert_non_null(strstr(names, "20170102T030405Z Hi~"));
	assert_non_null(strstr(names, "\na.b.msg\n"));
	assert_non_null(strstr(names, "\nAda.msg\n"));
	assert_non_null(strstr(names, "\n20170102T030405Z.msg\n"));
	assert_non_null(strstr(names, "\nunnamed.msg\n"));
	free(names);
	world_close(&w);
}

/* A long subject is cut, not lost. */
static void cuts_long_labels(void **state)
{
	static char body[6000];
	struct list lists[] = { { "/Organizations", body }, { NULL, NULL } };
	char subject[5001];
	struct world w;

	(void)state;
	memset(subject, 's', 5000);
	subject[5000] = '\0';
	snprintf(body, sizeof(body), WORLD_PAGE("{\"id\":\"1\",\"name\":\"%s\"}"), subject);
	open_world(&w, lists);
	char *names = names_in(&w, "by-name");
	assert_memory_equal(names, subject, 200);
	assert_int_equal(strlen(names), NAME_MAX_BYTES + 1);
	free(names);
	world_close(&w);
}

/* A subject as long as can be named, with a time in front, and one byte more: neither hides the others. */
static void bounds_the_label(void **state)
{
	struct list lists[] = {
		{ "/items", NULL }, { "/folders?parentId=root", WORLD_PAGE("{\"id\":\"f\",\"title\":\"F\"}") },
		{ "/organization/mailboxes/", WORLD_PAGE("") },
		{ "/mailboxes", WORLD_PAGE("{\"id\":\"m\",\"email\":\"m\"}") },
		{ "/RestoreSessions", WORLD_PAGE(SESSION("Vex")) }, { NULL, NULL },
	};

	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct buf b;
		struct world w;
		buf_init(&b, 1 << 20);
		buf_addstr(&b, "{\"results\":[{\"id\":\"1\",\"sent\":\"2026-11-20T18:00:00Z\",\"subject\":\"");
		for (size_t i = 0; i < NAMES_LABEL_MAX + more; i++)
			buf_addch(&b, 's');
		buf_addstr(&b, "\"},{\"id\":\"2\",\"subject\":\"other\"}],\"_links\":{}}");
		lists[0].body = b.data;
		open_world(&w, lists);
		char *names = names_in(&w, "sessions/s/mailboxes/m/F");
		assert_non_null(strstr(names, "other.msg\n"));
		assert_non_null(strstr(names, more ? "20261120T180000Z.msg\n" : "20261120T180000Z sss"));
		free(names);
		world_close(&w);
		buf_release(&b);
	}
}

/* Names are made again when a label of any of the lists has changed. */
static void follows_the_labels(void **state)
{
	static const struct list lists[] = {
		{ "/Organizations",
		  WORLD_PAGE("{\"id\":\"1\",\"name\":\"a\"},{\"id\":\"2\",\"name\":\"b\"}") },
		{ NULL, NULL },
	};
	static const char now[] = "{\"id\":\"2\",\"name\":\"c\"}",
		twin[] = "{\"id\":\"9\",\"name\":\"c\"}";
	struct world w;

	(void)state;
	open_world(&w, lists);
	assert_names(&w, "by-name", "a\nb\n");
	assert_non_null(model_put(model_organizations(w.model), now, sizeof(now) - 1, NULL));
	assert_names(&w, "by-name", "a\nc\n");
	assert_non_null(model_put(model_organizations(w.model), twin, sizeof(twin) - 1, NULL));
	char *names = names_in(&w, "by-name");
	assert_non_null(strstr(names, "c~"));
	assert_null(strstr(names, "c\n"));
	free(names);
	world_close(&w);
}

/* Who opens it next gets the same listing, for as long as nothing at all has moved. */
static void is_listed_once(void **state)
{
	static const struct list lists[] = {
		{ "/folders", WORLD_PAGE("") },
		{ "/mailboxes", WORLD_PAGE("{\"id\":\"m\",\"name\":\"Adele\"}") },
		{ "/RestoreSessions", WORLD_PAGE(SESSION("Vex")) },
		{ NULL, NULL },
	};
	static const char other[] = "{\"id\":\"9\",\"name\":\"c\"}";
	struct dir *first, *again, *anew;
	struct entry e;
	struct world w;
	size_t i = 0;
	int err = 0;

	(void)state;
	open_world(&w, lists);
	struct node *dir = world_walk(&w, "sessions/s/mailboxes", &err);
	assert_non_null(dir);
	assert_int_equal(world_list(&w, dir, &first), 0);
	assert_int_equal(world_list(&w, dir, &again), 0);
	assert_ptr_equal(first, again);
	dir_close(again);
	assert_non_null(model_put(model_organizations(w.model), other, sizeof(other) - 1, NULL));
	assert_int_equal(world_list(&w, dir, &anew), 0);
	assert_ptr_not_equal(first, anew);
	/* what is open stays, its node may go */
	dir_close(anew);
	node_put(w.tree->nodes, dir, 1);
	assert_true(dir_at(first, &i, &e));
	dir_close(first);
	world_close(&w);
}

/* A session s with these OneDrives, and these documents in each; `lists` has room for 5. */
static void open_drives(struct world *w, struct list *lists, const char *owners, const char *documents)
{
	const struct list all[] = {
		{ "/Folders", WORLD_PAGE("") }, { "/Documents", documents }, { "/OneDrives", owners },
		{ "/RestoreSessions", WORLD_PAGE(SESSION("veod")) }, { NULL, NULL },
	};

	memcpy(lists, all, sizeof(all));
	open_world(w, lists);
}

static const char one_owner[] = WORLD_PAGE("{\"id\":\"o\",\"name\":\"A\"}");

/* A page of n objects: PREFIX0, PREFIX1, ... */
static char *page_of(int n, const char *prefix)
{
	struct buf b;

	buf_init(&b, SIZE_MAX);
	buf_addstr(&b, "{\"results\":[");
	for (int i = 0; i < n; i++)
		buf_printf(&b, "%s{\"id\":\"%d\",\"name\":\"%s%d\"}", i ? "," : "", i, prefix, i);
	buf_addstr(&b, "],\"_links\":{}}");
	return buf_take(&b, NULL);
}

/* Those made from the names of another directory are not put out of the way by these. */
static void makes_room_for_what_it_makes(void **state)
{
	char *many = page_of(NAMES_KEPT_ALL + 1, "d");
	struct list lists[5];
	struct dir *d;
	struct world w;
	int err = 0;

	(void)state;
	open_drives(&w, lists, one_owner, many);
	struct node *dir = world_walk(&w, "sessions/s/onedrives/A/.versions", &err);
	assert_non_null(dir);
	assert_int_equal(world_list(&w, dir, &d), 0);
	dir_close(d);
	node_put(w.tree->nodes, dir, 1);
	world_close(&w);
	free(many);
}

/* Of more directories than are kept the one that is opened again and again stays. */
static void keeps_those_used_last(void **state)
{
	char *owners = page_of(NAMES_KEPT + 8, "A");
	struct list lists[5];
	struct node *dirs[NAMES_KEPT + 8];
	struct dir *d;
	struct world w;
	int err = 0;

	(void)state;
	open_drives(&w, lists, owners, WORLD_PAGE("{\"id\":\"1\",\"name\":\"d\"}"));
	for (int i = 0; i < NAMES_KEPT + 8; i++) {
		char path[64];
		snprintf(path, sizeof(path), "sessions/s/onedrives/A%d", i);
		dirs[i] = world_walk(&w, path, &err);
		assert_non_null(dirs[i]);
		assert_int_equal(world_list(&w, dirs[i], &d), 0);
		dir_close(d);
	}
	for (int i = 1; i < 2 * NAMES_KEPT; i++) {
		assert_int_equal(world_list(&w, dirs[i % (NAMES_KEPT + 7) + 1], &d), 0);
		dir_close(d);
		assert_true(i == 1 || dirs[0]->names);
		assert_int_equal(world_list(&w, dirs[0], &d), 0);
		dir_close(d);
	}
	for (int i = 0; i < NAMES_KEPT + 8; i++)
		node_put(w.tree->nodes, dirs[i], 1);
	world_close(&w);
	free(owners);
}

/* A server that ignores parentId: the tree ends all the same, and says why. */
static void ends_where_folders_hold_themselves(void **state)
{
	static const struct list lists[] = {
		{ "/folders", WORLD_PAGE("{\"id\":\"f\",\"title\":\"Inbox\"},{\"id\":\"g\",\"title\":\"In\"}") },
		{ "/items", WORLD_PAGE("") },
		{ "/mailboxes", WORLD_PAGE("{\"id\":\"m\",\"email\":\"ada@contoso.com\"}") },
		{ "/RestoreSessions", WORLD_PAGE(SESSION("vex")) },
		{ NULL, NULL },
	};
	static const char box[] = "sessions/s/mailboxes/ada@contoso.com/Inbox";
	struct world w;
	struct dir *d;
	int err = 0;

	(void)state;
	open_world(&w, lists);
	for (int again = 0; again < 2; again++) {
		struct node *dir = world_walk(&w, box, &err), *found;
		assert_non_null(dir);
		assert_int_equal(world_lookup(&w, dir, "In", &found), -EIO);
		assert_int_equal(world_list(&w, dir, &d), -EIO);
		assert_int_equal(world_lookup(&w, dir, "Inbox", &found), -EIO);
		node_put(w.tree->nodes, dir, 1);
	}
	world_close(&w);
}

/* ---- sizes ------------------------------------------------------------------------------ */

/* The one of the two properties that is a number; the first if both are. */
static void takes_the_size_that_is_one(void **state)
{
	static const struct {
		const char *properties;
		int64_t size;
	} rows[] = {
		{ "\"sizeBytes\":5", 5 }, { "\"size\":6", 6 }, { "\"sizeBytes\":5,\"size\":6", 5 },
		{ "\"size\":6,\"sizeBytes\":5", 5 }, { "\"sizeBytes\":null,\"size\":7", 7 },
		{ "\"sizeBytes\":\"5\"", -1 }, { "\"sizeBytes\":5.5,\"size\":8", 8 }, { "\"size\":-1", -1 },
	};
	struct list lists[5];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char page[200];
		struct world w;
		int err = 0;
		snprintf(page, sizeof(page), WORLD_PAGE("{\"id\":\"1\",\"name\":\"d\",%s}"), rows[i].properties);
		open_drives(&w, lists, one_owner, page);
		struct node *n = world_walk(&w, "sessions/s/onedrives/A/d", &err);
		assert_non_null(n);
		if (n->member->size != rows[i].size)
			fail_msg("%s: %lld", rows[i].properties, (long long)n->member->size);
		node_put(w.tree->nodes, n, 1);
		world_close(&w);
	}
}

/* ---- no memory -------------------------------------------------------------------------- */

struct place {
	struct world *w;
	struct node *dir;
};

static const char changed[2][64] = { "{\"id\":\"1\",\"name\":\"x\"}",
	"{\"id\":\"1\",\"name\":\"y\"}" };

/* A label changes, so that the names have to be made again. */
static int list_again(void *arg)
{
	static unsigned turn;
	struct place *p = arg;
	const char *json = changed[turn++ % 2];
	struct dir *d = NULL;

	oom_hold(true);
	assert_non_null(model_put(model_organizations(p->w->model), json, strlen(json), NULL));
	oom_hold(false);
	int rc = world_list(p->w, p->dir, &d);
	dir_close(d);
	return rc;
}

static void survives_no_memory(void **state)
{
	static const struct list lists[] = {
		{ "/Organizations",
		  WORLD_PAGE("{\"id\":\"1\",\"name\":\"a\"},{\"id\":\"2\",\"name\":\"a\"},"
				    "{\"id\":\"3\",\"name\":\"x\"},{\"id\":\"4\","
					"\"name\":\"z\"}") },
		{ NULL, NULL },
	};
	struct world w;
	struct place p = { .w = &w };
	int err;

	(void)state;
	open_world(&w, lists);
	p.dir = world_walk(&w, "by-name", &err);
	assert_true(oom_each(list_again, &p) > 10);
	node_put(w.tree->nodes, p.dir, 1);
	world_close(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_equal_names_apart),
		cmocka_unit_test(takes_times_and_subjects),
		cmocka_unit_test(cuts_long_labels),
		cmocka_unit_test(bounds_the_label),
		cmocka_unit_test(follows_the_labels),
		cmocka_unit_test(is_listed_once),
		cmocka_unit_test(makes_room_for_what_it_makes),
		cmocka_unit_test(keeps_those_used_last),
		cmocka_unit_test(ends_where_folders_hold_themselves),
		cmocka_unit_test(takes_the_size_that_is_one),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
