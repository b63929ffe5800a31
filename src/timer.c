#include "vbofs/timer.h"

#include <stddef.h>
#include <time.h>

uint64_t timer_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

void timers_init(struct timers *ts)
{
	ts->ring.prev = ts->ring.next = &ts->ring;
}

void timer_stop(struct timer *t)
{
	if (!t->next)
		return;
	t->prev->next = t->next;
	t->next->prev = t->prev;
	t->prev = t->next = NULL;
}

bool timer_running(const struct timer *t)
{
	return t->next != NULL;
}

void timer_start(struct timers *ts, struct timer *t, uint64_t delay, timer_fire *fire, void *user)
{
	timer_stop(t);
	t->at = timer_now() + delay;
	t->fire = fire;
	t->user = user;

	struct timer *after = ts->ring.prev;
	while (after != &ts->ring && after->at > t->at)
		after = after->prev;
	t->prev = after;
	t->next = after->next;
	after->next->prev = t;
	after->next = t;
}

int timers_wait(const struct timers *ts, int most)
{
	const struct timer *first = ts->ring.next;
	if (first == &ts->ring)
		return most;
	uint64_t now = timer_now();
	if (first->at <= now)
		return 0;
	uint64_t left = first->at - now;
	return left < (uint64_t)most ? (int)left : most;
}

void timers_run(struct timers *ts)
{
	if (ts->ring.next == &ts->ring)
		return;
	/* What is due now moves to a list of its own: a timer that fires may stop another. */
	uint64_t now = timer_now();
	struct timers due;
	timers_init(&due);
	while (ts->ring.next != &ts->ring && ts->ring.next->at <= now) {
		struct timer *t = ts->ring.next;
		timer_stop(t);
		t->prev = due.ring.prev;
		t->next = &due.ring;
		due.ring.prev->next = t;
		due.ring.prev = t;
	}
	while (due.ring.next != &due.ring) {
		struct timer *t = due.ring.next;
		timer_stop(t);
		t->fire(t->user);
	}
}
