#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/tsv.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void escapes_text(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ "", 0, "" },
		{ "plain, \xC3\xA9 \xF0\x9F\x98\x80", 14, "plain, \xC3\xA9 \xF0\x9F\x98\x80" },
		{ "\t", 1, "\\t" },
		{ "a\nb", 3, "a\\nb" },
		{ "a\\tb", 4, "a\\\\tb" },
		{ "\r", 1, "\\x0d" },
		{ "a\0b", 3, "a\\x00b" },
		{ "\x1b[31m", 5, "\\x1b[31m" },
		{ "\x7f", 1, "\\x7f" },
		{ "\xC2\x9B" "31m", 5, "\\xc2\\x9b31m" },           /* C1: CSI in one character */
		{ "\xE2\x80\xAE" "x", 4, "\\xe2\\x80\\xaex" },      /* right-to-left override */
		{ "\xE2\x80\xA8", 3, "\\xe2\\x80\\xa8" },           /* line separator */
		{ "a\xFFz", 3, "a\\xffz" },
		{ "\xC3", 1, "\\xc3" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct buf b;
		buf_init(&b, 1000);
		buf_addch(&b, '<');
		tsv_add_text(&b, rows[i].text, rows[i].len);
		buf_addch(&b, '>');
		assert_int_equal(buf_error(&b), 0);
		assert_int_equal(b.len, strlen(rows[i].want) + 2);
		assert_memory_equal(b.data + 1, rows[i].want, b.len - 2);
		buf_release(&b);
	}
}

static void shows_values(void **state)
{
	static const struct {
		const char *json, *want;
	} rows[] = {
		{ "\"a\\tb\\u0000\\u001b\"", "a\\tb\\x00\\x1b" },
		{ "\"\"", "" },
		{ "12.50", "12.50" },
		{ "true", "true" },
		{ "null", "" },
		{ "[\"a\\tb\"]", "[\"a\\\\tb\"]" },
		{ "{\"a\":1}", "{\"a\":1}" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct jslice value;
		struct buf b;
		assert_int_equal(jslice_parse(rows[i].json, strlen(rows[i].json), &value), 0);
		buf_init(&b, 1000);
		buf_addch(&b, '<');
		tsv_add(&b, &value);
		assert_int_equal(buf_error(&b), 0);
		assert_string_equal(b.data + 1, rows[i].want);
		buf_release(&b);
	}
}

static int add(void *arg)
{
	struct buf b;

	buf_init(&b, 1000);
	tsv_add(&b, arg);
	int rc = buf_error(&b);
	buf_release(&b);
	return rc;
}

/* Without memory the field is not silently empty. */
static void reports_lack_of_memory(void **state)
{
	static const char json[] = "\"some \\\"text\\\"\"";
	struct jslice value;

	(void)state;
	assert_int_equal(jslice_parse(json, sizeof(json) - 1, &value), 0);
	assert_true(oom_each(add, &value) >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes_text),
		cmocka_unit_test(shows_values),
		cmocka_unit_test(reports_lack_of_memory),
	};
	return cmocka_run_group_tests_name("tsv", tests, NULL, NULL);
}
