#include "orgs.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "input.h"
#include "instant.h"
#include "list.h"
#include "overlay.h"

const char *orgs_type_name(enum org_type type)
{
	static const char *const names[] = { "Office365", "OnPremises", "Hybrid" };

	return names[type];
}

static bool backed_up(const struct org *org)
{
	return org->first != INSTANT_NONE && org->last != INSTANT_NONE;
}

/* v1 writes its booleans as strings. */
static void write_bool(struct text *t, int version, const char *key, bool value)
{
	if (version == 1)
		text_string(t, key, value ? "true" : "false");
	else
		text_bool(t, key, value);
}

static void write_times(struct text *t, int version, const struct org *org)
{
	char when[INSTANT_MAX];

	write_bool(t, version, "isBackedup", backed_up(org));
	if (!backed_up(org))
		return;
	text_string(t, "firstBackuptime", instant_utc(when, org->first, false));
	text_string(t, "lastBackuptime", instant_utc(when, org->last, false));
}

static void write_server(struct text *t, int version, const struct org *org, const char *host)
{
	text_string(t, "serverName", host);
	text_string(t, "username", org->account);
	write_bool(t, version, "useSSL", true);
	write_bool(t, version, "skipCAverification", false);
	write_bool(t, version, "skipCommonnameverification", false);
	write_bool(t, version, "skipRevocationcheck", false);
}

static void write_online(struct text *t, const struct org *org, const char *key)
{
	text_key(t, key);
	text_add(t, "{");
	text_bool(t, "useApplicationOnlyAuth", false);
	text_string(t, "officeOrganizationName", org->name);
	text_string(t, "account", org->account);
	text_add(t, "}");
}

static void write_online_members(struct text *t, int version, const struct org *org)
{
	if (version >= 5) {
		text_bool(t, "isTeamsOnline", true);
		write_online(t, org, "exchangeOnlineSettings");
		write_online(t, org, "sharePointOnlineSettings");
	}
	if (version >= 6) {
		text_bool(t, "isTeamsChatsOnline", false);
		text_bool(t, "isExchangeOnline", true);
		text_bool(t, "isSharePointOnline", true);
	}
	text_string(t, "region", version == 1 ? "worldwide" : "Worldwide");
}

static void write_local_members(struct text *t, int version, const struct org *org)
{
	if (version < 6)
		write_server(t, version, org, "exchange.example.com");
	if (version == 1)
		return;
	text_bool(t, "isSharepoint", true);
	text_key(t, "sharepointSettings");
	text_add(t, "{");
	write_server(t, version, org, "sharepoint.example.com");
	text_number(t, "serverPort", 5986);
	text_add(t, "}");
	if (version < 6)
		return;
	text_bool(t, "isExchange", true);
	text_key(t, "exchangeSettings");
	text_add(t, "{");
	write_server(t, version, org, "exchange.example.com");
	text_add(t, "}");
}

static void write_link(struct text *t, const struct request *rq, const struct org *org,
	const char *name, const char *below)
{
	text_key(t, name);
	if (rq->version < 6)
		text_printf(t, "{\"href\":\"%s/v%d/organizations/%s%s\"}",
			rq->sim->base_url, rq->version, org->id, below);
	else
		text_printf(t, "{\"href\":\"/v%d/Organizations/%s%s\"}", rq->version, org->id,
			below);
}

static void write_links(struct text *t, const struct request *rq, const struct org *org)
{
	text_key(t, "_links");
	text_add(t, "{");
	write_link(t, rq, org, "self", "");
	if (rq->version <= 7)
		write_link(t, rq, org, "jobs", rq->version < 6 ? "/jobs" : "/Jobs");
	if (rq->version == 1) {
		write_link(t, rq, org, "mailboxes", "/mailboxes");
	} else {
		write_link(t, rq, org, "groups", rq->version < 6 ? "/groups" : "/Groups");
		write_link(t, rq, org, "users", rq->version < 6 ? "/users" : "/Users");
		write_link(t, rq, org, "sites", rq->version < 6 ? "/sites" : "/Sites");
	}
	text_add(t, "}");
	text_key(t, "_actions");
	text_add(t, "{");
	if (rq->version >= 6) {
		text_key(t, "explore");
		text_printf(t, "{\"uri\":\"/v%d/Organizations/%s/explore\",\"method\":\"POST\"}",
			rq->version, org->id);
	}
	text_add(t, "}");
}

static void write_org(struct text *t, const struct request *rq, const struct org *org,
	bool extended, const char *id)
{
	struct org shown = *org;
	size_t start;

	if (id != NULL)
		memcpy(shown.id, id, UUID_SIZE);
	start = t->len;
	text_add(t, "{");
	text_string(t, "type", orgs_type_name(org->type));
	text_string(t, "id", shown.id);
	text_string(t, "name", org->name);
	if (rq->version >= 6)
		text_string(t, "officeName", org->type == ORG_ONPREMISES ? "" : org->name);
	else
		text_string(t, "username", org->account);
	if (rq->version >= 7)
		text_string(t, "description", "");
	if (rq->version == 8 && org->type != ORG_ONPREMISES)
		text_string(t, "msid", org->msid);
	if (rq->version == 8)
		text_string(t, "backedUpOrganizationId", shown.id);
	if (org->type != ORG_ONPREMISES)
		write_online_members(t, rq->version, org);
	if (org->type != ORG_OFFICE365 && (rq->version != 1 || org->type == ORG_ONPREMISES))
		write_local_members(t, rq->version, org);
	if (extended)
		write_times(t, rq->version, org);
	write_links(t, rq, &shown);
	text_add(t, "}");
	overlay_apply(t, start, org->extra);
}

void orgs_write(struct text *t, const struct request *rq, const struct org *org)
{
	write_org(t, rq, org, true, NULL);
}

/* false: an error was answered. */
static bool ask_extended(struct request *rq, bool *extended)
{
	char *text = rq->version >= 6 ? request_query(rq, "extendedView") : NULL;
	bool good = true;

	*extended = rq->version <= 6;
	if (text != NULL)
		good = input_bool_text(text, extended);
	free(text);
	if (!good) {
		reply_bad(rq, "The value of parameter extendedView is not valid.");
		return false;
	}
	if (rq->version < 6 || !*extended || !rq->sim->options.proxy_offline)
		return true;
	reply_error(rq, 500, "ProxyOffline", "The backup proxy is offline.");
	return false;
}

struct org_items {
	struct org **orgs;
	bool extended;
};

static void write_item(struct text *t, const struct request *rq, const void *items,
	size_t index, const char *id)
{
	const struct org_items *o = items;

	write_org(t, rq, o->orgs[index], o->extended, id);
}

static bool selected(const struct org *org, const char *msid, const char *backed_up_id)
{
	return (msid == NULL || (org->type != ORG_ONPREMISES && strcmp(org->msid, msid) == 0)) &&
		(backed_up_id == NULL || strcmp(org->id, backed_up_id) == 0);
}

void orgs_list(struct request *rq)
{
	const struct state *s = &rq->sim->state;
	char *msid = rq->version == 8 ? request_query(rq, "msid") : NULL;
	char *backed_up_id = rq->version == 8 ? request_query(rq, "backedUpOrganizationId") : NULL;
	struct org_items items = { s->orgs, true };
	struct list list = { rq->version < 8, s->norgs, &items, write_item };
	struct org **chosen = NULL;
	size_t i;

	if (rq->token->login->org != NULL) {
		items.orgs = chosen = alloc_zero(1, sizeof(*chosen));
		chosen[0] = rq->token->login->org;
		list.total = 1;
	} else if (msid != NULL || backed_up_id != NULL) {
		items.orgs = chosen = alloc_zero(s->norgs, sizeof(*chosen));
		for (i = list.total = 0; i < s->norgs; i++)
			if (selected(s->orgs[i], msid, backed_up_id))
				chosen[list.total++] = s->orgs[i];
	}
	if (ask_extended(rq, &items.extended))
		list_answer(rq, &list);
	free(chosen);
	free(msid);
	free(backed_up_id);
}

void orgs_get(struct request *rq)
{
	const struct org *org = state_find_org(&rq->sim->state, rq->params[0]);
	bool extended;

	if (org == NULL)
		reply_not_found(rq, "The organization was not found.");
	else if (ask_extended(rq, &extended))
		write_org(reply_json(&rq->reply, 200), rq, org, extended, NULL);
}

static void write_own_links(struct text *t, const struct request *rq)
{
	if (rq->version < 6) {
		text_key(t, "_links");
		text_printf(t, "{\"self\":{\"href\":\"%s/v%d/organization\"}}", rq->sim->base_url,
			rq->version);
		text_key(t, "_actions");
		text_add(t, "{}");
	} else {
		text_key(t, "_actions");
		text_printf(t, "{\"explore\":{\"uri\":\"/v%d/Organization/Explore\","
			"\"method\":\"POST\"}}", rq->version);
	}
}

void orgs_get_own(struct request *rq)
{
	const struct org *org = rq->token->login->org;
	struct text *t = reply_json(&rq->reply, 200);

	text_add(t, "{");
	text_string(t, "id", org->id);
	text_string(t, "name", org->name);
	if (rq->version >= 7)
		text_string(t, "description", "");
	text_string(t, "type", orgs_type_name(org->type));
	write_times(t, rq->version, org);
	write_own_links(t, rq);
	text_add(t, "}");
	overlay_apply(t, 0, org->extra);
}
