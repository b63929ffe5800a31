/*
 * Restore points as points in time: those of one instant become one member, which says what
 * all of them hold.  Its id is the instant, as explore takes it.
 *
 * Copies and data retrieved from an archive are left out: a session on the organization
 * reads neither (they have explores of their own), so they are no points that it can be
 * opened at.
 *
 * Source: OpenAPI documents of v6-v8 (RESTRestorePoint; isCopy from v7 on).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/timestamp.h"

#include "model_private.h"

static const struct {
	const char *flag, *service;
} services[] = {
	{ "isExchange", "exchange" },
	{ "isOneDrive", "onedrive" },
	{ "isSharePoint", "sharepoint" },
	{ "isTeams", "teams" },
};

#define SERVICES (sizeof(services) / sizeof(services[0]))

struct instant {
	int64_t seconds;
	uint32_t ns;
	unsigned holds;              /* bits of services */
};

static bool is_true(const struct jslice *json, const char *key)
{
	return jslice_get(json, key).type == JSLICE_TRUE;
}

/* False: no point in time that can be opened. */
static bool read_point(const struct member *m, struct instant *out)
{
	struct jslice json = member_json(m);

	if (!m->mtime || is_true(&json, "isCopy") || is_true(&json, "isLongTermCopy") ||
	    is_true(&json, "isRetrieved"))
		return false;
	*out = (struct instant){ .seconds = m->mtime, .ns = m->mtime_ns };
	for (size_t i = 0; i < SERVICES; i++)
		if (is_true(&json, services[i].flag))
			out->holds |= 1u << i;
	return true;
}

static int compare(const void *one, const void *two)
{
	const struct instant *a = one, *b = two;

	if (a->seconds != b->seconds)
		return a->seconds < b->seconds ? -1 : 1;
	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

/* Sorted, each once; how many there are. */
static size_t merge(struct instant *all, size_t n)
{
	size_t kept = 0;

	qsort(all, n, sizeof(*all), compare);
	for (size_t i = 0; i < n; i++)
		if (kept && compare(&all[kept - 1], &all[i]) == 0)
			all[kept - 1].holds |= all[i].holds;
		else
			all[kept++] = all[i];
	return kept;
}

static struct member *make_member(struct collection *c, const struct instant *at)
{
	char when[TIMESTAMP_MAX];
	struct jslice json;
	struct member *m = NULL;
	struct buf b;

	timestamp_format_utc(when, at->seconds, at->ns);
	buf_init(&b, 1024);
	buf_printf(&b, "{\"id\":\"%s\",\"backupTime\":\"%s\",\"services\":[", when, when);
	for (size_t i = 0, n = 0; i < SERVICES; i++)
		if (at->holds & 1u << i)
			buf_printf(&b, "%s\"%s\"", n++ ? "," : "", services[i].service);
	buf_addstr(&b, "]}");
	if (!buf_error(&b) && !jslice_parse(b.data, b.len, &json))
		m = member_new(c, &json);
	buf_release(&b);
	return m;
}

/* In the places of the first n that were listed; all others are put. */
static int replace(struct collection *c, struct member **listed, size_t *n,
		   const struct instant *instants, size_t count)
{
	size_t made = 0;

	for (size_t i = 0; i < *n; i++) {
		struct member *m = i < count ? make_member(c, &instants[i]) : NULL;
		if (i < count && !m)
			return -ENOMEM;
		member_put(listed[i]);
		listed[i] = m;
		made += m != NULL;
	}
	*n = made;
	return 0;
}

int points_gather(struct collection *c, struct member **listed, size_t *n)
{
	struct instant *instants = malloc((*n ? *n : 1) * sizeof(*instants));
	size_t count = 0;

	if (!instants)
		return -ENOMEM;
	for (size_t i = 0; i < *n; i++)
		if (read_point(listed[i], &instants[count]))
			count++;
	int rc = replace(c, listed, n, instants, merge(instants, count));
	free(instants);
	return rc;
}
