/*
 * Readers that are gone, and the READs they left behind.
 *
 * The kernel neither interrupts a READ into the page cache nor releases the file before it is
 * answered, so that the download of a reader that was killed would go on for nobody.
 */
#include "fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Is a signal in that set of /proc/PID/status? */
static bool has(const char *status, const char *label, int sig)
{
	const char *at = strstr(status, label);

	return at && strtoull(at + strlen(label), NULL, 16) >> (sig - 1) & 1;
}

/* SIGQUIT leaves a core where it is not handled, and only what leaves none wakes such a sleeper. */
static bool is_dying(const char *status)
{
	return (has(status, "\nSigPnd:", SIGQUIT) || has(status, "\nShdPnd:", SIGQUIT)) &&
	       !has(status, "\nSigCgt:", SIGQUIT) && !has(status, "\nSigBlk:", SIGQUIT);
}

/* Of whom nothing can be seen, nothing is believed. */
static bool is_gone(pid_t thread)
{
	char path[64], status[8192];

	if (thread <= 0)   /* of another PID namespace */
		return false;
	if (kill(thread, 0) && errno == ESRCH)
		return true;
	snprintf(path, sizeof(path), "/proc/%ld/status", (long)thread);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, status, sizeof(status) - 1);
	close(fd);
	status[n > 0 ? n : 0] = '\0';
	return strstr(status, "\nState:\tZ") || strstr(status, "\nState:\tX") || is_dying(status);
}

void fs_gone_end(struct fs *fs)
{
	for (struct op *op = fs->parked.next, *next; op != &fs->parked; op = next) {
		next = op->next;
		if (op->background && is_gone(fuse_req_ctx(op->req)->pid))
			op_interrupt(op);
	}
}
