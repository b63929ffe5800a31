/*
 * buf: a growing byte buffer with a limit it is given at birth.
 *
 * A buffer that failed (no memory, limit reached) remembers it: further
 * appends do nothing and buf_error() tells which, so that callers check once
 * at the end.  The data is always followed by a NUL that does not count.
 * Not for: streaming; everything is kept in memory.
 */
#ifndef VBOFS_BUF_H
#define VBOFS_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data;      /* NULL until the first append; NUL terminated */
	size_t len;
	size_t cap;
	size_t max;      /* len never exceeds this */
	int err;         /* 0, -ENOMEM or -E2BIG */
};

void buf_init(struct buf *b, size_t max);
void buf_release(struct buf *b);                  /* frees; may be initialised again */

/*
 * explicit_bzero, then release.  Growing may have left copies behind: reserve
 * enough room before a secret goes in.
 */
void buf_wipe(struct buf *b);

void buf_reset(struct buf *b);                    /* empty, memory kept, error cleared */
void buf_cut(struct buf *b, size_t len);          /* back to that length, error cleared */
void buf_reserve(struct buf *b, size_t more);     /* so that adding `more` bytes cannot fail */
void buf_add(struct buf *b, const void *data, size_t len);   /* all of it or nothing */
void buf_addstr(struct buf *b, const char *s);
void buf_addch(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* All but the unreserved characters of URIs (RFC 3986) as %XX. */
void buf_addpercent(struct buf *b, const char *s);
int buf_error(const struct buf *b);               /* 0 or negative errno */

/*
 * Hand the bytes over to the caller, who frees them; NULL when the buffer
 * failed or memory is short (an empty buffer gives an empty string).  `len`
 * may be NULL.  The buffer is empty afterwards; after NULL buf_error() still
 * tells why, until buf_reset() or buf_release().
 */
char *buf_take(struct buf *b, size_t *len);

#endif
