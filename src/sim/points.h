/*
 * points: restore points, of each organization in order of their times.
 *
 * They are made up when somebody first asks.  As long as an organization has
 * any, the first is its first backup and the last its last one.  The caller
 * holds the simulator's lock.
 */
#ifndef SIM_POINTS_H
#define SIM_POINTS_H

#include <jansson.h>

#include "request.h"

#define POINTS_DEFAULT 8

struct point {
	char id[POINT_ID_SIZE];
	const struct org *org;
	int64_t time;
	char repository[UUID_SIZE], job[UUID_SIZE];
	char retrieval[UUID_SIZE]; /* "": it was not retrieved */
	bool service[SESSION_TYPES]; /* by enum session_type: what it holds */
	bool deleted, copy, long_term;
	int64_t immutable_until; /* INSTANT_NONE: it is not */
	int64_t etag, objects_etag;
	json_t *extra;           /* members that override the answer, or NULL */
};

/* The points of an organization. */
const struct point_list *points_of(struct sim *sim, struct org *org);
void points_free(struct point_list *list);

/* A new one that holds every service; the caller says that it changed. */
struct point *points_add(struct sim *sim, struct org *org, int64_t time);

/* A new eTag, and the change feed tells: of the point, of what it holds. */
void points_changed(struct sim *sim, struct point *point);
void points_objects_changed(struct sim *sim, struct point *point);

/* Both set the organization's times; the second frees the point, and the feed tells. */
void points_move(struct sim *sim, struct point *point, int64_t time);
void points_delete(struct sim *sim, struct point *point);

/* After the organization's times were set: points beyond them go, those at them come. */
void points_fit(struct sim *sim, struct org *org);

/* Finds one by its id, or NULL. */
struct point *points_find(struct sim *sim, const char *id);

/* The object of the request's version, under another `id` unless that is NULL. */
void points_write(struct text *t, const struct request *rq, const struct point *point,
	const char *id);

/* The parts of points_add(), points_move() and points_delete(). */
struct point *points_insert(struct org *org, int64_t time, uint64_t number);
void points_put(struct org *org, struct point *point);
void points_free_one(struct point *point);

/* Handlers: see routes.c. */
void points_list(struct request *rq);
void points_get(struct request *rq);

#endif
