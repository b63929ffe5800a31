/* Where the bytes of a download are: in memory, with others in one file, in a file of its own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/limits.h"
#include "vbofs/store.h"

#define UNKNOWN (-1)

static char pattern[2 * SPOOL_HEAD_MAX];

static int set_up(void **state)
{
	static struct store_room r;
	char directory[] = "/tmp/vbofs-store.XXXXXX";

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (char)(i * 7 + i / 251);
	if (!mkdtemp(directory) || store_room_init(&r, directory))
		return -1;
	*state = &r;
	return 0;
}

/* All has been given back, and nothing lies about. */
static int tear_down(void **state)
{
	struct store_room *r = *state;

	assert_int_equal(r->files, 0);
	assert_int_equal(r->coming, 0);
	assert_int_equal(r->kept, 0);
	assert_int_equal(r->packed, 0);
	rmdir(r->directory);
	store_room_release(r);
	return 0;
}

/* The bytes from have on. */
static int add(struct store *s, struct store_room *r, size_t len)
{
	return store_add(s, r, pattern + s->have, len);
}

static void begin(struct store *s, struct store_room *r, int64_t expected, size_t len)
{
	assert_int_equal(store_begin(s, r, expected), 0);
	if (len)
		assert_int_equal(add(s, r, len), 0);
}

static void whole(struct store *s, struct store_room *r, size_t len)
{
	begin(s, r, UNKNOWN, len);
	store_settle(s, r);
	store_settle(s, r);
}

static void assert_holds(const struct store *s, const struct store_room *r, size_t len)
{
	static char got[sizeof(pattern)];

	assert_int_equal(s->have, len);
	assert_int_equal(store_read(s, r, got, sizeof(got), 0), len);
	assert_memory_equal(got, pattern, len);
	assert_int_equal(store_read(s, r, got, 10, len), 0);
	if (len < 10)
		return;
	assert_int_equal(store_read(s, r, got, 10, len - 5), 5);
	assert_memory_equal(got, pattern + len - 5, 5);
}

static off_t disk_of(const struct store_room *r)
{
	struct stat st;

	assert_int_equal(fstat(r->pack, &st), 0);
	return st.st_blocks * 512;
}

static void small_ones_stay_in_memory(void **state)
{
	struct store_room *r = *state;
	struct store a, b, c;

	whole(&a, r, SPOOL_SMALL_MAX);
	assert_true(a.kept);
	whole(&b, r, 0);
	begin(&c, r, 5, 5);
	store_settle(&c, r);
	assert_int_equal(r->kept, SPOOL_SMALL_MAX + 5);
	assert_int_equal(r->coming, 0);
	assert_int_equal(r->pack, -1);
	assert_holds(&a, r, SPOOL_SMALL_MAX);
	assert_holds(&b, r, 0);
	assert_holds(&c, r, 5);
	store_drop(&a, r);
	store_drop(&a, r);
	store_drop(&b, r);
	store_drop(&c, r);
}

static void what_is_whole_and_larger_goes_into_one_file(void **state)
{
	struct store_room *r = *state;
	struct store a, b;

	whole(&a, r, SPOOL_SMALL_MAX + 1);
	whole(&b, r, SPOOL_HEAD_MAX);
	assert_true(a.packed && b.packed);
	assert_int_equal(r->files, 0);
	assert_int_equal(r->kept + r->coming, 0);
	assert_holds(&a, r, SPOOL_SMALL_MAX + 1);
	assert_holds(&b, r, SPOOL_HEAD_MAX);
	off_t both = disk_of(r);
	store_drop(&a, r);
	assert_true(disk_of(r) <= both - SPOOL_SMALL_MAX);
	assert_holds(&b, r, SPOOL_HEAD_MAX);
	store_drop(&b, r);
	assert_int_equal(disk_of(r), 0);
	whole(&a, r, SPOOL_SMALL_MAX + 1);
	assert_int_equal(a.at, 0);
	assert_holds(&a, r, SPOOL_SMALL_MAX + 1);
	store_drop(&a, r);
}

static void what_is_kept_in_memory_has_an_end(void **state)
{
	struct store_room *r = *state;
	struct store a, b;

	r->kept = SPOOL_KEPT_MAX - 10;
	whole(&a, r, 11);
	whole(&b, r, 10);
	assert_true(a.packed && b.kept);
	assert_int_equal(r->kept, SPOOL_KEPT_MAX);
	assert_holds(&a, r, 11);
	assert_holds(&b, r, 10);
	store_drop(&a, r);
	store_drop(&b, r);
	r->kept = 0;
}

static void long_ones_go_into_a_file_of_their_own(void **state)
{
	struct store_room *r = *state;
	static const int64_t expected[] = { UNKNOWN, SPOOL_HEAD_MAX + 1 };

	for (size_t i = 0; i < 2; i++) {
		struct store s;
		begin(&s, r, expected[i], SPOOL_HEAD_MAX);
		assert_int_equal(r->files, 0);
		assert_true(store_needs_file(&s, r, 1));
		assert_int_equal(add(&s, r, 1), 0);
		assert_int_equal(r->files, 1);
		assert_int_equal(r->coming, 0);
		assert_false(store_needs_file(&s, r, 1));
		assert_int_equal(add(&s, r, 1000), 0);
		store_settle(&s, r);
		assert_holds(&s, r, SPOOL_HEAD_MAX + 1001);
		store_drop(&s, r);
	}
}

static void what_comes_at_once_has_an_end(void **state)
{
	struct store_room *r = *state;
	struct store a, b;

	r->coming = SPOOL_COMING_MAX - 1000;
	begin(&a, r, 1001, 1001);
	begin(&b, r, 1000, 1000);
	assert_int_equal(r->files, 1);
	assert_int_equal(r->coming, SPOOL_COMING_MAX);
	assert_true(a.fd >= 0 && b.fd < 0);
	assert_holds(&a, r, 1001);
	assert_holds(&b, r, 1000);
	store_drop(&a, r);
	store_drop(&b, r);
	r->coming = 0;
}

/* Where no file can be made what is in memory is not lost, and what needs one says so. */
static void does_without_a_disk(void **state)
{
	struct store_room *r = *state;
	struct store a, b;

	assert_int_equal(rmdir(r->directory), 0);
	assert_int_equal(store_begin(&a, r, SPOOL_SMALL_MAX + 1), -ENOENT);
	whole(&a, r, SPOOL_HEAD_MAX);
	assert_holds(&a, r, SPOOL_HEAD_MAX);
	assert_int_equal(r->coming, SPOOL_HEAD_MAX);
	begin(&b, r, UNKNOWN, SPOOL_HEAD_MAX);
	assert_int_equal(add(&b, r, 1), -ENOENT);
	assert_holds(&b, r, SPOOL_HEAD_MAX);
	store_drop(&a, r);
	store_drop(&b, r);
}

static void does_without_a_file_of_many(void **state)
{
	struct store_room *r = *state;
	struct store s;

	r->unpacked = true;
	whole(&s, r, SPOOL_HEAD_MAX);
	assert_int_equal(r->files, 1);
	assert_holds(&s, r, SPOOL_HEAD_MAX);
	store_drop(&s, r);
	r->unpacked = false;
}

/* ... nor for more files than there may be; then it stays where it is until there may. */
static void does_not_open_too_many(void **state)
{
	struct store_room *r = *state;
	struct store a, b;

	r->unpacked = true;
	r->files_max = 1;
	whole(&a, r, SPOOL_HEAD_MAX);
	whole(&b, r, SPOOL_HEAD_MAX);
	assert_int_equal(r->files, 1);
	assert_true(store_is_settled(&a));
	assert_false(store_is_settled(&b));
	assert_holds(&b, r, SPOOL_HEAD_MAX);
	store_drop(&a, r);
	store_settle(&b, r);
	assert_true(store_is_settled(&b));
	assert_int_equal(r->coming, 0);
	assert_holds(&b, r, SPOOL_HEAD_MAX);
	store_drop(&b, r);
	r->unpacked = false;
}

static void does_without_memory(void **state)
{
	struct store_room *r = *state;
	struct store s;

	assert_int_equal(store_begin(&s, r, 3000), 0);
	oom_fail_at(1);
	int rc = add(&s, r, 1000);
	assert_true(oom_end());
	assert_int_equal(rc, 0);
	assert_int_equal(r->files, 1);
	assert_int_equal(add(&s, r, 2000), 0);
	assert_holds(&s, r, 3000);
	store_drop(&s, r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(small_ones_stay_in_memory, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_whole_and_larger_goes_into_one_file, set_up,
						tear_down),
		cmocka_unit_test_setup_teardown(what_is_kept_in_memory_has_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(long_ones_go_into_a_file_of_their_own, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_comes_at_once_has_an_end, set_up, tear_down),
		cmocka_unit_test_setup_teardown(does_without_a_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(does_without_a_file_of_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(does_not_open_too_many, set_up, tear_down),
		cmocka_unit_test_setup_teardown(does_without_memory, set_up, tear_down),
	};

	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
