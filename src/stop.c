/* The command that ends a restore session. */
#include <errno.h>

#include "control_private.h"

/* The stop broke, was refused or got an odd answer: it is done if the session says so. */
static void stop_reconcile(struct control_job *job)
{
	struct fault f;
	int rc = model_need_member(job->object, &job->want);

	if (rc == MODEL_PARK)
		return;
	if (!rc && job->object->settled) {
		fault_clear(&job->fault);
		job_end(job, NULL);
		return;
	}
	if (job->fault.err) {
		f = job->fault;
		job_end(job, &f);
		return;
	}
	fault_set(&f, EIO, "stop: the answer to the request was lost or is none, and %s",
		  rc ? job->want.fault.text : "the session still works: write again");
	job_end(job, &f);
}

static void on_stopped(void *user, struct api_answer *a)
{
	struct control_job *job = user;
	struct control *c = job->control;

	job->call = NULL;
	/* these may only mean that it has ended already */
	if (a->status == 400 || a->status == 404 || a->status == 409 || a->status == 500)
		job->fault = a->fault;
	/* servers answer nothing, or the session, which is then the newest there is */
	bool odd = !a->fault.err && a->body->len &&
		   model_put(model_sessions(c->config.model), a->body->data, a->body->len, NULL) !=
			   job->object;
	if (a->broken || job->fault.err || odd) {
		model_outdate_member(job->object);
		job_look(job, stop_reconcile);
		return;
	}
	if (!a->fault.err) {
		if (!a->body->len)
			model_outdate_member(job->object);
		log_printf(c->config.log, LOG_LEVEL_INFO, "session %s stopped", job->object->id);
	}
	job_end(job, a->fault.err ? &a->fault : NULL);
}

static int stop(struct control *c, struct member *object, struct want *w, struct control_job **out)
{
	const struct profile *p = api_profile(c->config.api);
	struct control_job *job;
	struct buf path;

	if (object->settled)
		return 0;
	job = job_new(c, &control_stop, object);
	buf_init(&path, API_PATH_MAX);
	profile_path(&path, p->stop, object->id);
	struct api_request r = { .path = path.data, .post = true, .body = p->stop_body };
	int rc = !job || buf_error(&path) ?
			 fault_set(&w->fault, ENOMEM, "no memory for a request") :
			 job_send(job, &r, on_stopped, &w->fault);
	buf_release(&path);
	if (rc) {
		job_put(job);
		return rc;
	}
	*out = job;
	return 0;
}

static int submit_stop(struct control *c, const struct control_target *at, const char *line,
		       size_t len, struct want *w, struct control_job **out)
{
	(void)line;
	(void)len;
	return stop(c, at->object, w, out);
}

const struct control_class control_stop = {
	.what = "stop", .changes = true, .any_bytes = true, .submit = submit_stop,
};

void control_stop_all(struct control *c)
{
	const struct roster *r = model_roster(model_sessions(c->config.model));

	for (size_t i = 0; i < r->n; i++) {
		struct control_job *job = NULL;
		struct want w;
		struct member *m = r->members[i];
		if (m->gone || m->settled || !m->notes->org_id)
			continue;
		want_init(&w, NULL);
		if (stop(c, m, &w, &job))
			log_printf(c->config.log, LOG_LEVEL_WARNING, "cannot stop session %s: %s",
				   m->id, w.fault.text);
		job_put(job);
	}
}
