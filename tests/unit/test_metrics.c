#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vbofs/metrics.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static struct metrics metrics;

static int fresh(void **state)
{
	static struct buf b;

	buf_release(&b);
	buf_init(&b, 65536);
	memset(&metrics, 0, sizeof(metrics));
	*state = &b;
	return 0;
}

static int done(void **state)
{
	buf_release(*state);
	return 0;
}

static void has(const struct buf *b, const char *line)
{
	const char *at = strstr(b->data, line);

	if (!at || (at > b->data && at[-1] != '\n') || at[strlen(line)] != '\n')
		fail_msg("no line '%s' in:\n%s", line, b->data);
}

static void has_not(const struct buf *b, const char *text)
{
	if (strstr(b->data, text))
		fail_msg("'%s' in:\n%s", text, b->data);
}

/* A bound belongs to the bucket that it names; each bucket holds those before it. */
static void puts_times_into_buckets(void **state)
{
	static const struct {
		uint64_t took;
		const char *below, *in;
	} table[] = {
		{ 0, NULL, "0.005" },         { 5000, NULL, "0.005" },
		{ 5001, "0.005", "0.01" },    { 1000000, "0.5", "1.0" },
		{ 30000000, "10.0", "30.0" }, { 30000001, "30.0", "+Inf" },
		{ UINT64_MAX, "30.0", "+Inf" },
	};
	char line[128];

	for (size_t i = 0; i < LEN(table); i++) {
		fresh(state);
		metrics_request(&metrics, false, 200, 0, table[i].took);
		metrics_print_requests(&metrics, *state);
		snprintf(line, sizeof(line),
			 "vbofs_http_request_seconds_bucket{method=\"GET\",le=\"%s\"} 1", table[i].in);
		has(*state, line);
		has(*state, "vbofs_http_request_seconds_bucket{method=\"GET\",le=\"+Inf\"} 1");
		has(*state, "vbofs_http_request_seconds_bucket{method=\"POST\",le=\"+Inf\"} 0");
		if (!table[i].below)
			continue;
		snprintf(line, sizeof(line),
			 "vbofs_http_request_seconds_bucket{method=\"GET\",le=\"%s\"} 0", table[i].below);
		has(*state, line);
	}
}

static void sums_times(void **state)
{
	metrics_request(&metrics, true, 201, 0, 1500000);
	metrics_request(&metrics, true, 503, 0, 7);
	metrics_print_requests(&metrics, *state);
	has(*state, "vbofs_http_request_seconds_sum{method=\"POST\"} 1.500007");
	has(*state, "vbofs_http_request_seconds_count{method=\"POST\"} 2");
	has(*state, "vbofs_http_request_seconds_sum{method=\"GET\"} 0.000000");
}

/* What was never met has no sample; statuses that are none, and no answer, have names. */
static void counts_by_outcome(void **state)
{
	metrics_request(&metrics, false, 200, 0, 1);
	metrics_request(&metrics, false, 200, 0, 1);
	metrics_request(&metrics, true, 404, 0, 1);
	metrics_request(&metrics, false, 0, EIO, 1);
	metrics_request(&metrics, false, 200, ECANCELED, 1);
	metrics_request(&metrics, false, METRICS_STATUS_MAX, 0, 1);
	metrics_request(&metrics, false, -1, 0, 1);
	metrics_print_requests(&metrics, *state);
	has(*state, "vbofs_http_requests_total{method=\"GET\",status=\"200\"} 2");
	has(*state, "vbofs_http_requests_total{method=\"POST\",status=\"404\"} 1");
	has(*state, "vbofs_http_requests_total{method=\"GET\",status=\"none\"} 1");
	has(*state, "vbofs_http_requests_total{method=\"GET\",status=\"canceled\"} 1");
	has(*state, "vbofs_http_requests_total{method=\"GET\",status=\"invalid\"} 2");
	has(*state, "vbofs_http_request_seconds_count{method=\"GET\"} 4");
	has_not(*state, "status=\"201\"");
}

static void writes_families(void **state)
{
	metrics_one(*state, "x", METRICS_COUNTER, NULL, "What it is.", 7);
	metrics_family(*state, "y_bytes", METRICS_GAUGE, "bytes", "More.");
	metrics_sample(*state, "y_bytes", "", "of", "a\\b\"c\nd", 1);
	metrics_end(*state);
	assert_string_equal(((struct buf *)*state)->data,
			    "# TYPE vbofs_x counter\n# HELP vbofs_x What it is.\nvbofs_x_total 7\n"
			    "# TYPE vbofs_y_bytes gauge\n# UNIT vbofs_y_bytes bytes\n"
			    "# HELP vbofs_y_bytes More.\nvbofs_y_bytes{of=\"a\\\\b\\\"c\\nd\"} 1\n# EOF\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(puts_times_into_buckets, fresh, done),
		cmocka_unit_test_setup_teardown(sums_times, fresh, done),
		cmocka_unit_test_setup_teardown(counts_by_outcome, fresh, done),
		cmocka_unit_test_setup_teardown(writes_families, fresh, done),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
