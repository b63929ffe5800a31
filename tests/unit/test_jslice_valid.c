/* jslice_valid against jansson: the same verdict on every text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "oom.h"
#include "vbofs/buf.h"
#include "vbofs/jslice.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) literal, sizeof literal - 1

static bool jansson_says(const char *text, size_t len)
{
	/* as reals, integers of any length pass */
	json_t *json = json_loadb(text, len,
				  JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL, NULL);
	json_decref(json);
	return json != NULL;
}

/* The verdict on a copy of exactly this size, so that reading past it is seen by the sanitizer. */
static bool we_say(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, text, len);
	const struct jslice s = { JSLICE_OBJECT, copy, len };
	bool valid = jslice_valid(&s);
	free(copy);
	return valid;
}

static bool compare(const char *text, size_t len)
{
	bool valid = jansson_says(text, len);

	if (we_say(text, len) != valid)
		fail_msg("jansson says %s: %.*s", valid ? "valid" : "not valid",
			 len < 2000 ? (int)len : 2000, text);
	return valid;
}

static void agrees_on_what_matters(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool valid;
	} rows[] = {
		{ TEXT(""), false }, { TEXT(" "), false }, { TEXT("\xEF\xBB\xBF{}"), false },
		{ TEXT("{}"), true }, { TEXT(" [ ] "), true }, { TEXT("[[],{}]"), true },
		{ TEXT("{\"a\":1,\"a\":2}"), true }, { TEXT("{\"a\" : [ 1 , 2 ] }"), true },
		{ TEXT("{\"\":0}"), true }, { TEXT("{,}"), false }, { TEXT("[,]"), false },
		{ TEXT("[1,]"), false }, { TEXT("{\"a\":1,}"), false }, { TEXT("{\"a\"}"), false },
		{ TEXT("{\"a\":}"), false }, { TEXT("{a:1}"), false }, { TEXT("{1:1}"), false },
		{ TEXT("[1 2]"), false }, { TEXT("[1]]"), false }, { TEXT("[1}"), false },
		{ TEXT("{\"a\":1]"), false }, { TEXT("[1"), false }, { TEXT("[1,"), false },
		{ TEXT("{\"a\":1"), false }, { TEXT("{\"a\""), false }, { TEXT("{"), false },
		{ TEXT("[1] x"), false }, { TEXT("1 2"), false },
		{ TEXT("nulll"), false }, { TEXT("nul"), false }, { TEXT("True"), false },
		{ TEXT("[truefalse]"), false }, { TEXT("[true1]"), false }, { TEXT("NaN"), false },
		{ TEXT("-"), false }, { TEXT("-0"), true }, { TEXT("01"), false }, { TEXT("-01"), false },
		{ TEXT("1."), false }, { TEXT(".1"), false }, { TEXT("1.e1"), false },
		{ TEXT("1e"), false }, { TEXT("1e+"), false }, { TEXT("1E-05"), true },
		{ TEXT("+1"), false }, { TEXT("0x1"), false }, { TEXT("1a"), false },
		{ TEXT("1e308"), true }, { TEXT("1e309"), false }, { TEXT("-1e309"), false },
		{ TEXT("1.7976931348623157e308"), true }, { TEXT("1.7976931348623159e308"), false },
		{ TEXT("0e999999999999"), true }, { TEXT("1e-999999999999"), true },
		{ TEXT("1e999999999999"), false }, { TEXT("123456789012345678901234567890"), true },
		{ TEXT("\"\\u0000\""), true }, { TEXT("{\"\\u0000\":1}"), false },
		{ TEXT("{\"a\\u0000b\":1}"), false }, { TEXT("[\"a\0b\"]"), false },
		{ TEXT("\"\\ud83d\\ude00\""), true }, { TEXT("\"\\ud83d\""), false },
		{ TEXT("\"\\ude00\""), false }, { TEXT("\"\\ud83d\\u0041\""), false },
		{ TEXT("\"\\u12g4\""), false }, { TEXT("\"\\u12"), false }, { TEXT("\"\\x\""), false },
		{ TEXT("\"\\/\\b\\f\\n\\r\\t\\\"\\\\\""), true }, { TEXT("\"\\"), false },
		{ TEXT("\"\t\""), false }, { TEXT("\"\x7F\""), true }, { TEXT("\"\x1F\""), false },
		{ TEXT("\"\xC3\xBC\""), true }, { TEXT("\"\xC3\""), false }, { TEXT("\"\xC3"), false },
		{ TEXT("\"\xC0\x80\""), false }, { TEXT("\"\xED\xA0\x80\""), false },
		{ TEXT("\"\xF4\x90\x80\x80\""), false }, { TEXT("\"\xF4\x8F\xBF\xBF\""), true },
		{ TEXT("[\xC3\xBC]"), false }, { TEXT("\v1"), false }, { TEXT("'a'"), false },
		{ TEXT("//\n1"), false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		if (compare(rows[i].text, rows[i].len) != rows[i].valid)
			fail_msg("row %zu: %s", i, rows[i].text);
}

/* The one difference: jansson takes a NUL behind the value for the end of the text. */
static void refuses_a_nul_behind(void **state)
{
	(void)state;
	assert_false(we_say(TEXT("null\0")));
	assert_false(we_say(TEXT("[1]\0[2]")));
}

/* Quotes, backslashes, controls and other bytes at each place of the words that strings are read by. */
static void agrees_at_each_place(void **state)
{
	static const char *const pieces[] = { "\"", "\\", "\\n", "\\u0041", "\n", "\x1F", "\x7F",
					      "\xC3\xBC", "\xBC", "\xFF", "\xE2\x82\xAC" };
	char text[64];

	(void)state;
	for (size_t piece = 0; piece < LEN(pieces); piece++)
		for (int before = 0; before < 20; before++)
			for (int after = 0; after < 20; after++) {
				int n = snprintf(text, sizeof text, "\"%.*s%s%.*s\"", before,
						 "abcdefghijklmnopqrst", pieces[piece], after,
						 "abcdefghijklmnopqrst");
				compare(text, (size_t)n);
			}
}

static void agrees_on_depth(void **state)
{
	static const char *const opens[] = { "[", "{\"a\":" }, *const closes[] = { "]", "}" };
	static const char *const inner[] = { "", "1", "[]", "{}" };
	bool seen[2] = { false, false };

	(void)state;
	for (int depth = 2040; depth < 2055; depth++)
		for (size_t kind = 0; kind < LEN(opens); kind++)
			for (size_t i = 0; i < LEN(inner); i++) {
				struct buf b;
				buf_init(&b, 100000);
				for (int d = 0; d < depth; d++)
					buf_addstr(&b, opens[kind]);
				buf_addstr(&b, inner[i]);
				for (int d = 0; d < depth; d++)
					buf_addstr(&b, closes[kind]);
				assert_int_equal(buf_error(&b), 0);
				seen[compare(b.data, b.len)] = true;
				buf_release(&b);
			}
	assert_true(seen[0] && seen[1]);
}

static void agrees_on_long_numbers(void **state)
{
	static const char *const ends[] = { "", ".5", "e-400", "e1", "e-5" };
	bool seen[2] = { false, false };

	(void)state;
	for (int zeros = 295; zeros < 315; zeros++)
		for (size_t end = 0; end < LEN(ends); end++) {
			struct buf b;
			buf_init(&b, 1000);
			buf_addstr(&b, "[-1");
			for (int i = 0; i < zeros; i++)
				buf_addstr(&b, "0");
			buf_printf(&b, "%s]", ends[end]);
			seen[compare(b.data, b.len)] = true;
			buf_release(&b);
		}
	assert_true(seen[0] && seen[1]);
}

/* ---- random texts ------------------------------------------------------------------ */

static void add_value(struct buf *b, int depth)
{
	static const char *const scalars[] = {
		"null", "true", "false", "0", "-1.5e3", "12", "\"\"", "\"abcdefghijklmn\"",
		"\"\\u0000\\\"x\"", "\"\xC3\xBC\\ud83d\\ude00\"", "1e400", "[]", "{}",
	};
	static const char *const keys[] = { "\"a\"", "\"longer than a word\"", "\"\\u0041\"" };
	int kind = depth > 0 ? rand() % 4 : 3;
	int n = rand() % 4;

	if (kind == 3) {
		buf_addstr(b, scalars[(size_t)rand() % LEN(scalars)]);
		return;
	}
	buf_addch(b, kind == 0 ? '{' : '[');
	for (int i = 0; i < n; i++) {
		if (i > 0)
			buf_addstr(b, rand() % 8 ? "," : " ,\n");
		if (kind == 0)
			buf_printf(b, "%s:", keys[(size_t)rand() % LEN(keys)]);
		add_value(b, depth - 1);
	}
	buf_addch(b, kind == 0 ? '}' : ']');
}

/* A valid text, then up to three bytes put in, taken out or changed. */
static void agrees_on_broken_texts(void **state)
{
	static const char bytes[] = "\"\"\\{}[]::,,  \n\t01-.eE\x01\xC3\xBC\xFFtfnu/";
	size_t good = 0, bad = 0;

	(void)state;
	srand(7);
	for (int round = 0; round < 300000; round++) {
		struct buf b;
		buf_init(&b, 100000);
		add_value(&b, 3);
		for (int changes = rand() % 4; changes > 0 && b.len > 0; changes--) {
			size_t at = (size_t)rand() % b.len;
			char byte = bytes[(size_t)rand() % (sizeof bytes - 1)];
			switch (rand() % 3) {
			case 0:
				b.data[at] = byte;
				break;
			case 1:
				memmove(b.data + at, b.data + at + 1, b.len - at);
				b.len--;
				break;
			default:
				buf_addch(&b, ' ');
				memmove(b.data + at + 1, b.data + at, b.len - 1 - at);
				b.data[at] = byte;
			}
		}
		if (compare(b.data, b.len))
			good++;
		else
			bad++;
		buf_release(&b);
	}
	assert_true(good > 50000 && bad > 50000);
}

static void agrees_on_noise(void **state)
{
	static const char bytes[] = "\"\"\"\\\\{}[]::,,  \n01-.eE\x01\xC3\xBC\xE2\x82\xAC\xFFtruefalsnud8DC";
	char text[40];

	(void)state;
	srand(9);
	for (int round = 0; round < 500000; round++) {
		size_t len = (size_t)rand() % sizeof text;
		for (size_t i = 0; i < len; i++)
			text[i] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		compare(text, len);
	}
}

/* What is well-formed does not become invalid because memory is short. */
static void takes_no_memory(void **state)
{
	const struct jslice s = { JSLICE_OBJECT, "[1.5e3, 2E-2, 17]", 17 };

	(void)state;
	oom_fail_at(1);
	bool valid = jslice_valid(&s);
	assert_false(oom_end());
	assert_true(valid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_on_what_matters),
		cmocka_unit_test(refuses_a_nul_behind),
		cmocka_unit_test(agrees_at_each_place),
		cmocka_unit_test(agrees_on_depth),
		cmocka_unit_test(agrees_on_long_numbers),
		cmocka_unit_test(agrees_on_broken_texts),
		cmocka_unit_test(agrees_on_noise),
		cmocka_unit_test(takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
