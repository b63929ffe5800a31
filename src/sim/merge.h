/*
 * merge: JSON members laid over a session or an organization at run time.
 *
 * What the simulator understands becomes state; all else, be it null or
 * nonsense, overrides the member in every answer from then on.
 */
#ifndef SIM_MERGE_H
#define SIM_MERGE_H

#include <jansson.h>

#include "sim.h"

/* Both leave `members` as it is. */
void merge_session(struct sim *sim, struct session *session, json_t *members);
void merge_org(struct sim *sim, struct org *org, json_t *members);

#endif
