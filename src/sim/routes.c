#include "routes.h"

#include <string.h>
#include <strings.h>

#include "auth.h"
#include "explore.h"
#include "orgs.h"
#include "service.h"
#include "sessions.h"

enum access { ANYONE, SIGNED_IN, ADMINISTRATOR, TENANT };

struct route {
	const char *method;
	const char *path;        /* below /vN/; {} is any one segment */
	int lowest, highest;
	enum access access;
	route_handler *handler;
};

static const struct route routes[] = {
	{ "POST", "token", 1, 8, ANYONE, auth_token },
	{ "POST", "token/logout", 7, 8, SIGNED_IN, auth_logout },
	{ "POST", "token/AuthCode", 7, 8, SIGNED_IN, auth_code },
	{ "GET", "Health", 8, 8, ANYONE, service_health },
	{ "GET", "ServiceInstance", 6, 8, SIGNED_IN, service_instance },
	/* Whether the older versions have it is not known: who is signed in sees no such path. */
	{ "GET", "ServiceInstance", 1, 5, SIGNED_IN, service_absent },

	/* How a tenant of v1 finds its organization is not documented: here it lists its own. */
	{ "GET", "Organizations", 1, 1, SIGNED_IN, orgs_list },
	{ "GET", "Organizations", 2, 8, ADMINISTRATOR, orgs_list },
	{ "GET", "Organizations/{}", 1, 8, ADMINISTRATOR, orgs_get },
	{ "POST", "Organizations/{}/Action", 1, 5, ADMINISTRATOR, explore_org_action },
	{ "POST", "Organizations/{}/explore", 6, 8, ADMINISTRATOR, explore_org },
	{ "GET", "Organization", 2, 8, TENANT, orgs_get_own },
	{ "POST", "Organization/Action", 2, 5, TENANT, explore_own_action },
	{ "POST", "Organization/Explore", 6, 8, TENANT, explore_own },

	{ "GET", "RestoreSessions", 1, 8, SIGNED_IN, sessions_list },
	{ "POST", "RestoreSessions/Action", 1, 1, TENANT, explore_own_action },
	{ "GET", "RestoreSessions/{}", 1, 8, SIGNED_IN, sessions_get },
	{ "POST", "RestoreSessions/{}/Action", 1, 5, SIGNED_IN, sessions_action },
	{ "POST", "RestoreSessions/{}/Stop", 6, 8, SIGNED_IN, sessions_stop },
	{ "GET", "RestoreSessions/{}/organization", 1, 8, SIGNED_IN, sessions_organization },
};

int routes_version(const struct request *rq)
{
	const char *s = rq->nsegments > 0 ? rq->segments[0] : "";
	int version;

	if ((s[0] != 'v' && s[0] != 'V') || s[1] < '1' || s[1] > '8' || s[2] != '\0')
		return 0;
	version = s[1] - '0';
	return rq->sim->options.api & 1u << version ? version : 0;
}

/* Fixed segments match in any case; what {} matches goes to rq->params. */
static bool matches(const struct route *route, struct request *rq)
{
	const char *p = route->path;
	size_t i, len, params = 0;

	if (rq->version < route->lowest || rq->version > route->highest)
		return false;
	for (i = 1; i < rq->nsegments; i++) {
		len = strcspn(p, "/");
		if (len == 0)
			return false;
		if (len == 2 && p[0] == '{')
			rq->params[params++] = rq->segments[i];
		else if (strlen(rq->segments[i]) != len ||
		    strncasecmp(p, rq->segments[i], len) != 0)
			return false;
		p += len + (p[len] == '/');
	}
	return *p == '\0';
}

static bool allowed(struct request *rq, enum access access)
{
	bool admin;

	if (access == ANYONE)
		return true;
	if (!auth_check(rq))
		return false;
	admin = rq->token->login->org == NULL;
	if (access == SIGNED_IN || admin == (access == ADMINISTRATOR))
		return true;
	reply_error(rq, 403, "ResourceAccessDenied", "Access to the resource is denied.");
	return false;
}

static void no_route(struct request *rq, const char *other_method)
{
	if (other_method != NULL) {
		reply_error(rq, 405, "HttpError",
			"The requested resource does not support this HTTP method.");
		reply_header(&rq->reply, "Allow", other_method);
	} else {
		reply_error(rq, 404, "HttpError", "No resource was found for this path.");
	}
}

void routes_answer(struct request *rq)
{
	const char *other_method = NULL;
	size_t i;

	rq->version = routes_version(rq);
	for (i = 0; i < sizeof(routes) / sizeof(*routes) && rq->version != 0; i++) {
		if (!matches(&routes[i], rq))
			continue;
		if (strcmp(routes[i].method, rq->method) == 0) {
			if (allowed(rq, routes[i].access))
				routes[i].handler(rq);
			return;
		}
		other_method = routes[i].method;
	}
	no_route(rq, other_method);
}
