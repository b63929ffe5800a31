#include "vbofs/control.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "control_private.h"

#define UNKNOWN_KEPT_MS (60 * 60 * 1000)   /* an unknown outcome stands in the way of adoption */

struct control_handle {
	struct buf pending;          /* collected towards a newline */
	bool overlong;               /* ... and given up: the rest of that line is refused, too */
	char *line;                  /* the last command that did not succeed ... */
	size_t line_len;
	size_t tail;                 /* ... of which the last write brought so much ... */
	struct control_job *job;     /* ... and what became of it ... */
	struct fault refusal;        /* ... if it was sent at all */
	bool wrote;                  /* reading back gives only this handle's own results */
	struct buf results;
	size_t start;                /* what the next read, or reads since the last write, begin with */
	bool reading;                /* there were such reads ... */
	uint64_t base;               /* ... the first of them at this offset of the file */
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

static void job_drop(struct control_job *job)
{
	if (job->drop)
		job->drop(job->work);
	job->drop = NULL;
}

static void job_unlink(struct control_job *job)
{
	if (!job->next)
		return;
	job->prev->next = job->next;
	job->next->prev = job->prev;
	job->prev = job->next = NULL;
	job_put(job);
}

struct control_job *job_new(struct control *c, const struct control_class *class,
			    struct member *object)
{
	struct control_job *job = calloc(1, sizeof(*job));
	if (!job)
		return NULL;
	job->refs = 1;
	job->control = c;
	job->class = class;
	job->object = member_get(object);
	job->began = timer_now();
	return job;
}

void job_put(struct control_job *job)
{
	if (!job || --job->refs)
		return;
	timer_stop(&job->again);
	job_drop(job);
	member_put(job->object);
	free(job->result);
	free(job);
}

void job_begin(struct control_job *job)
{
	struct control *c = job->control;

	job->refs++;
	job->prev = c->jobs.prev;
	job->next = &c->jobs;
	job->prev->next = job;
	c->jobs.prev = job;
}

int job_send(struct control_job *job, const struct api_request *r, api_done *done, struct fault *f)
{
	if (control_busy(job->control) >= CONTROL_JOBS_MAX)
		return fault_set(f, EBUSY, "%s: %d commands are under way already", job->class->what,
				 CONTROL_JOBS_MAX);
	job->call = api_start(job->control->config.api, r, done, job, f);
	if (!job->call)
		return -f->err;
	job_begin(job);
	return 0;
}

static void job_look_again(void *user)
{
	struct control_job *job = user;
	job->look(job);
}

void job_again_in(struct control_job *job, uint64_t ms)
{
	timer_start(job->control->config.timers, &job->again, ms, job_look_again, job);
}

/* The work is done in the loop's next round, not inside of who calls this. */
void job_again(struct control_job *job)
{
	job_again_in(job, 0);
}

static void job_woken(struct want *w)
{
	job_again((struct control_job *)(void *)((char *)w - offsetof(struct control_job, want)));
}

void job_look(struct control_job *job, void (*look)(struct control_job *job))
{
	job->state = JOB_LOOKING;
	job->look = look;
	want_init(&job->want, job_woken);
	look(job);
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
	timer_stop(&job->again);
	job_drop(job);
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

	/* what may have changed something goes on without its writer; the rest is taken back */
	if (job->class->changes && (job->state != JOB_SENT || api_call_sent(job->call)))
		return;
	if (job->call)
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
		job_drop(job);
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
		n += j->state != JOB_DONE && j->class->changes;
	return n;
}

/* ---- handles -------------------------------------------------------------------------- */

struct control_handle *control_open(void)
{
	struct control_handle *h = calloc(1, sizeof(*h));
	if (h) {
		buf_init(&h->pending, SIZE_MAX);   /* each command has its own limit */
		buf_init(&h->results, CONTROL_RESULT_MAX);
	}
	return h;
}

static void forget_job(struct control_handle *h)
{
	job_put(h->job);
	h->job = NULL;
	free(h->line);
	h->line = NULL;
	fault_clear(&h->refusal);
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

/* Where in the results an offset of the file lies, while there is reading. */
static size_t place_of(const struct control_handle *h, uint64_t off)
{
	uint64_t more = off > h->base ? off - h->base : 0;
	size_t left = h->results.len - h->start;

	return h->start + (more < left ? (size_t)more : left);
}

ssize_t control_read(struct control_handle *h, const struct member *object, uint64_t off,
		     size_t size, const char **data)
{
	if (!h->wrote && !h->results.len && object && object->notes->last)
		buf_printf(&h->results, "%s\n", object->notes->last);
	if (!h->results.len && buf_error(&h->results)) {
		buf_reset(&h->results);
		return -ENOMEM;
	}
	/* a seek to before where reading began is a new beginning, too */
	if (!h->reading || off < h->base)
		h->base = off;
	h->reading = true;
	size_t from = place_of(h, off), left = h->results.len - from;
	*data = h->results.data ? h->results.data + from : "";
	return (ssize_t)(left < size ? left : size);
}

/* What was read before this write at `off` is not given again. */
static void end_reading(struct control_handle *h, uint64_t off)
{
	if (!h->reading)
		return;
	h->reading = false;
	h->start = place_of(h, off);
	if (h->start == h->results.len) {
		buf_reset(&h->results);
		h->start = 0;
	}
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
			buf_add(&h->results, job->result, job->result_len);
		if (buf_error(&h->results)) {
			rc = fault_set(&w->fault, -buf_error(&h->results), "%s: %s", job->class->what,
				       buf_error(&h->results) == -E2BIG ?
				       "this handle has too much to read already: open the file anew" :
				       "no memory for the result");
			h->results.err = 0;
		}
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

static void remember(struct control_handle *h, const char *line, size_t len, size_t tail,
		     struct control_job *job)
{
	forget_job(h);
	h->line = malloc(len + 1);
	if (!h->line)
		return;   /* without the line a repetition cannot be told: it is a new command */
	memcpy(h->line, line, len);
	h->line_len = len;
	h->tail = tail;
	h->job = job;
	if (job)
		job->refs++;
}

static bool repeats(const struct control_handle *h, const char *line, size_t len)
{
	return h->job && h->job->class->changes && !h->job->withdrawn && h->line_len == len &&
	       memcmp(h->line, line, len) == 0 &&
	       (h->job->interrupted || (h->job->state == JOB_DONE && h->job->fault.err));
}

static ssize_t submit(struct control *c, const struct control_class *class,
		      const struct control_target *at, struct control_handle *h,
		      struct control_write *cw, const char *line, size_t len, size_t taken,
		      struct want *w)
{
	struct control_job *job = NULL;

	if (repeats(h, line, len)) {
		cw->job = h->job;
		cw->job->refs++;
		h->wrote = true;
		buf_reset(&h->pending);
		return wait_for(h, cw, taken, w);
	}
	int rc = class->submit(c, at, line, len, w, &job);
	if (rc == MODEL_PARK)
		return -EINPROGRESS;
	buf_reset(&h->pending);
	if (rc) {
		remember(h, line, len, taken, NULL);
		h->refusal = w->fault;
		return rc;
	}
	h->wrote = true;
	if (!job) {
		forget_job(h);
		return (ssize_t)taken;
	}
	remember(h, line, len, taken, job);
	cw->job = job;
	return wait_for(h, cw, taken, w);
}

/*
 * A command that came in pieces and did not succeed: its writer repeats the last
 * piece alone, which means the whole command.
 */
static bool repeats_tail(const struct control_handle *h, const char *data, size_t len)
{
	return h->line && h->tail < h->line_len && len == h->tail && !h->pending.len &&
	       memcmp(h->line + h->line_len - h->tail, data, len) == 0 &&
	       (!h->job || h->job->interrupted || h->job->withdrawn || h->job->fault.err);
}

static ssize_t submit_again(struct control *c, const struct control_class *class,
			    const struct control_target *at, struct control_handle *h,
			    struct control_write *cw, struct want *w)
{
	size_t len = h->line_len, taken = h->tail;

	if (!h->job) {
		w->fault = h->refusal;
		return -w->fault.err;
	}
	char *line = malloc(len);
	if (!line)
		return fault_set(&w->fault, ENOMEM, "no memory for a command");
	memcpy(line, h->line, len);
	ssize_t rc = submit(c, class, at, h, cw, line, len, taken, w);
	free(line);
	return rc;
}

ssize_t control_submit(struct control *c, const struct control_class *class,
		       const struct control_target *at, struct control_handle *h,
		       struct control_write *cw, const char *data, size_t len, uint64_t off,
		       struct want *w)
{
	if (cw->job)
		return wait_for(h, cw, len, w);
	end_reading(h, off);
	h->wrote = true;   /* also when it is refused: reading back must not give another's session */
	if (c->shut)
		return fault_set(&w->fault, ESHUTDOWN, "%s: the mount is being ended", class->what);
	if (class->changes && c->config.read_only)
		return fault_set(&w->fault, EROFS, "%s: the mount is read-only (-o ro)", class->what);
	if (class->any_bytes)
		return submit(c, class, at, h, cw, data, len, len, w);
	if (repeats_tail(h, data, len))
		return submit_again(c, class, at, h, cw, w);
	if (h->overlong || h->pending.len + len > class->line_max + 2) {
		buf_reset(&h->pending);
		h->overlong = len && data[len - 1] != '\n';
		return fault_set(&w->fault, E2BIG, "%s: a command has at most %zu bytes",
				 class->what, class->line_max);
	}
	bool ends = len && data[len - 1] == '\n';
	if (!ends && (h->pending.len || !(class->whole && class->whole(data, len)))) {
		buf_add(&h->pending, data, len);
		if (buf_error(&h->pending))
			return fault_set(&w->fault, ENOMEM, "no memory for a command");
		return (ssize_t)len;
	}
	if (!h->pending.len)
		return submit(c, class, at, h, cw, data, len, len, w);

	/* the collected bytes stay until the command is accepted: this may run again */
	size_t before = h->pending.len;
	buf_add(&h->pending, data, len);
	char *line = buf_error(&h->pending) ? NULL : malloc(h->pending.len);
	if (!line)
		return fault_set(&w->fault, ENOMEM, "no memory for a command");
	size_t total = h->pending.len;
	memcpy(line, h->pending.data, total);
	ssize_t rc = submit(c, class, at, h, cw, line, total, len, w);
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

/* ---- refresh ------------------------------------------------------------------------------- */

static int submit_refresh(struct control *c, const struct control_target *at, const char *line,
			  size_t len, struct want *w, struct control_job **job)
{
	(void)at;
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
