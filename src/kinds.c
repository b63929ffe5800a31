#include "vbofs/kinds.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "vbofs/command.h"
#include "vbofs/control.h"
#include "vbofs/node.h"
#include "vbofs/tree.h"

#include "show.h"

static struct collection *all_organizations(struct model *m)
{
	return model_organizations(m);
}

static struct collection *all_sessions(struct model *m)
{
	return model_sessions(m);
}

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
	return value.type == JSLICE_STRING || dir->member->asked ? 0 : -ENOENT;
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
	ORG_PROPERTY,
	BY_NAME,
	BY_NAME_LINK,
	SESSIONS,
	SESSION,
	SESSION_STATE,
	SESSION_RESULT,
	SESSION_POINT_IN_TIME,
	SESSION_STOP,
	SESSION_ORG,
	SESSION_JSON,
	SESSION_LINKS,
	SESSION_LINK,
	SESSION_PROPERTY,
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
	[ORG_PROPERTY] = { .name = "<property>", IN(ORG), FILE_OF(show_property),
			   .each = EACH_PROPERTY, OBJECT,
			   .help = "name, type, firstBackuptime, lastBackuptime: one value a file" },

	[BY_NAME] = { .name = "by-name", IN(ROOT), DIRECTORY },
	[BY_NAME_LINK] = { .name = "<name>", IN(BY_NAME), LINK_TO(show_organization_target),
			   .each = EACH_MEMBER, .members = all_organizations, .by_label = true,
			   .cache = CACHE_OBJECT, .help = "link to each organization, by its name" },

	[SESSIONS] = { .name = "sessions", IN(ROOT), DIRECTORY,
		       .help = "every restore session the server lists for this login" },
	[SESSION] = { .name = "<sessionID>", IN(SESSIONS), DIRECTORY, .each = EACH_MEMBER,
		      .members = all_sessions, OBJECT,
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
	[SESSION_JSON] = { .name = "json", IN(SESSION), FILE_OF(show_json), OBJECT,
			   .help = "the whole object as the server sent it" },
	[SESSION_LINKS] = { .name = "links", IN(SESSION), DIRECTORY, OBJECT },
	[SESSION_LINK] = { .name = "<rel>", IN(SESSION_LINKS), FILE_OF(show_link),
			   .each = EACH_LINK, OBJECT,
			   .help = "the href of each link the server gave" },
	[SESSION_PROPERTY] = { .name = "<property>", IN(SESSION), FILE_OF(show_property),
			       .each = EACH_PROPERTY, OBJECT,
			       .help = "type, creationTime, endTime, id: one value a file" },

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

const struct kind *kinds_child(const struct kind *parent, const struct kind *previous)
{
	for (const struct kind *k = previous ? previous + 1 : rows; k < rows + ROWS; k++)
		if (k->parent == parent)
			return k;
	return NULL;
}

/* ---- the table as text ------------------------------------------------------------- */

#define HELP_COLUMN 34

static void print_row(struct buf *out, const struct kind *k, int depth)
{
	size_t start = out->len;

	for (int i = 0; i < depth; i++)
		buf_addstr(out, "    ");
	buf_addstr(out, k->name);
	if (k->type == S_IFDIR)
		buf_addch(out, '/');
	if (k->help) {
		do
			buf_addch(out, ' ');
		while (out->len - start < HELP_COLUMN && !buf_error(out));
		buf_addstr(out, k->help);
		if (k->since)
			buf_printf(out, " (API v%d and later)", k->since);
	}
	buf_addch(out, '\n');
	for (const struct kind *c = NULL; (c = kinds_child(k, c));)
		print_row(out, c, depth + 1);
}

void kinds_print(struct buf *out)
{
	for (const struct kind *c = NULL; (c = kinds_child(kinds_root(), c));)
		print_row(out, c, 0);
}

void kinds_readme(struct buf *out)
{
	buf_addstr(out,
		   "This directory is a Veeam Backup for Microsoft 365 server.\n"
		   "\n"
		   "  ls by-name                        the organizations\n"
		   "  cat by-name/NAME/lastBackuptime   when one was last backed up\n"
		   "  echo 2026-11-20T18:00:00Z > by-name/NAME/explore\n"
		   "                                    start a restore session at that time\n"
		   "  cat by-name/NAME/explore          the id of the session just started\n"
		   "  ls -t sessions                    all sessions, the newest first\n"
		   "  cat sessions/ID/state             Working, Stopped, ...\n"
		   "  echo > sessions/ID/stop           end it\n"
		   "  cat .vbofs/last_error             why something was refused\n"
		   "  echo > .vbofs/refresh             ask the server for everything anew\n"
		   "\n");
	buf_addstr(out, command_explore_help());
}
