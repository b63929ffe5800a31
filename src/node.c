#include "vbofs/node.h"

#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"

#include "names.h"

struct nodes {
	struct map by_ino;
	struct map loose;            /* control nodes that somebody has */
	struct node *root;
};

/* ---- texts ----------------------------------------------------------------------- */

struct text *text_new(const char *data, size_t len)
{
	struct text *t = malloc(sizeof(*t) + len);
	if (!t)
		return NULL;
	t->refs = 1;
	t->len = len;
	if (len)
		memcpy(t->data, data, len);
	return t;
}

struct text *text_get(struct text *t)
{
	if (t)
		t->refs++;
	return t;
}

void text_put(struct text *t)
{
	if (t && !--t->refs)
		free(t);
}

/* ---- numbers ---------------------------------------------------------------------- */

/* What a node is, for comparing; the key to the table. */
struct identity {
	const struct node *parent;
	const struct kind *kind;
	struct member *member;
	const char *key;
};

/*
 * Of two that lie in the same directory.  An object that went and came back is the
 * same, though another member stands for it, and so is what lies in it.
 */
static bool is_same_member(const struct kind *kind, const struct member *a, const struct member *b)
{
	return a == b || kind->each != EACH_MEMBER || strcmp(a->id, b->id) == 0;
}

static bool is_same(const struct node *n, const struct identity *id)
{
	return n->parent == id->parent && n->kind == id->kind &&
	       is_same_member(n->kind, n->member, id->member) &&
	       (n->key && id->key ? strcmp(n->key, id->key) == 0 : n->key == id->key);
}

static bool same_ino(const void *value, const void *key)
{
	return ((const struct node *)value)->ino == *(const uint64_t *)key;
}

static uint64_t ino_of(const struct identity *id)
{
	uint64_t h = hash64_more(id->parent->ino, id->kind->name, strlen(id->kind->name) + 1);

	if (id->key)
		h = hash64_more(h, id->key, strlen(id->key));
	else if (id->kind->each == EACH_MEMBER)
		h = hash64_more(h, &id->member->hash, sizeof(id->member->hash));
	return h > 1 ? h : h + 2;   /* 0 is no inode, 1 the root */
}

/* The live node with this identity, or NULL and the number it would get. */
static struct node *find(const struct nodes *ns, const struct identity *id, uint64_t *ino)
{
	struct node *n;

	for (*ino = ino_of(id);; ++*ino) {
		n = map_find(&ns->by_ino, *ino, same_ino, ino);
		if (!n || is_same(n, id))
			return n;
	}
}

/* ---- nodes ------------------------------------------------------------------------- */

static struct member *own_member(const struct node *parent, const struct kind *kind,
				 struct member *member)
{
	return kind->each == EACH_MEMBER ? member : parent->member;
}

uint64_t node_ino(const struct nodes *ns, const struct node *parent, const struct kind *kind,
		  struct member *member, const char *key)
{
	struct identity id = { parent, kind, own_member(parent, kind, member), key };
	uint64_t ino;

	find(ns, &id, &ino);
	return ino;
}

static uint64_t loose_hash(const struct node *n)
{
	return hash64(&n, sizeof(n));
}

static void member_link(struct node *n)
{
	n->member_prev = NULL;
	n->member_next = n->member->nodes;
	if (n->member_next)
		n->member_next->member_prev = n;
	n->member->nodes = n;
}

static void member_unlink(struct node *n)
{
	if (n->member_prev)
		n->member_prev->member_next = n->member_next;
	else
		n->member->nodes = n->member_next;
	if (n->member_next)
		n->member_next->member_prev = n->member_prev;
}

static void node_adopt(struct node *n, struct member *member)
{
	if (n->member == member)
		return;
	member_unlink(n);
	member_put(n->member);
	n->member = member_get(member);
	member_link(n);
}

static struct map *home(struct nodes *ns, bool shared)
{
	return shared ? &ns->by_ino : &ns->loose;
}

static uint64_t home_hash(const struct node *n, bool shared)
{
	return shared ? n->ino : loose_hash(n);
}

/* False: no memory. */
static bool move_home(struct nodes *ns, struct node *n, bool shared)
{
	if (map_insert(home(ns, shared), home_hash(n, shared), n))
		return false;
	map_remove(home(ns, !shared), home_hash(n, !shared), n);
	n->shared = shared;
	return true;
}

static struct node *node_new(struct nodes *ns, struct node *parent, const struct identity *id,
			     uint64_t ino, bool shared)
{
	struct node *n = malloc(sizeof(*n));   /* glibc's calloc goes past its fast bins */
	if (!n)
		return NULL;
	memset(n, 0, sizeof(*n));
	n->key = id->key ? strdup(id->key) : NULL;
	n->ino = ino;
	if ((id->key && !n->key) || map_insert(home(ns, shared), home_hash(n, shared), n)) {
		free(n->key);
		free(n);
		return NULL;
	}
	n->shared = shared;
	n->kind = id->kind;
	n->parent = parent;
	parent->count++;
	if (id->member) {
		n->member = member_get(id->member);
		member_link(n);
	}
	return n;
}

struct node *node_get(struct nodes *ns, struct node *parent, const struct kind *kind,
		      struct member *member, const char *key)
{
	struct identity id = { parent, kind, own_member(parent, kind, member), key };
	bool shared = kind->cache != CACHE_CONTROL;
	uint64_t ino;
	struct node *n = find(ns, &id, &ino);

	if (!n)
		n = node_new(ns, parent, &id, ino, shared);
	else if (n->shared != shared && !move_home(ns, n, shared))
		return NULL;
	if (!n)
		return NULL;
	node_adopt(n, id.member);
	n->count++;
	return n;
}

bool node_take(struct nodes *ns, struct node *n)
{
	return !n->shared || move_home(ns, n, false);
}

void node_offer(struct nodes *ns, struct node *n)
{
	const struct identity id = { n->parent, n->kind, n->member, n->key };
	uint64_t ino;

	if (!n->shared && !n->opens && !find(ns, &id, &ino) && ino == n->ino)
		move_home(ns, n, true);
}

/* What a node holds, and the node; the tables are the caller's. */
static void node_free(struct node *n)
{
	if (n->member) {
		member_unlink(n);
		member_put(n->member);
	}
	text_put(n->text);
	text_put(n->paged);
	names_detach(n->names);
	free(n->key);
	free(n);
}

void node_ref(struct node *n)
{
	n->count++;
}

void node_put(struct nodes *ns, struct node *n, uint64_t count)
{
	while (n && n->parent) {
		struct node *parent = n->parent;

		n->count -= count < n->count ? count : n->count;
		if (n->count)
			return;
		map_remove(home(ns, n->shared), home_hash(n, n->shared), n);
		node_free(n);
		n = parent;
		count = 1;
	}
}

struct nodes *nodes_new(const struct kind *root)
{
	struct nodes *ns = calloc(1, sizeof(*ns));
	if (!ns)
		return NULL;
	map_init(&ns->by_ino);
	map_init(&ns->loose);
	ns->root = calloc(1, sizeof(*ns->root));
	if (!ns->root || map_insert(&ns->by_ino, 1, ns->root)) {
		free(ns->root);
		nodes_free(ns);
		return NULL;
	}
	ns->root->kind = root;
	ns->root->ino = 1;
	ns->root->count = 1;
	ns->root->shared = true;
	return ns;
}

static void free_all(struct map *m)
{
	struct node *n;
	size_t pos = 0;

	while ((n = map_next(m, &pos)))
		node_free(n);
	map_release(m);
}

/* Forgets everything at once: the kernel sends no FORGET when a mount ends. */
void nodes_free(struct nodes *ns)
{
	if (!ns)
		return;
	free_all(&ns->loose);
	free_all(&ns->by_ino);
	free(ns);
}

struct node *nodes_root(struct nodes *ns)
{
	return ns->root;
}

size_t nodes_count(const struct nodes *ns)
{
	return ns->by_ino.count;
}

/* The name of a member that goes by its label: its directory knows, if it is still listed. */
static const char *labelled(const struct node *n)
{
	const struct names *names = n->parent->names;

	for (size_t i = 0; names && i < names->n; i++)
		if (names->all[i].kind == n->kind && strcmp(names->all[i].member->id, n->member->id) == 0)
			return names->all[i].name;
	return n->member->name;
}

void node_path(const struct node *n, struct buf *out)
{
	if (!n->parent)
		return;
	node_path(n->parent, out);
	if (out->len)
		buf_addch(out, '/');
	if (n->kind->each == EACH_MEMBER)
		buf_addstr(out, n->kind->label ? labelled(n) : n->member->name);
	else
		buf_addstr(out, n->key ? n->key : n->kind->name);
}
