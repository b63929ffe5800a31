/*
 * The pages of a listing: finds the members in a page, stages them, and tells
 * from what came whether there is more.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "listing_private.h"

#define DOCUMENTED_PAGE 30        /* the server's default ... */
#define DOCUMENTED_PAGE_MAX 10000 /* ... and most */

void staged_clear(struct listing *l)
{
	for (size_t i = 0; i < l->n; i++)
		member_put(l->staged[i]);
	l->n = 0;
	map_release(&l->ids);
	map_init(&l->ids);
}

void page_free(struct listing *l)
{
	timer_stop(&l->slice);
	if (l->page)
		free(l->page->text);
	free(l->page);
	l->page = NULL;
}

/* Where the server keeps the outcome of what it was asked, for the pages that follow. */
static void read_set_id(const struct jslice *root, struct listing *l)
{
	struct jslice id = jslice_get(root, "setId");
	struct buf text;

	buf_init(&text, sizeof(l->set_id) - 1);
	if (l->c->ask.set && id.type == JSLICE_STRING && !jslice_string(&id, &text) && text.len)
		memcpy(l->set_id, text.data, text.len + 1);
	buf_release(&text);
}

int page_find(struct listing *l, struct page *page, size_t len, struct jslice *members,
	      struct fault *f)
{
	struct jslice root;

	if (!len || jslice_parse(page->text, len, &root))
		return fault_set(f, EIO, "the server's answer is %s",
				 len ? "not well-formed JSON" : "empty");
	*members = root;
	if (root.type == JSLICE_ARRAY)
		return 0;
	if (root.type != JSLICE_OBJECT)
		return fault_set(f, EIO, "the server's answer is neither a page nor an array");
	*members = jslice_get(&root, "results");
	if (members->type != JSLICE_ARRAY) {
		if (l->how->paging != PAGING_VALUE &&
		    (l->how->paging != PAGING_OBJECT || !member_has_id(&root)))
			return fault_set(f, EIO, "the server's answer has no list of results");
		*members = root;
		return 0;
	}
	struct jslice links = jslice_get(&root, "_links"), next = jslice_get(&links, "next");
	page->envelope = true;
	if (!l->set_id[0])
		read_set_id(&root, l);
	page->next = next.type == JSLICE_OBJECT || next.type == JSLICE_STRING;
	page->linked = links.type == JSLICE_OBJECT;
	return 0;
}

/* The member that `m` is in this listing; takes over `m`.  NULL with a fault. */
static const struct member *stage(struct listing *l, struct member *m, struct fault *f)
{
	const struct member *known = map_find(&l->ids, m->hash, member_is_named, m->name);

	if (known) {
		member_put(m);
		return known;
	}
	if (l->n == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct member **more = realloc(l->staged, cap * sizeof(*more));
		if (more) {
			l->staged = more;
			l->cap = cap;
		}
	}
	if (l->n == l->cap || map_insert(&l->ids, m->hash, m)) {
		member_put(m);
		fault_set(f, ENOMEM, "no memory for a listing");
		return NULL;
	}
	l->staged[l->n++] = m;
	return m;
}

int page_stage(struct listing *l, const struct jslice *element, struct fault *f)
{
	struct page *page = l->page;
	struct member *fresh = member_new(l->c, element);
	const struct member *m = fresh ? stage(l, fresh, f) : NULL;

	if (!m)
		return fault_set(f, ENOMEM, "no memory for a listing");
	/* twice in one page is the server's own doing: one of them will do */
	if (page->n == 0 && l->last && strcmp(m->name, l->last->name) == 0)
		page->continues = true;
	else if (m->version <= page->version)
		page->repeated++;
	page->n++;
	page->last = m;
	if (l->n > MODEL_MEMBERS_MAX)
		return fault_set(f, EIO, "the server lists more than %d", MODEL_MEMBERS_MAX);
	return 0;
}

/*
 * An array tells nothing about a rest.  One as long as the server's default
 * page, or longer, may have been cut anywhere: what comes behind it is asked for,
 * unless this server is known to repeat all it has.
 */
static enum verdict judge_array(const struct listing *l, const struct page *page)
{
	if (l->how->paging == PAGING_OBJECT || l->how->paging == PAGING_VALUE ||
	    (!page->n && !l->last))
		return PAGE_LAST;
	if (l->last && !page->continues) {
		l->c->repeats = page->repeated == page->n && page->n == l->n;
		return l->c->repeats ? PAGE_LAST : PAGE_AGAIN;
	}
	if (page->repeated)
		return PAGE_AGAIN;
	if (l->how->paging == PAGING_WHOLE)
		return page->n == DOCUMENTED_PAGE || page->n == MODEL_PAGE ||
				       page->n == DOCUMENTED_PAGE_MAX ? PAGE_MORE : PAGE_LAST;
	if (l->c->repeats)
		return PAGE_LAST;
	return page->n >= DOCUMENTED_PAGE || page->n == l->page_before ? PAGE_MORE : PAGE_LAST;
}

enum verdict page_judge(const struct listing *l, const struct page *page, struct fault *f)
{
	/* what was searched for may be found twice, but not all of a page again */
	size_t allowed = l->c->ask.body && page->n ? page->n - 1 : 0;

	if (!page->envelope)
		return judge_array(l, page);
	if (page->repeated > allowed || (l->last && !page->continues))
		return PAGE_AGAIN;
	if (page->next && page->n <= page->continues) {
		fault_set(f, EIO, "the server sent an empty page and says there is more");
		return PAGE_BAD;
	}
	/* without links an empty page is the end */
	return page->next || (!page->linked && page->n > page->continues) ? PAGE_MORE : PAGE_LAST;
}
