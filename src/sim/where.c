#include "where.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define FIRST 4              /* segments before: vN, RestoreSessions, the id, organization */

static const struct {
	enum session_type type;
	const char *segment;
} kinds[KINDS] = {
	[KIND_MAILBOX] = { SESSION_VEX, "mailboxes" },
	[KIND_MAIL_FOLDER] = { SESSION_VEX, "folders" },
	[KIND_MAIL_ITEM] = { SESSION_VEX, "items" },
	[KIND_ONEDRIVE] = { SESSION_VEOD, "OneDrives" },
	[KIND_OD_FOLDER] = { SESSION_VEOD, "Folders" },
	[KIND_OD_DOCUMENT] = { SESSION_VEOD, "Documents" },
	[KIND_SITE] = { SESSION_VESP, "Sites" },
	[KIND_LIBRARY] = { SESSION_VESP, "Libraries" },
	[KIND_LIST] = { SESSION_VESP, "Lists" },
	[KIND_SP_FOLDER] = { SESSION_VESP, "Folders" },
	[KIND_SP_DOCUMENT] = { SESSION_VESP, "Documents" },
	[KIND_SP_ITEM] = { SESSION_VESP, "Items" },
	[KIND_ATTACHMENT] = { SESSION_VESP, "Attachments" },
	[KIND_TEAM] = { SESSION_VET, "teams" },
	[KIND_CHANNEL] = { SESSION_VET, "channels" },
	[KIND_TEAM_FILE] = { SESSION_VET, "files" },
	[KIND_POST] = { SESSION_VET, "posts" },
	[KIND_TAB] = { SESSION_VET, "tabs" },
};

const char *where_segment(enum kind kind)
{
	return kinds[kind].segment;
}

int where_version_id(unsigned version)
{
	return (int)version * 512;
}

static enum kind kind_of(enum session_type type, const char *segment)
{
	int kind;

	for (kind = KIND_ROOT + 1; kind < KINDS; kind++)
		if (kinds[kind].type == type && strcasecmp(kinds[kind].segment, segment) == 0)
			return (enum kind)kind;
	return KIND_ROOT;
}

static enum session_type type_of(const char *segment)
{
	if (strcasecmp(segment, "mailboxes") == 0 || strcasecmp(segment, "searchExchange") == 0)
		return SESSION_VEX;
	if (strcasecmp(segment, "OneDrives") == 0)
		return SESSION_VEOD;
	return strcasecmp(segment, "Sites") == 0 ? SESSION_VESP : SESSION_VET;
}

static bool below(const struct node *node, const struct node *above)
{
	while (node != NULL && node != above)
		node = node->parent;
	return node != NULL;
}

/* A subsite is not in its parent's path, nor is what is in it. */
static bool in_owner(const struct where *w, const struct node *node)
{
	const struct node *site = tree_above(node, KIND_SITE);

	return below(node, w->node) && (site == NULL || w->node->kind == KIND_ROOT ||
		site == tree_above(w->node, KIND_SITE));
}

static bool step(struct where *w, enum kind kind, const char *id)
{
	const struct node *node = tree_find(w->view.tree, id);

	if (node == NULL || node->kind != kind || !in_owner(w, node) || !view_sees(&w->view, node))
		return false;
	if (w->owner == w->view.tree->root)
		w->owner = node;
	w->node = node;
	w->version = view_version(&w->view, node);
	return true;
}

/* Only those before the one in sight are called versions. */
static bool step_version(struct where *w, const char *text)
{
	unsigned version;

	for (version = 1; version < w->version; version++) {
		if (atoi(text) == where_version_id(version)) {
			w->version = version;
			return true;
		}
	}
	return false;
}

bool where_find(struct where *w, struct request *rq)
{
	size_t i;

	*w = (struct where){ .kind = KIND_ROOT };
	if (!view_open(&w->view, rq, type_of(rq->segments[FIRST])))
		return false;
	w->node = w->owner = w->view.tree->root;
	for (i = FIRST; i < rq->nsegments; i++) {
		w->kind = kind_of(w->view.tree->type, rq->segments[i]);
		w->versions = strcasecmp(rq->segments[i], "Versions") == 0;
		/* A verb may follow a collection; it is the route's. */
		if ((w->kind == KIND_ROOT && !w->versions) || !rq->named[i + 1])
			break;
		i++;
		if (w->versions ? !step_version(w, rq->segments[i]) :
		    !step(w, w->kind, rq->segments[i])) {
			view_missing(rq);
			return false;
		}
		w->kind = KIND_ROOT;
		w->versions = false;
	}
	return true;
}
