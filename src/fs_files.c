/* Open files: reading, writing, closing.  Each operation may run several times (fs.c). */
#include "fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

static bool same_text(const struct text *a, const struct text *b)
{
	return a == b || (a->len == b->len && memcmp(a->data, b->data, a->len) == 0);
}

/* May the kernel keep the pages it has?  Only if they all came from the text as it is now. */
static bool keep_pages(struct node *n, const struct text *text)
{
	if (n->paged && !n->paged_mixed && same_text(n->paged, text))
		return true;
	text_put(n->paged);
	n->paged = NULL;
	n->paged_mixed = false;
	return false;
}

static void note_paged(struct node *n, struct text *text)
{
	if (!n->paged)
		n->paged = text_get(text);
	else if (!same_text(n->paged, text))
		n->paged_mixed = true;
}

static bool is_direct(const struct node *n)
{
	return n->kind->cache == CACHE_POLLED || n->kind->cache == CACHE_LIVE || n->kind->control;
}

static int open_control(struct op *op)
{
	if (is_refused_control(op) && (op->fi.flags & O_ACCMODE) != O_RDONLY)
		return fault_set(&op->want.fault, EROFS, "%s: the mount is read-only (-o ro)",
				 op->node->kind->name);
	struct handle *h = handle_new(op->fs);

	if (h && node_take(op->fs->tree->nodes, op->node))
		h->control = control_open();
	if (!h || !h->control) {
		handle_free(op->fs, h);
		return -ENOMEM;
	}
	h->node = op->node;
	h->node->opens++;
	op->fi.direct_io = 1;
	return open_reply(op, h);
}

/*
 * Pages of a download that was cut or failed must not be taken for the object: they stay only
 * where it ended well, or is the one that is read now.
 */
static bool keep_bytes(struct node *n, const struct spooled *d)
{
	if (!n->doubt || n->doubt == spool_serial(d))
		return true;
	n->doubt = 0;
	return false;
}

static void note_bytes(struct node *n, const struct spooled *d)
{
	if (n->doubt && n->doubt != spool_serial(d))
		n->doubt = UINT64_MAX;   /* of more than one */
	else
		n->doubt = spool_is_whole(d) ? 0 : spool_serial(d);
}

static struct handle *pending_content(struct op *op)
{
	struct handle *h = op->pending;

	if (h)
		return h;
	h = handle_new(op->fs);
	if (!h) {
		fault_set(&op->want.fault, ENOMEM, "no memory for an open file");
		return NULL;
	}
	h->spooled = tree_bytes(op->fs->tree, op->node, &op->want.fault);
	if (!h->spooled) {
		handle_free(op->fs, h);
		return NULL;
	}
	return op->pending = h;
}

/* Bytes from the server: had when they are first read, or, where no size is known, at once. */
static int open_content(struct op *op)
{
	struct handle *h = pending_content(op);

	if (!h)
		return -op->want.fault.err;
	if (tree_is_measured(op->node)) {
		int rc = spool_need(h->spooled, 0, SIZE_MAX, &op->want);
		if (rc)
			return rc;
		model_saved(op->node->member, spool_length(h->spooled));
		op->fi.direct_io = 1;
	} else {
		op->fi.keep_cache = keep_bytes(op->node, h->spooled);
	}
	op->fi.noflush = 1;
	op->pending = NULL;
	return open_reply(op, h);
}

/* The newest text; where it has another length than before, the kernel's idea of it is old. */
static struct text *open_text(struct op *op)
{
	const struct text *old = op->node->text;
	size_t before = old ? old->len : 0;
	struct text *text = tree_text(op->fs->tree, op->node, &op->want.fault);

	if (text && old && text->len != before)
		fs_forget_size(op->fs, op->node);
	return text;
}

static int run_open(struct op *op)
{
	struct tree *t = op->fs->tree;

	if (op->node->kind->control)
		return open_control(op);
	if ((op->fi.flags & O_ACCMODE) != O_RDONLY || (op->fi.flags & O_TRUNC))
		return fs_refuse(op);
	if (op->node->kind->save)
		return open_content(op);
	int rc = tree_freshen(t, op->node, &op->want);
	if (rc)
		return rc;
	struct text *text = open_text(op);
	if (!text)
		return -op->want.fault.err;
	struct handle *h = handle_new(op->fs);
	if (!h) {
		text_put(text);
		return -ENOMEM;
	}
	h->text = text;
	h->node = op->node;
	op->fi.noflush = 1;
	if (is_direct(op->node))
		op->fi.direct_io = 1;
	else
		op->fi.keep_cache = keep_pages(op->node, text);
	return open_reply(op, h);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	op_start(req, ino, run_open, &(struct op_args){ .fi = fi });
}

static int reply_part(struct op *op, const struct text *text)
{
	size_t off = op->off < 0 || (uint64_t)op->off > text->len ? text->len : (size_t)op->off;
	size_t n = text->len - off < op->size ? text->len - off : op->size;

	fuse_reply_buf(op->req, text->data + off, n);
	return 0;
}

static int read_control(struct op *op, struct handle *h)
{
	const char *data;
	ssize_t n = control_read(h->control, op->node->member, (uint64_t)op->off, op->size, &data);

	if (n < 0)
		return fault_set(&op->want.fault, (int)-n, "no memory for what was read");
	fuse_reply_buf(op->req, data, (size_t)n);
	return 0;
}

/*
 * Direct: the text made at open, made anew when it is read from its beginning once more.  One that
 * grows is asked for more at its end, by whoever follows it without closing it.
 */
static int read_direct(struct op *op, struct handle *h)
{
	bool at_end = op->node->kind->grows && op->off >= 0 && (uint64_t)op->off >= h->text->len;

	if (at_end || (op->off == 0 && (h->read || h->was_polled))) {
		int rc = tree_freshen(op->fs->tree, op->node, &op->want);
		if (rc)
			return rc;
		struct text *text = tree_text(op->fs->tree, op->node, &op->want.fault);
		if (!text)
			return -op->want.fault.err;
		text_put(h->text);
		h->text = text;
	}
	h->read = true;
	return reply_part(op, h->text);
}

/* Through the page cache, which all handles share: always the newest. */
static int read_paged(struct op *op)
{
	struct text *text = tree_text(op->fs->tree, op->node, &op->want.fault);

	if (!text)
		return -op->want.fault.err;
	note_paged(op->node, text);
	int rc = reply_part(op, text);
	text_put(text);
	return rc;
}

static int read_content(struct op *op, struct handle *h)
{
	op->like_disk = true;
	op->background = !tree_is_measured(op->node);
	int rc = spool_need(h->spooled, (uint64_t)op->off, op->size, &op->want);

	if (rc)
		return rc;
	char *out = fs_scratch(op->fs, op->size);
	if (!out)
		return -ENOMEM;
	ssize_t n = spool_read(h->spooled, out, op->size, (uint64_t)op->off);
	if (n < 0)
		return fault_set(&op->want.fault, (int)-n, "cannot read from the spool: %s",
				 strerror((int)-n));
	note_bytes(op->node, h->spooled);
	fuse_reply_buf(op->req, out, (size_t)n);
	return 0;
}

static int read_any(struct op *op)
{
	struct handle *h = handle_of(&op->fi);

	if (h->spooled)
		return read_content(op, h);
	if (h->control)
		return read_control(op, h);
	return is_direct(op->node) ? read_direct(op, h) : read_paged(op);
}

/* For who reads EAGAIN is no error: what came so far, be it nothing, passes for all there is. */
static int run_read(struct op *op)
{
	int rc = read_any(op);

	if (rc != -EAGAIN)
		return rc;
	op->want.fault.err = EBUSY;
	return -EBUSY;
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	op_start(req, ino, run_read, &(struct op_args){ .size = size, .off = off, .fi = fi });
}

static int run_write(struct op *op)
{
	struct handle *h = handle_of(&op->fi);

	if (!h->control)
		return fs_refuse(op);
	struct control_target at = { op->fs->tree, op->node, op->node->member };
	ssize_t n = control_submit(op->fs->config.control, op->node->kind->control, &at, h->control,
				   &op->cw, op->data, op->size, (uint64_t)op->off, &op->want);
	if (n == -EINPROGRESS)
		return OP_PARK;
	if (n < 0)
		return (int)n;
	fuse_reply_write(op->req, (size_t)n);
	return 0;
}

static void op_write(fuse_req_t req, fuse_ino_t ino, const char *data, size_t size, off_t off,
		     struct fuse_file_info *fi)
{
	op_start(req, ino, run_write,
		 &(struct op_args){ .data = data, .size = size, .off = off, .fi = fi });
}

static int run_flush(struct op *op)
{
	const struct kind *k = op->node->kind;
	int rc = k->control ? control_flush(k->control, handle_of(&op->fi)->control,
					    &op->want.fault) : 0;

	if (!rc)
		fuse_reply_err(op->req, 0);
	return rc;
}

static void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	op_start(req, ino, run_flush, &(struct op_args){ .fi = fi });
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct fs *fs = fuse_req_userdata(req);
	struct handle *h = handle_of(fi);
	struct node *n = fs_node(fs, ino);

	if (h->spooled && n->doubt == spool_serial(h->spooled) && spool_is_whole(h->spooled))
		n->doubt = 0;
	handle_free(fs, h);
	fuse_reply_err(req, 0);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	fuse_reply_err(req, 0);
}

void fs_files_add(struct fuse_lowlevel_ops *ops)
{
	ops->open = op_open;
	ops->read = op_read;
	ops->write = op_write;
	ops->flush = op_flush;
	ops->release = op_release;
	ops->releasedir = op_release;
	ops->fsync = op_fsync;
	ops->fsyncdir = op_fsync;
}
