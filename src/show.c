#include "show.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "vbofs/api.h"
#include "vbofs/name.h"
#include "vbofs/object.h"
#include "vbofs/timestamp.h"
#include "vbofs/tree.h"
#include "vbofs/tsv.h"

#include "names.h"
#include "tree_private.h"

int show_readme(struct tree *t, const struct node *n, struct buf *out)
{
	(void)t;
	(void)n;
	kinds_readme(out);
	return 0;
}

int show_json(struct tree *t, const struct node *n, struct buf *out)
{
	(void)t;
	buf_add(out, n->member->json, n->member->json_len);
	buf_addch(out, '\n');
	return 0;
}

/* A value and its newline; a value that went away meanwhile is no file. */
static int show_scalar(const struct jslice *value, struct buf *out)
{
	int rc = jslice_scalar(value, out);

	if (rc)
		return rc == -ENODATA ? -ENOENT : rc == -EBADMSG ? -EIO : rc;
	buf_addch(out, '\n');
	return 0;
}

int show_property(struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice json = member_json(n->member);
	struct jslice value = jslice_get(&json, n->key ? n->key : n->kind->field);

	(void)t;
	return show_scalar(&value, out);
}

int show_link(struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice json = member_json(n->member);
	struct jslice links = jslice_get(&json, "_links");
	struct jslice link = jslice_get(&links, n->key);
	struct jslice href = link.type == JSLICE_OBJECT ? jslice_get(&link, "href") : link;

	(void)t;
	return show_scalar(&href, out);
}

int show_point_in_time(struct tree *t, const struct node *n, struct buf *out)
{
	struct jslice json = member_json(n->member);
	struct jslice value = jslice_get(&json, "pointInTime");

	(void)t;
	if (value.type == JSLICE_STRING)
		return show_scalar(&value, out);
	if (!n->member->notes->asked)
		return -ENOENT;
	buf_printf(out, "%s\n", n->member->notes->asked);
	return 0;
}

int show_session_target(struct tree *t, const struct node *n, struct buf *out)
{
	(void)t;
	buf_printf(out, "../../../sessions/%s", n->member->name);
	return 0;
}

int show_organization_target(struct tree *t, const struct node *n, struct buf *out)
{
	(void)t;
	buf_printf(out, "../orgs/%s", n->member->name);
	return 0;
}

int show_session_org(struct tree *t, const struct node *n, struct buf *out)
{
	const char *org = tree_session_org(t, n->member);
	char name[NAME_MAX_BYTES + 1];

	if (!org)
		return -ENOENT;
	name_of_id(name, org, strlen(org));
	buf_printf(out, "../../orgs/%s", name);
	return 0;
}

/* Of a tab separated line. */
static void add_id(struct buf *out, const struct jslice *object)
{
	struct buf text;

	buf_init(&text, 65536);
	object_id(object, &text);
	tsv_add_text(out, text.data ? text.data : "", text.len);
	buf_release(&text);
}

static void add_index_line(const struct named *named, struct buf *out)
{
	static const char *const keys[] = { "version", "from", "to", "subject" };
	struct jslice json = member_json(named->member);
	char when[TIMESTAMP_MAX] = "";

	buf_addstr(out, named->name);
	if (named->kind->type == S_IFDIR)
		buf_addch(out, '/');
	if (named->member->mtime)
		timestamp_format_utc(when, named->member->mtime, named->member->mtime_ns);
	/* a length that is only known since the mail was opened is no part of the listing */
	if (named->kind->save && !named->kind->whole && named->member->size >= 0)
		buf_printf(out, "\t%" PRId64 "\t%s", named->member->size, when);
	else
		buf_printf(out, "\t\t%s", when);
	buf_addch(out, '\t');
	add_id(out, &json);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		buf_addch(out, '\t');
		struct jslice value = jslice_get(&json, keys[i]);
		tsv_add(out, &value);
	}
	buf_addch(out, '\n');
}

int show_index(struct tree *t, const struct node *n, struct buf *out)
{
	/* what is not in memory must not look empty */
	const struct names *names = names_known(t, n->parent) ? names_get(t, n->parent) : NULL;

	if (!names)
		return -ENOMEM;
	buf_addstr(out, "name\tsize\tmodified\tid\tversion\tfrom\tto\tsubject\n");
	for (size_t i = 0; i < names->n; i++)
		add_index_line(&names->all[i], out);
	return 0;
}

int show_version(struct tree *t, const struct node *n, struct buf *out)
{
	(void)n;
	buf_printf(out, "vbofs %s\napi %s\nserver %s\n", VBOFS_VERSION,
		   api_profile(t->config.api)->name, t->config.origin);
	return 0;
}

int show_log(struct tree *t, const struct node *n, struct buf *out)
{
	(void)n;
	log_show(t->config.log, out);
	return 0;
}

int show_last_error(struct tree *t, const struct node *n, struct buf *out)
{
	(void)n;
	log_show_last_error(t->config.log, out);
	return 0;
}
