/*
 * map: a hash table from 64-bit hashes to pointers, open addressing.
 *
 * The table owns neither keys nor values.  Equality beyond the hash is the
 * caller's: `same` is called with the value stored and the key looked for.
 * No NULL values.  Deletion leaves no tombstones (backward shift).
 * Not for iteration while it is changed.
 */
#ifndef VBOFS_MAP_H
#define VBOFS_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct map_slot {
	uint64_t hash;
	void *value;     /* NULL = free */
};

struct map {
	struct map_slot *slots;
	size_t cap;      /* 0 or a power of two */
	size_t count;
};

typedef bool map_same(const void *value, const void *key);

void map_init(struct map *m);
void map_release(struct map *m);                 /* frees the table, not the values */

/* NULL when there is none. */
void *map_find(const struct map *m, uint64_t hash, map_same *same, const void *key);

/* Room for n values in all, so that inserting up to that many cannot fail.  0 or -ENOMEM. */
int map_reserve(struct map *m, size_t n);

/* The caller has made sure that the key is not there yet.  0 or -ENOMEM (nothing changed). */
int map_insert(struct map *m, uint64_t hash, void *value);

/* Removes exactly this value (pointer comparison).  False when it was not there. */
bool map_remove(struct map *m, uint64_t hash, const void *value);

/* Iterate: *pos starts at 0; NULL at the end. */
void *map_next(const struct map *m, size_t *pos);

#endif
