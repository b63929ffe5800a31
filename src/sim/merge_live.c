/* Part of merge.h: events and restore points. */
#include "merge.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "events.h"
#include "instant.h"
#include "points.h"

/* null takes it away. */
static bool set_text(char **text, json_t *value)
{
	if (!json_is_string(value) && !json_is_null(value))
		return false;
	free(*text);
	*text = json_is_string(value) ? alloc_copy(json_string_value(value)) : NULL;
	return true;
}

/* Members that may be absent. */
static char **text_of(struct event *e, const char *key)
{
	const struct {
		const char *key;
		char **text;
	} texts[] = {
		{ "itemName", &e->item }, { "itemType", &e->item_type }, { "source", &e->source },
		{ "target", &e->target }, { "userId", &e->user }, { "groupId", &e->group },
		{ "siteId", &e->site }, { "teamId", &e->team },
	};
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcmp(texts[i].key, key) == 0)
			return texts[i].text;
	return NULL;
}

static bool set_status(struct event *e, json_t *value)
{
	if (!json_is_string(value) || !events_status(json_string_value(value), &e->status))
		return false;
	if (e->status == EVENT_RUNNING)
		e->ended = INSTANT_NONE;
	else if (e->ended == INSTANT_NONE)
		e->ended = instant_now();
	return true;
}

static bool set_event(const struct sim *sim, struct event *e, const char *key, json_t *value)
{
	char **text = text_of(e, key);

	if (text != NULL)
		return set_text(text, value);
	if (strcmp(key, "title") == 0 || strcmp(key, "message") == 0)
		return json_is_string(value) &&
			set_text(*key == 't' ? &e->title : &e->message, value);
	if (strcmp(key, "type") == 0)
		return json_is_string(value) && events_type(json_string_value(value), &e->type);
	if (strcmp(key, "startTime") == 0)
		return merge_time(sim, value, &e->started);
	if (strcmp(key, "endTime") == 0)
		return merge_time(sim, value, &e->ended);
	if (strcmp(key, "itemSizeBytes") != 0 || !json_is_integer(value))
		return false;
	e->size = json_integer_value(value);
	return true;
}

void merge_event(struct sim *sim, struct event *e, json_t *members)
{
	json_t *value = json_object_get(members, "status");
	const char *key;

	/* The status first: it sets an endTime that a member may then replace. */
	if (value != NULL)
		merge_override(&e->extra, "status", value, set_status(e, value));
	json_object_foreach(members, key, value)
		if (strcmp(key, "status") != 0)
			merge_override(&e->extra, key, value, set_event(sim, e, key, value));
}

static bool *flag_of(struct point *p, const char *key)
{
	const struct {
		const char *key;
		bool *flag;
	} flags[] = {
		{ "isExchange", &p->service[SESSION_VEX] },
		{ "isSharePoint", &p->service[SESSION_VESP] },
		{ "isOneDrive", &p->service[SESSION_VEOD] },
		{ "isTeams", &p->service[SESSION_VET] },
		{ "isDeleted", &p->deleted }, { "isCopy", &p->copy },
		{ "isLongTermCopy", &p->long_term },
	};
	size_t i;

	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (strcmp(flags[i].key, key) == 0)
			return flags[i].flag;
	return NULL;
}

static char *id_of(struct point *p, const char *key)
{
	return strcmp(key, "repositoryId") == 0 ? p->repository :
		strcmp(key, "jobId") == 0 ? p->job :
		strcmp(key, "retrievalId") == 0 ? p->retrieval : NULL;
}

static bool set_point(struct sim *sim, struct point *p, const char *key, json_t *value)
{
	bool *flag = flag_of(p, key);
	char *id = id_of(p, key);
	int64_t time;

	if (flag != NULL && json_is_boolean(value)) {
		*flag = json_is_true(value);
		return true;
	}
	if (id != NULL && json_string_length(value) == UUID_SIZE - 1) {
		memcpy(id, json_string_value(value), UUID_SIZE);
		return true;
	}
	if (strcmp(key, "backupTime") != 0 || !merge_time(sim, value, &time))
		return false;
	points_move(sim, p, time);
	return true;
}

bool merge_point(struct sim *sim, struct point *p, json_t *members)
{
	bool before[SESSION_TYPES];
	const char *key;
	json_t *value;

	memcpy(before, p->service, sizeof(before));
	json_object_foreach(members, key, value)
		merge_override(&p->extra, key, value, set_point(sim, p, key, value));
	return memcmp(before, p->service, sizeof(before)) != 0;
}
