#include "vbofs/profile.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#define CAPS_V2 CAP_TYPE
#define CAPS_V3 (CAPS_V2 | CAP_SHOW_DELETED | CAP_INSTANT)
#define CAPS_V5 (CAPS_V3 | CAP_TEAMS | CAP_START_FROM)
#define CAPS_V6 (CAPS_V5 | CAP_FLAT | CAP_SERVICE)
#define CAPS_V7 (CAPS_V6 | CAP_ANTIFORGERY)
#define CAPS_V8 (CAPS_V7 | CAP_REPOSITORY)

/* v1 to v5: everything that acts is an Action with the verb in its body. */
#define PROFILE_ACTION(v, capabilities, session_paging, tenant_explore)                            \
	{                                                                                          \
		.name = #v, .version = PROFILE_NUMBER_##v, .caps = (capabilities),                 \
		.probe = "/" #v "/Organizations", .token = "/" #v "/Token",                        \
		.sessions = { .path = "/" #v "/RestoreSessions", .paging = (session_paging) },     \
		.session = "/" #v "/RestoreSessions/%s",                                           \
		.stop = "/" #v "/RestoreSessions/%s/Action", .stop_body = "{\"stop\":null}",       \
		.role = {                                                                          \
			[ROLE_ADMIN] = {                                                           \
				.organizations = { { "/" #v "/Organizations", NULL, PAGING_ARRAY,  \
						     FALLBACK_NONE } },                            \
				.explore = "/" #v "/Organizations/%s/Action" },                    \
			[ROLE_TENANT] = {                                                          \
				.organizations = TENANT_LISTINGS(v),                               \
				.explore = "/" #v tenant_explore },                                \
		},                                                                                 \
	}

/* That v1 has the singular form is not documented; then the plural one is asked. */
#define TENANT_LISTINGS(v)                                                                         \
	{ { "/" #v "/Organization", NULL, PAGING_OBJECT, FALLBACK_NOT_SERVED },                    \
	  { "/" #v "/Organizations", NULL, PAGING_ARRAY, FALLBACK_NONE } }

/* v6 to v8: one URL for each verb. */
#define PROFILE_URL(v, capabilities, org_paging, plain_query, order, logout_path)                         \
	{                                                                                          \
		.name = #v, .version = PROFILE_NUMBER_##v, .caps = (capabilities),                 \
		.probe = "/" #v "/ServiceInstance", .token = "/" #v "/token",                      \
		.logout = (logout_path),                                                           \
		.sessions = { "/" #v "/RestoreSessions", (order), PAGING_PAGES, FALLBACK_NONE },   \
		.session = "/" #v "/RestoreSessions/%s",                                           \
		.stop = "/" #v "/RestoreSessions/%s/Stop",                                         \
		.role = {                                                                          \
			[ROLE_ADMIN] = {                                                           \
				.organizations = {                                                 \
					{ "/" #v "/Organizations", "extendedView=true",            \
					  (org_paging), FALLBACK_PROXY_OFFLINE },                  \
					{ "/" #v "/Organizations", (plain_query), (org_paging),    \
					  FALLBACK_NONE } },                                       \
				.explore = "/" #v "/Organizations/%s/explore" },                   \
			[ROLE_TENANT] = {                                                          \
				.organizations = { { "/" #v "/Organization", NULL, PAGING_OBJECT,  \
						     FALLBACK_NONE } },                            \
				.explore = "/" #v "/Organization/Explore",                         \
				.lacks = CAP_REPOSITORY },                                         \
		},                                                                                 \
	}

enum {
	PROFILE_NUMBER_v1 = 1, PROFILE_NUMBER_v2, PROFILE_NUMBER_v3, PROFILE_NUMBER_v4,
	PROFILE_NUMBER_v5, PROFILE_NUMBER_v6, PROFILE_NUMBER_v7, PROFILE_NUMBER_v8,
};

static const struct profile profiles[] = {
	PROFILE_ACTION(v1, CAP_ECHO, PAGING_ARRAY, "/RestoreSessions/Action"),
	PROFILE_ACTION(v2, CAPS_V2, PAGING_PAGES, "/Organization/Action"),
	PROFILE_ACTION(v3, CAPS_V3, PAGING_PAGES, "/Organization/Action"),
	PROFILE_ACTION(v4, CAPS_V3, PAGING_PAGES, "/Organization/Action"),
	PROFILE_ACTION(v5, CAPS_V5, PAGING_PAGES, "/Organization/Action"),
	PROFILE_URL(v6, CAPS_V6, PAGING_WHOLE, "extendedView=false", NULL, NULL),
	PROFILE_URL(v7, CAPS_V7, PAGING_WHOLE, NULL, NULL, "/v7/token/logout"),
	/* oldest first, so that new sessions shift no offset */
	PROFILE_URL(v8, CAPS_V8, PAGING_PAGES, NULL, "orderBy=CreationTime&orderAsc=true",
		    "/v8/token/logout"),
};

const struct profile *profile_get(int version)
{
	if (version < PROFILE_OLDEST || version > PROFILE_NEWEST)
		return NULL;
	return &profiles[version - PROFILE_OLDEST];
}

static void add_encoded(struct buf *out, const char *id)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (const unsigned char *p = (const unsigned char *)id; *p; p++) {
		/* an id of only dots would change the path's meaning */
		if (strchr(unreserved, *p) && (*p != '.' || strspn(id, ".") != strlen(id)))
			buf_addch(out, (char)*p);
		else
			buf_printf(out, "%%%02X", *p);
	}
}

void profile_path(struct buf *out, const char *template, const char *id)
{
	const char *hole = strstr(template, "%s");
	if (!hole) {
		buf_addstr(out, template);
		return;
	}
	buf_add(out, template, (size_t)(hole - template));
	add_encoded(out, id);
	buf_addstr(out, hole + 2);
}

static int lacks(const struct profile *p, const char *key, struct fault *f)
{
	return fault_set(f, EOPNOTSUPP, "%s: API %s has no such key for explore", key, p->name);
}

int profile_check_explore(const struct profile *p, enum role role, const struct explore *e,
			  struct fault *f)
{
	unsigned caps = p->caps & ~p->role[role].lacks;

	/* before types there was only Exchange: type=vex is what happens anyway */
	if (!(caps & CAP_TYPE) && e->type != EXPLORE_VEX)
		return lacks(p, "type", f);
	if (!(caps & CAP_TEAMS) && e->type == EXPLORE_VET)
		return fault_set(f, EOPNOTSUPP, "type 'vet': API %s knows vex, veod and vesp",
				 p->name);
	if (!(caps & CAP_SHOW_DELETED) && e->show_deleted_given)
		return lacks(p, "showDeleted", f);
	if (!(caps & CAP_SHOW_DELETED) && e->show_all_versions_given)
		return lacks(p, "showAllVersions", f);
	if (p->role[role].lacks & p->caps & CAP_REPOSITORY && e->repository[0])
		return fault_set(f, EOPNOTSUPP, "repositoryId: only an administrator's login has this "
				 "key for explore");
	if (!(caps & CAP_REPOSITORY) && e->repository[0])
		return lacks(p, "repositoryId", f);
	return 0;
}

void profile_datetime(const struct profile *p, const struct profile_when *when, int offset,
		      char *out)
{
	if (p->caps & CAP_INSTANT) {
		timestamp_format_utc(out, when->seconds, when->nanoseconds);
		return;
	}
	int64_t seconds = when->seconds + (when->nanoseconds ? 1 : 0);
	timestamp_format_dotted(out, when->zoned ? seconds + offset : seconds);
}

static const char *bool_text(bool value)
{
	return value ? "true" : "false";
}

void profile_explore_body(const struct profile *p, const struct explore *e, const char *datetime,
			  struct buf *out)
{
	bool flat = p->caps & CAP_FLAT;

	buf_printf(out, flat ? "{\"dateTime\":\"%s\"" : "{\"explore\":{\"datetime\":\"%s\"",
		   datetime);
	if (p->caps & CAP_TYPE) {
		char type[8];
		size_t n = strlen(command_type_name(e->type));
		memcpy(type, command_type_name(e->type), n + 1);
		/* the schemas of v6 and later list the types with a capital */
		if (flat)
			type[0] = 'V';
		buf_printf(out, ",\"type\":\"%s\"", type);
	}
	if (e->show_deleted_given)
		buf_printf(out, ",\"showDeleted\":%s", bool_text(e->show_deleted));
	if (e->show_all_versions_given)
		buf_printf(out, ",\"showAllVersions\":%s", bool_text(e->show_all_versions));
	if (e->repository[0])
		buf_printf(out, ",\"repositoryId\":\"%s\"", e->repository);
	buf_addstr(out, flat ? "}" : "}}");
}
