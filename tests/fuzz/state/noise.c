#include "state.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define EVERY 16 /* seeds: half of so many have it */

static void on_alarm(int sig)
{
	(void)sig;
}

/* What it is told may be an error at any time: it is interrupted all the while. */
static void look(struct run *r)
{
	char path[PATH_LONG], data[65536];
	struct place p;

	place_pick(r, &p);
	place_full(r, p.path, path);
	DIR *d = opendir(path);
	if (d) {
		while (readdir(d))
			;
		closedir(d);
		return;
	}
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	while (read(fd, data, sizeof(data)) > 0)
		;
	close(fd);
}

static void run(struct run *r)
{
	const struct itimerval often = {{0, 30000}, {0, 30000}};
	const struct sigaction wakes = {.sa_handler = on_alarm}; /* no SA_RESTART */

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < HANDLES; i++)
		if (r->handles[i].fd >= 0)
			close(r->handles[i].fd);
	sigaction(SIGALRM, &wakes, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (;;)
		look(r);
}

void noise_begin(struct run *r)
{
	if (r->seed % EVERY < EVERY / 2 || !r->step)
		return;
	r->noise = fork();
	if (r->noise == 0)
		run(r);
	if (r->noise < 0)
		r->noise = 0;
}

void noise_end(struct run *r)
{
	if (!r->noise)
		return;
	kill(r->noise, SIGKILL);
	waitpid(r->noise, NULL, 0);
	r->noise = 0;
}
