#include "xattr.h"

#include <errno.h>
#include <string.h>

#include "vbofs/object.h"
#include "vbofs/tree.h"

static const struct member *session_of(const struct node *n)
{
	return model_is_session(n->member) ? n->member : model_session_of(n->member);
}

static bool show_id(const struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice json = member_json(n->member);

	(void)t;
	/* versions, and what has no readable id, are kept under another one */
	if (!object_id(&json, out))
		buf_addstr(out, n->member->id);
	return true;
}

static bool show_session(const struct tree *t, const struct node *n, struct buf *out)
{
	const struct member *session = session_of(n);

	(void)t;
	if (session)
		buf_addstr(out, session->id);
	return session;
}

static bool show_point_in_time(const struct tree *t, const struct node *n, struct buf *out)
{
	const struct member *session = session_of(n);

	(void)t;
	if (!session)
		return false;
	struct jslice json = member_json(session);
	if (object_field(&json, "pointInTime", out))
		return true;
	buf_addstr(out, session->notes->asked ? session->notes->asked : "");
	return session->notes->asked;
}

static bool show_version(const struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice json = member_json(n->member);

	(void)t;
	return model_session_of(n->member) && object_field(&json, "version", out);
}

static bool show_href(const struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice json = member_json(n->member);

	(void)t;
	return object_href(&json, "self", out);
}

static bool show_sha256(const struct tree *t, const struct node *n, struct buf *out)
{
	const char *digest = tree_digest(t, n);

	buf_addstr(out, digest ? digest : "");
	return digest;
}

static const struct {
	const char *name;
	bool (*show)(const struct tree *t, const struct node *n, struct buf *out);
} attributes[] = {
	{ "user.vbofs.id", show_id },
	{ "user.vbofs.session", show_session },
	{ "user.vbofs.point_in_time", show_point_in_time },
	{ "user.vbofs.version", show_version },
	{ "user.vbofs.href", show_href },
	{ "user.vbofs.sha256", show_sha256 },
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

int xattr_get(const struct tree *t, const struct node *n, const char *name, struct buf *out)
{
	for (size_t i = 0; n->member && i < ATTRIBUTES; i++)
		if (strcmp(attributes[i].name, name) == 0)
			return attributes[i].show(t, n, out) ? 0 : -ENODATA;
	return -ENODATA;
}

void xattr_list(const struct tree *t, const struct node *n, struct buf *out)
{
	struct buf value;

	buf_init(&value, 65536);
	for (size_t i = 0; n->member && i < ATTRIBUTES; i++) {
		buf_reset(&value);
		if (attributes[i].show(t, n, &value))
			buf_add(out, attributes[i].name, strlen(attributes[i].name) + 1);
	}
	buf_release(&value);
}
