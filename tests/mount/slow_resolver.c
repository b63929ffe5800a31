/*
 * A resolver that takes its time, for LD_PRELOAD: while the file $SHIM_BLOCK
 * exists, getaddrinfo() writes $SHIM_BLOCK.hit and does not return (10 minutes
 * at most), and time() is 1,000 s ahead, so that libcurl's cache of names is old.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int blocked(void)
{
	const char *file = getenv("SHIM_BLOCK");

	return file != NULL && access(file, F_OK) == 0;
}

time_t time(time_t *out)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	if (blocked())
		now.tv_sec += 1000;
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
		struct addrinfo **result)
{
	int (*real)(const char *, const char *, const struct addrinfo *, struct addrinfo **);
	char hit[4096];
	int i, fd;

	*(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");
	if (blocked()) {
		snprintf(hit, sizeof(hit), "%s.hit", getenv("SHIM_BLOCK"));
		fd = open(hit, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		if (fd >= 0)
			close(fd);
		for (i = 0; blocked() && i < 6000; i++)
			usleep(100000);
	}
	/* Not "localhost": libcurl knows that one by itself. */
	if (node != NULL && strcmp(node, "vbo.test") == 0)
		node = "127.0.0.1";
	return real(node, service, hints, result);
}
