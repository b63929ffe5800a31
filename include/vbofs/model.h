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
#include "vbofs/jslice.h"
#include "vbofs/limits.h"
#include "vbofs/map.h"

#define MODEL_PARK 1

#define MODEL_MEMBER_TTL_MS 2000    /* a working session that is read is asked for again after that */

struct model;
struct collection;
struct want;

/* Something that can be waited for. */
struct resource {
	struct want *first;
};

struct want {
	uint64_t started;               /* data that arrived after it is fresh enough */
	void (*wake)(struct want *w);
	struct fault fault;             /* why what was waited for failed; err 0 = it did not */
	/* private */
	struct want *prev, *next;
	struct resource *on;
	void (*deserted)(struct resource *r);   /* when its last waiter gives up */
};

void want_init(struct want *w, void (*wake)(struct want *w));
/* Stop waiting; the resource's request may be cut. */
void want_cancel(struct want *w);
/* For owners of resources: queue w; wake all that wait, with their outcome (NULL = well). */
void want_park(struct want *w, struct resource *r, void (*deserted)(struct resource *r));
void resource_wake(struct resource *r, const struct fault *f);

/* What the members of a collection have in common. */
struct collection_class {
	const char *what;               /* "organizations", for texts */
	const char *label_key;          /* property kept as label; NULL = none */
	const char *const *mtime_keys;  /* the first that is there is st_mtime */
	bool restore_sessions;          /* members have states and settle */
	bool content;                   /* of a session: never changes once it is listed */
	uint64_t ttl;                   /* of the listing, ms */
	uint64_t ttl_full;              /* ... where only whole listings can be had */
};

struct member {
	struct collection *of;
	char *json;                     /* the object as the server sent it */
	char *id;                       /* decoded */
	char *name;                     /* file name made from the id; == id where that will do */
	const char *label;              /* decoded, "" if none; owned by the collection */
	char *asked;                    /* the point in time asked for by this mount, or NULL */
	char *org_id;                   /* sessions started here: their organization, or NULL */
	char *last;                     /* organizations: the session last started here, or NULL */
	uint64_t hash;                  /* of the name */
	uint64_t version;               /* changes with json, asked; never 0 */
	uint64_t born, fetched;         /* first and last had */
	int64_t mtime, created;         /* seconds, 0 = not known */
	int64_t size;                   /* of its bytes as listed, -1 = not */
	int64_t saved;                  /* ... as they came when they were saved, -1 = not yet */
	uint32_t mtime_ns;
	uint32_t json_len;
	uint32_t refs;
	bool settled;                   /* the server will not change it again */
	bool gone;
	struct member_load *load;       /* private: a GET of this one under way */
	struct node *nodes;             /* kept by node.c: live inodes that show this member */
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
	/* a member changed or went; may be NULL */
	void (*changed)(void *user, struct member *m);
	void *user;
};

struct model *model_new(const struct model_config *config, struct fault *f);
void model_free(struct model *m);

struct collection *model_organizations(struct model *m);
struct collection *model_sessions(struct model *m);

/*
 * A list of what a session shows, by its path (content.h).  Kept as long as
 * room allows (MODEL_CONTENT_MAX bytes of JSON in all), members in use longer.  NULL: no memory.
 */
struct collection *model_content(struct model *m, struct member *session, const char *path);

/*
 * A request below a session failed with 400, 404 or 500: is it the session?
 * MODEL_PARK, or 0: *f is then as it was, or ESTALE because the session has ended.
 */
int model_check_session(struct member *session, struct want *w, struct fault *f);

enum model_freshness {
	MODEL_NEW,          /* begun after the want */
	MODEL_FRESH,        /* within its time to live */
	MODEL_STALE_OK,     /* any complete listing will do; an old one is refreshed meanwhile */
};

/* A complete listing.  Also -ENOENT never: a collection that answers 404 is -EIO. */
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
/* The next reader asks the server again. */
void model_outdate_member(struct member *m);
/* Forget how fresh everything is; content in use stays until replaced. */
void model_refresh(struct model *m);

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

#endif
