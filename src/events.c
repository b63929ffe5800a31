/*
 * The events of a session as lines that are only ever added.
 *
 * An event is written when it has ended, for from then on the server does not change it.
 * Those that end between two listings are put in order of their ends, so that the lines
 * are the same for whoever begins to read later.  The next listing begins behind the last
 * event that is final with all before it.
 *
 * Source of the fields: pages of Events of v2, OpenAPI documents of v6-v8
 * (RESTRestoreSessionEvent).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/limits.h"
#include "vbofs/tsv.h"

#include "model_private.h"

enum field { START, END, TYPE, STATUS, ITEM_TYPE, ITEM, BYTES, SOURCE, TARGET, MESSAGE, COLUMNS,
	     TITLE = COLUMNS, ORDER, FIELDS };

static const char *const keys[FIELDS] = {
	[START] = "startTime", [END] = "endTime", [TYPE] = "type", [STATUS] = "status",
	[ITEM_TYPE] = "itemType", [ITEM] = "itemName", [BYTES] = "itemSizeBytes",
	[SOURCE] = "source", [TARGET] = "target", [MESSAGE] = "message", [TITLE] = "title",
	[ORDER] = "order",
};

/* All fields in one walk.  False: it is no object. */
static bool read_fields(const struct member *m, struct jslice fields[FIELDS])
{
	struct jslice json = member_json(m);
	struct jslice_iter it;

	memset(fields, 0, FIELDS * sizeof(*fields));
	jslice_begin(&it, &json);
	while (jslice_next(&it))
		for (size_t i = 0; i < FIELDS; i++)
			if (it.key.len == strlen(keys[i]) + 2 &&
			    memcmp(it.key.text + 1, keys[i], it.key.len - 2) == 0)
				fields[i] = it.value;
	return m->json[0] == '{' && !it.err;
}

static void add_line(const struct member *m, struct buf *out)
{
	struct jslice fields[FIELDS];

	/* what cannot be read stands there as it came */
	if (!read_fields(m, fields))
		fields[MESSAGE] = (struct jslice){ JSLICE_OBJECT, m->json, m->json_len };
	else if (fields[MESSAGE].type <= JSLICE_NULL || fields[MESSAGE].len == strlen("\"\""))
		fields[MESSAGE] = fields[TITLE];
	for (size_t i = 0; i < COLUMNS; i++) {
		if (i)
			buf_addch(out, '\t');
		tsv_add(out, &fields[i]);
	}
	buf_addch(out, '\n');
}

/* ---- order ---------------------------------------------------------------------------- */

struct candidate {
	struct member *member;
	bool running;
	long long order;
	size_t place;                /* among those listed */
};

static long long order_of(const struct member *m)
{
	struct jslice json = member_json(m), order = jslice_get(&json, keys[ORDER]);

	return order.type == JSLICE_NUMBER ? strtoll(order.text, NULL, 10) : 0;
}

static int compare(const void *one, const void *two)
{
	const struct candidate *a = one, *b = two;
	const struct member *m = a->member, *n = b->member;

	if (a->running != b->running)
		return a->running ? 1 : -1;
	if (m->mtime != n->mtime)
		return m->mtime < n->mtime ? -1 : 1;
	if (m->mtime_ns != n->mtime_ns)
		return m->mtime_ns < n->mtime_ns ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

/* Those whose line can be written now, in order. */
static size_t choose(const struct owned *l, struct member *const *members, size_t n,
		     struct candidate *out)
{
	bool all = l->owner->settled && l->made_of == l->owner->version;
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		struct member *m = members[i];
		if (m->logged || (!m->settled && !all))
			continue;
		out[found++] = (struct candidate){ m, !m->settled, order_of(m), i };
	}
	qsort(out, found, sizeof(*out), compare);
	return found;
}

/* All of them or none. */
static int add_lines(struct owned *l, const struct candidate *chosen, size_t n, struct fault *f)
{
	size_t before = l->log.len;

	for (size_t i = 0; i < n; i++)
		add_line(chosen[i].member, &l->log);
	int rc = buf_error(&l->log);
	if (rc) {
		buf_cut(&l->log, before);
		return rc == -E2BIG ?
			       fault_set(f, EFBIG, "their lines are more than the %u MiB that a file can "
					 "show: the server has them all at '%s'",
					 EVENTS_LOG_MAX / 1024 / 1024, l->path) :
			       fault_set(f, ENOMEM, "no memory for a listing");
	}
	for (size_t i = 0; i < n; i++)
		chosen[i].member->logged = true;
	if (n)
		collection_moved(&l->c);
	return 0;
}

/* ---- listings ------------------------------------------------------------------------- */

static void note_resume(struct owned *l, struct member *const *members, size_t n, size_t at)
{
	if (!at)
		l->resume = NULL;
	for (size_t i = 0; i < n && members[i]->settled; i++) {
		l->resume = members[i];
		l->resume_at = at + i;
	}
}

int events_listed(struct owned *l, struct member *const *members, size_t n, size_t at,
		  struct fault *f)
{
	struct candidate *chosen = malloc((n ? n : 1) * sizeof(*chosen));
	if (!chosen)
		return fault_set(f, ENOMEM, "no memory for a listing");
	int rc = add_lines(l, chosen, choose(l, members, n, chosen), f);
	free(chosen);
	if (!rc)
		note_resume(l, members, n, at);
	return rc;
}

const struct member *events_resume(const struct collection *c, size_t *at)
{
	const struct owned *l = (const struct owned *)c;

	*at = 0;
	if (!c->complete || c->whole_wanted || c->repeats || !l->resume)
		return NULL;
	*at = l->resume_at;
	return l->resume;
}
