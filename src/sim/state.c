#include "state.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "events.h"
#include "instant.h"
#include "keep.h"
#include "points.h"

void state_init(struct state *s, uint64_t seed, size_t remembered)
{
	*s = (struct state){ .random = { seed }, .change = 1, .keep = -1 };
	s->ids.size = 1024;
	s->ids.slots = alloc_zero(s->ids.size, sizeof(*s->ids.slots));
	changes_init(&s->changes, remembered);
}

static void free_org(struct org *org)
{
	free(org->name);
	free(org->account);
	points_free(&org->points);
	json_decref(org->extra);
	free(org);
}

static void free_session(struct session *session)
{
	events_free(&session->events);
	json_decref(session->extra);
	free(session);
}

static void free_sessions(struct session_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++)
		free_session(list->items[i]);
	free(list->items);
}

static void free_login(struct login *login)
{
	free_sessions(&login->sessions);
	free(login->username);
	free(login->password);
}

void state_free(struct state *s)
{
	size_t i;

	for (i = 0; i < s->norgs; i++)
		free_org(s->orgs[i]);
	for (i = 0; i < s->ngone; i++)
		free_org(s->gone[i]);
	free(s->orgs);
	free(s->gone);
	free_login(&s->admin);
	free_login(&s->tenant);
	free_sessions(&s->gone_sessions);
	free(s->ids.slots);
	changes_free(&s->changes);
	if (s->keep != -1)
		close(s->keep);
}

static void push_org(struct org ***list, size_t *count, struct org *org)
{
	/* Room grows by powers of two: the counts say when. */
	if ((*count & (*count - 1)) == 0)
		*list = alloc_resize(*list, *count ? *count * 2 : 1, sizeof(**list));
	(*list)[(*count)++] = org;
}

struct org *state_add_org(struct state *s, const char *id, const char *name,
	enum org_type type)
{
	struct org *org = alloc_zero(1, sizeof(*org));

	random_uuid(&s->random, org->id);
	random_uuid(&s->random, org->msid);
	if (id != NULL)
		memcpy(org->id, id, UUID_SIZE);
	org->name = alloc_copy(name);
	org->account = alloc_zero(strlen(name) + 8, 1);
	strcat(strcpy(org->account, "backup@"), name);
	org->type = type;
	org->first = org->last = INSTANT_NONE;
	push_org(&s->orgs, &s->norgs, org);
	return org;
}

struct org *state_find_org(const struct state *s, const char *id)
{
	size_t i;

	for (i = 0; i < s->norgs; i++)
		if (strcmp(s->orgs[i]->id, id) == 0)
			return s->orgs[i];
	return NULL;
}

void state_delete_org(struct state *s, struct org *org)
{
	size_t i = 0;

	while (s->orgs[i] != org)
		i++;
	push_org(&s->gone, &s->ngone, org);
	memmove(s->orgs + i, s->orgs + i + 1, (--s->norgs - i) * sizeof(*s->orgs));
}

static size_t hash(const char *id)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *id != '\0'; id++)
		h = (h ^ (unsigned char)*id) * UINT64_C(0x100000001b3);
	return (size_t)(h ^ h >> 32);
}

/* The slot that holds `id`, or the free one where it would go. */
static struct session **slot_of(const struct id_table *t, const char *id)
{
	size_t i = hash(id) & (t->size - 1);

	while (t->slots[i] != NULL && strcmp(t->slots[i]->id, id) != 0)
		i = (i + 1) & (t->size - 1);
	return &t->slots[i];
}

static void id_table_add(struct id_table *t, struct session *session)
{
	struct id_table old = *t;
	size_t i;

	if (t->used * 2 >= t->size) {
		t->size *= 2;
		t->slots = alloc_zero(t->size, sizeof(*t->slots));
		for (i = 0; i < old.size; i++)
			if (old.slots[i] != NULL)
				*slot_of(t, old.slots[i]->id) = old.slots[i];
		free(old.slots);
	}
	*slot_of(t, session->id) = session;
	t->used++;
}

size_t state_first_from(const struct session_list *list, int64_t instant)
{
	size_t low = 0, high = list->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (list->items[middle]->created < instant)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void insert(struct session_list *list, struct session *session)
{
	size_t at = list->count;

	if (list->count == list->room) {
		list->room = list->room ? list->room * 2 : 64;
		list->items = alloc_resize(list->items, list->room, sizeof(*list->items));
	}
	if (at != 0 && list->items[at - 1]->created > session->created)
		at = state_first_from(list, session->created + 1);
	memmove(list->items + at + 1, list->items + at,
		(list->count - at) * sizeof(*list->items));
	list->items[at] = session;
	list->count++;
}

void state_touch(struct state *s, struct session *session)
{
	struct change change = { .kind = CHANGE_SESSION, .etag = ++s->change,
		.login = session->login };

	session->etag = change.etag;
	strcpy(change.id, session->id);
	changes_add(&s->changes, &change);
	keep_write(s, session);
}

void state_put_session(struct state *s, struct login *login, struct session *session)
{
	session->login = login;
	insert(&login->sessions, session);
	id_table_add(&s->ids, session);
}

void state_add_session(struct state *s, struct login *login, struct session *session)
{
	random_uuid(&s->random, session->id);
	session->login = login;
	state_touch(s, session);
	state_put_session(s, login, session);
}

struct session *state_find_session(const struct state *s, const char *id)
{
	struct session *session = *slot_of(&s->ids, id);

	return session != NULL && !session->gone ? session : NULL;
}

static void take_out(struct session_list *list, struct session *session)
{
	size_t at = state_first_from(list, session->created);

	while (list->items[at] != session)
		at++;
	list->count--;
	memmove(list->items + at, list->items + at + 1,
		(list->count - at) * sizeof(*list->items));
}

static struct login *login_of(struct state *s, const struct session *session)
{
	return session->login == &s->admin ? &s->admin : &s->tenant;
}

void state_delete_session(struct state *s, struct session *session)
{
	struct change change = { .kind = CHANGE_SESSION_GONE, .login = session->login };

	take_out(&login_of(s, session)->sessions, session);
	insert(&s->gone_sessions, session);
	session->gone = true;
	strcpy(change.id, session->id);
	changes_add(&s->changes, &change);
	keep_write(s, session);
}

void state_move_session(struct state *s, struct session *session, int64_t created)
{
	struct session_list *list = &login_of(s, session)->sessions;

	take_out(list, session);
	session->created = created;
	insert(list, session);
}

void state_stop(struct state *s, struct session *session)
{
	if (!session->working)
		return;
	events_of(session);
	session->working = false;
	session->ended = instant_now();
	events_stopped(session);
	session->stopped_ms = instant_clock();
	session->result = RESULT_SUCCESS;
	if (session->extra != NULL) {
		json_object_del(session->extra, "state");
		json_object_del(session->extra, "result");
		json_object_del(session->extra, "endTime");
	}
	state_touch(s, session);
}
