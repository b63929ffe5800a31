/*
 * usage: state URL MOUNTPOINT JOURNAL CREDENTIALS TRUTH VERSION SEED SECONDS
 *
 * TRUTH is a directory that has, for each type of session, what it holds (vex/mailboxes ...).
 */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *need(void *p)
{
	if (!p) {
		perror("state");
		exit(2);
	}
	return p;
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* ---- chance: each step has its own, so that what came before does not move it ------ */

static uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

unsigned draw(struct run *r, unsigned n)
{
	r->random = mix(r->random);
	return n ? (unsigned)((r->random >> 32) % n) : 0;
}

/* ---- what is said ------------------------------------------------------------------ */

void note(struct run *r, const char *format, ...)
{
	char *line = r->log[r->nlog++ % (sizeof(r->log) / sizeof(*r->log))];
	int n = snprintf(line, sizeof(*r->log), "%u %.3f ", r->step, now() - r->started);
	va_list args;

	va_start(args, format);
	vsnprintf(line + n, sizeof(*r->log) - (size_t)n, format, args);
	va_end(args);
	if (r->tells)
		fprintf(stderr, "%s\n", line);
}

static void say_last_error(const struct run *r)
{
	char path[PATH_LONG], text[4096];
	FILE *f = fopen(place_full(r, ".vbofs/last_error", path), "re");
	size_t n = f ? fread(text, 1, sizeof(text) - 1, f) : 0;

	text[n] = '\0';
	fprintf(stderr, "last_error: %s\n", text);
	if (f)
		fclose(f);
}

void fail(struct run *r, const char *format, ...)
{
	const size_t most = sizeof(r->log) / sizeof(*r->log);
	va_list args;

	noise_end(r);
	for (size_t i = r->nlog > most ? r->nlog - most : 0; i < r->nlog; i++)
		fprintf(stderr, "  %s\n", r->log[i % most]);
	say_last_error(r);
	for (size_t i = 0; i < r->nfaults; i++)
		if (r->faults[i].until + GRACE >= now())
			fprintf(stderr, "fault: %s%s\n", r->faults[i].spec,
				r->faults[i].until == NO_END ? "" : " (over)");
	fprintf(stderr,
		"failed: seed %llu step %u (v%d, after %.3f s): ", (unsigned long long)r->seed,
		r->step, r->version, now() - r->started);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nagain: STATE_SEED=%llu make test T=state/random.7\n",
		(unsigned long long)r->seed);
	exit(1);
}

/* ---- the end of faults ------------------------------------------------------------- */

static bool is_back(struct run *r)
{
	static const char *const paths[] = {"orgs", "sessions"};
	char path[PATH_LONG];

	for (int i = 0; i < 2; i++) {
		DIR *d = opendir(place_full(r, paths[i], path));
		if (!d)
			return false;
		closedir(d);
	}
	return true;
}

static void look_at(struct run *r, enum place_kind kind, struct object *o, const char *key)
{
	struct place p;

	place_at(r, &p, kind, o, key);
	op_look(r, &p);
}

static void sweep_content(struct run *r, struct object *o)
{
	struct place p;
	char path[PATH_LONG];

	if (!o->holds)
		return;
	place_at(r, &p, IN_CONTENT, o, NULL);
	p.session = o;
	p.thing = o->holds;
	snprintf(p.path, sizeof(p.path), "sessions/%s/%s", o->id, o->holds->name);
	if (truth_works(&o->versions[o->n - 1])) {
		op_list(r, &p);
		return;
	}
	DIR *d = opendir(place_full(r, p.path, path));
	if (d || errno != ESTALE)
		fail(r, "'%s' of a session that has ended: %s", p.path,
		     d ? "opened" : strerrorname_np(errno));
}

/* All there is, and no error is right any more. */
static void sweep(struct run *r)
{
	look_at(r, IN_ROOT, NULL, NULL);
	look_at(r, IN_COLLECTION, NULL, "orgs");
	look_at(r, IN_COLLECTION, NULL, "by-name");
	look_at(r, IN_COLLECTION, NULL, "sessions");
	for (size_t i = 0; i < r->orgs.n; i++) {
		struct object *o = r->orgs.all[i];
		look_at(r, IN_OBJECT, o, NULL);
		look_at(r, IN_VALUE, o, "name");
		look_at(r, IN_VALUE, o, "lastBackuptime");
		look_at(r, IN_ORG_SESSIONS, o, NULL);
		look_at(r, IN_BY_NAME, o, NULL);
		look_at(r, IN_JSON, o, NULL);
	}
	for (size_t i = 0; i < r->sessions.n; i++) {
		struct object *o = r->sessions.all[i];
		if (o->died != NO_END)
			continue;
		look_at(r, IN_OBJECT, o, NULL);
		look_at(r, IN_VALUE, o, "state");
		look_at(r, IN_VALUE, o, "endTime");
		look_at(r, IN_JSON, o, NULL);
		look_at(r, IN_SESSION_ORG, o, NULL);
		sweep_content(r, o);
	}
}

static void recover(struct run *r)
{
	double until = now() + RECOVERY;

	noise_end(r);
	sim_calm(r);
	do {
		op_refresh(r);
		if (is_back(r))
			break;
		usleep(100000);
	} while (now() < until);
	if (now() >= until)
		fail(r, "%g s after the last fault the mount has not recovered", RECOVERY);
	r->calm = now();
	note(r, "recovered");
	commands_settle(r);
	truth_look(r);
	sweep(r);
	noise_begin(r);
}

/* ---- steps ------------------------------------------------------------------------- */

static void step(struct run *r)
{
	unsigned at = draw(r, 1000);
	struct place p;

	r->began = now();
	if (at < 600) {
		place_pick(r, &p);
		op_look(r, &p);
	} else if (at < 690) {
		place_pick(r, &p);
		op_open(r, &p);
	} else if (at < 860) {
		op_handle(r);
	} else if (at < 880) {
		op_explore(r);
	} else if (at < 890) {
		op_explore_again(r);
	} else if (at < 900) {
		op_wrong(r);
	} else if (at < 912) {
		op_stop(r);
	} else if (at < 918) {
		op_refresh(r);
	} else if (at < 938) {
		op_refused(r);
	} else if (at < 950) {
		op_world(r);
	} else if (at < 960) {
		op_forget(r);
	} else if (at < 980) {
		sim_fault(r);
	} else if (at < 994) {
		sim_calm(r);
	} else {
		recover(r);
	}
}

static void load_truth(struct run *r)
{
	char path[PATH_LONG];

	for (int i = 0; i < TYPES; i++) {
		if (r->version < type_since[i])
			continue;
		snprintf(path, sizeof(path), "%s/%s/%s", r->truth, type_names[i], type_roots[i]);
		r->content[i] = need(thing_load(path, type_roots[i], NULL));
	}
}

int main(int argc, char **argv)
{
	struct run *r = need(calloc(1, sizeof(*r)));

	if (argc != 9) {
		fprintf(stderr, "usage: state URL MOUNTPOINT JOURNAL CREDENTIALS TRUTH VERSION "
				"SEED SECONDS\n");
		return 2;
	}
	r->url = argv[1];
	r->mount = argv[2];
	r->journal = argv[3];
	r->credentials = argv[4];
	r->truth = argv[5];
	r->version = atoi(argv[6] + 1);
	r->seed = strtoull(argv[7], NULL, 10);
	r->seconds = strtod(argv[8], NULL);
	r->tells = getenv("STATE_TELLS") != NULL;
	r->started = r->began = now();
	for (int i = 0; i < HANDLES; i++)
		r->handles[i].fd = -1;
	sim_begin(r);
	load_truth(r);
	truth_look(r);
	sim_count(r);
	r->least = r->most = r->explores;
	r->stops_least = r->stops_most = r->stops;
	recover(r);
	for (r->step = 1; now() - r->started < r->seconds; r->step++) {
		r->random = mix(r->seed * 0x10001 + r->step);
		step(r);
	}
	r->began = now();
	recover(r);
	printf("v%d seed %llu: %u steps, %lu answers right, %lu errors that faults stand for; "
	       "%u sessions started, %u stopped\n",
	       r->version, (unsigned long long)r->seed, r->step - 1, r->done, r->failed,
	       r->explores, r->stops);
	noise_end(r);
	for (int i = 0; i < HANDLES; i++)
		handle_close(r, &r->handles[i]);
	truth_free(r);
	sim_end(r);
	free(r);
	return 0;
}
