/*
 * content: where the API keeps what a session shows, version by version.
 *
 * A part of the profile: one row for each kind of list, with its path in each
 * version that has it, how one object of it is had alone, and how one is saved as bytes; and
 * one row for each place that can be searched.  Templates hold letters in braces for
 * percent-encoded ids: {s} the session, {c} the mailbox, OneDrive, site or team, {d} the
 * channel, {p} the parent (a folder, library, list, item, document, or the version's word
 * for the top level), {i} the object itself.
 *
 * Sources: v1-v5 reference pages of Folders, Items, Documents, Sites, Teams and
 * their Action pages, and the clients of those versions; OpenAPI documents of v6-v8.
 */
#ifndef VBOFS_CONTENT_H
#define VBOFS_CONTENT_H

#include <stdbool.h>

#include "vbofs/buf.h"
#include "vbofs/profile.h"

enum content {
	CONTENT_NONE,
	CONTENT_MAILBOXES,
	CONTENT_MAIL_FOLDERS,
	CONTENT_MAIL_ITEMS,
	CONTENT_ONEDRIVES,
	CONTENT_ONEDRIVE_FOLDERS,
	CONTENT_ONEDRIVE_DOCUMENTS,
	CONTENT_ONEDRIVE_VERSIONS,
	CONTENT_SITES,
	CONTENT_SUBSITES,
	CONTENT_LIBRARIES,
	CONTENT_LISTS,
	CONTENT_SITE_FOLDERS,
	CONTENT_SITE_DOCUMENTS,
	CONTENT_SITE_VERSIONS,
	CONTENT_SITE_ITEMS,
	CONTENT_SITE_ITEM_VERSIONS,
	CONTENT_ATTACHMENTS,
	CONTENT_TEAMS,
	CONTENT_CHANNELS,
	CONTENT_TEAM_FILES,
	CONTENT_TEAM_FILE_VERSIONS,
	CONTENT_POSTS,
	CONTENT_POSTS_HTML,
	CONTENT_TABS,
	CONTENT_COUNT,
};

/* What can be searched: one thing, or all of its kind in the session. */
enum content_search {
	SEARCH_NONE,
	SEARCH_MAIL,
	SEARCH_MAILBOX,
	SEARCH_ONEDRIVES,
	SEARCH_ONEDRIVE,
	SEARCH_SITES,
	SEARCH_SITE,
	SEARCH_TEAMS,
	SEARCH_TEAM,
	SEARCH_COUNT,
};

/* The ids that fill a template; NULL where there is none. */
struct content_ids {
	const char *session, *container, *channel, *parent, *object;
};

/* What the members of a list are told apart by. */
enum content_identity {
	CONTENT_BY_ID,
	CONTENT_BY_VERSION,      /* versions of one object have its id in common */
	CONTENT_BY_LINK,         /* what is found in several places: by its link to itself */
};

/* How a list is asked for. */
struct content_ask {
	const char *path;        /* with its query */
	const char *body;        /* a POST with this body that changes nothing; NULL: a GET */
	const char *use;         /* not the same list as one of that path for another use; or NULL */
	bool set;                /* pages behind the first one carry its setId */
	bool single;             /* one object, not a list */
	bool nested;             /* all levels of a tree in one list */
	enum content_identity identity;
};

/*
 * The list, with its path and query appended to `path`.  A NULL parent stands for the top
 * level.  ask->path is path->data.
 */
void content_list(const struct profile *p, enum content c, const struct content_ids *ids,
		  struct buf *path, struct content_ask *ask);

/* One object of the list alone, likewise.  False: it cannot be had alone. */
bool content_object(const struct profile *p, enum content c, const struct content_ids *ids,
		    struct buf *path, struct content_ask *ask);

/* Append the path of the save; *body is a constant, NULL = none. False: cannot be saved. */
bool content_save(const struct profile *p, enum content c, const struct content_ids *ids,
		  struct buf *path, const char **body);

/*
 * How an object says in which member of a list (a mailbox, OneDrive, site, team or channel) it
 * is: a property; a link to that, which ends in its id; a segment of its own link, before the id.
 */
struct content_belongs {
	const char *field, *link, *segment;
};

/* NULL: nothing says that it is in one. */
const struct content_belongs *content_belongs(enum content c);

/* The list that holds what the members of a list lie in; CONTENT_NONE: there are several. */
enum content content_lies_in(enum content c);

/*
 * The n-th of the requests that a search takes, path and body appended; `query` is text
 * without control characters.  *finds is the list whose members it finds, CONTENT_NONE where
 * they are of several.  False: there are no more.
 */
bool content_search(const struct profile *p, enum content_search s, const struct content_ids *ids,
		    const char *query, unsigned n, struct buf *path, struct buf *body,
		    struct content_ask *ask, enum content *finds);

/* The list of the containers that are searched. */
enum content content_searched(enum content_search s);

#define CONTENT_SEARCHES_MAX 3   /* requests of one search, pages not counted */
#define CONTENT_SEARCH_SINCE 4   /* no version before has a search */

#endif
