/*
 * fault_reply: answers that a fault gives instead of the server.
 */
#ifndef SIM_FAULT_REPLY_H
#define SIM_FAULT_REPLY_H

#include <stdbool.h>

#include "request.h"

/* Writes rq->reply if rq->fault is one of these.  The caller holds the lock. */
bool fault_reply(struct request *rq);

#endif
