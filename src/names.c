/* Names in directories: of properties and links, and of members that go by their label. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"

#include "tree_private.h"

#define KEY_MAX 65536

/* ---- properties and links --------------------------------------------------------------- */

/* Does the value make a file?  Scalars do; null, objects and arrays do not. */
static bool is_value(const struct kind *kind, const struct jslice *value)
{
	if (kind->each == EACH_LINK && value->type == JSLICE_OBJECT) {
		struct jslice href = jslice_get(value, "href");
		return href.type == JSLICE_STRING;
	}
	return value->type > JSLICE_NULL && value->type <= JSLICE_STRING;
}

int keys_begin(struct keys *k, const struct node *dir, const struct kind *kind)
{
	memset(k, 0, sizeof(*k));
	k->kind = kind;
	k->object = member_json(dir->member);
	if (kind->each == EACH_LINK)
		k->object = jslice_get(&k->object, "_links");
	buf_init(&k->decoded, KEY_MAX);
	jslice_begin(&k->it, &k->object);
	return 0;
}

void keys_end(struct keys *k)
{
	buf_release(&k->decoded);
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
static void key_name(struct keys *k, size_t len)
{
	char plain[NAME_MAX_BYTES + 1];

	name_of_id(plain, k->key, len);
	if (is_row_name(k->kind, plain))
		snprintf(k->name, sizeof(k->name), "%%%02X%.250s", (unsigned char)plain[0], plain + 1);
	else
		memcpy(k->name, plain, strlen(plain) + 1);
}

static bool is_last_of_its_name(const struct keys *k)
{
	struct jslice last = jslice_get(&k->object, k->key);
	return last.text == k->it.value.text;
}

bool keys_next(struct keys *k)
{
	while (jslice_next(&k->it)) {
		if (!is_value(k->kind, &k->it.value))
			continue;
		buf_reset(&k->decoded);
		int rc = jslice_string(&k->it.key, &k->decoded);
		if (rc == -ENOMEM) {
			k->err = rc;
			return false;
		}
		/* an empty name, or one with a NUL inside, can be had from the file json */
		if (rc || !k->decoded.len || strlen(k->decoded.data) != k->decoded.len)
			continue;
		k->key = k->decoded.data;
		if (has_row(k->kind, k->key) || !is_last_of_its_name(k))
			continue;
		key_name(k, k->decoded.len);
		return true;
	}
	return false;
}

/* ---- labels -------------------------------------------------------------------------------- */

struct labels {
	const struct collection *c;
	uint64_t generation;         /* of c that the names were made of; 0 = none */
	struct label *all;
	size_t n;
	struct map by_name;
};

struct labels *labels_new(void)
{
	struct labels *ls = calloc(1, sizeof(*ls));
	if (ls)
		map_init(&ls->by_name);
	return ls;
}

static void labels_clear(struct labels *ls)
{
	for (size_t i = 0; i < ls->n; i++) {
		member_put(ls->all[i].member);
		free(ls->all[i].name);
	}
	free(ls->all);
	ls->all = NULL;
	ls->n = 0;
	ls->generation = 0;
	map_release(&ls->by_name);
	map_init(&ls->by_name);
}

void labels_free(struct labels *ls)
{
	if (!ls)
		return;
	labels_clear(ls);
	map_release(&ls->by_name);
	free(ls);
}

static bool same_label(const void *value, const void *key)
{
	return strcmp(((const struct label *)value)->name, key) == 0;
}

static int labels_take(struct labels *ls, struct name_entry *entries, struct member **members,
		       size_t n)
{
	int rc = name_assign(entries, n, NULL, false);

	ls->all = calloc(n + 1, sizeof(*ls->all));
	for (size_t i = 0; !rc && ls->all && i < n; i++) {
		ls->all[i].member = member_get(members[i]);
		ls->all[i].name = entries[i].name;
		entries[i].name = NULL;
		ls->n++;
		rc = map_insert(&ls->by_name, hash64(ls->all[i].name, strlen(ls->all[i].name)),
				&ls->all[i]);
	}
	for (size_t i = 0; i < n; i++)
		free(entries[i].name);
	return ls->all ? rc : -ENOMEM;
}

static int labels_make(struct labels *ls, const struct collection *c)
{
	const struct roster *r = model_roster(c);
	struct name_entry *entries = calloc(r->n + 1, sizeof(*entries));
	struct member **members = calloc(r->n + 1, sizeof(*members));
	size_t n = 0;
	int rc = -ENOMEM;

	labels_clear(ls);
	for (size_t i = 0; entries && members && i < r->n; i++) {
		struct member *m = r->members[i];
		if (m->gone)
			continue;
		members[n] = m;
		entries[n++] = (struct name_entry){ .label = m->label, .label_len = strlen(m->label),
						    .id = m->id, .id_len = strlen(m->id) };
	}
	if (entries && members)
		rc = labels_take(ls, entries, members, n);
	free(entries);
	free(members);
	if (rc) {
		labels_clear(ls);
		return rc;
	}
	ls->c = c;
	ls->generation = model_generation(c);
	return 0;
}

const struct label *labels_all(struct labels *ls, const struct collection *c, size_t *n)
{
	if ((ls->c != c || ls->generation != model_generation(c)) && labels_make(ls, c))
		return NULL;
	*n = ls->n;
	return ls->all;
}

struct member *labels_find(struct labels *ls, const struct collection *c, const char *name)
{
	size_t n;

	if (!labels_all(ls, c, &n))
		return NULL;
	const struct label *l = map_find(&ls->by_name, hash64(name, strlen(name)), same_label, name);
	return l ? l->member : NULL;
}
