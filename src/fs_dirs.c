/* Open directories and what is in them.  Each operation may run several times (fs.c). */
#include "fs_private.h"

#include <errno.h>
#include <string.h>

#define FIRST_COOKIE 2           /* behind "." and ".." */

/* Is the kernel's copy the listing as it is now, with names that are still known to it? */
static bool has_copy(const struct node *n, uint64_t generation)
{
	return n->listed_generation == generation && timer_now() < n->listed;
}

static int make_list(struct op *op, struct handle *h)
{
	int rc = dir_open(op->fs->tree, op->node, &op->want, &h->dir);

	if (!rc)
		h->generation = dir_generation(op->fs->tree, op->node);
	return rc;
}

/*
 * Where the kernel has a copy it asks for no names, as a rule.  Those of a short directory are
 * made when it does; a long one is held as it is now, so that its reader is sure of the rest.
 */
static int run_opendir(struct op *op)
{
	bool late = dir_is_short(op->node);
	int rc = late ? dir_need(op->fs->tree, op->node, &op->want) : 0;
	struct handle *h = rc ? NULL : handle_new(op->fs);

	if (!rc && !h)
		rc = -ENOMEM;
	if (!rc && late) {
		h->generation = dir_generation(op->fs->tree, op->node);
		late = has_copy(op->node, h->generation);
	}
	if (!rc && !late)
		rc = make_list(op, h);
	if (rc) {
		handle_free(op->fs, h);
		return rc;
	}
	op->fi.cache_readdir = 1;
	op->fi.keep_cache = has_copy(op->node, h->generation);
	return open_reply(op, h);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	op_start(req, ino, run_opendir, &(struct op_args){ .fi = fi });
}

/* One more name into the reply; false when it is full. */
struct filler {
	struct op *op;
	struct handle *h;
	char *buf;
	size_t len, size;
	bool plus;
};

static bool fill_plain(struct filler *fl, const char *name, uint64_t ino, mode_t type, off_t next)
{
	struct fuse_entry_param e = { .attr = { .st_ino = ino, .st_mode = type } };
	char *at = fl->buf + fl->len;
	size_t room = fl->size - fl->len;
	size_t n = fl->plus ? fuse_add_direntry_plus(fl->op->req, at, room, name, &e, next) :
			      fuse_add_direntry(fl->op->req, at, room, name, &e.attr, next);

	if (n > room)
		return false;
	fl->len += n;
	return true;
}

/* With its attributes and a lookup, which saves the kernel one request a name. */
static bool fill_plus(struct filler *fl, const struct entry *entry, off_t next)
{
	struct fs *fs = fl->op->fs;
	struct fuse_entry_param e;
	struct node *n = dir_node(fs->tree, fl->op->node, entry);

	if (!n || fill_entry(fs, n, &e)) {
		if (n)
			node_put(fs->tree->nodes, n, 1);
		return fill_plain(fl, entry->name, dir_ino(fs->tree, fl->op->node, entry),
				  entry->kind->type, next);
	}
	size_t room = fl->size - fl->len;
	size_t len = fuse_add_direntry_plus(fl->op->req, fl->buf + fl->len, room, entry->name, &e,
					    next);
	if (len > room) {
		node_put(fs->tree->nodes, n, 1);
		return false;
	}
	fl->len += len;
	return true;
}

static void fill_names(struct filler *fl, off_t off)
{
	const struct node *n = fl->op->node;
	const struct node *up = n->parent ? n->parent : n;
	struct entry entry;

	if (off == 0 && !fill_plain(fl, ".", n->ino, S_IFDIR, 1))
		return;
	if (off <= 1 && !fill_plain(fl, "..", up->ino, S_IFDIR, FIRST_COOKIE))
		return;
	size_t i = off > FIRST_COOKIE ? (size_t)(off - FIRST_COOKIE) : 0;
	for (; dir_at(fl->h->dir, &i, &entry); i++) {
		off_t next = (off_t)i + 1 + FIRST_COOKIE;
		/* a control file gets a new node at each lookup: none here */
		bool plus = fl->plus && !entry.kind->control && !entry.kind->costly;
		if (plus ? !fill_plus(fl, &entry, next) :
			   !fill_plain(fl, entry.name, dir_ino(fl->op->fs->tree, n, &entry),
				       entry.kind->type, next))
			return;
	}
}

static int list(struct op *op, bool plus)
{
	struct handle *h = handle_of(&op->fi);
	struct filler fl = { .op = op, .h = h, .size = op->size, .plus = plus };
	uint64_t before = h->generation;
	int rc = h->dir ? 0 : make_list(op, h);

	if (rc)
		return rc;
	if (h->generation != before && op->off > FIRST_COOKIE)
		return fault_set(&op->want.fault, ESTALE, "the listing has changed since its first names "
				 "were read from the kernel's copy: read it anew");
	fl.buf = fs_scratch(op->fs, op->size);
	if (!fl.buf)
		return -ENOMEM;
	if (op->off == 0) {
		op->node->listed = timer_now() +
				   (uint64_t)(tree_listing_timeout(op->fs->tree, op->node) * 1000);
		op->node->listed_generation = h->generation;
	}
	fill_names(&fl, op->off);
	fuse_reply_buf(op->req, fl.buf, fl.len);
	return 0;
}

static int run_readdir(struct op *op)
{
	return list(op, false);
}

static int run_readdirplus(struct op *op)
{
	return list(op, true);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	op_start(req, ino, run_readdir, &(struct op_args){ .size = size, .off = off, .fi = fi });
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			   struct fuse_file_info *fi)
{
	op_start(req, ino, run_readdirplus, &(struct op_args){ .size = size, .off = off, .fi = fi });
}

void fs_dirs_add(struct fuse_lowlevel_ops *ops)
{
	ops->opendir = op_opendir;
	ops->readdir = op_readdir;
	ops->readdirplus = op_readdirplus;
}
