/*
 * pick: the nodes that a listing shows.
 *
 * Direct children are taken as they lie in the tree, so that a page of 100,000
 * costs no more than a page of ten; all else is gathered by a walk.
 */
#ifndef SIM_PICK_H
#define SIM_PICK_H

#include "view.h"

#define PICK_PARTS 2

/* Zero is an empty one. */
struct pick {
	struct {
		struct node *const *items;
		size_t count;
	} parts[PICK_PARTS];
	size_t nparts;
	struct node **own;       /* what was gathered, or NULL */
	size_t count, room;
};

/* Whether a node that the view sees is wanted. */
typedef bool pick_test(const struct node *node, const void *arg);

/* The children of `at` of this kind; `test` may be NULL. */
void pick_children(struct pick *p, const struct view *view, const struct node *at,
	enum kind kind, pick_test *test, const void *arg);

/* All below `at` that pass the test; into subsites only where `subsites`. */
void pick_below(struct pick *p, const struct view *view, const struct node *at, bool subsites,
	pick_test *test, const void *arg);

size_t pick_total(const struct pick *p);
const struct node *pick_item(const struct pick *p, size_t index);
void pick_free(struct pick *p);

#endif
