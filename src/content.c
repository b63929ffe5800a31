#include "vbofs/content.h"

#include <ctype.h>
#include <string.h>

#define FROM(v) .since = (v)
#define NO_ZIP .save_body = "{\"asZip\":false}"
#define ACTION_SAVE .action_body = "{\"save\":null}"

static const struct content_row {
	int since;                   /* lowest version */
	const char *list;            /* below S/organization/ */
	const char *list_late;       /* from version `late` on, if it differs */
	int late;
	const char *object;          /* one of the list alone, if that is of use */
	const char *object_v8;       /* v8, if it differs */
	const char *action;          /* v1-v5: path and body of the save */
	const char *action_body;
	const char *save;            /* v6 and later */
	const char *save_v8;         /* v8, if it differs */
	const char *save_body;
	const char *use;
	bool nested;
	enum content_identity identity;
	enum content in;             /* the list of what its members lie in */
	struct content_belongs says; /* how what is in one of its members says so */
} rows[CONTENT_COUNT] = {
	[CONTENT_MAILBOXES] = {
		FROM(1), .list = "mailboxes", .says = { "mailboxId", "mailbox", "mailboxes" },
	},
	[CONTENT_MAIL_FOLDERS] = {
		FROM(1), .list = "mailboxes/{c}/folders?parentId={p}",
		.object = "mailboxes/{c}/folders/{i}",
	},
	[CONTENT_MAIL_ITEMS] = {
		FROM(1), .list = "mailboxes/{c}/items?folderId={p}",
		.list_late = "mailboxes/{c}/items?parentId={p}", .late = 7,
		.action = "mailboxes/{c}/items/{i}/Action", .action_body = "{\"savetoMsg\":null}",
		.save = "mailboxes/{c}/items/{i}/save", .in = CONTENT_MAIL_FOLDERS,
	},
	[CONTENT_ONEDRIVES] = {
		FROM(2), .list = "OneDrives", .says = { "oneDriveId", "onedrive", "OneDrives" },
	},
	[CONTENT_ONEDRIVE_FOLDERS] = {
		FROM(2), .list = "OneDrives/{c}/Folders?parentId={p}",
		.object = "OneDrives/{c}/Folders/{i}",
	},
	[CONTENT_ONEDRIVE_DOCUMENTS] = {
		FROM(2), .list = "OneDrives/{c}/Documents?parentId={p}",
		.action = "OneDrives/{c}/Documents/{i}/Action", ACTION_SAVE,
		.save = "OneDrives/{c}/Documents/{i}/save", NO_ZIP,
	},
	[CONTENT_ONEDRIVE_VERSIONS] = {
		FROM(6), .list = "OneDrives/{c}/Documents/{p}/Versions",
		.save = "OneDrives/{c}/Documents/{p}/Versions/{i}/save", NO_ZIP,
		.identity = CONTENT_BY_VERSION,
	},
	[CONTENT_SITES] = {
		FROM(2), .list = "Sites?parentId={p}", .says = { "siteId", "site", "Sites" },
	},
	[CONTENT_SUBSITES] = { FROM(2), .list = "Sites?parentId={c}", .object = "Sites/{i}" },
	[CONTENT_LIBRARIES] = { FROM(2), .list = "Sites/{c}/Libraries" },
	[CONTENT_LISTS] = { FROM(2), .list = "Sites/{c}/Lists" },
	[CONTENT_SITE_FOLDERS] = {
		FROM(2), .list = "Sites/{c}/Folders?parentId={p}", .object = "Sites/{c}/Folders/{i}",
	},
	[CONTENT_SITE_DOCUMENTS] = {
		FROM(2), .list = "Sites/{c}/Documents?parentId={p}",
		.action = "Sites/{c}/Documents/{i}/Action", ACTION_SAVE,
		.save = "Sites/{c}/Documents/{i}/save", NO_ZIP,
	},
	[CONTENT_SITE_VERSIONS] = {
		FROM(6), .list = "Sites/{c}/Documents/{p}/Versions",
		.save = "Sites/{c}/Documents/{p}/Versions/{i}/save", NO_ZIP,
		.identity = CONTENT_BY_VERSION,
	},
	[CONTENT_SITE_ITEMS] = { FROM(2), .list = "Sites/{c}/Items?parentId={p}" },
	[CONTENT_SITE_ITEM_VERSIONS] = {
		FROM(6), .list = "Sites/{c}/Items/{p}/Versions", .identity = CONTENT_BY_VERSION,
	},
	[CONTENT_ATTACHMENTS] = {
		FROM(2), .list = "Sites/{c}/Items/{p}/Attachments",
		.action = "Sites/{c}/Items/{p}/Attachments/{i}/Action", ACTION_SAVE,
		.save = "Sites/{c}/Items/{p}/Attachments/{i}/save",
	},
	[CONTENT_TEAMS] = { FROM(5), .list = "teams", .says = { "teamId", "team", "teams" } },
	[CONTENT_CHANNELS] = {
		FROM(5), .list = "teams/{c}/channels",
		.says = { "channelId", "channel", "channels" },
	},
	[CONTENT_TEAM_FILES] = {
		FROM(5), .list = "teams/{c}/files?channelId={d}&parentId={p}",
		.object = "teams/{c}/files/{i}?channelId={d}",
		.object_v8 = "teams/{c}/channels/{d}/files/{i}",
		.action = "teams/{c}/files/{i}/Action", ACTION_SAVE,
		.save = "teams/{c}/files/{i}/save",
		.save_v8 = "teams/{c}/channels/{d}/files/{i}/save", NO_ZIP,
		.in = CONTENT_TEAM_FILES,
	},
	[CONTENT_TEAM_FILE_VERSIONS] = {
		FROM(7), .list = "teams/{c}/files/{p}/versions",
		.list_late = "teams/{c}/channels/{d}/files/{p}/versions", .late = 8,
		.identity = CONTENT_BY_VERSION,
	},
	/* Those of a channel at once: which have replies could only be told by a request for each. */
	[CONTENT_POSTS] = {
		FROM(5), .list = "teams/{c}/posts?channelId={d}", .nested = true,
		.action = "teams/{c}/posts/{i}/Action", ACTION_SAVE,
		.save = "teams/{c}/posts/{i}/save", .in = CONTENT_POSTS,
	},
	[CONTENT_POSTS_HTML] = {
		FROM(5), .list = "teams/{c}/posts?channelId={d}", .nested = true, .use = "html",
		.action = "teams/{c}/posts/{i}/Action", .action_body = "{\"export\":null}",
		.save = "teams/{c}/posts/{i}/export",
	},
	[CONTENT_TABS] = { FROM(5), .list = "teams/{c}/channels/{d}/tabs" },
};

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
static const char *top_word(const struct profile *p)
{
	return p->version >= 7 ? "root" : "null";
}

void content_list(const struct profile *p, enum content c, const struct content_ids *ids,
		  struct buf *path, struct content_ask *ask)
{
	const struct content_row *row = &rows[c];
	bool late = row->list_late && p->version >= row->late;

	begin(p, ids, path);
	fill(path, late ? row->list_late : row->list, ids, top_word(p));
	*ask = (struct content_ask){
		.path = path->data, .use = row->use, .nested = row->nested,
		.identity = row->identity,
	};
}

bool content_object(const struct profile *p, enum content c, const struct content_ids *ids,
		    struct buf *path, struct content_ask *ask)
{
	const struct content_row *row = &rows[c];

	if (!row->object)
		return false;
	begin(p, ids, path);
	fill(path, p->version >= 8 && row->object_v8 ? row->object_v8 : row->object, ids, "");
	*ask = (struct content_ask){ .path = path->data, .single = true };
	return true;
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

const struct content_belongs *content_belongs(enum content c)
{
	return rows[c].says.field ? &rows[c].says : NULL;
}

enum content content_lies_in(enum content c)
{
	return rows[c].in;
}

/* ---- searches ---------------------------------------------------------------------- */

/* Teams are searched for one type of things at a time. */
struct search_type {
	const char *word;            /* v6 and later; v5 writes it small */
	enum content finds;
};

static const struct search_type teams_types[CONTENT_SEARCHES_MAX] = {
	{ "Files", CONTENT_TEAM_FILES }, { "Posts", CONTENT_POSTS }, { "Tabs", CONTENT_TABS },
};
static const struct search_type mail_types[CONTENT_SEARCHES_MAX] = {
	{ NULL, CONTENT_MAIL_ITEMS },
};
static const struct search_type file_types[CONTENT_SEARCHES_MAX] = {
	{ NULL, CONTENT_NONE },      /* documents, items and folders */
};

static const struct search_row {
	enum content in;
	const char *action;          /* v4 and v5 */
	const char *search;          /* v6 and later */
	const struct search_type *types;
	bool set;                    /* takes setId ... */
	bool all;                    /* ... and itemType */
} searches[SEARCH_COUNT] = {
	[SEARCH_MAIL] = {
		.in = CONTENT_MAILBOXES, .types = mail_types,
		.action = "mailboxes/Action", .search = "searchExchange",
	},
	[SEARCH_MAILBOX] = {
		.in = CONTENT_MAILBOXES, .types = mail_types, .set = true,
		.action = "mailboxes/{c}/Action", .search = "mailboxes/{c}/search",
	},
	[SEARCH_ONEDRIVES] = {
		.in = CONTENT_ONEDRIVES, .types = file_types, .set = true, .all = true,
		.action = "OneDrives/Action", .search = "OneDrives/search",
	},
	[SEARCH_ONEDRIVE] = {
		.in = CONTENT_ONEDRIVES, .types = file_types, .set = true, .all = true,
		.action = "OneDrives/{c}/Action", .search = "OneDrives/{c}/search",
	},
	[SEARCH_SITES] = {
		.in = CONTENT_SITES, .types = file_types, .set = true, .all = true,
		.action = "Sites/Action", .search = "Sites/search",
	},
	[SEARCH_SITE] = {
		.in = CONTENT_SITES, .types = file_types, .set = true, .all = true,
		.action = "Sites/{c}/Action", .search = "Sites/{c}/search",
	},
	[SEARCH_TEAMS] = {
		.in = CONTENT_TEAMS, .types = teams_types,
		.action = "Action", .search = "searchTeams",
	},
	[SEARCH_TEAM] = {
		.in = CONTENT_TEAMS, .types = teams_types,
		.action = "teams/{c}/Action", .search = "teams/{c}/search",
	},
};

enum content content_searched(enum content_search s)
{
	return searches[s].in;
}

static void add_type(struct buf *body, const char *word, bool small)
{
	buf_addstr(body, ",\"type\":\"");
	for (; *word; word++)
		buf_addch(body, small ? (char)tolower((unsigned char)*word) : *word);
	buf_addch(body, '"');
}

static void add_search_body(const struct profile *p, const char *query, const char *type,
			    struct buf *body)
{
	bool action = p->version <= 5;

	buf_addstr(body, action ? "{\"search\":{\"query\":\"" : "{\"query\":\"");
	for (; *query; query++) {
		if (*query == '"' || *query == '\\')
			buf_addch(body, '\\');
		buf_addch(body, *query);
	}
	buf_addch(body, '"');
	if (type)
		add_type(body, type, action);
	buf_addstr(body, action ? "}}" : "}");
}

bool content_search(const struct profile *p, enum content_search s, const struct content_ids *ids,
		    const char *query, unsigned n, struct buf *path, struct buf *body,
		    struct content_ask *ask, enum content *finds)
{
	const struct search_row *row = &searches[s];
	const struct search_type *type = row->types + n;
	bool action = p->version <= 5;

	if (n >= CONTENT_SEARCHES_MAX || (n && !type->word))
		return false;
	*finds = type->finds;
	begin(p, ids, path);
	fill(path, action ? row->action : row->search, ids, "");
	if (!action && row->all)
		buf_addstr(path, "?itemType=All");
	add_search_body(p, query, type->word, body);
	*ask = (struct content_ask){
		.path = path->data, .body = body->data, .set = !action && row->set,
		.identity = CONTENT_BY_LINK,
	};
	return true;
}
