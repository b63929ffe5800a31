/*
 * places: where in a session's content a node stands, as the server's paths say it.
 * Named by rows of the table (kinds.c); tree.c asks it what to save.
 */
#ifndef VBOFS_PLACES_H
#define VBOFS_PLACES_H

#include "vbofs/buf.h"
#include "vbofs/content.h"

struct tree;
struct node;
struct kind;
struct collection;
struct member;

/* The ids on the way up from a directory, which lives as long as they do; and its session. */
struct member *places_ids(const struct node *n, struct content_ids *ids);

/* kind.members: the list that the row names, of this directory. NULL: no memory. */
struct collection *places_members(struct tree *t, const struct node *dir, const struct kind *k);

/* The path and body of the save of a file. 0, -EOPNOTSUPP, -ENOMEM. */
int places_save(const struct tree *t, const struct node *n, struct buf *path, const char **body);

#endif
