/*
 * instant: points in time as the server reads and writes them.
 *
 * An instant is a count of 100 ns since 1970 in UTC, which is what the
 * server's seven fractional digits hold.  Zones are seconds east of UTC.
 * Nothing here reads TZ.
 */
#ifndef SIM_INSTANT_H
#define SIM_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

#define INSTANT_SECOND INT64_C(10000000)
#define INSTANT_NONE INT64_MIN      /* "there is no such time" */
#define INSTANT_MAX 48              /* room for any written form */

int64_t instant_now(void);

/* Milliseconds of a clock that never jumps. */
int64_t instant_clock(void);

/*
 * yyyy.MM.dd or yyyy-MM-dd, a blank or T, HH:mm[:ss[.f...]], then nothing
 * (the digits are local to `zone`), Z, or an offset.
 */
bool instant_parse(const char *text, int zone, int64_t *instant);

/* Z, +hh:mm or +hhmm (or with a minus). */
bool instant_parse_zone(const char *text, int *zone);

/* 2017-05-14T09:17:45.8491057Z; fraction cut of trailing zeros unless `full`. */
char *instant_utc(char out[INSTANT_MAX], int64_t instant, bool full);

/* 2017-06-26T22:07:39-07:00; a fraction as above. */
char *instant_local(char out[INSTANT_MAX], int64_t instant, int zone, bool full);

/* 6/26/2017 10:07:39 PM */
char *instant_culture(char out[INSTANT_MAX], int64_t instant, int zone);

#endif
