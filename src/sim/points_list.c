/* Part of points.h: the listing and its filters. */
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "instant.h"
#include "list.h"
#include "overlay.h"
#include "points.h"
#include "params.h"

struct filter {
	char org[UUID_SIZE], job[UUID_SIZE], repository[UUID_SIZE]; /* "": any */
	int64_t after, before;
	int copy, long_term, retrieved; /* -1: either */
	int ascending;
};

struct selection {
	const struct point **items; /* ascending */
	size_t count;
	bool ascending;          /* as the answer shall be */
};

static void write_services(struct text *t, const struct point *point)
{
	text_bool(t, "isExchange", point->service[SESSION_VEX]);
	text_bool(t, "isSharePoint", point->service[SESSION_VESP]);
	text_bool(t, "isOneDrive", point->service[SESSION_VEOD]);
	text_bool(t, "isTeams", point->service[SESSION_VET]);
}

static void write_version8(struct text *t, const struct point *point)
{
	char when[INSTANT_MAX];

	text_number(t, "eTag", point->etag);
	text_number(t, "objectsEtag", point->objects_etag);
	if (point->immutable_until != INSTANT_NONE) {
		text_string(t, "immutabilityExpiresOn",
			instant_utc(when, point->immutable_until, false));
	} else {
		text_key(t, "immutabilityExpiresOn");
		text_add(t, "null");
	}
}

void points_write(struct text *t, const struct request *rq, const struct point *point,
	const char *id)
{
	size_t start = t->len;
	char when[INSTANT_MAX];

	if (id == NULL)
		id = point->id;
	text_add(t, "{");
	text_string(t, "id", id);
	if (rq->version >= 7)
		text_bool(t, "isDeleted", point->deleted);
	text_string(t, "repositoryId", point->repository);
	text_string(t, "backupTime", instant_utc(when, point->time, false));
	text_string(t, "jobId", point->job);
	if (point->retrieval[0] != '\0')
		text_string(t, "retrievalId", point->retrieval);
	text_string(t, "organizationId", point->org->id);
	write_services(t, point);
	text_bool(t, "isLongTermCopy", point->long_term);
	if (rq->version >= 7)
		text_bool(t, "isCopy", point->copy);
	text_bool(t, "isRetrieved", point->retrieval[0] != '\0');
	if (rq->version >= 8)
		write_version8(t, point);
	text_key(t, "_links");
	text_printf(t, "{\"self\":{\"href\":\"/v%d/RestorePoints/%s\"},"
		"\"organization\":{\"href\":\"/v%d/Organizations/%s\"}}",
		rq->version, id, rq->version, point->org->id);
	text_add(t, "}");
	overlay_apply(t, start, point->extra);
}

/* v8 can ask for what a point holds, which is not simulated.  false: answered. */
static bool refuse_objects(struct request *rq)
{
	static const char *const keys[] = { "userId", "groupId", "siteId", "teamId" };
	bool good = true;
	char *text;
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys) && rq->version >= 8 && good; i++) {
		text = request_query(rq, keys[i]);
		good = text == NULL;
		free(text);
	}
	if (!good)
		reply_error(rq, 501, "HttpError",
			"The simulator does not know which objects a restore point holds.");
	return good;
}

/* false: an error was answered. */
static bool ask(struct request *rq, struct filter *f)
{
	*f = (struct filter){ .after = INT64_MIN, .before = INT64_MAX, .copy = -1,
		.long_term = -1, .retrieved = -1 };
	if (!params_uuid(rq, "organizationId", f->org) || !params_uuid(rq, "jobId", f->job) ||
	    !params_uuid(rq, "repositoryId", f->repository) ||
	    !params_bool(rq, "isLongTermCopy", &f->long_term) ||
	    !params_bool(rq, "isRetrieved", &f->retrieved))
		return false;
	if (rq->version == 6)
		return params_time(rq, "backupTime", &f->after);
	return params_time(rq, "from", &f->after) && params_time(rq, "to", &f->before) &&
		params_bool(rq, "orderAsc", &f->ascending) &&
		params_bool(rq, "isCopy", &f->copy) && refuse_objects(rq);
}

static bool wanted(const struct filter *f, const struct point *point)
{
	return point->time > f->after && point->time < f->before &&
		(f->job[0] == '\0' || strcmp(f->job, point->job) == 0) &&
		(f->repository[0] == '\0' || strcmp(f->repository, point->repository) == 0) &&
		(f->copy < 0 || f->copy == point->copy) &&
		(f->long_term < 0 || f->long_term == point->long_term) &&
		(f->retrieved < 0 || f->retrieved == (point->retrieval[0] != '\0'));
}

static void choose(struct selection *s, const struct filter *f, const struct point_list *list)
{
	size_t i;

	s->items = alloc_resize(s->items, s->count + list->count + 1, sizeof(*s->items));
	for (i = 0; i < list->count; i++)
		if (wanted(f, list->items[i]))
			s->items[s->count++] = list->items[i];
}

static int compare(const void *a, const void *b)
{
	const struct point *x = *(const struct point *const *)a;
	const struct point *y = *(const struct point *const *)b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return strcmp(x->id, y->id);
}

static bool may_see(const struct request *rq, const struct org *org)
{
	return rq->token->login->org == NULL || rq->token->login->org == org;
}

static void write_item(struct text *t, const struct request *rq, const void *items,
	size_t index, const char *id)
{
	const struct selection *s = items;

	points_write(t, rq, s->items[s->ascending ? index : s->count - 1 - index], id);
}

void points_list(struct request *rq)
{
	struct sim *sim = rq->sim;
	struct selection s = { NULL, 0, false };
	struct filter f;
	size_t i, orgs = 0;

	if (!ask(rq, &f))
		return;
	for (i = 0; i < sim->state.norgs; i++) {
		struct org *org = sim->state.orgs[i];

		if (!may_see(rq, org) || (f.org[0] != '\0' && strcmp(f.org, org->id) != 0))
			continue;
		choose(&s, &f, points_of(sim, org));
		orgs++;
	}
	if (orgs > 1)
		qsort(s.items, s.count, sizeof(*s.items), compare);
	s.ascending = f.ascending;
	list_answer(rq, &(struct list){ rq->version == 6, s.count, &s, write_item });
	free(s.items);
}

void points_get(struct request *rq)
{
	const struct point *point = points_find(rq->sim, rq->params[0]);

	if (point == NULL || !may_see(rq, point->org))
		reply_not_found(rq, "The restore point was not found.");
	else
		points_write(reply_json(&rq->reply, 200), rq, point, NULL);
}
