#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vbofs/command.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define T0 INT64_C(1498514859)
#define REPO "5f8a6f2e-6d0c-4f0e-9a53-0b1f5b6d7C11"

/* A copy of exactly this size: reading past it is seen by the sanitizer. */
static int parse(const char *line, size_t len, struct explore *e, struct fault *f)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, line, len);
	memset(e, 0x55, sizeof *e);
	int rc = command_parse_explore(copy, len, e, f);
	free(copy);
	return rc;
}

enum { NO, GIVEN_FALSE, GIVEN_TRUE };

static int tri(bool value, bool given)
{
	return !given ? NO : value ? GIVEN_TRUE : GIVEN_FALSE;
}

static void understands(void **state)
{
	static const struct {
		const char *line;
		enum explore_when when;
		bool zoned;
		int type;                        /* -1: not given */
		int deleted, versions;
		const char *repository;
	} rows[] = {
		{ "2017.06.26 22:07:39", EXPLORE_AT, false, -1, NO, NO, "" },
		{ "2017.06.26 22:07:39\n", EXPLORE_AT, false, -1, NO, NO, "" },
		{ "2017.06.26 22:07:39\r\n", EXPLORE_AT, false, -1, NO, NO, "" },
		{ " \t2017.06.26 \t 22:07:39 \t\n", EXPLORE_AT, false, -1, NO, NO, "" },
		{ "2017-06-26 22:07:39Z type=vet", EXPLORE_AT, true, EXPLORE_VET, NO, NO, "" },
		{ "2017-06-26T22:07:39Z type=veod", EXPLORE_AT, true, EXPLORE_VEOD, NO, NO, "" },
		{ "@1498514859 Type=VEX", EXPLORE_AT, true, EXPLORE_VEX, NO, NO, "" },
		{ "now", EXPLORE_NOW, false, -1, NO, NO, "" },
		{ "NOW\n", EXPLORE_NOW, false, -1, NO, NO, "" },
		{ "latest type=vesp showDeleted=true", EXPLORE_LATEST, false, EXPLORE_VESP,
			GIVEN_TRUE, NO, "" },
		{ "latest\tSHOWDELETED=False showallversions=TRUE\trepositoryid=" REPO, EXPLORE_LATEST,
			false, -1, GIVEN_FALSE, GIVEN_TRUE, REPO },
		{ "now showAllVersions=false", EXPLORE_NOW, false, -1, NO, GIVEN_FALSE, "" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fault f = { 0 };
		struct explore e;
		if (parse(rows[i].line, strlen(rows[i].line), &e, &f) != 0)
			fail_msg("row %zu: %s", i, f.text);
		assert_int_equal(e.when, rows[i].when);
		assert_true(e.at.seconds == (rows[i].when == EXPLORE_AT ? T0 : 0));
		assert_int_equal(e.at.zoned, rows[i].zoned);
		assert_int_equal(e.type_given, rows[i].type >= 0);
		assert_int_equal(e.type, rows[i].type >= 0 ? rows[i].type : EXPLORE_VEX);
		assert_int_equal(tri(e.show_deleted, e.show_deleted_given), rows[i].deleted);
		assert_int_equal(tri(e.show_all_versions, e.show_all_versions_given),
			rows[i].versions);
		assert_string_equal(e.repository, rows[i].repository);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *line;
		size_t len;
		const char *says;
	} rows[] = {
#define ROW(line, says) { line, sizeof line - 1, says }
		ROW("", "write a timestamp, now or latest"),
		ROW("\n", "it is empty"),
		ROW("\r\n", "it is empty"),
		ROW(" \t \n", "it is empty"),
		ROW("now\n\n", "more than one line"),
		ROW("now\nnow\n", "more than one line"),
		ROW("now\r", "more than one line"),
		ROW("now\r\r\n", "more than one line"),
		ROW("\nnow", "more than one line"),
		ROW("now\0", "NUL byte"),
		ROW("now\0type=vex", "NUL byte"),
		ROW("\0", "NUL byte"),
		ROW("tomorrow", "timestamp \"tomorrow\": write yyyy"),
		ROW("nows", "timestamp \"nows\""),
		ROW("now!", "timestamp \"now!\""),
		ROW("type=vex", "explore word \"type=vex\": the time comes first"),
		ROW("type=vex now", "the time comes first"),
		ROW("now type", "explore word \"type\": write key=value"),
		ROW("now now", "explore word \"now\": write key=value"),
		ROW("now 22:07", "explore word \"22:07\""),
		ROW("2017.06.26", "time of day is missing"),
		ROW("2017.06.26 type=vex", "time of day is missing"),
		ROW("2017.06.26 22:07:39 Z", "explore word \"Z\": write key=value"),
		ROW("2017.02.30 22:07:39", "timestamp \"2017.02.30 22:07:39\": that month"),
		ROW("2017.06.26 foo", "timestamp \"2017.06.26 foo\": write yyyy"),
		ROW("2017-06-26T22:07:39Z foo", "explore word \"foo\": write key=value"),
		ROW("@12 13:00", "explore word \"13:00\": write key=value"),
		ROW("@", "needs digits"),
		ROW("now type=", "explore type \"\": write vex, veod, vesp or vet"),
		ROW("now type=ve", "explore type \"ve\""),
		ROW("now type=vexx", "explore type \"vexx\""),
		ROW("now type=vex type=vex", "explore key \"type\": given twice"),
		ROW("now =vex", "explore key \"\": write type"),
		ROW("now types=vex", "explore key \"types\": write type"),
		ROW("now reason=x", "explore key \"reason\""),
		ROW("now showDeleted=1", "explore value \"1\": write true or false"),
		ROW("now showDeleted=", "explore value \"\": write true or false"),
		ROW("now showDeleted=true showdeleted=false", "\"showdeleted\": given twice"),
		ROW("now showAllVersions=yes", "explore value \"yes\""),
		ROW("now showAllVersions=true showAllVersions=true", "given twice"),
		ROW("now repositoryId=", "explore repository \"\": write its id"),
		ROW("now repositoryId=" REPO "0", "write its id"),
		ROW("now repositoryId=5f8a6f2e-6d0c-4f0e-9a53-0b1f5b6d7C1", "write its id"),
		ROW("now repositoryId=5f8a6f2e-6d0c-4f0e-9a53-0b1f5b6d7C1g", "write its id"),
		ROW("now repositoryId=5f8a6f2e06d0c-4f0e-9a53-0b1f5b6d7C11", "write its id"),
		ROW("now repositoryId=gf8a6f2e-6d0c-4f0e-9a53-0b1f5b6d7C11", "write its id"),
		ROW("now repositoryId=../../../../../../../../../../../../", "write its id"),
		ROW("now repositoryId=" REPO " repositoryId=" REPO, "given twice"),
		ROW("now\x0btype=vex", "\"now\\x0btype"),
		ROW("now \x1b[2J", "explore word \"\\x1b[2J\""),
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fault f = { 0 };
		struct explore e;
		int rc = parse(rows[i].line, rows[i].len, &e, &f);
		if (rc != -EINVAL || f.err != EINVAL || strstr(f.text, rows[i].says) == NULL)
			fail_msg("row %zu: %d, %s", i, rc, f.text);
		assert_true(f.text[strlen(f.text) - 1] != '.');
		assert_false(e.type_given || e.show_deleted_given || e.show_all_versions_given);
		assert_int_equal(e.repository[0], '\0');
		assert_int_equal(parse(rows[i].line, rows[i].len, &e, NULL), -EINVAL);
	}
}

static void bounds_its_length(void **state)
{
	static char line[COMMAND_LINE_MAX + 3];
	struct fault f = { 0 };
	struct explore e;

	(void)state;
	memset(line, ' ', sizeof line);
	memcpy(line, "now", 3);
	assert_int_equal(parse(line, COMMAND_LINE_MAX, &e, &f), 0);
	assert_int_equal(parse(line, COMMAND_LINE_MAX + 1, &e, &f), -E2BIG);
	assert_string_equal(f.text, "explore command of 4097 bytes: at most 4096 are allowed");
	line[COMMAND_LINE_MAX] = '\n';
	assert_int_equal(parse(line, COMMAND_LINE_MAX + 1, &e, &f), 0);
	line[COMMAND_LINE_MAX] = '\r';
	line[COMMAND_LINE_MAX + 1] = '\n';
	assert_int_equal(parse(line, COMMAND_LINE_MAX + 2, &e, &f), 0);
	assert_int_equal(parse(line, COMMAND_LINE_MAX + 1, &e, &f), -E2BIG);
}

static void takes_words_as_long_as_the_line(void **state)
{
	char line[COMMAND_LINE_MAX];
	struct fault f;
	struct explore e;

	(void)state;
	memset(line, 'x', sizeof line);
	assert_int_equal(parse(line, sizeof line, &e, &f), -EINVAL);
	for (size_t blank_at = 1; blank_at < 200; blank_at++) {
		memset(line, '1', sizeof line);
		line[blank_at] = ' ';
		assert_int_equal(parse(line, sizeof line, &e, &f), -EINVAL);
		assert_int_equal(parse(line, 2 * blank_at + 1, &e, &f), -EINVAL);
	}
}

static void survives_random_lines(void **state)
{
	static const char repository[] = "repositoryId=" REPO;
	static const char *const pieces[] = { "now", "latest", " ", "\t", "=", "type=vex", "type=",
		"2017.06.26", "22:07:39", "T", "Z", "@1", "\n", "\r", "showDeleted=true", "\xFF",
		repository, "-07:00" };
	size_t good = 0;

	(void)state;
	srand(8);
	for (int round = 0; round < 100000; round++) {
		char line[400] = "";
		struct explore e;
		struct fault f = { 0 };
		for (int n = rand() % 8; n >= 0; n--)
			strncat(line, pieces[(size_t)rand() % LEN(pieces)], 60);
		int rc = parse(line, strlen(line), &e, &f);
		assert_true(rc == 0 ? f.err == 0 : rc == -EINVAL && f.err == EINVAL);
		good += rc == 0;
	}
	assert_true(good > 300);
}

static void names_types(void **state)
{
	(void)state;
	assert_string_equal(command_type_name(EXPLORE_VEX), "vex");
	assert_string_equal(command_type_name(EXPLORE_VEOD), "veod");
	assert_string_equal(command_type_name(EXPLORE_VESP), "vesp");
	assert_string_equal(command_type_name(EXPLORE_VET), "vet");
	assert_string_equal(command_type_name((enum explore_type)(EXPLORE_VET + 1)), "unknown");
}

static void assert_fits(const char *help)
{
	size_t column = 0;

	assert_int_equal(help[strlen(help) - 1], '\n');
	for (const char *p = help; *p != '\0'; p++) {
		column = *p == '\n' ? 0 : column + 1;
		assert_true(column <= 80);
	}
}

/* Every example in the help is a command, and every key has its line. */
static void helps(void **state)
{
	const char *help = command_explore_help();
	const char *const words[] = { "2017.06.26 22:07:39", "2017-06-26 22:07",
		"2017-06-26T22:07:39Z", "@1498514859", "now", "latest", "type=vex", "veod", "vesp",
		"vet", "showDeleted=true", "showAllVersions=true", "repositoryId=" };
	struct explore e;

	(void)state;
	for (size_t i = 0; i < LEN(words); i++) {
		assert_non_null(strstr(help, words[i]));
		if (i < 6)
			assert_int_equal(parse(words[i], strlen(words[i]), &e, NULL), 0);
	}
	assert_fits(help);
	assert_fits(command_search_help());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands),
		cmocka_unit_test(refuses),
		cmocka_unit_test(bounds_its_length),
		cmocka_unit_test(takes_words_as_long_as_the_line),
		cmocka_unit_test(survives_random_lines),
		cmocka_unit_test(names_types),
		cmocka_unit_test(helps),
	};

	return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
