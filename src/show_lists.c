/* The texts of events, statistics and restore points, and the links to the newest. */
#include <errno.h>

#include "vbofs/tree.h"
#include "vbofs/tsv.h"

#include "show.h"

int show_events(struct tree *t, const struct node *n, struct buf *out)
{
	const struct collection *c = model_listed(t->config.model, n->member, MODEL_EVENTS);
	if (!c)
		return -EIO;
	const struct buf *log = model_log(c);
	buf_add(out, log->data ? log->data : "", log->len);
	return 0;
}

/* ---- statistics ----------------------------------------------------------------------- */

/* The one object; false where it is not in memory. */
static bool find_statistics(struct tree *t, const struct node *n, struct jslice *out)
{
	const struct collection *c = model_listed(t->config.model, n->member, MODEL_STATISTICS);
	const struct roster *r = c ? model_roster(c) : NULL;

	for (size_t i = 0; r && i < r->n; i++)
		if (!r->members[i]->gone) {
			*out = member_json(r->members[i]);
			return true;
		}
	return false;
}

static size_t count(const struct jslice *array)
{
	struct jslice_iter it;
	size_t n = 0;

	jslice_begin(&it, array);
	while (jslice_next(&it))
		n++;
	return n;
}

/* Values as they are; of arrays, which have files of their own, how many there are. */
int show_statistics(struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice object;
	struct jslice_iter it;

	if (!find_statistics(t, n, &object))
		return -EIO;
	jslice_begin(&it, &object);
	while (jslice_next(&it)) {
		if (it.value.type == JSLICE_NULL || it.value.type == JSLICE_OBJECT)
			continue;
		tsv_add(out, &it.key);
		buf_addch(out, ' ');
		if (it.value.type == JSLICE_ARRAY)
			buf_printf(out, "%zu", count(&it.value));
		else
			tsv_add(out, &it.value);
		buf_addch(out, '\n');
	}
	return out->len || buf_error(out) ? 0 : -EIO;   /* {} tells nothing */
}

int show_statistics_json(struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice object;

	if (!find_statistics(t, n, &object))
		return -EIO;
	buf_add(out, object.text, object.len);
	buf_addch(out, '\n');
	return 0;
}

static int show_lines(struct tree *t, const struct node *n, const char *key, struct buf *out)
{
	struct jslice object, array;
	struct jslice_iter it;

	if (!find_statistics(t, n, &object))
		return -EIO;
	array = jslice_get(&object, key);
	jslice_begin(&it, &array);
	while (jslice_next(&it)) {
		tsv_add(out, &it.value);
		buf_addch(out, '\n');
	}
	return 0;
}

int show_statistics_errors(struct tree *t, const struct node *n, struct buf *out)
{
	return show_lines(t, n, "errors", out);
}

int show_statistics_warnings(struct tree *t, const struct node *n, struct buf *out)
{
	return show_lines(t, n, "warnings", out);
}

static int has_lines(struct tree *t, const struct node *dir, const char *key, struct want *w)
{
	struct collection *c = model_list(t->config.model, dir->member, MODEL_STATISTICS);
	struct jslice object, array;

	if (!c)
		return fault_set(&w->fault, ENOMEM, "no memory for a listing");
	int rc = model_need_owned(c, w);
	if (rc)
		return rc;
	if (!find_statistics(t, dir, &object))
		return -ENOENT;
	array = jslice_get(&object, key);
	return count(&array) ? 0 : -ENOENT;
}

int show_has_errors(struct tree *t, const struct node *dir, struct want *w)
{
	return has_lines(t, dir, "errors", w);
}

int show_has_warnings(struct tree *t, const struct node *dir, struct want *w)
{
	return has_lines(t, dir, "warnings", w);
}

/* ---- restore points and links --------------------------------------------------------- */

int show_services(struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice json = member_json(n->member), services = jslice_get(&json, "services");
	struct jslice_iter it;

	(void)t;
	jslice_begin(&it, &services);
	while (jslice_next(&it)) {
		tsv_add(out, &it.value);
		buf_addch(out, '\n');
	}
	return 0;
}

static int show_target(struct tree *t, const struct node *n, const char *where, struct buf *out)
{
	struct member *m;
	int rc = n->kind->leads_to(t, n->parent, &m);

	if (!rc)
		buf_printf(out, "%s%s", where, m->name);
	return rc;
}

int show_latest_here(struct tree *t, const struct node *n, struct buf *out)
{
	return show_target(t, n, "", out);
}

int show_latest_session(struct tree *t, const struct node *n, struct buf *out)
{
	return show_target(t, n, "../../sessions/", out);
}
