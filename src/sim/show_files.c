/* Part of show.h: OneDrive and SharePoint. */
#include "show.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "grow.h"
#include "where.h"

/* What stands before the dot of a Microsoft host name. */
static void add_host(struct text *url, const struct tree *tree, const char *more)
{
	const char *p = tree->domain;

	text_add(url, "https://");
	for (; *p != '\0' && *p != '.'; p++)
		text_add_bytes(url, p, 1);
	text_printf(url, "%s.sharepoint.com", more);
}

static void add_escaped(struct text *url, const char *name)
{
	for (; *name != '\0'; name++) {
		if (isalnum((unsigned char)*name))
			text_add_bytes(url, name, 1);
		else
			text_printf(url, "%%%02X", (unsigned char)*name);
	}
}

static void add_url(struct text *url, const struct tree *tree, const struct node *node)
{
	if (node->kind == KIND_ONEDRIVE) {
		add_host(url, tree, "-my");
		text_printf(url, "/personal/%s", grow_address((uint64_t)node->what));
		return;
	}
	if (node->parent->kind == KIND_ROOT) {
		add_host(url, tree, "");
		text_add(url, "/sites/");
	} else {
		add_url(url, tree, node->parent);
		text_add(url, "/");
	}
	add_escaped(url, node->name);
}

static void write_url(struct text *t, const struct tree *tree, const struct node *node)
{
	struct text url = { 0 };

	add_url(&url, tree, node);
	text_string(t, "url", url.data);
	text_free(&url);
}

static bool is_folder(const struct node *node)
{
	return node->kind == KIND_OD_FOLDER || node->kind == KIND_SP_FOLDER;
}

static void write_size(struct text *t, const struct request *rq, const struct node *node,
	unsigned version)
{
	text_number(t, rq->version == 2 ? "size" : "sizeBytes",
		(long long)tree_size(node, version));
}

/* Folders, documents and items. */
static void write_entry(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version)
{
	bool onedrive = view->tree->type == SESSION_VEOD;
	/* Folders come as items where items are listed. */
	bool as_item = !onedrive && strcasecmp(rq->segments[rq->nsegments - 1], "Items") == 0;
	char number[16];

	if (node->kind == KIND_SP_ITEM || as_item)
		text_string(t, "title", node->name);
	if (node->kind == KIND_SP_FOLDER && !as_item)
		text_string(t, "type", tree_above(node, KIND_LIST) != NULL ? "ListFolder" :
			"LibraryFolder");
	text_string(t, "name", node->name);
	snprintf(number, sizeof(number), "%u.0", version);
	text_string(t, "version", number);
	if (rq->version >= 6)
		text_number(t, "versionId", where_version_id(version));
	text_string(t, "createdBy", grow_person(node->hash));
	show_file_time(t, rq, "creationTime", node->created);
	text_string(t, "modifiedBy", grow_person(node->hash + version - 1));
	show_file_time(t, rq, "modificationTime", tree_time(node, version));
	if (node->kind == KIND_OD_DOCUMENT || node->kind == KIND_SP_DOCUMENT)
		write_size(t, rq, node, version);
	if (node->kind == KIND_OD_DOCUMENT)
		text_bool(t, "inheritedPermissions", true);
	if (rq->version >= 7)
		text_bool(t, "isFolder", is_folder(node));
	if (rq->version >= 8)
		text_string(t, onedrive ? "oneDriveId" : "siteId",
			tree_above(node, onedrive ? KIND_ONEDRIVE : KIND_SITE)->id);
}

/* Libraries and lists. */
static void write_library(struct text *t, const struct request *rq, const struct tree *tree,
	const struct node *node)
{
	text_string(t, "name", node->name);
	write_url(t, tree, node);
	text_string(t, "description", "");
	show_file_time(t, rq, "creationTime", node->created);
	if (rq->version >= 8)
		text_string(t, "siteId", node->parent->id);
}

static void write_attachment(struct text *t, const struct request *rq, const struct tree *tree,
	const struct node *node)
{
	text_string(t, "name", node->name);
	write_url(t, tree, node);
	write_size(t, rq, node, 1);
	if (rq->version >= 8) {
		text_string(t, "siteId", tree_above(node, KIND_SITE)->id);
		text_string(t, "itemId", node->parent->id);
	}
}

/* An earlier version has a path of its own. */
static void write_self(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version)
{
	char below[32] = "";

	if (version != view_version(view, node))
		snprintf(below, sizeof(below), "Versions/%d", where_version_id(version));
	show_link(t, rq, view, "self", node, below);
}

/* On top of a drive there is no parent; on top of a library or a list that is it. */
static void write_links(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version)
{
	const struct node *parent = node->parent;

	text_key(t, "_links");
	text_add(t, "{");
	write_self(t, rq, view, node, version);
	switch (node->kind) {
	case KIND_ONEDRIVE:
		show_link(t, rq, view, "organization", NULL, "");
		show_link(t, rq, view, "folders", node, "Folders");
		show_link(t, rq, view, "documents", node, "Documents");
		break;
	case KIND_SITE:
		if (parent->kind == KIND_SITE)
			show_link(t, rq, view, "parent", parent, "");
		show_link(t, rq, view, "libraries", node, "Libraries");
		show_link(t, rq, view, "lists", node, "Lists");
		break;
	case KIND_ATTACHMENT:
		show_link(t, rq, view, "item", parent, "");
		break;
	default:
		if (parent->kind != KIND_ONEDRIVE && parent->kind != KIND_SITE)
			show_link(t, rq, view, "parent", parent, "");
		if (view->tree->type == SESSION_VEOD)
			show_link(t, rq, view, "onedrive", tree_above(node, KIND_ONEDRIVE), "");
		else
			show_link(t, rq, view, "site", tree_above(node, KIND_SITE), "");
		break;
	}
	text_add(t, "}");
}

void show_files(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version)
{
	switch (node->kind) {
	case KIND_ONEDRIVE:
	case KIND_SITE:
		text_string(t, "name", node->name);
		write_url(t, view->tree, node);
		break;
	case KIND_LIBRARY:
	case KIND_LIST:
		write_library(t, rq, view->tree, node);
		break;
	case KIND_ATTACHMENT:
		write_attachment(t, rq, view->tree, node);
		break;
	default:
		write_entry(t, rq, view, node, version);
		break;
	}
	write_links(t, rq, view, node, version);
}
