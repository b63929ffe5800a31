/*
 * spool: the bytes of saved documents and mails, while they come and afterwards.
 *
 * On the server every save is audited, so each object is saved once: one download for all who
 * read it, into a store (store.h), from which they read what has arrived.  A download that nobody
 * reads any more is cut; what is whole stays until room is needed (the least recently used go first,
 * what is open stays), unless there is no room on the disk.  Who began with a download that fails is
 * told so to the end and never goes on with another: the next open tries again.
 *
 * Room: `size` bytes at the most.  An object whose size is listed and fits has its room
 * promised before it is asked for, so that what has begun can end; all else takes what is left.
 *
 * Waiting is as in model.h.  Errnos: ENOSPC there is no room beside what is open;
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
	const char *directory;     /* NULL: $CACHE_DIRECTORY, $TMPDIR or /var/tmp */
	uint64_t size;             /* bytes at the most */
	bool off;                  /* content=off */
	bool digest;               /* know the SHA-256 of what is whole */
};

/* How an object is saved. */
struct spool_save {
	const char *path;          /* of the POST: what is asked for by one path ... */
	const char *body;          /* ... and body is saved once; constant; NULL = none */
	int64_t size;              /* bytes that must come; -1 = not known ... */
	bool something;            /* ... but some must */
};

struct spool *spool_new(const struct spool_config *config, struct fault *f);
void spool_free(struct spool *s);

/*
 * The bytes of `object` (content of a session), counted.  Starts nothing yet.  When all
 * has come, model_saved tells the object.  NULL: no memory.
 */
struct spooled *spool_open(struct spool *s, struct member *object, const struct spool_save *save);
/* The last one to close an unfinished download cuts it. */
void spool_close(struct spooled *d);

/* Make sure that [off, off + size) is there, as far as the object reaches; SIZE_MAX: all of it. */
int spool_need(struct spooled *d, uint64_t off, size_t size, struct want *w);
/* What is there, at most `size`: bytes, 0 at the end, or negative errno. */
ssize_t spool_read(const struct spooled *d, char *out, size_t size, uint64_t off);
bool spool_is_whole(const struct spooled *d);
/* The length of a whole download; -1 before. */
int64_t spool_length(const struct spooled *d);
/* Of this download, no other; never 0. */
uint64_t spool_serial(const struct spooled *d);

/* The SHA-256 of bytes that are here as a whole, where the spool knows it, else NULL. */
const char *spool_digest(const struct spool *s, const struct spool_save *save);

/* Saves asked for, bytes held: for the metrics. */
uint64_t spool_saves(const struct spool *s);
uint64_t spool_bytes(const struct spool *s);

#endif
