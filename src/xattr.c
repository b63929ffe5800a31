#include "xattr.h"

#include <errno.h>
#include <string.h>

#include "vbofs/jslice.h"

static int show_id(const struct member *m, struct buf *out)
{
	buf_addstr(out, m->id);
	return 0;
}

static int show_session(const struct member *m, struct buf *out)
{
	const struct member *session = model_is_session(m) ? m : model_session_of(m);

	return session ? show_id(session, out) : -ENODATA;
}

static int show_point_in_time(const struct member *m, struct buf *out)
{
	struct jslice json = member_json(m), value = jslice_get(&json, "pointInTime");

	if (value.type == JSLICE_STRING)
		return jslice_string(&value, out) ? -ENODATA : 0;
	if (!m->asked)
		return -ENODATA;
	buf_addstr(out, m->asked);
	return 0;
}

static int show_href(const struct member *m, struct buf *out)
{
	struct jslice json = member_json(m), links = jslice_get(&json, "_links");
	struct jslice self = jslice_get(&links, "self"), href = jslice_get(&self, "href");

	return href.type == JSLICE_STRING && !jslice_string(&href, out) ? 0 : -ENODATA;
}

static const struct {
	const char *name;
	int (*show)(const struct member *m, struct buf *out);
} attributes[] = {
	{ "user.vbofs.id", show_id },
	{ "user.vbofs.session", show_session },
	{ "user.vbofs.point_in_time", show_point_in_time },
	{ "user.vbofs.href", show_href },
};

#define ATTRIBUTES (sizeof(attributes) / sizeof(attributes[0]))

int xattr_get(const struct node *n, const char *name, struct buf *out)
{
	for (size_t i = 0; n->member && i < ATTRIBUTES; i++)
		if (strcmp(attributes[i].name, name) == 0)
			return attributes[i].show(n->member, out);
	return -ENODATA;
}

void xattr_list(const struct node *n, struct buf *out)
{
	struct buf value;

	buf_init(&value, 65536);
	for (size_t i = 0; n->member && i < ATTRIBUTES; i++) {
		buf_reset(&value);
		if (attributes[i].show(n->member, &value) == 0)
			buf_add(out, attributes[i].name, strlen(attributes[i].name) + 1);
	}
	buf_release(&value);
}
