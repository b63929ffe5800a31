#include "vbofs/wait.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vbofs/limits.h"
#include "vbofs/timer.h"

enum { WAIT_DONE, WAIT_LATE, WAIT_WRONG };

#define LOOK_MS 10000        /* other file systems do not tell of changes */

struct waiting {
	const char *path, *value;
	long timeout;        /* seconds, -1 = for ever */
};

static int usage(void)
{
	fputs("vbofs: usage: vbofs --wait PATH VALUE [--timeout SECONDS]\n", stderr);
	return WAIT_WRONG;
}

static int parse(struct waiting *w, int argc, char **argv)
{
	char *end = NULL;

	w->timeout = -1;
	if (argc != 3 && argc != 5)
		return usage();
	w->path = argv[1];
	w->value = argv[2];
	if (strlen(w->value) >= WAIT_VALUE_MAX) {
		fprintf(stderr, "vbofs: --wait: the value is longer than %d bytes\n", WAIT_VALUE_MAX - 1);
		return WAIT_WRONG;
	}
	if (argc == 3)
		return 0;
	if (strcmp(argv[3], "--timeout") != 0)
		return usage();
	errno = 0;
	w->timeout = strtol(argv[4], &end, 10);
	if (errno || end == argv[4] || *end || w->timeout < 0 || w->timeout > INT_MAX / 1000) {
		fprintf(stderr, "vbofs: --timeout: '%s' is not a number of seconds\n", argv[4]);
		return WAIT_WRONG;
	}
	return 0;
}

static int read_value(int fd, char *value)
{
	ssize_t n;

	do
		n = pread(fd, value, WAIT_VALUE_MAX, 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	if (n > 0 && value[n - 1] == '\n')
		n--;
	value[n] = '\0';
	return 0;
}

static int complain(const struct waiting *w, int err)
{
	fprintf(stderr, "vbofs: --wait: '%s': %s\n", w->path, strerror(err));
	return WAIT_WRONG;
}

static int wait_for(const struct waiting *w, int fd)
{
	uint64_t start = timer_now();
	char value[WAIT_VALUE_MAX + 1];

	for (;;) {
		struct pollfd p = { .fd = fd, .events = POLLPRI };
		int64_t left = LOOK_MS;
		int rc = read_value(fd, value);
		if (rc)
			return complain(w, -rc);
		if (strcmp(value, w->value) == 0)
			return WAIT_DONE;
		if (w->timeout >= 0) {
			left = w->timeout * 1000 - (int64_t)(timer_now() - start);
			if (left <= 0) {
				fprintf(stderr, "vbofs: --wait: '%s' still reads '%s' after %ld s\n", w->path, value,
					w->timeout);
				return WAIT_LATE;
			}
		}
		if (poll(&p, 1, left < LOOK_MS ? (int)left : LOOK_MS) < 0 && errno != EINTR)
			return complain(w, errno);
	}
}

int wait_main(int argc, char **argv)
{
	struct waiting w;
	int rc = parse(&w, argc, argv);

	if (rc)
		return rc;
	int fd = open(w.path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return complain(&w, errno);
	rc = wait_for(&w, fd);
	close(fd);
	return rc;
}
