/* The operations: each is begun by the kernel's request and may run several times (fs.c). */
#include "fs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"

#include "places.h"
#include "xattr.h"

#define FIRST_COOKIE 2           /* behind "." and ".." */

static fuse_ino_t ino_of(const struct fs *fs, const struct node *n)
{
	return n == nodes_root(fs->tree->nodes) ? FUSE_ROOT_ID : (fuse_ino_t)(uintptr_t)n;
}

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return (struct handle *)(uintptr_t)fi->fh;
}

static int refuse(const struct op *op)
{
	return op->fs->config.read_only ? -EROFS : -EPERM;
}

static bool is_refused_control(const struct op *op)
{
	const struct control_class *class = op->node->kind->control;
	return class && class->changes && op->fs->config.read_only;
}

/* ---- names and attributes ---------------------------------------------------------------- */

static int fill_entry(struct fs *fs, struct node *n, struct fuse_entry_param *e)
{
	memset(e, 0, sizeof(*e));
	int rc = tree_stat(fs->tree, n, &e->attr);
	if (rc)
		return rc;
	e->ino = ino_of(fs, n);
	e->entry_timeout = tree_entry_timeout(fs->tree, n);
	e->attr_timeout = tree_attr_timeout(fs->tree, n);
	return 0;
}

static int run_lookup(struct op *op)
{
	struct fs *fs = op->fs;
	struct fuse_entry_param e;
	struct node *n;
	if (strlen(op->name) > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	int rc = tree_lookup(fs->tree, op->node, op->name, &op->want, &n);

	if (rc == -ENOENT) {
		memset(&e, 0, sizeof(e));
		e.entry_timeout = tree_negative_timeout(fs->tree, op->node);
		fuse_reply_entry(op->req, &e);
		return 0;
	}
	if (rc)
		return rc;
	rc = fill_entry(fs, n, &e);
	if (rc) {
		node_put(fs->tree->nodes, n, 1);
		return rc;
	}
	if (fuse_reply_entry(op->req, &e))
		node_put(fs->tree->nodes, n, 1);   /* interrupted: the kernel does not have it */
	return 0;
}

static void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct op *op = op_new(req, parent, run_lookup);
	if (!op)
		return;
	op->name = name;
	op_begin(op);
}

static void forget(struct fs *fs, fuse_ino_t ino, uint64_t count)
{
	if (ino != FUSE_ROOT_ID)
		node_put(fs->tree->nodes, (struct node *)(uintptr_t)ino, count);
}

static void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t count)
{
	forget(fuse_req_userdata(req), ino, count);
	fuse_reply_none(req);
}

static void op_forget_multi(fuse_req_t req, size_t n, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < n; i++)
		forget(fuse_req_userdata(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

static int run_getattr(struct op *op)
{
	struct stat st;
	int rc = tree_stat(op->fs->tree, op->node, &st);

	if (rc)
		return rc;
	tree_touch(op->fs->tree, op->node);
	fuse_reply_attr(op->req, &st, tree_attr_timeout(op->fs->tree, op->node));
	return 0;
}

static void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct op *op = op_new(req, ino, run_getattr);
	(void)fi;
	if (op)
		op_begin(op);
}

/* On the way to a write, shells and editors truncate, touch and chmod: control files let them. */
static int check_setattr(const struct op *op, const struct stat *want, int set)
{
	struct stat st;
	int rc = tree_stat(op->fs->tree, op->node, &st);

	if (rc)
		return rc;
	if (!op->node->kind->control || is_refused_control(op))
		return refuse(op);
	if ((set & FUSE_SET_ATTR_MODE) && (want->st_mode & 07777) != (st.st_mode & 07777))
		return refuse(op);
	if ((set & FUSE_SET_ATTR_UID) && want->st_uid != st.st_uid)
		return refuse(op);
	if ((set & FUSE_SET_ATTR_GID) && want->st_gid != st.st_gid)
		return refuse(op);
	return 0;
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int set,
		       struct fuse_file_info *fi)
{
	struct op *op = op_new(req, ino, run_getattr);
	(void)fi;
	if (!op)
		return;
	int rc = check_setattr(op, attr, set);
	if (rc) {
		struct fs *fs = op->fs;
		fuse_reply_err(req, -rc);
		op->next = fs->spare;
		fs->spare = op;
		return;
	}
	op_begin(op);
}

static int run_readlink(struct op *op)
{
	struct text *text = tree_text(op->fs->tree, op->node, &op->want.fault);
	char target[4096];

	if (!text)
		return -op->want.fault.err;
	size_t len = text->len < sizeof(target) ? text->len : sizeof(target) - 1;
	memcpy(target, text->data, len);
	target[len] = '\0';
	text_put(text);
	fuse_reply_readlink(op->req, target);
	return 0;
}

static void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	struct op *op = op_new(req, ino, run_readlink);
	if (op)
		op_begin(op);
}

/* ---- files ---------------------------------------------------------------------------------- */

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

static int open_reply(struct op *op, struct handle *h)
{
	op->fi.fh = (uint64_t)(uintptr_t)h;
	if (fuse_reply_open(op->req, &op->fi))
		handle_free(op->fs, h);
	return 0;
}

static int open_control(struct op *op)
{
	if (is_refused_control(op) && (op->fi.flags & O_ACCMODE) != O_RDONLY)
		return fault_set(&op->want.fault, EROFS, "%s: the mount is read-only (-o ro)",
				 op->node->kind->name);
	struct handle *h = handle_new(op->fs);

	if (h)
		h->control = control_open();
	if (!h || !h->control) {
		handle_free(op->fs, h);
		return -ENOMEM;
	}
	op->fi.direct_io = 1;
	return open_reply(op, h);
}

static struct spooled *open_spooled(struct op *op)
{
	struct tree *t = op->fs->tree;
	struct spooled *d = NULL;
	const char *body;
	struct buf path;

	buf_init(&path, 16384);
	int rc = places_save(t, op->node, &path, &body);
	if (!rc) {
		d = spool_open(t->config.spool, op->node->member,
			       op->node->kind->whole ? -1 : op->node->member->size, path.data, body);
		rc = d ? 0 : -ENOMEM;
	}
	if (rc)
		fault_set(&op->want.fault, -rc, "%s", rc == -ENOMEM ? "no memory" :
			  "this version of the API cannot save it");
	buf_release(&path);
	return d;
}

/* Bytes from the server: had when they are first read, or, where no size is known, at once. */
static int open_content(struct op *op)
{
	struct handle *h = op->pending;
	int rc = 0;

	if (!h) {
		h = handle_new(op->fs);
		if (h)
			h->spooled = open_spooled(op);
		if (!h || !h->spooled) {
			handle_free(op->fs, h);
			return op->want.fault.err ? -op->want.fault.err : -ENOMEM;
		}
		op->pending = h;
	}
	if (op->node->kind->whole || op->node->member->size < 0) {
		rc = spool_need(h->spooled, 0, SIZE_MAX, &op->want);
		if (rc)
			return rc;
		op->fi.direct_io = 1;
	} else {
		op->fi.keep_cache = 1;   /* a point in time does not change */
	}
	op->pending = NULL;
	op->fi.noflush = 1;
	return open_reply(op, h);
}

static int run_open(struct op *op)
{
	struct tree *t = op->fs->tree;

	if (op->node->kind->control)
		return open_control(op);
	if ((op->fi.flags & O_ACCMODE) != O_RDONLY || (op->fi.flags & O_TRUNC))
		return refuse(op);
	if (op->node->kind->save)
		return open_content(op);
	int rc = tree_freshen(t, op->node, &op->want);
	if (rc)
		return rc;
	struct text *text = tree_text(t, op->node, &op->want.fault);
	if (!text)
		return -op->want.fault.err;
	struct handle *h = handle_new(op->fs);
	if (!h) {
		text_put(text);
		return -ENOMEM;
	}
	h->text = text;
	op->fi.noflush = 1;
	if (is_direct(op->node))
		op->fi.direct_io = 1;
	else
		op->fi.keep_cache = keep_pages(op->node, text);
	return open_reply(op, h);
}

static void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct op *op = op_new(req, ino, run_open);
	if (!op)
		return;
	op->fi = *fi;
	op_begin(op);
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
	char out[4096];
	size_t n = control_read(h->control, op->node->member, out,
				op->size < sizeof(out) ? op->size : sizeof(out));

	fuse_reply_buf(op->req, out, n);
	return 0;
}

/* Direct: the text made at open, made anew when it is read from its beginning once more. */
static int read_direct(struct op *op, struct handle *h)
{
	if (op->off == 0 && h->read) {
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
	if (h->failed)
		return -h->failed;
	int rc = spool_need(h->spooled, (uint64_t)op->off, op->size, &op->want);
	if (rc < 0)
		h->failed = -rc;
	if (rc)
		return rc;
	char *out = malloc(op->size ? op->size : 1);
	if (!out)
		return -ENOMEM;
	ssize_t n = spool_read(h->spooled, out, op->size, (uint64_t)op->off);
	if (n >= 0)
		fuse_reply_buf(op->req, out, (size_t)n);
	free(out);
	return n < 0 ? (int)n : 0;
}

static int run_read(struct op *op)
{
	struct handle *h = handle_of(&op->fi);

	if (h->spooled)
		return read_content(op, h);

	if (h->control)
		return read_control(op, h);
	return is_direct(op->node) ? read_direct(op, h) : read_paged(op);
}

static void op_read(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	struct op *op = op_new(req, ino, run_read);
	if (!op)
		return;
	op->size = size;
	op->off = off;
	op->fi = *fi;
	op_begin(op);
}

static int run_write(struct op *op)
{
	struct handle *h = handle_of(&op->fi);

	if (!h->control)
		return refuse(op);
	ssize_t n = control_submit(op->fs->config.control, op->node->kind->control, op->node->member,
				   h->control, &op->cw, op->data, op->size, &op->want);
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
	struct op *op = op_new(req, ino, run_write);
	if (!op)
		return;
	op->data = data;
	op->size = size;
	op->off = off;
	op->fi = *fi;
	op_begin(op);
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
	struct op *op = op_new(req, ino, run_flush);
	if (!op)
		return;
	op->fi = *fi;
	op_begin(op);
}

static void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	(void)ino;
	handle_free(fuse_req_userdata(req), handle_of(fi));
	fuse_reply_err(req, 0);
}

static void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	(void)ino;
	(void)datasync;
	(void)fi;
	fuse_reply_err(req, 0);
}

/* As sysfs does it: there is always something to read. */
static void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	(void)ino;
	if (ph)
		fuse_pollhandle_destroy(ph);
	fuse_reply_poll(req, POLLIN | POLLRDNORM |
				     (handle_of(fi)->control ? POLLOUT | POLLWRNORM : 0));
}

/* ---- directories -------------------------------------------------------------------------------- */

static int run_opendir(struct op *op)
{
	struct tree *t = op->fs->tree;
	struct dir *dir;
	int rc = dir_open(t, op->node, &op->want, &dir);

	if (rc)
		return rc;
	struct handle *h = handle_new(op->fs);
	if (!h) {
		dir_close(dir);
		return -ENOMEM;
	}
	h->dir = dir;
	h->generation = dir_generation(t, op->node);
	/* the kernel's copy is worth keeping while the names in it are still known to it */
	op->fi.cache_readdir = 1;
	op->fi.keep_cache = op->node->listed_generation == h->generation &&
			    timer_now() < op->node->listed;
	return open_reply(op, h);
}

static void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct op *op = op_new(req, ino, run_opendir);
	if (!op)
		return;
	op->fi = *fi;
	op_begin(op);
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
		bool plus = fl->plus && !entry.kind->control;
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

	fl.buf = malloc(op->size);
	if (!fl.buf)
		return -ENOMEM;
	if (op->off == 0) {
		op->node->listed = timer_now() +
				   (uint64_t)(tree_listing_timeout(op->fs->tree, op->node) * 1000);
		op->node->listed_generation = h->generation;
	}
	fill_names(&fl, op->off);
	fuse_reply_buf(op->req, fl.buf, fl.len);
	free(fl.buf);
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

static void begin_list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi, op_run *run)
{
	struct op *op = op_new(req, ino, run);
	if (!op)
		return;
	op->size = size;
	op->off = off;
	op->fi = *fi;
	op_begin(op);
}

static void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		       struct fuse_file_info *fi)
{
	begin_list(req, ino, size, off, fi, run_readdir);
}

static void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
			   struct fuse_file_info *fi)
{
	begin_list(req, ino, size, off, fi, run_readdirplus);
}

/* ---- the rest -------------------------------------------------------------------------------------- */

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct fs *fs = fuse_req_userdata(req);
	struct statvfs st = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = 255 };

	(void)ino;
	st.f_files = nodes_count(fs->tree->nodes);
	fuse_reply_statfs(req, &st);
}

static void reply_refusal(fuse_req_t req)
{
	const struct fs *fs = fuse_req_userdata(req);
	fuse_reply_err(req, fs->config.read_only ? EROFS : EPERM);
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)parent, (void)name, (void)mode, (void)rdev;
	reply_refusal(req);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)parent, (void)name, (void)mode;
	reply_refusal(req);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	(void)parent, (void)name;
	reply_refusal(req);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target, (void)parent, (void)name;
	reply_refusal(req);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
		      const char *newname, unsigned int flags)
{
	(void)parent, (void)name, (void)newparent, (void)newname, (void)flags;
	reply_refusal(req);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname)
{
	(void)ino, (void)newparent, (void)newname;
	reply_refusal(req);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	(void)parent, (void)name, (void)mode, (void)fi;
	reply_refusal(req);
}

static void reply_xattr(fuse_req_t req, const struct buf *value, size_t size, int rc)
{
	if (!rc)
		rc = buf_error(value);
	if (rc)
		fuse_reply_err(req, -rc);
	else if (!size)
		fuse_reply_xattr(req, value->len);
	else if (value->len > size)
		fuse_reply_err(req, ERANGE);
	else
		fuse_reply_buf(req, value->data, value->len);
}

static struct node *node_of(fuse_req_t req, fuse_ino_t ino)
{
	const struct fs *fs = fuse_req_userdata(req);
	return ino == FUSE_ROOT_ID ? nodes_root(fs->tree->nodes) : (struct node *)(uintptr_t)ino;
}

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct buf value;

	buf_init(&value, 65536);
	int rc = xattr_get(node_of(req, ino), name, &value);
	reply_xattr(req, &value, size, rc);
	buf_release(&value);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct buf names;

	buf_init(&names, 65536);
	xattr_list(node_of(req, ino), &names);
	reply_xattr(req, &names, size, 0);
	buf_release(&names);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			size_t size, int flags)
{
	(void)ino, (void)name, (void)value, (void)size, (void)flags;
	reply_refusal(req);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	(void)ino, (void)name;
	reply_refusal(req);
}

void fs_ops_add_xattr(struct fuse_lowlevel_ops *ops)
{
	ops->getxattr = op_getxattr;
	ops->listxattr = op_listxattr;
	ops->setxattr = op_setxattr;
	ops->removexattr = op_removexattr;
}

const struct fuse_lowlevel_ops fs_ops = {
	.lookup = op_lookup,
	.forget = op_forget,
	.forget_multi = op_forget_multi,
	.getattr = op_getattr,
	.setattr = op_setattr,
	.readlink = op_readlink,
	.open = op_open,
	.read = op_read,
	.write = op_write,
	.flush = op_flush,
	.release = op_release,
	.fsync = op_fsync,
	.poll = op_poll,
	.opendir = op_opendir,
	.readdir = op_readdir,
	.readdirplus = op_readdirplus,
	.releasedir = op_release,
	.fsyncdir = op_fsync,
	.statfs = op_statfs,
	.mknod = op_mknod,
	.mkdir = op_mkdir,
	.unlink = op_unlink,
	.rmdir = op_unlink,
	.symlink = op_symlink,
	.rename = op_rename,
	.link = op_link,
	.create = op_create,
};
