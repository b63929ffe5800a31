/*
 * state: what the server knows: logins, organizations, restore sessions.
 *
 * One state serves all versions of the API; how a version shows it is in
 * orgs.c and sessions.c.  The caller holds the simulator's lock.
 * Organizations and sessions live until state_free(); a deleted one only leaves
 * its list, because sessions and requests go on naming it.
 */
#ifndef SIM_STATE_H
#define SIM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "changes.h"
#include "random.h"

enum org_type { ORG_OFFICE365, ORG_ONPREMISES, ORG_HYBRID };
enum session_type { SESSION_VEX, SESSION_VEOD, SESSION_VESP, SESSION_VET, SESSION_TYPES };
enum session_result { RESULT_SUCCESS, RESULT_WARNING, RESULT_FAILED };

#define POINT_ID_SIZE (2 * UUID_SIZE)

struct point;

struct point_list {
	struct point **items;
	size_t count, room;
};

struct org {
	char id[UUID_SIZE];
	char msid[UUID_SIZE];
	enum org_type type;
	char *name;
	char *account;          /* the login it was added with */
	int64_t first, last;    /* INSTANT_NONE: never backed up */
	struct point_list points; /* see points.h */
	bool has_points;        /* they have been made up */
	json_t *extra;          /* members that override the answer, or NULL */
};

struct event;

struct event_list {
	struct event *items;
	size_t count, room;
};

struct session {
	char id[UUID_SIZE];
	enum session_type type;
	enum session_result result;
	bool working;
	bool gone;              /* deleted: in no list any more */
	bool show_deleted, show_all_versions;
	bool before_first;      /* asked for a time before the first backup: empty */
	bool after_last;        /* after the last one: the newest point is used */
	const struct org *org;
	const struct login *login;
	int64_t point, created; /* instants */
	int64_t ended;          /* INSTANT_NONE while it runs */
	int64_t fresh_ms, stopped_ms; /* instant_clock(), 0: before this program */
	int64_t etag;
	struct event_list events; /* see events.h */
	json_t *extra;          /* as in struct org */
};

/* In order of creation, oldest first. */
struct session_list {
	struct session **items;
	size_t count, room;
};

struct login {
	char *username, *password;
	struct org *org;        /* NULL: administrator */
	struct session_list sessions;
};

struct id_table {
	struct session **slots;
	size_t size, used;
};

struct state {
	struct login admin, tenant;
	struct org **orgs;
	size_t norgs;
	struct org **gone;      /* deleted ones */
	size_t ngone;
	struct session_list gone_sessions;
	struct id_table ids;
	struct random random;
	int64_t change;         /* counts changes; eTags come from it */
	struct changes changes;
	int keep;               /* see keep.h; -1: nothing is kept */
};

/* `remembered`: how many changes. */
void state_init(struct state *s, uint64_t seed, size_t remembered);
void state_free(struct state *s);

/* A new organization at the end of the list; id may be NULL (a random one). */
struct org *state_add_org(struct state *s, const char *id, const char *name,
	enum org_type type);
struct org *state_find_org(const struct state *s, const char *id);
void state_delete_org(struct state *s, struct org *org);

/* Takes over `session`; gives it an id and an eTag. */
void state_add_session(struct state *s, struct login *login, struct session *session);
/* The same, of one that has an id and an eTag. */
void state_put_session(struct state *s, struct login *login, struct session *session);
struct session *state_find_session(const struct state *s, const char *id);

/* Something about it changed: a new eTag, and the change feed tells. */
void state_touch(struct state *s, struct session *session);

/* Takes it out of the list; nobody finds it any more. */
void state_delete_session(struct state *s, struct session *session);

/* The place of `session` after its creation time was changed. */
void state_move_session(struct state *s, struct session *session, int64_t created);

/* Stops it; a stopped one stays as it is. */
void state_stop(struct state *s, struct session *session);

/* Index of the first session created at `instant` or later. */
size_t state_first_from(const struct session_list *list, int64_t instant);

#endif
