/*
 * The client of the benchmark: the system calls of ls, stat, cat and echo in a loop.
 *
 *   meter pair [-r REPS] [-m MS] [-d MS] [-w TEXT] OPERATION A B
 *       REPS times: OPERATION on A, then on B, each for about MS milliseconds.
 *       Prints two lines, "a" and "b", each with the nanoseconds an operation of each repetition.
 *       -d: drop the kernel's dentries and inodes before each, wait so long, and do it once
 *   meter count N [-w TEXT] OPERATION A
 *       N times, for whoever counts what it costs; one time before that is for caches
 *   meter crowd J [-w TEXT] OPERATION [N]
 *       J threads; OPERATION on each line of stdin, or N times on A.  Prints seconds, and the
 *       latencies as p50, p99, most (seconds)
 *   meter beside PATH COMMAND
 *       runs COMMAND by the shell; meanwhile reads PATH again and again.  Prints
 *       seconds of the command, and p50, p99, p999, most of the reads (seconds)
 *
 * OPERATIONs: stat, missing (stat of a name that is not there), cat (open, fstat, read, read,
 * close), ls (names), lsl (names; as with ls -l each is stat'ed that begins with no dot), write
 * (open, write TEXT, close), bytes (all of a file, 1 MiB at a time), first (its first byte), run (a
 * command: A and B are the command lines; by the shell if they hold its signs).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REPS_MAX 99
#define CHUNK (1024 * 1024)

extern char **environ;
static const char *text = "\n";
static int reps = 25, ms = 20, drop = 0;

static uint64_t now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void die(const char *what)
{
	fprintf(stderr, "meter: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void pause_ms(int n)
{
	nanosleep(&(struct timespec){ n / 1000, (n % 1000) * 1000000L }, NULL);
}

/* ---- operations ---------------------------------------------------------------------- */

static void do_stat(const char *path)
{
	struct stat st;
	if (stat(path, &st))
		die(path);
}

static void do_missing(const char *path)
{
	struct stat st;
	if (!stat(path, &st) || errno != ENOENT)
		die(path);
}

static void do_cat(const char *path)
{
	char buf[131072];
	struct stat st;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		die(path);
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n < 0 || close(fd))
		die(path);
}

static size_t list(const char *path, int with_stat)
{
	DIR *d = opendir(path);
	struct dirent *e;
	struct stat st;
	size_t n = 0;

	if (!d)
		die(path);
	for (errno = 0; (e = readdir(d)); n++)
		if (with_stat && e->d_name[0] != '.' && fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW))
			die(e->d_name);
	if (errno)
		die(path);
	closedir(d);
	return n;
}

static void do_ls(const char *path)
{
	list(path, 0);
}

static void do_lsl(const char *path)
{
	list(path, 1);
}

static void do_write(const char *path)
{
	size_t n = strlen(text);
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, n) != (ssize_t)n || close(fd))
		die(path);
}

static void do_bytes(const char *path)
{
	static _Thread_local char *buf;
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (!buf)
		buf = malloc(CHUNK);
	if (fd < 0 || !buf)
		die(path);
	while ((n = read(fd, buf, CHUNK)) > 0)
		;
	if (n < 0 || close(fd))
		die(path);
}

static void do_first(const char *path)
{
	char c;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, &c, 1) != 1 || close(fd))
		die(path);
}

static pid_t spawn(const char *line)
{
	char copy[65536], *words[64], *save, sh[] = "sh", option[] = "-c";
	size_t n = 0;
	posix_spawn_file_actions_t to_null;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", line);
	if (strpbrk(line, "|>'\"&;")) {
		words[n++] = sh;
		words[n++] = option;
		words[n++] = copy;
	} else {
		for (char *w = strtok_r(copy, " ", &save); w && n < 63; w = strtok_r(NULL, " ", &save))
			words[n++] = w;
	}
	words[n] = NULL;
	posix_spawn_file_actions_init(&to_null);
	posix_spawn_file_actions_addopen(&to_null, 1, "/dev/null", O_WRONLY, 0);
	errno = posix_spawnp(&pid, words[0], &to_null, NULL, words, environ);
	if (errno)
		die(line);
	posix_spawn_file_actions_destroy(&to_null);
	return pid;
}

static void do_run(const char *line)
{
	int status;
	pid_t pid = spawn(line);

	if (waitpid(pid, &status, 0) != pid || status) {
		errno = ECHILD;
		die(line);
	}
}

static const struct operation {
	const char *name;
	void (*run)(const char *path);
} operations[] = {
	{ "stat", do_stat }, { "missing", do_missing }, { "cat", do_cat }, { "ls", do_ls },
	{ "lsl", do_lsl }, { "write", do_write }, { "bytes", do_bytes }, { "first", do_first },
	{ "run", do_run },
};

static const struct operation *operation(const char *name)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (strcmp(operations[i].name, name) == 0)
			return &operations[i];
	errno = EINVAL;
	die(name);
	return NULL;
}

/* ---- measuring ------------------------------------------------------------------------ */

/*
 * The directory itself stays (somebody works in it): what the kernel forgets is what is in it,
 * and its copy of the listing.  Returns what holds it, or -1.
 */
static int drop_caches(const char *path)
{
	int dir = open(path, O_RDONLY | O_DIRECTORY);
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY);

	if (dir >= 0)
		posix_fadvise(dir, 0, 0, POSIX_FADV_DONTNEED);
	if (fd < 0 || write(fd, "2\n", 2) != 2 || close(fd))
		die("/proc/sys/vm/drop_caches");
	pause_ms(drop);
	return dir;
}

/* Nanoseconds an operation, of one repetition. */
static double once(const struct operation *op, const char *path, unsigned n)
{
	int held = drop ? drop_caches(path) : -1;
	uint64_t from = now();
	for (unsigned i = 0; i < n; i++)
		op->run(path);
	uint64_t took = now() - from;
	if (held >= 0)
		close(held);
	return (double)took / n;
}

static unsigned times(const struct operation *op, const char *path)
{
	if (drop)
		return 1;
	op->run(path);
	double one = once(op, path, 1), n = (double)ms * 1e6 / one;
	if (n > 20)
		n = (double)ms * 1e6 / once(op, path, 20);
	return n < 1 ? 1 : (unsigned)n;
}

static void pair(const struct operation *op, const char *const path[2])
{
	double got[2][REPS_MAX];
	unsigned n[2] = { times(op, path[0]), times(op, path[1]) };

	for (int i = 0; i < reps; i++)
		for (int side = 0; side < 2; side++)
			got[side][i] = once(op, path[side], n[side]);
	for (int side = 0; side < 2; side++) {
		printf("%c", "ab"[side]);
		for (int i = 0; i < reps; i++)
			printf(" %.1f", got[side][i]);
		printf("\n");
	}
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void quantiles(double *all, size_t n)
{
	if (!n)
		return;
	qsort(all, n, sizeof(*all), by_size);
	printf("n %zu\np50 %.9f\np99 %.9f\np999 %.9f\nmost %.9f\n", n, all[n / 2], all[n * 99 / 100],
	       all[n * 999 / 1000], all[n - 1]);
}

static struct {
	const struct operation *op;
	char **paths;
	double *took;
	size_t n, next;
	pthread_mutex_t lock;
	pthread_barrier_t begin;
} crowd = { .lock = PTHREAD_MUTEX_INITIALIZER };

static void *one_of_crowd(void *arg)
{
	pthread_barrier_wait(&crowd.begin);
	for (;;) {
		pthread_mutex_lock(&crowd.lock);
		size_t i = crowd.next++;
		pthread_mutex_unlock(&crowd.lock);
		if (i >= crowd.n)
			return arg;
		uint64_t from = now();
		crowd.op->run(crowd.paths[i]);
		crowd.took[i] = (double)(now() - from) / 1e9;
	}
}

static void read_paths(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		crowd.paths = realloc(crowd.paths, (crowd.n + 1) * sizeof(*crowd.paths));
		if (!crowd.paths)
			die("memory");
		line[len - 1] = '\0';
		crowd.paths[crowd.n++] = strdup(line);
	}
	free(line);
	crowd.took = calloc(crowd.n + 1, sizeof(double));
}

static void run_crowd(size_t j, const struct operation *op)
{
	pthread_t *threads = calloc(j, sizeof(*threads));

	crowd.op = op;
	read_paths();
	pthread_barrier_init(&crowd.begin, NULL, (unsigned)j + 1);
	for (size_t i = 0; i < j; i++)
		if (pthread_create(&threads[i], NULL, one_of_crowd, NULL))
			die("thread");
	pthread_barrier_wait(&crowd.begin);
	uint64_t from = now();
	for (size_t i = 0; i < j; i++)
		pthread_join(threads[i], NULL);
	printf("seconds %.9f\n", (double)(now() - from) / 1e9);
	quantiles(crowd.took, crowd.n);
}

static void beside(const char *path, const char *line)
{
	static double took[1000000];
	size_t n = 0;
	int status = 0;
	uint64_t from = now(), end = 0;
	char shell[65536];

	snprintf(shell, sizeof(shell), "%s;", line);
	pid_t pid = spawn(shell);
	while (waitpid(pid, &status, WNOHANG) == 0) {
		uint64_t at = now();
		do_cat(path);
		end = now();
		if (n < sizeof(took) / sizeof(*took))
			took[n++] = (double)(end - at) / 1e9;
		nanosleep(&(struct timespec){ 0, 500000 }, NULL);
	}
	if (status) {
		errno = ECHILD;
		die(line);
	}
	printf("seconds %.9f\n", (double)(now() - from) / 1e9);
	quantiles(took, n);
}

int main(int argc, char **argv)
{
	int c;

	setvbuf(stdout, NULL, _IOFBF, 65536);
	while ((c = getopt(argc, argv, "r:m:d:w:")) != -1) {
		switch (c) {
		case 'r': reps = atoi(optarg); break;
		case 'm': ms = atoi(optarg); break;
		case 'd': drop = atoi(optarg); break;
		case 'w': text = optarg; break;
		default: return 2;
		}
	}
	if (reps < 1 || reps > REPS_MAX)
		return 2;
	argv += optind;
	argc -= optind;
	if (argc == 4 && strcmp(argv[0], "pair") == 0) {
		pair(operation(argv[1]), (const char *const[]){ argv[2], argv[3] });
	} else if (argc == 4 && strcmp(argv[0], "count") == 0) {
		const struct operation *op = operation(argv[2]);
		for (int i = atoi(argv[1]); i > 0; i--)
			op->run(argv[3]);
	} else if (argc == 3 && strcmp(argv[0], "crowd") == 0) {
		run_crowd((size_t)atoi(argv[1]), operation(argv[2]));
	} else if (argc == 3 && strcmp(argv[0], "beside") == 0) {
		beside(argv[1], argv[2]);
	} else {
		return 2;
	}
	return 0;
}
