/* tree_private: what tree.c (lookup), dir.c (listings), keys.c and names.c share.  Not for anyone else. */
#ifndef VBOFS_TREE_PRIVATE_H
#define VBOFS_TREE_PRIVATE_H

#include "vbofs/tree.h"

#include "names.h"

bool kind_served(const struct tree *t, const struct kind *k);

/* ---- keys.c: properties and links ------------------------------------------------------ */

/*
 * A walk over the scalar properties, or the links, of a directory's object.  Of two that
 * would have one name the last is meant.
 */
struct keys {
	const struct kind *kind;
	struct jslice object;
	struct jslice_iter it;
	struct buf decoded, found;
	const char *key;             /* decoded; valid until the next step */
	char name[256];              /* in the directory */
	struct map last;             /* by the hash of the name: the text of the last value */
	int err;
};

/* 0, -ENOMEM, -E2BIG (more than KEYS_MAX); keys_end in any case. */
int keys_begin(struct keys *k, const struct node *dir, const struct kind *kind);
/* False at the end, or with k->err. */
bool keys_next(struct keys *k);
void keys_end(struct keys *k);
/* The one of that name alone: 0 with k->key until keys_end; else -ENOENT, -ENOMEM and nothing to end. */
int keys_find(struct keys *k, const struct node *dir, const struct kind *kind, const char *name);

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
/* Have its names been made, and can they be no others? */
bool names_final(const struct tree *t, const struct node *dir);
/* Are they all in memory? */
bool names_known(struct tree *t, const struct node *dir);

#endif
