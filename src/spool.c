#include "vbofs/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vbofs/map.h"
#include "vbofs/name.h"

enum state { SPOOL_IDLE, SPOOL_LOADING, SPOOL_CHECKING, SPOOL_WHOLE };

struct spooled {
	struct resource resource;        /* first: readers wait on it */
	struct spool *spool;
	struct spooled *prev, *next;     /* ring, the least recently used first */
	uint32_t refs;                   /* open handles */
	enum state state;
	struct member *object;           /* counted */
	char *path;                      /* of the save: the key */
	const char *body;
	int64_t size;                    /* that must come; -1 = whatever comes */
	uint64_t hash;
	int fd;                          /* -1: none */
	uint64_t have;                   /* bytes that have arrived */
	uint64_t least;                  /* the smallest end that a waiting reader needs */
	struct api_call *call;
	int write_errno;                 /* why the sink gave up; 0 */
	bool too_long;
	struct want want;                /* in SPOOL_CHECKING: the session's state */
	struct timer again;
	struct fault fault;
};

struct spool {
	struct spool_config config;
	char *directory;
	struct spooled all;              /* head of a ring */
	struct map by_path;
	uint64_t bytes, saves;
};

static const char *default_directory(void)
{
	const char *d = getenv("CACHE_DIRECTORY");

	if (!d || *d != '/')
		d = getenv("TMPDIR");
	return d && *d == '/' ? d : "/var/tmp";
}

struct spool *spool_new(const struct spool_config *config, struct fault *f)
{
	struct spool *s = calloc(1, sizeof(*s));
	if (s)
		s->directory = strdup(config->directory ? config->directory : default_directory());
	if (!s || !s->directory) {
		free(s);
		fault_set(f, ENOMEM, "no memory");
		return NULL;
	}
	s->config = *config;
	s->all.prev = s->all.next = &s->all;
	map_init(&s->by_path);
	return s;
}

static void drop_bytes(struct spooled *d)
{
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	d->spool->bytes -= d->have;
	d->have = 0;
}

static void spooled_free(struct spooled *d)
{
	if (d->call)
		api_cancel(d->call);
	want_cancel(&d->want);
	timer_stop(&d->again);
	drop_bytes(d);
	map_remove(&d->spool->by_path, d->hash, d);
	d->prev->next = d->next;
	d->next->prev = d->prev;
	member_put(d->object);
	free(d->path);
	free(d);
}

void spool_free(struct spool *s)
{
	if (!s)
		return;
	while (s->all.next != &s->all)
		spooled_free(s->all.next);
	map_release(&s->by_path);
	free(s->directory);
	free(s);
}

uint64_t spool_saves(const struct spool *s)
{
	return s->saves;
}

uint64_t spool_bytes(const struct spool *s)
{
	return s->bytes;
}

/* ---- room ------------------------------------------------------------------------ */

static bool make_room(struct spool *s, uint64_t more)
{
	struct spooled *d = s->all.next;

	while (s->bytes + more > s->config.size && d != &s->all) {
		struct spooled *next = d->next;
		if (!d->refs)
			spooled_free(d);
		d = next;
	}
	return s->bytes + more <= s->config.size;
}

static void use(struct spooled *d)
{
	struct spooled *head = &d->spool->all;

	d->prev->next = d->next;
	d->next->prev = d->prev;
	d->prev = head->prev;
	d->next = head;
	d->prev->next = d;
	head->prev = d;
}

static int open_file(struct spooled *d)
{
	char *name = NULL;

	d->fd = open(d->spool->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (d->fd >= 0)
		return 0;
	/* a file system without O_TMPFILE */
	if (asprintf(&name, "%s/vbofs.XXXXXX", d->spool->directory) < 0)
		return -ENOMEM;
	d->fd = mkostemp(name, O_CLOEXEC);
	if (d->fd >= 0)
		unlink(name);
	free(name);
	return d->fd >= 0 ? 0 : -errno;
}

/* ---- the download ------------------------------------------------------------------- */

static bool on_bytes(void *user, const char *data, size_t len)
{
	struct spooled *d = user;

	if (d->size >= 0 && d->have + len > (uint64_t)d->size) {
		d->too_long = true;
		return false;
	}
	if (!make_room(d->spool, len)) {
		d->write_errno = ENOSPC;
		return false;
	}
	for (size_t done = 0; done < len;) {
		ssize_t n = pwrite(d->fd, data + done, len - done, (off_t)(d->have + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			d->write_errno = n < 0 ? errno : EIO;
			return false;
		}
		done += (size_t)n;
	}
	d->have += len;
	d->spool->bytes += len;
	if (d->have >= d->least) {
		d->least = UINT64_MAX;
		resource_wake(&d->resource, NULL);
	}
	return true;
}

static void fail(struct spooled *d)
{
	drop_bytes(d);
	d->state = SPOOL_IDLE;
	d->least = UINT64_MAX;
	resource_wake(&d->resource, &d->fault);
	if (!d->refs)
		spooled_free(d);
}

static void check_session(struct spooled *d)
{
	if (model_check_session(model_session_of(d->object), &d->want, &d->fault) != MODEL_PARK)
		fail(d);
}

static void on_check_again(void *user)
{
	check_session(user);
}

static void on_session_known(struct want *w)
{
	struct spooled *d = (struct spooled *)(void *)((char *)w - offsetof(struct spooled, want));
	timer_start(d->spool->config.timers, &d->again, 0, on_check_again, d);
}

static void judge(struct spooled *d, const struct api_answer *a)
{
	int64_t size = d->size;

	d->fault = a->fault;
	if (d->write_errno)
		fault_set(&d->fault, d->write_errno, d->write_errno == ENOSPC ?
			  "the spool is full (-o spool-size=)" : "cannot write to the spool");
	else if (d->too_long)
		fault_set(&d->fault, EIO, "the server sends more than the %lld bytes it listed",
			  (long long)size);
	else if (!d->fault.err && size >= 0 && d->have != (uint64_t)size)
		fault_set(&d->fault, EIO, "the server sent %llu bytes, not the %lld it listed",
			  (unsigned long long)d->have, (long long)size);
	else if (d->fault.err == ENOENT)
		d->fault.err = EIO;   /* it is listed: a server that has it not is wrong */
}

static void on_saved(void *user, struct api_answer *a)
{
	struct spooled *d = user;

	d->call = NULL;
	judge(d, a);
	if (!d->fault.err) {
		d->state = SPOOL_WHOLE;
		d->object->saved = (int64_t)d->have;
		resource_wake(&d->resource, NULL);
		return;
	}
	if (a->status == 400 || a->status == 404 || a->status == 500) {
		d->state = SPOOL_CHECKING;
		want_init(&d->want, on_session_known);
		model_outdate_member(model_session_of(d->object));
		check_session(d);
		return;
	}
	fail(d);
}

static int start(struct spooled *d, struct fault *f)
{
	struct member *session = model_session_of(d->object);
	int rc;

	if (d->spool->config.off)
		return fault_set(f, EACCES, "content=off: this mount saves nothing");
	if (session->settled || session->gone)
		return fault_set(f, ESTALE, "the session has ended: start another one at the same "
				 "point in time");
	rc = open_file(d);
	if (rc)
		return fault_set(f, -rc, "spool in '%s': %s", d->spool->directory, strerror(-rc));
	d->write_errno = 0;
	d->too_long = false;
	struct api_request r = {
		.path = d->path, .post = true, .body = d->body, .sink = on_bytes, .sink_user = d,
	};
	d->call = api_start(d->spool->config.api, &r, on_saved, d, f);
	if (!d->call) {
		drop_bytes(d);
		return -ENOMEM;
	}
	d->state = SPOOL_LOADING;
	d->least = UINT64_MAX;
	d->spool->saves++;
	return 0;
}

/* ---- readers ---------------------------------------------------------------------------- */

static bool same_path(const void *value, const void *key)
{
	return strcmp(((const struct spooled *)value)->path, key) == 0;
}

struct spooled *spool_open(struct spool *s, struct member *object, int64_t size, const char *path,
			   const char *body)
{
	uint64_t hash = hash64(path, strlen(path));
	struct spooled *d = map_find(&s->by_path, hash, same_path, path);

	if (d) {
		d->refs++;
		use(d);
		return d;
	}
	d = calloc(1, sizeof(*d));
	if (!d)
		return NULL;
	d->path = strdup(path);
	if (!d->path || map_insert(&s->by_path, hash, d)) {
		free(d->path);
		free(d);
		return NULL;
	}
	d->spool = s;
	d->refs = 1;
	d->object = member_get(object);
	d->size = size;
	d->body = body;
	d->hash = hash;
	d->fd = -1;
	d->prev = s->all.prev;
	d->next = &s->all;
	d->prev->next = d;
	s->all.prev = d;
	return d;
}

void spool_close(struct spooled *d)
{
	if (!d || --d->refs || d->state == SPOOL_WHOLE)
		return;
	spooled_free(d);
}

int spool_need(struct spooled *d, uint64_t off, size_t size, struct want *w)
{
	int64_t length = d->size;
	uint64_t end = size == SIZE_MAX ? UINT64_MAX : off + size;

	if (w->fault.err)
		return -w->fault.err;
	if (d->state == SPOOL_WHOLE)
		return 0;
	if (d->state == SPOOL_IDLE) {
		int rc = start(d, &w->fault);
		if (rc)
			return rc;
	}
	/* what reaches the end is given out when it is certain that this is the end */
	bool last = length < 0 || end >= (uint64_t)length;
	if (!last && d->have >= end)
		return 0;
	if (!last && end < d->least)
		d->least = end;
	want_park(w, &d->resource, NULL);
	return MODEL_PARK;
}

ssize_t spool_read(struct spooled *d, char *out, size_t size, uint64_t off)
{
	if (off >= d->have)
		return 0;
	if (size > d->have - off)
		size = (size_t)(d->have - off);
	for (;;) {
		ssize_t n = pread(d->fd, out, size, (off_t)off);
		if (n >= 0 || errno != EINTR)
			return n < 0 ? -errno : n;
	}
}

int64_t spool_length(const struct spooled *d)
{
	return d->state == SPOOL_WHOLE ? (int64_t)d->have : -1;
}
