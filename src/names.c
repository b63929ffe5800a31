/* Names in directories of members that go by their label. */
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"
#include "vbofs/timestamp.h"

#include "tree_private.h"

#define MANY 10000              /* names whose memory is worth giving back to the system */

bool names_any(const struct tree *t, const struct node *dir)
{
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));)
		if (k->label && kind_served(t, k))
			return true;
	return false;
}

/*
 * The directory's own object, or one above it, stands in the list of what is in it: a server
 * that does not heed which list it is asked for would make a tree without end.
 */
static const struct member *itself(const struct node *dir, const struct kind *k,
				   const struct collection *c)
{
	const struct member *m = NULL;

	for (; dir && !m && !k->nested && k->type == S_IFDIR; dir = dir->parent)
		if (dir->member && dir->kind->list == k->list)
			m = model_find_id(c, dir->member->id);
	return m;
}

/* Nothing in the whole model has moved since the names were made. */
static bool is_current(const struct tree *t, const struct node *dir)
{
	return dir->names && dir->names->generation && dir->names->n &&
	       dir->names->epoch == model_epoch(t->config.model);
}

/* ... nor can it: they are those of what a session shows, at a point in time. */
bool names_final(const struct tree *t, const struct node *dir)
{
	const struct member *session;

	if (!is_current(t, dir))
		return false;
	session = model_session_of(dir->names->all[0].member);
	return session && !model_has_ended(session);
}

int names_need(struct tree *t, const struct node *dir, struct want *w, enum model_freshness freshness)
{
	if (names_final(t, dir) && freshness != MODEL_NEW)
		return 0;
	dir = names_source(dir);
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		if (!k->label || !kind_served(t, k))
			continue;
		struct collection *c = k->members(t, dir, k);
		if (!c)
			return fault_set(&w->fault, ENOMEM, "no memory for a listing");
		int rc = model_need_list(c, w, freshness);
		if (rc)
			return rc;
		const struct member *loop = itself(dir, k, c);
		if (loop)
			return fault_set(&w->fault, EIO, "the server lists '%s' within itself", loop->id);
	}
	return 0;
}

int tree_need_names(struct tree *t, const struct node *dir, struct want *w)
{
	return names_need(t, dir, w, MODEL_FRESH);
}

bool names_known(struct tree *t, const struct node *dir)
{
	if (is_current(t, dir))
		return true;
	dir = names_source(dir);
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		struct collection *c;
		if (!k->label || !kind_served(t, k))
			continue;
		c = k->members(t, dir, k);
		if (!c || !model_is_complete(c) || itself(dir, k, c))
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

/* What programs know a file by: at most 16 bytes without blanks behind the last dot. */
static int add_extension(const struct jslice *json, const char *key, struct buf *out)
{
	struct jslice value = jslice_get(json, key);
	struct buf name;

	buf_init(&name, NAMES_LABEL_MAX);
	if (jslice_scalar(&value, &name) == 0 && name.len) {
		const char *dot = strrchr(name.data, '.');
		if (dot && dot != name.data && strcspn(dot, " \t") == strlen(dot) &&
		    strlen(dot) > 1 && strlen(dot) <= 17)
			buf_addstr(out, dot);
	}
	int rc = buf_error(&name);
	buf_release(&name);
	return rc;
}

/* 0, -ENOMEM: without memory it would be another. */
static int make_label(const struct kind_label *rule, const struct member *m, struct buf *out)
{
	struct jslice json = member_json(m);
	struct buf text;
	int rc;

	buf_init(&text, NAMES_LABEL_MAX);
	bool time = add_time(&json, rule->times, sizeof(rule->times) / sizeof(rule->times[0]), out);
	add_first(&json, rule->texts, sizeof(rule->texts) / sizeof(rule->texts[0]), &text);
	if (time && text.len)
		buf_addch(out, ' ');
	buf_add(out, text.data ? text.data : "", text.len);
	rc = buf_error(&text);
	if (rule->extension_of && rc != -ENOMEM)
		rc = add_extension(&json, rule->extension_of, out);
	if (!out->len && rule->suffix)
		buf_addstr(out, "unnamed");
	if (rule->suffix)
		buf_addstr(out, rule->suffix);
	buf_release(&text);
	return rc == -ENOMEM ? rc : 0;
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

const struct names *names_ref(const struct names *ns)
{
	((struct names *)(uintptr_t)ns)->refs++;
	return ns;
}

void names_put(const struct names *shared)
{
	struct names *ns = (struct names *)(uintptr_t)shared;

	if (!ns || --ns->refs)
		return;
	names_clear(ns);
	map_release(&ns->by_name);
	free(ns);
}

/* ---- those that are kept ------------------------------------------------------------ */

static void ring_remove(struct names *ns)
{
	struct tree *t = ns->tree;

	ns->prev->next = ns->next;
	ns->next->prev = ns->prev;
	if (t->names == ns)
		t->names = ns->next != ns ? ns->next : NULL;
	t->names_kept--;
}

static void ring_add(struct names *ns)
{
	struct tree *t = ns->tree;

	ns->next = t->names ? t->names : ns;
	ns->prev = t->names ? t->names->prev : ns;
	ns->prev->next = ns;
	ns->next->prev = ns;
	t->names = ns;
	t->names_kept++;
}

void names_detach(struct names *ns)
{
	if (!ns)
		return;
	ring_remove(ns);
	dir_close(ns->dir->list);
	ns->dir->list = NULL;
	ns->dir->names = NULL;
	ns->dir = NULL;
	names_put(ns);
}

static struct names *names_new(struct tree *t, struct node *dir)
{
	struct names *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ns->refs = 1;
	ns->tree = t;
	ns->dir = dir;
	map_init(&ns->by_name);
	ring_add(ns);
	dir->names = ns;
	return ns;
}

/* Those used longest ago go; what they were made of goes with them, unless it is in use. */
static void keep_few(struct tree *t)
{
	size_t names = 0, gone = 0, n = t->names_kept;
	struct names *ns = t->names, *next;

	for (size_t i = 0; i < n; i++, ns = next) {
		next = ns->next;
		names += ns->n;
		if (i == 0 || ns->generation == 0 || (i < NAMES_KEPT && names <= NAMES_KEPT_ALL))
			continue;
		gone += ns->n;
		names_detach(ns);
	}
	if (gone > MANY)
		malloc_trim(0);
}

static const struct names *used(struct names *ns)
{
	struct tree *t = ns->tree;

	if (t->names != ns) {
		ring_remove(ns);
		ring_add(ns);
	}
	keep_few(t);
	return ns;
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

static int gathering_grow(struct gathering *g)
{
	if (g->n < g->cap)
		return 0;
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
	return 0;
}

#define AROUND 64   /* bytes of a time, an extension and a suffix around a text */

static int gather(struct gathering *g, const struct kind *k, struct member *m)
{
	struct buf label;

	if (gathering_grow(g))
		return -ENOMEM;
	buf_init(&label, NAMES_LABEL_MAX + AROUND);
	int rc = make_label(k->label, m, &label);
	size_t len = label.len;
	char *text = rc ? NULL : buf_take(&label, NULL);
	if (!text) {
		buf_release(&label);
		return -ENOMEM;
	}
	g->entries[g->n] = (struct name_entry){ .label = text, .label_len = len, .id = m->id,
						.id_len = strlen(m->id) };
	g->named[g->n++] = (struct named){ .kind = k, .member = member_get(m) };
	g->extension |= k->label->extension;
	return 0;
}

static const struct roster *members_of(const struct node *dir, const struct kind *k,
				       const struct collection *c)
{
	if (!k->nested)
		return model_roster(c);
	return model_children(c, dir->kind->list == k->list ? dir->member : NULL);
}

static int gather_all(struct gathering *g, struct tree *t, struct node *dir)
{
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		if (!k->label || k->follows || !kind_served(t, k))
			continue;
		struct collection *c = k->members(t, dir, k);
		if (!c)
			return -ENOMEM;
		const struct roster *r = members_of(dir, k, c);
		for (size_t i = 0; r && i < r->n; i++) {
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

/* "X.msg" and its directory "X.re". */
static char *swap_suffix(const char *name, const char *old, const char *new)
{
	size_t len = strlen(name), n = strlen(old);
	char *text = NULL;

	if (len > n && strcmp(name + len - n, old) == 0)
		len -= n;
	if (asprintf(&text, "%.*s%s", (int)len, name, new) < 0)
		return NULL;
	return text;
}

static int add_followers(struct gathering *g, struct tree *t, struct node *dir)
{
	size_t files = g->n;

	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		for (size_t i = 0; k->follows && i < files; i++) {
			const struct named *file = &g->named[i];
			if (file->kind != k->follows || !k->includes(t, dir, file->member))
				continue;
			if (gathering_grow(g))
				return -ENOMEM;
			file = &g->named[i];
			char *name = swap_suffix(g->entries[i].name, file->kind->label->suffix,
						 k->label->suffix);
			g->named[g->n] = (struct named){ .kind = k, .member = member_get(file->member) };
			g->entries[g->n++] = (struct name_entry){ .name = name };
			if (!name)
				return -ENOMEM;
		}
	}
	return 0;
}

static int names_assign(struct names *ns, struct tree *t, struct node *dir)
{
	const char *reserved[RESERVED_MAX + 1];
	struct gathering g = { 0 };
	int rc = gather_all(&g, t, dir);

	reserved_names(dir, reserved);
	if (!rc)
		rc = name_assign(g.entries, g.n, reserved, g.extension);
	if (!rc)
		rc = add_followers(&g, t, dir);
	for (size_t i = 0; i < g.n; i++) {
		free((char *)(uintptr_t)g.entries[i].label);
		g.named[i].name = g.entries[i].name;
	}
	free(g.entries);
	ns->all = g.named;
	ns->n = g.n;
	return rc;
}

static int mirror_row(struct names *ns, const struct kind *k, const struct names *from)
{
	for (size_t i = 0; i < from->n; i++) {
		const struct named *file = &from->all[i];
		if (file->kind->list != k->list || file->kind->type != S_IFREG)
			continue;
		struct named *to = &ns->all[ns->n++];
		*to = (struct named){ k, member_get(file->member), strdup(file->name) };
		if (!to->name)
			return -ENOMEM;
	}
	return 0;
}

/* The files of the parent are directories here, under the same names. */
static int names_mirror(struct names *ns, struct tree *t, struct node *dir)
{
	const struct names *from = names_get(t, dir->parent);
	int rc = 0;

	ns->all = from ? malloc((from->n + 1) * sizeof(*ns->all)) : NULL;
	if (!ns->all)
		return -ENOMEM;
	for (const struct kind *k = NULL; !rc && (k = kinds_child(dir->kind, k));)
		if (k->label && kind_served(t, k))
			rc = mirror_row(ns, k, from);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct named *)a)->name, ((const struct named *)b)->name);
}

/* Sorted: the server's order may be another one tomorrow. */
static int names_make(struct names *ns, struct tree *t, struct node *dir)
{
	names_clear(ns);
	int rc = dir->kind->mirrors ? names_mirror(ns, t, dir) : names_assign(ns, t, dir);
	if (!rc && ns->n)
		qsort(ns->all, ns->n, sizeof(*ns->all), by_name);
	if (!rc)
		rc = map_reserve(&ns->by_name, ns->n);
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
	if (is_current(t, dir))
		return t->names == dir->names ? dir->names : used(dir->names);
	uint64_t epoch = model_epoch(t->config.model);
	if (!dir->names || dir->names->generation != dir_generation(t, dir)) {
		/* who has the directory open goes on with what it was */
		if (dir->names && dir->names->refs > 1)
			names_detach(dir->names);
		if ((!dir->names && !names_new(t, dir)) || names_make(dir->names, t, dir))
			return NULL;
	}
	dir->names->epoch = epoch;
	return used(dir->names);
}

const struct named *names_find(struct tree *t, struct node *dir, const char *name)
{
	const struct names *ns = names_get(t, dir);

	return ns ? map_find(&ns->by_name, hash64(name, strlen(name)), same_named, name) : NULL;
}
