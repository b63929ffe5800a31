/*
 * names: the names in one directory that are made of labels.
 *
 * Labels may be equal, so each name depends on all the others (name.h): they are
 * made together, when the directory's lists are in memory, and kept with its node.
 */
#ifndef VBOFS_NAMES_H
#define VBOFS_NAMES_H

#include <stddef.h>
#include <stdint.h>

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
	uint64_t generation;         /* of the directory that they were made of ... */
	uint64_t epoch;              /* ... and of the model when that was last looked at */
	struct named *all;
	size_t n;
	struct map by_name;
};

/* Made anew where the directory changed.  NULL: no memory. */
const struct names *names_get(struct tree *t, struct node *dir);
const struct named *names_find(struct tree *t, struct node *dir, const char *name);
void names_free(struct names *ns);

#endif
