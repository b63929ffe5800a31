#include "vbofs/timestamp.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define OFFSET_MAX (14 * 3600)
#define SECONDS_MAX INT64_C(253402300799)   /* 9999-12-31T23:59:59Z */
#define FRACTION_DIGITS 9

#define FORMS "write yyyy.MM.dd HH:mm:ss, yyyy-MM-ddTHH:mm:ssZ or @SECONDS"

/* What is left to read. */
struct cursor {
	const char *p, *end;
};

struct fields {
	int year, month, day, hour, minute, second;
};

static bool take(struct cursor *c, char want)
{
	if (c->p == c->end || *c->p != want)
		return false;
	c->p++;
	return true;
}

static bool digit_next(const struct cursor *c)
{
	return c->p < c->end && *c->p >= '0' && *c->p <= '9';
}

/* Exactly n digits. */
static bool take_number(struct cursor *c, int n, int *value)
{
	*value = 0;
	while (n-- > 0) {
		if (!digit_next(c))
			return false;
		*value = *value * 10 + (*c->p++ - '0');
	}
	return true;
}

/* Digits after a point: nanoseconds, what is finer is dropped.  Returns how many there were. */
static size_t take_fraction(struct cursor *c, uint32_t *ns)
{
	uint32_t scale = 100000000;
	size_t n = 0;

	*ns = 0;
	for (; digit_next(c); n++, scale /= 10)
		*ns += (uint32_t)(*c->p++ - '0') * scale;
	return n;
}

/* Z, +hh:mm or +hhmm. */
static bool take_offset(struct cursor *c, int *seconds)
{
	int hours, minutes;

	*seconds = 0;
	if (take(c, 'Z'))
		return true;
	if (c->p == c->end || (*c->p != '+' && *c->p != '-'))
		return false;
	int sign = *c->p++ == '-' ? -1 : 1;
	if (!take_number(c, 2, &hours))
		return false;
	take(c, ':');
	if (!take_number(c, 2, &minutes) || minutes > 59)
		return false;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return abs(*seconds) <= OFFSET_MAX;
}

static int days_in(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* NULL, or what is wrong with the values. */
static const char *check_fields(const struct fields *d, int first_year)
{
	if (d->year < first_year)
		return first_year == 1970 ? "the year must be 1970 to 9999" : "no such year";
	if (d->month < 1 || d->month > 12)
		return "the month must be 01 to 12";
	if (d->day < 1 || d->day > days_in(d->year, d->month))
		return "that month has no such day";
	if (d->hour > 23)
		return "the hour must be 00 to 23";
	if (d->minute > 59)
		return "the minute must be 00 to 59";
	if (d->second > 59)
		return "the second must be 00 to 59";
	return NULL;
}

/*
 * Years from March, so that a leap day is the last of one.  A listing has two times for each of its
 * members: timegm(3) is made for more than this, and takes longer.
 */
static int64_t to_seconds(const struct fields *d)
{
	const int64_t year = d->year - (d->month <= 2), month = (d->month + 9) % 12;
	const int64_t days = 365 * year + year / 4 - year / 100 + year / 400 +
		(153 * month + 2) / 5 + d->day - 1 - 719468;   /* 0000-03-01 to 1970-01-01 */

	return ((days * 24 + d->hour) * 60 + d->minute) * 60 + d->second;
}

/* "HH:mm[:ss[.f...]]"; the values are not checked. */
static bool take_time(struct cursor *c, struct fields *d, uint32_t *ns, size_t *digits)
{
	d->second = 0;
	*ns = 0;
	*digits = 0;
	if (!take_number(c, 2, &d->hour) || !take(c, ':') || !take_number(c, 2, &d->minute))
		return false;
	if (!take(c, ':'))
		return true;
	if (!take_number(c, 2, &d->second))
		return false;
	if (take(c, '.')) {
		*digits = take_fraction(c, ns);
		return *digits > 0;
	}
	return true;
}

static bool take_date(struct cursor *c, char separator, struct fields *d)
{
	return take_number(c, 4, &d->year) && take(c, separator) &&
		take_number(c, 2, &d->month) && take(c, separator) &&
		take_number(c, 2, &d->day);
}

/* @SECONDS; NULL or what is wrong. */
static const char *parse_unix(struct cursor *c, struct timestamp *t)
{
	if (!digit_next(c))
		return "@ needs digits: whole seconds since 1970";
	for (; digit_next(c); c->p++) {
		t->seconds = t->seconds * 10 + (*c->p - '0');
		if (t->seconds > SECONDS_MAX)
			return "that is after the year 9999";
	}
	if (c->p != c->end)
		return "@ takes whole seconds since 1970 and nothing behind them";
	t->zoned = true;
	return NULL;
}

/* Shared by both parsers: from the time on.  NULL or what is wrong. */
static const char *parse_rest(struct cursor *c, struct fields *d, int first_year, size_t max_digits,
	struct timestamp *t)
{
	size_t digits;

	if (!take_time(c, d, &t->nanoseconds, &digits))
		return FORMS;
	if (digits > max_digits)
		return "at most 9 digits may follow the point";
	const char *wrong = check_fields(d, first_year);
	if (wrong != NULL)
		return wrong;
	t->seconds = to_seconds(d);
	if (c->p == c->end)
		return NULL;
	if (!take_offset(c, &t->offset) || c->p != c->end)
		return "behind the time may follow Z or an offset from -14:00 to +14:00";
	t->zoned = true;
	t->seconds -= t->offset;
	return NULL;
}

static const char *parse_user(struct cursor *c, struct timestamp *t)
{
	struct fields d;

	if (take(c, '@'))
		return parse_unix(c, t);
	const char separator = c->end - c->p > 4 && c->p[4] == '.' ? '.' : '-';
	if (!take_date(c, separator, &d))
		return FORMS;
	if (c->p == c->end)
		return "the time of day is missing, " FORMS;
	if (!take(c, ' ') && (separator == '.' || !take(c, 'T')))
		return FORMS;
	const char *wrong = parse_rest(c, &d, 1970, FRACTION_DIGITS, t);
	if (wrong == NULL && (t->seconds < 0 || t->seconds > SECONDS_MAX))
		return "in UTC the year must be 1970 to 9999";
	return wrong;
}

int timestamp_parse(const char *text, size_t len, struct timestamp *t, struct fault *f)
{
	struct cursor c = { text, text + len };

	*t = (struct timestamp){ 0 };
	const char *wrong = parse_user(&c, t);
	if (wrong == NULL)
		return 0;
	*t = (struct timestamp){ 0 };
	/* A NUL must not hide what follows it, so the text is shown escaped. */
	char shown[64];
	fault_escape(shown, sizeof shown, text, len);
	return fault_set(f, EINVAL, "timestamp \"%s\": %s", shown, wrong);
}

int timestamp_parse_server(const char *text, size_t len, struct timestamp *t)
{
	struct cursor c = { text, text + len };
	struct fields d;

	*t = (struct timestamp){ 0 };
	if (take_date(&c, '-', &d) && (take(&c, 'T') || take(&c, ' ')) &&
	    parse_rest(&c, &d, 1, SIZE_MAX, t) == NULL)
		return 0;
	*t = (struct timestamp){ 0 };
	return -EINVAL;
}

int timestamp_parse_offset(const char *text, size_t len, int *seconds)
{
	struct cursor c = { text, text + len };

	if (take_offset(&c, seconds) && c.p == c.end)
		return 0;
	*seconds = 0;
	return -EINVAL;
}

static char *add_two(char *out, int n, char behind)
{
	out[0] = (char)('0' + n / 10);
	out[1] = (char)('0' + n % 10);
	out[2] = behind;
	return out + 3;
}

/* "yyyyXMMXddYHH:mm:ss"; returns the length.  Each line of the log has one: no printf. */
static int format_fields(char *out, int64_t seconds, char between, char before_time)
{
	const time_t when = seconds;
	struct tm tm;
	char *p = out;

	if (gmtime_r(&when, &tm) == NULL)
		return snprintf(out, TIMESTAMP_MAX, "@%" PRId64, seconds);
	const long long year = (long long)tm.tm_year + 1900;
	if (year < 0 || year > 9999)
		return snprintf(out, TIMESTAMP_MAX, "%04lld%c%02d%c%02d%c%02d:%02d:%02d", year, between,
				tm.tm_mon + 1, between, tm.tm_mday, before_time, tm.tm_hour, tm.tm_min,
				tm.tm_sec);
	p = add_two(p, (int)year / 100, between) - 1;
	p = add_two(p, (int)year % 100, between);
	p = add_two(p, tm.tm_mon + 1, between);
	p = add_two(p, tm.tm_mday, before_time);
	p = add_two(p, tm.tm_hour, ':');
	p = add_two(p, tm.tm_min, ':');
	p = add_two(p, tm.tm_sec, '\0') - 1;
	return (int)(p - out);
}

char *timestamp_format_dotted(char *out, int64_t seconds)
{
	format_fields(out, seconds, '.', ' ');
	return out;
}

char *timestamp_format_utc(char *out, int64_t seconds, uint32_t ns)
{
	char *end = out + format_fields(out, seconds, '-', 'T');

	if (ns != 0 && ns < 1000000000) {
		end += snprintf(end, 11, ".%09" PRIu32, ns);
		while (end[-1] == '0')
			end--;
	}
	memcpy(end, "Z", 2);
	return out;
}

char *timestamp_format_offset(char *out, int seconds)
{
	const int minutes = abs(seconds / 60);

	snprintf(out, TIMESTAMP_MAX, "%c%02d:%02d", seconds < 0 ? '-' : '+',
		minutes / 60, minutes % 60);
	return out;
}
