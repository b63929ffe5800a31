/*
 * What is agreed with the kernel when the mount begins.
 *
 * Many LOOKUPs of one directory at a time are among it: else one that waits for the server keeps
 * all others out of that directory, and READDIR too.  libfuse before 3.17 takes that wish and
 * tells the kernel nothing of it, so the answer is amended on its way out.
 */
#include "fs_private.h"

#include <linux/fuse.h>
#include <sys/uio.h>
#include <unistd.h>

#define LIBFUSE_TELLS 317

void fs_init_agree(void *user, struct fuse_conn_info *conn)
{
	struct fs *fs = user;

	conn->max_background = FS_BACKGROUND_MAX;
	conn->congestion_threshold = FS_BACKGROUND_MAX * 3 / 4;
	conn->want &= ~(unsigned)(FUSE_CAP_SPLICE_READ | FUSE_CAP_SPLICE_WRITE |
				  FUSE_CAP_SPLICE_MOVE);
	conn->want |= conn->capable & (FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
				       FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS |
				       FUSE_CAP_ASYNC_READ);
	fs->amends = conn->capable & FUSE_CAP_PARALLEL_DIROPS;
}

/* The answer to INIT is the first thing that is written after it was agreed upon. */
static ssize_t on_write(int fd, struct iovec *iov, int count, void *user)
{
	struct fs *fs = user;

	if (fs->amends && count == 2 && iov[1].iov_len >= FUSE_COMPAT_22_INIT_OUT_SIZE) {
		struct fuse_init_out *out = iov[1].iov_base;
		out->flags |= FUSE_PARALLEL_DIROPS;
	}
	fs->amends = false;
	return writev(fd, iov, count);
}

static ssize_t on_read(int fd, void *buf, size_t size, void *user)
{
	(void)user;
	return read(fd, buf, size);
}

int fs_init_prepare(struct fs *fs)
{
	const struct fuse_custom_io io = { .writev = on_write, .read = on_read };

	return fuse_version() < LIBFUSE_TELLS ?
		       fuse_session_custom_io(fs->session, &io, fuse_session_fd(fs->session)) : 0;
}
