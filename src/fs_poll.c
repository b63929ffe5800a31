/*
 * Waiting for a value to change, as sysfs has it: there is always something to read;
 * POLLPRI and POLLERR say that it is no longer what this handle last read; POLLPRI alone
 * that there is more of it.
 *
 * The kernel does not say when a program stops waiting.  So each round wakes the waiters
 * inside the kernel: who still waits asks again, without the program noticing;
 * who does not has gone, and is no longer asked for.
 */
#include "fs_private.h"

#include <poll.h>
#include <stddef.h>
#include <string.h>

#define ROUND_MS MODEL_MEMBER_TTL_MS
#define QUIET_MS 30000       /* while the change feed tells: only to see who still waits */

/* The feed tells of sessions, not of what is in their lists. */
static bool is_of_list(const struct handle *h)
{
	return h->node->kind->shows != MODEL_NO_LIST;
}

static bool is_same_text(const struct text *a, const struct text *b)
{
	return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

/* What cannot be read any more has changed, too: reading it says why. */
static bool has_changed(struct fs *fs, const struct handle *h)
{
	struct text *text = tree_text(fs->tree, h->node, NULL);
	bool changed = !text || !is_same_text(text, h->text);

	text_put(text);
	return changed || (h->node->member && h->node->member->gone);
}

static void notify(struct handle *h)
{
	struct fuse_pollhandle *ph = h->poll;

	if (!ph)
		return;
	h->poll = NULL;
	fuse_lowlevel_notify_poll(ph);
	fuse_pollhandle_destroy(ph);
}

/* ---- rounds --------------------------------------------------------------------------- */

static void on_round(void *user);

static void next_round(struct fs *fs)
{
	if (fs->watching)
		timer_start(fs->config.timers, &fs->round, ROUND_MS, on_round, fs);
}

/* The outcome shows in the model, which tells who watches. */
static void on_looked(struct want *w)
{
	(void)w;
}

static void look(struct fs *fs, struct handle *h)
{
	if (h->want.on)
		return;
	want_init(&h->want, on_looked);
	h->want.anew = true;
	tree_freshen(fs->tree, h->node, &h->want);
}

static void watch_end(struct fs *fs, struct handle *h)
{
	if (!h->watched)
		return;
	h->watched = false;
	want_cancel(&h->want);
	if (h->poll)
		fuse_pollhandle_destroy(h->poll);
	h->poll = NULL;
	fs->watching--;
	fs->watching_lists -= is_of_list(h);
	model_watch(fs->config.model, -1);
}

static void on_round(void *user)
{
	struct fs *fs = user;
	bool live = model_is_live(fs->config.model);

	/* a feed that dies is noticed by the round that comes next, not by a long one */
	if (live && !fs->watching_lists && timer_now() - fs->rounded < QUIET_MS) {
		next_round(fs);
		return;
	}
	fs->rounded = timer_now();
	for (struct handle *h = fs->handles.next, *next; h != &fs->handles; h = next) {
		next = h->next;
		if (!h->watched)
			continue;
		if (!h->polled) {
			watch_end(fs, h);
			continue;
		}
		if (!live || is_of_list(h))
			look(fs, h);
		h->polled = false;
		notify(h);
	}
	next_round(fs);
}

static void watch_begin(struct fs *fs, struct handle *h)
{
	if (h->watched)
		return;
	h->watched = true;
	bool first = !fs->watching++;
	if (is_of_list(h) && !fs->watching_lists++)
		first = true;
	if (first)
		next_round(fs);
	model_watch(fs->config.model, 1);
}

/* ---- the operation ------------------------------------------------------------------------ */

static bool is_polled(const struct handle *h)
{
	return h->node && h->node->kind->cache == CACHE_POLLED;
}

static void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi,
		    struct fuse_pollhandle *ph)
{
	struct fs *fs = fuse_req_userdata(req);
	struct handle *h = handle_of(fi);
	unsigned events = POLLIN | POLLRDNORM;

	(void)ino;
	if (h->control)
		events |= POLLOUT | POLLWRNORM;
	if (is_polled(h)) {
		h->polled = h->was_polled = true;
		/* of a log that has grown a pager would take POLLERR for its end */
		if (has_changed(fs, h))
			events |= h->node->kind->grows ? POLLPRI : POLLPRI | POLLERR;
	}
	if (ph && is_polled(h)) {
		if (h->poll)
			fuse_pollhandle_destroy(h->poll);
		h->poll = ph;
		watch_begin(fs, h);
	} else if (ph) {
		fuse_pollhandle_destroy(ph);
	}
	fuse_reply_poll(req, events);
}

void fs_poll_changed(struct fs *fs, const struct member *m)
{
	if (!fs->watching)
		return;
	for (struct handle *h = fs->handles.next; h != &fs->handles; h = h->next)
		if (h->watched && h->node->member == m && has_changed(fs, h))
			notify(h);
}

void fs_poll_end(struct fs *fs, struct handle *h)
{
	watch_end(fs, h);
	if (!fs->watching)
		timer_stop(&fs->round);
}

void fs_poll_add(struct fuse_lowlevel_ops *ops)
{
	ops->poll = op_poll;
}
