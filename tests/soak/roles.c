/* Who works on the mount, and what each believes. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "soak.h"

#define CONTENT_TIME "2026.11.19 19:00:05"   /* of which the truth was taken */
#define SAME_SESSION 200                     /* one in so many rounds takes another */

static void expect(struct worker *w, const char *path, const char *right)
{
	char value[512];

	if (read_value(w, value, sizeof(value), path) && strcmp(value, right))
		wrong(w, "'%s', not '%s'", value, right);
}

static void expect_of(struct worker *w, const char *id, const char *name, const char *right)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "sessions/%s/%s", id, name);
	expect(w, path, right);
}

/* ---- who starts and stops ---------------------------------------------------------------- */

static void starts_and_stops(struct worker *w)
{
	int share = w->soak->norgs / 16;
	const char *org = w->soak->orgs[w->nth * share + (int)pick(w, (unsigned)share)];
	char id[ID_MAX], path[PATH_SIZE], target[PATH_SIZE], right[PATH_SIZE];
	unsigned minute = pick(w, 60);

	snprintf(right, sizeof(right), "2019.03.%02u 10:%02u:00", 1 + pick(w, 28), minute);
	if (!explore(w, org, (int)pick(w, 4), right, id))
		return;
	expect_of(w, id, "state", "Working");
	expect_of(w, id, "id", id);
	char when[PATH_SIZE];
	snprintf(path, sizeof(path), "sessions/%s/pointInTime", id);
	if (read_value(w, when, sizeof(when), path) &&
	    (strncmp(when, "2019-03-", 8) || strncmp(when + 8, right + 8, 2) ||
	     strncmp(when + 11, right + 11, 5)))
		wrong(w, "'%s', not '%s'", when, right);
	snprintf(path, sizeof(path), "sessions/%s/org", id);
	snprintf(right, sizeof(right), "../../orgs/%s", org);
	if (link_target(w, target, sizeof(target), path) && strcmp(target, right))
		wrong(w, "'%s', not '%s'", target, right);
	nap_ms(w, 1000);
	expect_of(w, id, "state", "Working");
	while (!stop(w, id) && !w->soak->ending)
		nap_ms(w, 1000);
	if (w->soak->ending)
		return;
	for (int i = 0; i < 3; i++) {
		expect_of(w, id, "state", "Stopped");
		expect_of(w, id, "result", "Success");
		nap_ms(w, 300);
	}
}

/* ---- who restores ---------------------------------------------------------------------- */

static void leave_session(struct worker *w)
{
	while (!stop(w, w->session) && !w->soak->ending)
		nap_ms(w, 1000);
	w->session[0] = '\0';
}

/* A session of that type in the organization that the truth is of. */
static bool has_session(struct worker *w, int type)
{
	if (w->session[0] && pick(w, SAME_SESSION) == 0)
		leave_session(w);
	w->type = type;
	return w->session[0] || explore(w, w->soak->orgs[0], type, CONTENT_TIME, w->session);
}

static const char *some_file(struct worker *w)
{
	return w->soak->files[w->type][pick(w, (unsigned)w->soak->nfiles[w->type])];
}

static void truth_path(struct worker *w, char out[PATH_SIZE], const char *name)
{
	static const char *const types[] = { "vex", "veod", "vesp", "vet" };

	snprintf(out, PATH_SIZE, "%s/%s/%s", w->soak->truth, types[w->type], name);
}

/* What is in a JSON of truth instead of the session's id. */
static void put_session(char *text, long len, const char *id)
{
	static const char place[] = "SESSIONSESSIONSESSIONSESSIONSESSION0";
	char *at = text;

	while ((at = memmem(at, (size_t)(text + len - at), place, sizeof(place) - 1)) != NULL)
		memcpy(at, id, sizeof(place) - 1);
}

static long read_truth(struct worker *w, char *out, const char *name)
{
	char path[PATH_SIZE];
	long n;

	truth_path(w, path, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, out, FILE_SIZE);
	close(fd);
	if (n > 0 && strstr(name, ".json"))
		put_session(out, n, w->session);
	return n;
}

struct names {
	const char *name;
	int seen;
};

static void look(void *user, const char *name)
{
	struct names *n = user;

	n->seen += !strcmp(name, n->name);
}

/* The file stands in the listing of its directory, once. */
static void check_listing(struct worker *w, const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "sessions/%s/%s", w->session, name);
	char *slash = strrchr(path, '/');
	struct names n = { .name = slash + 1 };
	*slash = '\0';
	int entries = list(w, path, look, &n);
	/* what is asked for by name only is not listed */
	if (entries >= 0 && n.seen != 1 && slash[1] != '.' && !strstr(path, "/."))
		wrong(w, "%s is in the listing %d times", n.name, n.seen);
}

static void restores(struct worker *w)
{
	char *got = malloc(2 * FILE_SIZE), *right = got + FILE_SIZE, path[PATH_SIZE];

	if (got && has_session(w, w->nth % 4)) {
		const char *name = some_file(w);
		snprintf(path, sizeof(path), "sessions/%s/%s", w->session, name);
		long n = read_file(w, got, FILE_SIZE, path), m = read_truth(w, right, name);
		if (n >= 0 && (n != m || memcmp(got, right, (size_t)n)))
			wrong(w, "other bytes (%ld, not %ld)", n, m);
		if (pick(w, 4) == 0)
			check_listing(w, name);
	}
	free(got);
}

static void looks(struct worker *w)
{
	struct stat st, right;
	struct statvfs vfs;
	char path[PATH_SIZE], value[128];

	end(w, statvfs(begin(w, "statvfs", "."), &vfs) ? errno : 0);
	if (!has_session(w, w->nth % 4))
		return;
	const char *name = some_file(w);
	truth_path(w, path, name);
	if (stat(path, &right)) {
		wrong(w, "no truth of %s", path);
		return;
	}
	if (end(w, stat(begin(w, "stat", "sessions/%s/%s", w->session, name), &st) ? errno : 0) &&
	    (w->type == 1) && !strstr(name, ".index.tsv") && st.st_size != right.st_size)
		wrong(w, "%lld bytes, not %lld", (long long)st.st_size, (long long)right.st_size);
	ssize_t n = getxattr(begin(w, "getxattr", "sessions/%s/%s", w->session, name),
			     "user.vbofs.session", value, sizeof(value) - 1);
	if (end_or(w, n < 0 ? errno : 0, ENODATA)) {
		value[n] = '\0';
		if (strcmp(value, w->session))
			wrong(w, "'%s'", value);
	}
}

/* Lines of events are only ever added. */
static void tails(struct worker *w)
{
	static _Thread_local char before[FILE_SIZE], now[FILE_SIZE];
	static _Thread_local long had, life;
	static _Thread_local char of[ID_MAX];
	char path[PATH_SIZE];

	/* a simulator that was started again makes the events up anew */
	if (life != w->soak->lives && w->session[0])
		leave_session(w);
	life = w->soak->lives;
	if (!has_session(w, 1))
		return;
	if (strcmp(of, w->session))
		had = 0;
	memcpy(of, w->session, ID_MAX);
	snprintf(path, sizeof(path), "sessions/%s/%s", w->session, some_file(w));
	read_file(w, now, sizeof(now), path);
	snprintf(path, sizeof(path), "sessions/%s/events", w->session);
	long n = read_file(w, now, sizeof(now), path);
	if (n < 0 || life != w->soak->lives)
		return;
	if (n < had || memcmp(before, now, (size_t)had))
		wrong(w, "%ld bytes of %ld are not what they were", n, had);
	memcpy(before, now, (size_t)n);
	had = n;
}

/* ---- who waits ------------------------------------------------------------------------------ */

static bool is_told(struct worker *w, const char *path)
{
	struct pollfd p = { .events = POLLPRI };
	char value[32] = "";
	int err = 0;

	p.fd = open(begin(w, "poll", "%s", path), O_RDONLY | O_CLOEXEC);
	w->limit = 2 * HANG_MS;
	if (p.fd < 0)
		err = errno;
	while (!err && strcmp(value, "Stopped\n") && !w->soak->ending) {
		ssize_t n = pread(p.fd, value, sizeof(value) - 1, 0);
		err = n < 0 ? errno : 0;
		value[n > 0 ? n : 0] = '\0';
		if (!err && strcmp(value, "Stopped\n"))
			poll(&p, 1, 1000 + HANG_MS / 4);
	}
	if (p.fd >= 0)
		close(p.fd);
	return end(w, err);
}

static void waits(struct worker *w)
{
	char path[PATH_SIZE];
	atomic_int *turn = &w->soak->turn[w->nth];

	if (!explore(w, w->soak->orgs[1], w->nth % 4, "2019.03.01 10:00:00", w->session))
		return;
	snprintf(path, sizeof(path), "sessions/%s/state", w->session);
	memcpy(w->soak->watched[w->nth], w->session, ID_MAX);
	*turn = 1;
	while (!is_told(w, path) && !w->soak->ending)
		nap_ms(w, 500);
	while (*turn == 1 && !w->soak->ending)
		nap_ms(w, 100);
}

static void stops_what_is_watched(struct worker *w)
{
	atomic_int *turn = &w->soak->turn[w->nth];

	if (*turn != 1)
		return;
	nap_ms(w, (int)pick(w, 2000));
	while (!stop(w, w->soak->watched[w->nth]) && !w->soak->ending)
		nap_ms(w, 1000);
	*turn = 0;
}

/* ---- who looks around --------------------------------------------------------------------------- */

static void reads_values(struct worker *w)
{
	unsigned i = pick(w, (unsigned)w->soak->norgs);
	char path[PATH_SIZE], target[PATH_SIZE], right[PATH_SIZE];

	snprintf(path, sizeof(path), "orgs/%s/id", w->soak->orgs[i]);
	expect(w, path, w->soak->orgs[i]);
	snprintf(path, sizeof(path), "orgs/%s/name", w->soak->orgs[i]);
	expect(w, path, w->soak->names[i]);
	snprintf(path, sizeof(path), "by-name/%s", w->soak->names[i]);
	snprintf(right, sizeof(right), "../orgs/%s", w->soak->orgs[i]);
	if (link_target(w, target, sizeof(target), path) && strcmp(target, right))
		wrong(w, "'%s', not '%s'", target, right);
	int n = list(w, "orgs", NULL, NULL);
	if (n >= 0 && n != w->soak->norgs)
		wrong(w, "%d organizations, not %d", n, w->soak->norgs);
}

struct walk {
	struct worker *w;
	const char *path;
	char names[64][256];
	int n;
};

static void remember(void *user, const char *name)
{
	struct walk *walk = user;

	/* any of many */
	if (walk->n < 64)
		snprintf(walk->names[walk->n++], 256, "%s", name);
	else if (pick(walk->w, 8) == 0)
		snprintf(walk->names[pick(walk->w, 64)], 256, "%s", name);
}

/* ls -lR; sessions that were there may be gone when the server has been restarted. */
static void walk(struct worker *w, const char *path, int depth, long life)
{
	struct walk *found = calloc(1, sizeof(*found));
	char below[PATH_SIZE];
	struct stat st;

	found->w = w;
	if (list(w, path, remember, found) < 0)
		found->n = 0;
	for (int i = 0; i < found->n && !w->soak->ending && life == w->soak->lives; i++) {
		snprintf(below, sizeof(below), "%s/%s", path, found->names[i]);
		int err = lstat(begin(w, "lstat", "%s", below), &st) ? errno : 0;
		/* what a session shows ends with it, and while nobody looked the server forgot some */
		bool right = w->nth % 2 == 0 && (err == ESTALE || (err == ENOENT && !calm(w)));
		if (end_or(w, err, right ? err : 0) && S_ISDIR(st.st_mode) && depth)
			walk(w, below, depth - 1, life);
		nap_ms(w, 2);
	}
	free(found);
}

static void walks(struct worker *w)
{
	walk(w, w->nth % 2 ? "orgs" : "sessions", 1, w->soak->lives);
}

static void serves(struct worker *w)
{
	static const char *const files[] = { ".vbofs/metrics", ".vbofs/log", ".vbofs/version", "README",
					     ".vbofs/last_error" };
	char *text = malloc(FILE_SIZE);

	if (text)
		read_file(w, text, FILE_SIZE, files[pick(w, 5)]);
	free(text);
	if (pick(w, 10) == 0)
		end(w, command(w, ".vbofs/refresh", "refresh\n", NULL, 0));
}

static void errs(struct worker *w)
{
	static const char *const lines[] = { "yesterday\n", "2019.02.30 10:00:00\n", "now colour=red\n",
					     "2019.03.01 10:00:00 type=vxx\n" };
	const char *org = w->soak->orgs[pick(w, (unsigned)w->soak->norgs)];
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "orgs/%s/explore", org);
	int err = command(w, path, lines[pick(w, 4)], NULL, 0);
	if (end_or(w, err, EINVAL))
		wrong(w, "was taken");
	err = mkdir(begin(w, "mkdir", "orgs/%s/new", org), 0700) ? errno : 0;
	if (end_or(w, err, err == EROFS || err == EACCES ? err : EPERM))
		wrong(w, "was made");
}

const struct role roles[] = {
	{ "starts and stops", 16, 4000, starts_and_stops },
	{ "restores", 16, 400, restores },
	{ "reads values", 8, 400, reads_values },
	{ "looks", 6, 400, looks },
	{ "walks", 4, 2000, walks },
	{ "waits", 4, 3000, waits },
	{ "stops", 4, 500, stops_what_is_watched },
	{ "tails", 2, 1000, tails },
	{ "serves", 2, 1000, serves },
	{ "errs", 2, 1000, errs },
};
