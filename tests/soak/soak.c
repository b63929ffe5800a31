/*
 * The endurance test: 64 threads that read and write on a mount.
 *
 * usage: soak MOUNTPOINT TRUTH ORGS WRITES PID FIGURES
 *
 * TRUTH has a directory for each type of session with what such a session holds; ORGS has a
 * line "id name" for each organization; WRITES gets a line for each write; FIGURES a line of
 * milliseconds, RSS, PSS and anonymous memory in KiB, descriptors of process PID (those of saved
 * documents apart) and operations so far each second.
 *
 * Obeys lines on stdin, and says "ok" to each: "down" before the server is restarted, "up"
 * afterwards, "end".  The last line on stdout has the figures; the exit status is 0 if nothing
 * was wrong and nothing hung.
 */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "soak.h"

enum { DROP_S = 2 };   /* between two drops of inodes that nobody uses */

static struct soak soak;
static struct worker workers[WORKERS];

long long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

void nap_ms(struct worker *w, int ms)
{
	struct timespec t;

	for (; ms > 0 && !w->soak->ending; ms -= 100) {
		t = (struct timespec){ .tv_nsec = (ms < 100 ? ms : 100) * 1000000L };
		nanosleep(&t, NULL);
	}
}

unsigned pick(struct worker *w, unsigned n)
{
	return (unsigned)rand_r(&w->seed) % n;
}

void wrong(struct worker *w, const char *format, ...)
{
	va_list ap;

	pthread_mutex_lock(&w->soak->lock);
	if (atomic_fetch_add(&w->soak->wrong, 1) < 100) {
		fprintf(stderr, "wrong: %s %d, life %ld, %lld ms after it was up: %s %s: ",
			w->role->name, w->nth, w->life, now_ms() - w->soak->up_at, w->what, w->path);
		va_start(ap, format);
		vfprintf(stderr, format, ap);
		va_end(ap);
		fputc('\n', stderr);
	}
	pthread_mutex_unlock(&w->soak->lock);
}

const char *begin(struct worker *w, const char *what, const char *format, ...)
{
	size_t n = (size_t)snprintf(w->path, sizeof(w->path), "%s/", w->soak->mount);
	va_list ap;

	va_start(ap, format);
	vsnprintf(w->path + n, sizeof(w->path) - n, format, ap);
	va_end(ap);
	w->what = what;
	w->limit = HANG_MS;
	w->life = w->soak->lives;
	w->since = now_ms();
	return w->path;
}

bool calm(const struct worker *w)
{
	return w->life % 2 == 0 && w->life == w->soak->lives &&
	       w->since > w->soak->up_at + GRACE_MS;
}

static bool of_a_restart(int err)
{
	return err == EIO || err == ETIMEDOUT || err == EHOSTUNREACH || err == EAGAIN || err == EBUSY;
}

bool end_or(struct worker *w, int err, int allowed)
{
	atomic_fetch_add(&w->soak->operations, 1);
	if (err) {
		atomic_fetch_add(&w->soak->errors[err < ERRNOS ? err : 0], 1);
		if (err != allowed && (calm(w) || !of_a_restart(err)))
			wrong(w, "%s", strerrorname_np(err));
	}
	w->since = 0;
	return !err;
}

bool end(struct worker *w, int err)
{
	return end_or(w, err, 0);
}

bool end_passing(struct worker *w, int err)
{
	return end_or(w, err, err == ESTALE || (err == ENOENT && !calm(w)) ? err : 0);
}

/* ---- what is true --------------------------------------------------------------------- */

static const char *truth_dir;
static int truth_type;

static int add_file(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	char ***files = &soak.files[truth_type];
	int *n = &soak.nfiles[truth_type];

	(void)ftw;
	if (flag != FTW_F || st->st_size >= FILE_SIZE)
		return 0;
	*files = realloc(*files, ((size_t)*n + 1) * sizeof(**files));
	(*files)[(*n)++] = strdup(path + strlen(truth_dir) + 1);
	return 0;
}

static bool load_truth(void)
{
	static const char *const types[] = { "vex", "veod", "vesp", "vet" };
	char path[PATH_SIZE];

	for (truth_type = 0; truth_type < 4; truth_type++) {
		snprintf(path, sizeof(path), "%s/%s", soak.truth, types[truth_type]);
		truth_dir = path;
		if (nftw(path, add_file, 16, FTW_PHYS) || !soak.nfiles[truth_type])
			return false;
	}
	return true;
}

static bool load_orgs(const char *path)
{
	FILE *f = fopen(path, "r");
	char id[ID_MAX], name[256];

	while (f && soak.norgs < 256 && fscanf(f, "%39s %255[^\n]", id, name) == 2) {
		soak.orgs[soak.norgs] = strdup(id);
		soak.names[soak.norgs++] = strdup(name);
	}
	if (f)
		fclose(f);
	return soak.norgs > 0;
}

/* ---- watching ------------------------------------------------------------------------- */

static void *work(void *arg)
{
	struct worker *w = arg;

	nap_ms(w, (int)pick(w, 1000));
	while (!w->soak->ending) {
		w->role->round(w);
		nap_ms(w, w->role->pause / 2 + (int)pick(w, (unsigned)w->role->pause + 1));
	}
	return NULL;
}

static void sample(const char *pid, FILE *figures, long long start)
{
	char path[64], line[256];
	long rss = 0, pss = 0, anonymous = 0;
	int spooled = 0, other = 0;

	snprintf(path, sizeof(path), "/proc/%s/smaps_rollup", pid);
	FILE *f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		sscanf(line, "Rss: %ld", &rss);
		sscanf(line, "Pss: %ld", &pss);
		sscanf(line, "Anonymous: %ld", &anonymous);
	}
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%s/fd", pid);
	DIR *d = opendir(path);
	for (struct dirent *e; d && (e = readdir(d)) != NULL;) {
		ssize_t n = readlinkat(dirfd(d), e->d_name, line, sizeof(line) - 1);
		line[n > 0 ? n : 0] = '\0';
		if (strstr(line, "(deleted)"))
			spooled++;
		else if (n > 0)
			other++;
	}
	if (d)
		closedir(d);
	fprintf(figures, "%lld\t%ld\t%ld\t%ld\t%d\t%d\t%ld\n", now_ms() - start, rss, pss, anonymous,
		other, spooled, soak.operations);
	fflush(figures);
}

/*
 * The kernel keeps inodes that nobody uses until it needs their memory, which on a machine
 * with much of it takes hours; vbofs keeps each as long.  A remount drops them, of this mount
 * alone, so that what is measured is not theirs: 500 come in a second.  Only root may; without
 * that, the memory of vbofs grows with what has been looked at.
 */
static void drop_unused_inodes(void)
{
	static bool told;

	if (mount(NULL, soak.mount, NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV, NULL) && !told) {
		fprintf(stderr, "inodes stay: %s\n", strerror(errno));
		told = true;
	}
}

static void look_for_hangs(void)
{
	for (int i = 0; i < WORKERS; i++) {
		struct worker *w = &workers[i];
		long long since = w->since;
		if (!since || now_ms() - since < w->limit)
			continue;
		atomic_fetch_add(&soak.hangs, 1);
		fprintf(stderr, "hangs: %s %d: %s %s: for %lld ms\n", w->role->name, w->nth, w->what,
			w->path, now_ms() - since);
		w->limit += HANG_MS;
	}
}

static void obey(void)
{
	char line[16];

	if (!fgets(line, sizeof(line), stdin) || !strcmp(line, "end\n"))
		soak.ending = true;
	else if (!strcmp(line, "down\n"))
		atomic_fetch_add(&soak.lives, 1);
	else if (!strcmp(line, "up\n")) {
		soak.up_at = now_ms();
		atomic_fetch_add(&soak.lives, 1);
	}
	puts("ok");
	fflush(stdout);
}

static void start_workers(void)
{
	const struct role *role = roles;
	int nth = 0;

	for (int i = 0; i < WORKERS; i++, nth++) {
		for (; nth == role->count; role++)
			nth = 0;
		workers[i] = (struct worker){ .soak = &soak, .index = i, .nth = nth, .role = role,
					      .seed = (unsigned)i + 1 };
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
}

/* All that is under way ends, or hangs. */
static void wait_for_workers(void)
{
	struct timespec limit;

	clock_gettime(CLOCK_REALTIME, &limit);
	limit.tv_sec += 2 * HANG_MS / 1000;
	for (int i = 0; i < WORKERS; i++) {
		if (!pthread_timedjoin_np(workers[i].thread, NULL, &limit))
			continue;
		fprintf(stderr, "hangs: %s %d: %s %s\n", workers[i].role->name, workers[i].nth,
			workers[i].what, workers[i].path);
		atomic_fetch_add(&soak.hangs, 1);
	}
}

static void tell(void)
{
	printf("%ld operations,", soak.operations);
	for (int i = 0; i < ERRNOS; i++)
		if (soak.errors[i])
			printf(" %s %ld,", i ? strerrorname_np(i) : "other", soak.errors[i]);
	printf(" %ld wrong, %ld hung\n", soak.wrong, soak.hangs);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	if (argc != 7)
		return 2;
	soak.mount = argv[1];
	soak.truth = argv[2];
	pthread_mutex_init(&soak.lock, NULL);
	soak.up_at = now_ms() - GRACE_MS;
	soak.writes = fopen(argv[4], "w");
	FILE *figures = fopen(argv[6], "w");
	if (!soak.writes || !figures || !load_orgs(argv[3]) || !load_truth()) {
		fprintf(stderr, "soak: cannot begin: %s\n", strerror(errno));
		return 2;
	}
	setvbuf(soak.writes, NULL, _IOLBF, 0);
	setvbuf(stdin, NULL, _IONBF, 0);
	start_workers();
	long long start = now_ms(), next = start, seconds = 0;
	while (!soak.ending) {
		struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
		long long left = next - now_ms();
		if (left <= 0) {
			sample(argv[5], figures, start);
			look_for_hangs();
			if (++seconds % DROP_S == 0)
				drop_unused_inodes();
			next += 1000;
		} else if (poll(&in, 1, (int)left) == 1) {
			obey();
		}
	}
	wait_for_workers();
	sample(argv[5], figures, start);
	tell();
	/* threads that hang would keep an exit from coming */
	_exit(soak.wrong || soak.hangs);
}
