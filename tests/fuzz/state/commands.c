#include "state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What the content of sessions is known for, see truth in tests/mount/state.sh. */
#define KNOWN "2026.11.19 19:00:05"

/* ---- POSTs ------------------------------------------------------------------------- */

static bool may_be_late(const struct run *r)
{
	for (size_t i = 0; i < r->nfaults; i++) {
		const struct fault_spec *f = &r->faults[i];
		if (f->until + GRACE < now() || f->until <= r->calm)
			continue;
		if (strstr(f->spec, "hang") || strstr(f->spec, "stall") || strstr(f->spec, "delay"))
			return true;
	}
	return false;
}

/* Once the journal has what it has to have: no more than that. */
static void count_posts(struct run *r, bool settled)
{
	double until = now() + 5;

	do {
		json_decref(sim_control(r, "GET", "/_sim/stats", NULL));
		sim_count(r);
	} while ((r->explores < r->least || r->stops < r->stops_least) && now() < until);
	if (r->explores < r->least || r->explores > r->most)
		fail(r, "%u POSTs to explore, and there were %u to %u commands", r->explores,
		     r->least, r->most);
	if (r->stops < r->stops_least || r->stops > r->stops_most)
		fail(r, "%u POSTs to stop, and there were %u to %u commands", r->stops,
		     r->stops_least, r->stops_most);
	if (settled || !may_be_late(r)) {
		r->least = r->most = r->explores;
		r->stops_least = r->stops_most = r->stops;
	}
}

void commands_settle(struct run *r)
{
	count_posts(r, true);
}

/* ---- explore ----------------------------------------------------------------------- */

static struct object *any_org(struct run *r)
{
	return r->orgs.all[draw(r, 3) ? 0 : draw(r, (unsigned)r->orgs.n)];
}

/* A command; *type is what it asks for if its content is known. */
static void make_command(struct run *r, const struct object *o, char *line, size_t size, int *type)
{
	static const char *const instants[] = {"@1498514859", "2020-01-02T03:04:05Z", "now",
					       "latest", "2018-07-01 12:00:00+02:00"};
	int any;

	do
		any = (int)draw(r, TYPES);
	while (type_since[any] > r->version);
	*type = -1;
	if (r->version >= 3 && draw(r, 4) == 0) {
		snprintf(line, size, "%s type=%s", instants[draw(r, 5)], type_names[any]);
	} else {
		*type = o == r->orgs.all[0] ? any : -1;
		snprintf(line, size, KNOWN "%s%s",
			 r->version == 1 ? "" : " type=", r->version == 1 ? "" : type_names[any]);
	}
}

/* The whole line at once, in two pieces or byte by byte: what its last write says. */
static ssize_t write_command(struct run *r, int fd, const char *line)
{
	char text[512];
	size_t n = (size_t)snprintf(text, sizeof(text), "%s\n", line), first;
	ssize_t rc;

	switch (draw(r, 5)) {
	case 0:
		return write(fd, text, n - 1);
	case 1:
		/* a first piece that is no command yet */
		first = line[0] == '@' ? 1 : 1 + draw(r, 2);
		rc = write(fd, text, first);
		if (rc != (ssize_t)first)
			fail(r, "a piece of a command: %zd %s", rc, strerrorname_np(errno));
		return write(fd, text + first, n - first);
	case 2:
		for (size_t i = 0; i + 1 < n; i++)
			if (write(fd, text + i, 1) != 1)
				fail(r, "byte %zu of a command: %s", i, strerrorname_np(errno));
		return write(fd, text + n - 1, 1);
	default:
		return write(fd, text, n);
	}
}

/* The sessions that are new since this step began. */
static unsigned new_sessions(const struct run *r, struct object **last)
{
	unsigned n = 0;

	for (size_t i = 0; i < r->sessions.n; i++)
		if (r->sessions.all[i]->born == r->began) {
			*last = r->sessions.all[i];
			n++;
		}
	return n;
}

static void take_session(struct run *r, int fd, struct object *org, int type)
{
	char id[64];
	ssize_t n = read(fd, id, sizeof(id) - 1);

	if (n != 37 || id[36] != '\n')
		fail(r, "explore of %s succeeded and reads back %zd bytes", org->id, n);
	id[36] = '\0';
	struct object *s = truth_find(&r->sessions, id);
	if (!s || s->born != r->began)
		fail(r, "explore of %s says %s, which %s", org->id, id,
		     s ? "was there before" : "is not there");
	s->mine = true;
	s->was_lost = sim_loses(r, r->began, now());
	s->org = org;
	if (type >= 0 && truth_type(&s->versions[0]) != type)
		fail(r, "explore of %s says %s, which has another type", org->id, id);
	if (type >= 0)
		s->holds = r->content[type];
}

static bool judge_command(struct run *r, const struct object *org, const char *line, int error,
			  double from)
{
	double until = now();

	if (error == ENOENT && (org->died <= until || sim_misses(r, from, until)))
		return true;
	if (error == ENODATA && strncmp(line, "latest", 6) == 0)
		for (size_t i = 0; i < org->n; i++)
			if (!json_object_get(org->versions[i].json, "lastBackuptime"))
				return true;
	return sim_accounts(r, OF_EXPLORE | OF_STOP | OF_ORGS | OF_SESSIONS, error, true, from,
			    until);
}

static void keep(struct run *r, int fd, const struct place *p, const char *line, int error,
		 bool sent)
{
	struct handle *h = &r->handles[draw(r, HANDLES)];

	handle_close(r, h);
	*h = (struct handle){.fd = fd,
			     .place = need(malloc(sizeof(*p))),
			     .opened = now(),
			     .line = need(strdup(line)),
			     .error = error,
			     .sent = sent};
	*h->place = *p;
}

static int open_control(struct run *r, const struct place *p, int flags)
{
	char path[PATH_LONG];
	struct answer a;
	double from = now();
	int fd = open(place_full(r, p->path, path), flags | O_CLOEXEC), error = errno;

	if (fd >= 0)
		return fd;
	place_answer(r, p, from, now(), &a);
	judge_error(r, p, &a, error, "open", from);
	answer_free(&a);
	return -1;
}

void op_explore(struct run *r)
{
	struct object *org = any_org(r), *new = NULL;
	struct place p;
	char line[256];
	int type;

	place_at(r, &p, IN_CONTROL, org, "explore");
	make_command(r, org, line, sizeof(line), &type);
	int fd = open_control(r, &p, O_RDWR);
	if (fd < 0)
		return;
	double from = now();
	ssize_t rc = write_command(r, fd, line);
	int error = rc < 0 ? errno : 0;
	unsigned before = r->explores;
	note(r, "explore %s '%s': %s", org->id, line, error ? strerrorname_np(error) : "started");
	r->most++;
	r->least += !error;
	count_posts(r, false);
	truth_look(r);
	unsigned n = new_sessions(r, &new);
	/* the journal has a request when it is over */
	if (n > 1 || (n > r->explores - before && !may_be_late(r)))
		fail(r, "explore: %u new sessions of %u POSTs", n, r->explores - before);
	if (error && !judge_command(r, org, line, error, from))
		fail(r, "explore of %s '%s': %s, and nothing stands for it", org->id, line,
		     strerrorname_np(error));
	if (!error) {
		r->done++;
		take_session(r, fd, org, type);
	} else if (new &&type >= 0 && truth_type(&new->versions[0]) == type) {
		new->holds = r->content[type];
	}
	if (error && !may_be_late(r) && draw(r, 2))
		keep(r, fd, &p, line, error, r->explores != before);
	else
		close(fd);
}

/* Shells and interpreters repeat a write that failed: that is the same command. */
void op_explore_again(struct run *r)
{
	struct handle *h = NULL;
	char text[512];

	for (unsigned i = 0; i < HANDLES && !h; i++)
		if (r->handles[i].line)
			h = &r->handles[i];
	if (!h)
		return;
	double from = now();
	size_t n = (size_t)snprintf(text, sizeof(text), "%s\n", h->line);
	/* a line without newline is remembered as it came: only what was sent as this is the same
	 */
	ssize_t rc = write(h->fd, text, n);
	int error = rc < 0 ? errno : 0;
	note(r, "explore again '%s': %s", h->line, error ? strerrorname_np(error) : "started");
	if (h->sent && error != h->error && error != 0)
		note(r, "(was %s)", strerrorname_np(h->error));
	r->most++;
	count_posts(r, false);
	truth_look(r);
	if (!error)
		take_session(r, h->fd, h->place->object, -1);
	if (error && error != h->error && !judge_command(r, h->place->object, h->line, error, from))
		fail(r, "explore again '%s': %s, and nothing stands for it", h->line,
		     strerrorname_np(error));
	handle_close(r, h);
}

/* ---- what is refused --------------------------------------------------------------- */

void op_wrong(struct run *r)
{
	static const struct {
		const char *line;
		int error;
	} wrong[] = {
		{"garbage\n", EINVAL},
		{"2017-02-30 10:00\n", EINVAL},
		{"2017.06.26 22:07:39 colour=blue\n", EINVAL},
		{"now\nnow\n", EINVAL},
		{"2017.06.26 25:07:39\n", EINVAL},
		{"tomorrow type=vex\n", EINVAL},
		{"2017.06.26 22:07:39 type=mail\n", EINVAL},
		{"20170626\n", EINVAL},
	};
	struct place p;
	char big[5000];

	place_at(r, &p, IN_CONTROL, any_org(r), "explore");
	int fd = open_control(r, &p, O_WRONLY);
	if (fd < 0)
		return;
	unsigned i = draw(r, sizeof(wrong) / sizeof(*wrong) + 2);
	if (i < sizeof(wrong) / sizeof(*wrong)) {
		if (write(fd, wrong[i].line, strlen(wrong[i].line)) >= 0 || errno != wrong[i].error)
			fail(r, "explore '%s': %s", wrong[i].line, strerrorname_np(errno));
	} else if (i == sizeof(wrong) / sizeof(*wrong)) {
		memset(big, 'x', sizeof(big));
		if (write(fd, big, sizeof(big)) >= 0 || errno != E2BIG)
			fail(r, "explore of 5000 bytes: %s", strerrorname_np(errno));
	} else {
		if (write(fd, "20", 2) != 2)
			fail(r, "explore '20': %s", strerrorname_np(errno));
		if (close(fd) == 0 || errno != EINVAL)
			fail(r, "close after half a command: %s", strerrorname_np(errno));
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	note(r, "wrong %u", i);
	count_posts(r, false);
	r->done++;
}

static int refused(const char *path, unsigned how)
{
	char other[PATH_LONG];
	int fd;

	snprintf(other, sizeof(other), "%.4000s.new", path);
	switch (how) {
	case 0:
		fd = open(other, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		break;
	case 1:
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
		break;
	case 2:
		return mkdir(other, 0700);
	case 3:
		return unlink(path);
	case 4:
		return rmdir(path);
	case 5:
		return rename(path, other);
	case 6:
		return symlink("x", other);
	case 7:
		return link(path, other);
	case 8:
		return fchmodat(AT_FDCWD, path, 0777, 0);
	case 9:
		return truncate(path, 1);
	case 10:
		return lsetxattr(path, "user.x", "y", 1, 0);
	default:
		return utimensat(AT_FDCWD, path, (struct timespec[2]){{1, 0}, {1, 0}},
				 AT_SYMLINK_NOFOLLOW);
	}
	if (fd >= 0)
		close(fd);
	return fd;
}

/* Nothing can be made, changed or removed. */
void op_refused(struct run *r)
{
	static const int right[] = {EPERM, EROFS,  EEXIST, EISDIR, ENOTDIR,
				    ELOOP, EACCES, EXDEV,  EBUSY,  EOPNOTSUPP};
	char path[PATH_LONG];
	struct place p;
	struct answer a;
	unsigned how = draw(r, 12);
	double from = now();

	place_pick(r, &p);
	/* what is beside the root is not in the mount */
	if (p.kind == IN_MISSING || p.kind == IN_ROOT)
		return;
	/* chmod and truncate follow links, to where the model does not look */
	if (refused(place_full(r, p.path, path), how) >= 0)
		fail(r, "'%s': change %u succeeded", p.path, how);
	int error = errno;
	note(r, "change %u of %s: %s", how, p.path, strerrorname_np(error));
	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
		if (error == right[i])
			return;
	place_answer(r, &p, from, now(), &a);
	if (a.type != S_IFLNK)
		judge_error(r, &p, &a, error, "change", from);
	answer_free(&a);
}

/* ---- stop, refresh ----------------------------------------------------------------- */

void op_stop(struct run *r)
{
	struct object *o =
		draw(r, 4) ? truth_working(r) : r->sessions.all[draw(r, (unsigned)r->sessions.n)];
	struct place p;
	bool worked = o->died == NO_END && truth_works(&o->versions[o->n - 1]);

	place_at(r, &p, IN_CONTROL, o, "stop");
	int fd = open_control(r, &p, O_WRONLY);
	if (fd < 0)
		return;
	double from = now();
	ssize_t rc = write(fd, "stop\n", draw(r, 2) ? 5 : 1);
	int error = rc < 0 ? errno : 0;
	close(fd);
	note(r, "stop %s: %s", o->id, error ? strerrorname_np(error) : "done");
	r->stops_most++;
	r->stops_least += worked && !error;
	truth_look(r);
	count_posts(r, false);
	/* servers answer a stop with nothing: one that does nothing else cannot be told */
	if (!error && o->died == NO_END && truth_works(&o->versions[o->n - 1]) &&
	    !sim_keeps_mum(r, from))
		fail(r, "stop of %s succeeded, and it works", o->id);
	if (error && !judge_command(r, o, "", error, from))
		fail(r, "stop of %s: %s, and nothing stands for it", o->id, strerrorname_np(error));
	r->done++;
}

void op_refresh(struct run *r)
{
	struct place p;
	double before = now();

	place_at(r, &p, IN_CONTROL, NULL, "refresh");
	int fd = open_control(r, &p, O_WRONLY);
	if (fd < 0 || write(fd, "x", 1) != 1)
		fail(r, "refresh: %s", strerrorname_np(errno));
	close(fd);
	r->refreshed = before;
	note(r, "refresh");
}
