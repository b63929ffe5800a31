#include "view.h"

#include "grow.h"
#include "instant.h"
#include "sessions.h"

void view_missing(struct request *rq)
{
	reply_not_found(rq, "The requested object was not found in the restore session.");
}

const struct tree *view_tree(struct sim *sim, const struct org *org, enum session_type type)
{
	struct tree *tree;

	for (tree = sim->forest; tree != NULL; tree = tree->next)
		if (tree->org == org && tree->type == type)
			return tree;
	tree = grow_tree(org, type, &sim->options);
	tree->next = sim->forest;
	sim->forest = tree;
	return tree;
}

bool view_open(struct view *view, struct request *rq, enum session_type type)
{
	struct session *session = sessions_of_request(rq);
	const struct org *org;

	if (session == NULL || !sessions_working(rq, session))
		return false;
	if (session->type != type) {
		view_missing(rq);
		return false;
	}
	org = session->org;
	*view = (struct view){ .session = session, .point = session->point,
		.deleted = session->show_deleted,
		.tree = view_tree(rq->sim, org, type) };
	view->empty = org->first == INSTANT_NONE || org->last == INSTANT_NONE ||
		session->point < org->first;
	if (!view->empty && view->point > org->last)
		view->point = org->last;
	return true;
}

bool view_sees(const struct view *view, const struct node *node)
{
	return !view->empty && node->created <= view->point &&
		(view->deleted || node->deleted == INSTANT_NONE || node->deleted > view->point);
}

unsigned view_version(const struct view *view, const struct node *node)
{
	unsigned version = 1;

	while (version < node->versions && tree_time(node, version + 1) <= view->point)
		version++;
	return version;
}

size_t view_count(const struct view *view, const struct kids *kids)
{
	size_t low = 0, high = view->empty ? 0 : kids->count, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (kids->items[middle]->created <= view->point)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}
