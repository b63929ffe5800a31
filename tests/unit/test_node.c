#include <errno.h>
#include <inttypes.h>
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

static const char orgs[] = WORLD_PAGE("{\"id\":\"a\",\"name\":\"n\"},{\"id\":\"b\","
	"\"name\":\"n\"}");

static const char *serve(void *user, const char *path, bool post, size_t *len, long *status)
{
	(void)user, (void)path, (void)post, (void)status;
	*len = sizeof(orgs) - 1;
	return orgs;
}

static void open_world(struct world *w)
{
	assert_int_equal(world_open(w, 8, ROLE_ADMIN, serve, NULL), 0);
}

static struct node *walk(struct world *w, const char *path)
{
	int err = 0;
	struct node *n = world_walk(w, path, &err);

	if (!n)
		fail_msg("%s: %d", path, err);
	return n;
}

static uint64_t ino_of(const char *path)
{
	struct world w;

	open_world(&w);
	struct node *n = walk(&w, path);
	uint64_t ino = n->ino;
	node_put(w.tree->nodes, n, 1);
	world_close(&w);
	return ino;
}

static void keeps_its_number_over_mounts(void **state)
{
	static const char *const paths[] = { "orgs", "orgs/a", "orgs/b", "orgs/a/id", "orgs/b/id",
					     "orgs/a/explore", "by-name", "README", ".vbofs/log" };
	uint64_t numbers[sizeof(paths) / sizeof(paths[0])];

	(void)state;
	assert_int_equal(ino_of(""), 1);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		numbers[i] = ino_of(paths[i]);
		assert_int_equal(numbers[i], ino_of(paths[i]));
		assert_true(numbers[i] > 1);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(numbers[i], numbers[k]);
	}
}

/* One node while anybody holds it, and gone, with those above it, when nobody does. */
static void lives_while_it_is_held(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	assert_int_equal(nodes_count(w.tree->nodes), 1);
	struct node *a = walk(&w, "orgs/a/id"), *b = walk(&w, "orgs/a/id");
	assert_ptr_equal(a, b);
	assert_int_equal(a->count, 2);
	assert_int_equal(nodes_count(w.tree->nodes), 4);
	node_ref(a);
	node_put(w.tree->nodes, a, 2);
	assert_int_equal(nodes_count(w.tree->nodes), 4);
	node_put(w.tree->nodes, a, 1);
	assert_int_equal(nodes_count(w.tree->nodes), 1);
	/* the kernel may forget more than was counted here, and the root never goes */
	a = walk(&w, "orgs/a");
	node_put(w.tree->nodes, a, 1000);
	node_put(w.tree->nodes, nodes_root(w.tree->nodes), 1000);
	assert_int_equal(nodes_count(w.tree->nodes), 1);
	node_put(w.tree->nodes, NULL, 1);
	world_close(&w);
}

/* Each look at a control file gives a node of its own, with the same number. */
static void is_its_own_for_control_files(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	struct node *a = walk(&w, "orgs/a/explore"), *b = walk(&w, "orgs/a/explore");
	assert_ptr_not_equal(a, b);
	assert_int_equal(a->ino, b->ino);
	node_put(w.tree->nodes, a, 1);
	node_put(w.tree->nodes, b, 1);
	assert_int_equal(nodes_count(w.tree->nodes), 1);
	world_close(&w);
}

/* One that was closed goes to the next look, and to no second one. */
static void is_given_on_once_it_is_closed(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	struct nodes *ns = w.tree->nodes;
	struct node *a = walk(&w, "orgs/a/explore"), *b = walk(&w, "orgs/a/explore");
	a->opens = 2;
	b->opens = 1;
	node_offer(ns, a);
	a->opens = b->opens = 0;
	node_offer(ns, b);
	node_offer(ns, a);
	struct node *c = walk(&w, "orgs/a/explore"), *d = walk(&w, "orgs/a/explore");
	assert_ptr_equal(c, b);
	assert_ptr_not_equal(d, a);
	assert_ptr_not_equal(d, b);
	assert_int_equal(b->count, 2);
	assert_int_equal(d->ino, b->ino);
	node_offer(ns, b);
	/* opened by whoever has it without a look */
	assert_true(node_take(ns, b));
	assert_true(node_take(ns, b));
	struct node *g = walk(&w, "orgs/a/explore");
	assert_ptr_not_equal(g, b);
	node_put(ns, g, 1);
	node_offer(ns, b);
	node_put(ns, b, 2);
	node_put(ns, a, 1);
	struct node *e = walk(&w, "orgs/a/explore");
	node_put(ns, d, 1);
	node_put(ns, e, 1);
	assert_int_equal(nodes_count(ns), 1);
	world_close(&w);
}

static void knows_its_path(void **state)
{
	static const char *const paths[] = { "", "README", "orgs/a/id", ".vbofs/last_error",
					     "orgs/b/explore", "orgs/a/links" };
	struct world w;

	(void)state;
	open_world(&w);
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct node *n = walk(&w, paths[i]);
		struct buf b;
		buf_init(&b, 4096);
		buf_addstr(&b, "");
		node_path(n, &b);
		assert_string_equal(b.data, paths[i]);
		buf_release(&b);
		node_put(w.tree->nodes, n, 1);
	}
	world_close(&w);
}

/* The kernel sends no FORGET when a mount ends. */
static void goes_with_the_tree(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	walk(&w, "orgs/a/id");
	walk(&w, "orgs/a/explore");
	walk(&w, "by-name");
	world_close(&w);
}

static void shares_texts(void **state)
{
	struct text *t = text_new("abc", 3), *none = text_new(NULL, 0);

	(void)state;
	assert_int_equal(t->len, 3);
	assert_memory_equal(t->data, "abc", 3);
	assert_ptr_equal(text_get(t), t);
	text_put(t);
	text_put(t);
	assert_int_equal(none->len, 0);
	text_put(none);
	text_put(NULL);
	assert_null(text_get(NULL));
}

/* ---- no memory ------------------------------------------------------------------------------ */

static int look_up(void *arg)
{
	struct world *w = arg;
	int err = 0;
	struct node *n = world_walk(w, "orgs/a/explore", &err), *id;

	if (!n)
		return err;
	id = world_walk(w, "orgs/a/id", &err);
	struct text *text = id ? tree_text(w->tree, id, NULL) : NULL;
	if (id && !text)
		err = -ENOMEM;
	text_put(text);
	node_put(w->tree->nodes, n, 1);
	node_put(w->tree->nodes, id, 1);
	return err;
}

static void survives_no_memory(void **state)
{
	struct world w;

	(void)state;
	open_world(&w);
	node_put(w.tree->nodes, walk(&w, "orgs/a"), 1);
	assert_true(oom_each(look_up, &w) > 5);
	assert_int_equal(nodes_count(w.tree->nodes), 1);
	world_close(&w);
}

static int open_and_close(void *arg)
{
	struct world w;
	int rc = world_open(&w, 8, ROLE_ADMIN, serve, arg);

	world_close(&w);
	return rc;
}

/* Everything that is made at the start. */
static void starts_without_memory(void **state)
{
	(void)state;
	assert_true(oom_each(open_and_close, NULL) > 8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keeps_its_number_over_mounts),
		cmocka_unit_test(lives_while_it_is_held),
		cmocka_unit_test(is_its_own_for_control_files),
		cmocka_unit_test(is_given_on_once_it_is_closed),
		cmocka_unit_test(knows_its_path),
		cmocka_unit_test(goes_with_the_tree),
		cmocka_unit_test(shares_texts),
		cmocka_unit_test(survives_no_memory),
		cmocka_unit_test(starts_without_memory),
	};

	return cmocka_run_group_tests_name("node", tests, NULL, NULL);
}
