/*
 * view: what of a tree a restore session sees.
 */
#ifndef SIM_VIEW_H
#define SIM_VIEW_H

#include "request.h"
#include "tree.h"

struct view {
	const struct session *session;
	const struct tree *tree;
	int64_t point;           /* no later than the last backup */
	bool empty;              /* from before the first backup */
	bool deleted;            /* shows what was deleted by then, too */
};

/*
 * The view of the request's session; false: answered, because there is no such
 * session, it is stopped, or it is not of this type.
 */
bool view_open(struct view *view, struct request *rq, enum session_type type);

bool view_sees(const struct view *view, const struct node *node);

/* The version of a node that it sees. */
unsigned view_version(const struct view *view, const struct node *node);

/* The first `n` children in this slot came to be by then; some may be deleted. */
size_t view_count(const struct view *view, const struct kids *kids);

/* Answers that something in a session is not there: its status is nowhere documented. */
void view_missing(struct request *rq);

/* The tree of this type, made when it is first asked for. */
const struct tree *view_tree(struct sim *sim, const struct org *org, enum session_type type);

#endif
