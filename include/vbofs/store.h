/*
 * store: where the bytes of one download are.  While they come in memory, for whoever waits for the
 * first ones does not wait for a file to be made; from SPOOL_HEAD_MAX on in a file without a
 * name.  One that is whole before stays in memory if it is small and there is room, else it goes into
 * one file with others, and on a full disk it stays in memory.  Not here: what is downloaded, for
 * whom, and how much there may be of it (spool.h).
 *
 * Bytes come in order, and are read from anywhere below `have`.  A store belongs to whoever
 * downloads; its room, which all share, counts files and memory and must outlive it.
 *
 * Errnos: those of open(2), write(2) and read(2); EMFILE, ENFILE and ENOSPC mean that the same may go
 * well once another store has let its file go.
 */
#ifndef VBOFS_STORE_H
#define VBOFS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct store_room {
	char *directory;           /* of the files */
	size_t files, files_max;   /* of one store each */
	size_t coming, kept;       /* bytes of memory: of what is not settled, and of what is */
	int pack;                  /* the file of many; -1: none yet */
	bool unpacked;             /* nor will there be */
	size_t packed;             /* stores in it */
	uint64_t pack_end;
};

struct store {
	char *memory;              /* the bytes, where they are in no file */
	size_t size;               /* of memory */
	bool kept;                 /* settled there */
	int fd;                    /* a file of its own; -1: none */
	bool packed;               /* in the file of many ... */
	uint64_t at;               /* ... from here on */
	int64_t expected;          /* bytes; -1 = not known */
	uint64_t have;
};

/* The directory: NULL for $CACHE_DIRECTORY, $TMPDIR or /var/tmp.  ENOMEM. */
int store_room_init(struct store_room *r, const char *directory);
void store_room_release(struct store_room *r);

/* `expected` bytes will come, -1: some.  Where that needs a file: can there be one? */
int store_begin(struct store *s, const struct store_room *r, int64_t expected);
/* Would so many more need a file that is not there yet? */
bool store_needs_file(const struct store *s, const struct store_room *r, size_t len);
int store_add(struct store *s, struct store_room *r, const char *data, size_t len);
/* All has come: it gets its place.  May be tried again for what has found none. */
void store_settle(struct store *s, struct store_room *r);
bool store_is_settled(const struct store *s);
/* At most `size` bytes: how many, 0 at the end, or negative errno. */
ssize_t store_read(const struct store *s, const struct store_room *r, char *out, size_t size,
		   uint64_t off);
/* Let all go; may be repeated, and begun anew. */
void store_drop(struct store *s, struct store_room *r);

#endif
