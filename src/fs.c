/*
 * The life of a request:
 *
 *   op_start - run -- replied --------------------- free
 *               |                                    |
 *               +- parked -- woken or interrupted -- run again (fs_run_ready)
 *
 * Waking only moves an op to the ready ring, so that nothing runs inside
 * somebody else's callback.
 */
#include "fs_private.h"

#include <errno.h>
#include <stdarg.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void ring_init(struct op *head)
{
	head->prev = head->next = head;
}

static void ring_add(struct op *head, struct op *op)
{
	op->prev = head->prev;
	op->next = head;
	head->prev->next = op;
	head->prev = op;
}

static void ring_remove(struct op *op)
{
	if (!op->next)
		return;
	op->prev->next = op->next;
	op->next->prev = op->prev;
	op->prev = op->next = NULL;
}

struct handle *handle_new(struct fs *fs)
{
	struct handle *h = malloc(sizeof(*h));   /* glibc's calloc goes past its fast bins */
	if (!h)
		return NULL;
	memset(h, 0, offsetof(struct handle, want));
	h->want.on = NULL;
	h->prev = fs->handles.prev;
	h->next = &fs->handles;
	h->prev->next = h;
	fs->handles.prev = h;
	return h;
}

void handle_free(struct fs *fs, struct handle *h)
{
	if (!h)
		return;
	h->prev->next = h->next;
	h->next->prev = h->prev;
	fs_poll_end(fs, h);
	text_put(h->text);
	if (h->control) {
		control_close(fs->config.control, h->control);
		h->node->opens--;
		node_offer(fs->tree->nodes, h->node);
	}
	spool_close(h->spooled);
	dir_close(h->dir);
	free(h);
}

int open_reply(struct op *op, struct handle *h)
{
	op->fi.fh = (uint64_t)(uintptr_t)h;
	if (fuse_reply_open(op->req, &op->fi))
		handle_free(op->fs, h);
	return 0;
}

char *fs_scratch(struct fs *fs, size_t size)
{
	if (size > fs->scratch_size || !fs->scratch) {
		char *more = realloc(fs->scratch, size + 1);
		if (!more)
			return NULL;
		fs->scratch = more;
		fs->scratch_size = size;
	}
	return fs->scratch;
}

/* ---- operations ---------------------------------------------------------------------- */

static void op_ready(struct op *op)
{
	if (op->woken || op->interrupted) /* in the ready ring already */
		return;
	ring_remove(op);
	ring_add(&op->fs->ready, op);
}

static void op_woken(struct want *w)
{
	struct op *op = (struct op *)(void *)((char *)w - offsetof(struct op, want));
	op_ready(op);
	op->woken = true;
}

void op_interrupt(struct op *op)
{
	op_ready(op);
	op->interrupted = true;
}

static void op_interrupted(fuse_req_t req, void *data)
{
	struct op *op = data;

	(void)req;
	if (fs_told_to_end(op)) {
		op_interrupt(op);
	} else {
		op->shrugged = true;
		fs_told_watch(op->fs);
	}
}

static struct op *op_new(fuse_req_t req, fuse_ino_t ino, op_run *run)
{
	struct fs *fs = fuse_req_userdata(req);
	struct op *op = fs->spare;

	fs->asked++;
	if (op)
		fs->spare = op->next;
	else
		op = malloc(sizeof(*op));
	if (!op) {
		fuse_reply_err(req, ENOMEM);
		return NULL;
	}
	memset(op, 0, offsetof(struct op, want));
	op->fs = fs;
	op->req = req;
	op->run = run;
	op->node = fs_node(fs, ino);
	want_init(&op->want, op_woken);
	return op;
}

static void op_free(struct op *op)
{
	struct fs *fs = op->fs;

	handle_free(fs, op->pending);
	free(op->owned);
	op->next = fs->spare;
	fs->spare = op;
}

static void op_fail(struct op *op, int err)
{
	/* that a name is not there is an answer, not a failure */
	if (op->want.fault.err && !(err == ENOENT && op->name)) {
		struct buf path;
		buf_init(&path, 4096);
		node_path(op->node, &path);
		if (op->name)
			buf_printf(&path, "%s%s", path.len ? "/" : "", op->name);
		log_fault(op->fs->config.log, path.data && !buf_error(&path) ? path.data : "",
			  &op->want.fault);
		buf_release(&path);
	}
	fuse_reply_err(op->req, err);
}

/* libfuse reuses its buffer: what a parked operation needs is copied. */
static int op_keep(struct op *op)
{
	if (op->owned || (!op->name && !op->data))
		return 0;
	if (op->name)
		op->name = op->owned = strdup(op->name);
	else if ((op->owned = malloc(op->size ? op->size : 1)))
		op->data = memcpy(op->owned, op->data, op->size);
	return op->owned ? 0 : -ENOMEM;
}

static void op_execute(struct op *op)
{
	int rc = op->run(op);

	if (rc == OP_PARK) {
		rc = op_keep(op);
		if (!rc) {
			op->woken = false;
			if (op->interrupted) { /* and now waits once more */
				control_abandon(op->fs->config.control, &op->cw, &op->want);
				rc = -EINTR;
			} else {
				ring_add(&op->fs->parked, op);
				if (op->background)
					fs_told_watch(op->fs);
				if (!op->parked) {
					op->parked = true;
					fuse_req_interrupt_func(op->req, op_interrupted, op);
				}
				return;
			}
		} else {
			control_abandon(op->fs->config.control, &op->cw, &op->want);
		}
	}
	if (rc < 0)
		op_fail(op, -rc);
	op_free(op);
}

void op_start(fuse_req_t req, fuse_ino_t ino, op_run *run, const struct op_args *args)
{
	struct op *op = op_new(req, ino, run);

	if (!op)
		return;
	op->name = args->name;
	op->data = args->data;
	op->size = args->size;
	op->off = args->off;
	op->attr = args->attr;
	op->set = args->set;
	if (args->fi)
		op->fi = *args->fi;
	op_execute(op);
}

bool fs_has_ready(const struct fs *fs)
{
	return fs->ready.next != &fs->ready;
}

void fs_run_ready(struct fs *fs)
{
	while (fs->ready.next != &fs->ready) {
		struct op *op = fs->ready.next;
		ring_remove(op);
		if (op->woken) {
			op_execute(op);
			continue;
		}
		control_abandon(fs->config.control, &op->cw, &op->want);
		op->want.fault.err = 0;
		op_fail(op, EINTR);
		op_free(op);
	}
}

/* ---- the session ------------------------------------------------------------------------ */

/* libfuse's own complaints join ours instead of going to stderr beside them. */
static void on_fuse_log(enum fuse_log_level level, const char *format, va_list args)
{
	(void)level;
	(void)format;
	(void)args;
}

static int add_options(struct fuse_args *args, const struct fs_config *c)
{
	char fsname[1200];
	int rc = fuse_opt_add_arg(args, "vbofs");

	/* a comma would begin another option */
	snprintf(fsname, sizeof(fsname), "-ofsname=%s", c->source);
	for (char *p = fsname + 10; *p; p++)
		if (*p == ',' || *p == '\\')
			*p = '_';
	rc |= fuse_opt_add_arg(args, fsname);
	rc |= fuse_opt_add_arg(args, "-osubtype=vbofs,default_permissions,noexec,nosuid,nodev,noatime");
	if (c->allow_other)
		rc |= fuse_opt_add_arg(args, "-oallow_other");
	if (c->debug)
		rc |= fuse_opt_add_arg(args, "-d");
	return rc;
}

static int session_mount(struct fs *fs, struct fault *f)
{
	struct fuse_args args = FUSE_ARGS_INIT(0, NULL);
	struct fuse_lowlevel_ops ops = { .init = fs_init_agree };

	fs_ops_add(&ops);
	fs_files_add(&ops);
	fs_dirs_add(&ops);
	fs_poll_add(&ops);
	if (fs->config.xattr)
		fs_ops_add_xattr(&ops);
	if (!fs->config.debug)
		fuse_set_log_func(on_fuse_log);
	if (add_options(&args, &fs->config)) {
		fuse_opt_free_args(&args);
		return fault_set(f, ENOMEM, "no memory");
	}
	fs->session = fuse_session_new(&args, &ops, sizeof(ops), fs);
	fuse_opt_free_args(&args);
	if (!fs->session)
		return fault_set(f, EINVAL, "cannot set up a FUSE session");
	if (access("/dev/fuse", R_OK | W_OK))
		return fault_set(f, errno, "cannot mount: /dev/fuse: %s%s", strerror(errno),
				 errno == ENOENT ? " (is the kernel's fuse module loaded?)" :
						   " (may this user mount?)");
	if (fuse_session_mount(fs->session, fs->config.mountpoint))
		return fault_set(f, EIO, "cannot mount at '%s': %s", fs->config.mountpoint,
				 errno ? strerror(errno) : "fusermount3 refused");
	fs->mounted = true;
	if (fs_init_prepare(fs))
		return fault_set(f, ENOMEM, "no memory");
	int flags = fcntl(fs_fd(fs), F_GETFL);
	if (flags < 0 || fcntl(fs_fd(fs), F_SETFL, flags | O_NONBLOCK))
		return fault_set(f, errno, "cannot make /dev/fuse non-blocking");
	return 0;
}

struct fs *fs_new(const struct fs_config *config, struct fault *f)
{
	struct fs *fs = calloc(1, sizeof(*fs));
	if (!fs) {
		fault_set(f, ENOMEM, "no memory");
		return NULL;
	}
	fs->config = *config;
	fs->tree = config->tree;
	ring_init(&fs->parked);
	ring_init(&fs->ready);
	fs->handles.prev = fs->handles.next = &fs->handles;
	if (session_mount(fs, f)) {
		fs_free(fs);
		return NULL;
	}
	return fs;
}

static void end_ring(struct fs *fs, struct op *head)
{
	while (head->next != head) {
		struct op *op = head->next;
		ring_remove(op);
		control_abandon(fs->config.control, &op->cw, &op->want);
		fuse_reply_err(op->req, EIO);
		op_free(op);
	}
}

void fs_unmount(struct fs *fs)
{
	if (!fs->mounted)
		return;
	end_ring(fs, &fs->parked);
	end_ring(fs, &fs->ready);
	fuse_session_unmount(fs->session);
	fs->mounted = false;
}

void fs_free(struct fs *fs)
{
	if (!fs)
		return;
	fs_unmount(fs);
	end_ring(fs, &fs->parked);
	end_ring(fs, &fs->ready);
	timer_stop(&fs->told);
	if (fs->session)
		fuse_session_destroy(fs->session);
	while (fs->handles.next != &fs->handles)
		handle_free(fs, fs->handles.next);
	while (fs->spare) {
		struct op *op = fs->spare;
		fs->spare = op->next;
		free(op);
	}
	free(fs->buf.mem);
	free(fs->scratch);
	free(fs);
}

int fs_fd(const struct fs *fs)
{
	return fuse_session_fd(fs->session);
}

/*
 * Who asks waits for the answer: then there are as many such requests as there were, and not to look
 * for one more saves a system call.  After a few such rounds it is looked for all the same.  Behind
 * a RELEASE or FORGET, for which nobody waits, comes the next.
 */
bool fs_receive(struct fs *fs)
{
	unsigned most = fs->trusted ? fs->usual : FS_ROUND_MAX;
	bool more = true;

	fs->asked = 0;
	for (unsigned i = 0; i < FS_ROUND_MAX && fs->asked < most && !fuse_session_exited(fs->session); i++) {
		int n = fuse_session_receive_buf(fs->session, &fs->buf);
		more = n != -EAGAIN && n != -EINTR;
		if (!more)
			break;
		if (n <= 0)
			return false;
		fuse_session_process_buf(fs->session, &fs->buf);
	}
	fs->trusted = fs->trusted && more ? fs->trusted - 1 : FS_TRUSTED_ROUNDS;
	fs->usual = fs->asked ? fs->asked : 1;
	return !fuse_session_exited(fs->session);
}

void fs_forget_size(struct fs *fs, const struct node *n)
{
	if (fs->mounted)
		fuse_lowlevel_notify_inval_inode(fs->session, (fuse_ino_t)(uintptr_t)n, -1, 0);
}

void fs_changed(struct fs *fs, struct member *m)
{
	for (struct node *n = m->nodes; n; n = n->member_next)
		if (n->kind->cache != CACHE_CONTROL)
			fs_forget_size(fs, n);
	fs_poll_changed(fs, m);
}
