#include "vbofs/map.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#define FIRST_CAP 16

/* At most three quarters of the slots are taken, so that every probe ends. */
static size_t capacity_for(size_t n)
{
	size_t cap = FIRST_CAP;

	while (cap / 4 * 3 < n) {
		if (cap > SIZE_MAX / 2 / sizeof(struct map_slot))
			return 0;
		cap *= 2;
	}
	return cap;
}

/* Callers' hashes may be plain counters or addresses: spread them. */
static size_t home(uint64_t hash, size_t cap)
{
	return (size_t)(hash * UINT64_C(0x9E3779B97F4A7C15) >> 32) & (cap - 1);
}

void map_init(struct map *m)
{
	*m = (struct map){ 0 };
}

void map_release(struct map *m)
{
	free(m->slots);
	map_init(m);
}

void *map_find(const struct map *m, uint64_t hash, map_same *same, const void *key)
{
	if (m->cap == 0)
		return NULL;
	for (size_t i = home(hash, m->cap);; i = (i + 1) & (m->cap - 1)) {
		const struct map_slot *s = &m->slots[i];
		if (s->value == NULL)
			return NULL;
		if (s->hash == hash && same(s->value, key))
			return s->value;
	}
}

static void put(struct map *m, uint64_t hash, void *value)
{
	size_t i = home(hash, m->cap);

	while (m->slots[i].value != NULL)
		i = (i + 1) & (m->cap - 1);
	m->slots[i] = (struct map_slot){ .hash = hash, .value = value };
}

int map_reserve(struct map *m, size_t n)
{
	if (m->cap > 0 && n <= m->cap / 4 * 3)
		return 0;
	struct map bigger = { .cap = capacity_for(n), .count = m->count };
	if (bigger.cap == 0)
		return -ENOMEM;
	bigger.slots = calloc(bigger.cap, sizeof *bigger.slots);
	if (bigger.slots == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < m->cap; i++)
		if (m->slots[i].value != NULL)
			put(&bigger, m->slots[i].hash, m->slots[i].value);
	free(m->slots);
	*m = bigger;
	return 0;
}

int map_insert(struct map *m, uint64_t hash, void *value)
{
	assert(value != NULL);
	int rc = map_reserve(m, m->count + 1);
	if (rc != 0)
		return rc;
	put(m, hash, value);
	m->count++;
	return 0;
}

/* Moves back what probed past the slot that has become free. */
static void close_gap(struct map *m, size_t gap)
{
	const size_t mask = m->cap - 1;

	for (size_t i = (gap + 1) & mask; m->slots[i].value != NULL; i = (i + 1) & mask) {
		size_t wanted = home(m->slots[i].hash, m->cap);
		if (((i - wanted) & mask) < ((i - gap) & mask))
			continue;
		m->slots[gap] = m->slots[i];
		gap = i;
	}
	m->slots[gap] = (struct map_slot){ 0 };
}

bool map_remove(struct map *m, uint64_t hash, const void *value)
{
	if (m->cap == 0 || value == NULL)
		return false;
	for (size_t i = home(hash, m->cap); m->slots[i].value != NULL; i = (i + 1) & (m->cap - 1)) {
		if (m->slots[i].value == value && m->slots[i].hash == hash) {
			close_gap(m, i);
			m->count--;
			return true;
		}
	}
	return false;
}

void *map_next(const struct map *m, size_t *pos)
{
	while (*pos < m->cap) {
		void *value = m->slots[(*pos)++].value;
		if (value != NULL)
			return value;
	}
	return NULL;
}
