/*
 * node: live inodes: what the kernel holds, and what is needed while it does.
 *
 * A node says which row of the table it is and of which object.  Its inode
 * number is made from the ids on the way to it, so that it is the same after a
 * remount; should two ever meet, the later one moves on by one.
 * A node lives while its count is above 0: the kernel's lookups and the
 * program's own references (children, open handles) count alike.
 * Not for: what is in it (tree.h).  Nothing here knows FUSE.
 */
#ifndef VBOFS_NODE_H
#define VBOFS_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vbofs/kinds.h"
#include "vbofs/map.h"
#include "vbofs/model.h"

/* A made text, shared by the node and the handles that read it. */
struct text {
	uint32_t refs;
	size_t len;
	char data[];
};

struct text *text_new(const char *data, size_t len);   /* NULL: no memory */
struct text *text_get(struct text *t);
void text_put(struct text *t);

struct node {
	uint64_t ino;
	const struct kind *kind;
	struct node *parent;         /* counted; NULL for the root */
	struct member *member;       /* counted; the object it shows or lies in, or NULL */
	char *key;                   /* property or link name, or NULL */
	uint64_t count;
	bool shared;                 /* found by node_get; of control nodes those on offer */
	uint32_t opens;              /* control nodes: handles that are open */

	struct text *text;           /* CACHE_OBJECT files: the newest rendering ... */
	uint64_t text_version;       /* ... made of this version of the member */
	struct text *paged;          /* what READs gave since the kernel last dropped its pages */
	bool paged_mixed;            /* ... or more than one text */
	uint64_t doubt;              /* the download that filled its pages and was not whole yet; 0 = none */

	struct names *names;         /* directories: names made of labels, or NULL ... */
	struct dir *list;            /* ... and the listing they were last opened with */
	uint64_t listed;             /* directories: when (timer_now) the kernel took the listing */
	uint64_t listed_generation;  /* ... and of what; 0 = never */

	struct node *member_prev, *member_next;   /* ring of member->nodes */
};

struct nodes;

struct nodes *nodes_new(const struct kind *root);   /* NULL: no memory */
void nodes_free(struct nodes *ns);
struct node *nodes_root(struct nodes *ns);
size_t nodes_count(const struct nodes *ns);

/* The number a node has or would have. */
uint64_t node_ino(const struct nodes *ns, const struct node *parent, const struct kind *kind,
		  struct member *member, const char *key);

/*
 * The node of that kind, object and key below parent, counted once more.  `member` of
 * rows that are not EACH_MEMBER is the parent's.  NULL: no memory.
 */
struct node *node_get(struct nodes *ns, struct node *parent, const struct kind *kind,
		      struct member *member, const char *key);
/*
 * A control node was closed: if nobody else has it open the next node_get may have it.  It goes to
 * one alone, as the kernel lets those who write to the same inode wait for each other.
 */
void node_offer(struct nodes *ns, struct node *n);
/* One that is opened without having been looked up is no longer on offer.  False: no memory. */
bool node_take(struct nodes *ns, struct node *n);
void node_ref(struct node *n);
void node_put(struct nodes *ns, struct node *n, uint64_t count);

/* The path from the mount's root, for messages: "orgs/<id>/explore". */
void node_path(const struct node *n, struct buf *out);

#endif
