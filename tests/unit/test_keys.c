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

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PROPERTIES_MAX 65536

/* ---- work done, counted (see the link line) ---------------------------------------------- */

static unsigned long steps;

bool __real_jslice_next(struct jslice_iter *it);
bool __wrap_jslice_next(struct jslice_iter *it);
struct jslice __real_jslice_get(const struct jslice *object, const char *key);
struct jslice __wrap_jslice_get(const struct jslice *object, const char *key);

bool __wrap_jslice_next(struct jslice_iter *it)
{
	steps++;
	return __real_jslice_next(it);
}

/* Walks over the whole object. */
struct jslice __wrap_jslice_get(const struct jslice *object, const char *key)
{
	struct jslice_iter it;

	jslice_begin(&it, object);
	while (__real_jslice_next(&it))
		steps++;
	return __real_jslice_get(object, key);
}

/* ---- one organization --------------------------------------------------------------------- */

static const char *serve(void *user, const char *path, bool post, size_t *len, long *status)
{
	(void)path, (void)post, (void)status;
	*len = strlen(user);
	return user;
}

static void open_org(struct world *w, const char *listing, struct node **org)
{
	int err;

	assert_int_equal(world_open(w, 8, ROLE_ADMIN, serve, (void *)(uintptr_t)listing), 0);
	*org = world_walk(w, "orgs/o", &err);
	assert_non_null(*org);
}

static void close_org(struct world *w, struct node *org)
{
	node_put(w->tree->nodes, org, 1);
	world_close(w);
}

/* The names in a directory, each with a blank behind it. */
static char *names_in(struct world *w, struct node *n)
{
	struct entry e;
	struct dir *d;
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(world_list(w, n, &d), 0);
	for (size_t i = 0; dir_at(d, &i, &e); i++)
		buf_printf(&b, "%s ", e.name);
	dir_close(d);
	return buf_take(&b, NULL);
}

static char *text_of(struct world *w, struct node *dir, const char *name)
{
	struct node *n;
	char *copy;

	if (world_lookup(w, dir, name, &n))
		return strdup("none");
	struct text *text = tree_text(w->tree, n, NULL);
	copy = text ? calloc(1, text->len + 1) : strdup("unreadable");
	if (text)
		memcpy(copy, text->data, text->len);
	text_put(text);
	node_put(w->tree->nodes, n, 1);
	return copy;
}

static void assert_text(struct world *w, struct node *dir, const char *name, const char *want)
{
	char *text = text_of(w, dir, name);

	assert_string_equal(text, want);
	free(text);
}

/* What is shown of an object, and what each file says. */
static void shows_scalars(void **state)
{
	static const char listing[] =
		"[{\"id\":\"o\",\"name\":\"n\",\"yes\":true,\"no\":false,\"nothing\":null,"
		"\"list\":[1],\"object\":{\"a\":1},\"number\":1.50,\"\":\"x\",\"nul\\u0000\":1,"
		"\"a/b\":\"slash\",\"json\":\"row\",\"_links\":{\"self\":{\"href\":\"/here\"},"
		"\"odd\":{\"rel\":\"x\"},\"text\":\"/there\",\"none\":null}}]";
	struct world w;
	struct node *org, *links;

	(void)state;
	open_org(&w, listing, &org);
	char *names = names_in(&w, org);
	assert_string_equal(names,
		"explore json links sessions restore-points id name yes no number a%2Fb %6Ason ");
	free(names);
	assert_text(&w, org, "yes", "true\n");
	assert_text(&w, org, "number", "1.50\n");
	assert_text(&w, org, "a%2Fb", "slash\n");
	assert_text(&w, org, "%6Ason", "row\n");
	assert_text(&w, org, "nothing", "none");
	assert_text(&w, org, "list", "none");
	assert_text(&w, org, "a", "none");
	assert_int_equal(world_lookup(&w, org, "links", &links), 0);
	names = names_in(&w, links);
	assert_string_equal(names, "self text ");
	free(names);
	assert_text(&w, links, "self", "/here\n");
	assert_text(&w, links, "text", "/there\n");
	assert_text(&w, links, "odd", "none");
	node_put(w.tree->nodes, links, 1);
	close_org(&w, org);
}

/*
 * Of two properties with one name the last is meant, also where it is no value, and however
 * it is written.
 */
static void means_the_last(void **state)
{
	static const char listing[] =
		"[{\"id\":\"o\",\"a\":1,\"b\":1,\"c\":null,\"\\u0061\":2,\"b\":null,\"c\":3,"
		"\"d\":{},\"d\":4}]";
	struct world w;
	struct node *org;

	(void)state;
	open_org(&w, listing, &org);
	char *names = names_in(&w, org);
	assert_string_equal(names, "explore json links sessions restore-points id a c d ");
	free(names);
	assert_text(&w, org, "a", "2\n");
	assert_text(&w, org, "b", "none");
	assert_text(&w, org, "c", "3\n");
	assert_text(&w, org, "d", "4\n");
	close_org(&w, org);
}

/* A long key is cut and gets a hash; a key that is spelled like that name does not show twice. */
static void names_each_once(void **state)
{
	char key[301], listing[1024], name[NAME_MAX_BYTES + 1];
	struct world w;
	struct node *org;

	(void)state;
	memset(key, 'k', 300);
	key[300] = '\0';
	name_of_id(name, key, 300);
	snprintf(listing, sizeof(listing), "[{\"id\":\"o\",\"%s\":\"long\",\"%s\":\"forged\"}]",
		 key, name);
	open_org(&w, listing, &org);
	char *names = names_in(&w, org);
	char *first = strstr(names, name);
	assert_non_null(first);
	assert_null(strstr(first + 1, name));
	free(names);
	assert_text(&w, org, name, "forged\n");
	close_org(&w, org);
}

/* ---- many ------------------------------------------------------------------------------------ */

static char *listing_of(size_t n)
{
	struct buf b;

	buf_init(&b, 64 << 20);
	buf_addstr(&b, "[{\"id\":\"o\"");
	for (size_t i = 1; i < n; i++)
		buf_printf(&b, ",\"property%zu\":%zu", i, i);
	buf_addstr(&b, "}]");
	return buf_take(&b, NULL);
}

static unsigned long work_of(size_t n)
{
	char *listing = listing_of(n);
	struct world w;
	struct node *org, *found;
	struct entry e;
	struct dir *d;
	size_t i = 0, seen = 0;

	assert_non_null(listing);
	open_org(&w, listing, &org);
	steps = 0;
	assert_int_equal(world_list(&w, org, &d), 0);
	for (; dir_at(d, &i, &e); i++)
		seen += e.key != NULL;
	assert_int_equal(seen, n);
	dir_close(d);
	assert_int_equal(world_lookup(&w, org, "property7", &found), 0);
	node_put(w.tree->nodes, found, 1);
	assert_int_equal(world_lookup(&w, org, "nothing", &found), -ENOENT);
	unsigned long work = steps;
	close_org(&w, org);
	free(listing);
	return work;
}

/* An object of ten times as many properties is ten times the work, not a hundred. */
static void grows_with_the_object(void **state)
{
	unsigned long few = work_of(1000), many = work_of(10000);

	(void)state;
	assert_true(many < 11 * few);
	assert_true(few < 10 * 1000);
}

static void bounds_the_properties(void **state)
{
	static const struct {
		size_t n;
		int rc;
	} rows[] = { { PROPERTIES_MAX, 0 }, { PROPERTIES_MAX + 1, -EIO } };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char *listing = listing_of(rows[i].n);
		struct world w;
		struct node *org;
		struct dir *d = NULL;
		open_org(&w, listing, &org);
		assert_int_equal(world_list(&w, org, &d), rows[i].rc);
		dir_close(d);
		assert_text(&w, org, "property65536", rows[i].rc ? "65536\n" : "none");
		close_org(&w, org);
		free(listing);
	}
}

/* A key of 64 KiB has a file, one that is longer has none and harms nobody. */
static void bounds_the_key(void **state)
{
	static const size_t lengths[] = { 65536, 65537 };

	(void)state;
	for (size_t i = 0; i < LEN(lengths); i++) {
		struct world w;
		struct node *org;
		struct buf b;
		buf_init(&b, 1 << 20);
		buf_addstr(&b, "[{\"id\":\"o\",\"");
		for (size_t k = 0; k < lengths[i]; k++)
			buf_addch(&b, 'k');
		buf_addstr(&b, "\":1,\"z\":2}]");
		open_org(&w, b.data, &org);
		char *names = names_in(&w, org);
		assert_int_equal(strstr(names, "kkkk") != NULL, i == 0);
		free(names);
		assert_text(&w, org, "z", "2\n");
		close_org(&w, org);
		buf_release(&b);
	}
}

/* ---- no memory -------------------------------------------------------------------------- */

struct place {
	struct world *w;
	struct node *org;
};

static int list(void *arg)
{
	struct place *p = arg;
	struct dir *d = NULL;
	int rc = world_list(p->w, p->org, &d);

	dir_close(d);
	return rc;
}

static int look_up(void *arg)
{
	struct place *p = arg;
	struct node *n;
	int rc = world_lookup(p->w, p->org, "b", &n);

	if (!rc)
		node_put(p->w->tree->nodes, n, 1);
	return rc;
}

static void survives_no_memory(void **state)
{
	struct world w;
	struct place p = { .w = &w };

	(void)state;
	open_org(&w, "[{\"id\":\"o\",\"a\":1,\"b\":2,\"a\":3}]", &p.org);
	assert_true(oom_each(list, &p) > 0);
	assert_true(oom_each(look_up, &p) > 0);
	close_org(&w, p.org);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shows_scalars),
		cmocka_unit_test(means_the_last),
		cmocka_unit_test(names_each_once),
		cmocka_unit_test(grows_with_the_object),
		cmocka_unit_test(bounds_the_properties),
		cmocka_unit_test(bounds_the_key),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("keys", tests, NULL, NULL);
}
