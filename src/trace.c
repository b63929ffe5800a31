#include "trace_private.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"
#include "vbofs/object.h"

#define PARALLEL_MAX 8          /* requests of one trace at a time */

static void on_wake(struct want *w)
{
	struct place *p = (struct place *)(void *)((char *)w - offsetof(struct place, want));

	p->waiting = false;
	p->trace->waiting--;
	p->trace->wake(p->trace->user);
}

static void place_init(struct place *p, struct trace *tr)
{
	p->trace = tr;
	want_init(&p->want, on_wake);
}

struct trace *trace_new(struct tree *t, struct node *base, enum content containers,
			void (*wake)(void *user), void *user)
{
	struct trace *tr = calloc(1, sizeof(*tr));
	if (!tr)
		return NULL;
	tr->tree = t;
	tr->container = content_belongs(containers);
	tr->channel = containers == CONTENT_TEAMS ? content_belongs(CONTENT_CHANNELS) : NULL;
	tr->wake = wake;
	tr->user = user;
	map_init(&tr->by_id);
	place_init(&tr->base, tr);
	tr->base.state = PLACE_NAMED;
	tr->base.letter = base->kind->id_as;
	tr->base.node = base;
	node_ref(base);
	return tr;
}

static void place_clear(struct place *p)
{
	want_cancel(&p->want);
	for (size_t i = 0; i < p->n; i++)
		free(p->hooks[i].id);
	free(p->hooks);
	if (p->node)
		node_put(p->trace->tree->nodes, p->node, 1);
	free(p->path);
	free(p->id);
}

void trace_free(struct trace *tr)
{
	if (!tr)
		return;
	while (tr->places) {
		struct place *p = tr->places;
		tr->places = p->next;
		place_clear(p);
		free(p);
	}
	place_clear(&tr->base);
	map_release(&tr->by_id);
	for (size_t i = 0; i < tr->n; i++)
		free(tr->paths[i]);
	free(tr->paths);
	free(tr->lost_id);
	free(tr);
}

/* ---- places and hooks --------------------------------------------------------------------- */

static uint64_t hash_of(const struct place *p)
{
	uint64_t h = hash64(p->id, strlen(p->id));

	h = hash64_more(h, &p->letter, sizeof(p->letter));
	return hash64_more(h, &p->within, sizeof(p->within));
}

static bool same_place(const void *value, const void *key)
{
	const struct place *a = value, *b = key;

	return a->letter == b->letter && a->within == b->within && a->list == b->list &&
	       strcmp(a->id, b->id) == 0;
}

struct place *place_get(struct trace *tr, char letter, enum content list,
			struct place *within, const char *id)
{
	struct place key = {
		.letter = letter, .list = list, .within = within, .id = (char *)(uintptr_t)id,
	};
	uint64_t hash = hash_of(&key);
	struct place *p = map_find(&tr->by_id, hash, same_place, &key);

	if (p)
		return p;
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	*p = key;
	p->id = strdup(id);
	place_init(p, tr);
	if (!p->id || map_insert(&tr->by_id, hash, p)) {
		place_clear(p);
		free(p);
		return NULL;
	}
	p->next = tr->places;
	tr->places = p;
	return p;
}

static int hook_add(struct place *in, const char *id, struct place *place, enum content list)
{
	if (in->n == in->cap) {
		size_t cap = in->cap ? 2 * in->cap : 4;
		struct hook *more = realloc(in->hooks, cap * sizeof(*more));
		if (!more)
			return -ENOMEM;
		in->hooks = more;
		in->cap = cap;
	}
	char *copy = strdup(id);
	if (!copy)
		return -ENOMEM;
	in->hooks[in->n++] = (struct hook){ .id = copy, .place = place, .list = list };
	in->open++;
	return 0;
}

int place_hang(struct place *p, struct place *in)
{
	int rc = hook_add(in, p->id, p, p->list);

	if (!rc)
		p->state = PLACE_HUNG;
	return rc;
}

/* What hangs there has no path either. */
void place_lose(struct place *p)
{
	struct trace *tr = p->trace;

	for (size_t i = 0; i < p->n; i++) {
		struct hook *h = &p->hooks[i];
		if (h->done)
			continue;
		h->done = true;
		p->open--;
		if (h->place) {
			h->place->state = PLACE_LOST;
			continue;
		}
		tr->lost++;
		if (!tr->lost_id)
			tr->lost_id = strdup(h->id);
	}
}

struct place *place_within(const struct place *p)
{
	return p->within ? p->within : &p->trace->base;
}

int place_wait(struct place *p, int rc)
{
	if (rc != MODEL_PARK)
		return rc;
	p->waiting = true;
	p->trace->waiting++;
	return -EINPROGRESS;
}

/* ---- where rows of the table are -------------------------------------------------------------- */

bool trace_is_part(const struct trace *tr, const struct kind *k)
{
	return k->each == EACH_ONE && k->type == S_IFDIR && !k->hidden && kind_served(tr->tree, k);
}

bool place_has_part(struct place *p, const struct kind *k)
{
	return trace_is_part(p->trace, k) &&
	       (!k->has || k->has(p->trace->tree, p->node, &p->want) == 0);
}

bool trace_row_takes(const struct trace *tr, const struct kind *row, const struct hook *h)
{
	if (!row->label || !row->list || !kind_served(tr->tree, row))
		return false;
	if (h->list && row->list != h->list)
		return false;
	if (h->place)
		return row->type == S_IFDIR && row->id_as == h->place->letter;
	return row->id_as != 'c' && row->id_as != 'd';
}

/* ---- the whole --------------------------------------------------------------------------------- */

static bool belongs(const struct jslice *o, const struct content_belongs *b, struct buf *out)
{
	return object_field(o, b->field, out) || object_link_last(o, b->link, out) ||
	       object_link_below(o, "self", b->segment, out) ||
	       object_link_below(o, "parent", b->segment, out) ||
	       object_link_query(o, "self", b->field, out) ||
	       object_link_query(o, "parent", b->field, out);
}

/* The container, or the channel in it, that it says it is in; NULL: it does not.  0, -ENOMEM. */
static int find_holder(struct trace *tr, const struct jslice *o, struct place **out)
{
	const struct place *base = &tr->base;
	struct place *p = base->letter == 'c' ? &tr->base : NULL;
	bool failed = false;
	struct buf id;

	buf_init(&id, MEMBER_ID_MAX);
	if (belongs(o, tr->container, &id) &&
	    (!p || strcmp(base->node->member->id, id.data) != 0)) {
		p = place_get(tr, 'c', CONTENT_NONE, NULL, id.data);
		failed = !p;
	}
	failed |= buf_error(&id) == -ENOMEM;
	buf_reset(&id);
	if (p && tr->channel && belongs(o, tr->channel, &id)) {
		p = place_get(tr, 'd', CONTENT_NONE, p == base ? NULL : p, id.data);
		failed |= !p;
	}
	failed |= buf_error(&id) == -ENOMEM;
	buf_release(&id);
	*out = p;
	return failed ? -ENOMEM : 0;
}

static bool is_holder(const struct place *p, const char *id)
{
	return strcmp(p->id ? p->id : p->node->member->id, id) == 0;
}

int trace_add(struct trace *tr, const struct member *found, enum content list)
{
	struct jslice json = member_json(found);
	struct place *p;
	struct buf id, up;
	int rc = find_holder(tr, &json, &p);

	buf_init(&id, MEMBER_ID_MAX);
	buf_init(&up, MEMBER_ID_MAX);
	if (!rc && p && object_parent(&json, &up) && !is_holder(p, up.data)) {
		p = place_get(tr, 'p', content_lies_in(list), p == &tr->base ? NULL : p, up.data);
		rc = p ? 0 : -ENOMEM;
	}
	bool named = object_id(&json, &id);
	if (buf_error(&id) == -ENOMEM || buf_error(&up) == -ENOMEM)
		rc = -ENOMEM;
	else if (!rc && p && named)
		rc = hook_add(p, id.data, NULL, list);
	else if (!rc)
		tr->lost++;
	buf_release(&id);
	buf_release(&up);
	return rc;
}

static int step(struct place *p)
{
	const struct place *in = place_within(p);

	if (p->state == PLACE_UNKNOWN && in->state == PLACE_NAMED)
		return trace_climb(p);
	if (p->state == PLACE_UNKNOWN && in->state == PLACE_LOST)
		p->state = PLACE_LOST;
	if (p->state == PLACE_NAMED && p->open)
		return trace_descend(p);
	if (p->state == PLACE_LOST)
		place_lose(p);
	return 0;
}

/* Every place goes as far as it can; true if any of them got further. */
static bool round_of(struct trace *tr, int *rc, struct fault *f)
{
	bool moved = false;

	for (struct place *p = &tr->base, *next; p && tr->waiting < PARALLEL_MAX; p = next) {
		next = p == &tr->base ? tr->places : p->next;
		enum place_state state = p->state;
		size_t open = p->open;
		if (p->waiting)
			continue;
		*rc = step(p);
		if (!*rc && p->want.fault.err)
			*rc = -p->want.fault.err;   /* the session has ended meanwhile */
		if (*rc == -EINPROGRESS) {
			*rc = 0;
			continue;
		}
		if (*rc) {
			*f = p->want.fault;
			if (!f->err)
				fault_set(f, -*rc, "no memory for what was found");
			return false;
		}
		moved |= state != p->state || open != p->open;
	}
	return moved;
}

int trace_run(struct trace *tr, struct fault *f)
{
	int rc = 0;

	while (round_of(tr, &rc, f))
		;
	if (rc || tr->waiting)
		return rc ? rc : MODEL_PARK;
	/* what is left lies in itself, in a circle */
	for (struct place *p = tr->places; p; p = p->next)
		place_lose(p);
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void trace_show(struct trace *tr, struct buf *out)
{
	if (tr->n)
		qsort(tr->paths, tr->n, sizeof(*tr->paths), by_text);
	for (size_t i = 0; i < tr->n; i++) {
		if (i && strcmp(tr->paths[i], tr->paths[i - 1]) == 0)
			continue;
		buf_addstr(out, tr->paths[i]);
		buf_addch(out, '\n');
	}
}

size_t trace_lost(const struct trace *tr, const char **id)
{
	*id = tr->lost_id ? tr->lost_id : "?";
	return tr->lost;
}
