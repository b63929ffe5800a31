#include "vbofs/control.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "control_private.h"

#define UNKNOWN_KEPT_MS (60 * 60 * 1000)   /* an unknown outcome stands in the way of adoption */

struct control_handle {
	struct buf pending;          /* collected towards a newline */
	char *line;                  /* the last command that was sent ... */
	size_t line_len;
	struct control_job *job;     /* ... and what became of it; NULL = succeeded or none */
	bool wrote;                  /* reading back gives only this handle's own results */
	struct buf results;
	size_t read;
};

struct control *control_new(const struct control_config *config, struct fault *f)
{
	struct control *c = calloc(1, sizeof(*c));
	if (!c) {
		fault_set(f, ENOMEM, "no memory");
		return NULL;
	}
	c->config = *config;
	c->jobs.prev = c->jobs.next = &c->jobs;
	return c;
}

/* ---- jobs -------------------------------------------------------------------------- */

static void job_unlink(struct control_job *job)
{
	if (!job->next)
		return;
	job->prev->next = job->next;
	job->next->prev = job->prev;
	job->prev = job->next = NULL;
	job_put(job);
}

struct control_job *job_new(struct control *c, struct member *object)
{
	struct control_job *job = calloc(1, sizeof(*job));
	if (!job)
		return NULL;
	job->refs = 1;
	job->control = c;
	job->object = member_get(object);
	job->began = timer_now();
	job->server_time = api_server_time(c->config.api);
	return job;
}

void job_put(struct control_job *job)
{
	if (!job || --job->refs)
		return;
	timer_stop(&job->again);
	member_put(job->object);
	free(job->result);
	free(job);
}

int job_send(struct control_job *job, const struct api_request *r, api_done *done, struct fault *f)
{
	struct control *c = job->control;

	job->call = api_start(c->config.api, r, done, job, f);
	if (!job->call)
		return -f->err;
	job->refs++;
	job->prev = c->jobs.prev;
	job->next = &c->jobs;
	job->prev->next = job;
	c->jobs.prev = job;
	return 0;
}

static void job_look_again(void *user)
{
	struct control_job *job = user;
	job->reconcile(job);
}

/* Woken inside the model: the work is done in the loop's next round. */
static void job_woken(struct want *w)
{
	struct control_job *job = (struct control_job *)(void *)((char *)w -
								offsetof(struct control_job, want));
	timer_start(job->control->config.timers, &job->again, 0, job_look_again, job);
}

void job_reconcile(struct control_job *job, void (*reconcile)(struct control_job *job))
{
	job->state = JOB_RECONCILING;
	job->reconcile = reconcile;
	want_init(&job->want, job_woken);
	reconcile(job);
}

static void forget_old_unknowns(struct control *c)
{
	for (struct control_job *j = c->jobs.next, *next; j != &c->jobs; j = next) {
		next = j->next;
		if (j->state == JOB_DONE && timer_now() - j->ended > UNKNOWN_KEPT_MS)
			job_unlink(j);
	}
}

void job_end(struct control_job *job, const struct fault *f)
{
	if (f)
		job->fault = *f;
	job->state = JOB_DONE;
	job->ended = timer_now();
	if (job->fault.err && !job->resource.first)
		log_fault(job->control->config.log, job->object->id, &job->fault);
	job->refs++;
	resource_wake(&job->resource, NULL);
	if (!job->unknown)
		job_unlink(job);
	forget_old_unknowns(job->control);
	job_put(job);
}

static void on_job_deserted(struct resource *r)
{
	struct control_job *job = (struct control_job *)r;
	struct fault f;

	/* what may have left goes on without its writer; what has not is taken back */
	if (job->state != JOB_SENT || api_call_sent(job->call))
		return;
	api_cancel(job->call);
	job->call = NULL;
	job->withdrawn = true;
	fault_set(&f, EINTR, "interrupted before the request was sent");
	job_end(job, &f);
}

void control_free(struct control *c)
{
	if (!c)
		return;
	while (c->jobs.next != &c->jobs) {
		struct control_job *job = c->jobs.next;
		if (job->call)
			api_cancel(job->call);
		want_cancel(&job->want);
		job_unlink(job);
	}
	free(c->initiated_by);
	free(c->client_host);
	free(c);
}

void control_shut(struct control *c)
{
	c->shut = true;
}

size_t control_busy(const struct control *c)
{
	size_t n = 0;

	for (const struct control_job *j = c->jobs.next; j != &c->jobs; j = j->next)
		n += j->state != JOB_DONE;
	return n;
}

/* ---- handles -------------------------------------------------------------------------- */

struct control_handle *control_open(void)
{
	struct control_handle *h = calloc(1, sizeof(*h));
	if (h) {
		buf_init(&h->pending, CONTROL_PENDING_MAX);
		buf_init(&h->results, CONTROL_RESULTS_MAX);
	}
	return h;
}

static void forget_job(struct control_handle *h)
{
	job_put(h->job);
	h->job = NULL;
	free(h->line);
	h->line = NULL;
}

void control_close(struct control *c, struct control_handle *h)
{
	(void)c;
	if (!h)
		return;
	forget_job(h);
	buf_release(&h->pending);
	buf_release(&h->results);
	free(h);
}

int control_flush(const struct control_class *class, const struct control_handle *h,
		  struct fault *f)
{
	if (!h || !h->pending.len)
		return 0;
	return fault_set(f, EINVAL, "%s: %zu bytes without a newline are no command: end it with one",
			 class->what, h->pending.len);
}

size_t control_read(struct control_handle *h, const struct member *object, char *out, size_t size)
{
	if (!h->wrote && !h->results.len && object && object->last)
		buf_printf(&h->results, "%s\n", object->last);
	if (h->read >= h->results.len)
		return 0;
	/* one line at most: shells that read more seek back, which means nothing here */
	const char *from = h->results.data + h->read;
	const char *newline = memchr(from, '\n', h->results.len - h->read);
	size_t n = newline ? (size_t)(newline - from) + 1 : h->results.len - h->read;
	if (n > size)
		n = size;
	memcpy(out, from, n);
	h->read += n;
	return n;
}

/* ---- writing ------------------------------------------------------------------------------ */

/* The writer has its outcome: the same words again are a new command only after a success. */
static ssize_t finish(struct control_handle *h, struct control_write *cw, size_t len,
		      struct want *w)
{
	struct control_job *job = cw->job;
	ssize_t rc = (ssize_t)len;

	cw->job = NULL;
	if (job->fault.err) {
		w->fault = job->fault;
		rc = -job->fault.err;
	} else {
		if (job->result)
			buf_printf(&h->results, "%s\n", job->result);
		if (h->job == job)
			forget_job(h);
	}
	job_put(job);
	return rc;
}

static ssize_t wait_for(struct control_handle *h, struct control_write *cw, size_t len,
			struct want *w)
{
	if (cw->job->state == JOB_DONE)
		return finish(h, cw, len, w);
	want_park(w, &cw->job->resource, on_job_deserted);
	return -EINPROGRESS;
}

static void remember(struct control_handle *h, const char *line, size_t len,
		     struct control_job *job)
{
	forget_job(h);
	h->line = malloc(len + 1);
	if (!h->line)
		return;   /* without the line a repetition cannot be told: it is a new command */
	memcpy(h->line, line, len);
	h->line_len = len;
	h->job = job;
	job->refs++;
}

static bool repeats(const struct control_handle *h, const char *line, size_t len)
{
	return h->job && !h->job->withdrawn && h->line_len == len &&
	       memcmp(h->line, line, len) == 0 &&
	       (h->job->interrupted || (h->job->state == JOB_DONE && h->job->fault.err));
}

static ssize_t submit(struct control *c, const struct control_class *class,
		      struct member *object, struct control_handle *h, struct control_write *cw,
		      const char *line, size_t len, size_t taken, struct want *w)
{
	struct control_job *job = NULL;

	if (repeats(h, line, len)) {
		cw->job = h->job;
		cw->job->refs++;
		h->wrote = true;
		buf_reset(&h->pending);
		return wait_for(h, cw, taken, w);
	}
	int rc = class->submit(c, object, line, len, w, &job);
	if (rc == MODEL_PARK)
		return -EINPROGRESS;
	buf_reset(&h->pending);
	if (rc)
		return rc;
	h->wrote = true;
	if (!job) {
		forget_job(h);
		return (ssize_t)taken;
	}
	remember(h, line, len, job);
	cw->job = job;
	return wait_for(h, cw, taken, w);
}

ssize_t control_submit(struct control *c, const struct control_class *class, struct member *object,
		       struct control_handle *h, struct control_write *cw, const char *data,
		       size_t len, struct want *w)
{
	if (cw->job)
		return wait_for(h, cw, len, w);
	h->wrote = true;   /* also when it is refused: reading back must not give another's session */
	if (c->shut)
		return fault_set(&w->fault, ESHUTDOWN, "%s: the mount is being ended", class->what);
	if (class->changes && c->config.read_only)
		return fault_set(&w->fault, EROFS, "%s: the mount is read-only (-o ro)", class->what);
	if (class->any_bytes)
		return submit(c, class, object, h, cw, data, len, len, w);
	if (h->pending.len + len > class->line_max + 2) {
		buf_reset(&h->pending);
		return fault_set(&w->fault, E2BIG, "%s: a command has at most %zu bytes",
				 class->what, class->line_max);
	}
	bool ends = len && data[len - 1] == '\n';
	if (!ends && (h->pending.len || !class->whole(data, len))) {
		buf_add(&h->pending, data, len);
		if (buf_error(&h->pending))
			return fault_set(&w->fault, ENOMEM, "no memory for a command");
		return (ssize_t)len;
	}
	if (!h->pending.len)
		return submit(c, class, object, h, cw, data, len, len, w);

	/* the collected bytes stay until the command is accepted: this may run again */
	size_t before = h->pending.len;
	buf_add(&h->pending, data, len);
	char *line = buf_error(&h->pending) ? NULL : malloc(h->pending.len);
	if (!line)
		return fault_set(&w->fault, ENOMEM, "no memory for a command");
	size_t total = h->pending.len;
	memcpy(line, h->pending.data, total);
	ssize_t rc = submit(c, class, object, h, cw, line, total, len, w);
	if (rc == -EINPROGRESS && !cw->job)
		h->pending.len = before;
	free(line);
	return rc;
}

void control_abandon(struct control *c, struct control_write *cw, struct want *w)
{
	(void)c;
	if (cw->job)
		cw->job->interrupted = true;
	want_cancel(w);
	job_put(cw->job);
	cw->job = NULL;
}

/* ---- refresh ---------------------------------------------------------------------------------- */

static int submit_refresh(struct control *c, struct member *object, const char *line, size_t len,
			  struct want *w, struct control_job **job)
{
	(void)object;
	(void)line;
	(void)len;
	(void)w;
	(void)job;
	model_refresh(c->config.model);
	log_printf(c->config.log, LOG_LEVEL_INFO, "refresh: everything will be asked for anew");
	return 0;
}

const struct control_class control_refresh = {
	.what = "refresh", .any_bytes = true, .submit = submit_refresh,
};
