#include "vbofs/notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_MAX 2048

/* A path, or "@name" in the abstract namespace. */
static int open_socket(const char *name)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = strlen(name);

	if ((name[0] != '/' && name[0] != '@') || !name[1] || len >= sizeof(to.sun_path))
		return -1;
	memcpy(to.sun_path, name, len);
	if (name[0] == '@')
		to.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, size)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Half of what the manager allows, as its manual advises. */
static uint64_t watchdog_period(void)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtol(pid, NULL, 10) != (long)getpid()))
		return 0;
	return strtoull(usec, NULL, 10) / 1000 / 2;
}

void notify_init(struct notify *n)
{
	const char *name = getenv("NOTIFY_SOCKET");

	*n = (struct notify){ .fd = name ? open_socket(name) : -1 };
	if (n->fd >= 0)
		n->watchdog = watchdog_period();
}

void notify_release(struct notify *n)
{
	timer_stop(&n->timer);
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

bool notify_heard(const struct notify *n)
{
	return n->fd >= 0;
}

void notify_send(const struct notify *n, const char *format, ...)
{
	char text[MESSAGE_MAX];
	va_list args;

	if (n->fd < 0)
		return;
	va_start(args, format);
	int len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (len < 0)
		return;
	if ((size_t)len >= sizeof(text))
		len = sizeof(text) - 1;
	if (send(n->fd, text, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;        /* a manager that is gone is told nothing */
}

void notify_reloading(const struct notify *n)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	notify_send(n, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64,
		    (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000);
}

static void on_alive(void *user)
{
	struct notify *n = user;

	notify_send(n, "WATCHDOG=1");
	timer_start(n->timers, &n->timer, n->watchdog, on_alive, n);
}

void notify_watchdog(struct notify *n, struct timers *timers)
{
	n->timers = timers;
	if (n->watchdog)
		on_alive(n);
}
