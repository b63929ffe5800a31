#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vbofs/name.h"
#include "vbofs/utf8.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) literal, sizeof literal - 1

#define ID1 "6f144e6f-0000-4000-8000-000000000001"

static size_t unescape(char *out, const char *name)
{
	size_t n = 0;

	for (; *name != '\0'; name++) {
		unsigned byte = (unsigned char)*name;
		if (*name == '%') {
			assert_int_equal(sscanf(name + 1, "%2X", &byte), 1);
			name += 2;
		}
		out[n++] = (char)byte;
	}
	return n;
}

static void escapes(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ TEXT(""), "" },
		{ TEXT("Budget 2026.xlsx"), "Budget 2026.xlsx" },
		{ TEXT("."), "%2E" },
		{ TEXT(".."), "%2E%2E" },
		{ TEXT("..."), "..." },
		{ TEXT(".x"), ".x" },
		{ TEXT("../../etc/passwd"), "..%2F..%2Fetc%2Fpasswd" },
		{ TEXT("100%"), "100%25" },
		{ TEXT("%2F"), "%252F" },
		{ TEXT("a\0b"), "a%00b" },
		{ TEXT("\x01\x1F\x7F"), "%01%1F%7F" },
		{ TEXT("a\nb\\c"), "a%0Ab\\c" },
		{ TEXT(" a  b "), "%20a  b%20" },
		{ TEXT(" "), "%20" },
		{ TEXT("  "), "%20%20" },
		{ TEXT("   "), "%20 %20" },
		{ TEXT("\tx"), "%09x" },
		{ TEXT("\xC2\x85\xC2\x9F\xC2\xA0"), "%C2%85%C2%9F\xC2\xA0" },
		{ TEXT("\xE2\x80\x8F\xE2\x80\xAE\xE2\x81\xA6"),
			"%E2%80%8F%E2%80%AE%E2%81%A6" },
		{ TEXT("\xE2\x80\xA8x"), "%E2%80%A8x" },
		{ TEXT("\xD8\x9C"), "%D8%9C" },
		{ TEXT("\xC3\xBC \xF0\x9F\x98\x80"), "\xC3\xBC \xF0\x9F\x98\x80" },
		{ TEXT("\xC0\xAF"), "%C0%AF" },
		{ TEXT("\xED\xA0\x80"), "%ED%A0%80" },
		{ TEXT("\xC3"), "%C3" },
		{ TEXT("\xFF\xFE"), "%FF%FE" },
	};
	char out[NAME_MAX_BYTES + 1], back[NAME_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_true(name_escape(out, NAME_MAX_BYTES, rows[i].text, rows[i].len));
		if (strcmp(out, rows[i].want) != 0)
			fail_msg("row %zu: %s", i, out);
		assert_int_equal(unescape(back, out), rows[i].len);
		assert_memory_equal(back, rows[i].text, rows[i].len);
		assert_int_equal(name_is_plain(rows[i].text, rows[i].len),
			strlen(out) == rows[i].len && memcmp(out, rows[i].text, rows[i].len) == 0);
	}
}

static void cuts_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t limit;
		const char *want;
		bool whole;
	} rows[] = {
		{ "abc", 3, "abc", true }, { "abc", 2, "ab", false }, { "abc", 0, "", false },
		{ "", 0, "", true },
		{ "a/b", 5, "a%2Fb", true }, { "a/b", 4, "a%2F", false },
		{ "a/b", 3, "a", false }, { "a/b", 2, "a", false },
		{ "\xC3\xBC", 1, "", false }, { "\xC3\xBC", 2, "\xC3\xBC", true },
		{ "x\xF0\x9F\x98\x80", 4, "x", false },
		{ "\xC2\x85", 5, "", false }, { "\xC2\x85", 6, "%C2%85", true },
		{ "ab  cd", 4, "ab", false }, { "  cd", 4, "%20", false },
		{ "..x", 2, "", false }, { ".  x", 3, "", false },
	};
	char out[NAME_MAX_BYTES + 1], text[600];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		memset(out, '#', sizeof out);
		bool whole = name_escape(out, rows[i].limit, rows[i].text, strlen(rows[i].text));
		if (strcmp(out, rows[i].want) != 0 || whole != rows[i].whole)
			fail_msg("row %zu: %s", i, out);
	}
	memset(text, 'x', sizeof text);
	assert_true(name_escape(out, NAME_MAX_BYTES, text, 255));
	assert_true(name_is_plain(text, 255));
	assert_false(name_escape(out, NAME_MAX_BYTES, text, 256));
	assert_false(name_is_plain(text, 256));
	assert_int_equal(strlen(out), 255);
}

/* Any bytes: a component that a kernel takes, that shows what it is, and that decodes back. */
static void survives_random_bytes(void **state)
{
	static const char bytes[] = "ab./% \t\n\x7F\xC2\x85\xC3\xBC\xE2\x80\xAE"
		"\xED\xA0\xF0\x9F\x98\x80\xFF";
	char out[NAME_MAX_BYTES + 1], back[NAME_MAX_BYTES], text[90];

	(void)state;
	srand(2);
	for (int round = 0; round < 100000; round++) {
		size_t len = (size_t)rand() % (round % 2 == 0 ? 4 : sizeof text), used;
		for (size_t i = 0; i < len; i++)
			text[i] = bytes[(size_t)rand() % sizeof bytes];
		size_t limit = round % 3 == 0 ? (size_t)rand() % 256 : NAME_MAX_BYTES;
		bool whole = name_escape(out, limit, text, len);
		size_t n = strlen(out);
		assert_true(n <= limit);
		assert_null(strchr(out, '/'));
		assert_true(strcmp(out, ".") != 0 && strcmp(out, "..") != 0);
		assert_true(n == 0 || (out[0] != ' ' && out[n - 1] != ' '));
		for (size_t i = 0; i < n; i += used) {
			uint32_t cp;
			used = utf8_decode(out + i, n - i, &cp);
			assert_true(used > 0 && !utf8_unsafe(cp));
		}
		if (whole) {
			assert_int_equal(unescape(back, out), len);
			assert_memory_equal(back, text, len);
		}
	}
}

static void names_ids(void **state)
{
	char out[NAME_MAX_BYTES + 1], text[400];

	(void)state;
	name_of_id(out, TEXT(ID1));
	assert_string_equal(out, ID1);
	name_of_id(out, TEXT("7"));
	assert_string_equal(out, "7");
	name_of_id(out, TEXT("../x"));
	assert_string_equal(out, "..%2Fx");
	name_of_id(out, "", 0);
	assert_int_equal(strlen(out), 17);
	assert_int_equal(out[0], '~');
	memset(text, 'x', sizeof text);
	name_of_id(out, text, 255);
	assert_int_equal(strlen(out), 255);
	assert_int_equal(out[238], 'x');
	name_of_id(out, text, 256);
	assert_int_equal(strlen(out), 255);
	assert_int_equal(out[238], '~');
	char other[NAME_MAX_BYTES + 1];
	name_of_id(other, text, 257);
	assert_string_not_equal(out, other);
	memset(text, '/', sizeof text);
	name_of_id(out, text, 86);
	assert_int_equal(strlen(out), 79 * 3 + 17);
}

static void hashes(void **state)
{
	(void)state;
	/* These numbers are in inodes that people have seen: they must never change. */
	assert_true(hash64("", 0) == UINT64_C(0xEFD01F60BA992926));
	assert_true(hash64("a", 1) == UINT64_C(0x82A2A958A9BECE5B));
	assert_true(hash64_more(1, "a", 1) != hash64("a", 1));
	assert_true(hash64_more(0, "abc", 3) == hash64("abc", 3));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(survives_random_bytes),
		cmocka_unit_test(names_ids),
		cmocka_unit_test(hashes),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
