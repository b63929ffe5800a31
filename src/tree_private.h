/* tree_private: what tree.c (lookup), dir.c (listings) and names.c share.  Not for anyone else. */
#ifndef VBOFS_TREE_PRIVATE_H
#define VBOFS_TREE_PRIVATE_H

#include "vbofs/tree.h"

#include "names.h"

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

/* ---- names.c: directories whose members go by labels --------------------------------- */

/* The directory that the names of this one are made in. */
static inline const struct node *names_source(const struct node *dir)
{
	return dir->kind->mirrors ? dir->parent : dir;
}

/* True if the directory has rows that are named by label. */
bool names_any(const struct tree *t, const struct node *dir);
/* All the lists such a directory shows, as model_need_list. */
int names_need(struct tree *t, const struct node *dir, struct want *w, enum model_freshness freshness);
/* Are they all in memory? */
bool names_known(struct tree *t, const struct node *dir);

#endif
