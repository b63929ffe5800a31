/*
 * name: turns text from a server into a file name, reversibly and safely.
 *
 * Escaped as %XX (upper case): '/', '%', what utf8_unsafe() names (NUL, C0, DEL,
 * C1, bidirectional controls, line and paragraph separators), bytes that are not
 * valid UTF-8 (also overlong forms and surrogates), a leading or trailing blank
 * (one of each), and the dots of "." and "..".  All else is kept.
 * An escaped name that is not cut decodes back by plain percent-decoding, and
 * two different texts never give the same one.
 * Collisions (equal labels, cut names) are resolved by name_assign over a whole
 * listing, so that no name depends on the order of the listing.
 */
#ifndef VBOFS_NAME_H
#define VBOFS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vbofs/limits.h"

/*
 * Escape `len` bytes of text into `out` (NAME_MAX_BYTES + 1 bytes).  A result of
 * more than `limit` bytes (limit <= NAME_MAX_BYTES) is cut on a character
 * boundary, never inside an escape nor behind a blank, and never
 * to "." or "..".  Returns true if nothing was cut.
 */
bool name_escape(char *out, size_t limit, const char *text, size_t len);

/* True if name_escape would return the text as it is and whole. */
bool name_is_plain(const char *text, size_t len);

/*
 * The name of an object that is named by its id: the escaped id; if that is too
 * long, or empty, cut and given "~" and 16 hex digits of hash64(id).
 * `out` has NAME_MAX_BYTES + 1 bytes.  A hostile server can make one id the name
 * of another, longer one: who lists names by id keeps the first of two.
 */
void name_of_id(char *out, const char *id, size_t len);

struct name_entry {
	const char *label;     /* what the server calls it; need not be terminated */
	size_t label_len;
	const char *id;        /* its id, unique in the listing */
	size_t id_len;
	char *name;            /* result; owned by the caller, who frees it */
};

/*
 * Give each of `n` entries a name.  The plain name is the escaped label, and
 * "unnamed" for an empty one.  Entries whose plain names are equal, whose plain
 * name was cut, or is one of the `reserved` names (NULL-terminated list, or NULL;
 * a short one), or whose label is empty, all get a suffix before their extension:
 * "~" and the first eight characters of an id in UUID form, or of the hash64(id)
 * of any other id.  Where that name still is some other entry's, "~" and 16 hex
 * digits of hash64(id) take its place, and failing that those and "~1", "~2", ...
 * in order of id.
 *
 * The extension begins at the label's last dot, unless that is the first or the
 * last byte, or more than 16 bytes (escaped), or any blank, follow.
 * `with_extension` false: the suffix goes to the end.  The stem is cut so that
 * the whole fits into NAME_MAX_BYTES.
 *
 * The result depends on the set of entries, never on their order.  It is unique
 * whatever the server sends, even for ids that are not.
 * 0 or -ENOMEM (then every name is NULL).  O(n log n).
 */
int name_assign(struct name_entry *entries, size_t n, const char *const *reserved,
	bool with_extension);

/*
 * A 64-bit hash that stays the same over runs and machines (FNV-1a, finalised as
 * in murmur3).  Not against people who look for collisions.
 */
uint64_t hash64(const void *data, size_t len);
uint64_t hash64_more(uint64_t seed, const void *data, size_t len);

#endif
