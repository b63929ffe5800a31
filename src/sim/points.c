#include "points.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "instant.h"
#include "tree.h"

#define DAY (86400 * INSTANT_SECOND)

/* What backs up: everything, mail, all but mail; and where it goes. */
enum job { JOB_ALL, JOB_MAIL, JOB_FILES };
enum repository { REPOSITORY_MAIN, REPOSITORY_FILES, REPOSITORY_COPIES };

static void make_id(char out[UUID_SIZE], const char *of, uint64_t number)
{
	struct random r = { tree_mix(tree_hash(of) + number) };

	random_uuid(&r, out);
}

void points_free_one(struct point *point)
{
	json_decref(point->extra);
	free(point);
}

void points_free(struct point_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		points_free_one(list->items[i]);
	free(list->items);
}

/* How many are there at `time` or before it. */
static size_t place(const struct point_list *list, int64_t time)
{
	size_t low = 0, high = list->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (list->items[middle]->time <= time)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

void points_put(struct org *org, struct point *point)
{
	struct point_list *list = &org->points;
	size_t at = place(list, point->time);

	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : POINTS_DEFAULT;
		list->items = alloc_resize(list->items, list->room, sizeof(*list->items));
	}
	memmove(list->items + at + 1, list->items + at, (list->count - at) * sizeof(*list->items));
	list->items[at] = point;
	list->count++;
}

static struct point *insert(struct org *org, int64_t time)
{
	struct point *point = alloc_zero(1, sizeof(*point));

	point->org = org;
	point->time = time;
	point->immutable_until = INSTANT_NONE;
	points_put(org, point);
	return point;
}

static void fill(struct point *point, uint64_t number, enum job job, enum repository repository)
{
	const struct org *org = point->org;
	char a[UUID_SIZE], b[UUID_SIZE];

	make_id(a, org->id, 1000 + 2 * number);
	make_id(b, org->id, 1001 + 2 * number);
	strcat(strcpy(point->id, a), b);
	make_id(point->job, org->id, job);
	make_id(point->repository, "repository", repository);
	point->service[SESSION_VEX] = job != JOB_FILES;
	point->service[SESSION_VESP] = job != JOB_MAIL;
	point->service[SESSION_VEOD] = job != JOB_MAIL && org->type != ORG_ONPREMISES;
	point->service[SESSION_VET] = job != JOB_MAIL && org->type != ORG_ONPREMISES;
	point->etag = point->objects_etag = 1;
	if (repository == REPOSITORY_COPIES) {
		point->copy = true;
		point->immutable_until = point->time + 30 * DAY;
	}
}

struct point *points_insert(struct org *org, int64_t time, uint64_t number)
{
	struct point *point = insert(org, time);

	fill(point, number, JOB_ALL, REPOSITORY_MAIN);
	return point;
}

static int64_t between(int64_t low, int64_t time, int64_t high)
{
	return time < low ? low : time > high ? high : time;
}

/* In each four: mail; the rest in the same second; a copy of the mail; everything. */
static void make_up(struct org *org, uint64_t i, int64_t *mail, int64_t time, uint64_t hash)
{
	int64_t second = time - time % INSTANT_SECOND;
	struct point *point;

	switch (i % 4) {
	case 1:
		*mail = time;
		fill(insert(org, time), i, JOB_MAIL, REPOSITORY_MAIN);
		break;
	case 2:
		second = *mail - *mail % INSTANT_SECOND + (int64_t)(hash % INSTANT_SECOND);
		point = insert(org, between(org->first, second, org->last));
		fill(point, i, JOB_FILES, REPOSITORY_FILES);
		if (i % 8 == 6)
			make_id(point->retrieval, org->id, 500 + i);
		break;
	case 3:
		point = insert(org, *mail);
		fill(point, i, JOB_MAIL, REPOSITORY_COPIES);
		point->long_term = i % 8 == 7;
		break;
	default:
		point = insert(org, between(org->first, second, org->last));
		fill(point, i, JOB_ALL, REPOSITORY_MAIN);
		break;
	}
}

static void make_all(struct org *org, size_t count)
{
	int64_t step = (org->last - org->first) / (int64_t)(count - 1), mail = org->first;
	uint64_t hash, i;

	fill(insert(org, org->first), 0, JOB_ALL, REPOSITORY_MAIN);
	if (org->last <= org->first)
		return;
	for (i = 1; i + 1 < count; i++) {
		hash = tree_mix(tree_hash(org->id) + i);
		make_up(org, i, &mail, org->first + step * (int64_t)i +
			(int64_t)(hash % (uint64_t)(step / 2 + 1)), hash);
	}
	fill(insert(org, org->last), count - 1, JOB_ALL, REPOSITORY_MAIN);
}

const struct point_list *points_of(struct sim *sim, struct org *org)
{
	if (!org->has_points && org->first != INSTANT_NONE && org->last != INSTANT_NONE)
		make_all(org, sim->options.restore_points);
	org->has_points = true;
	return &org->points;
}

struct point *points_find(struct sim *sim, const char *id)
{
	const struct point_list *list;
	size_t i, j;

	for (i = 0; i < sim->state.norgs; i++) {
		list = points_of(sim, sim->state.orgs[i]);
		for (j = 0; j < list->count; j++)
			if (strcmp(list->items[j]->id, id) == 0)
				return list->items[j];
	}
	return NULL;
}
