#include <errno.h>
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
#include "vbofs/jslice.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) literal, sizeof literal - 1

/* A copy of exactly this size: reading past it is seen by the sanitizer. */
static char *exactly(const char *text, size_t len)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	if (len > 0)
		memcpy(copy, text, len);
	return copy;
}

static struct jslice cut(const char *text)
{
	struct jslice s;

	assert_int_equal(jslice_parse(text, strlen(text), &s), 0);
	return s;
}

static void decodes_strings(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int rc;
		const char *want;
		size_t want_len;
	} rows[] = {
		{ TEXT("\"\""), 0, TEXT("") },
		{ TEXT("\"abc\""), 0, TEXT("abc") },
		{ TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), 0, TEXT("\"\\/\b\f\n\r\t") },
		{ TEXT("\"a\\u0000b\""), 0, TEXT("a\0b") },
		{ TEXT("\"\\u00FC\\u20aC\""), 0, TEXT("\xC3\xBC\xE2\x82\xAC") },
		{ TEXT("\"x\\uD83D\\uDE00y\""), 0, TEXT("x\xF0\x9F\x98\x80y") },
		{ TEXT("\"\xC3\xBC\x7F\""), 0, TEXT("\xC3\xBC\x7F") },
		{ TEXT("\"\\u0039\\uD83D\\uDC00\\uDBFF\\uDFFF\""), 0,
			TEXT("9\xF0\x9F\x90\x80\xF4\x8F\xBF\xBF") },
		{ TEXT("\"\\uD83D\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\uDC00\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\uDFFF\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\uD83Dxude00\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\uD83D\\xde00\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\uDE00\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\uD83D\\u0041\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\uD83Dx\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\u12\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\u12G4\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\x41\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\\\0\""), -EBADMSG, TEXT("") },
		{ TEXT("\"a\nb\""), -EBADMSG, TEXT("") },
		{ TEXT("\"a\0b\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\xFC\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\xC0\x80\""), -EBADMSG, TEXT("") },
		{ TEXT("\"\xED\xA0\x80\""), -EBADMSG, TEXT("") },
		{ TEXT("12"), -EBADMSG, TEXT("") },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct jslice s;
		struct buf out;
		char *text = exactly(rows[i].text, rows[i].len);
		assert_int_equal(jslice_parse(text, rows[i].len, &s), 0);
		buf_init(&out, 100);
		int rc = jslice_string(&s, &out);
		if (rc != rows[i].rc)
			fail_msg("row %zu: %d", i, rc);
		assert_int_equal(jslice_valid(&s), rc == 0 || s.type == JSLICE_NUMBER);
		if (rc == 0) {
			assert_int_equal(out.len, rows[i].want_len);
			assert_memory_equal(out.data, rows[i].want, out.len);
		}
		buf_release(&out);
		free(text);
	}
}

/* What jansson makes of the same text; random strings of the pieces that matter. */
static void decodes_as_jansson_does(void **state)
{
	static const char *const pieces[] = {
		"a", " ", "\\", "\\\\", "\\\"", "\\n", "\\u", "\\u00", "\\u0000", "\\u0041",
		"\\ud83d", "\\ude00", "\\uDBFF\\uDFFF", "\\u20AC", "\xC3\xBC", "\xC3", "\xBC",
		"\xED\xA0\x80", "\xF0\x9F\x98\x80", "\x7F", "\n", "0", "f", "\\/", "\\x",
	};
	size_t good = 0;

	(void)state;
	srand(3);
	for (int round = 0; round < 200000; round++) {
		char text[100] = "\"";
		for (int n = rand() % 5; n >= 0; n--)
			strncat(text, pieces[(size_t)rand() % LEN(pieces)], 20);
		strcat(text, "\"");
		struct jslice s;
		json_t *json = json_loadb(text, strlen(text), JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
		struct buf out;
		buf_init(&out, 200);
		int rc = jslice_parse(text, strlen(text), &s);
		if (rc == 0)
			rc = jslice_string(&s, &out);
		if ((rc == 0) != (json != NULL))
			fail_msg("%s: %d", text, rc);
		if (json != NULL) {
			good++;
			assert_int_equal(out.len, json_string_length(json));
			assert_memory_equal(out.data, json_string_value(json), out.len);
		}
		json_decref(json);
		buf_release(&out);
	}
	assert_true(good > 20000);
}

static void shows_scalars(void **state)
{
	static const struct {
		const char *text;
		int rc;
		const char *want;
	} rows[] = {
		{ "\"a\\u0042\"", 0, "aB" }, { "1.50", 0, "1.50" }, { "-0", 0, "-0" },
		{ "123456789012345678901", 0, "123456789012345678901" },
		{ "true", 0, "true" }, { "false", 0, "false" },
		{ "null", -ENODATA, "" }, { "{}", -ENODATA, "" }, { "[1]", -ENODATA, "" },
		{ "\"\\ud800\"", -EBADMSG, "" },
	};
	struct buf out;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct jslice s = cut(rows[i].text);
		buf_init(&out, 100);
		buf_addstr(&out, "=");
		assert_int_equal(jslice_scalar(&s, &out), rows[i].rc);
		if (rows[i].rc == 0)
			assert_string_equal(out.data + 1, rows[i].want);
		buf_release(&out);
	}
	const struct jslice none = { .type = JSLICE_NONE };
	buf_init(&out, 3);
	assert_int_equal(jslice_scalar(&none, &out), -ENODATA);
	const struct jslice longer = cut("12345");
	assert_int_equal(jslice_scalar(&longer, &out), -E2BIG);
	buf_release(&out);
}

static void says_what_is_valid(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
		{ "{\"a\":[1,2,{}]}", true }, { "99999999999999999999999999", true },
		{ "\"\\u0000\"", true }, { "[1,]", false }, { "{\"a\"}", false },
		{ "[\"\xFF\"]", false }, { "[01]", false }, { "[\"\t\"]", false },
		{ "[1 2]", false }, { "[\"\\ud800\"]", false }, { "1e999", false },
	};
	static const char nul[] = "[7\0]";
	const struct jslice none = { .type = JSLICE_NONE };
	struct jslice with_nul;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct jslice s = cut(rows[i].text);
		if (jslice_valid(&s) != rows[i].valid)
			fail_msg("%s", rows[i].text);
	}
	/* jansson takes it, and nothing could be read behind it */
	assert_int_equal(jslice_parse(nul, sizeof nul - 1, &with_nul), 0);
	assert_false(jslice_valid(&with_nul));
	assert_false(jslice_valid(&none));
}

static void mends(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ TEXT("{\"a\":\"b\\\"\\\\\"}\n"), "{\"a\":\"b\\\"\\\\\"}\n" },
		{ TEXT("[\"a\nb\x1F\0\"]"), "[\"a\\u000ab\\u001f\\u0000\"]" },
		{ TEXT("[\n\t1]"), "[\n\t1]" },
		{ TEXT("\"\x7F\xC3\xBC\""), "\"\x7F\xC3\xBC\"" },
		{ TEXT("\"\xFC\xC3\""), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"" },
		{ TEXT("\"\xED\xA0\x80\""), "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"" },
		{ TEXT("\"\\ud83d\\ude00\\ud83d\""), "\"\\ud83d\\ude00\\ufffd\"" },
		{ TEXT("\"\\ude00x\\ud83d\\n\""), "\"\\ufffdx\\ufffd\\n\"" },
		{ TEXT("\"\\\n\""), "\"\\\\\\u000a\"" },
		{ TEXT("\"a b\\ \\~\""), "\"a b\\ \\~\"" },
		{ TEXT("\"\\\n"), "\"\\\\\\u000a" },
		{ TEXT("\"\\\xFC\""), "\"\\\\\xEF\xBF\xBD\"" },
		{ TEXT("\"\\u12\""), "\"\\u12\"" },             /* not what is mended */
		{ TEXT("\"\\q\""), "\"\\q\"" },
		{ TEXT("\xFF" "1"), "\xFF" "1" },               /* outside strings */
		{ TEXT("\"open\n"), "\"open\\u000a" },
		{ TEXT("\"open\\"), "\"open\\" },
		{ TEXT(""), "" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char *text = exactly(rows[i].text, rows[i].len);
		struct buf out;
		buf_init(&out, 100);
		buf_addstr(&out, "");
		jslice_mend(text, rows[i].len, &out);
		assert_int_equal(buf_error(&out), 0);
		if (strcmp(out.data, rows[i].want) != 0)
			fail_msg("row %zu: %s", i, out.data);
		buf_release(&out);
		free(text);
	}
}

/* Whatever bytes come: mended twice is mended once, and what was valid stays as it is. */
static void mends_once(void **state)
{
	static const char bytes[] = "\"\"\"\\\\u0dD8cC[]{}:,ab1\n\x01\xC3\xBC\xED\xA0\x80\xFF";
	static const char *const starts[] = { "[\"", "{\"a\":\"", "\"" };

	(void)state;
	srand(5);
	for (int round = 0; round < 50000; round++) {
		char text[40] = "";
		strcpy(text, starts[(size_t)rand() % LEN(starts)]);
		size_t len = strlen(text);
		for (size_t n = (size_t)rand() % 24; n > 0; n--)
			text[len++] = bytes[(size_t)rand() % (sizeof bytes - 1)];
		struct buf once, twice;
		buf_init(&once, 1000);
		buf_init(&twice, 1000);
		jslice_mend(text, len, &once);
		jslice_mend(once.data, once.len, &twice);
		assert_int_equal(once.len, twice.len);
		assert_memory_equal(once.data, twice.data, once.len);
		struct jslice before, after;
		if (jslice_parse(text, len, &before) == 0 && jslice_valid(&before)) {
			assert_int_equal(once.len, len);
			assert_memory_equal(once.data, text, len);
		}
		if (jslice_parse(once.data, once.len, &after) == 0 && jslice_valid(&after))
			assert_int_equal(jslice_parse(text, len, &before), 0);
		buf_release(&once);
		buf_release(&twice);
	}
}

static int decode_in_pieces(void *arg)
{
	const struct jslice s = cut(arg);
	struct buf out;

	buf_init(&out, 10000);
	int rc = jslice_string(&s, &out);
	if (rc == 0)
		jslice_mend(arg, strlen(arg), &out);
	rc = buf_error(&out);
	buf_release(&out);
	return rc;
}

static void survives_no_memory(void **state)
{
	char text[4000] = "\"";

	(void)state;
	for (int i = 0; i < 200; i++)
		strcat(text, "\\u0041\nbc");
	strcat(text, "\"");
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	assert_true(oom_each(decode_in_pieces, text) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes_strings),
		cmocka_unit_test(decodes_as_jansson_does),
		cmocka_unit_test(shows_scalars),
		cmocka_unit_test(says_what_is_valid),
		cmocka_unit_test(mends),
		cmocka_unit_test(mends_once),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("jslice_text", tests, NULL, NULL);
}
