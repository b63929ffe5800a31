/*
 * profile: what differs between the API versions v1 ... v8 and between logins.
 *
 * One constant row for each version.  Nothing above this module and api.c
 * mentions a version.  Paths are templates: "%s" stands for an id that the
 * caller has percent-encoded (profile_path does it).
 *
 * Sources: v1 reference page "POST /v1/Organizations/{ID}/Action" (explore,
 * 201, pointInTime); help center archives of v2 to v5 (type, showDeleted,
 * showAllVersions, vet, singular /Organization of a tenant); OpenAPI documents
 * of v6, v7 and v8 (one URL for each action, flat bodies, pages, logout,
 * disable_antiforgery_token, repositoryId).
 */
#ifndef VBOFS_PROFILE_H
#define VBOFS_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "vbofs/buf.h"
#include "vbofs/command.h"
#include "vbofs/fault.h"

enum role { ROLE_ADMIN, ROLE_TENANT, ROLE_COUNT };

/* How a collection answers. */
enum paging {
	PAGING_OBJECT,   /* one object: a collection of one */
	PAGING_VALUE,    /* one object, which has no id */
	PAGING_WHOLE,    /* an array, complete by its schema: asked for without limit and offset */
	PAGING_ARRAY,    /* an array that may or may not honour limit and offset */
	PAGING_PAGES,    /* pages with results and links */
};

/* When the next listing of the row is asked instead. */
enum fallback {
	FALLBACK_NONE,
	FALLBACK_PROXY_OFFLINE,  /* a backup proxy is down, which the extended view needs */
	FALLBACK_NOT_SERVED,     /* 403 or 404: this server has the collection elsewhere */
};

struct profile_listing {
	const char *path;        /* NULL: there is none */
	const char *query;       /* always sent, NULL = nothing */
	enum paging paging;
	enum fallback fallback;
};

#define PROFILE_LISTINGS 2

struct profile_role {
	struct profile_listing organizations[PROFILE_LISTINGS];
	const char *explore;     /* takes the organization's id if it has a "%s" */
	unsigned lacks;          /* enum profile_cap that this login does not have */
};

enum profile_cap {
	CAP_TYPE = 1 << 0,             /* explore takes type (vex, veod, vesp) */
	CAP_TEAMS = 1 << 1,            /* ... and vet */
	CAP_SHOW_DELETED = 1 << 2,     /* ... and showDeleted, showAllVersions */
	CAP_REPOSITORY = 1 << 3,       /* ... and repositoryId */
	CAP_INSTANT = 1 << 4,          /* ... and ISO 8601 with a zone */
	CAP_FLAT = 1 << 5,             /* body {dateTime, ...} instead of {"explore":{datetime, ...}} */
	CAP_START_FROM = 1 << 6,       /* sessions can be listed from a time on (startTimeFrom) */
	CAP_ECHO = 1 << 7,             /* sessions carry pointInTime with the server's offset */
	CAP_ANTIFORGERY = 1 << 8,      /* token takes disable_antiforgery_token */
	CAP_SERVICE = 1 << 9,          /* GET ServiceInstance exists */
	CAP_ERROR_CODE = 1 << 10,      /* error bodies have an errorCode where there is one to tell */
};

struct profile {
	const char *name;              /* "v1" */
	int version;
	unsigned caps;                 /* enum profile_cap */
	const char *probe;             /* answers 401 without a token where the version is served */
	const char *token;
	const char *logout;            /* NULL: none */
	const char *feed;              /* of changes, a long poll; NULL: none */
	struct profile_listing sessions;
	const char *session;           /* one session by id */
	struct profile_listing events, statistics;   /* of a session by id; NULL path: none */
	struct profile_listing points;               /* restore points of an organization by id */
	const char *stop;              /* by id */
	const char *stop_body;         /* NULL: no body */
	struct profile_role role[ROLE_COUNT];
};

#define PROFILE_NEWEST 8
#define PROFILE_OLDEST 1

/* NULL for a version that does not exist. */
const struct profile *profile_get(int version);

/* Append a path with its "%s", if any, replaced by the percent-encoded id. */
void profile_path(struct buf *out, const char *template, const char *id);

/* A point in time on its way into a request. */
struct profile_when {
	bool zoned;            /* an instant; else the digits as typed, read as UTC */
	int64_t seconds;
	uint32_t nanoseconds;
};

/*
 * Refuse what this version's explore lacks for this login: -EOPNOTSUPP naming the key, or 0.
 */
int profile_check_explore(const struct profile *p, enum role role, const struct explore *e,
			  struct fault *f);

/*
 * The datetime as it is sent: ISO 8601 in UTC from v3 on (digits without a
 * zone are read as UTC); on v1 and v2 the dotted digits, an instant shifted by
 * `offset` seconds into the server's zone.  A fraction of a second that the form
 * cannot carry is rounded up, so that a backup made within that second is included.
 * `out` has TIMESTAMP_MAX bytes.
 */
void profile_datetime(const struct profile *p, const struct profile_when *when, int offset,
		      char *out);

/* The body of an explore.  The buffer reports lack of memory. */
void profile_explore_body(const struct profile *p, const struct explore *e, const char *datetime,
			  struct buf *out);

#endif
