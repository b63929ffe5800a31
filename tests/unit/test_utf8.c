#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vbofs/utf8.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void decodes(void **state)
{
	static const struct {
		const char *text;
		size_t len, used;
		uint32_t cp;
	} rows[] = {
		{ "", 0, 0, 0 },
		{ "a", 1, 1, 'a' },
		{ "\0", 1, 1, 0 },
		{ "\x7F", 1, 1, 0x7F },
		{ "\x80", 1, 0, 0 },
		{ "\xC1\xBF", 2, 0, 0 },              /* overlong */
		{ "\xC2\x80", 2, 2, 0x80 },
		{ "\xC2", 1, 0, 0 },                  /* cut short */
		{ "\xC2\x41", 2, 0, 0 },
		{ "\xDF\xBF", 2, 2, 0x7FF },
		{ "\xE0\x9F\xBF", 3, 0, 0 },          /* overlong */
		{ "\xE0\xA0\x80", 3, 3, 0x800 },
		{ "\xE2\x82", 2, 0, 0 },
		{ "\xED\x9F\xBF", 3, 3, 0xD7FF },
		{ "\xED\xA0\x80", 3, 0, 0 },          /* surrogates */
		{ "\xED\xBF\xBF", 3, 0, 0 },
		{ "\xEE\x80\x80", 3, 3, 0xE000 },
		{ "\xEF\xBF\xBF", 3, 3, 0xFFFF },
		{ "\xF0\x8F\xBF\xBF", 4, 0, 0 },      /* overlong */
		{ "\xF0\x90\x80\x80", 4, 4, 0x10000 },
		{ "\xF0\x9F\x98\x80!", 5, 4, 0x1F600 },
		{ "\xF0\x9F\x98", 3, 0, 0 },
		{ "\xF4\x8F\xBF\xBF", 4, 4, 0x10FFFF },
		{ "\xF4\x90\x80\x80", 4, 0, 0 },      /* beyond */
		{ "\xF5\x80\x80\x80", 4, 0, 0 },
		{ "\xFC\x8F\xBF\xBF", 4, 0, 0 },
		{ "\x84\x8F\xBF\xBF", 4, 0, 0 },    /* nothing leads it */
		{ "\xFF", 1, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		uint32_t cp = 0;
		size_t used = utf8_decode(rows[i].text, rows[i].len, &cp);
		if (used != rows[i].used || (used > 0 && cp != rows[i].cp))
			fail_msg("row %zu: %zu bytes, U+%04X", i, used, cp);
	}
}

static void encodes_what_it_decodes(void **state)
{
	(void)state;
	for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
		char out[4];
		uint32_t back = 0;
		if (cp == 0xD800)
			cp = 0xE000;
		size_t n = utf8_encode(out, cp);
		if (utf8_decode(out, n, &back) != n || back != cp)
			fail_msg("U+%04X came back as U+%04X", cp, back);
		if (n > 1 && utf8_decode(out, n - 1, &back) != 0)
			fail_msg("U+%04X decodes although it is cut", cp);
	}
}

static void knows_what_is_unsafe(void **state)
{
	static const struct {
		uint32_t from, to;
		bool unsafe;
	} rows[] = {
		{ 0, 0x1F, true }, { 0x20, 0x7E, false }, { 0x7F, 0x9F, true },
		{ 0xA0, 0x61B, false }, { 0x61C, 0x61C, true }, { 0x61D, 0x200D, false },
		{ 0x200E, 0x200F, true }, { 0x2010, 0x2027, false }, { 0x2028, 0x202E, true },
		{ 0x202F, 0x2065, false }, { 0x2066, 0x2069, true }, { 0x206A, 0x10FFFF, false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		for (uint32_t cp = rows[i].from; cp <= rows[i].to; cp++)
			if (utf8_unsafe(cp) != rows[i].unsafe)
				fail_msg("U+%04X", cp);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(decodes),
		cmocka_unit_test(encodes_what_it_decodes),
		cmocka_unit_test(knows_what_is_unsafe),
	};

	return cmocka_run_group_tests_name("utf8", tests, NULL, NULL);
}
