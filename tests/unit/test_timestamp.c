#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "vbofs/timestamp.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define T0 INT64_C(1498514859)          /* 2017-06-26T22:07:39Z */
#define LAST INT64_C(253402300799)      /* 9999-12-31T23:59:59Z */

/* A copy of exactly this size: reading past it is seen by the sanitizer. */
static int parse(const char *text, size_t len, struct timestamp *t, struct fault *f)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	memset(t, 0x55, sizeof *t);
	int rc = timestamp_parse(copy, len, t, f);
	free(copy);
	return rc;
}

static void reads_what_users_type(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		uint32_t ns;
		bool zoned;
		int offset;
	} rows[] = {
		{ "2017.06.26 22:07:39", T0, 0, false, 0 },
		{ "2017.06.26 22:07", T0 - 39, 0, false, 0 },
		{ "2017.06.26 22:07:39.5", T0, 500000000, false, 0 },
		{ "2017.06.26 22:07:39Z", T0, 0, true, 0 },
		{ "2017-06-26 22:07:39", T0, 0, false, 0 },
		{ "2017-06-26T22:07:39", T0, 0, false, 0 },
		{ "2017-06-26T22:07", T0 - 39, 0, false, 0 },
		{ "2017-06-26T22:07Z", T0 - 39, 0, true, 0 },
		{ "2017-06-26T22:07:39.000Z", T0, 0, true, 0 },
		{ "2017-06-26T22:07:39.8491057Z", T0, 849105700, true, 0 },
		{ "2017-06-26T22:07:39.123456789Z", T0, 123456789, true, 0 },
		{ "2017-06-26T22:07:39.000000001Z", T0, 1, true, 0 },
		{ "2017-06-26T22:07:39-07:00", T0 + 7 * 3600, 0, true, -7 * 3600 },
		{ "2017-06-26T22:07:39-0700", T0 + 7 * 3600, 0, true, -7 * 3600 },
		{ "2017-06-26 22:07:39+05:45", T0 - 20700, 0, true, 20700 },
		{ "2017.06.26 22:07+0545", T0 - 20739, 0, true, 20700 },
		{ "2017-06-26T22:07:39+00:00", T0, 0, true, 0 },
		{ "2017-06-26T22:07:39-00:00", T0, 0, true, 0 },
		{ "2017-06-26T22:07:39+14:00", T0 - 50400, 0, true, 50400 },
		{ "2017-06-26T22:07:39-14:00", T0 + 50400, 0, true, -50400 },
		{ "1970-01-01 00:00:00", 0, 0, false, 0 },
		{ "1970-01-01T00:00:00Z", 0, 0, true, 0 },
		{ "1970-01-01T14:00:00+14:00", 0, 0, true, 50400 },
		{ "9999-12-31T23:59:59Z", LAST, 0, true, 0 },
		{ "9999-12-31T09:59:59-14:00", LAST, 0, true, -50400 },
		{ "2000-02-29T00:00Z", 951782400, 0, true, 0 },
		{ "2024-02-29T00:00Z", 1709164800, 0, true, 0 },
		{ "@0", 0, 0, true, 0 },
		{ "@1498514859", T0, 0, true, 0 },
		{ "@0001498514859", T0, 0, true, 0 },
		{ "@253402300799", LAST, 0, true, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fault f = { 0 };
		struct timestamp t;
		int rc = parse(rows[i].text, strlen(rows[i].text), &t, &f);
		if (rc != 0)
			fail_msg("%s: %s", rows[i].text, f.text);
		if (t.seconds != rows[i].seconds || t.nanoseconds != rows[i].ns ||
		    t.zoned != rows[i].zoned || t.offset != rows[i].offset)
			fail_msg("%s: %lld.%09u %d %d", rows[i].text, (long long)t.seconds,
				t.nanoseconds, t.zoned, t.offset);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "", "write yyyy" },
		{ "yesterday", "write yyyy" },
		{ "2017.06.26", "time of day is missing" },
		{ "2017-06-26", "time of day is missing" },
		{ "2017-06-26 ", "write yyyy" },
		{ "2017-06-26T", "write yyyy" },
		{ "2017.06.26T22:07:39", "write yyyy" },
		{ "2017.06-26 22:07:39", "write yyyy" },
		{ "2017-06.26 22:07:39", "write yyyy" },
		{ "2017/06/26 22:07:39", "write yyyy" },
		{ "17.06.26 22:07:39", "write yyyy" },
		{ "2017.6.26 22:07:39", "write yyyy" },
		{ "20170626T220739Z", "write yyyy" },
		{ "2017-W26-1T22:07:39", "write yyyy" },
		{ "2017-06-26t22:07:39", "write yyyy" },
		{ "2017-06-26T22:07:39z", "behind the time" },
		{ "2017-06-26T22:07:39 Z", "behind the time" },
		{ "2017-06-26T22", "write yyyy" },
		{ "2017-06-26T22:7", "write yyyy" },
		{ "2017-06-26T22:07:", "write yyyy" },
		{ "2017-06-26T22:07:3", "write yyyy" },
		{ "2017-06-26T22:07:39.", "write yyyy" },
		{ "2017-06-26T22:07:39,5", "behind the time" },
		{ "2017-06-26T22:07.5", "behind the time" },
		{ "2017-06-26T22:07:39.1234567890", "at most 9 digits" },
		{ "2017-00-26T22:07:39", "the month must be" },
		{ "2017-13-26T22:07:39", "the month must be" },
		{ "2017-06-00T22:07:39", "no such day" },
		{ "2017-06-31T22:07:39", "no such day" },
		{ "2017-02-29T22:07:39", "no such day" },
		{ "2017-02-30T22:07:39", "no such day" },
		{ "2100-02-29T22:07:39", "no such day" },
		{ "2017-06-26T24:00:00", "the hour must be" },
		{ "2017-06-26T22:60:00", "the minute must be" },
		{ "2017-06-26T22:07:60", "the second must be" },
		{ "1969-12-31T23:59:59Z", "1970 to 9999" },
		{ "0000-01-01T00:00:00Z", "1970 to 9999" },
		{ "10000-01-01T00:00:00Z", "write yyyy" },
		{ "1970-01-01T00:00:00+00:01", "in UTC" },
		{ "9999-12-31T23:59:59-00:01", "in UTC" },
		{ "2017-06-26T22:07:39+14:01", "-14:00 to +14:00" },
		{ "2017-06-26T22:07:39-15:00", "-14:00 to +14:00" },
		{ "2017-06-26T22:07:39+01:60", "-14:00 to +14:00" },
		{ "2017-06-26T22:07:39+1", "-14:00 to +14:00" },
		{ "2017-06-26T22:07:39+01", "-14:00 to +14:00" },
		{ "2017-06-26T22:07:39+01:0", "-14:00 to +14:00" },
		{ "2017-06-26T22:07:39+", "-14:00 to +14:00" },
		{ "2017-06-26T22:07:39ZZ", "behind the time" },
		{ "2017-06-26T22:07:39Z ", "behind the time" },
		{ " 2017-06-26T22:07:39Z", "write yyyy" },
		{ "+017-06-26T22:07:39Z", "write yyyy" },
		{ "2017-+6-26T22:07:39Z", "write yyyy" },
		{ "2017-06-26T 2:07:39Z", "write yyyy" },
		{ "@", "needs digits" },
		{ "@-1", "needs digits" },
		{ "@ 1", "needs digits" },
		{ "@1.5", "whole seconds" },
		{ "@1Z", "whole seconds" },
		{ "@253402300800", "after the year 9999" },
		{ "@99999999999999999999999999", "after the year 9999" },
		{ "\xD9\xA2\xD9\xA0\xD9\xA1\xD9\xA7-06-26T22:07:39Z", "write yyyy" },
	};
	static const struct timestamp zero;

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fault f = { 0 };
		struct timestamp t;
		int rc = parse(rows[i].text, strlen(rows[i].text), &t, &f);
		if (rc != -EINVAL || f.err != EINVAL || strstr(f.text, rows[i].says) == NULL)
			fail_msg("\"%s\": %d, %s", rows[i].text, rc, f.text);
		assert_true(t.seconds == zero.seconds && t.nanoseconds == 0 && !t.zoned && t.offset == 0);
		assert_int_equal(parse(rows[i].text, strlen(rows[i].text), &t, NULL), -EINVAL);
	}
}

static void uses_all_of_the_text(void **state)
{
	static const char text[] = "2017-06-26T22:07:39.5+02:00";
	struct timestamp t;
	struct fault f;
	char nul[sizeof text + 4];

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++) {
		bool good = n == 16 || n == 19 || n == 21;
		if ((parse(text, n, &t, NULL) == 0) != good)
			fail_msg("%zu bytes of %s", n, text);
	}
	for (size_t n = 0; n < sizeof text; n++) {
		memset(nul, 0, sizeof nul);
		memcpy(nul, text, n);
		assert_int_equal(parse(nul, n + 1, &t, &f), -EINVAL);
		assert_non_null(strstr(f.text, "\\x00\""));
	}
}

static void says_it_safely(void **state)
{
	char text[5000];
	struct timestamp t;
	struct fault f;

	(void)state;
	memset(text, '\x1b', sizeof text);
	assert_int_equal(parse(text, sizeof text, &t, &f), -EINVAL);
	assert_null(strchr(f.text, '\x1b'));
	assert_non_null(strstr(f.text, "...\": write yyyy"));
	assert_int_equal(parse("2017-02-30 10:00", 16, &t, &f), -EINVAL);
	assert_string_equal(f.text, "timestamp \"2017-02-30 10:00\": that month has no such day");
}

static void reads_what_servers_send(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t seconds;
		uint32_t ns;
		bool zoned;
		int offset;
	} rows[] = {
		{ "2017-06-26T22:07:39.8491057Z", 0, T0, 849105700, true, 0 },
		{ "2017-06-26T22:07:39-07:00", 0, T0 + 25200, 0, true, -25200 },
		{ "2017-06-26T22:07:39", 0, T0, 0, false, 0 },
		{ "2017-06-26 22:07:39", 0, T0, 0, false, 0 },
		{ "2017-06-26T22:07Z", 0, T0 - 39, 0, true, 0 },
		{ "2017-06-26T22:07:39.1234567899999999999999999999Z", 0, T0, 123456789, true, 0 },
		{ "0001-01-01T00:00:00", 0, INT64_C(-62135596800), 0, false, 0 },
		{ "0001-01-01T00:00:00Z", 0, INT64_C(-62135596800), 0, true, 0 },
		{ "0001-01-01T00:00:00+03:00", 0, INT64_C(-62135596800) - 10800, 0, true, 10800 },
		{ "1969-12-31T23:59:59Z", 0, -1, 0, true, 0 },
		{ "9999-12-31T23:59:59.9999999Z", 0, LAST, 999999900, true, 0 },
		{ "0000-01-01T00:00:00Z", -EINVAL, 0, 0, false, 0 },
		{ "2017.06.26 22:07:39", -EINVAL, 0, 0, false, 0 },
		{ "2017-06-26", -EINVAL, 0, 0, false, 0 },
		{ "2017-02-29T00:00:00Z", -EINVAL, 0, 0, false, 0 },
		{ "2017-06-26T22:07:39.Z", -EINVAL, 0, 0, false, 0 },
		{ "@0", -EINVAL, 0, 0, false, 0 },
		{ "", -EINVAL, 0, 0, false, 0 },
		{ "2017-06-26T22:07:39Zx", -EINVAL, 0, 0, false, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct timestamp t = { .seconds = 7, .offset = 7 };
		int rc = timestamp_parse_server(rows[i].text, strlen(rows[i].text), &t);
		if (rc != rows[i].rc || t.seconds != rows[i].seconds ||
		    t.nanoseconds != rows[i].ns || t.zoned != rows[i].zoned ||
		    t.offset != rows[i].offset)
			fail_msg("%s: %d %lld.%09u %d %d", rows[i].text, rc, (long long)t.seconds,
				t.nanoseconds, t.zoned, t.offset);
	}
}

static void reads_offsets(void **state)
{
	static const struct {
		const char *text;
		int rc, seconds;
	} rows[] = {
		{ "Z", 0, 0 }, { "+00:00", 0, 0 }, { "+01:00", 0, 3600 }, { "-0330", 0, -12600 },
		{ "+00:59", 0, 3540 },
		{ "+14:00", 0, 50400 }, { "-14:00", 0, -50400 }, { "+14:01", -EINVAL, 0 },
		{ "", -EINVAL, 0 }, { "z", -EINVAL, 0 }, { "01:00", -EINVAL, 0 },
		{ "+1", -EINVAL, 0 },
		{ "+01", -EINVAL, 0 }, { "+01:", -EINVAL, 0 }, { "+01:00 ", -EINVAL, 0 },
		{ "+01:00:00", -EINVAL, 0 }, { "ZZ", -EINVAL, 0 }, { "+99:99", -EINVAL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		int seconds = 99;
		int rc = timestamp_parse_offset(rows[i].text, strlen(rows[i].text), &seconds);
		if (rc != rows[i].rc || seconds != rows[i].seconds)
			fail_msg("\"%s\": %d, %d", rows[i].text, rc, seconds);
	}
}

static void writes(void **state)
{
	char out[TIMESTAMP_MAX];

	(void)state;
	assert_ptr_equal(timestamp_format_dotted(out, T0), out);
	assert_string_equal(out, "2017.06.26 22:07:39");
	assert_string_equal(timestamp_format_dotted(out, 0), "1970.01.01 00:00:00");
	assert_string_equal(timestamp_format_dotted(out, LAST), "9999.12.31 23:59:59");
	assert_string_equal(timestamp_format_utc(out, T0, 0), "2017-06-26T22:07:39Z");
	assert_string_equal(timestamp_format_utc(out, T0, 123456700), "2017-06-26T22:07:39.1234567Z");
	assert_string_equal(timestamp_format_utc(out, T0, 1), "2017-06-26T22:07:39.000000001Z");
	assert_string_equal(timestamp_format_utc(out, T0, 500000000), "2017-06-26T22:07:39.5Z");
	assert_string_equal(timestamp_format_utc(out, T0, 1000000000), "2017-06-26T22:07:39Z");
	assert_string_equal(timestamp_format_utc(out, -62135596800, 0), "0001-01-01T00:00:00Z");
	assert_string_equal(timestamp_format_offset(out, 0), "+00:00");
	assert_string_equal(timestamp_format_offset(out, -25200), "-07:00");
	assert_string_equal(timestamp_format_offset(out, 20700), "+05:45");
	assert_string_equal(timestamp_format_offset(out, -1800), "-00:30");
}

/* Values that no server sends must still stay inside their room. */
static void writes_anything(void **state)
{
	static const int64_t rows[] = { INT64_MIN, INT64_MAX, INT64_MAX / 1000, -1, LAST + 1,
		INT64_C(67767976233532799), INT64_C(67768036191676799), -67768040609740800 };
	char out[TIMESTAMP_MAX];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_true(strlen(timestamp_format_dotted(out, rows[i])) < sizeof out);
		assert_true(strlen(timestamp_format_utc(out, rows[i], 999999999)) < sizeof out);
		assert_true(strlen(timestamp_format_utc(out, rows[i], UINT32_MAX)) < sizeof out);
	}
	assert_true(strlen(timestamp_format_offset(out, INT32_MAX)) < sizeof out);
	assert_true(strlen(timestamp_format_offset(out, INT32_MIN)) < sizeof out);
}

static void comes_back(void **state)
{
	char out[TIMESTAMP_MAX];
	struct timestamp t;

	(void)state;
	srand(6);
	for (int i = 0; i < 100000; i++) {
		int64_t seconds = ((int64_t)rand() << 20 ^ rand()) % (LAST + 1);
		uint32_t ns = i % 2 == 0 ? 0 : (uint32_t)rand() % 1000000000;
		timestamp_format_utc(out, seconds, ns);
		assert_int_equal(timestamp_parse(out, strlen(out), &t, NULL), 0);
		assert_true(t.seconds == seconds && t.nanoseconds == ns && t.zoned);
		assert_int_equal(timestamp_parse_server(out, strlen(out), &t), 0);
		assert_true(t.seconds == seconds && t.nanoseconds == ns && t.zoned);
		timestamp_format_dotted(out, seconds);
		assert_int_equal(timestamp_parse(out, strlen(out), &t, NULL), 0);
		assert_true(t.seconds == seconds && !t.zoned);
	}
}

/* Each day around the turns of centuries, some of the others, with the library's calendar. */
static void knows_the_calendar(void **state)
{
	int64_t day = -719162, last = LAST / 86400;   /* 0001-01-01 */
	struct timestamp t;
	char out[TIMESTAMP_MAX];

	(void)state;
	while (day <= last) {
		const time_t when = day * 86400 + 86399;
		struct tm tm;
		assert_non_null(gmtime_r(&when, &tm));
		strftime(out, sizeof out, "0000-%m-%dT23:59:59Z", &tm);
		for (int i = 3, year = tm.tm_year + 1900; i >= 0; i--, year /= 10)
			out[i] = (char)('0' + year % 10);
		assert_int_equal(timestamp_parse_server(out, strlen(out), &t), 0);
		assert_true(t.seconds == when);
		int century = (tm.tm_year + 1900) % 100;
		day += century <= 4 || century >= 97 ? 1 : 13;
	}
}

static void does_not_ask_the_zone(void **state)
{
	struct timestamp t;
	char out[TIMESTAMP_MAX];

	(void)state;
	setenv("TZ", "America/Los_Angeles", 1);
	tzset();
	assert_int_equal(timestamp_parse("2017.06.26 22:07:39", 19, &t, NULL), 0);
	assert_true(t.seconds == T0);
	assert_string_equal(timestamp_format_utc(out, T0, 0), "2017-06-26T22:07:39Z");
	unsetenv("TZ");
	tzset();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_users_type),
		cmocka_unit_test(refuses),
		cmocka_unit_test(uses_all_of_the_text),
		cmocka_unit_test(says_it_safely),
		cmocka_unit_test(reads_what_servers_send),
		cmocka_unit_test(reads_offsets),
		cmocka_unit_test(writes),
		cmocka_unit_test(writes_anything),
		cmocka_unit_test(comes_back),
		cmocka_unit_test(knows_the_calendar),
		cmocka_unit_test(does_not_ask_the_zone),
	};

	return cmocka_run_group_tests_name("timestamp", tests, NULL, NULL);
}
