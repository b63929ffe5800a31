/*
 * xattr: extended attributes of objects (user.vbofs.*), where the mount asks for them.
 * Provenance that `cp -a` and `rsync -X` carry along.  From memory alone.
 *
 *   id             the server's id of the object
 *   session        the restore session that it was seen in
 *   point_in_time  of that session: as the server says it, or as it was asked for here
 *   version        of a document or item
 *   href           its link to itself
 *   sha256         of the bytes of a file, once they have been saved whole and while they are kept
 */
#ifndef VBOFS_XATTR_H
#define VBOFS_XATTR_H

#include "vbofs/buf.h"
#include "vbofs/node.h"

struct tree;

/* Append the value.  0, -ENODATA. */
int xattr_get(const struct tree *t, const struct node *n, const char *name, struct buf *out);
/* Append the names there are, each with its NUL. */
void xattr_list(const struct tree *t, const struct node *n, struct buf *out);

#endif
