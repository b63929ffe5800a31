#include "pick.h"

#include <stdlib.h>

#include "alloc.h"

static void take(struct pick *p, struct node *node)
{
	if (p->count == p->room) {
		p->room = p->room ? p->room * 2 : 64;
		p->own = alloc_resize(p->own, p->room, sizeof(*p->own));
	}
	p->own[p->count++] = node;
}

static bool as_it_lies(const struct view *view, const struct kids *kids, pick_test *test)
{
	return test == NULL && (!kids->gone || view->deleted);
}

void pick_children(struct pick *p, const struct view *view, const struct node *at,
	enum kind kind, pick_test *test, const void *arg)
{
	const struct kids *kids;
	size_t count, i;

	if (at->kids == NULL)
		return;
	kids = &at->kids[tree_slot(kind)];
	count = view_count(view, kids);
	/* All in one slot are of one kind. */
	if (count == 0 || kids->items[0]->kind != kind)
		return;
	if (as_it_lies(view, kids, test) && p->nparts < PICK_PARTS) {
		p->parts[p->nparts].items = kids->items;
		p->parts[p->nparts++].count = count;
		return;
	}
	for (i = 0; i < count; i++)
		if (view_sees(view, kids->items[i]) && (test == NULL || test(kids->items[i], arg)))
			take(p, kids->items[i]);
}

void pick_below(struct pick *p, const struct view *view, const struct node *at, bool subsites,
	pick_test *test, const void *arg)
{
	struct node *node;
	size_t slot, i, count;

	for (slot = 0; at->kids != NULL && slot < TREE_SLOTS; slot++) {
		count = view_count(view, &at->kids[slot]);
		for (i = 0; i < count; i++) {
			node = at->kids[slot].items[i];
			if (!view_sees(view, node) || (node->kind == KIND_SITE && !subsites))
				continue;
			if (test(node, arg))
				take(p, node);
			pick_below(p, view, node, subsites, test, arg);
		}
	}
}

size_t pick_total(const struct pick *p)
{
	size_t total = p->count, i;

	for (i = 0; i < p->nparts; i++)
		total += p->parts[i].count;
	return total;
}

const struct node *pick_item(const struct pick *p, size_t index)
{
	size_t i;

	for (i = 0; i < p->nparts; i++) {
		if (index < p->parts[i].count)
			return p->parts[i].items[index];
		index -= p->parts[i].count;
	}
	return p->own[index];
}

void pick_free(struct pick *p)
{
	free(p->own);
	*p = (struct pick){ 0 };
}
