/*
 * timer: things to be done by the loop at a later time.
 *
 * The clock is CLOCK_BOOTTIME in milliseconds, so that time spent suspended
 * counts (tokens expire then, too).  A timer is memory of its owner; it fires once.
 * Not for: wall-clock time.
 */
#ifndef VBOFS_TIMER_H
#define VBOFS_TIMER_H

#include <stdbool.h>
#include <stdint.h>

struct timer;
typedef void timer_fire(void *user);

struct timer {
	struct timer *prev, *next;   /* NULL when not running */
	uint64_t at;
	timer_fire *fire;
	void *user;
};

/* The head of a ring sorted by time; one for each loop. */
struct timers {
	struct timer ring;
};

uint64_t timer_now(void);

void timers_init(struct timers *ts);
/* (Re)start t to fire `delay` milliseconds from now; 0 = in the loop's next round. */
void timer_start(struct timers *ts, struct timer *t, uint64_t delay, timer_fire *fire, void *user);
void timer_stop(struct timer *t);
bool timer_running(const struct timer *t);
/* Milliseconds until the next one, at most `most`. */
int timers_wait(const struct timers *ts, int most);
/* Fire what is due; a timer started meanwhile waits for the next round. */
void timers_run(struct timers *ts);

#endif
