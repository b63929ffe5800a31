/* The server's clock, out of whole seconds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "vbofs/clock.h"

/* A server that is `ahead` ms of us answers in `trip` ms. */
static void sample(struct clock *c, uint64_t now, int64_t ahead, uint64_t trip)
{
	int64_t served = (int64_t)(now + trip / 2) + ahead;
	clock_note(c, served / 1000, now, now + trip);
}

static void check_right(const struct clock *c, int64_t ahead)
{
	int64_t least, most;

	assert_true(clock_at(c, 5000, &least, &most));
	assert_true(least <= 5000 + ahead);
	assert_true(most >= 5000 + ahead);
}

static void test_unknown(void **state)
{
	struct clock c = { 0 };
	int64_t least, most;

	(void)state;
	assert_false(clock_at(&c, 1, &least, &most));
}

static void test_never_wrong(void **state)
{
	(void)state;
	for (int64_t ahead = 1000000; ahead < 1003000; ahead += 37) {
		struct clock c = { 0 };
		for (uint64_t now = 10000; now < 20000; now += 733) {
			sample(&c, now, ahead, now % 90);
			check_right(&c, ahead);
		}
	}
}

static void test_ever_closer(void **state)
{
	(void)state;
	for (int64_t ahead = 1000000; ahead < 1001000; ahead += 13) {
		struct clock c = { 0 };
		uint64_t now = 10000;
		for (int i = 0; i < 12; i++) {
			sample(&c, now, ahead, 2);
			now += 2 + clock_best_moment(&c, now + 2);
		}
		check_right(&c, ahead);
		assert_true(c.most - c.least <= 20);
	}
}

static void test_a_clock_that_was_set(void **state)
{
	struct clock c = { 0 };

	(void)state;
	sample(&c, 10000, 1000000, 2);
	sample(&c, 11000, 7000000, 2);
	check_right(&c, 7000000);
	sample(&c, 12000, 500, 2);
	check_right(&c, 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_never_wrong),
		cmocka_unit_test(test_ever_closer),
		cmocka_unit_test(test_a_clock_that_was_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
