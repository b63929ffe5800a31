/*
 * control_private: what control.c (lines, handles, waiting), explore.c and
 * stop.c (the commands) share.  Not for anyone else.
 */
#ifndef VBOFS_CONTROL_PRIVATE_H
#define VBOFS_CONTROL_PRIVATE_H

#include "vbofs/command.h"
#include "vbofs/control.h"
#include "vbofs/profile.h"

enum job_state {
	JOB_SENT,          /* the POST is on its way, or waits for the sign-in */
	JOB_LOOKING,       /* what the server lists decides how it goes on */
	JOB_DONE,
};

/* One command on its way. */
struct control_job {
	struct resource resource;        /* first: its writers wait on it */
	struct control *control;
	const struct control_class *class;
	struct control_job *prev, *next; /* the ring of control->jobs; NULL once it is out */
	uint32_t refs;
	enum job_state state;
	struct api_call *call;
	struct want want;                /* in JOB_LOOKING */
	struct timer again;
	void (*look)(struct control_job *job);
	void *work;                      /* of the command, with what frees it; or NULL */
	void (*drop)(void *work);
	struct fault fault;              /* outcome; err 0 = success */
	bool interrupted;                /* a writer of it went away */
	bool withdrawn;                  /* it never left the machine */
	bool unknown;                    /* ended, and nobody knows whether it was done */
	uint64_t ended;

	struct member *object;           /* counted: the organization or session */
	enum explore_type type;
	struct profile_when when;
	char asked[TIMESTAMP_MAX];
	uint64_t began;                  /* timer_now() */
	unsigned clock_looks;            /* at the server's clock, because it was not known well enough */
	char *result;                    /* what reading the handle gives back, lines; or NULL */
	size_t result_len;
};

struct control {
	struct control_config config;
	bool shut;
	struct control_job jobs;         /* head of a ring: under way, or of unknown outcome */
	char *initiated_by, *client_host;  /* as the server calls us, once it has; or NULL */
};

struct control_job *job_new(struct control *c, const struct control_class *class,
			    struct member *object);
void job_put(struct control_job *job);
/* Send it.  The callback gets the job. 0 or -ENOMEM with a fault; the job is then in the ring. */
int job_send(struct control_job *job, const struct api_request *r, api_done *done, struct fault *f);
/* Begin without a request of its own: the job is then in the ring. */
void job_begin(struct control_job *job);
/* JOB_LOOKING: `look` runs now, and again when the want wakes or after job_again(). */
void job_look(struct control_job *job, void (*look)(struct control_job *job));
void job_again(struct control_job *job);
void job_again_in(struct control_job *job, uint64_t ms);
/* It is over: wakes the writers.  A fault, or NULL for success. */
void job_end(struct control_job *job, const struct fault *f);

#endif
