#include "scope.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Whether `node` can have children of this kind. */
static bool is_parent(enum kind kind, const struct node *node)
{
	switch (kind) {
	case KIND_MAIL_FOLDER:
	case KIND_MAIL_ITEM:
		return node->kind == KIND_MAIL_FOLDER;
	case KIND_OD_FOLDER:
	case KIND_OD_DOCUMENT:
		return node->kind == KIND_OD_FOLDER;
	case KIND_SITE:
		return node->kind == KIND_SITE;
	case KIND_SP_FOLDER:
	case KIND_SP_DOCUMENT:
	case KIND_SP_ITEM:
		return node->kind == KIND_LIBRARY || node->kind == KIND_LIST ||
			node->kind == KIND_SP_FOLDER;
	case KIND_TEAM_FILE:
		return node->kind == KIND_TEAM_FILE && node->folder;
	case KIND_POST:
		return node->kind == KIND_POST;
	default:
		return false;
	}
}

/* null and root are alike, except that SharePoint's folders and posts know neither. */
static enum scope parent_of(const struct where *w, const char *text, const struct node **parent)
{
	bool top = strcasecmp(text, "null") == 0 || strcasecmp(text, "root") == 0;

	if (w->kind == KIND_POST)
		top = strcmp(text, "-1") == 0;
	if (top && w->kind != KIND_SP_FOLDER)
		return SCOPE_TOP;
	*parent = tree_find(w->view.tree, text);
	if (*parent == NULL || !is_parent(w->kind, *parent) || !view_sees(&w->view, *parent) ||
	    (w->kind != KIND_SITE && tree_above(*parent, w->owner->kind) != w->owner))
		return SCOPE_BAD;
	return SCOPE_NODE;
}

enum scope scope_parent(struct request *rq, const struct where *w, const struct node **parent)
{
	bool by_folder = w->kind == KIND_MAIL_ITEM && rq->version <= 6;
	char *text = request_query(rq, by_folder ? "folderId" : "parentId");
	enum scope how = text != NULL ? parent_of(w, text, parent) : SCOPE_ANY;

	free(text);
	return how;
}

bool scope_channel(struct request *rq, const struct where *w, const struct node **at)
{
	char *text;
	const struct node *channel;

	if (w->kind != KIND_POST && w->kind != KIND_TEAM_FILE)
		return true;
	text = request_query(rq, "channelId");
	if (text == NULL)
		return true;
	channel = tree_find(w->view.tree, text);
	free(text);
	if (channel == NULL || channel->kind != KIND_CHANNEL ||
	    tree_above(channel, KIND_TEAM) != w->owner || !view_sees(&w->view, channel))
		return false;
	*at = channel;
	return true;
}
