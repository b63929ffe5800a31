#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define BLOCK (256 * 1024)

/* ---- errors ------------------------------------------------------------------------ */

void judge_error(struct run *r, const struct place *p, const struct answer *a, int error,
		 const char *what, double from)
{
	double until = now();

	r->failed++;
	note(r, "%s %s: %s", what, p->path, strerrorname_np(error));
	if (error == ENOENT && a->may_lack)
		return;
	if (error == ESTALE && a->may_be_stale)
		return;
	/* the server said that there is no such session, and is believed */
	if ((error == ENOENT || error == ESTALE) && p->object && p->object->session &&
	    sim_loses(r, from, until))
		return;
	bool bytes = strcmp(what, "read") == 0 || strcmp(what, "pread") == 0;
	if (error != ENOENT && error != ESTALE &&
	    sim_accounts(r, a->scopes, error, bytes, from, until))
		return;
	fail(r, "%s '%s': %s, and nothing stands for it", what, p->path, strerrorname_np(error));
}

static void judge_there(struct run *r, const struct place *p, const struct answer *a,
			const char *what)
{
	r->done++;
	if (!a->may_be && !a->any_text)
		fail(r, "%s '%s' succeeds, and there is no such thing", what, p->path);
}

/* ---- stat -------------------------------------------------------------------------- */

static void judge_size(struct run *r, const struct place *p, const struct answer *a, off_t size)
{
	if (a->type != S_IFREG || (a->any_size && p->kind != IN_CONTENT))
		return;
	for (size_t i = 0; i < a->n; i++)
		if ((off_t)a->texts[i].len == size)
			return;
	if (a->any_size && size == 4096)
		return;
	fail(r, "stat '%s': %jd bytes, the truth has %zu", p->path, (intmax_t)size,
	     a->n ? a->texts[0].len : 0);
}

void op_stat(struct run *r, const struct place *p)
{
	char path[PATH_LONG];
	struct answer a;
	struct stat st;
	double from = now();
	int rc = lstat(place_full(r, p->path, path), &st);
	int error = errno;

	/* the kernel keeps attributes as long as values are believed */
	place_answer(r, p, from - STALE_ORG, now(), &a);
	if (p->kind == IN_VALUE || p->kind == IN_LINK) {
		double refreshed = r->refreshed;
		answer_free(&a);
		r->refreshed = 0;
		place_answer(r, p, from - STALE_ORG, now(), &a);
		r->refreshed = refreshed;
	}
	if (rc) {
		struct answer strict;
		place_answer(r, p, from, now(), &strict);
		judge_error(r, p, &strict, error, "stat", from);
		answer_free(&strict);
	} else {
		judge_there(r, p, &a, "stat");
		if ((st.st_mode & S_IFMT) != a.type)
			fail(r, "stat '%s': mode %o", p->path, st.st_mode);
		judge_size(r, p, &a, st.st_size);
		if (p->kind == IN_CONTENT && !p->thing->directory &&
		    strcmp(p->thing->name, ".index.tsv") != 0 && st.st_mtime != p->thing->mtime)
			fail(r, "stat '%s': time %jd, the truth has %jd", p->path,
			     (intmax_t)st.st_mtime, (intmax_t)p->thing->mtime);
		note(r, "stat %s", p->path);
	}
	answer_free(&a);
}

/* ---- bytes ------------------------------------------------------------------------- */

struct got {
	char *data;
	size_t len;
	bool ended; /* the end of the file was met */
	int error;
};

static struct got read_at(int fd, off_t off, size_t want)
{
	struct got g = {.data = need(malloc(want + 1))};

	while (g.len < want) {
		ssize_t n = pread(fd, g.data + g.len, want - g.len, off + (off_t)g.len);
		if (n < 0) {
			g.error = errno;
			break;
		}
		if (n == 0) {
			g.ended = true;
			break;
		}
		g.len += (size_t)n;
	}
	g.data[g.len] = '\0';
	return g;
}

static bool fits(const struct text *t, off_t off, const struct got *g)
{
	size_t at = (size_t)off < t->len ? (size_t)off : t->len;

	return g->len <= t->len - at && memcmp(t->data + at, g->data, g->len) == 0 &&
	       (!g->ended || at + g->len == t->len);
}

static void judge_bytes(struct run *r, const struct place *p, const struct answer *a, off_t off,
			const struct got *g)
{
	bool good = a->any_text && !(g->ended && off == 0 && g->len == 0);

	for (size_t i = 0; i < a->n && !good; i++)
		good = fits(&a->texts[i], off, g);
	if (p->kind == IN_CONTROL || (p->kind == IN_SERVICE && g->len == 0))
		good = true;
	if (!good)
		fail(r,
		     "read '%s' at %jd: %zu bytes%s that never were there: '%.60s', the truth: "
		     "'%.60s' (%zu)",
		     p->path, (intmax_t)off, g->len, g->ended ? " and the end" : "", g->data,
		     a->n ? a->texts[a->n - 1].data : "", a->n ? a->texts[a->n - 1].len : 0);
}

static void judge_json(struct run *r, const struct place *p, double from, const struct got *g)
{
	json_t *json = json_loadb(g->data, g->len, 0, NULL);
	bool good = false;

	for (size_t i = 0; i < p->object->n && !good; i++) {
		const struct version *v = &p->object->versions[i];
		good = v->until >= from - (p->object->session ? STALE_FEED : STALE_ORG) &&
		       json_equal(v->json, json);
	}
	if (!good)
		fail(r, "read '%s': an object that never was: %.2000s", p->path, g->data);
	json_decref(json);
}

static void judge_events(struct run *r, const struct place *p, const struct got *g)
{
	struct object *o = p->object;
	const char *line = g->data, *end;

	if (o->events && strncmp(g->data, o->events, strlen(o->events)) != 0)
		fail(r, "read '%s': lines changed, before:\n%snow:\n%s", p->path, o->events,
		     g->data);
	for (; (end = strchr(line, '\n')); line = end + 1) {
		unsigned tabs = 0;
		for (const char *c = line; c < end; c++)
			tabs += *c == '\t';
		if (tabs != 9)
			fail(r, "read '%s': a line has %u columns: %.200s", p->path, tabs + 1,
			     line);
	}
	if (*line)
		fail(r, "read '%s': half a line: %s", p->path, line);
	free(o->events);
	o->events = need(strdup(g->data));
}

static void add_scope(const struct place *p, struct answer *a)
{
	if (p->kind == IN_CONTENT && !p->thing->directory)
		a->scopes |= OF_SAVES;
}

void op_read(struct run *r, const struct place *p)
{
	char path[PATH_LONG];
	struct answer a;
	double from = now();
	int fd = open(place_full(r, p->path, path), O_RDONLY | O_CLOEXEC), error = errno;
	struct got g = {0};

	if (fd >= 0) {
		g = read_at(fd, 0, BLOCK);
		close(fd);
	}
	place_answer(r, p, from, now(), &a);
	add_scope(p, &a);
	if (fd < 0 || g.error)
		judge_error(r, p, &a, fd < 0 ? error : g.error, fd < 0 ? "open" : "read", from);
	if (fd >= 0) {
		judge_there(r, p, &a, "open");
		judge_bytes(r, p, &a, 0, &g);
		if (!g.error && p->kind == IN_JSON)
			judge_json(r, p, from, &g);
		if (!g.error && p->kind == IN_EVENTS)
			judge_events(r, p, &g);
		note(r, "read %s: %zu bytes", p->path, g.len);
	}
	free(g.data);
	answer_free(&a);
}

/* ---- directories ------------------------------------------------------------------- */

struct listing {
	struct run *r;
	const struct place *p;
	char **names;
	size_t n;
	double from, until;
};

static bool is_listed(const struct listing *l, const char *name)
{
	for (size_t i = 0; i < l->n; i++)
		if (strcmp(l->names[i], name) == 0)
			return true;
	return false;
}

static void has_to_be_listed(void *user, const char *name)
{
	struct listing *l = user;

	if (place_lists(l->r, l->p, l->from, l->until, name) == LISTED_SURELY &&
	    !is_listed(l, name))
		fail(l->r, "list '%s': '%s' is not there", l->p->path, name);
}

static void judge_listing(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++) {
		if (place_lists(l->r, l->p, l->from, l->until, l->names[i]) == LISTED_NOT)
			fail(l->r, "list '%s': '%s' does not belong there", l->p->path,
			     l->names[i]);
		for (size_t j = 0; j < i; j++)
			if (strcmp(l->names[i], l->names[j]) == 0)
				fail(l->r, "list '%s': '%s' is there twice", l->p->path,
				     l->names[i]);
	}
	place_names(l->r, l->p, has_to_be_listed, l);
}

static int read_names(DIR *d, struct listing *l)
{
	struct dirent *e;

	while (errno = 0, (e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		l->names = need(realloc(l->names, (l->n + 1) * sizeof(char *)));
		l->names[l->n++] = need(strdup(e->d_name));
	}
	return errno;
}

void op_list(struct run *r, const struct place *p)
{
	struct listing l = {.r = r, .p = p, .from = now()};
	char path[PATH_LONG];
	struct answer a;
	DIR *d = opendir(place_full(r, p->path, path));
	int error = d ? read_names(d, &l) : errno;

	if (d)
		closedir(d);
	l.until = now();
	place_answer(r, p, l.from, l.until, &a);
	if (error) {
		judge_error(r, p, &a, error, "list", l.from);
	} else {
		judge_there(r, p, &a, "list");
		if (p->kind == IN_CONTENT && l.n == 0 && p->thing->n)
			fail(r, "list '%s': empty", p->path);
		judge_listing(&l);
		note(r, "list %s: %zu", p->path, l.n);
	}
	for (size_t i = 0; i < l.n; i++)
		free(l.names[i]);
	free(l.names);
	answer_free(&a);
}

/* ---- links, attributes, all -------------------------------------------------------- */

void op_readlink(struct run *r, const struct place *p)
{
	char path[PATH_LONG], to[PATH_LONG];
	struct answer a;
	double from = now();
	ssize_t n = readlink(place_full(r, p->path, path), to, sizeof(to) - 1);
	int error = errno;
	bool good = false;

	place_answer(r, p, from, now(), &a);
	if (n < 0) {
		judge_error(r, p, &a, error, "readlink", from);
	} else {
		to[n] = '\0';
		judge_there(r, p, &a, "readlink");
		for (size_t i = 0; i < a.n; i++)
			good |= strcmp(a.texts[i].data, to) == 0;
		if (!good)
			fail(r, "readlink '%s': '%s'", p->path, to);
		note(r, "readlink %s", p->path);
	}
	answer_free(&a);
}

void op_xattr(struct run *r, const struct place *p)
{
	static const char *const names[] = {"user.vbofs.id",   "user.vbofs.session",
					    "user.vbofs.href", "user.vbofs.sha256",
					    "user.nothing",    "security.selinux"};
	char path[PATH_LONG], value[4096];
	struct answer a;
	double from = now();
	const char *name = names[draw(r, 6)];
	ssize_t n = lgetxattr(place_full(r, p->path, path), name, value, sizeof(value) - 1);
	int error = errno;

	place_answer(r, p, from, now(), &a);
	note(r, "getxattr %s %s: %zd", p->path, name, n);
	if (n < 0 && error != ENODATA && error != EOPNOTSUPP)
		judge_error(r, p, &a, error, "getxattr", from);
	value[n > 0 ? n : 0] = '\0';
	if (n >= 0 && p->session && strcmp(name, "user.vbofs.session") == 0 &&
	    strcmp(value, p->session->id) != 0)
		fail(r, "getxattr '%s' %s: '%s'", p->path, name, value);
	if (n == 0)
		fail(r, "getxattr '%s' %s: empty", p->path, name);
	answer_free(&a);
}

void op_look(struct run *r, const struct place *p)
{
	struct answer a;

	place_answer(r, p, now(), now(), &a);
	if (draw(r, 4) == 0 || p->kind == IN_MISSING)
		op_stat(r, p);
	else if (draw(r, 12) == 0)
		op_xattr(r, p);
	else if (a.type == S_IFDIR)
		op_list(r, p);
	else if (a.type == S_IFLNK)
		op_readlink(r, p);
	else
		op_read(r, p);
	answer_free(&a);
}

/* ---- what stays open --------------------------------------------------------------- */

void handle_close(struct run *r, struct handle *h)
{
	if (h->fd < 0)
		return;
	close(h->fd);
	note(r, "close %s", h->place->path);
	free(h->place);
	free(h->line);
	*h = (struct handle){.fd = -1};
}

void op_open(struct run *r, const struct place *p)
{
	struct handle *h = &r->handles[draw(r, HANDLES)];
	char path[PATH_LONG];
	struct answer a;
	double from = now();

	handle_close(r, h);
	h->fd = open(place_full(r, p->path, path), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int error = errno;
	place_answer(r, p, from, now(), &a);
	add_scope(p, &a);
	if (h->fd < 0) {
		if (error != ELOOP || a.type != S_IFLNK)
			judge_error(r, p, &a, error, "open", from);
	} else {
		h->place = need(malloc(sizeof(*p)));
		*h->place = *p;
		h->opened = from;
		judge_there(r, p, &a, "open");
		note(r, "open %s", p->path);
	}
	answer_free(&a);
}

/* A directory that is stood in: what it holds is looked at from there. */
static void look_from(struct run *r, struct handle *h)
{
	const struct place *p = h->place;
	struct place below = *p;
	struct answer a;
	struct stat st;

	if (p->kind != IN_CONTENT || !p->thing->n)
		return;
	below.thing = p->thing->all[draw(r, (unsigned)p->thing->n)];
	double from = now();
	int rc = fstatat(h->fd, below.thing->name, &st, AT_SYMLINK_NOFOLLOW), error = errno;
	snprintf(below.path + strlen(below.path), sizeof(below.path) - strlen(below.path), "/%s",
		 below.thing->name);
	place_answer(r, &below, from, now(), &a);
	if (rc)
		judge_error(r, &below, &a, error, "statat", from);
	else if ((st.st_mode & S_IFMT) != a.type)
		fail(r, "statat '%s': mode %o", below.path, st.st_mode);
	else
		judge_size(r, &below, &a, st.st_size);
	note(r, "statat %s", below.path);
	answer_free(&a);
}

static void read_handle(struct run *r, struct handle *h)
{
	const struct place *p = h->place;
	struct answer a;
	double from = now();
	size_t most = 1;

	place_answer(r, p, h->opened, from, &a);
	for (size_t i = 0; i < a.n; i++)
		most = a.texts[i].len > most ? a.texts[i].len : most;
	off_t off = draw(r, 3) ? (off_t)draw(r, (unsigned)most + 20) : 0;
	struct got g = read_at(h->fd, off, 1 + draw(r, draw(r, 2) ? 100 : 100000));
	answer_free(&a);
	place_answer(r, p, h->opened, now(), &a);
	add_scope(p, &a);
	note(r, "pread %s at %jd: %zu bytes", p->path, (intmax_t)off, g.len);
	/* who began with a download that fails is told so to the end */
	if (g.error)
		judge_error(r, p, &a, g.error, "pread", p->kind == IN_CONTENT ? h->opened : from);
	if (a.n)
		judge_bytes(r, p, &a, off, &g);
	r->done++;
	free(g.data);
	answer_free(&a);
}

static void poll_handle(struct run *r, struct handle *h)
{
	struct pollfd fd = {.fd = h->fd, .events = POLLIN | POLLPRI};
	int n = poll(&fd, 1, draw(r, 4) ? 0 : 20);

	if (n != 1 || !(fd.revents & POLLIN) || (fd.revents & (POLLHUP | POLLNVAL)))
		fail(r, "poll '%s': %d, %x", h->place->path, n, (unsigned)fd.revents);
	note(r, "poll %s: %x", h->place->path, (unsigned)fd.revents);
	r->done++;
}

static void dup_handle(struct run *r, struct handle *h)
{
	struct handle *to = &r->handles[draw(r, HANDLES)];

	if (to->fd >= 0 || h->line)
		return;
	*to = *h;
	to->fd = fcntl(h->fd, F_DUPFD_CLOEXEC, 3);
	to->place = need(malloc(sizeof(*to->place)));
	*to->place = *h->place;
	note(r, "dup %s", h->place->path);
}

/* Something with what is open. */
void op_handle(struct run *r)
{
	struct handle *h = &r->handles[draw(r, HANDLES)];
	struct answer a;

	if (h->fd < 0)
		return;
	place_answer(r, h->place, h->opened, now(), &a);
	bool directory = a.type == S_IFDIR;
	answer_free(&a);
	switch (draw(r, 8)) {
	case 0:
		handle_close(r, h);
		break;
	case 1:
		dup_handle(r, h);
		break;
	case 2:
		if (!directory)
			poll_handle(r, h);
		break;
	case 3:
		posix_fadvise(h->fd, 0, 0, POSIX_FADV_DONTNEED);
		break;
	default:
		if (directory)
			look_from(r, h);
		else if (h->place->kind != IN_CONTROL)
			read_handle(r, h);
	}
}

/* The kernel forgets the names it knows of this mount, and of no other. */
void op_forget(struct run *r)
{
	if (mount(NULL, r->mount, NULL, MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME,
		  NULL) == 0)
		note(r, "forget names");
}
