/*
 * model: what is known of the server, and how fresh it is.
 *
 * A collection (organizations, restore sessions) holds members; a member is
 * the JSON text it arrived in plus the few fields that naming and stat need.
 * Nothing here knows files or FUSE: tree.h makes files of it.
 *
 * Waiting: a function named model_need_* answers 0 (go on, it is in memory), a
 * negative errno (w->fault has the text), or MODEL_PARK: the want has been queued; w->wake is
 * called from the loop when the outcome is there, and the caller runs its
 * whole operation again with the same want.  One request serves all who wait;
 * it is cut when the last of them gives up (want_cancel).
 *
 * Ownership: members and rosters are counted (member_get/put, roster_get/put).
 * A member that the server no longer lists is marked `gone` and lives until
 * the last reference is put.  Times are timer_now() milliseconds unless they
 * are called seconds.
 */
#ifndef VBOFS_MODEL_H
#define VBOFS_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vbofs/api.h"
#include "vbofs/content.h"
#include "vbofs/jslice.h"
#include "vbofs/limits.h"
#include "vbofs/map.h"

#define MODEL_PARK 1

#define MODEL_MEMBER_TTL_MS 2000    /* a working session that is read is asked for again after that */

struct model;
struct collection;
struct collection_hooks;
struct want;

/* Something that can be waited for. */
struct resource {
	struct want *first;
};

struct want {
	uint64_t started;               /* data that arrived after it is fresh enough */
	bool anew;                      /* ... and of a member nothing older is */
	uint64_t tick;                  /* private: when MODEL_NEW was first asked for */
	void (*wake)(struct want *w);
	/* private */
	struct want *prev, *next;
	struct resource *on;
	void (*deserted)(struct resource *r);   /* when its last waiter gives up */
	/* last: its text is not cleared with the rest */
	struct fault fault;             /* why what was waited for failed; err 0 = it did not */
};

void want_init(struct want *w, void (*wake)(struct want *w));
/* Stop waiting; the resource's request may be cut. */
void want_cancel(struct want *w);
/* For owners of resources: queue w; wake all that wait, with their outcome (NULL = well). */
void want_park(struct want *w, struct resource *r, void (*deserted)(struct resource *r));
void resource_wake(struct resource *r, const struct fault *f);

/* What the members of a collection have in common. */
struct collection_class {
	const char *doing;              /* "list organizations", for texts */
	const char *label_key;          /* property kept as label; NULL = none */
	const char *const *mtime_keys;  /* the first that is there is st_mtime */
	const char *created_key;        /* NULL: creationTime */
	bool restore_sessions;          /* members have states and settle */
	bool content;                   /* of a session: never changes once it is listed */
	bool grows;                     /* members come and settle, none leaves */
	uint64_t ttl;                   /* of the listing, ms */
	uint64_t ttl_full;              /* ... where only whole listings can be had */
	const struct collection_hooks *hooks;   /* private: of lists that have an owner, else NULL */
};

/*
 * What is known of few: what this mount did with them.  It stays true of one that goes and
 * comes back within minutes, as when a server that starts anew denies it.
 */
struct member_notes {
	char *asked;                    /* sessions: the point in time asked for, or NULL */
	char *org_id;                   /* sessions started here: their organization, or NULL */
	char *last;                     /* organizations: the session last started here, or NULL */
};

struct member {
	struct collection *of;
	char *json;                     /* the object as the server sent it */
	char *name;                     /* file name made from the id; the id where that will do */
	const char *label;              /* decoded, "" if none; owned by the collection */
	const struct member_notes *notes;   /* never NULL */
	uint64_t hash;                  /* of the name */
	uint64_t version;               /* changes with json, asked; never 0 */
	uint64_t born, fetched;         /* first and last had; fetched 0 = to be asked for */
	uint64_t seen;                  /* last known to be there */
	uint64_t not_before;            /* private: what was asked for earlier is out of date */
	int64_t mtime, created;         /* seconds, 0 = not known; of an organization its last and first backup */
	int64_t size;                   /* of its bytes as listed, -1 = not */
	int64_t saved;                  /* ... as they came when they were saved, -1 = not yet */
	uint32_t mtime_ns;
	uint32_t json_len;
	uint32_t refs;
	bool settled;                   /* the server will not change it again */
	bool logged;                    /* an event: its line stands in the log */
	bool gone;
	bool label_shared;              /* private: another member has the same label */
	struct member_load *load;       /* private: a GET of this one under way */
	struct node *nodes;             /* kept by node.c: live inodes that show this member */
	char id[];                      /* decoded */
};

/* The members of a collection in order of arrival; grows, entries never move. */
struct roster {
	uint32_t refs;
	size_t n, cap;
	struct member *members[];
};

struct member *member_get(struct member *m);
void member_put(struct member *m);
struct roster *roster_get(struct roster *r);
void roster_put(struct roster *r);
/* The whole JSON as a slice. */
struct jslice member_json(const struct member *m);

struct model_config {
	struct api *api;
	struct timers *timers;
	struct log *log;
	long patience;                  /* seconds that the server may search for */
	/* a member changed, its length became known, or it went; may be NULL */
	void (*changed)(void *user, struct member *m);
	void *user;
};

struct model *model_new(const struct model_config *config, struct fault *f);
void model_free(struct model *m);

struct collection *model_organizations(struct model *m);
struct collection *model_sessions(struct model *m);

/*
 * A list of what a session shows.  Kept as long as room allows (MODEL_CONTENT_MAX bytes
 * of JSON in all), members in use longer.  NULL: no memory.
 */
struct collection *model_content(struct model *m, struct member *session,
				 const struct content_ask *ask);

/*
 * An object of that id in any list in memory whose path begins with `prefix`, or NULL.
 */
struct member *model_find_listed(const struct model *m, const char *prefix, const char *id);

/*
 * Of a nested list that is complete: those right below a member, or at the top (NULL);
 * NULL when there are none.  A member whose parent is not in the list is at the top.
 */
struct roster *model_children(const struct collection *c, const struct member *parent);

/* All of a member's bytes have come: from now on their number is known, also when it is listed anew. */
void model_saved(struct member *m, int64_t length);

/* A session that shows nothing any more; -ESTALE with the words for it. */
bool model_has_ended(const struct member *session);
int model_ended(struct fault *f);

/*
 * A request below a session failed with 400, 404 or 500: is it the session?
 * MODEL_PARK, or 0: *f is then as it was, or ESTALE because the session has ended.
 */
int model_check_session(struct member *session, struct want *w, struct fault *f);

/*
 * Lists that belong to a session or an organization and change by themselves.  Those of a
 * session that has ended are asked for once more, and then are final.  Kept as long as room
 * allows (MODEL_LISTS_MAX bytes in all).
 */
enum model_list {
	MODEL_NO_LIST,
	MODEL_EVENTS,       /* of a session: model_log */
	MODEL_STATISTICS,   /* of a session: one member */
	MODEL_POINTS,       /* of an organization: its restore points, one member for each instant */
};

/* The list of that owner.  NULL: no memory, or this version has none. */
struct collection *model_list(struct model *m, struct member *owner, enum model_list which);
/* ... if it is in memory, whole; else NULL. */
struct collection *model_listed(struct model *m, const struct member *owner, enum model_list which);
/* As model_need_list, MODEL_FRESH, with the owner itself as it is now. */
int model_need_owned(struct collection *list, struct want *w);
/* Where it is older than its time to live it is asked for in the background, and the session with it. */
void model_touch_owned(struct collection *list);
/* The server's is another by now: the next reader asks.  `owner` NULL: whoever's. */
void model_outdate_lists(struct model *m, const struct member *owner, enum model_list which);

/*
 * The events of a session that will not change any more, one line each: start, end, type,
 * status, item type, item, bytes, source, target, message, separated by tabs (tsv.h).  A line
 * comes when its event has ended, in order of these ends; lines are only ever added.  Events
 * that still run when the session has ended come last.
 */
const struct buf *model_log(const struct collection *events);

enum model_freshness {
	MODEL_NEW,          /* begun after the want first needed it */
	MODEL_FRESH,        /* within its time to live */
	MODEL_STALE_OK,     /* any complete listing will do; an old one is refreshed meanwhile */
};

/* A complete listing.  -ENOENT only for a single object: a list that answers 404 is -EIO. */
int model_need_list(struct collection *c, struct want *w, enum model_freshness freshness);
/* A member as it is now. */
int model_need_member(struct member *m, struct want *w);

/* The member with this file name, known or not known at the moment. */
struct member *model_find(const struct collection *c, const char *name);
struct member *model_find_id(const struct collection *c, const char *id);
/* Current members, for walking; hold it with roster_get.  Skip those that are gone. */
struct roster *model_roster(const struct collection *c);
/* Changes when members come or go. */
uint64_t model_generation(const struct collection *c);
/* Milliseconds for which the listing is still fresh. */
uint64_t model_fresh_for(const struct collection *c);

/*
 * An object that the server just sent becomes a member (or replaces its former self).
 * NULL with a fault: no memory, or no object with an id.
 */
struct member *model_put(struct collection *c, const char *json, size_t len, struct fault *f);
/* Record what this mount asked for when it started the session. */
int model_set_asked(struct member *m, const char *asked, const char *org_id);
/* ... and at the organization, that it was the last one.  0, -ENOMEM. */
int model_set_last(struct member *m, const char *session_id);
/* The next reader asks the server again; what is on its way already does not count. */
void model_outdate_member(struct member *m);
/* Forget how fresh everything is, and what sessions show; what is in use stays until replaced. */
void model_refresh(struct model *m);

/* The last listing had to do without what only the backup proxies know: times of backups. */
bool model_is_reduced(const struct collection *c);
/* The one member with this label; NULL where there are none or several. */
struct member *model_find_label(struct collection *c, const char *label);

/*
 * Somebody waits for sessions to change (+1), or no longer does (-1).  Live: the server tells
 * of each change, and all that is known of the sessions is as it has them.
 */
void model_watch(struct model *m, int change);
bool model_is_live(const struct model *m);

/* Is `m` one of the sessions, which never leave a listing while they matter? */
bool model_outlives_listing(const struct member *m);

bool model_is_session(const struct member *m);
/* The session that content belongs to, NULL for what is no content. */
struct member *model_session_of(const struct member *m);
/* Has the collection been listed whole? */
bool model_is_complete(const struct collection *c);

/* Changes whenever any collection does: what was made of them is still right while it does not. */
uint64_t model_epoch(const struct model *m);

size_t model_count(const struct collection *c);
/* Bytes of JSON that are kept; walks the members. */
uint64_t model_bytes(const struct model *m);

#endif
