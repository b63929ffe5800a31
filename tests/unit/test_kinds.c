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
#include "vbofs/kinds.h"
#include "vbofs/name.h"

#define LITERALS_MAX 16   /* names that labels give way to in one directory (names.c) */

/* Every row once, with its parent; what is like another row has that one's children. */
static void each_row(const struct kind *parent, void (*check)(const struct kind *k))
{
	check(parent);
	for (const struct kind *k = NULL; !parent->like && (k = kinds_child(parent, k));)
		each_row(k, check);
}

/* Is there an object that it shows or lies in? */
static bool has_member(const struct kind *k)
{
	for (; k; k = k->parent)
		if (k->each == EACH_MEMBER)
			return true;
	return false;
}

static void check_type(const struct kind *k)
{
	unsigned ways = (k->show != NULL) + (k->control != NULL) + (k->save != CONTENT_NONE);

	if (k->type == S_IFDIR ? ways != 0 : ways != 1)
		fail_msg("%s: %u ways to fill it", k->name, ways);
	assert_true(k->type == S_IFDIR || k->type == S_IFREG || k->type == S_IFLNK);
	assert_int_equal(k->control != NULL, k->cache == CACHE_CONTROL);
	if (k->type != S_IFDIR)
		assert_null(kinds_child(k, NULL));
	if (k->type == S_IFLNK)
		assert_non_null(k->show);
	if (k->like)
		assert_true(k->type == S_IFDIR && k->like->type == S_IFDIR && !k->like->like);
}

/* What the code takes for granted of a node's member. */
static void check_member(const struct kind *k)
{
	bool needs = k->each == EACH_PROPERTY || k->each == EACH_LINK || k->freshens || k->field ||
		     k->save != CONTENT_NONE || k->cache == CACHE_OBJECT ||
		     k->cache == CACHE_POLLED;

	if (needs && !has_member(k))
		fail_msg("%s has no object", k->name);
	assert_int_equal(k->each == EACH_MEMBER, k->members != NULL);
	if (k->label)
		assert_int_equal(k->each, EACH_MEMBER);
	if (k->list != CONTENT_NONE)
		assert_int_equal(k->each, EACH_MEMBER);
}

static void check_names(const struct kind *k)
{
	size_t literals = 0;
	bool labels = false;

	if (k->parent && k->each == EACH_ONE)
		assert_true(name_is_plain(k->name, strlen(k->name)));
	for (const struct kind *a = NULL; (a = kinds_child(k, a));) {
		literals += a->each == EACH_ONE;
		labels = labels || a->label;
		for (const struct kind *b = a; (b = kinds_child(k, b));)
			if (a->each == EACH_ONE && b->each == EACH_ONE && a->since == b->since &&
			    a->has == b->has && strcmp(a->name, b->name) == 0)
				fail_msg("%s: %s stands there twice", k->name, a->name);
	}
	assert_true(!labels || literals <= LITERALS_MAX);
}

static void holds_together(void **state)
{
	(void)state;
	assert_null(kinds_root()->parent);
	each_row(kinds_root(), check_type);
	each_row(kinds_root(), check_member);
	each_row(kinds_root(), check_names);
}

static int print_both(void *arg)
{
	struct buf b;

	(void)arg;
	buf_init(&b, 65536);
	kinds_print(&b);
	kinds_readme(&b);
	int rc = buf_error(&b);
	buf_release(&b);
	return rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_true(oom_each(print_both, NULL) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_together),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("kinds", tests, NULL, NULL);
}
