/*
 * The lists of what sessions show.  They never change, so they are kept until
 * room is needed: MODEL_CONTENT_MAX bytes of JSON in all, the least recently used go
 * first.  A collection lives as long as one of its members does.
 */
#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"

#include "model_private.h"

#define MUCH (16u * 1024 * 1024)   /* memory that is worth giving back to the system */

static const char *const content_times[] = {
	"modificationTime", "modified", "received", "sent", "lastModifiedTime", "createdTime",
	"postedOn", "startTime", "startDate", "date", "creationTime", NULL,
};

static const struct collection_class content_class = {
	.doing = "list the session's content", .mtime_keys = content_times, .content = true,
};

static const struct collection_class found_class = {
	.doing = "search", .mtime_keys = content_times, .content = true,
};

static bool has_key(const void *value, const void *key)
{
	return strcmp(((const struct collection *)value)->key, key) == 0;
}

void collection_put(struct collection *c)
{
	if (--c->refs)
		return;
	if (c->class->hooks) {
		c->class->hooks->release(c);
		return;
	}
	if (!c->session)
		return;
	levels_release(c);
	roster_put(c->roster);
	map_release(&c->by_name);
	map_release(&c->labels);
	member_put(c->session);
	free((char *)(uintptr_t)c->ask.path);
	free((char *)(uintptr_t)c->ask.body);
	free(c->key);
	free(c);
}

/* The members that nobody uses go; the collection with the last of them. */
static void let_go(struct model *m, struct collection *c)
{
	struct roster *roster = c->roster;

	listing_cancel(c);
	map_remove(&m->contents, hash64(c->key, strlen(c->key)), c);
	m->content_bytes -= c->bytes;
	c->bytes = 0;
	c->complete = false;
	collection_moved(c);
	levels_release(c);
	c->roster = NULL;
	map_release(&c->by_name);
	map_init(&c->by_name);
	roster_put(roster);
	collection_put(c);
}

static int set_ask(struct collection *c, const struct content_ask *ask)
{
	c->ask = *ask;
	c->ask.path = strdup(ask->path);
	c->ask.body = ask->body ? strdup(ask->body) : NULL;
	c->own[0] = (struct profile_listing){
		.path = c->ask.path, .paging = ask->single ? PAGING_OBJECT : PAGING_PAGES,
	};
	return c->ask.path && (c->ask.body || !ask->body) ? 0 : -ENOMEM;
}

static struct collection *content_new(struct model *m, struct member *session,
				      const struct content_ask *ask, const char *key, uint64_t hash)
{
	struct collection *c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->key = strdup(key);
	c->session = member_get(session);
	map_init(&c->levels);
	int rc = set_ask(c, ask);
	if (collection_init(c, m, ask->body ? &found_class : &content_class, c->own) || rc ||
	    !c->key || map_insert(&m->contents, hash, c)) {
		collection_put(c);
		return NULL;
	}
	return c;
}

struct collection *model_content(struct model *m, struct member *session,
				 const struct content_ask *ask)
{
	const char *more = ask->body ? ask->body : ask->use;
	const char *key = ask->path;
	struct collection *c = NULL;
	struct buf both;

	buf_init(&both, SIZE_MAX);
	if (more) {
		buf_printf(&both, "%s\n%s", ask->path, more);
		key = both.data;
	}
	if (!buf_error(&both)) {
		uint64_t hash = hash64(key, strlen(key));
		c = map_find(&m->contents, hash, has_key, key);
		if (!c)
			c = content_new(m, session, ask, key, hash);
	}
	if (c)
		c->used = ++m->uses;
	buf_release(&both);
	return c;
}

struct member *model_find_listed(const struct model *m, const char *prefix, const char *id)
{
	size_t len = strlen(prefix), pos = 0;
	const struct collection *c;

	while ((c = map_next(&m->contents, &pos))) {
		if (!c->complete || c->ask.body || strncmp(c->ask.path, prefix, len) != 0)
			continue;
		struct member *found = model_find_id(c, id);
		if (found)
			return found;
	}
	return NULL;
}

static struct collection *oldest(struct model *m, const struct collection *but)
{
	struct collection *c, *found = NULL;
	size_t pos = 0;

	while ((c = map_next(&m->contents, &pos)))
		if (c != but && !c->listing && (!found || c->used < found->used))
			found = c;
	return found;
}

void contents_account(struct collection *c)
{
	struct model *m = c->model;
	struct collection *old;

	m->content_bytes -= c->bytes;
	c->bytes = sizeof(*c);
	for (size_t i = 0; i < c->roster->n; i++)
		c->bytes += c->roster->members[i]->json_len + sizeof(struct member);
	m->content_bytes += c->bytes;
	size_t before = m->content_bytes;
	while (m->content_bytes > MODEL_CONTENT_MAX && (old = oldest(m, c)))
		let_go(m, old);
	if (before - m->content_bytes > MUCH)
		malloc_trim(0);
}

void contents_release(struct model *m)
{
	struct collection *c;
	size_t pos;

	while (pos = 0, (c = map_next(&m->contents, &pos)))
		let_go(m, c);
	map_release(&m->contents);
	map_release(&m->lengths);
}

void contents_forget(struct model *m)
{
	struct collection *c;
	size_t pos = 0;

	while ((c = map_next(&m->contents, &pos))) {
		if (c->listing)
			continue;   /* asked for just now */
		let_go(m, c);
		pos = 0;
	}
}

/* ---- lengths ------------------------------------------------------------------------ */

static uint64_t length_key(const struct member *m)
{
	const char *list = m->of->key;
	return hash64_more(hash64(list, strlen(list)), m->id, strlen(m->id));
}

static bool any(const void *value, const void *key)
{
	(void)value;
	(void)key;
	return true;   /* 64 bits of the ids are all that is kept of them */
}

int64_t contents_length(const struct member *m)
{
	const struct map *lengths = &m->of->model->lengths;
	const void *value = lengths->count ? map_find(lengths, length_key(m), any, NULL) : NULL;

	return value ? (int64_t)(uintptr_t)value - 1 : -1;
}

void model_saved(struct member *m, int64_t length)
{
	struct map *lengths = &m->of->model->lengths;

	if (m->saved == length)
		return;
	m->saved = length;
	collection_changed(m->of, m);
	if (length == m->size)
		return;
	if (lengths->count >= MODEL_LENGTHS_MAX) {
		map_release(lengths);
		map_init(lengths);
	}
	/* a length that was another before (a bad server) or finds no room is asked for again */
	if (contents_length(m) < 0)
		map_insert(lengths, length_key(m), (void *)(uintptr_t)(length + 1));
}

/* One that went and came back is another member, and shows the same. */
struct member *contents_session(struct collection *c)
{
	struct member *now = c->session && c->session->gone ?
				     model_find(c->session->of, c->session->name) : NULL;

	if (now) {
		member_put(c->session);
		c->session = member_get(now);
	}
	return c->session;
}

bool model_has_ended(const struct member *session)
{
	return session->settled || session->gone;
}

int model_ended(struct fault *f)
{
	return fault_set(f, ESTALE, "the session has ended: start another one at the same point in time");
}

int model_check_session(struct member *session, struct want *w, struct fault *f)
{
	if (model_need_member(session, w) == MODEL_PARK)
		return MODEL_PARK;
	if (model_has_ended(session))
		model_ended(f);
	return 0;
}
