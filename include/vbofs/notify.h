/*
 * notify: tells a service manager how the program is doing.
 *
 * The datagram protocol of sd_notify(3): lines KEY=VALUE to the socket that
 * $NOTIFY_SOCKET names.  Without one every call does nothing.  The
 * watchdog's sign of life comes from a timer of the loop, so that a loop that hangs
 * is noticed.  Nobody is waited for: a message that cannot be delivered is dropped.
 */
#ifndef VBOFS_NOTIFY_H
#define VBOFS_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "vbofs/timer.h"

struct notify {
	int fd;                     /* -1: nobody listens */
	uint64_t watchdog;          /* milliseconds between signs of life, 0 = none */
	struct timers *timers;
	struct timer timer;
};

/* Takes $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID. */
void notify_init(struct notify *n);
void notify_release(struct notify *n);
bool notify_heard(const struct notify *n);

/* "READY=1\nSTATUS=...": newlines separate the assignments. */
void notify_send(const struct notify *n, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* RELOADING=1 with the time that Type=notify-reload wants; READY=1 ends it. */
void notify_reloading(const struct notify *n);

/* Begin with the watchdog's signs of life. */
void notify_watchdog(struct notify *n, struct timers *timers);

#endif
