/* tree_private: what tree.c (lookup), dir.c (listings) and names.c share.  Not for anyone else. */
#ifndef VBOFS_TREE_PRIVATE_H
#define VBOFS_TREE_PRIVATE_H

#include "vbofs/tree.h"

bool kind_served(const struct tree *t, const struct kind *k);

/* ---- names.c: properties and links ---------------------------------------------------- */

/* A walk over the scalar properties, or the links, of a directory's object. */
struct keys {
	const struct kind *kind;
	struct jslice_iter it;
	struct buf decoded;
	const char *key;             /* decoded; valid until the next step */
	char name[256];              /* in the directory */
	struct jslice object;
	int err;
};

int keys_begin(struct keys *k, const struct node *dir, const struct kind *kind);
bool keys_next(struct keys *k);
void keys_end(struct keys *k);

/* What a finder found. */
struct found {
	struct member *member;
	const char *key;
	struct keys keys;            /* keeps `key` alive */
	bool has_keys;
};

/* ---- names.c: directories named by label ------------------------------------------------ */

struct label {
	struct member *member;       /* counted */
	char *name;
};

struct labels *labels_new(void);
void labels_free(struct labels *ls);
struct member *labels_find(struct labels *ls, const struct collection *c, const char *name);
/* All of them, made anew where the collection changed; NULL: no memory. */
const struct label *labels_all(struct labels *ls, const struct collection *c, size_t *n);

#endif
