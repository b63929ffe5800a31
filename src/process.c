#include "vbofs/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void process_hide_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

int process_become(const char *user, uid_t uid, gid_t gid, struct fault *f)
{
	if (geteuid() == uid && getuid() == uid)
		return 0;
	if (geteuid() != 0)
		return fault_set(f, EPERM, "setuid: only root can become '%s'", user);
	if (initgroups(user, gid) || setgid(gid) || setuid(uid))
		return fault_set(f, errno, "setuid: cannot become '%s': %s", user, strerror(errno));
	return 0;
}

/* The second process prints its own complaints. */
static int await_verdict(int pipe_end, pid_t child, int died)
{
	char verdict;
	int status;

	if (read(pipe_end, &verdict, 1) == 1)
		return EXIT_SUCCESS;
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		return WEXITSTATUS(status) ? WEXITSTATUS(status) : died;
	fprintf(stderr, "vbofs: the mounting process died\n");
	return died;
}

int process_detach(int *ready, int died, int *code, struct fault *f)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return fault_set(f, errno, "cannot detach: %s", strerror(errno));
	pid_t parent = getpid();
	pid_t child = fork();
	if (child < 0) {
		int rc = fault_set(f, errno, "cannot detach: %s", strerror(errno));
		close(ends[0]);
		close(ends[1]);
		return rc;
	}
	if (child > 0) {
		close(ends[1]);
		*code = await_verdict(ends[0], child, died);
		close(ends[0]);
		return 1;
	}
	close(ends[0]);
	*ready = ends[1];
	/* who ends the first process means the mount */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		raise(SIGTERM);
	prctl(PR_SET_NAME, "vbofs");   /* not "mount.vbofs" */
	return 0;
}

int process_ready(int *ready, struct fault *f)
{
	int rc = 0, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	prctl(PR_SET_PDEATHSIG, 0);
	setsid();
	if (chdir("/"))
		rc = fault_set(f, errno, "cannot leave the directory: %s", strerror(errno));
	if (write(*ready, "", 1) != 1)
		rc = fault_set(f, EPIPE, "nobody waited for the mount");
	close(*ready);
	*ready = -1;
	return rc;
}
