/*
 * content: where the API keeps what a session shows, version by version.
 *
 * A part of the profile: one row for each kind of list, with its path in each
 * version that has it, and how one object of it is saved as bytes.  Templates hold
 * letters in braces for percent-encoded ids: {s} the session, {c} the mailbox, OneDrive,
 * site or team, {d} the channel, {p} the parent (a folder, library, list, item, or the version's
 * word for the top level), {i} the object itself.
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
	CONTENT_SITES,
	CONTENT_SUBSITES,
	CONTENT_LIBRARIES,
	CONTENT_LISTS,
	CONTENT_SITE_FOLDERS,
	CONTENT_SITE_DOCUMENTS,
	CONTENT_SITE_ITEMS,
	CONTENT_ATTACHMENTS,
	CONTENT_TEAMS,
	CONTENT_CHANNELS,
	CONTENT_TEAM_FILES,
	CONTENT_POSTS,
	CONTENT_TABS,
	CONTENT_COUNT,
};

/* The ids that fill a template; NULL where there is none. */
struct content_ids {
	const char *session, *container, *channel, *parent, *object;
};

/* False: this version has no such list. */
bool content_has_list(const struct profile *p, enum content c);

/* Append the path and query of the list.  A NULL parent stands for the top level. */
void content_list(const struct profile *p, enum content c, const struct content_ids *ids,
		  struct buf *path);

/* Append the path of the save; *body is a constant, NULL = none. False: cannot be saved. */
bool content_save(const struct profile *p, enum content c, const struct content_ids *ids,
		  struct buf *path, const char **body);

#endif
