/* Part of points.h: restore points that come, change and go while the server runs. */
#include <stdlib.h>
#include <string.h>

#include "instant.h"
#include "points.h"

static void tell(struct sim *sim, const struct point *point, enum change_kind kind, int64_t etag)
{
	struct change change = { .kind = kind, .etag = etag, .org = point->org };

	strcpy(change.id, point->id);
	changes_add(&sim->state.changes, &change);
}

void points_changed(struct sim *sim, struct point *point)
{
	point->etag = ++sim->state.change;
	tell(sim, point, CHANGE_POINT, point->etag);
}

void points_objects_changed(struct sim *sim, struct point *point)
{
	point->objects_etag = ++sim->state.change;
	tell(sim, point, CHANGE_POINT_OBJECTS, point->objects_etag);
}

static struct org *org_of(struct sim *sim, const struct point *point)
{
	size_t i = 0;

	while (sim->state.orgs[i] != point->org)
		i++;
	return sim->state.orgs[i];
}

/* The organization's first and last backup are its first and last point. */
static void set_times(struct org *org)
{
	const struct point_list *list = &org->points;

	org->first = list->count != 0 ? list->items[0]->time : INSTANT_NONE;
	org->last = list->count != 0 ? list->items[list->count - 1]->time : INSTANT_NONE;
}

static void take_out(struct org *org, const struct point *point)
{
	struct point_list *list = &org->points;
	size_t i = 0;

	while (list->items[i] != point)
		i++;
	memmove(list->items + i, list->items + i + 1,
		(--list->count - i) * sizeof(*list->items));
}

/* Numbers that no made-up point has. */
static struct point *insert(struct sim *sim, struct org *org, int64_t time)
{
	return points_insert(org, time, (uint64_t)++sim->state.change + (UINT64_C(1) << 32));
}

struct point *points_add(struct sim *sim, struct org *org, int64_t time)
{
	struct point *point;

	points_of(sim, org);
	point = insert(sim, org, time);
	set_times(org);
	return point;
}

void points_move(struct sim *sim, struct point *point, int64_t time)
{
	struct org *org = org_of(sim, point);

	take_out(org, point);
	point->time = time;
	points_put(org, point);
	set_times(org);
}

static void drop(struct sim *sim, struct org *org, struct point *point)
{
	take_out(org, point);
	tell(sim, point, CHANGE_POINT_GONE, 0);
	points_free_one(point);
}

void points_delete(struct sim *sim, struct point *point)
{
	struct org *org = org_of(sim, point);

	drop(sim, org, point);
	set_times(org);
}

void points_fit(struct sim *sim, struct org *org)
{
	const struct point_list *list = &org->points;
	bool never = org->first == INSTANT_NONE || org->last == INSTANT_NONE;
	size_t i;

	for (i = list->count; i-- > 0;)
		if (never || list->items[i]->time < org->first || list->items[i]->time > org->last)
			drop(sim, org, list->items[i]);
	if (never || org->first > org->last)
		return;
	if (list->count == 0 || list->items[0]->time != org->first)
		points_changed(sim, insert(sim, org, org->first));
	if (list->items[list->count - 1]->time != org->last)
		points_changed(sim, insert(sim, org, org->last));
}
