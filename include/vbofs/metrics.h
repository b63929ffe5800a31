/*
 * metrics: counts the requests to the server, and writes OpenMetrics text.
 *
 * The text follows OpenMetrics 1.0: a counter's samples end in _total, its family does
 * not; "# EOF" ends it.  Tools of the older Prometheus text format (node_exporter's textfile
 * collector, promtool) want that suffix in the family's name, too:
 * mount-examples/prometheus/vbofs-textfile mends it.
 * Not for: collecting the numbers of others (show_metrics.c).
 *
 * Source: the OpenMetrics 1.0 specification.
 */
#ifndef VBOFS_METRICS_H
#define VBOFS_METRICS_H

#include <stdbool.h>
#include <stdint.h>

#include "vbofs/buf.h"

#define METRICS_BUCKETS 13
#define METRICS_STATUS_MAX 600

enum metrics_method { METRICS_GET, METRICS_POST, METRICS_METHODS };

/* All zero is a good start. */
struct metrics {
	struct metrics_requests {
		uint64_t status[METRICS_STATUS_MAX];   /* [0]: a number that is no status */
		uint64_t failed, canceled;             /* no whole answer */
		uint64_t bucket[METRICS_BUCKETS];      /* of those answered, by time taken */
		uint64_t microseconds;
	} requests[METRICS_METHODS];
};

/* A request is over: its status, or err (ECANCELED: it was cut, nobody wanted it any more). */
void metrics_request(struct metrics *m, bool post, long status, int err, uint64_t microseconds);
void metrics_print_requests(const struct metrics *m, struct buf *out);

/* ---- writing: a family, then its samples ------------------------------------------ */

enum metrics_type { METRICS_COUNTER, METRICS_GAUGE, METRICS_HISTOGRAM };

/* `unit` is the end of the name, or NULL. */
void metrics_family(struct buf *out, const char *name, enum metrics_type type, const char *unit,
		    const char *help);
/*
 * `suffix` as the type wants it: "_total", "".  `label` NULL = none; its value
 * is escaped.
 */
void metrics_sample(struct buf *out, const char *name, const char *suffix, const char *label,
		    const char *value, uint64_t number);
/* A family of one sample without label. */
void metrics_one(struct buf *out, const char *name, enum metrics_type type, const char *unit,
		 const char *help, uint64_t number);
void metrics_end(struct buf *out);

#endif
