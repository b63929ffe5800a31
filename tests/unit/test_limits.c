/* Limits of include/vbofs/limits.h at their edge, where it takes more than one module to meet them.
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

#include "vbofs/limits.h"
#include "vbofs/name.h"
#include "vbofs/node.h"
#include "world.h"

#define SESSION(type) "{\"id\":\"s\",\"type\":\"" type "\",\"state\":\"Working\"}"
#define NO_VALGRIND                                                                                \
	do {                                                                                       \
		/* so much memory would take it minutes */                                         \
		if (getenv("UNDER_VALGRIND"))                                                      \
			skip();                                                                    \
	} while (0)

/* ---- a text -------------------------------------------------------------------------- */

static size_t text_len;

static int show_much(struct tree *t, const struct node *n, struct buf *out)
{
	static const char block[65536] = {0};

	(void)t, (void)n;
	for (size_t left = text_len; left;) {
		size_t part = left < sizeof(block) ? left : sizeof(block);
		buf_add(out, block, part);
		left -= part;
	}
	return 0;
}

static const char *nothing(void *user, const char *path, bool post, size_t *len, long *status)
{
	(void)user, (void)path, (void)post, (void)status;
	*len = strlen(WORLD_PAGE(""));
	return WORLD_PAGE("");
}

/* A text as long as may be is shown; one that is longer says why it is not. */
static void bounds_the_text(void **state)
{
	struct kind much = {
		.name = "much", .parent = kinds_root(), .type = S_IFREG, .show = show_much};

	(void)state;
	NO_VALGRIND;
	for (size_t more = 0; more < 2; more++) {
		struct fault f = {0};
		struct world w;
		assert_int_equal(world_open(&w, 8, ROLE_ADMIN, nothing, NULL), 0);
		struct node *n =
			node_get(w.tree->nodes, nodes_root(w.tree->nodes), &much, NULL, NULL);
		assert_non_null(n);
		text_len = KIND_TEXT_MAX + more;
		struct text *text = tree_text(w.tree, n, &f);
		assert_int_equal(text != NULL, !more);
		assert_int_equal(f.err, more ? EFBIG : 0);
		if (text)
			assert_int_equal(text->len, KIND_TEXT_MAX);
		text_put(text);
		node_put(w.tree->nodes, n, 1);
		world_close(&w);
	}
}

/* ---- a tree of answers ------------------------------------------------------------------ */

/* Post n answers post n - 1. */
static const char *answers(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct buf *b = user;
	const char *body = WORLD_PAGE("");

	(void)post, (void)status;
	if (strstr(path, "/posts"))
		body = b->data;
	else if (strstr(path, "/channels"))
		body = WORLD_PAGE("{\"id\":\"c\",\"displayName\":\"C\"}");
	else if (strstr(path, "/teams"))
		body = WORLD_PAGE("{\"id\":\"t\",\"displayName\":\"T\"}");
	else if (strstr(path, "RestoreSessions"))
		body = WORLD_PAGE(SESSION("Vet"));
	*len = strlen(body);
	return body;
}

static size_t posts_at_the_top(size_t n)
{
	size_t found = 0;
	struct entry e;
	struct world w;
	struct dir *d;
	struct buf b;
	int err = 0;

	buf_init(&b, 1 << 20);
	buf_addstr(&b, "{\"results\":[{\"postId\":\"p0\",\"subject\":\"0\"}");
	for (size_t i = 1; i < n; i++)
		buf_printf(&b, ",{\"postId\":\"p%zu\",\"parentId\":\"p%zu\",\"subject\":\"%zu\"}",
			   i, i - 1, i);
	buf_addstr(&b, "],\"_links\":{}}");
	assert_int_equal(world_open(&w, 8, ROLE_ADMIN, answers, &b), 0);
	struct node *dir = world_walk(&w, "sessions/s/teams/T/C/posts", &err);
	assert_int_equal(err, 0);
	assert_int_equal(world_list(&w, dir, &d), 0);
	for (size_t i = 0; dir_at(d, &i, &e); i++)
		found += e.kind->save != 0;
	dir_close(d);
	node_put(w.tree->nodes, dir, 1);
	world_close(&w);
	buf_release(&b);
	return found;
}

/* What lies too deep is not lost: it stands at the top. */
static void bounds_the_levels(void **state)
{
	(void)state;
	assert_int_equal(posts_at_the_top(LEVELS_MAX + 1), 1);
	assert_int_equal(posts_at_the_top(LEVELS_MAX + 2), 2);
}

/* ---- listings ------------------------------------------------------------------------------ */

/* A server whose second page begins with another member than the first ended with, so often. */
static const char *shifts(void *user, const char *path, bool post, size_t *len, long *status)
{
	unsigned *left = user;
	const char *body = "{\"results\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"_links\":{\"next\":{"
			   "\"href\":\"/x\"}}}";

	(void)post, (void)status;
	if (!strstr(path, "offset=0")) {
		body = *left ? WORLD_PAGE("{\"id\":\"x\"},{\"id\":\"c\"}")
			     : WORLD_PAGE("{\"id\":\"b\"},{\"id\":\"c\"}");
		*left -= *left > 0;
	}
	*len = strlen(body);
	return body;
}

static void bounds_beginning_anew(void **state)
{
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		unsigned left = LISTING_RESTARTS_MAX + more;
		struct dir *d = NULL;
		struct world w;
		int err = 0;
		assert_int_equal(world_open(&w, 8, ROLE_ADMIN, shifts, &left), 0);
		struct node *orgs = world_walk(&w, "orgs", &err);
		assert_int_equal(world_list(&w, orgs, &d), more ? -EIO : 0);
		assert_int_equal(model_count(model_organizations(w.model)), more ? 0 : 3);
		dir_close(d);
		node_put(w.tree->nodes, orgs, 1);
		world_close(&w);
	}
}

/* ---- requests and answers ------------------------------------------------------------------ */

/* Ids as long as may be, of characters that take three each in a path. */
static const char *id_of(char what)
{
	static char id[MEMBER_ID_MAX + 1];

	memset(id, '/', MEMBER_ID_MAX);
	id[0] = what;
	return id;
}

static const char *long_ids(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct buf *b = user;
	const char *rest = "";
	char what = 's';

	(void)status;
	if (strstr(path, "/files?"))
		what = strstr(path, "parentId=root") ? 'f' : 'd';
	else if (strstr(path, "/channels"))
		what = 'c';
	else if (strstr(path, "/teams"))
		what = 't';
	if (what == 's')
		rest = "\"type\":\"Vet\",\"state\":\"Working\"";
	else if (what == 'f')
		rest = "\"name\":\"F\",\"fileType\":\"Folder\"";
	else if (what == 'd')
		rest = "\"name\":\"d\",\"fileType\":\"File\",\"sizeBytes\":5";
	else
		rest = "\"displayName\":\"x\"";
	buf_reset(b);
	if (post)
		buf_addstr(b, "bytes");
	else
		buf_printf(b, WORLD_PAGE("{\"id\":\"%s\",%s}"), id_of(what), rest);
	*len = b->len;
	return b->data;
}

/* What has ids as long as they may be is listed and saved, at whatever depth. */
static void bounds_the_path(void **state)
{
	char name[NAME_MAX_BYTES + 1], path[2 * NAME_MAX_BYTES];
	struct world w;
	struct buf b;
	int err = 0;

	(void)state;
	buf_init(&b, SIZE_MAX);
	assert_int_equal(world_open(&w, 8, ROLE_ADMIN, long_ids, &b), 0);
	name_of_id(name, id_of('s'), MEMBER_ID_MAX);
	snprintf(path, sizeof(path), "sessions/%s/teams/x/x/files/F/d", name);
	struct node *n = world_walk(&w, path, &err);
	assert_int_equal(err, 0);
	assert_int_equal(world_save(&w, n), 5);
	node_put(w.tree->nodes, n, 1);
	world_close(&w);
	buf_release(&b);
}

/* What is found says that it lies in what has an id of so many bytes, or in what says so itself. */
struct finding {
	char id[API_PATH_MAX + 2];
	bool deep;
	struct buf body;
};

static const char *find(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct finding *f = user;
	const char *up = post && f->deep ? "deep" : f->id;

	buf_reset(&f->body);
	if (post)
		buf_printf(&f->body,
			   WORLD_PAGE("{\"id\":\"i\",\"mailboxId\":\"m\",\"parentId\":\"%s\"}"), up);
	else if (strstr(path, "/folders/deep"))
		buf_printf(&f->body, "{\"id\":\"deep\",\"parentId\":\"%s\"}", up);
	else if (strstr(path, "/folders/"))
		*status = 404;
	else if (strstr(path, "/mailboxes?"))
		buf_addstr(&f->body, WORLD_PAGE("{\"id\":\"m\",\"email\":\"a\"}"));
	else
		buf_addstr(&f->body, strstr(path, "RestoreSessions?") ?
					      WORLD_PAGE(SESSION("Vex")) : WORLD_PAGE(""));
	*len = f->body.len;
	return f->body.data;
}

/* It has no path then, whatever the id's length; the search has not failed. */
static void bounds_the_found(void **state)
{
	static const size_t lengths[] = {MEMBER_ID_MAX, MEMBER_ID_MAX + 1, API_PATH_MAX / 3,
					 API_PATH_MAX, API_PATH_MAX + 1};

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct finding f = {.deep = i % 2};
		struct world w;
		int err = 0;
		memset(f.id, '/', lengths[i / 2]);
		buf_init(&f.body, SIZE_MAX);
		assert_int_equal(world_open(&w, 8, ROLE_ADMIN, find, &f), 0);
		struct node *search = world_walk(&w, "sessions/s/search", &err);
		assert_int_equal(err, 0);
		assert_int_equal(world_write(&w, search, "x\n", 2), 2);
		node_put(w.tree->nodes, search, 1);
		world_close(&w);
		buf_release(&f.body);
	}
}

/* As long as an answer can be, with all there is in it. */
static const char *one_object(void *user, const char *path, bool post, size_t *len, long *status)
{
	const struct buf *b = user;

	(void)path, (void)post, (void)status;
	*len = b->len;
	return b->data;
}

static void bounds_the_object(void **state)
{
	static const char begin[] = "{\"id\":\"o\",\"x\":\"", end[] = "\"}";
	struct world w;
	struct dir *d;
	struct buf b;
	int err = 0;

	(void)state;
	NO_VALGRIND;
	buf_init(&b, API_BODY_MAX);
	buf_reserve(&b, API_BODY_MAX);
	assert_int_equal(buf_error(&b), 0);
	buf_addstr(&b, begin);
	memset(b.data + b.len, 'x', API_BODY_MAX - b.len);
	b.len = API_BODY_MAX - strlen(end);
	buf_addstr(&b, end);
	assert_int_equal(b.len, API_BODY_MAX);
	/* a tenant's organization is an answer by itself */
	assert_int_equal(world_open(&w, 8, ROLE_TENANT, one_object, &b), 0);
	struct node *orgs = world_walk(&w, "orgs", &err);
	assert_int_equal(world_list(&w, orgs, &d), 0);
	struct member *o = model_find(model_organizations(w.model), "o");
	assert_non_null(o);
	assert_int_equal(o->json_len, MEMBER_MAX);
	dir_close(d);
	node_put(w.tree->nodes, orgs, 1);
	world_close(&w);
	buf_release(&b);
}

/* ---- what sessions show ------------------------------------------------------------------- */

#define HALF (MODEL_CONTENT_MAX / 2)

struct boxes {
	char *big;	/* a list that takes almost half of the room there is */
	unsigned asked; /* for lists of folders */
};

static const char *folders(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct boxes *b = user;
	const char *body = WORLD_PAGE("");

	(void)post, (void)status;
	if (strstr(path, "/folders")) {
		b->asked++;
		body = b->big;
	} else if (strstr(path, "/mailboxes")) {
		body = WORLD_PAGE("{\"id\":\"1\",\"email\":\"1\"},{\"id\":\"2\",\"email\":\"2\"},{"
				  "\"id\":\"3\",\"email\":\"3\"}");
	} else if (strstr(path, "RestoreSessions")) {
		body = WORLD_PAGE(SESSION("Vex"));
	}
	*len = strlen(body);
	return body;
}

static void list_folders(struct world *w, const char *path)
{
	struct dir *d;
	int err = 0;
	struct node *dir = world_walk(w, path, &err);

	assert_int_equal(err, 0);
	assert_int_equal(world_list(w, dir, &d), 0);
	dir_close(d);
	node_put(w->tree->nodes, dir, 1);
}

/* Two lists find room, a third one takes that of the one used least. */
static void bounds_the_content(void **state)
{
	struct boxes b = {0};
	struct world w;

	(void)state;
	NO_VALGRIND;
	b.big = malloc(HALF + 100);
	assert_non_null(b.big);
	strcpy(b.big, "{\"results\":[{\"id\":\"f\",\"title\":\"f\",\"x\":\"");
	size_t at = strlen(b.big), most = HALF - 65536;
	memset(b.big + at, 'x', most - at);
	strcpy(b.big + most, "\"}],\"_links\":{}}");
	assert_int_equal(world_open(&w, 8, ROLE_ADMIN, folders, &b), 0);
	list_folders(&w, "sessions/s/mailboxes/1");
	list_folders(&w, "sessions/s/mailboxes/2");
	assert_int_equal(b.asked, 2);
	assert_true(model_bytes(w.model) > 2 * most - 1000);
	list_folders(&w, "sessions/s/mailboxes/1");
	list_folders(&w, "sessions/s/mailboxes/2");
	assert_int_equal(b.asked, 2);
	list_folders(&w, "sessions/s/mailboxes/3");
	assert_int_equal(b.asked, 3);
	assert_true(model_bytes(w.model) <= MODEL_CONTENT_MAX + 65536);
	list_folders(&w, "sessions/s/mailboxes/2");
	assert_int_equal(b.asked, 3);
	list_folders(&w, "sessions/s/mailboxes/1");
	assert_int_equal(b.asked, 4);
	world_close(&w);
	free(b.big);
}

/* ---- the feed ---------------------------------------------------------------------------- */

#define MOST_CHANGES (FEED_CHANGES_MAX + 1u)

struct feed_server {
	size_t token_len, changes;
	unsigned standing, listed;   /* requests */
	struct buf body;
};

static const char *tell(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct feed_server *s = user;
	size_t told = 0;

	(void)post, (void)status;
	buf_release(&s->body);
	buf_init(&s->body, SIZE_MAX);
	buf_addstr(&s->body, "{\"results\":[");
	if (strstr(path, "/v8/Events")) {
		if (strstr(path, "timeoutSeconds=20") && s->standing++ == 0)
			told = s->changes;
		for (size_t i = 0; i < told; i++)
			buf_printf(&s->body, "%s{\"eventType\":\"RestoreSessionUpdate\",\"id\":\"%zu\",\"eTag\":2}",
				   i ? "," : "", i);
		buf_addstr(&s->body, "],\"nextChangeToken\":\"");
		for (size_t i = 0; i < s->token_len; i++)
			buf_addch(&s->body, i || !told ? 't' : 'u');
		buf_addstr(&s->body, "\"}");
	} else {
		bool sessions = strstr(path, "/RestoreSessions?") != NULL;
		s->listed += sessions;
		for (size_t i = 0; sessions && i < MOST_CHANGES; i++)
			buf_printf(&s->body, "%s{\"id\":\"%zu\",\"type\":\"vex\",\"state\":\"%s\",\"eTag\":%d}",
				   i ? "," : "", i, s->standing ? "Stopped" : "Working",
				   s->standing ? 2 : 1);
		buf_addstr(&s->body, "],\"_links\":{}}");
	}
	*len = s->body.len;
	return s->body.data;
}

static void use_feed(struct feed_server *s, const char *state)
{
	struct world w;
	struct dir *d;
	int err = 0;

	buf_init(&s->body, SIZE_MAX);
	assert_int_equal(world_open(&w, 8, ROLE_ADMIN, tell, s), 0);
	struct node *dir = world_walk(&w, "sessions", &err);
	assert_non_null(dir);
	assert_int_equal(world_list(&w, dir, &d), 0);
	dir_close(d);
	s->listed = 0;
	model_watch(w.model, 1);
	while (world_step(&w))
		;
	const struct roster *all = model_roster(model_sessions(w.model));
	assert_int_equal(all->n, MOST_CHANGES);
	for (size_t i = 0; i < all->n; i++)
		assert_non_null(strstr(all->members[i]->json, state));
	model_watch(w.model, -1);
	node_put(w.tree->nodes, dir, 1);
	world_close(&w);
	buf_release(&s->body);
}

/* With a token that is too long there is no feed. */
static void bounds_the_token(void **state)
{
	struct feed_server fits = {.token_len = FEED_TOKEN_MAX};
	struct feed_server not = {.token_len = FEED_TOKEN_MAX + 1};

	(void)state;
	use_feed(&fits, "Working");
	assert_true(fits.standing > 0);
	use_feed(&not, "Working");
	assert_int_equal(not.standing, 0);
}

/* As many changes as are asked for, and more: the sessions are listed once, and all is seen. */
static void bounds_the_changes(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		struct feed_server s = {.token_len = 1, .changes = FEED_CHANGES_MAX + more};
		use_feed(&s, "Stopped");
		assert_int_equal(s.listed, 2);   /* when it began, and for the changes */
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bounds_the_text),
		cmocka_unit_test(bounds_the_levels),
		cmocka_unit_test(bounds_beginning_anew),
		cmocka_unit_test(bounds_the_path),
		cmocka_unit_test(bounds_the_found),
		cmocka_unit_test(bounds_the_object),
		cmocka_unit_test(bounds_the_content),
		cmocka_unit_test(bounds_the_token),
		cmocka_unit_test(bounds_the_changes),
	};

	return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
