/*
 * tree: the table of kinds applied to the model: lookup, listing, attributes, text.
 *
 * Everything here answers from memory or says what it waits for (model.h:
 * 0, negative errno with the text in w->fault, MODEL_PARK).  Not for FUSE: fs.c
 * turns the answers into replies.
 */
#ifndef VBOFS_TREE_H
#define VBOFS_TREE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "vbofs/control.h"
#include "vbofs/kinds.h"
#include "vbofs/log.h"
#include "vbofs/node.h"
#include "vbofs/spool.h"

struct tree_config {
	struct api *api;
	struct model *model;
	struct log *log;
	struct control *control;
	struct spool *spool;
	const struct metrics *metrics;
	const char *origin;        /* for .vbofs/version */
	uid_t uid;
	gid_t gid;
	bool umask_given;
	mode_t umask;
};

struct tree {
	struct tree_config config;
	struct nodes *nodes;
	int64_t mounted;           /* seconds: st_mtime of what has no time of its own */
	struct names *names;       /* private: ring of those that are kept, the last used first */
	size_t names_kept;
	struct latest *latest;     /* made when it is first asked for */
};

/* A name found or listed, not yet a node. */
struct entry {
	const struct kind *kind;
	struct member *member;     /* not counted */
	const char *key;           /* decoded property or link name, or NULL */
	const char *name;          /* in the directory */
};

struct tree *tree_new(const struct tree_config *config, struct fault *f);
void tree_free(struct tree *t);

/* -ENOENT only where it is certain.  On 0 *out is the node, counted once. */
int tree_lookup(struct tree *t, struct node *dir, const char *name, struct want *w,
		struct node **out);

/* The lists that the names in a directory are made of; as model_need_list. */
int tree_need_names(struct tree *t, const struct node *dir, struct want *w);

/* Make sure the object a file shows is fresh, as its row demands. */
int tree_freshen(struct tree *t, struct node *n, struct want *w);

/*
 * The text of a file or link as it is now, counted; from memory alone.
 * NULL with a fault.
 */
struct text *tree_text(struct tree *t, struct node *n, struct fault *f);

/*
 * The bytes of a file that is saved from the server, counted (spool_close).  Starts
 * nothing yet.  NULL with a fault.
 */
struct spooled *tree_bytes(struct tree *t, const struct node *n, struct fault *f);
/* The SHA-256 of a saved file, while its bytes are kept and the spool knows it; else NULL. */
const char *tree_digest(const struct tree *t, const struct node *n);
/* Of such a file: no size is listed, it is known when all bytes have come. */
bool tree_is_measured(const struct node *n);

/* Attributes from memory alone.  -ENOENT when it is gone, or what tree_text says. */
int tree_stat(struct tree *t, struct node *n, struct stat *st);
/* Old attributes are told at once and refreshed meanwhile. */
void tree_touch(struct tree *t, struct node *n);

/* For how long (seconds) the kernel may keep the name and the attributes. */
double tree_entry_timeout(const struct tree *t, const struct node *n);
double tree_attr_timeout(const struct tree *t, const struct node *n);
/* ... and that there is no such name in dir. */
double tree_negative_timeout(const struct tree *t, const struct node *dir);
/* ... and the names in dir: not longer than any of them alone. */
double tree_listing_timeout(const struct tree *t, const struct node *dir);

/* ---- listings ------------------------------------------------------------------ */

/* What a directory holds at one moment; stays as it is while it is open. */
struct dir;

int dir_open(struct tree *t, struct node *n, struct want *w, struct dir **out);
/* It has only files of its own, and none for each of many objects. */
bool dir_is_short(const struct node *n);
/* Make sure that what a short one would hold is fresh; dir_open does that as well. */
int dir_need(struct tree *t, struct node *n, struct want *w);
void dir_close(struct dir *d);
/* Changes whenever the listing would be another. */
uint64_t dir_generation(struct tree *t, const struct node *n);
/* The i-th name; false at the end.  Entries of members that went meanwhile are skipped: *i moves on. */
bool dir_at(const struct dir *d, size_t *i, struct entry *out);
/* The node of an entry, counted; its number and type alone. */
struct node *dir_node(struct tree *t, struct node *dir, const struct entry *e);
uint64_t dir_ino(const struct tree *t, const struct node *dir, const struct entry *e);

/* The organization a session belongs to, by what is in memory: its id, or NULL. */
const char *tree_session_org(const struct tree *t, const struct member *session);

#endif
