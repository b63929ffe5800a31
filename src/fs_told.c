/*
 * Which signals end the waiting of whoever waits for an answer.
 *
 * The kernel says INTERRUPT for any signal, once, also for those that ask nobody to end: a
 * child that exits or a window that is resized while a shell's echo waits for the server.
 * What is pending for the caller tells; where it does not ask to end, the waiting goes on and
 * the caller is looked at from then on, for the kernel will not say it again.
 *
 * READs into the page cache are made in the background: the kernel interrupts them for nobody,
 * and their reader sleeps until they end, unless a signal kills it.  A program that handles SIGINT
 * itself (rsync, dd, python) would not hear it before the bytes are there.  So while such READs
 * wait, what waits for their readers is looked at: where it is a signal that asks a program to
 * end, the READ ends with EINTR, the kernel asks once more for the reader itself, and that it
 * does interrupt.  Other signals (of timers, of children) leave the READ alone, as on a disk.
 */
#include "fs_private.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOOK_MS 250

static uint64_t bit(int sig)
{
	return UINT64_C(1) << (sig - 1);
}

/* A set of signals out of /proc/PID/status; all of them empty if it cannot be read. */
static uint64_t signals(const char *status, const char *label)
{
	const char *at = strstr(status, label);

	return at ? strtoull(at + strlen(label), NULL, 16) : 0;
}

/* Those that come by the way. */
static uint64_t harmless(void)
{
	return bit(SIGCHLD) | bit(SIGWINCH) | bit(SIGCONT) | bit(SIGURG) | bit(SIGIO) | bit(SIGPROF) |
	       bit(SIGVTALRM);
}

bool fs_told_to_end(const struct op *op)
{
	const uint64_t end = bit(SIGHUP) | bit(SIGINT) | bit(SIGQUIT) | bit(SIGTERM);
	long thread = fuse_req_ctx(op->req)->pid;
	char path[64], status[8192];

	snprintf(path, sizeof(path), "/proc/%ld/status", thread);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return !op->background;   /* then the kernel's word counts, where there is one */
	ssize_t n = read(fd, status, sizeof(status) - 1);
	close(fd);
	status[n > 0 ? n : 0] = '\0';
	uint64_t pending = (signals(status, "\nSigPnd:") | signals(status, "\nShdPnd:")) &
			   ~signals(status, "\nSigBlk:");
	if (pending & bit(SIGKILL))
		return true;
	return op->like_disk ? pending & signals(status, "\nSigCgt:") & end : pending & ~harmless();
}

static void look(void *user)
{
	struct fs *fs = user;
	bool any = false;

	fs_gone_end(fs);
	for (struct op *op = fs->parked.next, *next; op != &fs->parked; op = next) {
		next = op->next;
		if (!op->background && !op->shrugged)
			continue;
		if (fs_told_to_end(op))
			op_interrupt(op);
		else
			any = true;
	}
	if (any)
		fs_told_watch(fs);
}

void fs_told_watch(struct fs *fs)
{
	if (!timer_running(&fs->told))
		timer_start(fs->config.timers, &fs->told, LOOK_MS, look, fs);
}
