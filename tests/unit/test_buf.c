#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/buf.h"

static void check(const struct buf *b, const char *want)
{
	assert_int_equal(buf_error(b), 0);
	assert_non_null(b->data);
	assert_string_equal(b->data, want);
	assert_int_equal(b->len, strlen(want));
	assert_true(b->cap > b->len);
}

static void appends(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_null(b.data);
	buf_add(&b, NULL, 0);
	check(&b, "");
	buf_addstr(&b, "one");
	buf_addch(&b, ' ');
	buf_add(&b, "two and more", 3);
	check(&b, "one two");
	buf_printf(&b, " %d%s", 3, "!");
	check(&b, "one two 3!");
	buf_reset(&b);
	check(&b, "");
	buf_release(&b);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
}

static void percent_encodes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_addpercent(&b, "");
	buf_addpercent(&b, "AZaz09-._~");
	check(&b, "AZaz09-._~");
	buf_addpercent(&b, " /?#%&=+:@\x01\xC3\xA9\xFF");
	check(&b, "AZaz09-._~%20%2F%3F%23%25%26%3D%2B%3A%40%01%C3%A9%FF");
	buf_release(&b);
}

static void keeps_nul_bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_add(&b, "a\0b", 3);
	buf_addch(&b, '\0');
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "a\0b\0", 5);
	buf_release(&b);
}

static void prints_at_each_length(void **state)
{
	char want[600];
	struct buf b;

	(void)state;
	memset(want, 'x', sizeof want);
	for (size_t n = 0; n < sizeof want; n++) {
		buf_init(&b, n + 1);
		buf_printf(&b, "%.*s.", (int)n, want);
		assert_int_equal(buf_error(&b), 0);
		assert_int_equal(b.len, n + 1);
		assert_memory_equal(b.data, want, n);
		assert_int_equal(b.data[n], '.');
		assert_int_equal(b.data[n + 1], '\0');
		buf_addch(&b, '!');
		assert_int_equal(buf_error(&b), -E2BIG);
		buf_release(&b);
	}
}

static void stops_at_the_limit(void **state)
{
	struct buf b;

	(void)state;
	for (size_t max = 0; max < 200; max++) {
		buf_init(&b, max);
		for (size_t i = 0; i < max; i++)
			buf_addch(&b, 'x');
		assert_int_equal(buf_error(&b), 0);
		assert_int_equal(b.len, max);
		buf_addch(&b, 'x');
		assert_int_equal(buf_error(&b), -E2BIG);
		assert_int_equal(b.len, max);
		buf_release(&b);
	}
}

static void remembers_its_failure(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	buf_addstr(&b, "abc");
	buf_addstr(&b, "de");                   /* nothing of it */
	assert_int_equal(buf_error(&b), -E2BIG);
	assert_string_equal(b.data, "abc");
	buf_addch(&b, 'd');                     /* would fit */
	assert_string_equal(b.data, "abc");
	assert_null(buf_take(&b, NULL));
	assert_int_equal(buf_error(&b), -E2BIG);
	assert_null(b.data);
	buf_reset(&b);
	buf_addstr(&b, "abcd");
	check(&b, "abcd");
	buf_release(&b);
	assert_int_equal(b.max, 4);
}

static void knows_no_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, SIZE_MAX);
	buf_addstr(&b, "abc");
	check(&b, "abc");
	buf_reserve(&b, SIZE_MAX);
	assert_int_equal(buf_error(&b), -E2BIG);
	buf_release(&b);
}

static void reserves(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5000);
	buf_reserve(&b, 5000);
	const char *data = b.data;
	assert_string_equal(data, "");
	for (int i = 0; i < 5000; i++)
		buf_addch(&b, 'x');
	assert_int_equal(buf_error(&b), 0);
	assert_ptr_equal(b.data, data);
	buf_release(&b);
}

static void hands_over(void **state)
{
	struct buf b;
	size_t len = 99;

	(void)state;
	buf_init(&b, 10);
	char *s = buf_take(&b, &len);
	assert_string_equal(s, "");
	assert_int_equal(len, 0);
	free(s);
	buf_addstr(&b, "abc");
	s = buf_take(&b, &len);
	assert_string_equal(s, "abc");
	assert_int_equal(len, 3);
	free(s);
	assert_null(b.data);
	assert_int_equal(b.len, 0);
	buf_addstr(&b, "0123456789");
	check(&b, "0123456789");
	buf_release(&b);
}

static void wipes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_wipe(&b);
	buf_addstr(&b, "secret");
	buf_wipe(&b);
	assert_null(b.data);
	assert_int_equal(b.cap, 0);
}

static int fill(void *arg)
{
	struct buf b;

	buf_init(&b, 100000);
	for (int i = 0; i < 300; i++) {
		buf_addstr(&b, "0123456789");
		buf_printf(&b, "%0200d", i);
	}
	int rc = buf_error(&b);
	if (rc != 0 && b.len > 0)
		assert_int_equal(b.data[b.len], '\0');
	char *s = buf_take(&b, arg);
	assert_true((s != NULL) == (rc == 0));
	free(s);
	return rc;
}

static void survives_no_memory(void **state)
{
	size_t len;

	(void)state;
	assert_true(oom_each(fill, &len) > 5);
	assert_int_equal(len, 300 * 210);
}

static int take_nothing(void *arg)
{
	struct buf b;

	(void)arg;
	buf_init(&b, 10);
	char *s = buf_take(&b, NULL);
	free(s);
	return buf_error(&b);
}

static void says_no_memory_when_taken(void **state)
{
	(void)state;
	assert_int_equal(oom_each(take_nothing, NULL), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends),
		cmocka_unit_test(percent_encodes),
		cmocka_unit_test(keeps_nul_bytes),
		cmocka_unit_test(prints_at_each_length),
		cmocka_unit_test(stops_at_the_limit),
		cmocka_unit_test(remembers_its_failure),
		cmocka_unit_test(knows_no_limit),
		cmocka_unit_test(reserves),
		cmocka_unit_test(hands_over),
		cmocka_unit_test(wipes),
		cmocka_unit_test(survives_no_memory),
		cmocka_unit_test(says_no_memory_when_taken),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
