#include "vbofs/kinds.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "vbofs/control.h"
#include "vbofs/node.h"
#include "vbofs/tree.h"

#include "latest.h"
#include "places.h"
#include "show.h"

static struct collection *all_organizations(struct tree *t, const struct node *dir,
					    const struct kind *k)
{
	(void)dir;
	(void)k;
	return model_organizations(t->config.model);
}

static struct collection *all_sessions(struct tree *t, const struct node *dir,
				       const struct kind *k)
{
	(void)dir;
	(void)k;
	return model_sessions(t->config.model);
}

static struct collection *restore_points(struct tree *t, const struct node *dir,
					 const struct kind *k)
{
	(void)k;
	return model_list(t->config.model, dir->member, MODEL_POINTS);
}

static const struct kind_label by_name = { .texts = { "name" } };

static bool is_of_organization(struct tree *t, const struct node *dir, const struct member *m)
{
	const char *org = tree_session_org(t, m);
	return org && strcmp(org, dir->member->id) == 0;
}

static int needs_organizations(struct tree *t, const struct node *dir, struct want *w)
{
	(void)dir;
	return model_need_list(model_organizations(t->config.model), w, MODEL_STALE_OK);
}

static int has_point_in_time(struct tree *t, const struct node *dir, struct want *w)
{
	struct jslice json = member_json(dir->member);
	struct jslice value = jslice_get(&json, "pointInTime");

	(void)t;
	(void)w;
	return value.type == JSLICE_STRING || dir->member->notes->asked ? 0 : -ENOENT;
}

static int has_organization(struct tree *t, const struct node *dir, struct want *w)
{
	/* what was started here is known without asking */
	if (tree_session_org(t, dir->member))
		return 0;
	int rc = needs_organizations(t, dir, w);
	if (rc)
		return rc;
	return tree_session_org(t, dir->member) ? 0 : -ENOENT;
}

static int has_field(struct tree *t, const struct node *dir, struct want *w, const char *field)
{
	struct jslice json = member_json(dir->member);
	struct jslice value = jslice_get(&json, field);

	(void)t;
	(void)w;
	return value.type > JSLICE_NULL && value.type <= JSLICE_STRING ? 0 : -ENOENT;
}

static int has_state(struct tree *t, const struct node *dir, struct want *w)
{
	return has_field(t, dir, w, "state");
}

static int has_result(struct tree *t, const struct node *dir, struct want *w)
{
	return has_field(t, dir, w, "result");
}

/* ---- content ------------------------------------------------------------------------- */

static int has_type(const struct node *dir, const char *type, struct want *w)
{
	struct jslice json = member_json(dir->member), value = jslice_get(&json, "type");

	if (value.type != JSLICE_STRING || value.len != strlen(type) + 2 ||
	    strncasecmp(value.text + 1, type, strlen(type)) != 0)
		return -ENOENT;
	return model_has_ended(dir->member) ? model_ended(&w->fault) : 0;
}

static int has_mail(struct tree *t, const struct node *dir, struct want *w)
{
	(void)t;
	return has_type(dir, "Vex", w);
}

static int has_onedrives(struct tree *t, const struct node *dir, struct want *w)
{
	(void)t;
	return has_type(dir, "Veod", w);
}

static int has_sites(struct tree *t, const struct node *dir, struct want *w)
{
	(void)t;
	return has_type(dir, "Vesp", w);
}

static int has_teams(struct tree *t, const struct node *dir, struct want *w)
{
	(void)t;
	return has_type(dir, "Vet", w);
}

static bool is_folder(struct tree *t, const struct node *dir, const struct member *m)
{
	struct jslice json = member_json(m), type = jslice_get(&json, "fileType");

	(void)t, (void)dir;
	return type.type == JSLICE_STRING && type.len == 8 && strncasecmp(type.text + 1, "folder", 6) == 0;
}

static bool is_file(struct tree *t, const struct node *dir, const struct member *m)
{
	return !is_folder(t, dir, m);
}

static bool has_replies(struct tree *t, const struct node *dir, const struct member *m)
{
	(void)t, (void)dir;
	return model_children(m->of, m) != NULL;
}

/* Its text is the listing of its directory, which has to be there. */
static int has_index(struct tree *t, const struct node *dir, struct want *w)
{
	return tree_need_names(t, dir, w);
}

static const struct kind_label by_email = { .texts = { "email", "name" } };
static const struct kind_label by_display_name = { .texts = { "displayName", "name" } };
static const struct kind_label by_file_name = { .texts = { "name" }, .extension = true };
static const struct kind_label by_name_zip = { .texts = { "name" }, .suffix = ".zip",
					       .extension = true };
static const struct kind_label by_title = { .texts = { "title", "name" } };
static const struct kind_label by_title_json = { .texts = { "title", "name" }, .suffix = ".json",
						 .extension = true };
static const struct kind_label by_display_name_json = { .texts = { "displayName" },
							.suffix = ".json", .extension = true };
static const struct kind_label by_sent = {
	.times = { "sent", "received", "postedOn", "date", "startTime", "startDate" },
	.texts = { "subject", "fullName", "name", "fileAs" }, .suffix = ".msg", .extension = true,
};
static const struct kind_label by_created = { .times = { "createdTime" }, .texts = { "subject" },
					      .suffix = ".msg", .extension = true };
static const struct kind_label by_created_html = { .times = { "createdTime" },
						   .texts = { "subject" }, .suffix = ".html",
						   .extension = true };
static const struct kind_label by_created_re = { .times = { "createdTime" },
						 .texts = { "subject" }, .suffix = ".re" };
static const struct kind_label by_version = { .texts = { "version" }, .extension_of = "name",
					      .extension = true };
static const struct kind_label by_version_json = { .texts = { "uiVersion", "version" },
						   .suffix = ".json", .extension = true };

enum row {
	ROOT,
	README,
	ORGS,
	ORG,
	ORG_EXPLORE,
	ORG_JSON,
	ORG_LINKS,
	ORG_LINK,
	ORG_SESSIONS,
	ORG_SESSION,
	ORG_LATEST,
	ORG_POINTS,
	ORG_POINT,
	ORG_POINT_LATEST,
	ORG_PROPERTY,
	BY_NAME,
	BY_NAME_LINK,
	SESSIONS,
	SESSIONS_LATEST,
	SESSION,
	SESSION_STATE,
	SESSION_RESULT,
	SESSION_POINT_IN_TIME,
	SESSION_STOP,
	SESSION_ORG,
	SESSION_EVENTS,
	SESSION_STATISTICS,
	SESSION_STATISTICS_ERRORS,
	SESSION_STATISTICS_WARNINGS,
	SESSION_STATISTICS_JSON,
	SESSION_JSON,
	SESSION_LINKS,
	SESSION_LINK,
	SESSION_PROPERTY,
	SESSION_SEARCH_MAIL,
	SESSION_SEARCH_ONEDRIVES,
	SESSION_SEARCH_SITES,
	SESSION_SEARCH_TEAMS,
	MAILBOXES,
	MAILBOX,
	MAILBOX_SEARCH,
	MAIL_FOLDER,
	MAIL_SUBFOLDER,
	MAIL_ITEM,
	ONEDRIVES,
	ONEDRIVE,
	ONEDRIVE_SEARCH,
	ONEDRIVE_FOLDER,
	ONEDRIVE_DOCUMENT,
	ONEDRIVE_VERSIONS,
	ONEDRIVE_VERSIONED,
	ONEDRIVE_VERSION,
	SITES,
	SITE,
	SITE_SEARCH,
	SITE_LIBRARIES,
	SITE_LIBRARY,
	SITE_FOLDER,
	SITE_DOCUMENT,
	SITE_VERSIONS,
	SITE_VERSIONED,
	SITE_VERSION,
	SITE_LISTS,
	SITE_LIST,
	SITE_LIST_FOLDER,
	SITE_ITEM,
	SITE_ITEM_VERSIONS,
	SITE_ITEM_VERSIONED,
	SITE_ITEM_VERSION,
	SITE_ATTACHMENTS,
	SITE_ITEM_ATTACHMENTS,
	SITE_ATTACHMENT,
	SITE_SUBSITES,
	SITE_SUBSITE,
	TEAMS,
	TEAM,
	TEAM_SEARCH,
	CHANNEL,
	CHANNEL_FILES,
	CHANNEL_FOLDER,
	CHANNEL_FILE,
	CHANNEL_FILE_VERSIONS,
	CHANNEL_FILE_VERSIONED,
	CHANNEL_FILE_VERSION,
	CHANNEL_POSTS,
	CHANNEL_POST,
	CHANNEL_REPLIES,
	CHANNEL_HTML,
	CHANNEL_HTML_POST,
	CHANNEL_HTML_REPLIES,
	CHANNEL_TABS,
	CHANNEL_TAB,
	INDEXES,                 /* one .index.tsv in each of the directories above */
	INDEX_LAST = INDEXES + 20,
	SERVICE,
	SERVICE_VERSION,
	SERVICE_METRICS,
	SERVICE_LOG,
	SERVICE_LAST_ERROR,
	SERVICE_REFRESH,
	ROWS,
};

static const struct kind rows[ROWS];
#define IN(row) .parent = &rows[row]
#define DIRECTORY .type = S_IFDIR
#define FILE_OF(text) .type = S_IFREG, .show = (text)
#define LINK_TO(target) .type = S_IFLNK, .show = (target)
#define CONTROL(class) .type = S_IFREG, .cache = CACHE_CONTROL, .control = &(class)
#define OBJECT .cache = CACHE_OBJECT, .freshens = true
/* of a point in time: nothing that could be asked for again */
#define KEPT .cache = CACHE_OBJECT
#define LIKE(row) .like = &rows[row]
#define CONTENT(content, naming)                                                                   \
	.each = EACH_MEMBER, .cache = CACHE_OBJECT, .members = places_members, .list = (content),  \
	.label = &(naming)
#define SEARCH(place, row)                                                                         \
	.name = "search", IN(row), CONTROL(control_search), .search = (place),                     \
	.since = CONTENT_SEARCH_SINCE
#define VERSIONS_IN(row)                                                                           \
	.name = ".versions", IN(row), DIRECTORY, KEPT, .hidden = true, .mirrors = true
/* of a list of the session, had when it is opened */
#define SHOWS(contents, text)                                                                      \
	FILE_OF(text), .shows = (contents), .cache = CACHE_POLLED
/* a link to the newest: a loop over * meets each one once */
#define LATEST(newest, target)                                                                     \
	.name = "latest", LINK_TO(target), .leads_to = (newest), .hidden = true
#define INDEX_OF(n, row)                                                                           \
	[INDEXES + (n)] = { .name = ".index.tsv", IN(row), FILE_OF(show_index), KEPT,              \
			    .has = has_index, .costly = true, .silent = true }

static const struct kind rows[ROWS] = {
	[ROOT] = { .name = "", DIRECTORY },
	[README] = { .name = "README", IN(ROOT), FILE_OF(show_readme),
		     .help = "what this is and what to type next" },

	[ORGS] = { .name = "orgs", IN(ROOT), DIRECTORY, .help = "the organizations, by id" },
	[ORG] = { .name = "<ID>", IN(ORGS), DIRECTORY, .each = EACH_MEMBER,
		  .members = all_organizations, OBJECT,
		  .help = "one organization" },
	[ORG_EXPLORE] = { .name = "explore", IN(ORG), CONTROL(control_explore),
			  .help = "write a timestamp: starts a restore session" },
	[ORG_JSON] = { .name = "json", IN(ORG), FILE_OF(show_json), OBJECT,
		       .help = "the whole object as the server sent it" },
	[ORG_LINKS] = { .name = "links", IN(ORG), DIRECTORY, OBJECT },
	[ORG_LINK] = { .name = "<rel>", IN(ORG_LINKS), FILE_OF(show_link), .each = EACH_LINK, OBJECT,
		       .help = "the href of each link the server gave" },
	[ORG_SESSIONS] = { .name = "sessions", IN(ORG), DIRECTORY, .cache = CACHE_OBJECT,
			   .needs = needs_organizations },
	[ORG_SESSION] = { .name = "<sessionID>", IN(ORG_SESSIONS), LINK_TO(show_session_target),
			  .each = EACH_MEMBER, .members = all_sessions, .includes = is_of_organization,
			  .cache = CACHE_OBJECT, .help = "link to each restore session of it" },
	[ORG_LATEST] = { LATEST(latest_session_of_org, show_latest_session), IN(ORG),
			 .needs = latest_needs_sessions,
			 .help = "link to the session started last in it; not listed, type its name" },
	[ORG_POINTS] = { .name = "restore-points", IN(ORG), DIRECTORY, .cache = CACHE_OBJECT,
			 .since = 6, .help = "the known points in time" },
	[ORG_POINT] = { .name = "<UTC>", IN(ORG_POINTS), FILE_OF(show_services),
			.each = EACH_MEMBER, .members = restore_points, OBJECT,
			.help = "the services it holds; explore takes the name as it is" },
	[ORG_POINT_LATEST] = { LATEST(latest_point, show_latest_here), IN(ORG_POINTS),
			       .needs = latest_needs_points,
			       .help = "link to the newest; not listed, type its name" },
	[ORG_PROPERTY] = { .name = "<property>", IN(ORG), FILE_OF(show_property),
			   .each = EACH_PROPERTY, OBJECT,
			   .help = "name, type, firstBackuptime, lastBackuptime: one value a file" },

	[BY_NAME] = { .name = "by-name", IN(ROOT), DIRECTORY },
	[BY_NAME_LINK] = { .name = "<name>", IN(BY_NAME), LINK_TO(show_organization_target),
			   .each = EACH_MEMBER, .members = all_organizations, .label = &by_name,
			   .cache = CACHE_OBJECT, .help = "link to each organization, by its name" },

	[SESSIONS] = { .name = "sessions", IN(ROOT), DIRECTORY,
		       .help = "every restore session the server lists for this login" },
	[SESSIONS_LATEST] = { LATEST(latest_session, show_latest_here), IN(SESSIONS),
			      .needs = latest_needs_sessions,
			      .help = "link to the one started last; not listed, type its name" },
	[SESSION] = { .name = "<sessionID>", IN(SESSIONS), DIRECTORY, .each = EACH_MEMBER,
		      .members = all_sessions, OBJECT, .id_as = 's',
		      .help = "one restore session" },
	[SESSION_STATE] = { .name = "state", IN(SESSION), FILE_OF(show_property), .field = "state",
			    .has = has_state, .cache = CACHE_POLLED, .freshens = true,
			    .help = "Working, Stopped, ..." },
	[SESSION_RESULT] = { .name = "result", IN(SESSION), FILE_OF(show_property),
			     .field = "result", .has = has_result, .cache = CACHE_POLLED,
			     .freshens = true, .help = "Success, Warning, Failed" },
	[SESSION_POINT_IN_TIME] = { .name = "pointInTime", IN(SESSION),
				    FILE_OF(show_point_in_time), .field = "pointInTime",
				    .has = has_point_in_time, OBJECT,
				    .help = "as the server says it (v1), or as it was asked for here" },
	[SESSION_STOP] = { .name = "stop", IN(SESSION), CONTROL(control_stop),
			   .help = "write anything: ends the session" },
	[SESSION_ORG] = { .name = "org", IN(SESSION), LINK_TO(show_session_org),
			  .has = has_organization, .cache = CACHE_OBJECT,
			  .help = "link to its organization, where that is known" },
	[SESSION_EVENTS] = { .name = "events", IN(SESSION), SHOWS(MODEL_EVENTS, show_events),
			     .grows = true, .since = 2,
			     .help = "what happened: a line for each event, added when it has ended" },
	[SESSION_STATISTICS] = { .name = "statistics", IN(SESSION),
				 SHOWS(MODEL_STATISTICS, show_statistics), .since = 8,
				 .help = "items restored, failed ..., as lines of key and value" },
	[SESSION_STATISTICS_ERRORS] = { .name = "statistics.errors", IN(SESSION),
					SHOWS(MODEL_STATISTICS, show_statistics_errors),
					.has = show_has_errors, .since = 8, .hidden = true,
					.help = "one a line, if any; not listed, type its name" },
	[SESSION_STATISTICS_WARNINGS] = { .name = "statistics.warnings", IN(SESSION),
					  SHOWS(MODEL_STATISTICS, show_statistics_warnings),
					  .has = show_has_warnings, .since = 8, .hidden = true,
					  .help = "one a line, if any; not listed, type its name" },
	[SESSION_STATISTICS_JSON] = { .name = "statistics.json", IN(SESSION),
				      SHOWS(MODEL_STATISTICS, show_statistics_json), .since = 8,
				      .help = "with each item, as the server sent it" },
	[SESSION_JSON] = { .name = "json", IN(SESSION), FILE_OF(show_json), OBJECT,
			   .help = "the whole object as the server sent it" },
	[SESSION_LINKS] = { .name = "links", IN(SESSION), DIRECTORY, OBJECT },
	[SESSION_LINK] = { .name = "<rel>", IN(SESSION_LINKS), FILE_OF(show_link),
			   .each = EACH_LINK, OBJECT,
			   .help = "the href of each link the server gave" },
	[SESSION_PROPERTY] = { .name = "<property>", IN(SESSION), FILE_OF(show_property),
			       .each = EACH_PROPERTY, OBJECT,
			       .help = "type, creationTime, endTime, id: one value a file" },
	[SESSION_SEARCH_MAIL] = { SEARCH(SEARCH_MAIL, SESSION), .has = has_mail,
				  .help = "write a query, read the paths found: in all it shows" },
	[SESSION_SEARCH_ONEDRIVES] = { SEARCH(SEARCH_ONEDRIVES, SESSION), .has = has_onedrives,
				       .silent = true },
	[SESSION_SEARCH_SITES] = { SEARCH(SEARCH_SITES, SESSION), .has = has_sites, .silent = true },
	[SESSION_SEARCH_TEAMS] = { SEARCH(SEARCH_TEAMS, SESSION), .has = has_teams, .silent = true },

	[MAILBOXES] = { .name = "mailboxes", IN(SESSION), DIRECTORY, KEPT, .has = has_mail,
			.help = "what an Exchange session (vex) shows" },
	[MAILBOX] = { .name = "<email>", IN(MAILBOXES), DIRECTORY,
		      CONTENT(CONTENT_MAILBOXES, by_email), .id_as = 'c' },
	[MAILBOX_SEARCH] = { SEARCH(SEARCH_MAILBOX, MAILBOX), .hidden = true,
			     .help = "as above, in this mailbox; not listed, type its name" },
	[MAIL_FOLDER] = { .name = "<folder>", IN(MAILBOX), DIRECTORY,
			  CONTENT(CONTENT_MAIL_FOLDERS, by_title), .id_as = 'p' },
	[MAIL_SUBFOLDER] = { .name = "<folder>", IN(MAIL_FOLDER), DIRECTORY, LIKE(MAIL_FOLDER),
			     CONTENT(CONTENT_MAIL_FOLDERS, by_title), .id_as = 'p' },
	[MAIL_ITEM] = { .name = "<sent> <subject>.msg", IN(MAIL_FOLDER), .type = S_IFREG,
			CONTENT(CONTENT_MAIL_ITEMS, by_sent), .save = CONTENT_MAIL_ITEMS,
			.whole = true, .help = "a mail, contact, appointment ...; saved when opened" },

	[ONEDRIVES] = { .name = "onedrives", IN(SESSION), DIRECTORY, KEPT, .has = has_onedrives,
			.since = 2,
			.help = "what a OneDrive session (veod) shows" },
	[ONEDRIVE] = { .name = "<owner>", IN(ONEDRIVES), DIRECTORY,
		       CONTENT(CONTENT_ONEDRIVES, by_title), .id_as = 'c' },
	[ONEDRIVE_SEARCH] = { SEARCH(SEARCH_ONEDRIVE, ONEDRIVE), .alone = true, .hidden = true,
			      .help = "... in this OneDrive" },
	[ONEDRIVE_FOLDER] = { .name = "<folder>", IN(ONEDRIVE), DIRECTORY, LIKE(ONEDRIVE),
			      CONTENT(CONTENT_ONEDRIVE_FOLDERS, by_title), .id_as = 'p' },
	[ONEDRIVE_DOCUMENT] = { .name = "<document>", IN(ONEDRIVE), .type = S_IFREG,
				CONTENT(CONTENT_ONEDRIVE_DOCUMENTS, by_file_name),
				.save = CONTENT_ONEDRIVE_DOCUMENTS,
				.help = "saved when it is first read" },
	[ONEDRIVE_VERSIONS] = { VERSIONS_IN(ONEDRIVE), .since = 6,
				.help = "earlier versions; not listed, type its name" },
	[ONEDRIVE_VERSIONED] = { .name = "<document>", IN(ONEDRIVE_VERSIONS), DIRECTORY,
				 CONTENT(CONTENT_ONEDRIVE_DOCUMENTS, by_file_name), .id_as = 'p' },
	[ONEDRIVE_VERSION] = { .name = "<version>.<extension>", IN(ONEDRIVE_VERSIONED),
			       .type = S_IFREG, CONTENT(CONTENT_ONEDRIVE_VERSIONS, by_version),
			       .save = CONTENT_ONEDRIVE_VERSIONS,
			       .help = "1.0.docx: saved when it is first read" },

	[SITES] = { .name = "sites", IN(SESSION), DIRECTORY, KEPT, .has = has_sites, .since = 2,
		    .help = "what a SharePoint session (vesp) shows" },
	[SITE] = { .name = "<site>", IN(SITES), DIRECTORY, CONTENT(CONTENT_SITES, by_title),
		   .id_as = 'c' },
	[SITE_SEARCH] = { SEARCH(SEARCH_SITE, SITE), .hidden = true, .help = "... in this site" },
	[SITE_LIBRARIES] = { .name = "libraries", IN(SITE), DIRECTORY, KEPT },
	[SITE_LIBRARY] = { .name = "<library>", IN(SITE_LIBRARIES), DIRECTORY,
			   CONTENT(CONTENT_LIBRARIES, by_title), .id_as = 'p' },
	[SITE_FOLDER] = { .name = "<folder>", IN(SITE_LIBRARY), DIRECTORY, LIKE(SITE_LIBRARY),
			  CONTENT(CONTENT_SITE_FOLDERS, by_title), .id_as = 'p' },
	[SITE_DOCUMENT] = { .name = "<document>", IN(SITE_LIBRARY), .type = S_IFREG,
			    CONTENT(CONTENT_SITE_DOCUMENTS, by_file_name),
			    .save = CONTENT_SITE_DOCUMENTS, .help = "saved when it is first read" },
	[SITE_VERSIONS] = { VERSIONS_IN(SITE_LIBRARY), .since = 6,
			    .help = "earlier versions; not listed, type its name" },
	[SITE_VERSIONED] = { .name = "<document>", IN(SITE_VERSIONS), DIRECTORY,
			     CONTENT(CONTENT_SITE_DOCUMENTS, by_file_name), .id_as = 'p' },
	[SITE_VERSION] = { .name = "<version>.<extension>", IN(SITE_VERSIONED), .type = S_IFREG,
			   CONTENT(CONTENT_SITE_VERSIONS, by_version),
			   .save = CONTENT_SITE_VERSIONS,
			   .help = "1.0.docx: saved when it is first read" },
	[SITE_LISTS] = { .name = "lists", IN(SITE), DIRECTORY, KEPT },
	[SITE_LIST] = { .name = "<list>", IN(SITE_LISTS), DIRECTORY,
			CONTENT(CONTENT_LISTS, by_title), .id_as = 'p' },
	[SITE_LIST_FOLDER] = { .name = "<folder>", IN(SITE_LIST), DIRECTORY, LIKE(SITE_LIST),
			       CONTENT(CONTENT_SITE_FOLDERS, by_title), .id_as = 'p' },
	[SITE_ITEM] = { .name = "<title>.json", IN(SITE_LIST), FILE_OF(show_json),
			CONTENT(CONTENT_SITE_ITEMS, by_title_json), .help = "an item of the list" },
	[SITE_ITEM_VERSIONS] = { VERSIONS_IN(SITE_LIST), .since = 6,
				 .help = "earlier versions; not listed, type its name" },
	[SITE_ITEM_VERSIONED] = { .name = "<title>.json", IN(SITE_ITEM_VERSIONS), DIRECTORY,
				  CONTENT(CONTENT_SITE_ITEMS, by_title_json), .id_as = 'p' },
	[SITE_ITEM_VERSION] = { .name = "<version>.json", IN(SITE_ITEM_VERSIONED),
				FILE_OF(show_json),
				CONTENT(CONTENT_SITE_ITEM_VERSIONS, by_version_json) },
	[SITE_ATTACHMENTS] = { .name = "attachments", IN(SITE_LIST), DIRECTORY, KEPT },
	[SITE_ITEM_ATTACHMENTS] = { .name = "<title>", IN(SITE_ATTACHMENTS), DIRECTORY,
				    CONTENT(CONTENT_SITE_ITEMS, by_title), .id_as = 'p' },
	[SITE_ATTACHMENT] = { .name = "<attachment>.zip", IN(SITE_ITEM_ATTACHMENTS),
			      .type = S_IFREG, CONTENT(CONTENT_ATTACHMENTS, by_name_zip),
			      .save = CONTENT_ATTACHMENTS, .whole = true,
			      .help = "packed by the server; saved when opened" },
	[SITE_SUBSITES] = { .name = "subsites", IN(SITE), DIRECTORY, KEPT },
	[SITE_SUBSITE] = { .name = "<site>", IN(SITE_SUBSITES), DIRECTORY, LIKE(SITE),
			   CONTENT(CONTENT_SUBSITES, by_title), .id_as = 'c' },

	[TEAMS] = { .name = "teams", IN(SESSION), DIRECTORY, KEPT, .has = has_teams, .since = 5,
		    .help = "what a Teams session (vet) shows" },
	[TEAM] = { .name = "<team>", IN(TEAMS), DIRECTORY,
		   CONTENT(CONTENT_TEAMS, by_display_name), .id_as = 'c' },
	[TEAM_SEARCH] = { SEARCH(SEARCH_TEAM, TEAM), .hidden = true, .help = "... in this team" },
	[CHANNEL] = { .name = "<channel>", IN(TEAM), DIRECTORY,
		      CONTENT(CONTENT_CHANNELS, by_display_name), .id_as = 'd' },
	[CHANNEL_FILES] = { .name = "files", IN(CHANNEL), DIRECTORY, KEPT },
	[CHANNEL_FOLDER] = { .name = "<folder>", IN(CHANNEL_FILES), DIRECTORY,
			     LIKE(CHANNEL_FILES), CONTENT(CONTENT_TEAM_FILES, by_title),
			     .includes = is_folder, .id_as = 'p' },
	[CHANNEL_FILE] = { .name = "<file>", IN(CHANNEL_FILES), .type = S_IFREG,
			   CONTENT(CONTENT_TEAM_FILES, by_file_name), .includes = is_file,
			   .save = CONTENT_TEAM_FILES, .help = "saved when it is first read" },
	[CHANNEL_FILE_VERSIONS] = { VERSIONS_IN(CHANNEL_FILES), .since = 7,
				    .help = "earlier versions; not listed, type its name" },
	[CHANNEL_FILE_VERSIONED] = { .name = "<file>", IN(CHANNEL_FILE_VERSIONS), DIRECTORY,
				     CONTENT(CONTENT_TEAM_FILES, by_file_name), .id_as = 'p' },
	[CHANNEL_FILE_VERSION] = { .name = "<version>.json", IN(CHANNEL_FILE_VERSIONED),
				   FILE_OF(show_json),
				   CONTENT(CONTENT_TEAM_FILE_VERSIONS, by_version_json),
				   .help = "what is known of it: the API does not save its bytes" },
	[CHANNEL_POSTS] = { .name = "posts", IN(CHANNEL), DIRECTORY, KEPT },
	[CHANNEL_POST] = { .name = "<created> <subject>.msg", IN(CHANNEL_POSTS), .type = S_IFREG,
			   CONTENT(CONTENT_POSTS, by_created), .nested = true,
			   .save = CONTENT_POSTS, .whole = true, .help = "saved when opened" },
	[CHANNEL_REPLIES] = { .name = "<created> <subject>.re", IN(CHANNEL_POSTS), DIRECTORY,
			      LIKE(CHANNEL_POSTS), CONTENT(CONTENT_POSTS, by_created_re),
			      .nested = true, .includes = has_replies,
			      .follows = &rows[CHANNEL_POST], .id_as = 'p',
			      .help = "the replies to a post that has some" },
	[CHANNEL_HTML] = { .name = ".html", IN(CHANNEL_POSTS), DIRECTORY, KEPT, .alone = true,
			   .hidden = true, .help = "the same as HTML; not listed, type its name" },
	[CHANNEL_HTML_POST] = { .name = "<created> <subject>.html", IN(CHANNEL_HTML),
				.type = S_IFREG, CONTENT(CONTENT_POSTS_HTML, by_created_html),
				.nested = true, .save = CONTENT_POSTS_HTML, .whole = true,
				.help = "exported when opened" },
	[CHANNEL_HTML_REPLIES] = { .name = "<created> <subject>.re", IN(CHANNEL_HTML), DIRECTORY,
				   LIKE(CHANNEL_HTML), CONTENT(CONTENT_POSTS_HTML, by_created_re),
				   .nested = true, .includes = has_replies,
				   .follows = &rows[CHANNEL_HTML_POST], .id_as = 'p' },
	[CHANNEL_TABS] = { .name = "tabs", IN(CHANNEL), DIRECTORY, KEPT },
	[CHANNEL_TAB] = { .name = "<tab>.json", IN(CHANNEL_TABS), FILE_OF(show_json),
			  CONTENT(CONTENT_TABS, by_display_name_json) },

	INDEX_OF(0, MAILBOXES), INDEX_OF(1, MAILBOX), INDEX_OF(2, MAIL_FOLDER),
	INDEX_OF(3, ONEDRIVES), INDEX_OF(4, ONEDRIVE), INDEX_OF(5, SITES),
	INDEX_OF(6, SITE_LIBRARIES), INDEX_OF(7, SITE_LIBRARY), INDEX_OF(8, SITE_LISTS),
	INDEX_OF(9, SITE_LIST), INDEX_OF(10, SITE_ITEM_ATTACHMENTS), INDEX_OF(11, SITE_SUBSITES),
	INDEX_OF(12, TEAMS), INDEX_OF(13, TEAM), INDEX_OF(14, CHANNEL_FILES),
	INDEX_OF(15, CHANNEL_POSTS), INDEX_OF(16, CHANNEL_TABS),
	INDEX_OF(17, SITE_ATTACHMENTS), INDEX_OF(18, ONEDRIVE_VERSIONED),
	INDEX_OF(19, SITE_VERSIONED), INDEX_OF(20, CHANNEL_FILE_VERSIONED),

	[SERVICE] = { .name = ".vbofs", IN(ROOT), DIRECTORY, .help = "about this mount" },
	[SERVICE_VERSION] = { .name = "version", IN(SERVICE), FILE_OF(show_version),
			      .help = "of vbofs and of the server's API" },
	[SERVICE_METRICS] = { .name = "metrics", IN(SERVICE), FILE_OF(show_metrics),
			      .cache = CACHE_LIVE, .help = "counters, as OpenMetrics text" },
	[SERVICE_LOG] = { .name = "log", IN(SERVICE), FILE_OF(show_log), .cache = CACHE_LIVE,
			  .help = "the last lines of the log" },
	[SERVICE_LAST_ERROR] = { .name = "last_error", IN(SERVICE), FILE_OF(show_last_error),
				 .cache = CACHE_LIVE,
				 .help = "what failed last, where, and what would be right" },
	[SERVICE_REFRESH] = { .name = "refresh", IN(SERVICE), CONTROL(control_refresh),
			      .help = "write anything: forget what is cached" },
};

const struct kind *kinds_root(void)
{
	return &rows[ROOT];
}

/* The table does not change: who stands in whom is found once, not at each look. */
static struct {
	bool made;
	const struct kind *first[ROWS];   /* of the rows in this one */
	const struct kind *next[ROWS];    /* in the same row as this one */
} in;

static void link_rows(void)
{
	for (const struct kind *k = rows + ROWS - 1; k > rows; k--) {
		in.next[k - rows] = in.first[k->parent - rows];
		in.first[k->parent - rows] = k;
	}
	in.made = true;
}

const struct kind *kinds_child(const struct kind *parent, const struct kind *previous)
{
	const struct kind *of = parent->like ? parent->like : parent;

	if (!in.made)
		link_rows();
	const struct kind *k = previous ? in.next[previous - rows] : in.first[of - rows];
	while (k && k->alone && of != parent)
		k = in.next[k - rows];
	return k;
}
