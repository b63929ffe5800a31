/* The operations on names and attributes, and all that is refused.  Each may run several times (fs.c). */
#include "fs_private.h"

#include <errno.h>
#include <string.h>

#include "vbofs/name.h"

#include "xattr.h"

static fuse_ino_t ino_of(const struct fs *fs, const struct node *n)
{
	return n == nodes_root(fs->tree->nodes) ? FUSE_ROOT_ID : (fuse_ino_t)(uintptr_t)n;
}

int fs_refuse(struct op *op)
{
	struct fault *f = &op->want.fault;

	if (op->fs->config.read_only)
		return fault_set(f, EROFS, "the mount is read-only (-o ro)");
	if (op->name)
		return fault_set(f, EPERM, "nothing can be created, renamed or removed here: write into "
				 "orgs/ID/explore to start a session, into its stop to end it");
	return fault_set(f, EPERM, "this cannot be changed here: it is as the server has it");
}

bool is_refused_control(const struct op *op)
{
	const struct control_class *class = op->node->kind->control;
	return class && class->changes && op->fs->config.read_only;
}

/* ---- names and attributes ---------------------------------------------------------------- */

int fill_entry(struct fs *fs, struct node *n, struct fuse_entry_param *e)
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
	op_start(req, parent, run_lookup, &(struct op_args){ .name = name });
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
	(void)fi;
	op_start(req, ino, run_getattr, &(struct op_args){ 0 });
}

/* On the way to a write, shells and editors truncate, touch and chmod: control files let them. */
static int run_setattr(struct op *op)
{
	struct stat st;
	int rc = tree_stat(op->fs->tree, op->node, &st);

	if (rc)
		return rc;
	if (!op->node->kind->control || is_refused_control(op) ||
	    ((op->set & FUSE_SET_ATTR_MODE) && (op->attr->st_mode & 07777) != (st.st_mode & 07777)) ||
	    ((op->set & FUSE_SET_ATTR_UID) && op->attr->st_uid != st.st_uid) ||
	    ((op->set & FUSE_SET_ATTR_GID) && op->attr->st_gid != st.st_gid))
		return fs_refuse(op);
	return run_getattr(op);
}

static void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int set,
		       struct fuse_file_info *fi)
{
	(void)fi;
	op_start(req, ino, run_setattr, &(struct op_args){ .attr = attr, .set = set });
}

static int run_readlink(struct op *op)
{
	int rc = tree_freshen(op->fs->tree, op->node, &op->want);
	char target[4096];

	if (rc)
		return rc;
	struct text *text = tree_text(op->fs->tree, op->node, &op->want.fault);
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
	op_start(req, ino, run_readlink, &(struct op_args){ 0 });
}

/* ---- the rest ------------------------------------------------------------------------------ */

static void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	const struct fs *fs = fuse_req_userdata(req);
	struct statvfs st = { .f_bsize = 4096, .f_frsize = 4096, .f_namemax = 255 };

	(void)ino;
	st.f_files = nodes_count(fs->tree->nodes);
	fuse_reply_statfs(req, &st);
}

static void refuse(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	op_start(req, ino, fs_refuse, &(struct op_args){ .name = name });
}

static void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	(void)mode, (void)rdev;
	refuse(req, parent, name);
}

static void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	(void)mode;
	refuse(req, parent, name);
}

static void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	refuse(req, parent, name);
}

static void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	(void)target;
	refuse(req, parent, name);
}

static void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
		      const char *newname, unsigned int flags)
{
	(void)newparent, (void)newname, (void)flags;
	refuse(req, parent, name);
}

static void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname)
{
	(void)ino;
	refuse(req, newparent, newname);
}

static void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	(void)mode, (void)fi;
	refuse(req, parent, name);
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

static void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t size)
{
	struct buf value;

	buf_init(&value, 65536);
	const struct fs *fs = fuse_req_userdata(req);
	int rc = xattr_get(fs->tree, fs_node(fs, ino), name, &value);
	reply_xattr(req, &value, size, rc);
	buf_release(&value);
}

static void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t size)
{
	struct buf names;

	buf_init(&names, 65536);
	const struct fs *fs = fuse_req_userdata(req);
	xattr_list(fs->tree, fs_node(fs, ino), &names);
	reply_xattr(req, &names, size, 0);
	buf_release(&names);
}

static void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value,
			size_t size, int flags)
{
	(void)name, (void)value, (void)size, (void)flags;
	refuse(req, ino, NULL);
}

static void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	(void)name;
	refuse(req, ino, NULL);
}

void fs_ops_add_xattr(struct fuse_lowlevel_ops *ops)
{
	ops->getxattr = op_getxattr;
	ops->listxattr = op_listxattr;
	ops->setxattr = op_setxattr;
	ops->removexattr = op_removexattr;
}

void fs_ops_add(struct fuse_lowlevel_ops *ops)
{
	ops->lookup = op_lookup;
	ops->forget = op_forget;
	ops->forget_multi = op_forget_multi;
	ops->getattr = op_getattr;
	ops->setattr = op_setattr;
	ops->readlink = op_readlink;
	ops->statfs = op_statfs;
	ops->mknod = op_mknod;
	ops->mkdir = op_mkdir;
	ops->unlink = op_unlink;
	ops->rmdir = op_unlink;
	ops->symlink = op_symlink;
	ops->rename = op_rename;
	ops->link = op_link;
	ops->create = op_create;
}
