/*
 * trace_private: what trace.c (what was found, the order of work), trace_up.c (what it
 * lies in) and trace_down.c (what that is called) share.  Not for anyone else.
 */
#ifndef VBOFS_TRACE_PRIVATE_H
#define VBOFS_TRACE_PRIVATE_H

#include "trace.h"
#include "tree_private.h"

/* What is looked for in a directory: another directory on the way, or what was found. */
struct hook {
	char *id;
	struct place *place;     /* NULL: found */
	enum content list;       /* CONTENT_NONE: of any */
	bool done;
};

enum place_state {
	PLACE_UNKNOWN,           /* what it lies in is not known yet */
	PLACE_HUNG,              /* ... is known, and has a hook for it */
	PLACE_NAMED,
	PLACE_LOST,
};

/* A directory on the way: a container, channel, folder, library, list, or a post with replies. */
struct place {
	struct trace *trace;
	struct place *next;
	enum place_state state;
	char letter;             /* as kind.id_as */
	enum content list;       /* of which it is a member; CONTENT_NONE: not known */
	struct place *within;    /* its container or channel; NULL: the base */
	char *id;
	struct node *node;       /* counted, once it is named ... */
	char *path;              /* ... from the base, "" for the base itself */
	struct hook *hooks;
	size_t n, cap, open;
	struct want want;
	bool waiting;
};

struct trace {
	struct tree *tree;
	void (*wake)(void *user);
	void *user;
	const struct content_belongs *container, *channel;
	struct place base, *places;   /* all but the base */
	struct map by_id;
	unsigned waiting;
	char **paths;
	size_t n, cap;
	size_t lost;
	char *lost_id;
};

/* trace.c */
/* The place with this key, made if need be.  NULL: no memory. */
struct place *place_get(struct trace *tr, char letter, enum content list, struct place *within,
			const char *id);
/* What it lies in is known.  0, -ENOMEM. */
int place_hang(struct place *p, struct place *in);
/* What hangs there and is not found has no path. */
void place_lose(struct place *p);
/* The container or channel of a folder; the base where there is none. */
struct place *place_within(const struct place *p);
/* What a model_need_* said; -EINPROGRESS: it is parked. */
int place_wait(struct place *p, int rc);

/* A literal directory into which a walk goes by itself ... */
bool trace_is_part(const struct trace *tr, const struct kind *k);
/* ... and which is in this place. */
bool place_has_part(struct place *p, const struct kind *k);
/* May a member of this row be what the hook is for? */
bool trace_row_takes(const struct trace *tr, const struct kind *row, const struct hook *h);

/* trace_up.c: find out what an unknown place lies in.  0, -EINPROGRESS, or a fault in p->want. */
int trace_climb(struct place *p);
/* trace_down.c: give all that hangs on a named place its name; likewise. */
int trace_descend(struct place *p);

#endif
