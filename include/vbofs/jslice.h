/*
 * jslice: finds the pieces of a JSON text without parsing it into a tree.
 *
 * A listing of 100,000 sessions is kept as the text it arrived in; this module
 * cuts that text into members and members into properties, and shows scalars
 * as the server wrote them (numbers keep their digits).  Whether a text is JSON at
 * all is for jslice_valid to say; the others look no further than they have to.
 * Nesting is bounded by JSLICE_DEPTH_MAX.  Slices point into the text they
 * were cut from and live as long as it does.
 */
#ifndef VBOFS_JSLICE_H
#define VBOFS_JSLICE_H

#include <stdbool.h>
#include <stddef.h>

#include "vbofs/buf.h"
#include "vbofs/limits.h"

enum jslice_type {
	JSLICE_NONE,       /* not there */
	JSLICE_NULL,
	JSLICE_TRUE,
	JSLICE_FALSE,
	JSLICE_NUMBER,
	JSLICE_STRING,     /* text includes the quotes */
	JSLICE_OBJECT,
	JSLICE_ARRAY,
};

struct jslice {
	enum jslice_type type;
	const char *text;
	size_t len;
};

/* One walk over the elements of an array or the members of an object. */
struct jslice_iter {
	const char *pos, *end;
	bool object, first;
	int err;                 /* behind the end: 0, or -EBADMSG: not well-formed here */
	struct jslice key;       /* objects: the name, a JSLICE_STRING */
	struct jslice value;
};

/*
 * Cut the single value that `text` holds (white space around it is allowed; a
 * UTF-8 BOM in front is skipped).  0, -EBADMSG (nothing there, brackets that do
 * not match, a string without end, a bad literal or number, or more behind the
 * value), -E2BIG (deeper than JSLICE_DEPTH_MAX).  What lies inside a container
 * is only looked at for brackets and quotes; jslice_next looks at one level more,
 * jslice_valid at all.  Raw control characters in strings pass here.
 */
int jslice_parse(const char *text, size_t len, struct jslice *out);

/*
 * `container` must be an object or array; else the walk ends at once.  After
 * jslice_next has returned false, err tells whether all of it was seen.
 */
void jslice_begin(struct jslice_iter *it, const struct jslice *container);
bool jslice_next(struct jslice_iter *it);

/*
 * The property `key` of an object, compared exactly after unescaping; of two
 * with one name the last counts.  {JSLICE_NONE} when there is none, or `object`
 * is no object or not well-formed.  Allocates nothing.
 */
struct jslice jslice_get(const struct jslice *object, const char *key);
/* The same for n keys (JSLICE_PICK_MAX at most) in one walk over the object. */
#define JSLICE_PICK_MAX 24
void jslice_pick(const struct jslice *object, const char *const *keys, struct jslice *found, size_t n);

/*
 * Append the decoded text of a string slice; \u0000 decodes to a NUL byte.  0;
 * -EBADMSG (no string, bad escapes or UTF-8, raw control characters: what jansson
 * refuses too); -ENOMEM or -E2BIG of the buffer.  On -EBADMSG part of the text
 * may have been appended.
 */
int jslice_string(const struct jslice *s, struct buf *out);

/*
 * Append a scalar as a value file shows it: strings decoded, numbers as
 * written, true, false.  0; -ENODATA for null, objects, arrays, none; errors
 * of jslice_string.
 */
int jslice_scalar(const struct jslice *s, struct buf *out);

/*
 * True if the slice is well-formed JSON: exactly what jansson accepts (numbers that a
 * double can hold, no NUL in names, UTF-8 without surrogates, at most 2048 levels), but for
 * a NUL behind it.
 */
bool jslice_valid(const struct jslice *s);

/*
 * Copy `text` to `out` with what some servers send and JSON forbids mended: in
 * strings, raw control characters become \u00XX, bytes that are not UTF-8 become
 * U+FFFD, escaped surrogates without a partner become \ufffd, and a backslash
 * before a control character or a byte that is not ASCII is doubled.  Nothing
 * outside strings is changed.  out->err tells whether it fitted.
 */
void jslice_mend(const char *text, size_t len, struct buf *out);

#endif
