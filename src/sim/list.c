#include "list.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "params.h"

struct window {
	size_t offset, limit;    /* limit: the effective one */
	size_t count;            /* items in this part */
	bool more;
};

static enum fault_action list_fault(const struct request *rq)
{
	return rq->fault != NULL ? rq->fault->action : FAULT_NONE;
}

static bool endless(const struct request *rq)
{
	return list_fault(rq) == FAULT_ENDLESS || list_fault(rq) == FAULT_FRESH_ENDLESS;
}

static void write_items(struct text *t, const struct request *rq, const struct list *list,
	const struct window *w)
{
	bool fresh = list_fault(rq) == FAULT_FRESH_ENDLESS;
	char id[UUID_SIZE];
	size_t i, at;

	if (list_fault(rq) == FAULT_NULL_RESULTS) {
		text_add(t, "null");
		return;
	}
	text_add(t, "[");
	for (i = 0; i < w->count; i++) {
		struct random r = { (w->offset + i) ^ UINT64_C(0x5eed5eed00000000) };

		at = list_fault(rq) == FAULT_ENDLESS ? i : w->offset + i;
		if (fresh)
			random_uuid(&r, id);
		text_element(t);
		list->write(t, rq, list->items, at % list->total, fresh ? id : NULL);
	}
	text_add(t, "]");
}

/* The query without limit and offset, so that links keep its filters. */
static void write_filters(struct text *t, const struct request *rq)
{
	const char *p = rq->query;
	size_t len;

	for (; *p != '\0'; p += len + (p[len] == '&')) {
		len = strcspn(p, "&");
		if (len == 0 || strncasecmp(p, "limit=", 6) == 0 ||
		    strncasecmp(p, "offset=", 7) == 0 || strncasecmp(p, "setId=", 6) == 0)
			continue;
		text_add_bytes(t, p, len);
		text_add(t, "&");
	}
}

static void write_link(struct text *t, const struct request *rq, const char *name,
	size_t limit, size_t offset)
{
	struct text href = { 0 };
	size_t len = strcspn(rq->target, "?"), i, segment = 0;

	/* v1-v5: absolute, in lower case but for ids; v6 and later: relative. */
	if (rq->version < 6)
		text_add(&href, rq->sim->base_url);
	text_add_bytes(&href, rq->target, len);
	for (i = href.len - len + 1; rq->version < 6 && i < href.len; i++) {
		segment += href.data[i] == '/';
		if (segment < rq->nsegments && !rq->named[segment])
			href.data[i] = (char)tolower((unsigned char)href.data[i]);
	}
	text_add(&href, "?");
	write_filters(&href, rq);
	text_printf(&href, "limit=%zu&offset=%zu", limit, offset);
	text_key(t, name);
	text_add(t, "{");
	text_string(t, "href", href.data);
	text_add(t, "}");
	text_free(&href);
}

static void write_set_id(struct text *t, struct request *rq)
{
	char *given = request_query(rq, "setId");
	char id[UUID_SIZE];

	random_uuid(&rq->sim->state.random, id);
	text_string(t, "setId", given != NULL && strlen(given) == UUID_SIZE - 1 ? given : id);
	free(given);
}

static void write_page(struct text *t, struct request *rq, const struct list *list,
	const struct window *w)
{
	text_add(t, "{");
	text_number(t, "offset", (long long)w->offset);
	text_number(t, "limit", (long long)w->limit);
	if (rq->version >= 6)
		write_set_id(t, rq);
	if (rq->version == 6 || rq->version == 7)
		text_number(t, "totalCount", (long long)list->total);
	text_key(t, "results");
	write_items(t, rq, list, w);
	text_key(t, "_links");
	text_add(t, "{");
	write_link(t, rq, "first", w->limit, 0);
	if (w->offset > 0)
		write_link(t, rq, "prev", w->limit,
			w->offset > w->limit ? w->offset - w->limit : 0);
	write_link(t, rq, "self", w->limit, w->offset);
	if (w->more)
		write_link(t, rq, "next", w->limit, w->offset + w->limit);
	text_add(t, "}}");
}

void list_answer(struct request *rq, const struct list *list)
{
	const struct options *o = &rq->sim->options;
	struct window w = { .limit = o->default_page };
	size_t left;

	if (list->array && !o->arrays_paged)
		w.limit = list->total;
	else if (!params_number(rq, "limit", 1, &w.limit) ||
	    !params_number(rq, "offset", 0, &w.offset))
		return;
	if (w.limit > o->max_page && (!list->array || o->arrays_paged))
		w.limit = o->max_page;
	left = w.offset < list->total ? list->total - w.offset : 0;
	if (endless(rq) && !list->array)
		left = list->total == 0 ? 0 : SIZE_MAX;
	w.count = left < w.limit ? left : w.limit;
	w.more = left > w.limit || (endless(rq) && !list->array);
	if (list->array)
		write_items(reply_json(&rq->reply, 200), rq, list, &w);
	else
		write_page(reply_json(&rq->reply, 200), rq, list, &w);
}
