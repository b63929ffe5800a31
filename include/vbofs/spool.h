/*
 * spool: the bytes of saved documents and mails, while they come and afterwards.
 *
 * On the server every save is audited, so each object is saved once: one
 * download for all who read it, into an unlinked file, from which they read
 * what has arrived.  A download that nobody reads any more is cut; what is
 * whole stays until room is needed (spool-size, the least recently used go first, what is open
 * stays).  A failed download is forgotten: the next open tries again.
 *
 * Waiting is as in model.h.  Errnos: ENOSPC the spool is full of what is open;
 * EACCES the mount has content=off; ESTALE the session has ended; EIO lengths
 * differ or JSON came in place of bytes; else those of api.h.
 */
#ifndef VBOFS_SPOOL_H
#define VBOFS_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vbofs/model.h"

struct spool;
struct spooled;

struct spool_config {
	struct api *api;
	struct timers *timers;
	struct log *log;
	const char *directory;     /* NULL: $CACHE_DIRECTORY, $TMPDIR or /var/tmp */
	uint64_t size;             /* bytes at the most */
	bool off;                  /* content=off */
};

struct spool *spool_new(const struct spool_config *config, struct fault *f);
void spool_free(struct spool *s);

/*
 * The bytes of `object` (content of a session), counted.  Starts nothing yet.  `path` and
 * `body` are those of the save; `size` is what must come, -1 where the listing does not say.
 * When all has come, object->saved is its length.  NULL: no memory.
 */
struct spooled *spool_open(struct spool *s, struct member *object, int64_t size, const char *path,
			   const char *body);
/* The last one to close an unfinished download cuts it. */
void spool_close(struct spooled *d);

/* Make sure that [off, off + size) is there, as far as the object reaches; SIZE_MAX: all of it. */
int spool_need(struct spooled *d, uint64_t off, size_t size, struct want *w);
/* What is there, at most `size`: bytes, 0 at the end, or negative errno. */
ssize_t spool_read(struct spooled *d, char *out, size_t size, uint64_t off);
/* The length of a whole download; -1 before. */
int64_t spool_length(const struct spooled *d);

/* Saves asked for, bytes held: for the metrics. */
uint64_t spool_saves(const struct spool *s);
uint64_t spool_bytes(const struct spool *s);

#endif
