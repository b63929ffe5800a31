/* Part of show.h: Teams. */
#include "show.h"

#include <stdio.h>

#include "grow.h"

static void write_team(struct text *t, const struct request *rq, const struct tree *tree,
	const struct node *node)
{
	static const char *const privacy[] = { "Public", "Private", "HiddenMembership" };
	char email[400];

	snprintf(email, sizeof(email), "%s@%s", node->name, tree->domain);
	text_string(t, "displayName", node->name);
	text_string(t, "description", "");
	text_string(t, "groupEmail", email);
	text_string(t, "alias", node->name);
	text_string(t, "privacy", privacy[node->hash % 3]);
	text_bool(t, "isArchived", false);
	if (rq->version >= 7) {
		text_key(t, "settings");
		text_add(t, "{");
		text_bool(t, "allowExternalSenders", false);
		text_bool(t, "autoSubscribeNewMembers", true);
		text_add(t, "}");
	}
}

static void write_file(struct text *t, const struct request *rq, const struct node *node,
	unsigned version)
{
	char number[16];

	text_string(t, "name", node->name);
	if (!node->folder)
		text_number(t, "sizeBytes", (long long)tree_size(node, version));
	text_number(t, "version", (long long)version);
	if (rq->version >= 7) {
		snprintf(number, sizeof(number), "%u.0", version);
		text_string(t, "uiVersion", number);
	}
	show_time(t, "modified", tree_time(node, version));
	text_string(t, "modifiedBy", grow_person(node->hash + version - 1));
	text_string(t, "fileType", node->folder ? "Folder" : "File");
}

static void write_post(struct text *t, const struct request *rq, const struct node *node)
{
	char key[40];

	if (rq->version >= 7) {
		snprintf(key, sizeof(key), "%llx", (unsigned long long)node->hash);
		text_string(t, "changeKey", key);
		text_bool(t, "isDeleted", false);
		text_key(t, "parentId");
		text_add(t, node->parent->kind == KIND_POST ? node->parent->id : "null");
	}
	text_string(t, "author", grow_person(node->hash));
	text_string(t, "subject", node->name);
	show_time(t, "createdTime", node->created);
	show_time(t, "lastModifiedTime", node->created);
	text_bool(t, "isImportant", node->hash % 7 == 0);
	text_key(t, "attachments");
	text_add(t, "[");
	if (show_attachments(node) > 0) {
		text_add(t, "{");
		text_string(t, "name", "Roadmap.pptx");
		text_string(t, "longFileName", "Roadmap.pptx");
		text_string(t, "url", "https://contoso.sharepoint.com/Roadmap.pptx");
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void write_channel(struct text *t, const struct request *rq, const struct node *node)
{
	text_string(t, "displayName", node->name);
	/* In a listing, and there alone. */
	if (rq->version >= 8 && !rq->named[rq->nsegments - 1])
		text_string(t, "type", "Standard");
}

static void write_tab(struct text *t, const struct node *node)
{
	text_string(t, "displayName", node->name);
	text_string(t, "contentUrl", "https://teams.example.com/tab");
	text_string(t, "type", node->name);
}

static void write_links(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node)
{
	text_key(t, "_links");
	text_add(t, "{");
	show_link(t, rq, view, "self", node, "");
	if (node->kind == KIND_TEAM) {
		show_link(t, rq, view, "channels", node, "channels");
	} else {
		/* Files and posts at the top have no parent. */
		if (node->parent->kind == node->kind)
			show_link(t, rq, view, "parent", node->parent, "");
		if (node->kind != KIND_CHANNEL)
			show_link(t, rq, view, "channel", tree_above(node, KIND_CHANNEL), "");
		show_link(t, rq, view, "team", tree_above(node, KIND_TEAM), "");
	}
	text_add(t, "}");
}

void show_teams(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version)
{
	switch (node->kind) {
	case KIND_TEAM: write_team(t, rq, view->tree, node); break;
	case KIND_CHANNEL: write_channel(t, rq, node); break;
	case KIND_POST: write_post(t, rq, node); break;
	case KIND_TAB: write_tab(t, node); break;
	default: write_file(t, rq, node, version); break;
	}
	if (node->kind > KIND_CHANNEL && rq->version >= 7)
		text_string(t, "channelId", tree_above(node, KIND_CHANNEL)->id);
	if (node->kind != KIND_TEAM && rq->version >= 8)
		text_string(t, "teamId", tree_above(node, KIND_TEAM)->id);
	write_links(t, rq, view, node);
}

void show_child(struct text *t, const struct request *rq, const struct view *view,
	const struct node *channel, size_t index)
{
	static const char *const types[SHOW_CHILDREN] = { "Files", "Posts", "Tabs" };

	text_add(t, "{");
	text_string(t, "displayName", types[index]);
	text_string(t, "type", types[index]);
	if (rq->version >= 8) {
		text_string(t, "teamId", channel->parent->id);
		text_string(t, "channelId", channel->id);
	}
	text_key(t, "_links");
	text_add(t, "{");
	show_link(t, rq, view, "channel", channel, "");
	text_add(t, "}}");
}
