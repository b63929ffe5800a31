/*
 * names: the names in one directory that are made of labels.
 *
 * Labels may be equal, so each name depends on all the others (name.h): they are
 * made together, when the directory's lists are in memory, and kept with its node as long as it
 * is among the directories used last, and by open handles.
 */
#ifndef VBOFS_NAMES_H
#define VBOFS_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "vbofs/limits.h"
#include "vbofs/map.h"

struct tree;
struct node;
struct kind;
struct member;

struct named {
	const struct kind *kind;
	struct member *member;       /* counted */
	char *name;
};

struct names {
	uint32_t refs;               /* of the directory and of open handles */
	struct tree *tree;
	struct node *dir;            /* NULL: it has others by now */
	struct names *prev, *next;   /* ring of those with a directory, tree->names used last */
	uint64_t generation;         /* of the directory that they were made of ... */
	uint64_t epoch;              /* ... and of the model when that was last looked at */
	struct named *all;
	size_t n;
	struct map by_name;
};

/* Made anew where the directory changed.  NULL: no memory. */
const struct names *names_get(struct tree *t, struct node *dir);
const struct named *names_find(struct tree *t, struct node *dir, const char *name);
const struct names *names_ref(const struct names *ns);
void names_put(const struct names *shared);
/* The directory goes. */
void names_detach(struct names *ns);

#endif
