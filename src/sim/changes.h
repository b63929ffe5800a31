/*
 * changes: what happened to restore sessions and restore points, remembered
 * for a while, and who waits for more.
 *
 * Each change has a place; the first that is not known yet is changes->next.
 * Not for the requests that ask for them (feed.h).  The caller holds the
 * simulator's lock.
 */
#ifndef SIM_CHANGES_H
#define SIM_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct login;
struct org;

#define CHANGES_DEFAULT 10000
#define CHANGE_ID_SIZE 80

enum change_kind {
	CHANGE_SESSION, CHANGE_SESSION_GONE, CHANGE_POINT, CHANGE_POINT_GONE, CHANGE_POINT_OBJECTS
};

struct change {
	enum change_kind kind;
	char id[CHANGE_ID_SIZE];
	int64_t etag;            /* of the objects, where they changed; 0: it is gone */
	const struct login *login; /* of a session: who sees it */
	const struct org *org;   /* of a restore point: whose it is */
};

/* A descriptor that becomes readable when there is a change. */
struct waiter {
	struct waiter *next, **link; /* link NULL: it does not wait */
	int fd;
};

struct changes {
	struct change *items;    /* place p is items[p % room] */
	size_t room;
	uint64_t first, next;    /* the remembered ones: first .. next - 1 */
	struct waiter *waiters;
	size_t waiting;
};

void changes_init(struct changes *c, size_t room);
void changes_free(struct changes *c);

/* Remembers a change, forgets the oldest where it must, wakes all that wait. */
void changes_add(struct changes *c, const struct change *change);

/* first <= place < next */
const struct change *changes_at(const struct changes *c, uint64_t place);

/* Forgets all: every place there has been is out of date. */
void changes_forget(struct changes *c);

/* Waits until the next change, whatever it is; false: no descriptor left. */
bool changes_wait(struct changes *c, struct waiter *w);

/* Ends the wait, woken or not, and closes the descriptor. */
void changes_leave(struct changes *c, struct waiter *w);

#endif
