/*
 * xattr: extended attributes of objects (user.vbofs.*), where the mount asks for them.
 * Provenance that `cp -a` and `rsync -X` carry along.  From memory alone.
 */
#ifndef VBOFS_XATTR_H
#define VBOFS_XATTR_H

#include "vbofs/buf.h"
#include "vbofs/node.h"

/* Append the value.  0, -ENODATA. */
int xattr_get(const struct node *n, const char *name, struct buf *out);
/* Append the names there are, each with its NUL. */
void xattr_list(const struct node *n, struct buf *out);

#endif
