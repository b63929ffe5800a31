/* The text of .vbofs/metrics: the numbers that the modules keep, gathered without any request. */
#include <errno.h>
#include <string.h>

#include "vbofs/metrics.h"
#include "vbofs/tree.h"

#include "show.h"

static void print_client(const struct tree_config *c, struct buf *out)
{
	struct api_counters n;

	metrics_print_requests(c->metrics, out);
	api_count(c->api, &n);
	metrics_one(out, "posts", METRICS_COUNTER, NULL,
		    "POSTs, sign-ins not counted: each acts on the server or saves content.",
		    n.posts);
	metrics_one(out, "retries", METRICS_COUNTER, NULL, "GETs that were repeated.",
		    n.retries);
	metrics_one(out, "sign_ins", METRICS_COUNTER, NULL, "Tokens asked for.", n.sign_ins);
	metrics_one(out, "failed_calls", METRICS_COUNTER, NULL,
		    "Calls to the server that ended in an error, after their repetitions.",
		    n.failures);
	metrics_one(out, "circuit_open", METRICS_GAUGE, NULL,
		    "1 while the server is taken to be gone and requests fail at once.",
		    n.circuit_open);
	metrics_one(out, "posts_in_flight", METRICS_GAUGE, NULL,
		    "Commands that the server has not answered yet.", control_busy(c->control));
}

static void print_errors(const struct log *log, struct buf *out)
{
	uint64_t n;

	metrics_family(out, "errors", METRICS_COUNTER, NULL, "Errors that users met, by errno.");
	for (int err = 0; log_faults(log, &err, &n);)
		metrics_sample(out, "errors", "_total", "errno", fault_errno_name(err), n);
}

enum { WORKING, STARTING, STOPPING, STOPPED, OTHER, STATES };
static const char *const states[STATES] = { "Working", "Starting", "Stopping", "Stopped", "other" };

static int state_of(const struct member *m)
{
	struct jslice json, state;

	if (m->settled)
		return STOPPED;
	json = member_json(m);
	state = jslice_get(&json, "state");
	for (int i = 0; i < OTHER; i++)
		if (state.type == JSLICE_STRING && state.len == strlen(states[i]) + 2 &&
		    memcmp(state.text + 1, states[i], state.len - 2) == 0)
			return i;
	return OTHER;
}

static void print_sessions(struct model *model, struct buf *out)
{
	struct roster *roster = model_roster(model_sessions(model));
	uint64_t n[STATES] = { 0 };

	for (size_t i = 0; roster && i < roster->n; i++)
		if (!roster->members[i]->gone)
			n[state_of(roster->members[i])]++;
	metrics_family(out, "sessions", METRICS_GAUGE, NULL,
		       "Restore sessions known, by the state last seen.");
	for (int i = 0; i < STATES; i++)
		metrics_sample(out, "sessions", "", "state", states[i], n[i]);
}

static void print_content(const struct tree *t, struct buf *out)
{
	const struct tree_config *c = &t->config;

	metrics_one(out, "saves", METRICS_COUNTER, NULL,
		    "Documents and mails saved from the server.", spool_saves(c->spool));
	metrics_one(out, "spool_bytes", METRICS_GAUGE, "bytes", "Bytes of them that are kept.",
		    spool_bytes(c->spool));
	metrics_one(out, "cache_bytes", METRICS_GAUGE, "bytes",
		    "Bytes of listings that are kept in memory.", model_bytes(c->model));
	metrics_one(out, "inodes", METRICS_GAUGE, NULL, "Inodes that the kernel holds.",
		    nodes_count(t->nodes));
}

int show_metrics(struct tree *t, const struct node *n, struct buf *out)
{
	const struct tree_config *c = &t->config;

	(void)n;
	metrics_family(out, "build_info", METRICS_GAUGE, NULL, "The program's version.");
	metrics_sample(out, "build_info", "", "version", VBOFS_VERSION, 1);
	metrics_one(out, "start_time_seconds", METRICS_GAUGE, "seconds",
		    "When this was mounted, as Unix time.", (uint64_t)t->mounted);
	print_client(c, out);
	print_errors(c->log, out);
	metrics_one(out, "organizations", METRICS_GAUGE, NULL, "Organizations known.",
		    model_count(model_organizations(c->model)));
	print_sessions(c->model, out);
	metrics_one(out, "feed_live", METRICS_GAUGE, NULL,
		    "1 while the server tells of changes by itself.", model_is_live(c->model));
	print_content(t, out);
	metrics_end(out);
	return 0;
}
