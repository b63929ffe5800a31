/*
 * merge: JSON members laid over an object of the server at run time.
 *
 * What the simulator understands becomes state; all else, be it null or
 * nonsense, overrides the member in every answer from then on.
 */
#ifndef SIM_MERGE_H
#define SIM_MERGE_H

#include <stdbool.h>

#include <jansson.h>

#include "sim.h"

struct event;
struct point;

/* All leave `members` as it is. */
void merge_session(struct sim *sim, struct session *session, json_t *members);
void merge_org(struct sim *sim, struct org *org, json_t *members);
void merge_event(struct sim *sim, struct event *event, json_t *members);

/* Whether what the point holds has changed. */
bool merge_point(struct sim *sim, struct point *point, json_t *members);

/* The parts of these: a member that was not understood overrides; a time that is one. */
void merge_override(json_t **extra, const char *key, json_t *value, bool understood);
bool merge_time(const struct sim *sim, json_t *value, int64_t *instant);

#endif
