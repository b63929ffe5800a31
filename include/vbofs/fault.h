/*
 * fault: an errno together with the sentence that explains it.
 *
 * Every function that can fail for a reason a person may ask about takes a
 * struct fault * (NULL is allowed and means "nobody asks").  The text is
 * written where the reason is known and travels unchanged to the log and to
 * .vbofs/last_error.  Texts are lower case, name what failed first, put values
 * in quotes, say what would be right, and end without a full stop.
 *
 * Text that came from a server or a user is escaped on the way in
 * (fault_set), so that a fault can be printed to a terminal as it is.
 */
#ifndef VBOFS_FAULT_H
#define VBOFS_FAULT_H

#include <stddef.h>

#include "vbofs/limits.h"

struct fault {
	int err;                     /* positive errno, 0 = no fault */
	char text[FAULT_TEXT_MAX];   /* always terminated */
};

/*
 * Record `err` (positive errno) and a formatted text.  What utf8_unsafe() names
 * (control characters, bidirectional controls, line separators) and invalid
 * UTF-8 in the result become \xNN (lower case), byte by byte; a text too long is
 * cut on a character boundary, never inside an escape, and ends in "...".
 * Returns -err, so that `return fault_set(f, EINVAL, ...)` is the usual form.
 */
int fault_set(struct fault *f, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Forget what f holds. */
void fault_clear(struct fault *f);

/*
 * "EINVAL" for EINVAL; the number as text where the name is not known, and
 * "unknown" where the number is not an errno (negative, above 999).
 */
const char *fault_errno_name(int err);

/*
 * Copy `len` bytes of untrusted text to `out` (size `outsize`, at least 1),
 * escaped and cut as fault_set does it (the dots only where outsize is at least
 * 4).  Returns the length written, without the NUL that is always there.
 */
size_t fault_escape(char *out, size_t outsize, const char *text, size_t len);

#endif
