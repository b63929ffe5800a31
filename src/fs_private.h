/*
 * fs_private: what fs.c (session, parking) and the operations share: fs_files.c (open to
 * release), fs_poll.c (waiting for changes), fs_told.c (readers to be woken), fs_dirs.c
 * (listings), fs_ops.c (names, attributes,
 * refusals).  Not for anyone else.
 */
#ifndef VBOFS_FS_PRIVATE_H
#define VBOFS_FS_PRIVATE_H

#define FUSE_USE_VERSION 314
#include <fuse_lowlevel.h>

#include "vbofs/fs.h"

#define OP_PARK MODEL_PARK

struct op;
/* Replies and returns 0, or OP_PARK, or a negative errno (the reply is then sent by the caller). */
typedef int op_run(struct op *op);

/* One request of the kernel. */
struct op {
	struct op *prev, *next;        /* ring of the parked, or of the ready */
	struct fs *fs;
	fuse_req_t req;
	op_run *run;
	struct node *node;
	const char *name;              /* lookup; libfuse's until parked */
	const char *data;              /* write; libfuse's until parked */
	char *owned;                   /* copy of name or data */
	size_t size;
	off_t off;
	const struct stat *attr;       /* setattr, which never parks: libfuse's */
	int set;
	struct fuse_file_info fi;
	struct control_write cw;
	struct handle *pending;        /* open: not yet given to the kernel */
	bool background;               /* the kernel does not interrupt it (fs_told.c) */
	bool shrugged;                 /* it did, for a signal that asks nobody to end */
	bool like_disk;                /* only who is asked to end stops reading a file's bytes */
	bool parked, woken, interrupted;
	struct want want;              /* last: not cleared with the rest */
};

/* An open file or directory. */
struct handle {
	struct handle *prev, *next;    /* ring of fs->handles */
	struct text *text;             /* what is read: made at open, or at offset 0 again */
	bool read;                     /* text has been read from its beginning */
	struct node *node;             /* of text or control: the kernel holds it while it is open */
	struct fuse_pollhandle *poll;  /* whom to wake; NULL once it was used */
	bool watched;                  /* somebody waits, or did when it was last looked at */
	bool polled;                   /* ... and has asked since */
	bool was_polled;
	struct control_handle *control;
	struct spooled *spooled;       /* content */
	struct dir *dir;
	uint64_t generation;           /* of dir */
	struct want want;              /* for a look at it while somebody waits; last, as above */
};

struct fs;
/* A member changed: wake who waits for it.  The handle goes: nobody waits on it any more. */
void fs_poll_changed(struct fs *fs, const struct member *m);
void fs_poll_end(struct fs *fs, struct handle *h);

/* Open files and directories: the kernel does not release them all when a mount ends. */
struct handle *handle_new(struct fs *fs);
void handle_free(struct fs *fs, struct handle *h);

struct fs {
	struct fs_config config;
	struct tree *tree;
	struct fuse_session *session;
	struct fuse_buf buf;
	bool mounted;
	bool amends;                   /* fs_init.c: the next reply */
	struct op parked, ready;       /* heads of rings */
	struct handle handles;         /* head of a ring */
	struct op *spare;              /* finished ones, for the next */
	char *scratch;                 /* for the reply that is being made */
	size_t scratch_size;
	unsigned watching;             /* handles that are watched ... */
	unsigned watching_lists;       /* ... of files that show a list of their own */
	struct timer round;            /* looks at them ... */
	uint64_t rounded;              /* ... and did, last */
	struct timer told;
	unsigned asked;                /* requests in this round whose callers wait ... */
	unsigned usual;                /* ... in one, when it was last looked ... */
	unsigned trusted;              /* ... and rounds for which that is believed */
};

/* fs_init.c: what is agreed with the kernel.  Prepare between the mount and the first request. */
void fs_init_agree(void *user, struct fuse_conn_info *conn);
int fs_init_prepare(struct fs *fs);

/* What a request is about, beside its inode. */
struct op_args {
	const char *name, *data;
	size_t size;
	off_t off;
	const struct stat *attr;
	int set;
	const struct fuse_file_info *fi;
};

/* Begin an operation: runs it, parks it if need be. */
void op_start(fuse_req_t req, fuse_ino_t ino, op_run *run, const struct op_args *args);

static inline struct node *fs_node(const struct fs *fs, fuse_ino_t ino)
{
	return ino == FUSE_ROOT_ID ? nodes_root(fs->tree->nodes) : (struct node *)(uintptr_t)ino;
}

static inline struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

/* Room for a reply, good until the next one is made.  NULL: no memory. */
char *fs_scratch(struct fs *fs, size_t size);
/* The kernel asks again for the attributes; what it has of the bytes stays. */
void fs_forget_size(struct fs *fs, const struct node *n);
/* As if the kernel had interrupted it. */
void op_interrupt(struct op *op);
/* Is its caller asked to end? */
bool fs_told_to_end(const struct op *op);
/* fs_told.c: something waits that the kernel does not interrupt. */
void fs_told_watch(struct fs *fs);

/* Give the handle to the kernel; 0. */
int open_reply(struct op *op, struct handle *h);
/* What can never be changed: EPERM or EROFS, with the reason. */
int fs_refuse(struct op *op);
/* A control file that does nothing on a read-only mount. */
bool is_refused_control(const struct op *op);
/* An inode as LOOKUP and READDIRPLUS tell it.  0 or what tree_stat says. */
int fill_entry(struct fs *fs, struct node *n, struct fuse_entry_param *e);

/* fs_gone.c: what waits for readers that are no more ends. */
void fs_gone_end(struct fs *fs);

/* Each part of the operations puts its own into the table. */
void fs_ops_add(struct fuse_lowlevel_ops *ops);
void fs_files_add(struct fuse_lowlevel_ops *ops);
void fs_dirs_add(struct fuse_lowlevel_ops *ops);
void fs_poll_add(struct fuse_lowlevel_ops *ops);
/* The extended attributes are served only on demand. */
void fs_ops_add_xattr(struct fuse_lowlevel_ops *ops);

#endif
