/* Names in the directory of an object: of its scalar properties, or of its links. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "vbofs/name.h"

#include "tree_private.h"

/* Does the value make a file?  Scalars do; null, objects and arrays do not. */
static bool is_value(const struct kind *kind, const struct jslice *value)
{
	if (kind->each == EACH_LINK && value->type == JSLICE_OBJECT) {
		struct jslice href = jslice_get(value, "href");
		return href.type == JSLICE_STRING;
	}
	return value->type > JSLICE_NULL && value->type <= JSLICE_STRING;
}

/* A row of its own shows this property. */
static bool has_row(const struct kind *kind, const char *key)
{
	for (const struct kind *k = NULL; (k = kinds_child(kind->parent, k));)
		if (k->field && strcmp(k->field, key) == 0)
			return true;
	return false;
}

static bool is_row_name(const struct kind *kind, const char *name)
{
	for (const struct kind *k = NULL; (k = kinds_child(kind->parent, k));)
		if (k->each == EACH_ONE && strcmp(k->name, name) == 0)
			return true;
	return false;
}

/* A name that a row of the table has already gets its first character escaped. */
static void make_name(struct keys *k)
{
	char plain[NAME_MAX_BYTES + 1];

	name_of_id(plain, k->decoded.data, k->decoded.len);
	if (is_row_name(k->kind, plain))
		snprintf(k->name, sizeof(k->name), "%%%02X%.250s", (unsigned char)plain[0],
			 plain + 1);
	else
		memcpy(k->name, plain, strlen(plain) + 1);
}

/* The next member of the object that can have a name, whatever its value. */
static bool step(struct keys *k)
{
	while (jslice_next(&k->it)) {
		buf_reset(&k->decoded);
		int rc = jslice_string(&k->it.key, &k->decoded);
		if (rc == -ENOMEM) {
			k->err = rc;
			return false;
		}
		/* an empty name, or one with a NUL inside, can be had from the file json */
		if (rc || !k->decoded.len || strlen(k->decoded.data) != k->decoded.len)
			continue;
		if (has_row(k->kind, k->decoded.data))
			continue;
		make_name(k);
		return true;
	}
	return false;
}

static void open_object(struct keys *k, const struct node *dir, const struct kind *kind)
{
	memset(k, 0, sizeof(*k));
	k->kind = kind;
	k->object = member_json(dir->member);
	if (kind->each == EACH_LINK)
		k->object = jslice_get(&k->object, "_links");
	buf_init(&k->decoded, KEYS_KEY_MAX);
	buf_init(&k->found, KEYS_KEY_MAX);
	map_init(&k->last);
	jslice_begin(&k->it, &k->object);
}

/* A server that forges equal hashes hides what is its own. */
static bool same_hash(const void *value, const void *key)
{
	(void)value, (void)key;
	return true;
}

static const void *last_of(const struct keys *k)
{
	return map_find(&k->last, hash64(k->name, strlen(k->name)), same_hash, NULL);
}

static int note(struct keys *k)
{
	const uint64_t hash = hash64(k->name, strlen(k->name));

	if (!map_remove(&k->last, hash, last_of(k)) && k->last.count == KEYS_MAX)
		return -E2BIG;
	return map_insert(&k->last, hash, (void *)(uintptr_t)k->it.value.text);
}

int keys_begin(struct keys *k, const struct node *dir, const struct kind *kind)
{
	open_object(k, dir, kind);
	while (!k->err && step(k))
		k->err = note(k);
	/* of what is not well-formed nothing is certain */
	if (k->it.err)
		k->object.type = JSLICE_NONE;
	jslice_begin(&k->it, &k->object);
	return k->err;
}

bool keys_next(struct keys *k)
{
	while (step(k)) {
		if (!is_value(k->kind, &k->it.value) || last_of(k) != k->it.value.text)
			continue;
		k->key = k->decoded.data;
		return true;
	}
	return false;
}

void keys_end(struct keys *k)
{
	buf_release(&k->decoded);
	buf_release(&k->found);
	map_release(&k->last);
}

int keys_find(struct keys *k, const struct node *dir, const struct kind *kind, const char *name)
{
	bool there = false;

	open_object(k, dir, kind);
	while (step(k)) {
		if (strcmp(k->name, name) != 0)
			continue;
		struct buf other = k->found;
		k->found = k->decoded;
		k->decoded = other;
		there = is_value(kind, &k->it.value);
	}
	int rc = k->err ? k->err : there && !k->it.err ? 0 : -ENOENT;
	k->key = k->found.data;
	if (rc)
		keys_end(k);
	return rc;
}
