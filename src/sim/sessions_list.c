/* Part of sessions.h: the listing, its filters and its order. */
#include "sessions.h"

#include <stdlib.h>
#include <strings.h>

#include "alloc.h"
#include "input.h"
#include "instant.h"
#include "list.h"
#include "params.h"

struct query {
	int version;
	int64_t start_from, start_to, end_from, end_to; /* inclusive */
	bool by_end, ascending;
};

struct selection {
	struct session **items;  /* ascending */
	size_t count;
	bool ascending;          /* as the answer shall be */
};

/* false: an error was answered. */
static bool ask_order(struct request *rq, struct query *q)
{
	char *by = request_query(rq, "orderBy");
	char *ascending = request_query(rq, "orderAsc");
	bool good = ascending == NULL || input_bool_text(ascending, &q->ascending);

	q->by_end = by != NULL && strcasecmp(by, "EndTime") == 0;
	if (by != NULL && !q->by_end && strcasecmp(by, "CreationTime") != 0)
		good = false;
	free(by);
	free(ascending);
	if (!good)
		reply_bad(rq, "The order in the query is not valid.");
	return good;
}

static bool ask(struct request *rq, struct query *q)
{
	*q = (struct query){ rq->version, INT64_MIN, INT64_MAX, INT64_MIN, INT64_MAX, false,
		false };
	if (rq->version >= 5 && (!params_time(rq, "startTimeFrom", &q->start_from) ||
	    !params_time(rq, "startTimeTo", &q->start_to)))
		return false;
	return rq->version < 8 || (params_time(rq, "endTimeFrom", &q->end_from) &&
		params_time(rq, "endTimeTo", &q->end_to) && ask_order(rq, q));
}

static int compare_end(const void *a, const void *b)
{
	const struct session *x = *(struct session *const *)a;
	const struct session *y = *(struct session *const *)b;

	if (x->ended != y->ended)
		return x->ended < y->ended ? -1 : 1;
	return x->created < y->created ? -1 : x->created > y->created;
}

static bool wanted(const struct query *q, const struct session *session)
{
	if (q->end_from == INT64_MIN && q->end_to == INT64_MAX)
		return true;
	return session->ended != INSTANT_NONE && session->ended >= q->end_from &&
		session->ended <= q->end_to;
}

/* What asks for more than a range of creation times needs a copy of the pointers. */
static struct session **choose(const struct query *q, struct selection *s)
{
	struct session **chosen = alloc_zero(s->count, sizeof(*chosen));
	size_t i, n = 0;

	for (i = 0; i < s->count; i++)
		if (wanted(q, s->items[i]))
			chosen[n++] = s->items[i];
	if (q->by_end)
		qsort(chosen, n, sizeof(*chosen), compare_end);
	s->items = chosen;
	s->count = n;
	return chosen;
}

static void write_item(struct text *t, const struct request *rq, const void *items,
	size_t index, const char *id)
{
	const struct selection *s = items;

	sessions_write(t, rq, s->items[s->ascending ? index : s->count - 1 - index], id);
}

void sessions_list(struct request *rq)
{
	const struct session_list *all = &rq->token->login->sessions;
	struct session **chosen = NULL;
	struct selection s;
	struct query q;
	size_t from, to;

	if (!ask(rq, &q))
		return;
	from = state_first_from(all, q.start_from);
	to = q.start_to == INT64_MAX ? all->count : state_first_from(all, q.start_to + 1);
	s = (struct selection){ all->count ? all->items + from : NULL, to > from ? to - from : 0,
		q.ascending };
	if (q.version < 5 || q.by_end || q.end_from != INT64_MIN || q.end_to != INT64_MAX)
		chosen = choose(&q, &s);
	list_answer(rq, &(struct list){ rq->version == 1, s.count, &s, write_item });
	free(chosen);
}
