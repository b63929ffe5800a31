#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/map.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static bool same_int(const void *value, const void *key)
{
	return *(const int *)value == *(const int *)key;
}

/* Hashes as callers may have them; the last makes every value probe. */
static uint64_t counting(int i) { return (uint64_t)i; }
static uint64_t pages(int i) { return (uint64_t)i << 12; }
static uint64_t high(int i) { return (uint64_t)i << 40; }
static uint64_t few(int i) { return (uint64_t)(i % 3); }
static uint64_t one(int i) { (void)i; return 42; }

typedef uint64_t hash_of(int i);
static hash_of *const hashes[] = { counting, pages, high, few, one };

static void is_empty_at_first(void **state)
{
	struct map m;
	size_t pos = 0;
	int key = 1;

	(void)state;
	map_init(&m);
	assert_null(map_find(&m, 1, same_int, &key));
	assert_false(map_remove(&m, 1, &key));
	assert_null(map_next(&m, &pos));
	map_release(&m);
	map_release(&m);
}

/* Against the plainest model there is: an array of flags. */
static void agrees_with_a_model(void **state)
{
	enum { N = 300 };
	int keys[N];
	bool in[N];

	(void)state;
	srand(7);
	for (size_t h = 0; h < LEN(hashes); h++) {
		struct map m;
		size_t count = 0;
		map_init(&m);
		memset(in, 0, sizeof in);
		for (int i = 0; i < N; i++)
			keys[i] = i;
		for (int round = 0; round < 20000; round++) {
			int i = rand() % (round % 4000 < 2000 ? N : N / 10);
			void *found = map_find(&m, hashes[h](i), same_int, &i);
			assert_ptr_equal(found, in[i] ? &keys[i] : NULL);
			if (in[i]) {
				assert_true(map_remove(&m, hashes[h](i), &keys[i]));
				assert_false(map_remove(&m, hashes[h](i), &keys[i]));
				count--;
			} else {
				assert_int_equal(map_insert(&m, hashes[h](i), &keys[i]), 0);
				count++;
			}
			in[i] = !in[i];
			assert_int_equal(m.count, count);
		}
		for (int i = 0; i < N; i++)
			assert_ptr_equal(map_find(&m, hashes[h](i), same_int, &i),
				in[i] ? &keys[i] : NULL);
		size_t pos = 0, seen = 0;
		for (int *v; (v = map_next(&m, &pos)) != NULL; seen++) {
			assert_true(in[*v]);
			in[*v] = false;
		}
		assert_int_equal(seen, count);
		map_release(&m);
	}
}

static void removes_this_value_only(void **state)
{
	int a = 5, b = 5, key = 5;
	struct map m;

	(void)state;
	map_init(&m);
	assert_int_equal(map_insert(&m, 9, &a), 0);
	assert_false(map_remove(&m, 9, &b));
	assert_false(map_remove(&m, 8, &a));
	assert_false(map_remove(&m, 9, NULL));
	assert_ptr_equal(map_find(&m, 9, same_int, &key), &a);
	assert_true(map_remove(&m, 9, &a));
	map_release(&m);
}

static void keeps_reserved_room(void **state)
{
	static int values[5000];
	struct map m;

	(void)state;
	for (size_t n = 1; n <= LEN(values); n = n * 3 / 2 + 1) {
		map_init(&m);
		assert_int_equal(map_reserve(&m, n), 0);
		size_t cap = m.cap;
		oom_fail_at(1);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(map_insert(&m, i, &values[i]), 0);
		assert_false(oom_end());
		assert_int_equal(m.cap, cap);
		assert_int_equal(map_reserve(&m, 1), 0);
		assert_int_equal(m.cap, cap);
		map_release(&m);
	}
	map_init(&m);
	assert_int_equal(map_reserve(&m, SIZE_MAX), -ENOMEM);
	assert_int_equal(map_reserve(&m, SIZE_MAX / 16), -ENOMEM);
	assert_null(m.slots);
}

static int fill(void *arg)
{
	static int values[1000];
	struct map m;
	int rc = 0;

	(void)arg;
	map_init(&m);
	for (int i = 0; i < 1000 && rc == 0; i++) {
		values[i] = i;
		rc = map_insert(&m, (uint64_t)i, &values[i]);
		if (rc != 0)
			assert_int_equal(m.count, (size_t)i);
	}
	for (int i = 0; i < (int)m.count; i++)
		assert_ptr_equal(map_find(&m, (uint64_t)i, same_int, &i), &values[i]);
	map_release(&m);
	return rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_true(oom_each(fill, NULL) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(is_empty_at_first),
		cmocka_unit_test(agrees_with_a_model),
		cmocka_unit_test(removes_this_value_only),
		cmocka_unit_test(keeps_reserved_room),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
