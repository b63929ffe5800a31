/*
 * fs: the FUSE side: requests from the kernel in, replies out.
 *
 * An operation is a plain function over what is in memory (tree.h, control.h).
 * It replies, fails, or finds that something has to be waited for: it is then
 * parked, and the same function runs again from its beginning when the outcome
 * is there.  Parking copies names and data: libfuse reuses its buffer.  An
 * interrupt ends the waiting and is answered EINTR.  Nothing blocks, nothing is locked;
 * OPEN, OPENDIR, READ, READLINK and WRITE may park, LOOKUP only for names it knows nothing of.
 *
 * No entry and no page is ever invalidated from here: the kernel waits in
 * those calls for locks that a request not yet read may hold.  Only
 * attributes are (notify_inval_inode with a negative offset).
 */
#ifndef VBOFS_FS_H
#define VBOFS_FS_H

#include <stdbool.h>

#include "vbofs/control.h"
#include "vbofs/log.h"
#include "vbofs/tree.h"

struct fs;

struct fs_config {
	struct tree *tree;
	struct model *model;
	struct timers *timers;
	struct control *control;
	struct log *log;
	bool read_only;
	bool xattr;
	bool debug;
	bool allow_other;
	const char *source;          /* first word of the line in /proc/mounts */
	const char *mountpoint;
};

/* Mounts.  NULL with a fault. */
struct fs *fs_new(const struct fs_config *config, struct fault *f);
/* Ends what is parked (EIO), unmounts if still mounted. */
void fs_free(struct fs *fs);

int fs_fd(const struct fs *fs);
/* Take what the kernel has, at most a round of it.  False: the mount has ended. */
bool fs_receive(struct fs *fs);
/* Run again what was woken or interrupted. */
void fs_run_ready(struct fs *fs);
bool fs_has_ready(const struct fs *fs);
/* No new waiting: the program ends. */
void fs_unmount(struct fs *fs);

/* A member of the model changed: the kernel drops the attributes it keeps of it. */
void fs_changed(struct fs *fs, struct member *m);

#endif
