#include "keep.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"

struct line {
	char id[UUID_SIZE], org[UUID_SIZE];
	unsigned type, result, flags;
	int64_t point, created, ended, etag;
};

enum { WORKING = 1, GONE = 2, DELETED = 4, VERSIONS = 8, BEFORE = 16, AFTER = 32, TENANT = 64 };

void keep_write(const struct state *s, const struct session *session)
{
	const bool set[] = { session->working, session->gone, session->show_deleted,
		session->show_all_versions, session->before_first, session->after_last,
		session->login == &s->tenant };
	unsigned flags = 0;
	char line[256];
	size_t i;
	int len;

	if (s->keep == -1)
		return;
	for (i = 0; i < sizeof(set) / sizeof(*set); i++)
		flags |= (unsigned)set[i] << i;
	len = snprintf(line, sizeof(line), "%s %s %u %u %u %" PRId64 " %" PRId64 " %" PRId64
		" %" PRId64 "\n", session->id, session->org->id, (unsigned)session->type,
		(unsigned)session->result, flags, session->point, session->created,
		session->ended, session->etag);
	if (write(s->keep, line, (size_t)len) != len)
		perror("vbosim: --keep");
}

static bool parse(const char *text, struct line *l)
{
	int end = 0;

	/* 36: UUID_SIZE without the NUL */
	return sscanf(text, "%36s %36s %u %u %u %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64
		"%n", l->id, l->org, &l->type, &l->result, &l->flags, &l->point, &l->created,
		&l->ended, &l->etag, &end) == 9 && text[end] == '\n' &&
		l->type < SESSION_TYPES && l->result <= RESULT_FAILED;
}

static struct session *session_of(struct state *s, const struct line *l)
{
	struct session *session = state_find_session(s, l->id);

	if (session != NULL)
		return session;
	session = alloc_zero(1, sizeof(*session));
	memcpy(session->id, l->id, UUID_SIZE);
	session->created = l->created;
	session->org = state_find_org(s, l->org);
	state_put_session(s, l->flags & TENANT ? &s->tenant : &s->admin, session);
	return session;
}

static bool take(struct state *s, const char *text)
{
	struct session *session;
	struct line l;

	if (!parse(text, &l) || state_find_org(s, l.org) == NULL)
		return false;
	if (l.etag > s->change)
		s->change = l.etag;
	session = session_of(s, &l);
	session->type = (enum session_type)l.type;
	session->result = (enum session_result)l.result;
	session->working = (l.flags & WORKING) != 0;
	session->show_deleted = (l.flags & DELETED) != 0;
	session->show_all_versions = (l.flags & VERSIONS) != 0;
	session->before_first = (l.flags & BEFORE) != 0;
	session->after_last = (l.flags & AFTER) != 0;
	session->point = l.point;
	session->ended = l.ended;
	session->etag = l.etag;
	if (l.flags & GONE)
		state_delete_session(s, session);
	return true;
}

bool keep_open(struct state *s, const char *path)
{
	FILE *f = fopen(path, "a+e");
	char text[512];
	bool good = true;

	if (f == NULL)
		return false;
	rewind(f);
	while (good && fgets(text, sizeof(text), f) != NULL)
		good = take(s, text);
	fclose(f);
	if (!good) {
		errno = EBADMSG;
		return false;
	}
	/* ids go on, and are none of those there were */
	s->random.state += (uint64_t)s->change * UINT64_C(0xd1342543de82ef95);
	s->keep = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	return s->keep != -1;
}
