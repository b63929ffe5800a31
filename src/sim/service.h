/*
 * service: what the server says about itself.
 */
#ifndef SIM_SERVICE_H
#define SIM_SERVICE_H

#include "request.h"

/* Handlers: see routes.c. */
void service_instance(struct request *rq);
void service_absent(struct request *rq);
void service_health(struct request *rq);

#endif
