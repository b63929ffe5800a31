#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vbofs/fault.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void sets_and_clears(void **state)
{
	struct fault f = { .err = 77 };

	(void)state;
	assert_int_equal(fault_set(&f, EINVAL, "state \"%s\": %d", "x", 3), -EINVAL);
	assert_int_equal(f.err, EINVAL);
	assert_string_equal(f.text, "state \"x\": 3");
	fault_set(&f, EIO, "again: %s", f.text);        /* its own text as an argument */
	assert_string_equal(f.text, "again: state \"x\": 3");
	fault_clear(&f);
	assert_int_equal(f.err, 0);
	assert_string_equal(f.text, "");
	assert_int_equal(fault_set(NULL, ENOENT, "%s", "nobody asks"), -ENOENT);
	fault_clear(NULL);
}

static void escapes(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "" },
		{ "plain text, \\ and \"quotes\"", 26, "plain text, \\ and \"quotes\"" },
		{ "a\nb\tc\0d", 7, "a\\x0ab\\x09c\\x00d" },
		{ "\x1b[31m", 5, "\\x1b[31m" },
		{ "\x7F", 1, "\\x7f" },
		{ "\xC2\x9B" "2J", 4, "\\xc2\\x9b2J" },           /* C1: CSI */
		{ "\xC2\xA0", 2, "\xC2\xA0" },
		{ "\x9B", 1, "\\x9b" },
		{ "Gr\xC3\xBC\xC3\x9F" "e", 7, "Gr\xC3\xBC\xC3\x9F" "e" },
		{ "Gr\xFC\xDF" "e", 5, "Gr\\xfc\\xdfe" },
		{ "\xE2\x80\xAE" "cod", 6, "\\xe2\\x80\\xaecod" },  /* right to left */
		{ "\xE2\x80", 2, "\\xe2\\x80" },
		{ "\xF0\x9F\x98\x80", 4, "\xF0\x9F\x98\x80" },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		size_t n = fault_escape(out, sizeof out, rows[i].text, rows[i].len);
		if (strcmp(out, rows[i].want) != 0 || n != strlen(rows[i].want))
			fail_msg("row %zu: \"%s\" (%zu)", i, out, n);
	}
}

static void cuts_between_characters(void **state)
{
	static const struct {
		const char *text, *want;
		size_t size;
	} rows[] = {
		{ "abcdef", "abcdef", 7 },
		{ "abcdef", "ab...", 6 },
		{ "abcdef", "a...", 5 },
		{ "abcdef", "...", 4 },
		{ "abcdef", "ab", 3 },      /* no room for the dots */
		{ "abcdef", "", 1 },
		{ "ab", "ab", 3 },
		{ "\n\n", "\\x0a\\x0a", 9 },
		{ "\n\n", "\\x0a...", 8 },
		{ "\n\n", "...", 7 },
		{ "\xC3\xBC\xC3\xBC\xC3\xBC", "\xC3\xBC...", 6 },
		{ "\xC3\xBC\xC3\xBC\xC3\xBC", "...", 5 },
		{ "\xC3\xBC\xC3\xBC\xC3\xBC", "\xC3\xBC\xC3\xBC\xC3\xBC", 7 },
	};
	char out[16];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		memset(out, '#', sizeof out);
		size_t n = fault_escape(out, rows[i].size, rows[i].text, strlen(rows[i].text));
		if (strcmp(out, rows[i].want) != 0 || n != strlen(rows[i].want))
			fail_msg("row %zu: \"%s\" (%zu)", i, out, n);
		for (size_t j = rows[i].size; j < sizeof out; j++)
			assert_int_equal(out[j], '#');
	}
}

static void keeps_to_its_size(void **state)
{
	struct fault f;
	char text[3000];

	(void)state;
	for (size_t n = 0; n < sizeof text; n++) {
		memset(text, 'x', n);
		text[n] = '\0';
		fault_set(&f, EINVAL, "%s", text);
		if (n < FAULT_TEXT_MAX) {
			assert_string_equal(f.text, text);
			continue;
		}
		assert_int_equal(strlen(f.text), FAULT_TEXT_MAX - 1);
		assert_string_equal(f.text + FAULT_TEXT_MAX - 5, "x...");
	}
	memset(text, '\x1b', sizeof text - 1);
	fault_set(&f, EINVAL, "%s", text);
	assert_int_equal(strlen(f.text), FAULT_TEXT_MAX - 1 - (FAULT_TEXT_MAX - 4) % 4);
	assert_string_equal(f.text + strlen(f.text) - 7, "\\x1b...");
}

static void survives_random_bytes(void **state)
{
	char text[100], out[100];

	(void)state;
	srand(1);
	for (int round = 0; round < 20000; round++) {
		size_t len = (size_t)rand() % sizeof text, size = 1 + (size_t)rand() % sizeof out;
		for (size_t i = 0; i < len; i++)
			text[i] = (char)(rand() % 3 == 0 ? 0xE0 + rand() % 32 : rand());
		size_t n = fault_escape(out, size, text, len);
		assert_true(n < size);
		assert_int_equal(strlen(out), n);
		for (size_t i = 0; i < n; i++)
			assert_false((unsigned char)out[i] < 0x20 || out[i] == 0x7F);
	}
}

static void names_errnos(void **state)
{
	static const struct {
		int err;
		const char *name;
	} rows[] = {
		{ EINVAL, "EINVAL" }, { ENOENT, "ENOENT" }, { EKEYREJECTED, "EKEYREJECTED" },
		{ EAGAIN, "EAGAIN" }, { 0, "0" }, { 41, "41" }, { 58, "58" }, { 200, "200" },
		{ 524, "524" }, { 999, "999" }, { 1000, "unknown" }, { -1, "unknown" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		assert_string_equal(fault_errno_name(rows[i].err), rows[i].name);
	for (int err = 134; err < 1000; err++)
		assert_int_equal(atoi(fault_errno_name(err)), err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets_and_clears),
		cmocka_unit_test(escapes),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(keeps_to_its_size),
		cmocka_unit_test(survives_random_bytes),
		cmocka_unit_test(names_errnos),
	};

	return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
