/*
 * soak: what the workers of the endurance test share.
 *
 * Each worker is a thread that does one operation on the mount after the other, and
 * compares what it is told with what is known to be true.  An operation is begun
 * and ended here: it has a deadline, and when the server has been up for a while nothing may
 * fail.  While it restarts, operations may fail, but only in words of a server that is away.
 */
#ifndef SOAK_H
#define SOAK_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define WORKERS 64
#define GRACE_MS 15000     /* after a restart; failures close the circuit again one by one */
#define HANG_MS 45000      /* mounted with timeout=10,explore-timeout=20 */
#define ID_MAX 40
#define PATH_SIZE 1024
#define ERRNOS 200
#define FILE_SIZE (1 << 20)      /* of truth, at most */

struct soak {
	const char *mount, *truth;
	char *orgs[256];           /* ids, from the simulator itself */
	char *names[256];
	int norgs;
	char **files[4];           /* of truth: paths below a session, by type; NULL at the end */
	int nfiles[4];
	FILE *writes;              /* one line for each write that could be a POST */
	atomic_long lives;         /* even: the server is up, odd: it is being restarted */
	atomic_llong up_at;
	atomic_bool ending;
	atomic_long operations, wrong, hangs;
	atomic_long errors[ERRNOS];
	pthread_mutex_t lock;      /* of writes, and of stderr */
	char watched[8][ID_MAX];   /* sessions that pollers wait for, their stoppers' turn */
	atomic_int turn[8];        /* 0 nobody waits, 1 stop it, 2 stopped, -1 it may have been */
};

struct worker {
	struct soak *soak;
	pthread_t thread;
	int index, nth;            /* of all, and of its kind */
	unsigned seed;
	const struct role *role;
	/* the operation under way */
	atomic_llong since;        /* 0: none */
	const char *volatile what;
	char path[PATH_SIZE];
	long life;
	long long limit;
	/* its session */
	char session[ID_MAX];
	int type;
};

/* A round of a worker's work; `pause` is what it rests between two, in ms. */
struct role {
	const char *name;
	int count, pause;
	void (*round)(struct worker *w);
};

long long now_ms(void);
void nap_ms(struct worker *w, int ms);
unsigned pick(struct worker *w, unsigned n);

/* What is not true. */
__attribute__((format(printf, 2, 3)))
void wrong(struct worker *w, const char *format, ...);

/* An operation on the path that is made up here, below the mount. */
__attribute__((format(printf, 3, 4)))
const char *begin(struct worker *w, const char *what, const char *format, ...);
/* The server has been up all the time, and before that long enough to be known to be. */
bool calm(const struct worker *w);
/* It ended: err is 0 or an errno.  True: it was good. */
bool end(struct worker *w, int err);
/* The same, of one that may fail with `allowed` at any time. */
bool end_or(struct worker *w, int err, int allowed);
/*
 * The same, of a session that is somebody else's: what it shows ends with it, and a server that
 * is restarted may have forgotten it.
 */
bool end_passing(struct worker *w, int err);

/* ---- operations (ops.c) ---------------------------------------------------------------- */

/* The whole file below the mount; bytes or -1.  `size` has to be enough. */
long read_file(struct worker *w, char *out, size_t size, const char *path);
/* Its first line, without the newline. */
bool read_value(struct worker *w, char *out, size_t size, const char *path);
/* Names in a directory; -1: it failed. */
int list(struct worker *w, const char *path, void (*each)(void *, const char *), void *user,
	 bool passing);
bool link_target(struct worker *w, char *out, size_t size, const char *path);
/* One write to a control file that reads its answer back, if `answer` is not NULL. 0 or errno. */
int command(struct worker *w, const char *path, const char *line, char *answer, size_t size);
/* Starts a session and notes what became of it. */
bool explore(struct worker *w, const char *org, int type, const char *when, char id[ID_MAX]);
bool stop(struct worker *w, const char *id);

extern const struct role roles[];

#endif
