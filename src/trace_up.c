/* Up: what does a place lie in? */
#include "trace_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/object.h"

#include "places.h"

/* The row of what lies in a member of `row` and is like it: folders in folders, sites in sites. */
static const struct kind *row_below(const struct trace *tr, const struct kind *row,
				    const struct hook *h)
{
	for (const struct kind *k = NULL; (k = kinds_child(row, k));)
		if (trace_row_takes(tr, k, h))
			return k;
	for (const struct kind *part = NULL; (part = kinds_child(row, part));)
		for (const struct kind *k = NULL; trace_is_part(tr, part) && (k = kinds_child(part, k));)
			if (trace_row_takes(tr, k, h))
				return k;
	return NULL;
}

static bool parent_id(const struct member *m, struct buf *out)
{
	struct jslice json = member_json(m);

	return object_parent(&json, out);
}

/* What is known of a place while its way up is looked for. */
struct way {
	struct hook hook;            /* for it */
	const struct kind *row;      /* that it could be of */
	const struct member *object;
	bool top;
};

/* Of a list that holds all levels, what is in it may lie deeper. */
static int judge_level(const struct collection *c, struct way *way)
{
	struct buf id;

	buf_init(&id, MEMBER_ID_MAX);
	const struct member *up = parent_id(way->object, &id) ? model_find_id(c, id.data) : NULL;
	way->top = !up || up == way->object;
	int rc = buf_error(&id) == -ENOMEM ? -ENOMEM : 0;
	buf_release(&id);
	return rc;
}

/* Is it in the list of this row, at the top? */
static int look_in_row(struct place *p, const struct kind *row, struct way *way)
{
	if (way->object || !trace_row_takes(p->trace, row, &way->hook))
		return 0;
	struct collection *c = row->members(p->trace->tree, place_within(p)->node, row);
	int rc = c ? place_wait(p, model_need_list(c, &p->want, MODEL_FRESH)) : -ENOMEM;

	if (rc)
		return rc;
	if (!way->row)
		way->row = row;
	way->object = model_find_id(c, p->id);
	way->top = way->object != NULL;
	return way->object && row->nested ? judge_level(c, way) : 0;
}

/* The rows that could hold it at the top, one after the other. */
static int look_at_top(struct place *p, struct way *way)
{
	struct place *in = place_within(p);
	int rc = 0;

	for (const struct kind *k = NULL; !rc && (k = kinds_child(in->node->kind, k));)
		rc = look_in_row(p, k, way);
	for (const struct kind *part = NULL; !rc && (part = kinds_child(in->node->kind, part));)
		for (const struct kind *k = NULL;
		     !rc && place_has_part(in, part) && (k = kinds_child(part, k));)
			rc = look_in_row(p, k, way);
	return rc;
}

/* The object of a folder or subsite: as a list in memory has it, else as the server tells it. */
static int get_object(struct place *p, enum content list, const struct member **out)
{
	struct tree *t = p->trace->tree;
	const struct profile *profile = api_profile(t->config.api);
	struct content_ask ask;
	struct content_ids ids;
	struct member *session = places_ids(place_within(p)->node, &ids);
	struct buf path;
	int rc = 0;

	buf_init(&path, API_PATH_MAX);
	content_list(profile, list, &ids, &path, &ask);
	char *query = buf_error(&path) ? NULL : strchr(path.data, '?');
	if (query)
		query[1] = '\0';
	*out = query ? model_find_listed(t->config.model, path.data, p->id) : NULL;
	buf_reset(&path);
	ids.object = p->id;
	if (!*out && content_object(profile, list, &ids, &path, &ask)) {
		struct collection *c = buf_error(&path) ? NULL :
							  model_content(t->config.model, session, &ask);
		rc = c ? place_wait(p, model_need_list(c, &p->want, MODEL_FRESH)) : -ENOMEM;
		const struct roster *r = rc ? NULL : model_roster(c);
		for (size_t i = 0; r && i < r->n && !*out; i++)
			*out = r->members[i]->gone ? NULL : r->members[i];
	}
	buf_release(&path);
	return rc;
}

/* Hang it on what its object says it lies in. */
static int hang_by_object(struct place *p, const struct member *object)
{
	struct place *in = place_within(p), *up = in;
	struct buf id;
	int rc = 0;

	buf_init(&id, MEMBER_ID_MAX);
	if (parent_id(object, &id) && strcmp(id.data, in->node->member->id) != 0) {
		up = place_get(p->trace, p->letter, p->list, p->within, id.data);
		rc = up ? 0 : -ENOMEM;
	} else if (buf_error(&id)) {
		/* nothing that is listed has so long an id */
		rc = buf_error(&id) == -ENOMEM ? -ENOMEM : 0;
		up = NULL;
		p->state = PLACE_LOST;
	}
	buf_release(&id);
	return rc || !up ? rc : place_hang(p, up);
}

int trace_climb(struct place *p)
{
	struct way way = { .hook = { .place = p, .list = p->list } };

	/* an answer, too: there is no such object */
	if (p->want.fault.err == ENOENT) {
		fault_clear(&p->want.fault);
		p->state = PLACE_LOST;
		return 0;
	}
	int rc = look_at_top(p, &way);
	if (rc)
		return rc;
	if (way.top)
		return place_hang(p, place_within(p));
	const struct kind *below = way.row ? row_below(p->trace, way.row, &way.hook) : NULL;
	if (below && !way.object)
		rc = get_object(p, below->list, &way.object);
	if (!rc && !way.object)
		p->state = PLACE_LOST;
	return rc || !way.object ? rc : hang_by_object(p, way.object);
}
