/*
 * The life of a download:
 *
 *   IDLE - LOADING -+- WHOLE ------------------------ until its room is needed
 *                   +- (CHECKING the session) - FAILED -- until its readers have gone
 *
 * One that ended for lack of room keeps what it has for its readers, as far as that reaches.
 * By its path it is found in all states but the last two: who opens after a failure gets another.
 */
#include "vbofs/spool.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/map.h"
#include "vbofs/name.h"
#include "vbofs/sha256.h"
#include "vbofs/store.h"

enum state { SPOOL_IDLE, SPOOL_LOADING, SPOOL_WHOLE, SPOOL_CHECKING, SPOOL_FAILED };

struct spooled {
	struct resource resource;        /* first: readers wait on it */
	struct spool *spool;
	struct spooled *prev, *next;     /* ring, the least recently used first */
	uint32_t refs;                   /* open handles */
	enum state state;
	struct member *object;           /* counted; NULL once it is whole */
	char *path;                      /* of the save: the key */
	uint64_t hash, serial;
	const char *body;
	int64_t size;                    /* that must come; -1 = whatever comes */
	bool something;
	struct store store;              /* what has arrived */
	uint64_t claim;                  /* bytes that are, or are promised to be, its own */
	uint64_t least;                  /* the smallest end that a waiting reader needs */
	struct sha256 sum;               /* with config.digest; when whole: */
	char digest[SHA256_HEX];
	struct api_call *call;
	int write_errno;                 /* why the bytes could not be kept; 0 */
	bool too_long;
	struct want want;                /* in SPOOL_CHECKING: the session's state */
	struct timer again;
	struct fault fault;
};

struct spool {
	struct spool_config config;
	struct spooled all;              /* head of a ring */
	struct map by_path;
	uint64_t bytes;                  /* that have arrived; never more than ... */
	uint64_t claims;                 /* of all; never more than config.size */
	uint64_t open_claims;            /* of those that are open */
	struct store_room room;
	uint64_t saves, serial;
};

struct spool *spool_new(const struct spool_config *config, struct fault *f)
{
	struct spool *s = calloc(1, sizeof(*s));
	if (!s || store_room_init(&s->room, config->directory)) {
		free(s);
		fault_set(f, ENOMEM, "no memory");
		return NULL;
	}
	s->config = *config;
	s->all.prev = s->all.next = &s->all;
	map_init(&s->by_path);
	return s;
}

static void set_claim(struct spooled *d, uint64_t claim)
{
	d->spool->claims += claim - d->claim;
	if (d->refs)
		d->spool->open_claims += claim - d->claim;
	d->claim = claim;
}

static void drop_bytes(struct spooled *d)
{
	d->spool->bytes -= d->store.have;
	store_drop(&d->store, &d->spool->room);
	set_claim(d, 0);
}

static void forget_path(struct spooled *d)
{
	map_remove(&d->spool->by_path, d->hash, d);
}

static void forget_object(struct spooled *d)
{
	member_put(d->object);
	d->object = NULL;
}

static void spooled_free(struct spooled *d)
{
	if (d->call)
		api_cancel(d->call);
	want_cancel(&d->want);
	timer_stop(&d->again);
	drop_bytes(d);
	forget_path(d);
	forget_object(d);
	d->prev->next = d->next;
	d->next->prev = d->prev;
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
	store_room_release(&s->room);
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

/* The least recently used that nobody has open; false: there is none. */
static bool let_one_go(struct spool *s)
{
	for (struct spooled *d = s->all.next; d != &s->all; d = d->next) {
		if (d->refs)
			continue;
		spooled_free(d);
		return true;
	}
	return false;
}

/* May `d` have so many bytes in all?  Makes room by what nobody has open. */
static bool claim(struct spooled *d, uint64_t bytes)
{
	struct spool *s = d->spool;

	if (bytes <= d->claim)
		return true;
	if (bytes - d->claim > s->config.size - s->open_claims)
		return false;
	while (bytes - d->claim > s->config.size - s->claims)
		let_one_go(s);
	set_claim(d, bytes);
	return true;
}

static int no_room(const struct spooled *d, struct fault *f)
{
	const struct spool *s = d->spool;

	return fault_set(f, ENOSPC, "the spool is full: of its %llu bytes %llu belong to what is open, "
			 "there are more with -o spool-size=", (unsigned long long)s->config.size,
			 (unsigned long long)s->open_claims);
}

/* ---- the download ------------------------------------------------------------------- */

/* A file, or room on the disk, may be had by letting another one go. */
static int add_bytes(struct spooled *d, const char *data, size_t len)
{
	struct store_room *r = &d->spool->room;
	int rc;

	while (r->files >= r->files_max && store_needs_file(&d->store, r, len) && let_one_go(d->spool))
		;
	do
		rc = store_add(&d->store, r, data, len);
	while ((rc == -EMFILE || rc == -ENFILE || rc == -ENOSPC) && let_one_go(d->spool));
	return rc;
}

static bool on_bytes(void *user, const char *data, size_t len)
{
	struct spooled *d = user;

	if (d->size >= 0 && len > (uint64_t)d->size - d->store.have) {
		d->too_long = true;
		return false;
	}
	if (!claim(d, d->store.have + len)) {
		no_room(d, &d->fault);
		return false;
	}
	d->write_errno = -add_bytes(d, data, len);
	if (d->write_errno)
		return false;
	if (d->spool->config.digest)
		sha256_add(&d->sum, data, len);
	d->spool->bytes += len;
	if (d->store.have >= d->least) {
		d->least = UINT64_MAX;
		resource_wake(&d->resource, NULL);
	}
	return true;
}

static void fail(struct spooled *d)
{
	if (d->fault.err != ENOSPC)
		drop_bytes(d);
	forget_object(d);
	d->state = SPOOL_FAILED;
	resource_wake(&d->resource, &d->fault);
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

/* 0, or why what came is not the object. */
static void judge(struct spooled *d, const struct api_answer *a)
{
	struct fault *f = &d->fault;

	if (f->err)
		return;   /* there was no room */
	if (d->write_errno)
		fault_set(f, d->write_errno, "cannot write to the spool in '%s': %s",
			  d->spool->room.directory, strerror(d->write_errno));
	else if (d->too_long)
		fault_set(f, EIO, "the server sends more than the %lld bytes it listed",
			  (long long)d->size);
	else
		*f = a->fault;
	if (f->err == ENOENT)
		f->err = EIO;   /* it is listed: a server that has it not is wrong */
	if (f->err)
		return;
	if (d->size >= 0 && d->store.have != (uint64_t)d->size)
		fault_set(f, EIO, "the server sent %llu bytes, not the %lld it listed",
			  (unsigned long long)d->store.have, (long long)d->size);
	else if (d->something && !d->store.have)
		fault_set(f, EIO, "the server sent nothing");
}

static void on_saved(void *user, struct api_answer *a)
{
	struct spooled *d = user;

	d->call = NULL;
	judge(d, a);
	if (!d->fault.err) {
		d->state = SPOOL_WHOLE;
		store_settle(&d->store, &d->spool->room);
		if (d->spool->config.digest)
			sha256_end(&d->sum, d->digest);
		model_saved(d->object, (int64_t)d->store.have);
		forget_object(d);
		resource_wake(&d->resource, NULL);
		return;
	}
	forget_path(d);
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
	struct spool *s = d->spool;
	struct api_request r = {
		.path = d->path, .post = true, .reads = true, .body = d->body, .sink = on_bytes,
		.sink_user = d,
	};

	if (s->config.off)
		return fault_set(f, EACCES, "content=off: this mount saves nothing");
	if (model_has_ended(model_session_of(d->object)))
		return model_ended(f);
	/* what cannot fit as a whole may still be read in part */
	if (d->size >= 0 && (uint64_t)d->size <= s->config.size && !claim(d, (uint64_t)d->size))
		return no_room(d, f);
	int rc = store_begin(&d->store, &s->room, d->size);
	if (rc) {
		/* it is the directory that is not there, not the document */
		rc = fault_set(f, rc == -ENOENT ? EIO : -rc, "spool in '%s': %s", s->room.directory,
			       strerror(-rc));
	} else {
		d->call = api_start(s->config.api, &r, on_saved, d, f);
		rc = d->call ? 0 : -ENOMEM;
	}
	if (rc) {
		drop_bytes(d);
		return rc;
	}
	sha256_begin(&d->sum);
	d->state = SPOOL_LOADING;
	d->least = UINT64_MAX;
	s->saves++;
	return 0;
}

/* ---- readers ---------------------------------------------------------------------------- */

static void put_last(struct spooled *d)
{
	struct spooled *head = &d->spool->all;

	d->prev = head->prev;
	d->next = head;
	d->prev->next = d;
	head->prev = d;
}

/* One path may be asked for in two forms, told apart by the body. */
static bool same_save(const void *value, const void *key)
{
	const struct spooled *d = value;
	const struct spool_save *save = key;

	return d->body == save->body && strcmp(d->path, save->path) == 0;
}

static struct spooled *spooled_new(struct spool *s, struct member *object,
				   const struct spool_save *save, uint64_t hash)
{
	struct spooled *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->path = strdup(save->path);
	if (!d->path || map_insert(&s->by_path, hash, d)) {
		free(d->path);
		free(d);
		return NULL;
	}
	d->spool = s;
	d->object = member_get(object);
	d->body = save->body;
	d->size = save->size;
	d->something = save->something;
	d->hash = hash;
	d->serial = ++s->serial;
	d->store.fd = -1;
	put_last(d);
	return d;
}

static struct spooled *find(const struct spool *s, const struct spool_save *save, uint64_t hash)
{
	return map_find(&s->by_path, hash, same_save, save);
}

const char *spool_digest(const struct spool *s, const struct spool_save *save)
{
	const struct spooled *d = find(s, save, hash64(save->path, strlen(save->path)));

	return d && d->digest[0] ? d->digest : NULL;
}

struct spooled *spool_open(struct spool *s, struct member *object, const struct spool_save *save)
{
	uint64_t hash = hash64(save->path, strlen(save->path));
	struct spooled *d = find(s, save, hash);

	if (d) {
		d->prev->next = d->next;
		d->next->prev = d->prev;
		put_last(d);
	} else {
		d = spooled_new(s, object, save, hash);
	}
	if (d && !d->refs++)
		s->open_claims += d->claim;
	return d;
}

void spool_close(struct spooled *d)
{
	if (!d || --d->refs)
		return;
	d->spool->open_claims -= d->claim;
	if (d->state == SPOOL_WHOLE)
		store_settle(&d->store, &d->spool->room);
	if (d->state != SPOOL_WHOLE || !store_is_settled(&d->store))
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
	if (d->state == SPOOL_FAILED) {
		if (end <= d->store.have)
			return 0;
		w->fault = d->fault;
		return -d->fault.err;
	}
	if (d->state == SPOOL_IDLE) {
		int rc = start(d, &w->fault);
		if (rc)
			return rc;
	}
	/* what reaches the end is given out when it is certain that this is the end */
	bool last = length < 0 || end >= (uint64_t)length;
	if (!last && d->store.have >= end)
		return 0;
	if (!last && end < d->least)
		d->least = end;
	want_park(w, &d->resource, NULL);
	return MODEL_PARK;
}

ssize_t spool_read(const struct spooled *d, char *out, size_t size, uint64_t off)
{
	return store_read(&d->store, &d->spool->room, out, size, off);
}

bool spool_is_whole(const struct spooled *d)
{
	return d->state == SPOOL_WHOLE;
}

int64_t spool_length(const struct spooled *d)
{
	return d->state == SPOOL_WHOLE ? (int64_t)d->store.have : -1;
}

uint64_t spool_serial(const struct spooled *d)
{
	return d->serial;
}
