#include "vbofs/metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#define REQUESTS "vbofs_http_requests"
#define SECONDS "vbofs_http_request_seconds"

/* Upper bounds, in microseconds; the last has none. */
static const struct {
	uint64_t most;
	const char *le;
} buckets[METRICS_BUCKETS] = {
	{ 5000, "0.005" },   { 10000, "0.01" },   { 25000, "0.025" },   { 50000, "0.05" },
	{ 100000, "0.1" },   { 250000, "0.25" },  { 500000, "0.5" },    { 1000000, "1.0" },
	{ 2500000, "2.5" },  { 5000000, "5.0" },  { 10000000, "10.0" }, { 30000000, "30.0" },
	{ UINT64_MAX, "+Inf" },
};

static const char *const methods[METRICS_METHODS] = { "GET", "POST" };

void metrics_request(struct metrics *m, bool post, long status, int err, uint64_t microseconds)
{
	struct metrics_requests *r = &m->requests[post ? METRICS_POST : METRICS_GET];
	int b = 0;

	if (err) {
		*(err == ECANCELED ? &r->canceled : &r->failed) += 1;
		return;
	}
	r->status[status > 0 && status < METRICS_STATUS_MAX ? status : 0]++;
	r->microseconds += microseconds;
	while (microseconds > buckets[b].most)
		b++;
	r->bucket[b]++;
}

void metrics_family(struct buf *out, const char *name, enum metrics_type type, const char *unit,
		    const char *help)
{
	static const char *const types[] = { "counter", "gauge", "histogram" };

	buf_printf(out, "# TYPE vbofs_%s %s\n", name, types[type]);
	if (unit)
		buf_printf(out, "# UNIT vbofs_%s %s\n", name, unit);
	buf_printf(out, "# HELP vbofs_%s %s\n", name, help);
}

static void add_value(struct buf *out, const char *value)
{
	for (; *value; value++) {
		if (*value == '\\' || *value == '"')
			buf_addch(out, '\\');
		if (*value == '\n')
			buf_addstr(out, "\\n");
		else
			buf_addch(out, *value);
	}
}

void metrics_sample(struct buf *out, const char *name, const char *suffix, const char *label,
		    const char *value, uint64_t number)
{
	buf_printf(out, "vbofs_%s%s", name, suffix);
	if (label) {
		buf_printf(out, "{%s=\"", label);
		add_value(out, value);
		buf_addstr(out, "\"}");
	}
	buf_printf(out, " %" PRIu64 "\n", number);
}

void metrics_one(struct buf *out, const char *name, enum metrics_type type, const char *unit,
		 const char *help, uint64_t number)
{
	metrics_family(out, name, type, unit, help);
	metrics_sample(out, name, type == METRICS_COUNTER ? "_total" : "", NULL, NULL, number);
}

void metrics_end(struct buf *out)
{
	buf_addstr(out, "# EOF\n");
}

/* ---- the requests ---------------------------------------------------------------------- */

static void print_status(struct buf *out, const char *method, const char *status, uint64_t n)
{
	if (n)
		buf_printf(out, REQUESTS "_total{method=\"%s\",status=\"%s\"} %" PRIu64 "\n", method,
			   status, n);
}

static void print_statuses(struct buf *out, const char *method, const struct metrics_requests *r)
{
	char status[16];

	for (int i = 1; i < METRICS_STATUS_MAX; i++) {
		snprintf(status, sizeof(status), "%d", i);
		print_status(out, method, status, r->status[i]);
	}
	print_status(out, method, "invalid", r->status[0]);
	print_status(out, method, "none", r->failed);
	print_status(out, method, "canceled", r->canceled);
}

static void print_times(struct buf *out, const char *method, const struct metrics_requests *r)
{
	uint64_t sum = 0;

	for (int b = 0; b < METRICS_BUCKETS; b++) {
		sum += r->bucket[b];
		buf_printf(out, SECONDS "_bucket{method=\"%s\",le=\"%s\"} %" PRIu64 "\n",
			   method, buckets[b].le, sum);
	}
	buf_printf(out, SECONDS "_count{method=\"%s\"} %" PRIu64 "\n", method, sum);
	buf_printf(out, SECONDS "_sum{method=\"%s\"} %" PRIu64 ".%06" PRIu64 "\n",
		   method, r->microseconds / 1000000, r->microseconds % 1000000);
}

void metrics_print_requests(const struct metrics *m, struct buf *out)
{
	metrics_family(out, "http_requests", METRICS_COUNTER, NULL,
		       "Requests to the server, sign-ins included, by method and status.");
	for (int i = 0; i < METRICS_METHODS; i++)
		print_statuses(out, methods[i], &m->requests[i]);
	metrics_family(out, "http_request_seconds", METRICS_HISTOGRAM, "seconds",
		       "Time from the start of a request to the end of its answer.");
	for (int i = 0; i < METRICS_METHODS; i++)
		print_times(out, methods[i], &m->requests[i]);
}
