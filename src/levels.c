/* A list that holds all levels of a tree at once (a channel's posts and what answers them). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/limits.h"
#include "vbofs/name.h"
#include "vbofs/object.h"

#include "model_private.h"

/* Those right below one member. */
struct level {
	const struct member *parent;   /* NULL: the top */
	struct roster *members;
};

static uint64_t hash_of(const struct member *parent)
{
	return hash64(&parent, sizeof(parent));
}

static bool is_of(const void *value, const void *key)
{
	return ((const struct level *)value)->parent == key;
}

void levels_release(struct collection *c)
{
	struct level *level;
	size_t pos = 0;

	while ((level = map_next(&c->levels, &pos))) {
		roster_put(level->members);
		free(level);
	}
	map_release(&c->levels);
	map_init(&c->levels);
}

/* What its own words say, if that is in the list.  0 or -ENOMEM. */
static int stated_parent(const struct collection *c, const struct member *m, struct member **out)
{
	struct jslice json = member_json(m);
	struct buf id;

	*out = NULL;
	buf_init(&id, MEMBER_ID_MAX);
	if (object_parent(&json, &id))
		*out = model_find_id(c, id.data);
	int rc = buf_error(&id) == -ENOMEM ? -ENOMEM : 0;
	buf_release(&id);
	if (*out == m)
		*out = NULL;
	return rc;
}

static int find_parent(const struct collection *c, const struct member *m, struct member **out)
{
	struct member *up;
	int rc = stated_parent(c, m, out);

	up = *out;
	for (int i = 0; !rc && up; i++) {
		if (i == LEVELS_MAX) {
			*out = NULL;
			return 0;
		}
		rc = stated_parent(c, up, &up);
	}
	return rc;
}

static struct level *level_get(struct collection *c, const struct member *parent)
{
	struct level *level = map_find(&c->levels, hash_of(parent), is_of, parent);

	if (level)
		return level;
	level = calloc(1, sizeof(*level));
	if (!level)
		return NULL;
	level->parent = parent;
	level->members = roster_new(8);
	if (!level->members || map_insert(&c->levels, hash_of(parent), level)) {
		roster_put(level->members);
		free(level);
		return NULL;
	}
	return level;
}

static int level_add(struct level *level, struct member *m)
{
	struct roster *old = level->members;

	if (old->n == old->cap) {
		struct roster *more = roster_new(2 * old->cap);
		if (!more)
			return -ENOMEM;
		for (size_t i = 0; i < old->n; i++)
			more->members[more->n++] = member_get(old->members[i]);
		level->members = more;
		roster_put(old);
	}
	level->members->members[level->members->n++] = member_get(m);
	return 0;
}

int levels_build(struct collection *c)
{
	levels_release(c);
	for (size_t i = 0; i < c->roster->n; i++) {
		struct member *m = c->roster->members[i];
		if (m->gone)
			continue;
		struct member *parent;
		struct level *level = find_parent(c, m, &parent) ? NULL : level_get(c, parent);
		if (!level || level_add(level, m)) {
			levels_release(c);
			return -ENOMEM;
		}
	}
	return 0;
}

struct roster *model_children(const struct collection *c, const struct member *parent)
{
	/* the member may be of an earlier reading of the same list */
	if (parent)
		parent = model_find_id(c, parent->id);
	const struct level *level = map_find(&c->levels, hash_of(parent), is_of, parent);
	return level ? level->members : NULL;
}
