/*
 * timestamp: points in time as people, automation and the server write them.
 *
 * Not for: "now" and "latest", which are words of the explore command
 * (command.h); durations; anything that reads a clock or TZ.
 *
 * Sources of the forms: the API reference of v1/v2 writes
 * "yyyy.MM.dd HH:mm:ss"; v3+ adds "yyyy-MM-dd HH:mm:ss.SSS" and ISO 8601; the
 * server itself sends 7 fractional digits with Z, offsets, or no zone at all.
 */
#ifndef VBOFS_TIMESTAMP_H
#define VBOFS_TIMESTAMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vbofs/fault.h"

#define TIMESTAMP_MAX 48   /* room for any form that is written here, with NUL */

struct timestamp {
	int64_t seconds;        /* zoned: Unix time.  else: the digits read as UTC */
	uint32_t nanoseconds;   /* 0 .. 999999999 */
	bool zoned;             /* a zone was written: this is an instant */
	int offset;             /* zoned: seconds east of UTC as written, else 0 */
};

/*
 * What a user may type:
 *   yyyy.MM.dd HH:mm[:ss]
 *   yyyy-MM-dd[T ]HH:mm[:ss[.f...]]  and the dotted form too, with at most 9
 *                                    digits of fraction (dotted: with a blank),
 *   either followed by nothing, Z, +hh:mm, -hh:mm, +hhmm or -hhmm;
 *   @SECONDS (Unix time, whole seconds; zoned, offset 0).
 * The whole of `text` must be used.  Years 1970 to 9999, impossible dates
 * (30 February, 24:00, second 60) refused, offsets up to 14:00.  An instant that
 * falls outside 1970..9999 once its offset is applied is refused too.
 * 0, or -EINVAL with a text that says what is wrong and what would be right.
 */
int timestamp_parse(const char *text, size_t len, struct timestamp *t, struct fault *f);

/*
 * What a server may send in a date-time property: ISO 8601 with 'T' or a
 * blank, any number of fractional digits (those past the ninth are dropped),
 * with or without seconds, with or without a zone.  Years 0001 to 9999 (servers send 0001-01-01 for
 * "never").  0 or -EINVAL.
 */
int timestamp_parse_server(const char *text, size_t len, struct timestamp *t);

/* "+hh:mm", "-hh:mm", "+hhmm", "-hhmm" (to 14:00) or "Z" to seconds east of UTC.  0 or -EINVAL. */
int timestamp_parse_offset(const char *text, size_t len, int *seconds);

/*
 * Writers; each fills `out` (TIMESTAMP_MAX bytes) and returns it.  `seconds` is
 * shown in UTC.
 */
char *timestamp_format_dotted(char *out, int64_t seconds);            /* 2017.06.26 22:07:39 */
/* 2017-06-26T22:07:39Z; 2017-06-26T22:07:39.1234567Z if ns != 0, without trailing zeros. */
char *timestamp_format_utc(char *out, int64_t seconds, uint32_t ns);
char *timestamp_format_offset(char *out, int seconds);                /* -07:00 */

#endif
