#include "vbofs/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vbofs/limits.h"

#define PACK_BLOCK 4096           /* what a file system gives back at the least */

/* ---- the room of all --------------------------------------------------------------------- */

static const char *default_directory(void)
{
	const char *d = getenv("CACHE_DIRECTORY");

	if (!d || *d != '/')
		d = getenv("TMPDIR");
	return d && *d == '/' ? d : "/var/tmp";
}

/* Half of the descriptors there can be: transfers and the mount need some as well. */
static size_t files_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur / 2 > SPOOL_FILES_MAX)
		return SPOOL_FILES_MAX;
	return (size_t)limit.rlim_cur / 2;
}

int store_room_init(struct store_room *r, const char *directory)
{
	*r = (struct store_room){ .files_max = files_max(), .pack = -1 };
	r->directory = strdup(directory ? directory : default_directory());
	return r->directory ? 0 : -ENOMEM;
}

void store_room_release(struct store_room *r)
{
	if (r->pack >= 0)
		close(r->pack);
	r->pack = -1;
	free(r->directory);
	r->directory = NULL;
}

/* ---- in memory ----------------------------------------------------------------------------- */

/* How much memory so many bytes would take; 0: it is not for them. */
static size_t memory_for(const struct store *s, const struct store_room *r, uint64_t bytes)
{
	size_t size = s->size ? s->size : SPOOL_SMALL_MAX;

	if (s->fd >= 0 || bytes > SPOOL_HEAD_MAX)
		return 0;
	if (s->expected > 0)
		size = s->expected < SPOOL_HEAD_MAX ? (size_t)s->expected : SPOOL_HEAD_MAX;
	while (size < bytes)
		size *= 2;
	return r->coming - s->size + size <= SPOOL_COMING_MAX ? size : 0;
}

/* False: there is none to be had. */
static bool resize(struct store *s, struct store_room *r, size_t size)
{
	char *memory = size == s->size && s->memory ? s->memory : realloc(s->memory, size ? size : 1);

	if (!memory)
		return false;
	r->coming += size - s->size;
	s->memory = memory;
	s->size = size;
	return true;
}

static void forget_memory(struct store *s, struct store_room *r)
{
	if (s->kept)
		r->kept -= s->size;
	else
		r->coming -= s->size;
	free(s->memory);
	s->memory = NULL;
	s->size = 0;
	s->kept = false;
}

/* ---- in a file ------------------------------------------------------------------------------ */

static int open_unnamed(const char *directory)
{
	char *name = NULL;
	int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd >= 0 ? fd : -errno;
	/* a file system without O_TMPFILE */
	if (asprintf(&name, "%s/vbofs.XXXXXX", directory) < 0)
		return -ENOMEM;
	fd = mkostemp(name, O_CLOEXEC);
	int rc = fd >= 0 ? 0 : -errno;
	if (fd >= 0)
		unlink(name);
	free(name);
	return fd >= 0 ? fd : rc;
}

static int write_all(int fd, const char *data, size_t len, uint64_t off)
{
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(fd, data + done, len - done, (off_t)(off + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return 0;
}

/* What is in memory goes into a file of its own; if that fails it stays. */
static int move_to_file(struct store *s, struct store_room *r)
{
	int fd = open_unnamed(r->directory);
	int rc = fd < 0 ? fd : write_all(fd, s->memory, (size_t)s->have, 0);

	if (rc < 0) {
		if (fd >= 0)
			close(fd);
		return rc;
	}
	s->fd = fd;
	r->files++;
	forget_memory(s, r);
	return 0;
}

/* ---- in the file of all small ones ------------------------------------------------------------ */

static off_t pack_length(const struct store *s)
{
	return (off_t)((s->have + PACK_BLOCK - 1) / PACK_BLOCK * PACK_BLOCK);
}

static bool punch(int fd, off_t off, off_t len)
{
	return fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, off, len) == 0;
}

/* Only where the room of one can be given back without the others. */
static bool has_pack(struct store_room *r)
{
	if (r->pack >= 0 || r->unpacked)
		return r->pack >= 0;
	r->pack = open_unnamed(r->directory);
	if (r->pack < 0)
		return false;
	r->unpacked = !punch(r->pack, 0, PACK_BLOCK);
	if (r->unpacked) {
		close(r->pack);
		r->pack = -1;
	}
	return r->pack >= 0;
}

static bool move_to_pack(struct store *s, struct store_room *r)
{
	if (!has_pack(r) || write_all(r->pack, s->memory, (size_t)s->have, r->pack_end))
		return false;
	s->packed = true;
	s->at = r->pack_end;
	r->pack_end += (uint64_t)pack_length(s);
	r->packed++;
	forget_memory(s, r);
	return true;
}

static void leave_pack(struct store *s, struct store_room *r)
{
	if (--r->packed)
		punch(r->pack, (off_t)s->at, pack_length(s));
	else if (ftruncate(r->pack, 0) == 0)
		r->pack_end = 0;
}

/* ---- one download ----------------------------------------------------------------------------- */

int store_begin(struct store *s, const struct store_room *r, int64_t expected)
{
	*s = (struct store){ .fd = -1, .expected = expected };
	/* one of unknown length is small, as a rule */
	if (expected <= SPOOL_SMALL_MAX && !store_needs_file(s, r, 1))
		return 0;
	return faccessat(AT_FDCWD, r->directory, W_OK | X_OK, AT_EACCESS) ? -errno : 0;
}

bool store_needs_file(const struct store *s, const struct store_room *r, size_t len)
{
	return s->fd < 0 && !memory_for(s, r, s->have + len);
}

int store_add(struct store *s, struct store_room *r, const char *data, size_t len)
{
	size_t size = memory_for(s, r, s->have + len);
	int rc = 0;

	if (size && resize(s, r, size))
		memcpy(s->memory + s->have, data, len);
	else if (s->fd >= 0 || !(rc = move_to_file(s, r)))
		rc = write_all(s->fd, data, len, s->have);
	if (!rc)
		s->have += len;
	return rc;
}

bool store_is_settled(const struct store *s)
{
	return !s->memory || s->kept;
}

void store_settle(struct store *s, struct store_room *r)
{
	if (store_is_settled(s))
		return;
	if (s->have > SPOOL_SMALL_MAX || r->kept + s->have > SPOOL_KEPT_MAX) {
		if (!move_to_pack(s, r) && r->files < r->files_max)
			move_to_file(s, r);
		return;   /* on a full disk it stays where it is */
	}
	if (s->size > s->have)
		resize(s, r, (size_t)s->have);
	r->coming -= s->size;
	r->kept += s->size;
	s->kept = true;
}

ssize_t store_read(const struct store *s, const struct store_room *r, char *out, size_t size,
		   uint64_t off)
{
	int fd = s->packed ? r->pack : s->fd;
	size_t done = 0;

	if (off >= s->have)
		return 0;
	if (size > s->have - off)
		size = (size_t)(s->have - off);
	if (s->memory) {
		memcpy(out, s->memory + off, size);
		return (ssize_t)size;
	}
	while (done < size) {
		ssize_t n = pread(fd, out + done, size - done, (off_t)(s->at + off + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

void store_drop(struct store *s, struct store_room *r)
{
	if (s->fd >= 0) {
		close(s->fd);
		r->files--;
	}
	if (s->packed)
		leave_pack(s, r);
	forget_memory(s, r);
	*s = (struct store){ .fd = -1 };
}
