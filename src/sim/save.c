#include "save.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "bytes.h"
#include "events.h"
#include "input.h"
#include "instant.h"
#include "msg.h"
#include "where.h"
#include "zip.h"

#define ZIP_MAX (UINT64_C(64) << 20) /* archives are made in memory */

static struct text *begin(struct request *rq)
{
	struct text *t = reply_json(&rq->reply, 200);

	rq->reply.content_type = "application/octet-stream";
	return t;
}

static void answer_bytes(struct request *rq, const struct node *node, unsigned version)
{
	begin(rq);
	rq->reply.made = true;
	rq->reply.made_size = tree_size(node, version);
	rq->reply.made_key = bytes_key(node->id, version);
}

static void answer_zip(struct request *rq, const struct node *node, unsigned version)
{
	uint64_t size = tree_size(node, version);
	struct zip zip;
	char *data;

	if (size > ZIP_MAX) {
		reply_error(rq, 501, "HttpError", "The simulator makes no archives so large.");
		return;
	}
	data = alloc_zero((size_t)size + 1, 1);
	bytes_fill(bytes_key(node->id, version), 0, data, (size_t)size);
	zip_begin(&zip, begin(rq));
	zip_add(&zip, node->name, data, (size_t)size);
	zip_end(&zip);
	free(data);
}

/* An attachment always comes as an archive. */
static void answer(struct request *rq, const struct where *w, bool zip)
{
	switch (w->node->kind) {
	case KIND_MAIL_ITEM:
	case KIND_POST:
		msg_write(begin(rq), w->view.tree, w->node);
		return;
	case KIND_ATTACHMENT:
		answer_zip(rq, w->node, 1);
		return;
	case KIND_TEAM_FILE:
		if (w->node->folder) {
			reply_error(rq, 501, "HttpError", "The simulator saves no folders.");
			return;
		}
		break;
	default:
		break;
	}
	if (zip)
		answer_zip(rq, w->node, w->version);
	else
		answer_bytes(rq, w->node, w->version);
}

static void add_path(struct text *t, const struct node *node)
{
	if (node == NULL || node->kind == KIND_ROOT)
		return;
	add_path(t, node->parent);
	text_add(t, "/");
	text_add(t, node->name);
}

static char *copy_id(const struct node *node, enum kind kind)
{
	const struct node *above = tree_above(node, kind);

	return above != NULL ? alloc_copy(above->id) : NULL;
}

static const char *kind_name(const struct node *node)
{
	switch (node->kind) {
	case KIND_MAIL_ITEM: return "Message";
	case KIND_ATTACHMENT: return "Attachment";
	case KIND_TEAM_FILE: return "File";
	case KIND_POST: return "Post";
	default: return "Document";
	}
}

/* Runs until the server has the bytes together; see deliver.c. */
static void record(struct request *rq, const struct where *w, enum event_type type)
{
	const struct node *node = w->node;
	struct text source = { 0 }, title = { 0 }, message = { 0 };
	struct event e = { .type = type, .status = EVENT_RUNNING, .ended = INSTANT_NONE,
		.size = (int64_t)(rq->reply.made ? rq->reply.made_size : rq->reply.body.len) };

	if (rq->reply.status != 200)
		return;
	add_path(&source, node->parent);
	if (source.len == 0)
		text_add(&source, "/");
	text_printf(&title, "%s of item %s", type == EVENT_EXPORT ? "Export" : "Save", node->name);
	text_printf(&message, "%s (type: %s; source: %s)", title.data, kind_name(node),
		source.data);
	e.title = title.data;
	e.message = message.data;
	e.item = alloc_copy(node->name);
	e.item_type = alloc_copy(kind_name(node));
	e.source = source.data;
	e.user = copy_id(node, KIND_MAILBOX);
	if (e.user == NULL)
		e.user = copy_id(node, KIND_ONEDRIVE);
	e.site = copy_id(node, KIND_SITE);
	e.team = copy_id(node, KIND_TEAM);
	rq->saving = state_find_session(&rq->sim->state, rq->params[0]);
	rq->event = events_add(rq->saving, &e);
	events_changed(rq->sim, rq->saving);
}

static void save(struct request *rq, json_t *options)
{
	struct where w;
	bool zip = false;

	if (!where_find(&w, rq))
		return;
	if (!input_bool(options, "asZip", &zip)) {
		reply_bad(rq, "The value of asZip is not valid.");
		return;
	}
	answer(rq, &w, zip);
	record(rq, &w, EVENT_SAVE);
}

void save_object(struct request *rq)
{
	json_t *body = NULL;

	if (rq->body.len != 0) {
		body = input_object(rq->body.data, rq->body.len);
		if (body == NULL) {
			reply_bad(rq, "The body must be a JSON object.");
			return;
		}
	}
	save(rq, body);
	json_decref(body);
}

static void export(struct request *rq)
{
	struct where w;

	if (!where_find(&w, rq))
		return;
	msg_write_html(begin(rq), w.node);
	record(rq, &w, EVENT_EXPORT);
}

void save_export(struct request *rq)
{
	export(rq);
}

void save_listed(struct request *rq)
{
	struct where w;

	if (where_find(&w, rq))
		reply_error(rq, 501, "HttpError", "The simulator saves one object at a time.");
}

bool save_is_action(const char *name)
{
	return strcasecmp(name, "save") == 0 || strcasecmp(name, "savetoMsg") == 0 ||
		strcasecmp(name, "export") == 0;
}

/* Mail is saved to MSG, documents are saved, posts are saved and exported. */
void save_with(struct request *rq, const char *action, json_t *options)
{
	struct where w;
	enum kind kind;

	if (!where_find(&w, rq))
		return;
	kind = w.kind == KIND_ROOT ? w.node->kind : KIND_ROOT;
	if (strcasecmp(action, "savetoMsg") == 0 && kind == KIND_MAIL_ITEM)
		save(rq, NULL);
	else if (strcasecmp(action, "save") == 0 && (kind == KIND_OD_DOCUMENT ||
	    kind == KIND_SP_DOCUMENT || kind == KIND_ATTACHMENT || kind == KIND_TEAM_FILE ||
	    kind == KIND_POST))
		save(rq, json_is_object(options) ? options : NULL);
	else if (strcasecmp(action, "export") == 0 && kind == KIND_POST)
		export(rq);
	else
		reply_bad(rq, "The action is not supported.");
}

static uint64_t ask(const struct request *rq, const char *key, uint64_t absent)
{
	char *text = request_query(rq, key);
	uint64_t value = text != NULL ? strtoull(text, NULL, 10) : absent;

	free(text);
	return value;
}

static void cut_out(struct request *rq)
{
	struct reply *rp = &rq->reply;
	uint64_t size = rp->made ? rp->made_size : rp->body.len;
	uint64_t offset = ask(rq, "offset", 0), length = ask(rq, "length", UINT64_MAX);

	if (offset > size)
		offset = size;
	if (length > size - offset)
		length = size - offset;
	if (rp->made) {
		rp->made_offset = offset;
		rp->made_size = length;
	} else if (rp->body.len != 0) {
		memmove(rp->body.data, rp->body.data + offset, length);
		rp->body.len = length;
	}
}

void save_true(struct request *rq, const char *id)
{
	const struct tree *tree;
	const struct node *node = NULL;
	unsigned version;

	for (tree = rq->sim->forest; tree != NULL; tree = tree->next)
		if ((node = tree_find(tree, id)) != NULL)
			break;
	version = node != NULL ? (unsigned)ask(rq, "version", node->versions) : 0;
	if (node == NULL || version < 1 || version > node->versions) {
		reply_not_found(rq, "no session has shown such an object or version yet");
		return;
	}
	if (node->kind == KIND_MAIL_ITEM || node->kind == KIND_POST)
		msg_write(begin(rq), tree, node);
	else
		answer_bytes(rq, node, version);
	cut_out(rq);
}
