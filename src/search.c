/*
 * The command that searches on the server: from the line to what was found, and
 * from there to the paths that it has here.
 */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/limits.h"
#include "vbofs/utf8.h"

#include "control_private.h"
#include "places.h"
#include "trace.h"

/* One of the requests that a search consists of. */
struct hunt {
	struct control_job *job;
	struct want want;
	bool waiting, done;
};

struct search {
	struct tree *tree;
	struct node *place;          /* where it stands; the trace counts it */
	enum content_search what;
	char *query;
	struct hunt hunts[CONTENT_SEARCHES_MAX];
	struct trace *trace;
};

static void search_drop(void *work)
{
	struct search *s = work;

	for (size_t i = 0; i < CONTENT_SEARCHES_MAX; i++)
		want_cancel(&s->hunts[i].want);
	trace_free(s->trace);
	free(s->query);
	free(s);
}

/* ---- what the server finds ------------------------------------------------------------ */

static void on_found(struct want *w)
{
	struct hunt *h = (struct hunt *)(void *)((char *)w - offsetof(struct hunt, want));

	h->waiting = false;
	job_again(h->job);
}

static int take(struct search *s, const struct collection *c, enum content finds, struct fault *f)
{
	const struct roster *r = model_roster(c);

	for (size_t i = 0; i < r->n; i++)
		if (!r->members[i]->gone && trace_add(s->trace, r->members[i], finds))
			return fault_set(f, ENOMEM, "no memory for what was found");
	return 0;
}

/* 0, MODEL_PARK, or negative errno with a fault. */
static int hunt(struct search *s, unsigned n, struct fault *f)
{
	struct hunt *h = &s->hunts[n];
	const struct tree_config *config = &s->tree->config;
	struct content_ids ids;
	struct member *session = places_ids(s->place, &ids);
	struct content_ask ask;
	enum content finds;
	struct buf path, body;
	int rc = 0;

	buf_init(&path, SIZE_MAX);
	buf_init(&body, SIZE_MAX);
	h->done = !content_search(api_profile(config->api), s->what, &ids, s->query, n, &path, &body,
				  &ask, &finds);
	if (!h->done) {
		bool failed = buf_error(&path) || buf_error(&body);
		struct collection *c = failed ? NULL : model_content(config->model, session, &ask);
		rc = c ? model_need_list(c, &h->want, MODEL_NEW) :
			 fault_set(&h->want.fault, ENOMEM, "no memory for a search");
		h->waiting = rc == MODEL_PARK;
		h->done = rc == 0;
		if (!rc)
			rc = take(s, c, finds, &h->want.fault);
		if (rc < 0)
			*f = h->want.fault;
	}
	buf_release(&path);
	buf_release(&body);
	return rc;
}

/* ---- the end --------------------------------------------------------------------------- */

static void tell_lost(const struct control_job *job, const struct search *s)
{
	const char *first;
	size_t lost = trace_lost(s->trace, &first);
	struct fault f;

	if (!lost)
		return;
	fault_set(&f, ENOENT, "search '%s': %zu found are in nothing that is listed and have no path; "
		  "one is '%s'", s->query, lost, first);
	log_fault(job->control->config.log, job->object->id, &f);
}

static void search_end(struct control_job *job, struct search *s)
{
	struct fault f;
	struct buf paths;

	buf_init(&paths, CONTROL_RESULT_MAX);
	trace_show(s->trace, &paths);
	int rc = buf_error(&paths);
	if (!rc) {
		job->result = buf_take(&paths, &job->result_len);
		rc = job->result ? 0 : -ENOMEM;
	}
	buf_release(&paths);
	if (rc == -E2BIG)
		fault_set(&f, E2BIG, "search '%s': the paths found are more than %u MiB: ask for less",
			  s->query, CONTROL_RESULT_MAX / 1024 / 1024);
	else if (rc)
		fault_set(&f, -rc, "no memory for what was found");
	else
		tell_lost(job, s);
	job_end(job, rc ? &f : NULL);
}

static void search_look(struct control_job *job)
{
	struct search *s = job->work;
	bool all = true;
	struct fault f;
	int rc = 0;

	for (unsigned i = 0; rc >= 0 && i < CONTENT_SEARCHES_MAX; i++) {
		if (!s->hunts[i].done && !s->hunts[i].waiting)
			rc = hunt(s, i, &f);
		all &= s->hunts[i].done;
	}
	if (rc >= 0 && !all)
		return;
	if (rc >= 0)
		rc = trace_run(s->trace, &f);
	if (rc == MODEL_PARK)
		return;
	if (rc < 0)
		job_end(job, &f);
	else
		search_end(job, s);
}

/* ---- the command ------------------------------------------------------------------------ */

static int parse_query(const char *line, size_t len, char **query, struct fault *f)
{
	uint32_t cp;

	if (len && line[len - 1] == '\n')
		len--;
	if (len && line[len - 1] == '\r')
		len--;
	if (len > SEARCH_LINE_MAX)
		return fault_set(f, E2BIG, "search: a query of %zu bytes: at most %d are allowed", len,
				 SEARCH_LINE_MAX);
	while (len && (line[len - 1] == ' ' || line[len - 1] == '\t'))
		len--;
	while (len && (*line == ' ' || *line == '\t'))
		line++, len--;
	if (!len)
		return fault_set(f, EINVAL, "search: an empty line finds nothing: write a query such as "
				 "subject:report");
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_decode(line + i, len - i, &cp);
		if (!n || cp < ' ' || cp == 0x7f)
			return fault_set(f, EINVAL, "search: a query is one line of UTF-8 text without "
					 "control characters");
	}
	*query = strndup(line, len);
	return *query ? 0 : fault_set(f, ENOMEM, "no memory for a search");
}

static void search_wake(void *user)
{
	job_again(user);
}

static struct control_job *search_new(struct control *c, const struct control_target *at,
				      char *query)
{
	struct control_job *job = job_new(c, &control_search, at->object);
	struct search *s = calloc(1, sizeof(*s));
	enum content_search what = at->node->kind->search;

	if (job && s)
		s->trace = trace_new(at->tree, at->node->parent, content_searched(what), search_wake,
				     job);
	if (!job || !s || !s->trace) {
		free(s);
		job_put(job);
		return NULL;
	}
	s->tree = at->tree;
	s->place = at->node->parent;
	s->what = what;
	s->query = query;
	for (size_t i = 0; i < CONTENT_SEARCHES_MAX; i++) {
		s->hunts[i].job = job;
		want_init(&s->hunts[i].want, on_found);
	}
	job->work = s;
	job->drop = search_drop;
	return job;
}

static int submit_search(struct control *c, const struct control_target *at, const char *line,
			 size_t len, struct want *w, struct control_job **out)
{
	char *query;
	int rc = parse_query(line, len, &query, &w->fault);

	if (rc)
		return rc;
	struct control_job *job = search_new(c, at, query);
	if (!job) {
		free(query);
		return fault_set(&w->fault, ENOMEM, "no memory for a search");
	}
	job_begin(job);
	*out = job;
	job_look(job, search_look);
	return 0;
}

const struct control_class control_search = {
	.what = "search", .line_max = SEARCH_LINE_MAX, .submit = submit_search,
};
