/*
 * control: /_sim/, by which tests change the server while it runs.
 *
 * Not part of the vendor's API: not journaled, not delayed, no faults, no
 * sign-in; the server listens on the loopback address only.
 */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include <stdbool.h>

#include "request.h"

/* Whether a request's target is below /_sim/. */
bool control_is(const char *target);

/* Answers it.  The caller holds the lock. */
void control_answer(struct request *rq);

#endif
