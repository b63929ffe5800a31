/*
 * deliver: answers a whole request, with the latency and the fault that were
 * ordered for it.
 *
 * Holds the simulator's lock only while the state is looked at.
 */
#ifndef SIM_DELIVER_H
#define SIM_DELIVER_H

#include <microhttpd.h>

#include "request.h"

/* The request with its body is here.  What it returns goes to libmicrohttpd. */
enum MHD_Result deliver_run(struct request *rq);

/* The connection is done with the request, however it ended. */
void deliver_done(struct request *rq);

#endif
