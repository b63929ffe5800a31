/*
 * The command that starts a restore session: from the line to the POST, and
 * from the answer, or the lack of one, to the session.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "vbofs/jslice.h"

#include "control_private.h"

#define CANDIDATES_NAMED 4     /* in the text about an unknown outcome */
#define CLOCK_EXACT_MS 50      /* how well the server's clock has to be known ... */
#define CLOCK_LOOKS_MAX 12     /* ... and how often it is looked at for that */

/* ---- which point in time ------------------------------------------------------------- */

static bool property_time(const struct member *m, const char *key, struct timestamp *t)
{
	struct jslice json = member_json(m), value = jslice_get(&json, key);

	return value.type == JSLICE_STRING && value.len > 2 &&
	       timestamp_parse_server(value.text + 1, value.len - 2, t) == 0 && t->seconds > 0;
}

/* What the words mean as a point in time. */
static int resolve(struct control *c, const struct explore *e, struct member *org, struct want *w,
		   struct profile_when *when)
{
	struct timespec now;
	int rc;

	switch (e->when) {
	case EXPLORE_NOW:
		clock_gettime(CLOCK_REALTIME, &now);
		*when = (struct profile_when){ .zoned = true, .seconds = now.tv_sec };
		return 0;
	case EXPLORE_LATEST:
		rc = model_need_list(model_organizations(c->config.model), w, MODEL_FRESH);
		if (rc)
			return rc;
		if (!org->mtime && model_is_reduced(model_organizations(c->config.model)))
			return fault_set(&w->fault, EHOSTDOWN, "latest: the server cannot tell the times "
					 "of backups while a backup proxy is offline");
		if (!org->mtime)
			return fault_set(&w->fault, ENODATA, "latest: the server knows no last backup "
					 "of this organization");
		*when = (struct profile_when){ .zoned = true, .seconds = org->mtime,
					       .nanoseconds = org->mtime_ns };
		return 0;
	default:
		*when = (struct profile_when){ .zoned = e->at.zoned, .seconds = e->at.seconds,
					       .nanoseconds = e->at.nanoseconds };
		return 0;
	}
}

/* The offset the server wrote into the pointInTime nearest to `at`. */
static bool listed_offset(struct control *c, int64_t at, int *offset)
{
	const struct roster *r = model_roster(model_sessions(c->config.model));
	int64_t best = INT64_MAX;

	for (size_t i = 0; i < r->n; i++) {
		struct timestamp t;
		if (r->members[i]->gone || !property_time(r->members[i], "pointInTime", &t) ||
		    !t.zoned)
			continue;
		int64_t away = t.seconds > at ? t.seconds - at : at - t.seconds;
		if (away < best) {
			best = away;
			*offset = t.offset;
		}
	}
	return best != INT64_MAX;
}

/* v1 and v2 take digits in the server's zone: an instant needs to know that zone. */
static int server_offset(struct control *c, const struct profile_when *when, struct want *w,
			 int *offset)
{
	const struct profile *p = api_profile(c->config.api);

	*offset = c->config.server_offset;
	if ((p->caps & CAP_INSTANT) || !when->zoned || c->config.server_offset_given)
		return 0;
	if (p->caps & CAP_ECHO) {
		if (listed_offset(c, when->seconds, offset))
			return 0;
		int rc = model_need_list(model_sessions(c->config.model), w, MODEL_STALE_OK);
		if (rc)
			return rc;
		if (listed_offset(c, when->seconds, offset))
			return 0;
	}
	return fault_set(&w->fault, EINVAL,
			 "API %s takes a time in the server's own zone, which is not known: mount with "
			 "-o server-tz=+hh:mm, or write the server's local time without a zone", p->name);
}

/* -o strict-time refuses by what the server says now, not by what it said once. */
static int need_range(struct control *c, const struct member *org, struct want *w)
{
	struct collection *orgs = model_organizations(c->config.model);
	int rc = c->config.strict_time ? model_need_list(orgs, w, MODEL_FRESH) : 0;

	if (!rc && c->config.strict_time && model_is_reduced(orgs) && !org->mtime)
		return fault_set(&w->fault, EHOSTDOWN, "the server cannot tell the times of backups "
				 "while a backup proxy is offline (-o strict-time)");
	return rc;
}

static int check_range(struct control *c, const struct profile_when *when, int offset,
		       struct member *org, struct fault *f)
{
	const struct profile *p = api_profile(c->config.api);
	int64_t at = when->seconds;
	char text[TIMESTAMP_MAX], limit[TIMESTAMP_MAX];
	const char *what = NULL, *meaning = NULL;

	if (!when->zoned && !(p->caps & CAP_INSTANT) && c->config.server_offset_given)
		at -= offset;
	if (org->created && at < org->created) {
		what = "before the first backup";
		meaning = "the session is empty";
		timestamp_format_utc(limit, org->created, 0);
	} else if (org->mtime && at > org->mtime + 1) {
		what = "after the last backup";
		meaning = "the newest restore point is used";
		timestamp_format_utc(limit, org->mtime, org->mtime_ns);
	}
	if (!what)
		return 0;
	timestamp_format_utc(text, at, 0);
	if (c->config.strict_time)
		return fault_set(f, ERANGE, "%s lies %s, %s (-o strict-time)", text, what, limit);
	log_printf(c->config.log, LOG_LEVEL_INFO, "explore of %s: %s lies %s, %s: %s", org->id, text,
		   what, limit, meaning);
	return 0;
}

/* ---- the session that came -------------------------------------------------------------- */

/* *text is NULL where there is none, or no sensible one.  0, -ENOMEM. */
static int property_text(const struct member *m, const char *key, char **text)
{
	struct jslice json = member_json(m), value = jslice_get(&json, key);
	struct buf b;

	*text = NULL;
	buf_init(&b, 4096);
	if (value.type == JSLICE_STRING && !jslice_string(&value, &b) && b.len)
		*text = buf_take(&b, NULL);
	int rc = buf_error(&b) == -ENOMEM ? -ENOMEM : 0;
	buf_release(&b);
	return rc;
}

/* v1 says which instant it opened; the zone rule of its digits is not documented. */
static void compare_echo(struct control_job *job, const struct member *session)
{
	const struct profile *p = api_profile(job->control->config.api);
	char wanted[TIMESTAMP_MAX], *opened;
	struct timestamp t;

	if ((p->caps & CAP_INSTANT) || !job->when.zoned || !property_time(session, "pointInTime", &t))
		return;
	int64_t away = t.seconds - job->when.seconds;
	if (away == 0 || (away == 1 && job->when.nanoseconds))
		return;
	timestamp_format_utc(wanted, job->when.seconds, 0);
	property_text(session, "pointInTime", &opened);
	log_printf(job->control->config.log, LOG_LEVEL_WARNING,
		   "session %s shows %s, not %s as asked: check -o server-tz", session->id, opened ? opened : "?",
		   wanted);
	free(opened);
}

/* How the server calls this login and itself, for recognising a session of ours later. */
static void learn_names(struct control *c, const struct member *session)
{
	if (!c->initiated_by)
		property_text(session, "initiatedBy", &c->initiated_by);
	if (!c->client_host)
		property_text(session, "clientHost", &c->client_host);
}

static int publish(struct control_job *job, struct member *session, struct fault *f)
{
	int len = asprintf(&job->result, "%s\n", session->id);
	if (len < 0)
		job->result = NULL;
	else
		job->result_len = (size_t)len;
	if (!job->result || model_set_asked(session, job->asked, job->object->id) ||
	    model_set_last(job->object, session->id))
		return fault_set(f, ENOMEM, "session %s was started, no memory to keep it",
				 session->id);
	compare_echo(job, session);
	log_printf(job->control->config.log, LOG_LEVEL_INFO, "session %s of %s started at %s",
		   session->id, job->object->id, job->asked);
	return 0;
}

/* ---- the session that may have come --------------------------------------------------------- */

/* What is not known agrees.  1, 0, -ENOMEM. */
static int agrees(const struct member *m, const char *key, const char *known, const char *login)
{
	char *text;
	int ok = 1;

	if (property_text(m, key, &text))
		return -ENOMEM;
	if (text && known)
		ok = strcasecmp(text, known) == 0;
	else if (text && login) {
		/* DOMAIN\user and user are the same person as far as can be told from here */
		const char *a = strrchr(text, '\\'), *b = strrchr(login, '\\');
		ok = strcasecmp(a ? a + 1 : text, b ? b + 1 : login) == 0;
	}
	free(text);
	return ok;
}

/* v1 says which point in time a session shows; what lies after the last backup may be another. */
static bool shows_another_time(const struct control_job *job, const struct member *m)
{
	struct timestamp shown, last;

	if (!property_time(m, "pointInTime", &shown) ||
	    !property_time(job->object, "lastBackuptime", &last) || job->when.seconds > last.seconds)
		return false;
	int64_t at = shown.seconds + (job->when.zoned ? 0 : shown.offset) - job->when.seconds;
	return at < -1 || at > 1;
}

/* Was it surely there before the request, by the server's own clock? */
static bool is_older(const struct control_job *job, const struct member *m)
{
	struct timestamp created;
	int64_t least, most;

	if (!property_time(m, "creationTime", &created) ||
	    !clock_at(api_clock(job->control->config.api), job->began, &least, &most))
		return true;
	int64_t latest = created.seconds * 1000 +
			 (created.nanoseconds ? created.nanoseconds / 1000000 : 999);
	return latest < least;
}

/* 1, 0, -ENOMEM: no memory to tell. */
static int is_candidate(const struct control_job *job, const struct member *m)
{
	const struct control *c = job->control;
	struct jslice json = member_json(m), type = jslice_get(&json, "type");
	const char *wanted = command_type_name(job->type);

	/* ours already, known before, or older than the request by the server's own clock */
	if (m->gone || m->notes->org_id || m->born < job->began || is_older(job, m) ||
	    shows_another_time(job, m))
		return 0;
	if (type.type == JSLICE_STRING &&
	    (type.len != strlen(wanted) + 2 || strncasecmp(type.text + 1, wanted, type.len - 2) != 0))
		return 0;
	if (m->label[0] && job->object->label[0] && strcmp(m->label, job->object->label) != 0)
		return 0;
	int same = agrees(m, "initiatedBy", c->initiated_by, api_username(c->config.api));
	return same == 1 ? agrees(m, "clientHost", c->client_host, NULL) : same;
}

/* Two organizations that the server's sessions can be told apart by. */
static bool surely_other(const struct member *a, const struct member *b)
{
	return a->label[0] && b->label[0] && strcmp(a->label, b->label) != 0;
}

static bool others_unresolved(const struct control_job *job, const struct member *candidate)
{
	const struct control *c = job->control;
	bool named = candidate->label[0];

	for (const struct control_job *j = c->jobs.next; j != &c->jobs; j = j->next)
		if (j != job && j->type == job->type && j->asked[0] && !(named && surely_other(j->object, job->object)))
			return true;
	return false;
}

static void end_unknown(struct control_job *job, const char *why)
{
	const struct roster *r = model_roster(model_sessions(job->control->config.model));
	struct fault f;
	struct buf names;
	unsigned n = 0;

	buf_init(&names, FAULT_TEXT_MAX);
	for (size_t i = 0; i < r->n; i++)
		if (is_candidate(job, r->members[i]) == 1 && n++ < CANDIDATES_NAMED)
			buf_printf(&names, "%s%s", names.len ? ", " : "", r->members[i]->id);
	fault_set(&f, EIO, "explore: the answer to the request was lost or is none; whether a "
		  "session was started is unknown (%s); candidates in sessions/: %s%s", why,
		  n ? (names.data ? names.data : "?") : "none",
		  n > CANDIDATES_NAMED ? " and more" : "");
	buf_release(&names);
	job->unknown = true;
	job_end(job, &f);
}

/*
 * A session that was made a moment before the request must not be taken for ours: while the
 * server's clock is not known well enough to tell, one more look at it is had, at the moment at
 * which it says the most.
 */
static bool looks_at_clock(struct control_job *job)
{
	const struct clock *clock = api_clock(job->control->config.api);

	if (!clock->known || clock->most - clock->least <= CLOCK_EXACT_MS ||
	    ++job->clock_looks > CLOCK_LOOKS_MAX)
		return false;
	want_init(&job->want, job->want.wake);
	job_again_in(job, clock_best_moment(clock, timer_now()));
	return true;
}

static void explore_reconcile(struct control_job *job)
{
	struct collection *sessions = model_sessions(job->control->config.model);
	struct member *only = NULL;
	struct fault f;
	unsigned n = 0;
	bool sure = true;
	int rc = model_need_list(sessions, &job->want, MODEL_NEW);

	if (rc == MODEL_PARK)
		return;
	if (rc) {
		end_unknown(job, job->want.fault.text);
		return;
	}
	const struct roster *r = model_roster(sessions);
	for (size_t i = 0; i < r->n; i++) {
		int is = is_candidate(job, r->members[i]);
		if (is == 1) {
			only = r->members[i];
			n++;
		}
		sure &= is >= 0;
	}
	if (n && sure && looks_at_clock(job))
		return;
	bool clock = api_clock(job->control->config.api)->known;
	if (!sure || !clock || n != 1 || others_unresolved(job, only)) {
		end_unknown(job, !sure ? "no memory to look at the sessions" :
			    !clock ? "the server's clock is not known" :
			    n == 0 ? "the server lists none that could be it" :
			    n > 1 ? "the server lists several that could be it" :
			    "another request of that kind is not answered either");
		return;
	}
	log_printf(job->control->config.log, LOG_LEVEL_INFO,
		   "the answer was lost; session %s can only be the one asked for", only->id);
	rc = publish(job, only, &f);
	job_end(job, rc ? &f : NULL);
}

/* Was it done, and nobody told us?  A gateway's word is not the server's. */
static bool is_lost(const struct api_answer *a)
{
	return a->broken || a->status == 502 || a->status == 504;
}

static void on_explored(void *user, struct api_answer *a)
{
	struct control_job *job = user;
	struct control *c = job->control;
	struct fault f = a->fault;
	struct member *session = NULL;

	job->call = NULL;
	if (!f.err)
		session = model_put(model_sessions(c->config.model), a->body->data, a->body->len, &f);
	if (session) {
		learn_names(c, session);
		f.err = 0;
		if (publish(job, session, &f) == 0) {
			job_end(job, NULL);
			return;
		}
	} else if (is_lost(a) || (a->status >= 200 && a->status < 300)) {
		log_printf(c->config.log, LOG_LEVEL_WARNING, "explore of %s: %s; listing the sessions",
			   job->object->id, f.text);
		job_look(job, explore_reconcile);
		return;
	}
	job_end(job, &f);
}

/* ---- the command -------------------------------------------------------------------------------- */

static int send_explore(struct control_job *job, const struct explore *e, struct fault *f)
{
	struct control *c = job->control;
	const struct profile *p = api_profile(c->config.api);
	struct buf path, body;
	int rc = -ENOMEM;

	buf_init(&path, API_PATH_MAX);
	buf_init(&body, 8192);
	profile_path(&path, p->role[api_role(c->config.api)].explore, job->object->id);
	profile_explore_body(p, e, job->asked, &body);
	struct api_request r = {
		.path = path.data, .body = body.data, .post = true, .patient = true,
		.total = c->config.explore_timeout,
	};
	if (buf_error(&path) || buf_error(&body))
		fault_set(f, ENOMEM, "no memory for a request");
	else
		rc = job_send(job, &r, on_explored, f);
	buf_release(&path);
	buf_release(&body);
	return rc;
}

static int submit_explore(struct control *c, const struct control_target *at, const char *line,
			  size_t len, struct want *w, struct control_job **out)
{
	struct member *object = at->object;
	const struct profile *p = api_profile(c->config.api);
	struct profile_when when;
	struct control_job *job;
	struct explore e;
	int offset;
	int rc = command_parse_explore(line, len, &e, &w->fault);

	if (!rc)
		rc = profile_check_explore(p, api_role(c->config.api), &e, &w->fault);
	if (!rc)
		rc = resolve(c, &e, object, w, &when);
	if (!rc)
		rc = server_offset(c, &when, w, &offset);
	if (!rc)
		rc = need_range(c, object, w);
	if (!rc)
		rc = check_range(c, &when, offset, object, &w->fault);
	if (rc)
		return rc;
	job = job_new(c, &control_explore, object);
	if (!job)
		return fault_set(&w->fault, ENOMEM, "no memory for a request");
	job->type = e.type;
	job->when = when;
	profile_datetime(p, &when, offset, job->asked);
	rc = send_explore(job, &e, &w->fault);
	if (rc) {
		job_put(job);
		return rc;
	}
	*out = job;
	return 0;
}

static bool is_whole_explore(const char *chunk, size_t len)
{
	struct explore e;
	return command_parse_explore(chunk, len, &e, NULL) == 0;
}

const struct control_class control_explore = {
	.what = "explore", .line_max = COMMAND_LINE_MAX, .changes = true, .whole = is_whole_explore,
	.submit = submit_explore,
};
