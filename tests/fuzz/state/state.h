/*
 * state: random operations on the files of a mount, while the simulator that it shows
 * fails at random; each answer is compared with a plain model of the truth.
 *
 *   sim.c      the simulator: its state as it says it without faults, faults, its journal
 *   truth.c    the model: what each object was and when, and what sessions hold
 *   place.c    paths
 *   answer.c   which answers are right there
 *   ops.c      operations that read
 *   commands.c operations that write, and those that are refused
 *   world.c    what others change on the server
 *   noise.c    somebody else, who only reads
 *   main.c     the order of them, made from the seed
 *
 * An answer is right if it is what was true within the time that vbofs may believe what it
 * knows (STALE_*), or an errno that a fault of the last seconds stands for.  Nothing here knows
 * how vbofs works.  Not for threads: one operation at a time.
 */
#ifndef STATE_H
#define STATE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

/* Seconds for which what was true may still be told. */
#define STALE_ORG 62.0
#define STALE_SESSION 6.5
/* ... by a feed that hangs: as long as it may be silent. */
#define STALE_FEED 75.0
/* Seconds for which the kernel believes that a name is not there. */
#define NEGATIVE 1.1
/* Seconds after the end of a fault in which it may still show. */
#define GRACE 7.0
#define GRACE_SIGN_IN 32.0
#define RECOVERY 45.0

#define PATH_LONG 4096
#define NO_END 1e18

/* What of the server an operation needs, and what a fault spoils. */
enum scope {
	OF_ORGS = 1,
	OF_SESSIONS = 2,
	OF_CONTENT = 4,
	OF_SAVES = 8,
	OF_EXPLORE = 16,
	OF_STOP = 32,
	OF_EVENTS = 64,
	OF_STATISTICS = 128,
	OF_POINTS = 256,
	OF_TOKEN = 512,
	OF_FEED = 1024,
	OF_ALL = 2047,
};

/* ---- the truth --------------------------------------------------------------------- */

struct version {
	json_t *json;
	double from, until; /* it was true no earlier and no later */
};

struct object {
	char *id;
	bool session;
	struct version *versions;
	size_t n;
	double born, died;	  /* died: NO_END */
	bool mine;		  /* a session started through the mount */
	const struct object *org; /* ... in this organization */
	struct thing *holds;	  /* what is in it, where that is known */
	char *events;		  /* as they were last read */
	bool was_lost; /* a fault said that it is not there: what was asked for is forgotten */
};

struct objects {
	struct object **all;
	size_t n;
};

/* Something in a session. */
struct thing {
	char *name;
	struct thing *parent, **all;
	size_t n;
	bool directory;
	char *bytes;
	size_t len;
	time_t mtime;
};

struct thing *thing_load(const char *path, const char *name, struct thing *parent);
void thing_free(struct thing *t);
size_t thing_path(const struct thing *t, char *out, size_t size);

/* ---- the run ----------------------------------------------------------------------- */

#define FAULTS_MAX 400

struct fault_spec {
	char spec[256];
	unsigned scopes;
	const int *errors; /* 0 at the end */
	double from, until;
	bool sign_in, missing, members_gone;
};

#define HANDLES 24
#define TYPES 4

struct run {
	const char *url, *mount, *journal, *credentials, *truth;
	int version; /* of the API */
	uint64_t seed;
	unsigned step, steps;
	double seconds, started;
	uint64_t random;
	bool tells;
	/* sim.c */
	void *curl;
	char *token;
	size_t journal_read;
	unsigned explores, stops; /* POSTs in the journal */
	struct fault_spec faults[FAULTS_MAX];
	size_t nfaults;
	double calm; /* what failed before then is over */
	/* truth.c */
	struct objects orgs, sessions;
	struct thing *content[TYPES];
	double began; /* of this step */
	double refreshed;
	unsigned added;
	/* commands.c */
	unsigned least, most; /* explore POSTs that there may be */
	unsigned stops_least, stops_most;
	/* ops.c */
	struct handle {
		int fd; /* -1: free */
		struct place *place;
		double opened;
		char *line; /* the last command that was not taken, its errno ... */
		int error;
		bool sent; /* ... and whether there was a POST of it */
	} handles[HANDLES];
	/* noise.c */
	pid_t noise; /* 0: none */
	unsigned long done, failed;
	char log[40][256];
	unsigned nlog;
};

/* ---- main.c ------------------------------------------------------------------------ */

double now(void);
unsigned draw(struct run *r, unsigned n); /* 0 ... n - 1 */
/* What was done, for whoever looks for the reason of a failure. */
void note(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
void fail(struct run *r, const char *format, ...) __attribute__((format(printf, 2, 3), noreturn));
void *need(void *p);

/* ---- sim.c ------------------------------------------------------------------------- */

void sim_begin(struct run *r);
void sim_end(struct run *r);
/* Of /_sim/: the answer, to be freed by json_decref; fails if that is refused. */
json_t *sim_control(struct run *r, const char *method, const char *path, const char *body);
/* A collection of this API, asked for while no fault is in force. */
json_t *sim_list(struct run *r, const char *collection);
void sim_fault(struct run *r);
void sim_calm(struct run *r);
/* Counts the POSTs that the journal has by now. */
void sim_count(struct run *r);
/* Is this errno one that faults of the scopes account for?  bytes: said by read(2) or write(2). */
bool sim_accounts(const struct run *r, unsigned scopes, int error, bool bytes, double from,
		  double until);
/* Does it say nothing to a stop? */
bool sim_keeps_mum(const struct run *r, double from);
/* Does it say 404 to a POST? */
bool sim_misses(const struct run *r, double from, double until);
/* Does it say that sessions are not there? */
bool sim_loses(const struct run *r, double from, double until);
bool sim_fails(const struct run *r, unsigned scopes, double from, double until);

/* ---- truth.c ----------------------------------------------------------------------- */

/* Once more, after something may have changed since `began`. */
void truth_look(struct run *r);
void truth_free(struct run *r);
/* One that works, if there is any. */
struct object *truth_working(struct run *r);
struct object *truth_find(const struct objects *o, const char *id);
/* The text of a scalar, with its newline; NULL: it is none. */
char *truth_text(const json_t *value);
/* A text of the object, "" if it has none. */
const char *truth_word(const struct version *v, const char *key);
bool truth_works(const struct version *v);
int truth_type(const struct version *v); /* index into type_names; -1 */
extern const char *const type_names[TYPES], *const type_roots[TYPES];
extern const int type_since[TYPES];

/* ---- place.c, answer.c ------------------------------------------------------------- */

enum place_kind {
	IN_ROOT,
	IN_README,
	IN_SERVICE,
	IN_COLLECTION,
	IN_OBJECT,
	IN_VALUE,
	IN_JSON,
	IN_LINKS,
	IN_LINK,
	IN_ORG_SESSIONS,
	IN_ORG_SESSION,
	IN_BY_NAME,
	IN_POINTS,
	IN_SESSION_ORG,
	IN_EVENTS,
	IN_STATISTICS,
	IN_CONTENT,
	IN_CONTROL,
	IN_MISSING,
};

struct place {
	enum place_kind kind;
	char path[PATH_LONG];
	struct object *object, *session;
	struct thing *thing;
	char key[128];
	bool session_list; /* the collection: sessions, not orgs or by-name */
	bool by_name;
};

#define TEXTS_MAX 64

struct answer {
	mode_t type;
	bool may_be, may_lack, may_be_stale;
	bool any_text; /* what it reads is not known, but never empty */
	bool any_size;
	unsigned scopes;
	struct text {
		char *data;
		size_t len;
		bool owned;
	} texts[TEXTS_MAX];
	size_t n;
};

void place_pick(struct run *r, struct place *p);
void place_at(struct run *r, struct place *p, enum place_kind kind, struct object *o,
	      const char *key);
/* What is right there for what is opened (or asked) at `from` and answered at `until`. */
void place_answer(const struct run *r, const struct place *p, double from, double until,
		  struct answer *a);
void answer_free(struct answer *a);
/* Has to be listed, may be, must not. */
enum listed { LISTED_NOT, LISTED_MAYBE, LISTED_SURELY };
enum listed place_lists(const struct run *r, const struct place *p, double from, double until,
			const char *name);
/* Calls `each` with every name that may be listed. */
void place_names(const struct run *r, const struct place *p,
		 void (*each)(void *user, const char *name), void *user);
const char *place_full(const struct run *r, const char *path, char *out);

/* ---- noise.c ----------------------------------------------------------------------- */

/* Another process looks at the same files, is interrupted and killed, and nobody looks at what it
 * is told. */
void noise_begin(struct run *r);
void noise_end(struct run *r);

/* ---- ops.c, commands.c, world.c ---------------------------------------------------- */

/* An error has to have its reason. */
void judge_error(struct run *r, const struct place *p, const struct answer *a, int error,
		 const char *what, double from);
void op_stat(struct run *r, const struct place *p);
void op_read(struct run *r, const struct place *p);
void op_list(struct run *r, const struct place *p);
void op_readlink(struct run *r, const struct place *p);
void op_xattr(struct run *r, const struct place *p);
void op_look(struct run *r, const struct place *p); /* whichever fits */
void op_handle(struct run *r);
void op_open(struct run *r, const struct place *p);
void handle_close(struct run *r, struct handle *h);
void op_forget(struct run *r);

void op_explore(struct run *r);
void op_explore_again(struct run *r);
void op_wrong(struct run *r);
void op_stop(struct run *r);
void op_refresh(struct run *r);
void op_refused(struct run *r);
void op_world(struct run *r);	     /* others change what is on the server */
void commands_settle(struct run *r); /* all POSTs are accounted for */

#endif
