/*
 * object: what an object of the server says of itself: its id, and by its links
 * where it lies.
 *
 * Links are only read for the ids in them, never followed.  An id may be
 * encoded in a link and is decoded here.  Each function appends to `out` and is
 * true if it found something; nothing is appended otherwise.  The buffer tells of lack of memory.
 *
 * Sources: `_links` of v1-v5 (absolute, lower case) and v6-v8 (relative); the
 * parent of a folder or item is only in _links.parent.href (v2 reference,
 * OpenAPI documents of v6-v8); posts of v7 and later have parentId.
 */
#ifndef VBOFS_OBJECT_H
#define VBOFS_OBJECT_H

#include <stdbool.h>

#include "vbofs/buf.h"
#include "vbofs/jslice.h"

/* The href of a link, as it is. */
bool object_href(const struct jslice *object, const char *rel, struct buf *out);

/* Its own id: "id", or a post's "postId". */
bool object_id(const struct jslice *object, struct buf *out);

/* A string or a number that is not empty. */
bool object_value(const struct jslice *value, struct buf *out);
bool object_field(const struct jslice *object, const char *key, struct buf *out);

/* The last segment of the path of a link. */
bool object_link_last(const struct jslice *object, const char *rel, struct buf *out);

/* The segment behind `segment` (compared without regard to case) in the path of a link. */
bool object_link_below(const struct jslice *object, const char *rel, const char *segment,
		       struct buf *out);

/* A parameter of the query of a link. */
bool object_link_query(const struct jslice *object, const char *rel, const char *key,
		       struct buf *out);

/* What it lies in or answers: parentId, else where its link "parent" leads. */
bool object_parent(const struct jslice *object, struct buf *out);

#endif
