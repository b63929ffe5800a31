/*
 * clock: the server's clock, out of the Date headers of its answers.
 *
 * A Date has whole seconds, and was written at some moment between the request and the
 * arrival of the answer: each one bounds how far the two clocks are apart, all of them
 * together ever more closely.  Where they contradict each other one of the clocks has been
 * set: the newest counts.  Local times are timer_now() milliseconds, those of the server
 * milliseconds since 1970.
 */
#ifndef VBOFS_CLOCK_H
#define VBOFS_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock {
	bool known;
	int64_t least, most;         /* the server's time less ours */
};

void clock_note(struct clock *c, int64_t date, uint64_t sent, uint64_t received);
/* The server's time at `local` was at least and at most this; false: not known. */
bool clock_at(const struct clock *c, uint64_t local, int64_t *least, int64_t *most);
/* Milliseconds until the moment at which one more Date would tell the most. */
uint64_t clock_best_moment(const struct clock *c, uint64_t now);

#endif
