/*
 * wire: a server in the test's own thread, at the other end of libcurl's sockets.
 *
 * No network is touched and nothing waits: socket() and connect() are here, the
 * sockets are ends of socket pairs, and the program's timers (CLOCK_BOOTTIME)
 * can be made to pass at once.  Linked in by whoever names a function of it.
 */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include "vbofs/http.h"
#include "vbofs/timer.h"

/* What the server does with a request it has read: bytes to send, and what then. */
struct wire_answer {
	const char *bytes;           /* NULL: none */
	size_t len;
	bool hang_up;                /* close the connection behind them */
	bool keep_silent;            /* only time, or the client, ends it */
};

/* `request` is terminated: the head, a blank line, the body. */
typedef void wire_server(void *user, const char *request, size_t len, struct wire_answer *a);

void wire_open(wire_server *server, void *user);
void wire_close(void);

/* One round: libcurl, the server, the timers.  Where nothing moves time does. */
void wire_round(struct http *h, struct timers *ts);

/* How many connections were made since wire_open; and how many are open. */
size_t wire_connections(void);
size_t wire_connected(void);
/* Milliseconds that were made to pass. */
uint64_t wire_passed(void);
/* From now on nobody listens. */
void wire_refuse(bool refuse);

#endif
