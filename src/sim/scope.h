/*
 * scope: which part of a collection the query of a request asks for.
 */
#ifndef SIM_SCOPE_H
#define SIM_SCOPE_H

#include "where.h"

enum scope {
	SCOPE_ANY,               /* all there is, on every level */
	SCOPE_TOP,
	SCOPE_NODE,              /* the children of *parent */
	SCOPE_BAD,               /* there is no such parent */
};

/* What parentId (up to v6 folderId for mail items) says. */
enum scope scope_parent(struct request *rq, const struct where *w, const struct node **parent);

/*
 * Sets *at to what channelId of posts and files says, if it is given; false:
 * there is no such channel.
 */
bool scope_channel(struct request *rq, const struct where *w, const struct node **at);

#endif
