/* Points in time: what is read and written again is the same; where both parsers read they agree. */
#include "fuzz.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/timestamp.h"

#define LAST INT64_C(253402300799)   /* 9999-12-31T23:59:59Z */

static void expect_written(const struct timestamp *t)
{
	char text[TIMESTAMP_MAX];
	struct timestamp again;

	timestamp_format_utc(text, t->seconds, t->nanoseconds);
	EXPECT(timestamp_parse(text, strlen(text), &again, NULL) == 0);
	EXPECT(again.seconds == t->seconds && again.nanoseconds == t->nanoseconds && again.zoned);
	timestamp_format_dotted(text, t->seconds);
	EXPECT(timestamp_parse(text, strlen(text), &again, NULL) == 0);
	EXPECT(again.seconds == t->seconds && !again.zoned);
}

static bool is_equal(const struct timestamp *a, const struct timestamp *b)
{
	return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds &&
	       a->zoned == b->zoned && a->offset == b->offset;
}

static void try_offset(const char *text, size_t size)
{
	int seconds, again;

	if (timestamp_parse_offset(text, size, &seconds)) {
		EXPECT(seconds == 0);
		return;
	}
	char shown[TIMESTAMP_MAX];
	EXPECT(seconds >= -14 * 3600 && seconds <= 14 * 3600 && seconds % 60 == 0);
	timestamp_format_offset(shown, seconds);
	EXPECT(timestamp_parse_offset(shown, strlen(shown), &again) == 0 && again == seconds);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct timestamp none = { 0 };
	char *text = fuzz_copy(data, size);
	struct timestamp user, server;
	struct fault f = { 0 };
	int by_user = timestamp_parse(text, size, &user, &f);
	int by_server = timestamp_parse_server(text, size, &server);

	EXPECT(f.err == -by_user);
	if (by_user) {
		EXPECT(by_user == -EINVAL && is_equal(&user, &none));
		fuzz_expect_shown(f.text);
	} else {
		EXPECT(user.seconds >= 0 && user.seconds <= LAST && user.nanoseconds < 1000000000);
		EXPECT(user.zoned || user.offset == 0);
		expect_written(&user);
	}
	EXPECT(by_server == 0 || (by_server == -EINVAL && is_equal(&server, &none)));
	if (!by_server) {
		EXPECT(server.nanoseconds < 1000000000);
		if (server.seconds >= 0 && server.seconds <= LAST)
			expect_written(&server);
	}
	if (!by_user && !by_server)
		EXPECT(is_equal(&user, &server));
	try_offset(text, size);
	free(text);
	return 0;
}
