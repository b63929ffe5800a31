/*
 * trace: from objects that the server found to their paths in the tree.
 *
 * An object says in which mailbox, OneDrive, site or team it is and what it lies in.
 * Folders that no list in memory has are asked for by their ids, up to one that
 * stands at the top; from there down each directory on the way is listed, because a
 * name depends on all others in its directory.  Each list and each folder is asked for
 * once, a few at a time.  What leads to no listed place has no path: it is counted.
 * Not for: reading anything of a file; objects of another session.
 */
#ifndef VBOFS_TRACE_H
#define VBOFS_TRACE_H

#include "vbofs/tree.h"

struct trace;

/*
 * `base` (counted here) is what paths are relative to; what will be found is in members of the
 * list `containers`; `wake` comes when it may go on.  NULL: no memory.
 */
struct trace *trace_new(struct tree *t, struct node *base, enum content containers,
			void (*wake)(void *user), void *user);
void trace_free(struct trace *tr);

/* One object that was found, a member of `list` or, CONTENT_NONE, of one not known.  0, -ENOMEM. */
int trace_add(struct trace *tr, const struct member *found, enum content list);

/* 0: done; MODEL_PARK; or a negative errno with a fault. */
int trace_run(struct trace *tr, struct fault *f);

/* Once done: the paths, sorted, each once, one a line.  The buffer reports E2BIG. */
void trace_show(struct trace *tr, struct buf *out);
/* How many have no path; one of them is *id, which lives as long as the trace. */
size_t trace_lost(const struct trace *tr, const char **id);

#endif
