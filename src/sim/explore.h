/*
 * explore: the requests that start a restore session.
 */
#ifndef SIM_EXPLORE_H
#define SIM_EXPLORE_H

#include "request.h"

/* Handlers: see routes.c.  `own` is the tenant's organization. */
void explore_org_action(struct request *rq);
void explore_own_action(struct request *rq);
void explore_org(struct request *rq);
void explore_own(struct request *rq);

/* A running session of `login` in `org` at `point`, in the state. */
struct session *explore_start(struct sim *sim, struct login *login, const struct org *org,
	enum session_type type, int64_t point);

/* vex, veod, vesp, vet in any case. */
bool explore_type(const char *text, enum session_type *type);

#endif
