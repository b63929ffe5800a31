#include "instant.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define DAY INT64_C(86400)

struct civil {
	int64_t year;
	int month, day, hour, minute, second, fraction;
};

int64_t instant_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * INSTANT_SECOND + ts.tv_nsec / 100;
}

int64_t instant_clock(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static bool leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static int month_days(int64_t year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	return days[month - 1] + (month == 2 && leap(year));
}

/* Days since 1970-01-01; years are counted from March, so that the leap day is last. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
	int64_t era, yoe, doy;

	y -= m <= 2;
	era = (y >= 0 ? y : y - 399) / 400;
	yoe = y - era * 400;
	doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static void civil_from_days(int64_t z, struct civil *c)
{
	int64_t era, doe, yoe, doy, mp;

	z += 719468;
	era = (z >= 0 ? z : z - 146096) / 146097;
	doe = z - era * 146097;
	yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	mp = (5 * doy + 2) / 153;
	c->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	c->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	c->year = yoe + era * 400 + (c->month <= 2);
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static struct civil civil_of(int64_t instant, int zone)
{
	struct civil c;
	int64_t seconds = floor_div(instant, INSTANT_SECOND);
	int64_t rest;

	c.fraction = (int)(instant - seconds * INSTANT_SECOND);
	seconds += zone;
	civil_from_days(floor_div(seconds, DAY), &c);
	rest = seconds - floor_div(seconds, DAY) * DAY;
	c.hour = (int)(rest / 3600);
	c.minute = (int)(rest / 60 % 60);
	c.second = (int)(rest % 60);
	return c;
}

/* Exactly `width` digits; the rest of the text, or NULL. */
static const char *digits(const char *p, int width, int *value)
{
	*value = 0;
	while (p != NULL && width-- > 0) {
		if (!isdigit((unsigned char)*p))
			return NULL;
		*value = *value * 10 + (*p++ - '0');
	}
	return p;
}

static const char *literal(const char *p, char c)
{
	return p != NULL && *p == c ? p + 1 : NULL;
}

static const char *parse_fraction(const char *p, int *fraction)
{
	int scale = (int)INSTANT_SECOND / 10;

	if (!isdigit((unsigned char)*p))
		return NULL;
	for (; isdigit((unsigned char)*p); p++, scale /= 10)
		*fraction += (*p - '0') * scale;
	return p;
}

static const char *parse_clock(const char *p, struct civil *c)
{
	p = digits(p, 2, &c->hour);
	p = digits(literal(p, ':'), 2, &c->minute);
	if (p != NULL && *p == ':') {
		p = digits(p + 1, 2, &c->second);
		if (p != NULL && *p == '.')
			p = parse_fraction(p + 1, &c->fraction);
	}
	if (c->hour > 23 || c->minute > 59 || c->second > 59)
		return NULL;
	return p;
}

static const char *parse_date(const char *p, struct civil *c)
{
	int year;
	char mark;

	p = digits(p, 4, &year);
	if (p == NULL || (*p != '.' && *p != '-'))
		return NULL;
	mark = *p;
	p = digits(p + 1, 2, &c->month);
	p = digits(literal(p, mark), 2, &c->day);
	c->year = year;
	if (p == NULL || year < 1 || c->month < 1 || c->month > 12 || c->day < 1)
		return NULL;
	return c->day <= month_days(year, c->month) ? p : NULL;
}

bool instant_parse_zone(const char *text, int *zone)
{
	int hours, minutes;
	const char *p;

	if (strcmp(text, "Z") == 0 || strcmp(text, "z") == 0) {
		*zone = 0;
		return true;
	}
	if (*text != '+' && *text != '-')
		return false;
	p = digits(text + 1, 2, &hours);
	if (p != NULL && *p == ':')
		p++;
	p = digits(p, 2, &minutes);
	if (p == NULL || *p != '\0' || minutes > 59 || hours * 60 + minutes > 14 * 60)
		return false;
	*zone = (hours * 60 + minutes) * (*text == '-' ? -60 : 60);
	return true;
}

bool instant_parse(const char *text, int zone, int64_t *instant)
{
	struct civil c = { 0 };
	const char *p = parse_date(text, &c);

	if (p == NULL || (*p != ' ' && *p != 'T' && *p != 't'))
		return false;
	p = parse_clock(p + 1, &c);
	if (p == NULL || (*p != '\0' && !instant_parse_zone(p, &zone)))
		return false;
	*instant = days_from_civil(c.year, c.month, c.day) * DAY + c.hour * 3600 +
		c.minute * 60 + c.second - zone;
	*instant = *instant * INSTANT_SECOND + c.fraction;
	return true;
}

static void write_digits(char out[INSTANT_MAX], const struct civil *c, bool full)
{
	int n = snprintf(out, INSTANT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", (int)c->year,
		c->month, c->day, c->hour, c->minute, c->second);

	if (c->fraction == 0 && !full)
		return;
	n += snprintf(out + n, (size_t)(INSTANT_MAX - n), ".%07d", c->fraction);
	while (!full && out[n - 1] == '0')
		out[--n] = '\0';
}

char *instant_utc(char out[INSTANT_MAX], int64_t instant, bool full)
{
	struct civil c = civil_of(instant, 0);

	write_digits(out, &c, full);
	strcat(out, "Z");
	return out;
}

char *instant_local(char out[INSTANT_MAX], int64_t instant, int zone, bool full)
{
	struct civil c = civil_of(instant, zone);
	unsigned minutes = (unsigned)(zone < 0 ? -zone : zone) / 60;
	size_t n;

	write_digits(out, &c, full);
	n = strlen(out);
	snprintf(out + n, INSTANT_MAX - n, "%c%02u:%02u", zone < 0 ? '-' : '+',
		minutes / 60 % 100, minutes % 60);
	return out;
}

char *instant_culture(char out[INSTANT_MAX], int64_t instant, int zone)
{
	struct civil c = civil_of(instant, zone);

	snprintf(out, INSTANT_MAX, "%d/%d/%d %d:%02d:%02d %s", c.month, c.day, (int)c.year,
		c.hour % 12 ? c.hour % 12 : 12, c.minute, c.second, c.hour < 12 ? "AM" : "PM");
	return out;
}
