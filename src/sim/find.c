#include "find.h"

#include <stdlib.h>
#include <strings.h>

#include "content.h"
#include "input.h"
#include "query.h"
#include "scope.h"
#include "where.h"

struct hunt {
	const struct tree *tree;
	bool kinds[KINDS];       /* what is looked for */
	struct query query;
};

static bool matches(const struct node *node, const void *arg)
{
	const struct hunt *h = arg;

	return h->kinds[node->kind] && query_matches(&h->query, h->tree, node);
}

static bool want_files(struct request *rq, bool onedrive, struct hunt *h)
{
	char *type = request_query(rq, "itemType");
	bool all = type == NULL || strcasecmp(type, "All") == 0;
	bool folders = all || strcasecmp(type, "Folders") == 0;
	/* SharePoint calls items what is no folder. */
	bool items = all || strcasecmp(type, onedrive ? "Documents" : "Items") == 0;

	free(type);
	h->kinds[KIND_OD_FOLDER] = h->kinds[KIND_SP_FOLDER] = folders;
	h->kinds[KIND_OD_DOCUMENT] = h->kinds[KIND_SP_DOCUMENT] = items;
	h->kinds[KIND_SP_ITEM] = items;
	return folders || items;
}

static bool want_teams(const struct where *w, json_t *options, struct hunt *h)
{
	const char *type = input_text(options, "type");

	if (w->kind != KIND_ROOT) {
		h->kinds[w->kind] = true;
		return true;
	}
	if (type == NULL)
		return false;
	h->kinds[KIND_TEAM_FILE] = strcasecmp(type, "Files") == 0;
	h->kinds[KIND_POST] = strcasecmp(type, "Posts") == 0;
	h->kinds[KIND_TAB] = strcasecmp(type, "Tabs") == 0;
	return h->kinds[KIND_TEAM_FILE] || h->kinds[KIND_POST] || h->kinds[KIND_TAB];
}

static bool want(struct request *rq, const struct where *w, json_t *options, struct hunt *h)
{
	switch (w->view.tree->type) {
	case SESSION_VEX:
		h->kinds[KIND_MAIL_ITEM] = true;
		return true;
	case SESSION_VET:
		return want_teams(w, options, h);
	default:
		return want_files(rq, w->view.tree->type == SESSION_VEOD, h);
	}
}

/* The top of a channel, or of each channel of a team. */
static void pick_top(struct pick *p, const struct where *w, const struct node *at,
	const struct hunt *h)
{
	struct pick channels = { 0 };
	size_t i;

	if (at->kind == KIND_TEAM)
		pick_children(&channels, &w->view, at, KIND_CHANNEL, NULL, NULL);
	for (i = 0; i < pick_total(&channels); i++)
		pick_children(p, &w->view, pick_item(&channels, i), w->kind, matches, h);
	if (at->kind != KIND_TEAM)
		pick_children(p, &w->view, at, w->kind, matches, h);
	pick_free(&channels);
}

/* From v7 on, searches of files and posts take the parameters of their listings. */
static bool pick(struct request *rq, const struct where *w, const struct hunt *h, struct pick *p)
{
	const struct node *at = w->node, *parent = NULL;
	enum scope how = SCOPE_ANY;

	if (rq->version >= 7 && (w->kind == KIND_TEAM_FILE || w->kind == KIND_POST)) {
		how = scope_parent(rq, w, &parent);
		if (how == SCOPE_BAD || !scope_channel(rq, w, &at)) {
			view_missing(rq);
			return false;
		}
	}
	/* Into subsites only from the top. */
	if (how == SCOPE_ANY)
		pick_below(p, &w->view, at, at->kind == KIND_ROOT, matches, h);
	else
		pick_top(p, w, how == SCOPE_NODE ? parent : at, h);
	return true;
}

/* false: answered. */
static bool understand(struct request *rq, const struct where *w, json_t *options, struct hunt *h)
{
	const char *text = input_text(options, "query"), *why;
	unsigned status;

	h->tree = w->view.tree;
	if (!want(rq, w, options, h)) {
		reply_bad(rq, "The type of what is searched is missing or not valid.");
		return false;
	}
	status = query_parse(&h->query, text != NULL ? text : "", &why);
	if (status == 400)
		reply_bad(rq, why);
	else if (status != 0)
		reply_error(rq, status, "HttpError", why);
	return status == 0;
}

void find_with(struct request *rq, json_t *options)
{
	struct hunt h = { .tree = NULL };
	struct pick p = { 0 };
	struct where w;

	if (!where_find(&w, rq))
		return;
	if (understand(rq, &w, options, &h) && pick(rq, &w, &h, &p))
		content_answer(rq, &w.view, &p);
	query_free(&h.query);
}

void find_search(struct request *rq)
{
	json_t *body = input_object(rq->body.len ? rq->body.data : "", rq->body.len);

	if (body == NULL)
		reply_bad(rq, "The body must be a JSON object.");
	else
		find_with(rq, body);
	json_decref(body);
}
