/*
 * orgs: organizations as each version shows them.
 */
#ifndef SIM_ORGS_H
#define SIM_ORGS_H

#include "request.h"

/* "Office365", "OnPremises" or "Hybrid". */
const char *orgs_type_name(enum org_type type);

/* Handlers: see routes.c. */
void orgs_list(struct request *rq);
void orgs_get(struct request *rq);
void orgs_get_own(struct request *rq);

/* The object of the request's version, extended. */
void orgs_write(struct text *t, const struct request *rq, const struct org *org);

#endif
