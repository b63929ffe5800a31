/*
 * tree: what one kind of session of one organization can show, at any time.
 *
 * Nodes know when they came to be, when each version was written and when they
 * were deleted; what a session sees of them is in view.h.  Siblings stand in
 * the order in which they came to be, so that a point in time sees the first
 * part of them.  Not for making the content up (grow.h).
 */
#ifndef SIM_TREE_H
#define SIM_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "random.h"
#include "state.h"

enum kind {
	KIND_ROOT,
	KIND_MAILBOX, KIND_MAIL_FOLDER, KIND_MAIL_ITEM,
	KIND_ONEDRIVE, KIND_OD_FOLDER, KIND_OD_DOCUMENT,
	KIND_SITE, KIND_LIBRARY, KIND_LIST, KIND_SP_FOLDER, KIND_SP_DOCUMENT, KIND_SP_ITEM,
	KIND_ATTACHMENT,
	KIND_TEAM, KIND_CHANNEL, KIND_TEAM_FILE, KIND_POST, KIND_TAB,
	KINDS
};

#define TREE_SLOTS 3

struct kids {
	struct node **items;
	size_t count, room;
	bool gone;               /* one of them was deleted at some time */
};

struct node {
	enum kind kind;
	bool folder;             /* of KIND_TEAM_FILE */
	unsigned char versions;  /* 1 and more */
	int what;                /* index into a table of the kind; see grow.h */
	struct node *parent;     /* NULL: the root */
	char *id, *name;
	uint64_t hash;           /* for all that is made up when it is shown */
	uint64_t size;           /* of version 1 */
	int64_t created, latest; /* instants of the first and the last version */
	int64_t deleted;         /* INSTANT_NONE: never */
	struct kids *kids;       /* TREE_SLOTS of them, or NULL */
};

struct tree {
	struct tree *next;       /* of the forest */
	const struct org *org;
	enum session_type type;
	char domain[128];        /* of mail addresses */
	struct node *root;
	struct node **slots;     /* by id */
	size_t size, used;
};

/* The slot in its parent of a node of this kind. */
size_t tree_slot(enum kind kind);

/* Mixes all bits of x. */
uint64_t tree_mix(uint64_t x);

/* FNV-1a, 64 bits. */
uint64_t tree_hash(const char *text);

struct tree *tree_new(const struct org *org, enum session_type type, uint64_t hash);
void tree_free(struct tree *tree);

/* A new node of one version, size 0; it comes to be no earlier than its parent. */
struct node *tree_add(struct tree *tree, struct node *parent, enum kind kind, const char *name,
	int64_t created);

/* Call once, after the last tree_add(). */
void tree_sort(struct tree *tree);

struct node *tree_find(const struct tree *tree, const char *id);

/* The nearest ancestor of `kind` (may be the node itself), or NULL. */
const struct node *tree_above(const struct node *node, enum kind kind);

/* When version 1 .. versions was written. */
int64_t tree_time(const struct node *node, unsigned version);

/* How long it is, in bytes. */
uint64_t tree_size(const struct node *node, unsigned version);

#endif
