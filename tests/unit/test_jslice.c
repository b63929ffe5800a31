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

static void assert_slice(const struct jslice *s, enum jslice_type type, const char *text)
{
	assert_int_equal(s->type, type);
	assert_int_equal(s->len, strlen(text));
	assert_memory_equal(s->text, text, s->len);
}

static void cuts_one_value(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		int rc;
		enum jslice_type type;
		const char *want;
	} rows[] = {
		{ TEXT("null"), 0, JSLICE_NULL, "null" },
		{ TEXT(" true\r\n"), 0, JSLICE_TRUE, "true" },
		{ TEXT("\tfalse "), 0, JSLICE_FALSE, "false" },
		{ TEXT("\xEF\xBB\xBF {} "), 0, JSLICE_OBJECT, "{}" },
		{ TEXT("[1,{\"a\":[\"]\"]}]"), 0, JSLICE_ARRAY, "[1,{\"a\":[\"]\"]}]" },
		{ TEXT("\"\""), 0, JSLICE_STRING, "\"\"" },
		{ TEXT("\"a\\\"b\\\\\""), 0, JSLICE_STRING, "\"a\\\"b\\\\\"" },
		{ TEXT("\"raw\ncontrol\""), 0, JSLICE_STRING, "\"raw\ncontrol\"" },
		{ TEXT("0"), 0, JSLICE_NUMBER, "0" },
		{ TEXT("-0"), 0, JSLICE_NUMBER, "-0" },
		{ TEXT("1234567890123456789012"), 0, JSLICE_NUMBER, "1234567890123456789012" },
		{ TEXT("-1.50E+10"), 0, JSLICE_NUMBER, "-1.50E+10" },
		{ TEXT("1e5"), 0, JSLICE_NUMBER, "1e5" },
		{ TEXT(""), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("  "), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("\xEF\xBB\xBF"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("\xEF\xBB"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("nul"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("nulll"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("True"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("NaN"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("-"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("+1"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("01"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("1."), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT(".5"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("1e"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("1e+"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("1 2"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("{} x"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("{}\0"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("{]"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("[}"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("[{]}"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("[[]"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("]"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("\"abc"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("\"abc\\"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("\"abc\\\""), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("[\"abc]"), -EBADMSG, JSLICE_NONE, "" },
		{ TEXT("<html>"), -EBADMSG, JSLICE_NONE, "" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char *text = exactly(rows[i].text, rows[i].len);
		struct jslice s;
		int rc = jslice_parse(text, rows[i].len, &s);
		if (rc != rows[i].rc || s.type != rows[i].type)
			fail_msg("row %zu: %d, type %d", i, rc, (int)s.type);
		if (rc == 0)
			assert_slice(&s, rows[i].type, rows[i].want);
		free(text);
	}
}

static void finds_quotes_at_each_place(void **state)
{
	(void)state;
	for (size_t n = 0; n < 40; n++) {
		for (size_t at = 0; at <= n; at++) {
			char text[64] = "\"";
			struct jslice s;
			memset(text + 1, 'a', n);
			text[n + 1] = '"';
			if (at < n) {
				text[1 + at] = '\\';         /* escapes what follows it */
				int rc = jslice_parse(text, n + 2, &s);
				assert_int_equal(rc, at + 1 == n ? -EBADMSG : 0);
				text[1 + at] = '"';
				rc = jslice_parse(text, n + 2, &s);
				assert_int_equal(rc, -EBADMSG);
			} else {
				assert_int_equal(jslice_parse(text, n + 2, &s), 0);
				assert_int_equal(jslice_parse(text, n + 1, &s), -EBADMSG);
			}
		}
	}
}

static void bounds_its_depth(void **state)
{
	char text[2 * JSLICE_DEPTH_MAX + 4];
	struct jslice s;

	(void)state;
	for (size_t depth = 1; depth <= JSLICE_DEPTH_MAX + 1; depth++) {
		for (size_t i = 0; i < depth; i++) {
			text[i] = i % 3 == 0 ? '{' : '[';
			text[2 * depth - 1 - i] = i % 3 == 0 ? '}' : ']';
		}
		int rc = jslice_parse(text, 2 * depth, &s);
		assert_int_equal(rc, depth <= JSLICE_DEPTH_MAX ? 0 : -E2BIG);
		text[2 * depth - 1] = text[2 * depth - 1] == '}' ? ']' : '}';
		if (depth <= JSLICE_DEPTH_MAX)
			assert_int_equal(jslice_parse(text, 2 * depth, &s), -EBADMSG);
	}
	assert_int_equal(jslice_parse("[[[[", 4, &s), -EBADMSG);
}

static void walks_an_array(void **state)
{
	const struct jslice array = cut("[ 1 , \"two\",[3] ,{\"four\":4},null]");
	static const char *const want[] = { "1", "\"two\"", "[3]", "{\"four\":4}", "null" };
	struct jslice_iter it;
	size_t n = 0;

	(void)state;
	jslice_begin(&it, &array);
	for (; jslice_next(&it); n++) {
		assert_true(n < LEN(want));
		assert_int_equal(it.key.type, JSLICE_NONE);
		assert_slice(&it.value, it.value.type, want[n]);
	}
	assert_int_equal(n, LEN(want));
	assert_int_equal(it.err, 0);
	assert_false(jslice_next(&it));
	assert_int_equal(it.err, 0);
}

static void walks_an_object(void **state)
{
	const struct jslice object = cut("{ \"a\" : 1 ,\"b\":{\"c\":\"}\"}, \"\":[]}");
	struct jslice_iter it;

	(void)state;
	jslice_begin(&it, &object);
	assert_true(jslice_next(&it));
	assert_slice(&it.key, JSLICE_STRING, "\"a\"");
	assert_slice(&it.value, JSLICE_NUMBER, "1");
	assert_true(jslice_next(&it));
	assert_slice(&it.key, JSLICE_STRING, "\"b\"");
	assert_slice(&it.value, JSLICE_OBJECT, "{\"c\":\"}\"}");
	assert_true(jslice_next(&it));
	assert_slice(&it.key, JSLICE_STRING, "\"\"");
	assert_slice(&it.value, JSLICE_ARRAY, "[]");
	assert_false(jslice_next(&it));
	assert_int_equal(it.err, 0);
}

static void tells_a_broken_walk(void **state)
{
	static const struct {
		const char *text;
		size_t seen;
		int err;
	} rows[] = {
		{ "[]", 0, 0 }, { "[ ]", 0, 0 }, { "{ }", 0, 0 },
		{ "[,]", 0, -EBADMSG }, { "[1,]", 1, -EBADMSG }, { "[1 2]", 1, -EBADMSG },
		{ "[1,,2]", 1, -EBADMSG }, { "[,1]", 0, -EBADMSG }, { "[tru]", 0, -EBADMSG },
		{ "[1:2]", 1, -EBADMSG },
		{ "{\"a\"}", 0, -EBADMSG }, { "{\"a\":}", 0, -EBADMSG },
		{ "{\"a\" 1}", 0, -EBADMSG }, { "{\"a\"=1}", 0, -EBADMSG }, { "{a:1}", 0, -EBADMSG },
		{ "{1:1}", 0, -EBADMSG }, { "{\"a\":1,}", 1, -EBADMSG },
		{ "{\"a\":1 \"b\":2}", 1, -EBADMSG }, { "{,}", 0, -EBADMSG },
		{ "{\"a\":1,\"b\"}", 1, -EBADMSG }, { "{{}:1}", 0, -EBADMSG },
		{ "7", 0, 0 }, { "\"ab\"", 0, 0 }, { "null", 0, 0 },     /* no containers */
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char *text = exactly(rows[i].text, strlen(rows[i].text));
		struct jslice s;
		struct jslice_iter it;
		size_t seen = 0;
		assert_int_equal(jslice_parse(text, strlen(rows[i].text), &s), 0);
		jslice_begin(&it, &s);
		while (jslice_next(&it))
			seen++;
		if (seen != rows[i].seen || it.err != rows[i].err)
			fail_msg("%s: %zu, %d", rows[i].text, seen, it.err);
		assert_int_equal(it.value.type, JSLICE_NONE);
		assert_false(jslice_next(&it));
		assert_int_equal(it.err, rows[i].err);
		free(text);
	}
}

static void gets_properties(void **state)
{
	static const struct {
		const char *text, *key, *want;      /* want NULL: none */
	} rows[] = {
		{ "{\"id\":\"x\",\"n\":5}", "n", "5" },
		{ "{\"id\":\"x\",\"n\":5}", "id", "\"x\"" },
		{ "{\"id\":\"x\"}", "i", NULL },
		{ "{\"id\":\"x\"}", "idd", NULL },
		{ "{\"id\":\"x\"}", "ID", NULL },
		{ "{\"id\":\"x\"}", "", NULL },
		{ "{\"\":1}", "", "1" },
		{ "{\"a\":1,\"a\":2}", "a", "2" },
		{ "{\"b\":{\"a\":1}}", "a", NULL },
		{ "{\"\\u0061\\n\":1}", "a\n", "1" },
		{ "{\"a\\u0062\":1}", "a", NULL },
		{ "{\"\\u0061b\":1}", "xb", NULL },
		{ "{\"\\u0061\":1}", "ab", NULL },
		{ "{\"\\ud83d\\ude00\\/\":1}", "\xF0\x9F\x98\x80/", "1" },
		{ "{\"\\ud83d\":1}", "\xF0\x9F\x98\x80", NULL },
		{ "{\"\\x\":1}", "x", NULL },
		{ "{\"a\\u0000b\":1}", "a", NULL },
		{ "{\"a\":null}", "a", "null" },
		{ "{\"a\":1,}", "a", NULL },
		{ "{\"a\":1 \"b\":2}", "a", NULL },
		{ "[\"a\",1]", "a", NULL },
		{ "\"a\"", "a", NULL },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct jslice object = cut(rows[i].text);
		const struct jslice got = jslice_get(&object, rows[i].key);
		if ((got.type == JSLICE_NONE) != (rows[i].want == NULL))
			fail_msg("row %zu", i);
		if (rows[i].want != NULL)
			assert_slice(&got, got.type, rows[i].want);
	}
	const struct jslice none = { .type = JSLICE_NONE };
	assert_int_equal(jslice_get(&none, "a").type, JSLICE_NONE);
}

static void picks_several_at_once(void **state)
{
	static const char *const keys[] = { "a", "", "b\n", "c", "a" };
	struct jslice object = cut("{\"b\\n\":[1],\"a\":1,\"\":2,\"\\u0061\":3,\"d\":4}");
	struct jslice found[LEN(keys)];

	(void)state;
	jslice_pick(&object, keys, found, LEN(keys));
	assert_slice(&found[0], JSLICE_NUMBER, "3");
	assert_slice(&found[1], JSLICE_NUMBER, "2");
	assert_slice(&found[2], JSLICE_ARRAY, "[1]");
	assert_int_equal(found[3].type, JSLICE_NONE);
	assert_slice(&found[4], JSLICE_NUMBER, "3");
	object = cut("{\"a\":1,\"\":2 \"c\":3}");
	jslice_pick(&object, keys, found, LEN(keys));
	for (size_t i = 0; i < LEN(keys); i++)
		assert_int_equal(found[i].type, JSLICE_NONE);
}

static int count(const struct jslice *s)
{
	struct jslice_iter it;
	int n = 1;

	jslice_begin(&it, s);
	while (jslice_next(&it))
		n += count(&it.value);
	return it.err != 0 ? -100000 : n;
}

static int json_count(const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;
	int n = 1;

	json_object_foreach((json_t *)(uintptr_t)json, key, value)
		n += json_count(value);
	json_array_foreach(json, i, value)
		n += json_count(value);
	return n;
}

/* All that jansson accepts is cut, completely; random texts of the pieces that matter. */
static void cuts_what_jansson_accepts(void **state)
{
	static const char *const pieces[] = {
		"{", "}", "[", "]", ":", ",", "\"a\"", "\"b\"", "1", "null", " ", "-2.5e3", "true",
		"\"\\\"\"", "{}", "[]", "\"k\":", "[1,2]", "{\"x\":[]}",
	};
	size_t good = 0;

	(void)state;
	srand(11);
	for (int round = 0; round < 300000; round++) {
		char text[120] = "";
		for (int n = rand() % 8; n >= 0; n--)
			strncat(text, pieces[(size_t)rand() % LEN(pieces)], 10);
		json_t *json = json_loadb(text, strlen(text),
			JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
		if (json == NULL)
			continue;
		const struct jslice s = cut(text);
		assert_int_equal(count(&s), json_count(json));
		json_decref(json);
		good++;
	}
	assert_true(good > 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cuts_one_value),
		cmocka_unit_test(finds_quotes_at_each_place),
		cmocka_unit_test(bounds_its_depth),
		cmocka_unit_test(walks_an_array),
		cmocka_unit_test(walks_an_object),
		cmocka_unit_test(tells_a_broken_walk),
		cmocka_unit_test(gets_properties),
		cmocka_unit_test(picks_several_at_once),
		cmocka_unit_test(cuts_what_jansson_accepts),
	};

	return cmocka_run_group_tests_name("jslice", tests, NULL, NULL);
}
