#include "find.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "content.h"
#include "grow.h"
#include "input.h"
#include "show.h"
#include "where.h"

#define WORDS_MAX 32

enum field { FIELD_NAME, FIELD_FROM };

struct query {
	bool kinds[KINDS];       /* what is looked for */
	size_t count;
	struct {
		enum field field;
		char *text;
	} words[WORDS_MAX];
};

/* One word, quotes removed; the rest of the query. */
static const char *next_word(const char *p, char **word)
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
	return p;
}

static void parse(struct query *q, const char *text)
{
	char *word;

	while (q->count < WORDS_MAX) {
		while (isspace((unsigned char)*text))
			text++;
		if (*text == '\0')
			break;
		text = next_word(text, &word);
		q->words[q->count].field = strncasecmp(word, "from:", 5) == 0 ? FIELD_FROM :
			FIELD_NAME;
		if (q->words[q->count].field == FIELD_FROM)
			memmove(word, word + 5, strlen(word + 5) + 1);
		else if (strncasecmp(word, "subject:", 8) == 0)
			memmove(word, word + 8, strlen(word + 8) + 1);
		q->words[q->count++].text = word;
	}
}

static void query_free(struct query *q)
{
	while (q->count > 0)
		free(q->words[--q->count].text);
}

static bool matches(const struct node *node, const void *arg)
{
	const struct query *q = arg;
	uint64_t sender;
	size_t i;

	if (!q->kinds[node->kind])
		return false;
	for (i = 0; i < q->count; i++) {
		if (q->words[i].field == FIELD_NAME) {
			if (strcasestr(node->name, q->words[i].text) == NULL)
				return false;
			continue;
		}
		if (node->kind != KIND_MAIL_ITEM && node->kind != KIND_POST)
			return false;
		sender = node->kind == KIND_POST ? node->hash : show_sender(node);
		if (strcasestr(grow_person(sender), q->words[i].text) == NULL &&
		    strcasestr(grow_address(sender), q->words[i].text) == NULL)
			return false;
	}
	return true;
}

static bool want_files(struct request *rq, bool onedrive, struct query *q)
{
	char *type = request_query(rq, "itemType");
	bool all = type == NULL || strcasecmp(type, "All") == 0;
	bool folders = all || strcasecmp(type, "Folders") == 0;
	/* SharePoint calls items what is no folder. */
	bool items = all || strcasecmp(type, onedrive ? "Documents" : "Items") == 0;

	free(type);
	q->kinds[KIND_OD_FOLDER] = q->kinds[KIND_SP_FOLDER] = folders;
	q->kinds[KIND_OD_DOCUMENT] = q->kinds[KIND_SP_DOCUMENT] = items;
	q->kinds[KIND_SP_ITEM] = items;
	return folders || items;
}

static bool want_teams(const struct where *w, json_t *options, struct query *q)
{
	const char *type = input_text(options, "type");

	if (w->kind != KIND_ROOT && w->kind != KIND_TEAM && w->kind != KIND_CHANNEL) {
		q->kinds[w->kind] = true;
		return true;
	}
	if (type == NULL)
		return false;
	q->kinds[KIND_TEAM_FILE] = strcasecmp(type, "Files") == 0;
	q->kinds[KIND_POST] = strcasecmp(type, "Posts") == 0;
	q->kinds[KIND_TAB] = strcasecmp(type, "Tabs") == 0;
	return q->kinds[KIND_TEAM_FILE] || q->kinds[KIND_POST] || q->kinds[KIND_TAB];
}

static bool want(struct request *rq, const struct where *w, json_t *options, struct query *q)
{
	switch (w->view.tree->type) {
	case SESSION_VEX:
		q->kinds[KIND_MAIL_ITEM] = true;
		return true;
	case SESSION_VET:
		return want_teams(w, options, q);
	default:
		return want_files(rq, w->view.tree->type == SESSION_VEOD, q);
	}
}

void find_with(struct request *rq, json_t *options)
{
	const char *text = input_text(options, "query");
	struct query q = { .count = 0 };
	struct pick p = { 0 };
	struct where w;

	if (!where_find(&w, rq))
		return;
	if (text == NULL) {
		reply_bad(rq, "The query is missing.");
		return;
	}
	if (!want(rq, &w, options, &q)) {
		reply_bad(rq, "The type of what is searched is not valid.");
		return;
	}
	parse(&q, text);
	/* Subsites only from the top. */
	pick_below(&p, &w.view, w.node, w.node->kind == KIND_ROOT, matches, &q);
	content_answer(rq, &w.view, &p);
	query_free(&q);
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
