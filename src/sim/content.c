#include "content.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "find.h"
#include "input.h"
#include "list.h"
#include "save.h"
#include "scope.h"
#include "show.h"
#include "where.h"

struct listing {
	const struct view *view;
	const struct pick *pick;
};

static void write_node(struct text *t, const struct request *rq, const void *items, size_t index,
	const char *id)
{
	const struct listing *l = items;
	const struct node *node = pick_item(l->pick, index);

	show_node(t, rq, l->view, node, view_version(l->view, node), id);
}

void content_answer(struct request *rq, const struct view *view, struct pick *p)
{
	struct listing l = { view, p };
	struct list list = { false, pick_total(p), &l, write_node };

	list_answer(rq, &list);
	pick_free(p);
}

struct wanted {
	enum kind kind;
	enum kind folders;       /* KIND_ROOT: none */
	bool only_folders;       /* of KIND_TEAM_FILE */
	const char *pattern;     /* of the name, or NULL */
};

static bool is_wanted(const struct node *node, const void *arg)
{
	const struct wanted *w = arg;

	if (node->kind != w->kind && (w->folders == KIND_ROOT || node->kind != w->folders))
		return false;
	/* Items are of lists, documents of libraries; so are the folders around them. */
	if (node->kind == KIND_SP_FOLDER && w->kind != KIND_SP_FOLDER &&
	    (tree_above(node, KIND_LIST) != NULL) != (w->kind == KIND_SP_ITEM))
		return false;
	if (w->only_folders && !node->folder)
		return false;
	return w->pattern == NULL || fnmatch(w->pattern, node->name,
		FNM_CASEFOLD | FNM_NOESCAPE) == 0;
}

/* Query parameters that only some listings have; false: answered. */
static bool ask_wanted(struct request *rq, struct wanted *w, char **pattern)
{
	char *text = NULL;
	bool value = false, good = true;

	*pattern = NULL;
	if (w->kind == KIND_MAIL_FOLDER)
		*pattern = request_query(rq, "name");
	else if (w->kind == KIND_TEAM || w->kind == KIND_CHANNEL)
		*pattern = show_contains(request_query(rq, "displayName"));
	else if (rq->version >= 7)
		text = request_query(rq, w->kind == KIND_TEAM_FILE ? "foldersOnly" :
			"includeFolders");
	w->pattern = *pattern;
	if (text != NULL)
		good = input_bool_text(text, &value);
	free(text);
	if (!good)
		reply_bad(rq, "A value in the query must be true or false.");
	w->only_folders = value && w->kind == KIND_TEAM_FILE;
	if (value && w->kind == KIND_OD_DOCUMENT)
		w->folders = KIND_OD_FOLDER;
	if (value && (w->kind == KIND_SP_DOCUMENT || w->kind == KIND_SP_ITEM))
		w->folders = KIND_SP_FOLDER;
	return good;
}

/* Where the top level of a kind lies: one or two levels below the owner. */
static void pick_top(struct pick *p, const struct where *w, const struct node *at,
	const struct wanted *wanted)
{
	pick_test *test = wanted->pattern != NULL || wanted->only_folders ? is_wanted : NULL;
	bool in_channels = (w->kind == KIND_POST || w->kind == KIND_TEAM_FILE) &&
		at->kind == KIND_TEAM;
	bool in_lists = w->kind == KIND_SP_DOCUMENT || w->kind == KIND_SP_ITEM;
	struct pick lists = { 0 };
	size_t i;

	if (in_channels)
		pick_children(&lists, &w->view, at, KIND_CHANNEL, NULL, NULL);
	else if (in_lists && at->kind == KIND_SITE)
		pick_children(&lists, &w->view, at,
			w->kind == KIND_SP_ITEM ? KIND_LIST : KIND_LIBRARY, NULL, NULL);
	for (i = 0; i < pick_total(&lists); i++) {
		if (wanted->folders != KIND_ROOT)
			pick_children(p, &w->view, pick_item(&lists, i), wanted->folders,
				is_wanted, wanted);
		pick_children(p, &w->view, pick_item(&lists, i), w->kind, is_wanted, wanted);
	}
	pick_free(&lists);
	if (in_channels || (in_lists && at->kind == KIND_SITE))
		return;
	if (wanted->folders != KIND_ROOT)
		pick_children(p, &w->view, at, wanted->folders, test, wanted);
	pick_children(p, &w->view, at, w->kind, test, wanted);
}

static bool has_parent(enum kind kind)
{
	return kind != KIND_MAILBOX && kind != KIND_ONEDRIVE && kind != KIND_TEAM &&
		kind != KIND_CHANNEL && kind != KIND_TAB && kind != KIND_LIBRARY &&
		kind != KIND_LIST && kind != KIND_ATTACHMENT;
}

static void list_collection(struct request *rq, const struct where *w)
{
	struct wanted wanted = { .kind = w->kind };
	const struct node *at = w->node, *parent = NULL;
	enum scope how = has_parent(w->kind) ? scope_parent(rq, w, &parent) : SCOPE_TOP;
	struct pick p = { 0 };
	char *pattern;

	if (how == SCOPE_BAD || !scope_channel(rq, w, &at)) {
		view_missing(rq);
		return;
	}
	if (ask_wanted(rq, &wanted, &pattern)) {
		if (how == SCOPE_ANY)
			pick_below(&p, &w->view, at, w->kind == KIND_SITE, is_wanted, &wanted);
		else
			pick_top(&p, w, how == SCOPE_NODE ? parent : at, &wanted);
		content_answer(rq, &w->view, &p);
	}
	free(pattern);
}

struct versions {
	const struct view *view;
	const struct node *node;
	unsigned current;
};

/* The newest first. */
static void write_version(struct text *t, const struct request *rq, const void *items,
	size_t index, const char *id)
{
	const struct versions *v = items;

	show_node(t, rq, v->view, v->node, v->current - 1 - (unsigned)index, id);
}

void content_list(struct request *rq)
{
	struct where w;
	struct versions v;
	struct list list = { false, 0, &v, write_version };

	if (!where_find(&w, rq))
		return;
	if (!w.versions) {
		list_collection(rq, &w);
		return;
	}
	v = (struct versions){ &w.view, w.node, w.version };
	list.total = w.version - 1;
	list_answer(rq, &list);
}

/* ?versionId= of a folder of OneDrive, ?channelId= of a file or a post. */
static bool get_rest(struct request *rq, struct where *w)
{
	const struct node *at = NULL;
	char *text;
	unsigned version;
	bool found = true;

	if (w->node->kind == KIND_OD_FOLDER && rq->version >= 6) {
		text = request_query(rq, "versionId");
		for (version = w->version; text != NULL && version > 0; version--)
			if (atoi(text) == where_version_id(version))
				break;
		found = text == NULL || version > 0;
		if (text != NULL && found)
			w->version = version;
		free(text);
	}
	w->kind = w->node->kind;
	if (!found || !scope_channel(rq, w, &at) ||
	    (at != NULL && tree_above(w->node, KIND_CHANNEL) != at)) {
		view_missing(rq);
		return false;
	}
	return true;
}

void content_get(struct request *rq)
{
	struct where w;

	if (!where_find(&w, rq) || !get_rest(rq, &w))
		return;
	show_node(reply_json(&rq->reply, 200), rq, &w.view, w.node, w.version, NULL);
}

static void write_child(struct text *t, const struct request *rq, const void *items, size_t index,
	const char *id)
{
	const struct where *w = items;

	(void)id;
	show_child(t, rq, &w->view, w->node, index);
}

void content_children(struct request *rq)
{
	struct where w;
	struct list list = { false, SHOW_CHILDREN, &w, write_child };

	if (where_find(&w, rq))
		list_answer(rq, &list);
}

/* v1-v5: an object with one key, the name of the action. */
void content_action(struct request *rq)
{
	json_t *body = input_object(rq->body.len ? rq->body.data : "", rq->body.len);
	const char *action = json_object_iter_key(json_object_iter(body));
	json_t *options = json_object_iter_value(json_object_iter(body));

	if (body == NULL || json_object_size(body) != 1)
		reply_bad(rq, "The body must be an object with one action.");
	else if (strcasecmp(action, "search") == 0)
		find_with(rq, options);
	else
		save_with(rq, action, options);
	json_decref(body);
}
