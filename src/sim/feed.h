/*
 * feed: GET /v8/Events, the change feed, which is a long poll.
 *
 * A change token names a place of changes.h, and the start of this program: of
 * a token from an earlier one nothing is known.
 */
#ifndef SIM_FEED_H
#define SIM_FEED_H

#include "request.h"

/* Handler, see routes.c.  Leaves rq->hold.on set where there is nothing to say yet. */
void feed_get(struct request *rq);

/*
 * Tries again: call it when hold.waiter.fd is readable and when the time is
 * hold.until_ms.  The caller holds the lock.
 */
void feed_again(struct request *rq);

/* The request waits no more.  The caller holds the lock. */
void feed_leave(struct request *rq);

#endif
