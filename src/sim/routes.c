#include "routes.h"

#include <string.h>
#include <strings.h>

#include "auth.h"
#include "content.h"
#include "events.h"
#include "explore.h"
#include "feed.h"
#include "find.h"
#include "input.h"
#include "orgs.h"
#include "points.h"
#include "save.h"
#include "service.h"
#include "sessions.h"

#define S "RestoreSessions/{}/organization"

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

	{ "GET", "Events", 8, 8, SIGNED_IN, feed_get },

	/* Whether a tenant may is not documented: here it sees those of its own organization. */
	{ "GET", "RestorePoints", 6, 8, SIGNED_IN, points_list },
	{ "GET", "RestorePoints/{}", 6, 8, SIGNED_IN, points_get },

	{ "GET", "RestoreSessions", 1, 8, SIGNED_IN, sessions_list },
	{ "POST", "RestoreSessions/Action", 1, 1, TENANT, explore_own_action },
	{ "GET", "RestoreSessions/{}", 1, 8, SIGNED_IN, sessions_get },
	{ "POST", "RestoreSessions/{}/Action", 1, 5, SIGNED_IN, sessions_action },
	{ "POST", "RestoreSessions/{}/Stop", 6, 8, SIGNED_IN, sessions_stop },
	{ "GET", "RestoreSessions/{}/Events", 2, 8, SIGNED_IN, events_list },
	{ "GET", "RestoreSessions/{}/Events/{}", 2, 8, SIGNED_IN, events_get },
	{ "GET", "RestoreSessions/{}/Statistics", 8, 8, SIGNED_IN, events_statistics },
	{ "GET", "RestoreSessions/{}/organization", 1, 8, SIGNED_IN, sessions_organization },

	/* mail */
	{ "GET", S "/mailboxes", 1, 8, SIGNED_IN, content_list },
	{ "GET", S "/mailboxes/{}", 1, 8, SIGNED_IN, content_get },
	{ "GET", S "/mailboxes/{}/folders", 1, 8, SIGNED_IN, content_list },
	{ "GET", S "/mailboxes/{}/folders/{}", 1, 8, SIGNED_IN, content_get },
	{ "GET", S "/mailboxes/{}/items", 1, 8, SIGNED_IN, content_list },
	{ "GET", S "/mailboxes/{}/items/{}", 1, 8, SIGNED_IN, content_get },
	{ "POST", S "/mailboxes/{}/items/{}/Action", 1, 5, SIGNED_IN, content_action },
	{ "POST", S "/mailboxes/{}/items/{}/save", 6, 8, SIGNED_IN, save_object },
	{ "POST", S "/mailboxes/{}/items/save", 6, 8, SIGNED_IN, save_listed },
	{ "POST", S "/mailboxes/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/mailboxes/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/mailboxes/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/mailboxes/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/mailboxes/{}/folders/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/mailboxes/{}/folders/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/searchExchange", 6, 8, SIGNED_IN, find_search },

	/* OneDrive */
	{ "GET", S "/OneDrives", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/OneDrives/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/OneDrives/{}/Folders", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/OneDrives/{}/Folders/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/OneDrives/{}/Documents", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/OneDrives/{}/Documents/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/OneDrives/{}/Folders/{}/Versions", 6, 8, SIGNED_IN, content_list },
	{ "GET", S "/OneDrives/{}/Folders/{}/Versions/{}", 6, 8, SIGNED_IN, content_get },
	{ "GET", S "/OneDrives/{}/Documents/{}/Versions", 6, 8, SIGNED_IN, content_list },
	{ "GET", S "/OneDrives/{}/Documents/{}/Versions/{}", 6, 8, SIGNED_IN, content_get },
	{ "POST", S "/OneDrives/{}/Documents/{}/Action", 2, 5, SIGNED_IN, content_action },
	{ "POST", S "/OneDrives/{}/Documents/{}/save", 6, 8, SIGNED_IN, save_object },
	{ "POST", S "/OneDrives/{}/Documents/{}/Versions/{}/save", 6, 8, SIGNED_IN, save_object },
	{ "POST", S "/OneDrives/{}/Documents/save", 6, 8, SIGNED_IN, save_listed },
	{ "POST", S "/OneDrives/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/OneDrives/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/OneDrives/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/OneDrives/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/OneDrives/{}/Folders/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/OneDrives/{}/Folders/{}/search", 6, 8, SIGNED_IN, find_search },

	/* SharePoint */
	{ "GET", S "/Sites", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Libraries", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Libraries/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Lists", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Lists/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Folders", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Folders/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Documents", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Documents/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Items", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Items/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Items/{}/Attachments", 2, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Items/{}/Attachments/{}", 2, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Folders/{}/Versions", 6, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Folders/{}/Versions/{}", 6, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Documents/{}/Versions", 6, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Documents/{}/Versions/{}", 6, 8, SIGNED_IN, content_get },
	{ "GET", S "/Sites/{}/Items/{}/Versions", 6, 8, SIGNED_IN, content_list },
	{ "GET", S "/Sites/{}/Items/{}/Versions/{}", 6, 8, SIGNED_IN, content_get },
	{ "POST", S "/Sites/{}/Documents/{}/Action", 2, 5, SIGNED_IN, content_action },
	{ "POST", S "/Sites/{}/Items/{}/Attachments/{}/Action", 2, 5, SIGNED_IN, content_action },
	{ "POST", S "/Sites/{}/Documents/{}/save", 6, 8, SIGNED_IN, save_object },
	{ "POST", S "/Sites/{}/Documents/{}/Versions/{}/save", 6, 8, SIGNED_IN, save_object },
	{ "POST", S "/Sites/{}/Items/{}/Attachments/{}/save", 6, 8, SIGNED_IN, save_object },
	{ "POST", S "/Sites/{}/Documents/save", 6, 8, SIGNED_IN, save_listed },
	{ "POST", S "/Sites/{}/Items/{}/Attachments/save", 6, 8, SIGNED_IN, save_listed },
	{ "POST", S "/Sites/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/Sites/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/Sites/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/Sites/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/Sites/{}/Libraries/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/Sites/{}/Libraries/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/Sites/{}/Lists/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/Sites/{}/Lists/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/Sites/{}/Folders/{}/Action", 4, 5, SIGNED_IN, content_action },
	{ "POST", S "/Sites/{}/Folders/{}/search", 6, 8, SIGNED_IN, find_search },

	/* Teams */
	{ "GET", S "/teams", 5, 8, SIGNED_IN, content_list },
	{ "GET", S "/teams/{}", 5, 8, SIGNED_IN, content_get },
	{ "GET", S "/teams/{}/channels", 5, 8, SIGNED_IN, content_list },
	{ "GET", S "/teams/{}/channels/{}", 5, 8, SIGNED_IN, content_get },
	{ "GET", S "/teams/{}/channels/{}/tabs", 5, 8, SIGNED_IN, content_list },
	{ "GET", S "/teams/{}/channels/{}/tabs/{}", 5, 8, SIGNED_IN, content_get },
	{ "GET", S "/teams/{}/posts", 5, 8, SIGNED_IN, content_list },
	{ "GET", S "/teams/{}/posts/{}", 5, 8, SIGNED_IN, content_get },
	{ "GET", S "/teams/{}/channels/{}/children", 7, 8, SIGNED_IN, content_children },
	{ "GET", S "/teams/{}/files", 5, 8, SIGNED_IN, content_list },
	{ "GET", S "/teams/{}/files/{}", 5, 7, SIGNED_IN, content_get },
	{ "GET", S "/teams/{}/files/{}/versions", 7, 7, SIGNED_IN, content_list },
	{ "GET", S "/teams/{}/channels/{}/files/{}", 8, 8, SIGNED_IN, content_get },
	{ "GET", S "/teams/{}/channels/{}/files/{}/versions", 8, 8, SIGNED_IN, content_list },
	{ "POST", S "/teams/{}/files/{}/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/teams/{}/files/{}/save", 6, 7, SIGNED_IN, save_object },
	{ "POST", S "/teams/{}/channels/{}/files/{}/save", 8, 8, SIGNED_IN, save_object },
	{ "POST", S "/teams/{}/files/save", 6, 8, SIGNED_IN, save_listed },
	{ "POST", S "/teams/{}/posts/{}/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/teams/{}/posts/{}/save", 6, 8, SIGNED_IN, save_object },
	{ "POST", S "/teams/{}/posts/{}/export", 6, 8, SIGNED_IN, save_export },
	{ "POST", S "/teams/{}/posts/save", 6, 8, SIGNED_IN, save_listed },
	{ "POST", S "/teams/{}/posts/export", 6, 8, SIGNED_IN, save_listed },
	{ "POST", S "/teams/{}/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/teams/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/teams/{}/channels/{}/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/teams/{}/channels/{}/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/teams/{}/files/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/teams/{}/files/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/teams/{}/posts/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/teams/{}/posts/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/teams/{}/channels/{}/tabs/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/teams/{}/channels/{}/tabs/search", 6, 8, SIGNED_IN, find_search },
	{ "POST", S "/Action", 5, 5, SIGNED_IN, content_action },
	{ "POST", S "/searchTeams", 6, 8, SIGNED_IN, find_search },
};

int routes_version(const struct request *rq)
{
	const char *s = rq->nsegments > 0 ? rq->segments[0] : "";
	int version;

	if ((s[0] != 'v' && s[0] != 'V') || s[1] < '1' || s[1] > '8' || s[2] != '\0')
		return 0;
	version = s[1] - '0';
	return (rq->sim->options.api & 1u << version) != 0 ? version : 0;
}

bool routes_matches(struct request *rq, const char *path)
{
	const char *p = path;
	size_t i, len, params = 0;

	for (i = 1; i < rq->nsegments; i++) {
		len = strcspn(p, "/");
		if (len == 0)
			return false;
		rq->named[i] = len == 2 && p[0] == '{';
		if (rq->named[i])
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

/* The route of the request, or NULL; *other_method: one that the path has instead. */
static const struct route *find(struct request *rq, const char **other_method)
{
	size_t i;

	*other_method = NULL;
	rq->version = routes_version(rq);
	for (i = 0; i < sizeof(routes) / sizeof(*routes) && rq->version != 0; i++) {
		if (rq->version < routes[i].lowest || rq->version > routes[i].highest ||
		    !routes_matches(rq, routes[i].path))
			continue;
		if (strcmp(routes[i].method, rq->method) == 0)
			return &routes[i];
		*other_method = routes[i].method;
	}
	return NULL;
}

static bool asks_to_save(const struct request *rq)
{
	json_t *body = input_object(rq->body.len ? rq->body.data : "", rq->body.len);
	const char *action = json_object_iter_key(json_object_iter(body));
	bool asks = action != NULL && save_is_action(action);

	json_decref(body);
	return asks;
}

bool routes_is_save(struct request *rq)
{
	const char *other_method;
	const struct route *route = find(rq, &other_method);

	if (route == NULL)
		return false;
	if (route->handler == content_action)
		return asks_to_save(rq);
	return route->handler == save_object || route->handler == save_export ||
		route->handler == save_listed;
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
	const char *other_method;
	const struct route *route = find(rq, &other_method);

	if (route == NULL)
		no_route(rq, other_method);
	else if (allowed(rq, route->access))
		route->handler(rq);
}
