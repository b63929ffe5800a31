/* Down: what is a place, or what was found in it, called? */
#include "trace_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *join(const char *a, const char *b, const char *c)
{
	struct buf path;

	buf_init(&path, SIZE_MAX);
	buf_addstr(&path, a ? a : "");
	for (int i = 0; i < 2; i++) {
		const char *part = i ? c : b;
		if (path.len && *part)
			buf_addch(&path, '/');
		buf_addstr(&path, part);
	}
	char *text = buf_take(&path, NULL);
	buf_release(&path);
	return text;
}

static int path_add(struct trace *tr, char *path)
{
	if (tr->n == tr->cap) {
		size_t cap = tr->cap ? 2 * tr->cap : 64;
		char **more = realloc(tr->paths, cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		tr->paths = more;
		tr->cap = cap;
	}
	tr->paths[tr->n++] = path;
	return 0;
}

/* It has a name in `dir`, a part of `in` or that itself. */
static int hook_found(struct place *in, struct node *dir, struct hook *h, const struct named *named)
{
	struct trace *tr = in->trace;
	char *path = join(in->path, dir == in->node ? "" : dir->kind->name, named->name);

	if (!path)
		return -ENOMEM;
	if (!h->place) {
		if (path_add(tr, path)) {
			free(path);
			return -ENOMEM;
		}
	} else {
		h->place->path = path;
		h->place->node = node_get(tr->tree->nodes, dir, named->kind, named->member, NULL);
		if (!h->place->node)
			return -ENOMEM;
		h->place->state = PLACE_NAMED;
	}
	h->done = true;
	in->open--;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct hook *)a)->id, ((const struct hook *)b)->id);
}

static struct hook *first_hook(struct place *p, char *id)
{
	struct hook key = { .id = id };
	struct hook *h = bsearch(&key, p->hooks, p->n, sizeof(*h), by_id);

	while (h && h > p->hooks && strcmp(h[-1].id, id) == 0)
		h--;
	return h;
}

/* Files first: a post stands beside the directory of its replies. */
static int match(struct place *p, struct node *dir, const struct names *names, bool files)
{
	int rc = 0;

	for (size_t i = 0; !rc && i < names->n; i++) {
		const struct named *named = &names->all[i];
		if (files != (named->kind->type == S_IFREG))
			continue;
		char *id = named->member->id;
		for (struct hook *h = first_hook(p, id); h && !rc && h < p->hooks + p->n; h++) {
			if (strcmp(h->id, id) != 0)
				break;
			if (!h->done && trace_row_takes(p->trace, named->kind, h))
				rc = hook_found(p, dir, h, named);
		}
	}
	return rc;
}

static bool takes_any(const struct place *p, const struct kind *dir)
{
	for (const struct kind *k = NULL; (k = kinds_child(dir, k));)
		for (size_t i = 0; i < p->n; i++)
			if (!p->hooks[i].done && trace_row_takes(p->trace, k, &p->hooks[i]))
				return true;
	return false;
}

static int look_in(struct place *p, struct node *dir)
{
	struct tree *t = p->trace->tree;
	int rc = place_wait(p, names_need(t, dir, &p->want, MODEL_FRESH));

	if (rc)
		return rc;
	const struct names *names = names_get(t, dir);
	if (!names)
		return -ENOMEM;
	rc = match(p, dir, names, true);
	return rc ? rc : match(p, dir, names, false);
}

/* Give all that hangs here a name. */
int trace_descend(struct place *p)
{
	struct tree *t = p->trace->tree;
	int rc = 0;

	qsort(p->hooks, p->n, sizeof(*p->hooks), by_id);
	if (takes_any(p, p->node->kind))
		rc = look_in(p, p->node);
	for (const struct kind *k = NULL; !rc && p->open && (k = kinds_child(p->node->kind, k));) {
		if (!place_has_part(p, k) || !takes_any(p, k))
			continue;
		struct node *part = node_get(t->nodes, p->node, k, NULL, NULL);
		rc = part ? look_in(p, part) : -ENOMEM;
		if (part)
			node_put(t->nodes, part, 1);
	}
	if (!rc)
		place_lose(p);
	return rc;
}
