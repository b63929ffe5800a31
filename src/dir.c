/*
 * Listings.  A directory of members named by their ids keeps the roster and
 * its length at the moment of opening: rosters only grow, so that offsets stay
 * what they were and nothing is copied, not even for 100,000 sessions.  So does
 * one of members named by labels with its names; that list stays with the node
 * for those who open it next.  All else are short lists made when they are
 * opened.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree_private.h"

struct item {
	const struct kind *kind;
	struct member *member;       /* counted */
	char *key;                   /* NULL: none */
	char *name;                  /* NULL: the key, or the row's own name */
};

struct dir {
	uint32_t refs;               /* of open handles and of the node */
	uint64_t epoch;              /* of the model when it was made */
	struct item *items;
	size_t n, cap;
	const struct names *names;   /* behind the items; or NULL */
	struct roster *roster;       /* behind those; or NULL */
	size_t roster_n;
	const struct kind *roster_kind;
};

static int add_item(struct dir *d, const struct kind *k, struct member *m, const char *key,
		    const char *name)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 32;
		struct item *more = realloc(d->items, cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		d->items = more;
		d->cap = cap;
	}
	struct item *i = &d->items[d->n];
	*i = (struct item){ .kind = k, .member = m ? member_get(m) : NULL };
	i->key = key ? strdup(key) : NULL;
	i->name = name && (!key || strcmp(key, name) != 0) ? strdup(name) : NULL;
	d->n++;
	return (key && !i->key) || (name && !i->name && !i->key) ? -ENOMEM : 0;
}

static int list_one(struct tree *t, struct node *n, const struct kind *k, struct want *w,
		    struct dir *d)
{
	if (k->hidden)
		return 0;
	int rc = k->has ? k->has(t, n, w) : 0;

	if (!rc)
		return add_item(d, k, NULL, NULL, NULL);
	if (rc != -ENOENT && rc != -ESTALE)
		return rc;
	/* what an ended session showed is refused by name, and not listed */
	fault_clear(&w->fault);
	return 0;
}

/* The names of all rows that go by labels come at once. */
static int list_labels(struct tree *t, struct node *n, struct dir *d)
{
	const struct names *names = d->names ? d->names : names_get(t, n);

	if (names && !d->names)
		d->names = names_ref(names);
	return names ? 0 : -ENOMEM;
}

static int list_included(struct tree *t, struct node *n, const struct kind *k,
			 struct collection *c, struct dir *d)
{
	const struct roster *r = model_roster(c);

	for (size_t i = 0; i < r->n; i++) {
		struct member *m = r->members[i];
		if (m->gone || !k->includes(t, n, m))
			continue;
		int rc = add_item(d, k, m, NULL, m->name);
		if (rc)
			return rc;
	}
	return 0;
}

static int list_members(struct tree *t, struct node *n, const struct kind *k, struct want *w,
			struct dir *d)
{
	if (k->label && names_final(t, n))
		return list_labels(t, n, d);
	struct collection *c = k->members(t, n, k);
	int rc = !c ? -ENOMEM : k->label ? names_need(t, n, w, MODEL_FRESH) :
					   model_need_list(c, w, MODEL_FRESH);

	if (rc)
		return rc;
	if (k->label)
		return list_labels(t, n, d);
	if (k->includes)
		return list_included(t, n, k, c, d);
	d->roster = roster_get(model_roster(c));
	d->roster_n = d->roster->n;
	d->roster_kind = k;
	return 0;
}

static int list_keyed(struct tree *t, struct node *n, const struct kind *k, struct want *w,
		      struct dir *d)
{
	struct keys keys;
	int rc = keys_begin(&keys, n, k);

	(void)t;
	while (!rc && keys_next(&keys))
		rc = add_item(d, k, NULL, keys.key, keys.name);
	if (!rc)
		rc = keys.err;
	keys_end(&keys);
	return rc == -E2BIG ? fault_set(&w->fault, EIO, "the server's object has more than %d "
					"properties: they are in the file json", KEYS_MAX) : rc;
}

typedef int list_of(struct tree *t, struct node *n, const struct kind *k, struct want *w,
		    struct dir *d);

static list_of *const listers[] = {
	[EACH_ONE] = list_one,
	[EACH_MEMBER] = list_members,
	[EACH_PROPERTY] = list_keyed,
	[EACH_LINK] = list_keyed,
};

bool dir_is_short(const struct node *n)
{
	for (const struct kind *k = NULL; (k = kinds_child(n->kind, k));)
		if (k->each == EACH_MEMBER)
			return false;
	return true;
}

int dir_need(struct tree *t, struct node *n, struct want *w)
{
	int rc = tree_freshen(t, n, w);

	return !rc && n->kind->needs ? n->kind->needs(t, n, w) : rc;
}

/* Nothing has moved since it was made, and what moves by itself is not in it. */
static struct dir *get_kept(struct tree *t, struct node *n)
{
	if (!n->list || n->list->epoch != model_epoch(t->config.model) || !names_final(t, n))
		return NULL;
	names_get(t, n);             /* used last */
	n->list->refs++;
	return n->list;
}

static void keep(struct tree *t, struct node *n, struct dir *d)
{
	if (!d->names || d->roster || !names_final(t, n))
		return;
	dir_close(n->list);
	n->list = d;
	d->refs++;
}

int dir_open(struct tree *t, struct node *n, struct want *w, struct dir **out)
{
	int rc = dir_need(t, n, w);

	if (!rc && (*out = get_kept(t, n)))
		return 0;
	struct dir *d = rc ? NULL : malloc(sizeof(*d));
	if (d)
		*d = (struct dir){ .refs = 1, .epoch = model_epoch(t->config.model) };
	else if (!rc)
		rc = -ENOMEM;
	for (const struct kind *k = NULL; !rc && (k = kinds_child(n->kind, k));)
		if (kind_served(t, k))
			rc = listers[k->each](t, n, k, w, d);
	if (rc) {
		if (rc == -ENOMEM)
			fault_set(&w->fault, ENOMEM, "no memory for a listing");
		dir_close(d);
		return rc;
	}
	keep(t, n, d);
	*out = d;
	return 0;
}

void dir_close(struct dir *d)
{
	if (!d || --d->refs)
		return;
	for (size_t i = 0; i < d->n; i++) {
		member_put(d->items[i].member);
		free(d->items[i].key);
		free(d->items[i].name);
	}
	free(d->items);
	names_put(d->names);
	roster_put(d->roster);
	free(d);
}

uint64_t dir_generation(struct tree *t, const struct node *n)
{
	if (names_final(t, n))
		return n->names->generation;
	n = names_source(n);
	uint64_t g = n->member ? n->member->version : 1;

	for (const struct kind *k = NULL; (k = kinds_child(n->kind, k));)
		if (k->each == EACH_MEMBER && kind_served(t, k)) {
			const struct collection *c = k->members(t, n, k);
			g = g * 1000003 + (c ? model_generation(c) : 0);
		}
	return g ? g : 1;
}

bool dir_at(const struct dir *d, size_t *i, struct entry *out)
{
	size_t named = d->names ? d->names->n : 0;

	if (*i < d->n) {
		const struct item *item = &d->items[*i];
		const char *name = item->name ? item->name : item->key;
		*out = (struct entry){ item->kind, item->member, item->key,
				       name ? name : item->kind->name };
		return true;
	}
	if (*i < d->n + named) {
		const struct named *it = &d->names->all[*i - d->n];
		*out = (struct entry){ it->kind, it->member, NULL, it->name };
		return true;
	}
	for (; d->roster && *i - d->n - named < d->roster_n; ++*i) {
		struct member *m = d->roster->members[*i - d->n - named];
		if (m->gone)
			continue;
		*out = (struct entry){ d->roster_kind, m, NULL, m->name };
		return true;
	}
	return false;
}

struct node *dir_node(struct tree *t, struct node *dir, const struct entry *e)
{
	return node_get(t->nodes, dir, e->kind, e->member, e->key);
}

uint64_t dir_ino(const struct tree *t, const struct node *dir, const struct entry *e)
{
	return node_ino(t->nodes, dir, e->kind, e->member, e->key);
}
