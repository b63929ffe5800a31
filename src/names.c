/* Names in directories of members that go by their label. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"
#include "vbofs/timestamp.h"

#include "tree_private.h"

bool names_any(const struct tree *t, const struct node *dir)
{
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));)
		if (k->label && kind_served(t, k))
			return true;
	return false;
}

int names_need(struct tree *t, const struct node *dir, struct want *w, enum model_freshness freshness)
{
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		if (!k->label || !kind_served(t, k))
			continue;
		struct collection *c = k->members(t, dir, k);
		if (!c)
			return fault_set(&w->fault, ENOMEM, "no memory for a listing");
		int rc = model_need_list(c, w, freshness);
		if (rc)
			return rc;
	}
	return 0;
}

int tree_need_names(struct tree *t, const struct node *dir, struct want *w)
{
	return names_need(t, dir, w, MODEL_FRESH);
}

/* Nothing in the whole model has moved since the names were made. */
static bool is_current(const struct tree *t, const struct node *dir)
{
	return dir->names && dir->names->generation && dir->names->n &&
	       dir->names->epoch == model_epoch(t->config.model);
}

bool names_known(struct tree *t, const struct node *dir)
{
	if (is_current(t, dir))
		return true;
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		struct collection *c;
		if (!k->label || !kind_served(t, k))
			continue;
		c = k->members(t, dir, k);
		if (!c || !model_is_complete(c))
			return false;
	}
	return true;
}

static bool add_first(const struct jslice *json, const char *const *keys, size_t n, struct buf *out)
{
	size_t before = out->len;

	for (size_t i = 0; i < n && keys[i]; i++) {
		struct jslice value = jslice_get(json, keys[i]);
		if (jslice_scalar(&value, out) == 0 && out->len > before)
			return true;
		out->len = before;
	}
	return false;
}

/* 20261120T180000Z: sorts, and holds nothing that another system's file names cannot. */
static bool add_time(const struct jslice *json, const char *const *keys, size_t n, struct buf *out)
{
	for (size_t i = 0; i < n && keys[i]; i++) {
		struct jslice value = jslice_get(json, keys[i]);
		char text[TIMESTAMP_MAX];
		struct timestamp t;
		if (value.type != JSLICE_STRING || value.len < 2 ||
		    timestamp_parse_server(value.text + 1, value.len - 2, &t) || t.seconds <= 0)
			continue;
		timestamp_format_utc(text, t.seconds, 0);
		for (const char *p = text; *p; p++)
			if (*p != '-' && *p != ':')
				buf_addch(out, *p);
		return true;
	}
	return false;
}

static void make_label(const struct kind_label *rule, const struct member *m, struct buf *out)
{
	struct jslice json = member_json(m);
	struct buf text;

	buf_init(&text, NAMES_LABEL_MAX);
	bool time = add_time(&json, rule->times, sizeof(rule->times) / sizeof(rule->times[0]), out);
	add_first(&json, rule->texts, sizeof(rule->texts) / sizeof(rule->texts[0]), &text);
	if (time && text.len)
		buf_addch(out, ' ');
	buf_add(out, text.data ? text.data : "", text.len);
	if (!out->len && rule->suffix)
		buf_addstr(out, "unnamed");
	if (rule->suffix)
		buf_addstr(out, rule->suffix);
	buf_release(&text);
}

static void names_clear(struct names *ns)
{
	for (size_t i = 0; i < ns->n; i++) {
		member_put(ns->all[i].member);
		free(ns->all[i].name);
	}
	free(ns->all);
	ns->all = NULL;
	ns->n = 0;
	ns->generation = 0;
	map_release(&ns->by_name);
	map_init(&ns->by_name);
}

void names_free(struct names *ns)
{
	if (!ns)
		return;
	names_clear(ns);
	map_release(&ns->by_name);
	free(ns);
}

static bool same_named(const void *value, const void *key)
{
	return strcmp(((const struct named *)value)->name, key) == 0;
}

/* Everything that a directory names by label, in one list. */
struct gathering {
	struct name_entry *entries;
	struct named *named;
	size_t n, cap;
	bool extension;
};

static int gather(struct gathering *g, const struct kind *k, struct member *m)
{
	struct buf label;

	if (g->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 64;
		struct name_entry *entries = realloc(g->entries, cap * sizeof(*entries));
		if (entries)
			g->entries = entries;
		struct named *named = realloc(g->named, cap * sizeof(*named));
		if (named)
			g->named = named;
		if (!entries || !named)
			return -ENOMEM;
		g->cap = cap;
	}
	buf_init(&label, NAMES_LABEL_MAX);
	make_label(k->label, m, &label);
	size_t len = label.len;
	char *text = buf_take(&label, NULL);
	if (!text)
		return -ENOMEM;
	g->entries[g->n] = (struct name_entry){ .label = text, .label_len = len, .id = m->id,
						.id_len = strlen(m->id) };
	g->named[g->n++] = (struct named){ .kind = k, .member = member_get(m) };
	g->extension |= k->label->extension;
	return 0;
}

static int gather_all(struct gathering *g, struct tree *t, struct node *dir)
{
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		if (!k->label || !kind_served(t, k))
			continue;
		struct collection *c = k->members(t, dir, k);
		const struct roster *r = c ? model_roster(c) : NULL;
		if (!r)
			return -ENOMEM;
		for (size_t i = 0; i < r->n; i++) {
			struct member *m = r->members[i];
			if (m->gone || (k->includes && !k->includes(t, dir, m)))
				continue;
			int rc = gather(g, k, m);
			if (rc)
				return rc;
		}
	}
	return 0;
}

#define RESERVED_MAX 16

static void reserved_names(const struct node *dir, const char **reserved)
{
	size_t n = 0;

	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));)
		if (k->each == EACH_ONE && n < RESERVED_MAX)
			reserved[n++] = k->name;
	reserved[n] = NULL;
}

static int names_make(struct names *ns, struct tree *t, struct node *dir)
{
	const char *reserved[RESERVED_MAX + 1];
	struct gathering g = { 0 };
	int rc = gather_all(&g, t, dir);

	names_clear(ns);
	reserved_names(dir, reserved);
	if (!rc)
		rc = name_assign(g.entries, g.n, reserved, g.extension);
	for (size_t i = 0; i < g.n; i++) {
		free((char *)(uintptr_t)g.entries[i].label);
		g.named[i].name = rc ? NULL : g.entries[i].name;
	}
	free(g.entries);
	ns->all = g.named;
	ns->n = g.n;
	if (!rc)
		rc = map_reserve(&ns->by_name, g.n);
	for (size_t i = 0; !rc && i < ns->n; i++)
		rc = map_insert(&ns->by_name, hash64(ns->all[i].name, strlen(ns->all[i].name)),
				&ns->all[i]);
	if (rc)
		names_clear(ns);
	else
		ns->generation = dir_generation(t, dir);
	return rc;
}

const struct names *names_get(struct tree *t, struct node *dir)
{
	if (!dir->names) {
		dir->names = calloc(1, sizeof(*dir->names));
		if (!dir->names)
			return NULL;
		map_init(&dir->names->by_name);
	}
	if (is_current(t, dir))
		return dir->names;
	uint64_t epoch = model_epoch(t->config.model);
	if (dir->names->generation != dir_generation(t, dir) && names_make(dir->names, t, dir))
		return NULL;
	dir->names->epoch = epoch;
	return dir->names;
}

const struct named *names_find(struct tree *t, struct node *dir, const char *name)
{
	const struct names *ns = names_get(t, dir);

	return ns ? map_find(&ns->by_name, hash64(name, strlen(name)), same_named, name) : NULL;
}
