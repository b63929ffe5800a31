#include "show.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "grow.h"
#include "instant.h"
#include "where.h"

/* v1-v5: links in lower case, except for ids. */
static void add_segment(struct text *href, const struct request *rq, const char *segment)
{
	size_t i;

	text_add(href, "/");
	i = href->len;
	text_add(href, segment);
	for (; rq->version < 6 && i < href->len; i++)
		href->data[i] = (char)tolower((unsigned char)href->data[i]);
}

static void add_id(struct text *href, const char *id)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789-._~=:@";
	size_t len;

	text_add(href, "/");
	for (; *id != '\0'; id += len) {
		len = strspn(id, plain);
		text_add_bytes(href, id, len);
		if (len == 0)
			text_printf(href, "%%%02X", (unsigned char)id[len++]);
	}
}

/* The object in whose path another one is; NULL: the organization. */
static const struct node *holder(const struct request *rq, const struct node *node)
{
	switch (node->kind) {
	case KIND_MAIL_FOLDER:
	case KIND_MAIL_ITEM:
		return tree_above(node, KIND_MAILBOX);
	case KIND_OD_FOLDER:
	case KIND_OD_DOCUMENT:
		return tree_above(node, KIND_ONEDRIVE);
	case KIND_LIBRARY:
	case KIND_LIST:
	case KIND_SP_FOLDER:
	case KIND_SP_DOCUMENT:
	case KIND_SP_ITEM:
		return tree_above(node, KIND_SITE);
	case KIND_ATTACHMENT:
		return node->parent;
	case KIND_TEAM_FILE:
		return tree_above(node, rq->version >= 8 ? KIND_CHANNEL : KIND_TEAM);
	case KIND_CHANNEL:
	case KIND_POST:
		return tree_above(node, KIND_TEAM);
	case KIND_TAB:
		return tree_above(node, KIND_CHANNEL);
	default:
		return NULL;
	}
}

static void add_path(struct text *href, const struct request *rq, const struct node *node)
{
	const struct node *above = holder(rq, node);

	if (above != NULL)
		add_path(href, rq, above);
	add_segment(href, rq, where_segment(node->kind));
	add_id(href, node->id);
}

void show_link(struct text *t, const struct request *rq, const struct view *view,
	const char *key, const struct node *node, const char *below)
{
	struct text href = { 0 };
	bool capital = view->tree->type == SESSION_VEOD || view->tree->type == SESSION_VESP;

	if (rq->version < 6)
		text_add(&href, rq->sim->base_url);
	text_printf(&href, "/v%d", rq->version);
	add_segment(&href, rq, "RestoreSessions");
	add_id(&href, view->session->id);
	add_segment(&href, rq, capital ? "Organization" : "organization");
	if (node != NULL && node->kind != KIND_ROOT)
		add_path(&href, rq, node);
	if (*below != '\0')
		add_segment(&href, rq, below);
	text_key(t, key);
	text_add(t, "{");
	text_string(t, "href", href.data);
	text_add(t, "}");
	text_free(&href);
}

void show_time(struct text *t, const char *key, int64_t instant)
{
	char when[INSTANT_MAX];

	text_string(t, key, instant_utc(when, instant, false));
}

void show_file_time(struct text *t, const struct request *rq, const char *key, int64_t instant)
{
	char when[INSTANT_MAX];

	instant_utc(when, instant, false);
	if (rq->version < 6)
		when[strlen(when) - 1] = '\0';
	text_string(t, key, when);
}

char *show_person_name(char *room, size_t size, const struct tree *tree, uint64_t index)
{
	snprintf(room, size, "%s <%s@%s>", grow_person(index), grow_address(index), tree->domain);
	return room;
}

void show_person(struct text *t, const char *key, const struct tree *tree, uint64_t index)
{
	char person[256];

	text_string(t, key, show_person_name(person, sizeof(person), tree, index));
}

size_t show_attachments(const struct node *node)
{
	uint64_t n = node->hash >> 16;

	if (node->kind == KIND_POST)
		return node->hash % 4 == 0 ? 1 : 0;
	if (!show_is_message(node) && node->parent->what != MAIL_CALENDAR)
		return 0;
	return n % 4 == 0 ? 1 + (size_t)(n / 4 % 2) : 0;
}

char *show_contains(char *text)
{
	char *pattern;

	if (text == NULL)
		return NULL;
	pattern = alloc_zero(strlen(text) + 3, 1);
	sprintf(pattern, "*%s*", text);
	free(text);
	return pattern;
}

void show_node(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version, const char *id)
{
	text_add(t, "{");
	if (node->kind == KIND_POST) {
		text_key(t, "postId");
		text_add(t, node->id);
	} else {
		text_string(t, "id", id != NULL ? id : node->id);
	}
	switch (view->tree->type) {
	case SESSION_VEX: show_mail(t, rq, view, node); break;
	case SESSION_VET: show_teams(t, rq, view, node, version); break;
	default: show_files(t, rq, view, node, version); break;
	}
	text_add(t, "}");
}
