#include "query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "grow.h"
#include "show.h"
#include "text.h"

#define VALUE_MAX 256

/* What a key looks at, or NULL where the node has no such property; `room` is of VALUE_MAX. */
typedef const char *property(const struct tree *tree, const struct node *node, char *room);

static bool is_file(const struct node *node)
{
	return node->kind == KIND_OD_DOCUMENT || node->kind == KIND_SP_DOCUMENT ||
		node->kind == KIND_TEAM_FILE;
}

static bool is_contact(const struct node *node)
{
	return node->kind == KIND_MAIL_ITEM && node->parent->what == MAIL_CONTACTS;
}

/* A contact has a name where other items have a subject. */
static const char *any_name(const struct tree *tree, const struct node *node, char *room)
{
	(void)tree;
	(void)room;
	return is_contact(node) ? grow_person(node->hash) : node->name;
}

static const char *subject(const struct tree *tree, const struct node *node, char *room)
{
	(void)tree;
	(void)room;
	return (node->kind == KIND_MAIL_ITEM && !is_contact(node)) || node->kind == KIND_POST ?
		node->name : NULL;
}

static const char *name(const struct tree *tree, const struct node *node, char *room)
{
	(void)tree;
	(void)room;
	return node->kind == KIND_MAIL_ITEM || node->kind == KIND_POST ? NULL : node->name;
}

static const char *title(const struct tree *tree, const struct node *node, char *room)
{
	(void)tree;
	(void)room;
	return node->kind == KIND_SP_ITEM ? node->name : NULL;
}

static const char *sender(const struct tree *tree, const struct node *node, char *room)
{
	return show_is_message(node) ?
		show_person_name(room, VALUE_MAX, tree, show_sender(node)) : NULL;
}

static const char *recipient(const struct tree *tree, const struct node *node, char *room)
{
	return show_is_message(node) ?
		show_person_name(room, VALUE_MAX, tree, show_recipient(node)) : NULL;
}

/* Who wrote a post, or the first version of a document or a file. */
static const char *author(const struct tree *tree, const struct node *node, char *room)
{
	(void)tree;
	(void)room;
	return node->kind == KIND_MAIL_ITEM || node->kind == KIND_TAB ? NULL :
		grow_person(node->hash);
}

static const char *extension(const struct tree *tree, const struct node *node, char *room)
{
	const char *dot = is_file(node) && !node->folder ? strrchr(node->name, '.') : NULL;

	(void)tree;
	(void)room;
	return dot != NULL ? dot + 1 : NULL;
}

static const char *attached(const struct tree *tree, const struct node *node, char *room)
{
	(void)tree;
	(void)room;
	if (node->kind != KIND_MAIL_ITEM && node->kind != KIND_POST)
		return NULL;
	return show_attachments(node) > 0 ? "true" : "false";
}

static const struct {
	const char *name;
	property *get;           /* NULL: the vendor's, but not simulated */
	bool whole;              /* the value must be all of it, not a part */
} keys[] = {
	{ "", any_name, false }, /* a word without key */
	{ "subject", subject, false }, { "name", name, false }, { "filename", name, false },
	{ "title", title, false }, { "from", sender, false }, { "to", recipient, false },
	{ "author", author, false }, { "ext", extension, true },
	{ "hasattachments", attached, true },
	{ "body", NULL, false }, { "created", NULL, false }, { "modified", NULL, false },
	{ "received", NULL, false }, { "sent", NULL, false }, { "size", NULL, false },
};

static const char *skip_blanks(const char *p)
{
	while (isspace((unsigned char)*p))
		p++;
	return p;
}

/* The key before a colon; its length, 0 where there is none. */
static size_t key_length(const char *p)
{
	size_t len = 0;

	while (isalpha((unsigned char)p[len]))
		len++;
	return p[len] == ':' ? len : 0;
}

static bool find_key(const char *p, size_t len, size_t *key)
{
	for (*key = 0; *key < sizeof(keys) / sizeof(*keys); ++*key)
		if (strlen(keys[*key].name) == len && strncasecmp(keys[*key].name, p, len) == 0)
			return true;
	return false;
}

/* One word without its quotes; what follows it, or NULL where a quote is not closed. */
static const char *take_word(const char *p, char **word)
{
	struct text t = { 0 };
	bool quoted = false;

	text_add(&t, "");
	for (; *p != '\0' && (quoted || !isspace((unsigned char)*p)); p++) {
		if (*p == '"')
			quoted = !quoted;
		else
			text_add_bytes(&t, p, 1);
	}
	*word = t.data;
	return quoted ? NULL : p;
}

static unsigned take_term(struct query *q, const char **p, const char **why)
{
	size_t len = key_length(*p), key;

	if (!find_key(*p, len, &key)) {
		*why = "The query has a key that is not known.";
		return 400;
	}
	if (keys[key].get == NULL) {
		*why = "The simulator does not search by this key of the query.";
		return 501;
	}
	*p = len > 0 ? skip_blanks(*p + len + 1) : *p;
	q->terms[q->count].key = key;
	*p = take_word(*p, &q->terms[q->count].text);
	if (*p == NULL) {
		*why = "A quotation mark in the query is not closed.";
		q->count++;
		return 400;
	}
	if (*q->terms[q->count++].text != '\0')
		return 0;
	*why = "A value in the query is empty.";
	return 400;
}

unsigned query_parse(struct query *q, const char *text, const char **why)
{
	unsigned status;

	*q = (struct query){ .count = 0 };
	for (text = skip_blanks(text); *text != '\0'; text = skip_blanks(text)) {
		if (q->count == QUERY_TERMS_MAX) {
			*why = "The query has too many words.";
			return 400;
		}
		status = take_term(q, &text, why);
		if (status != 0)
			return status;
	}
	*why = "The query is empty.";
	return q->count > 0 ? 0 : 400;
}

void query_free(struct query *q)
{
	while (q->count > 0)
		free(q->terms[--q->count].text);
}

bool query_matches(const struct query *q, const struct tree *tree, const struct node *node)
{
	char room[VALUE_MAX];
	const char *value;
	size_t i;

	for (i = 0; i < q->count; i++) {
		value = keys[q->terms[i].key].get(tree, node, room);
		if (value == NULL)
			return false;
		if (keys[q->terms[i].key].whole ? strcasecmp(value, q->terms[i].text) != 0 :
		    strcasestr(value, q->terms[i].text) == NULL)
			return false;
	}
	return true;
}
