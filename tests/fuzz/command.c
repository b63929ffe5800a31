/*
 * What a user writes into explore: is it a command, and what is sent for it.
 * Whatever the line is, it is refused with words that can be shown, or all
 * versions make a request of it that says the same time again.
 */
#include "fuzz.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/command.h"
#include "vbofs/profile.h"

#define OFFSET (-7 * 3600)

static const char *datetime_in(json_t *body)
{
	json_t *explore = json_object_get(body, "explore");

	return json_string_value(explore ? json_object_get(explore, "datetime")
					 : json_object_get(body, "dateTime"));
}

/* The request's time, read again, is the one that was meant. */
static void expect_time(const struct profile *p, const struct profile_when *when, const char *text)
{
	int64_t seconds = when->seconds;
	struct timestamp t;

	if (p->caps & CAP_INSTANT) {
		EXPECT(timestamp_parse_server(text, strlen(text), &t) == 0);
		EXPECT(t.zoned && t.nanoseconds == when->nanoseconds);
	} else {
		/* what the server's zone makes of the last hours of a year 9999 has no form */
		seconds += (when->nanoseconds ? 1 : 0) + (when->zoned ? OFFSET : 0);
		if (seconds < 0 || seconds >= INT64_C(253402300800))
			return;
		EXPECT(timestamp_parse(text, strlen(text), &t, NULL) == 0);
		EXPECT(!t.zoned);
	}
	EXPECT(t.seconds == seconds);
}

static void expect_request(const struct profile *p, enum role role, const struct explore *e)
{
	const struct profile_when when = { .zoned = e->at.zoned, .seconds = e->at.seconds,
					   .nanoseconds = e->at.nanoseconds };
	char datetime[TIMESTAMP_MAX];
	struct fault f = { 0 };
	struct buf body;

	if (profile_check_explore(p, role, e, &f)) {
		EXPECT(f.err == EOPNOTSUPP);
		fuzz_expect_shown(f.text);
		return;
	}
	buf_init(&body, 8192);
	profile_datetime(p, &when, OFFSET, datetime);
	profile_explore_body(p, e, datetime, &body);
	EXPECT(buf_error(&body) == 0);
	json_t *json = json_loadb(body.data, body.len, JSON_REJECT_DUPLICATES, NULL);
	EXPECT(json_is_object(json));
	EXPECT(datetime_in(json));
	expect_time(p, &when, datetime_in(json));
	json_decref(json);
	buf_release(&body);
}

static bool is_equal(const struct explore *a, const struct explore *b)
{
	return a->when == b->when && a->at.seconds == b->at.seconds &&
	       a->at.nanoseconds == b->at.nanoseconds && a->at.zoned == b->at.zoned &&
	       a->at.offset == b->at.offset && a->type == b->type &&
	       a->type_given == b->type_given && a->show_deleted == b->show_deleted &&
	       a->show_deleted_given == b->show_deleted_given &&
	       a->show_all_versions == b->show_all_versions &&
	       a->show_all_versions_given == b->show_all_versions_given &&
	       strcmp(a->repository, b->repository) == 0;
}

/* Blanks around it and the end of the line change nothing. */
static void expect_same(const char *line, size_t len, const struct explore *e)
{
	char *other = malloc(len + 4);
	struct explore again;

	EXPECT(other);
	memcpy(other, " ", 1);
	memcpy(other + 1, line, len);
	memcpy(other + 1 + len, "\t\r\n", 3);
	EXPECT(command_parse_explore(other, len + 4, &again, NULL) == 0);
	EXPECT(is_equal(e, &again));
	free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct explore none = { .type = EXPLORE_VEX };
	char *line = fuzz_copy(data, size);
	struct fault f = { 0 };
	struct explore e;
	int rc = command_parse_explore(line, size, &e, &f);

	EXPECT(f.err == -rc);
	if (rc) {
		EXPECT(rc == -EINVAL || rc == -E2BIG);
		EXPECT(f.text[0]);
		fuzz_expect_shown(f.text);
		EXPECT(is_equal(&e, &none));
		free(line);
		return 0;
	}
	for (int v = PROFILE_OLDEST; v <= PROFILE_NEWEST; v++)
		for (enum role role = ROLE_ADMIN; role < ROLE_COUNT; role++)
			expect_request(profile_get(v), role, &e);
	if (size && line[size - 1] == '\n')
		size -= size > 1 && line[size - 2] == '\r' ? 2 : 1;
	if (size <= COMMAND_LINE_MAX - 2)
		expect_same(line, size, &e);
	free(line);
	return 0;
}
