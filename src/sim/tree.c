#include "tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "instant.h"

#define GROWTH 997           /* bytes that a version is longer than the one before */

size_t tree_slot(enum kind kind)
{
	switch (kind) {
	case KIND_MAIL_ITEM:
	case KIND_OD_DOCUMENT:
	case KIND_SP_DOCUMENT:
	case KIND_SP_ITEM:
	case KIND_LIBRARY:
	case KIND_POST:
		return 1;
	case KIND_LIST:
	case KIND_TAB:
		return 2;
	default:
		return 0;
	}
}

uint64_t tree_mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

uint64_t tree_hash(const char *text)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	return h;
}

struct tree *tree_new(const struct org *org, enum session_type type, uint64_t hash)
{
	struct tree *tree = alloc_zero(1, sizeof(*tree));

	tree->org = org;
	tree->type = type;
	tree->size = 256;
	tree->slots = alloc_zero(tree->size, sizeof(*tree->slots));
	tree->root = alloc_zero(1, sizeof(*tree->root));
	tree->root->hash = hash;
	tree->root->deleted = INSTANT_NONE;
	return tree;
}

static void free_node(struct node *node)
{
	size_t slot, i;

	for (slot = 0; node->kids != NULL && slot < TREE_SLOTS; slot++) {
		for (i = 0; i < node->kids[slot].count; i++)
			free_node(node->kids[slot].items[i]);
		free(node->kids[slot].items);
	}
	free(node->kids);
	free(node->id);
	free(node->name);
	free(node);
}

void tree_free(struct tree *tree)
{
	free_node(tree->root);
	free(tree->slots);
	free(tree);
}

/* The slot that holds `id`, or the free one where it would go. */
static struct node **place(const struct tree *tree, const char *id)
{
	size_t i = (size_t)tree_mix(tree_hash(id)) & (tree->size - 1);

	while (tree->slots[i] != NULL && strcmp(tree->slots[i]->id, id) != 0)
		i = (i + 1) & (tree->size - 1);
	return &tree->slots[i];
}

struct node *tree_find(const struct tree *tree, const char *id)
{
	return *place(tree, id);
}

static void enter(struct tree *tree, struct node *node)
{
	struct node **old = tree->slots;
	size_t old_size = tree->size, i;

	if (tree->used * 2 >= tree->size) {
		tree->size *= 2;
		tree->slots = alloc_zero(tree->size, sizeof(*tree->slots));
		for (i = 0; i < old_size; i++)
			if (old[i] != NULL)
				*place(tree, old[i]->id) = old[i];
		free(old);
	}
	*place(tree, node->id) = node;
	tree->used++;
}

/* In the looks of Exchange: letters of base64url that end in "==". */
static char *make_mail_id(struct random *r, bool item)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t len = item ? 70 : 46, i;
	char *id = alloc_zero(len + 3, 1);

	memcpy(id, "AAA", 3);
	for (i = 3; i < len; i++)
		id[i] = letters[random_next(r) & 63];
	memcpy(id + len, "==", 2);
	return id;
}

static char *make_id(enum kind kind, uint64_t hash, int64_t created)
{
	struct random r = { hash };
	char text[2 * UUID_SIZE + 40], id[UUID_SIZE];
	int64_t ms = created / (INSTANT_SECOND / 1000);

	random_uuid(&r, text);
	switch (kind) {
	case KIND_MAIL_FOLDER:
	case KIND_MAIL_ITEM:
		return make_mail_id(&r, kind == KIND_MAIL_ITEM);
	case KIND_ONEDRIVE:
	case KIND_SITE:
		random_uuid(&r, text + UUID_SIZE - 1);
		return alloc_copy(text);
	case KIND_CHANNEL:
		random_uuid(&r, id);
		snprintf(text, sizeof(text), "19:%.8s%.4s%.4s%.4s%.12s@thread.tacv2", id, id + 9,
			id + 14, id + 19, id + 24);
		return alloc_copy(text);
	case KIND_POST:
		/* Milliseconds of its birth, and a bit more so that it is the only one. */
		snprintf(text, sizeof(text), "%lld", (long long)(ms + (int64_t)(hash % 1000)));
		return alloc_copy(text);
	default:
		return alloc_copy(text);
	}
}

static struct kids *kids_of(struct node *parent, enum kind kind)
{
	if (parent->kids == NULL)
		parent->kids = alloc_zero(TREE_SLOTS, sizeof(*parent->kids));
	return &parent->kids[tree_slot(kind)];
}

struct node *tree_add(struct tree *tree, struct node *parent, enum kind kind, const char *name,
	int64_t created)
{
	struct node *node = alloc_zero(1, sizeof(*node));
	struct kids *kids = kids_of(parent, kind);

	node->kind = kind;
	node->versions = 1;
	node->parent = parent;
	node->name = alloc_copy(name);
	node->created = created > parent->created ? created : parent->created;
	node->latest = node->created;
	node->deleted = INSTANT_NONE;
	node->hash = tree_mix(parent->hash + tree_hash(name) + kids->count * 1000003 +
		(uint64_t)kind * UINT64_C(0x9e3779b97f4a7c15));
	node->id = make_id(kind, node->hash, node->created);
	while (tree_find(tree, node->id) != NULL) {
		free(node->id);
		node->hash = tree_mix(node->hash + 1);
		node->id = make_id(kind, node->hash, node->created);
	}
	enter(tree, node);
	if (kids->count == kids->room) {
		kids->room = kids->room ? kids->room * 2 : 4;
		kids->items = alloc_resize(kids->items, kids->room, sizeof(*kids->items));
	}
	kids->items[kids->count++] = node;
	return node;
}

static int by_birth(const void *a, const void *b)
{
	const struct node *x = *(struct node *const *)a, *y = *(struct node *const *)b;

	if (x->created != y->created)
		return x->created < y->created ? -1 : 1;
	return x->hash == y->hash ? 0 : x->hash < y->hash ? -1 : 1;
}

static void sort_node(struct node *node)
{
	struct kids *kids;
	size_t slot, i;

	for (slot = 0; node->kids != NULL && slot < TREE_SLOTS; slot++) {
		kids = &node->kids[slot];
		if (kids->count > 1)
			qsort(kids->items, kids->count, sizeof(*kids->items), by_birth);
		for (i = 0; i < kids->count; i++) {
			kids->gone |= kids->items[i]->deleted != INSTANT_NONE;
			sort_node(kids->items[i]);
		}
	}
}

void tree_sort(struct tree *tree)
{
	sort_node(tree->root);
}

const struct node *tree_above(const struct node *node, enum kind kind)
{
	while (node != NULL && node->kind != kind)
		node = node->parent;
	return node;
}

int64_t tree_time(const struct node *node, unsigned version)
{
	int64_t step;

	if (version <= 1 || node->versions < 2)
		return node->created;
	if (version >= node->versions)
		return node->latest;
	step = (node->latest - node->created) / INSTANT_SECOND / (node->versions - 1);
	return node->created + step * INSTANT_SECOND * (version - 1);
}

uint64_t tree_size(const struct node *node, unsigned version)
{
	return node->size == 0 || version == 0 ? node->size :
		node->size + (uint64_t)(version - 1) * GROWTH;
}
