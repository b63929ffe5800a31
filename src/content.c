#include "vbofs/content.h"

#include <string.h>

#define FROM(v) .since = (v)

/* Where v1-v5, v6 and v7+ agree, one template serves; `late` replaces it from v7 on. */
static const struct content_row {
	int since;                   /* lowest version */
	const char *list;            /* below S/organization/ */
	const char *list_late;       /* from v7 on, if it differs */
	const char *top;             /* word for the top level, if it is not null or root */
	const char *action;          /* v1-v5: path and body of the save */
	const char *action_body;
	const char *save;            /* v6 and later */
	const char *save_v8;         /* v8, if it differs */
	const char *save_body;
} rows[CONTENT_COUNT] = {
	[CONTENT_MAILBOXES] = { FROM(1), .list = "mailboxes" },
	[CONTENT_MAIL_FOLDERS] = { FROM(1), .list = "mailboxes/{c}/folders?parentId={p}" },
	[CONTENT_MAIL_ITEMS] = {
		FROM(1), .list = "mailboxes/{c}/items?folderId={p}",
		.list_late = "mailboxes/{c}/items?parentId={p}",
		.action = "mailboxes/{c}/items/{i}/Action", .action_body = "{\"savetoMsg\":null}",
		.save = "mailboxes/{c}/items/{i}/save",
	},
	[CONTENT_ONEDRIVES] = { FROM(2), .list = "OneDrives" },
	[CONTENT_ONEDRIVE_FOLDERS] = { FROM(2), .list = "OneDrives/{c}/Folders?parentId={p}" },
	[CONTENT_ONEDRIVE_DOCUMENTS] = {
		FROM(2), .list = "OneDrives/{c}/Documents?parentId={p}",
		.action = "OneDrives/{c}/Documents/{i}/Action", .action_body = "{\"save\":null}",
		.save = "OneDrives/{c}/Documents/{i}/save", .save_body = "{\"asZip\":false}",
	},
	[CONTENT_SITES] = { FROM(2), .list = "Sites?parentId={p}" },
	[CONTENT_SUBSITES] = { FROM(2), .list = "Sites?parentId={c}" },
	[CONTENT_LIBRARIES] = { FROM(2), .list = "Sites/{c}/Libraries" },
	[CONTENT_LISTS] = { FROM(2), .list = "Sites/{c}/Lists" },
	[CONTENT_SITE_FOLDERS] = { FROM(2), .list = "Sites/{c}/Folders?parentId={p}" },
	[CONTENT_SITE_DOCUMENTS] = {
		FROM(2), .list = "Sites/{c}/Documents?parentId={p}",
		.action = "Sites/{c}/Documents/{i}/Action", .action_body = "{\"save\":null}",
		.save = "Sites/{c}/Documents/{i}/save", .save_body = "{\"asZip\":false}",
	},
	[CONTENT_SITE_ITEMS] = { FROM(2), .list = "Sites/{c}/Items?parentId={p}" },
	[CONTENT_ATTACHMENTS] = {
		FROM(2), .list = "Sites/{c}/Items/{p}/Attachments",
		.action = "Sites/{c}/Items/{p}/Attachments/{i}/Action",
		.action_body = "{\"save\":null}",
		.save = "Sites/{c}/Items/{p}/Attachments/{i}/save",
	},
	[CONTENT_TEAMS] = { FROM(5), .list = "teams" },
	[CONTENT_CHANNELS] = { FROM(5), .list = "teams/{c}/channels" },
	[CONTENT_TEAM_FILES] = {
		FROM(5), .list = "teams/{c}/files?channelId={d}&parentId={p}",
		.action = "teams/{c}/files/{i}/Action", .action_body = "{\"save\":null}",
		.save = "teams/{c}/files/{i}/save",
		.save_v8 = "teams/{c}/channels/{d}/files/{i}/save",
		.save_body = "{\"asZip\":false}",
	},
	[CONTENT_POSTS] = {
		FROM(5), .list = "teams/{c}/posts?channelId={d}&parentId={p}", .top = "-1",
		.action = "teams/{c}/posts/{i}/Action", .action_body = "{\"save\":null}",
		.save = "teams/{c}/posts/{i}/save",
	},
	[CONTENT_TABS] = { FROM(5), .list = "teams/{c}/channels/{d}/tabs" },
};

bool content_has_list(const struct profile *p, enum content c)
{
	return rows[c].list && p->version >= rows[c].since;
}

static void fill(struct buf *out, const char *template, const struct content_ids *ids,
		 const char *top)
{
	for (const char *t = template; *t; t++) {
		if (*t != '{') {
			buf_addch(out, *t);
			continue;
		}
		const char *id = t[1] == 'c' ? ids->container : t[1] == 'd' ? ids->channel :
				 t[1] == 'p' ? ids->parent : ids->object;
		profile_path(out, "%s", id ? id : top);
		t += 2;
	}
}

static void begin(const struct profile *p, const struct content_ids *ids, struct buf *out)
{
	profile_path(out, p->session, ids->session);
	buf_addstr(out, "/organization/");
}

/* Up to v6 the documents say null, from v7 on root. */
static const char *top_word(const struct profile *p, enum content c)
{
	return rows[c].top ? rows[c].top : p->version >= 7 ? "root" : "null";
}

void content_list(const struct profile *p, enum content c, const struct content_ids *ids,
		  struct buf *path)
{
	bool late = p->version >= 7 && rows[c].list_late;

	begin(p, ids, path);
	fill(path, late ? rows[c].list_late : rows[c].list, ids, top_word(p, c));
}

bool content_save(const struct profile *p, enum content c, const struct content_ids *ids,
		  struct buf *path, const char **body)
{
	const struct content_row *row = &rows[c];
	const char *template = p->version <= 5 ? row->action :
			       p->version >= 8 && row->save_v8 ? row->save_v8 : row->save;

	if (!template || p->version < row->since)
		return false;
	begin(p, ids, path);
	fill(path, template, ids, "");
	*body = p->version <= 5 ? row->action_body : row->save_body;
	return true;
}
