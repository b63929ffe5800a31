#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "instant.h"
#include "points.h"

#ifndef VBOFS_VERSION
#define VBOFS_VERSION "0.1.0"
#endif

enum {
	OPT_PORT = 1000, OPT_NO_TLS, OPT_API, OPT_ORGS, OPT_SESSIONS, OPT_SEED, OPT_LATENCY,
	OPT_TOKEN_LIFETIME, OPT_MAX_PAGE, OPT_DEFAULT_PAGE, OPT_TZ, OPT_JOURNAL, OPT_FAULT,
	OPT_NAMES, OPT_ARRAYS, OPT_CERT_HOST, OPT_PROXY_OFFLINE, OPT_BUSY_WORKING,
	OPT_SESSION_STATES, OPT_ITEMS, OPT_BIG, OPT_HOSTILE, OPT_CHUNKED, OPT_SAVE_LATENCY,
	OPT_SAVE_RATE, OPT_STOPPED_STATUS, OPT_RESTORE_POINTS, OPT_FEED_HISTORY,
	OPT_EVENT_UPDATES, OPT_KEEP, OPT_ITEM_SIZE, OPT_HELP, OPT_VERSION,
};

static const struct option long_options[] = {
	{ "port", required_argument, NULL, OPT_PORT },
	{ "no-tls", no_argument, NULL, OPT_NO_TLS },
	{ "api", required_argument, NULL, OPT_API },
	{ "orgs", required_argument, NULL, OPT_ORGS },
	{ "sessions", required_argument, NULL, OPT_SESSIONS },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "latency", required_argument, NULL, OPT_LATENCY },
	{ "token-lifetime", required_argument, NULL, OPT_TOKEN_LIFETIME },
	{ "max-page", required_argument, NULL, OPT_MAX_PAGE },
	{ "default-page", required_argument, NULL, OPT_DEFAULT_PAGE },
	{ "tz", required_argument, NULL, OPT_TZ },
	{ "journal", required_argument, NULL, OPT_JOURNAL },
	{ "fault", required_argument, NULL, OPT_FAULT },
	{ "names", required_argument, NULL, OPT_NAMES },
	{ "arrays", required_argument, NULL, OPT_ARRAYS },
	{ "cert-host", required_argument, NULL, OPT_CERT_HOST },
	{ "proxy-offline", no_argument, NULL, OPT_PROXY_OFFLINE },
	{ "busy-working", required_argument, NULL, OPT_BUSY_WORKING },
	{ "session-states", required_argument, NULL, OPT_SESSION_STATES },
	{ "items", required_argument, NULL, OPT_ITEMS },
	{ "item-size", required_argument, NULL, OPT_ITEM_SIZE },
	{ "big", required_argument, NULL, OPT_BIG },
	{ "hostile", no_argument, NULL, OPT_HOSTILE },
	{ "chunked", no_argument, NULL, OPT_CHUNKED },
	{ "save-latency", required_argument, NULL, OPT_SAVE_LATENCY },
	{ "save-rate", required_argument, NULL, OPT_SAVE_RATE },
	{ "restore-points", required_argument, NULL, OPT_RESTORE_POINTS },
	{ "feed-history", required_argument, NULL, OPT_FEED_HISTORY },
	{ "event-updates", no_argument, NULL, OPT_EVENT_UPDATES },
	{ "keep", required_argument, NULL, OPT_KEEP },
	{ "stopped-status", required_argument, NULL, OPT_STOPPED_STATUS },
	{ "help", no_argument, NULL, OPT_HELP },
	{ "version", no_argument, NULL, OPT_VERSION },
	{ NULL, 0, NULL, 0 },
};

static const char help[] =
"usage: vbosim [options]\n"
"Simulates the REST API of Veeam Backup for Microsoft 365 on 127.0.0.1.\n"
"\n"
"  --port N             port, 0 takes a free one (4443)\n"
"  --no-tls             plain HTTP\n"
"  --cert-host NAME     certificate for NAME only, not localhost and 127.0.0.1\n"
"  --api v1,v8,...      versions that are served (all, v1 to v8)\n"
"  --orgs N             organizations (2)\n"
"  --names FILE         their names after the first, one JSON string a line\n"
"  --sessions N         restore sessions from earlier days (0)\n"
"  --busy-working N     how many of them still run (a tenth, at most 3)\n"
"  --restore-points N   restore points of each organization (8)\n"
"  --session-states S   plain, or starting: v2-v5 show Starting and Stopping\n"
"  --stopped-status N   status of requests below a stopped session (500)\n"
"  --feed-history N     changes that the change feed remembers (10000)\n"
"  --event-updates      each new event changes its session, too\n"
"  --items N            folders \"many\" of N items, in a mailbox and a OneDrive\n"
"  --item-size BYTES    ... each document of that size (200 to 4199 bytes)\n"
"  --big BYTES          a document of that size in a OneDrive\n"
"  --hostile            folders of names that are hard on file systems\n"
"  --seed N             seed of all that is made up (1)\n"
"  --tz +hh:mm          zone of the server (-07:00)\n"
"  --token-lifetime S   seconds that an access token lives (3600)\n"
"  --default-page N     limit of a page where none is asked for (30)\n"
"  --max-page N         highest limit of a page (10000)\n"
"  --arrays S           v1-v7 arrays: whole, or paged by limit and offset\n"
"  --proxy-offline      refuse extendedView=true\n"
"  --latency MS         wait before each answer\n"
"  --save-latency MS    wait before the first byte of a download\n"
"  --save-rate BYTES    send so many bytes of a download in a second\n"
"  --chunked            downloads without Content-Length\n"
"  --fault SPEC         METHOD:PATHGLOB:ACTION[,key=value...], repeatable\n"
"  --keep FILE          keep sessions there, and begin with those in it\n"
"  --journal FILE       one line for each request\n"
"  --help, --version\n"
"\n"
"When it listens it prints: ready url=... cafile=... credentials=...\n";

static bool complain(const char *what, const char *value, const char *right)
{
	fprintf(stderr, "vbosim: %s '%s': %s\n", what, value, right);
	return false;
}

static bool number(const char *name, const char *text, uint64_t low, uint64_t high,
	uint64_t *value)
{
	char right[80];
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && *value >= low &&
	    *value <= high)
		return true;
	snprintf(right, sizeof(right), "must be a number from %llu to %llu",
		(unsigned long long)low, (unsigned long long)high);
	return complain(name, text, right);
}

static bool parse_api(const char *text, unsigned *api)
{
	const char *p = text;

	*api = 0;
	for (;;) {
		if ((p[0] != 'v' && p[0] != 'V') || p[1] < '1' || p[1] > '8')
			break;
		*api |= 1u << (p[1] - '0');
		p += 2;
		if (*p == '\0')
			return true;
		if (*p++ != ',')
			break;
	}
	return complain("--api", text, "must be a list such as v1,v8 of v1 to v8");
}

static bool choice(const char *name, const char *text, const char *off, const char *on,
	bool *value)
{
	char right[80];

	*value = strcmp(text, on) == 0;
	if (*value || strcmp(text, off) == 0)
		return true;
	snprintf(right, sizeof(right), "must be %s or %s", off, on);
	return complain(name, text, right);
}

static void add_fault(struct options *o, const char *spec)
{
	o->faults = alloc_resize(o->faults, o->nfaults + 1, sizeof(*o->faults));
	o->faults[o->nfaults++] = spec;
}

/* Options whose argument is a number. */
static bool take_number(struct options *o, int opt, const char *name, const char *arg)
{
	static const struct {
		int opt;
		uint64_t low, high;
	} range[] = {
		{ OPT_PORT, 0, 65535 }, { OPT_ORGS, 1, 1000000 }, { OPT_SESSIONS, 0, 10000000 },
		{ OPT_SEED, 0, UINT64_MAX }, { OPT_LATENCY, 0, 3600000 },
		{ OPT_TOKEN_LIFETIME, 0, 1000000000 }, { OPT_MAX_PAGE, 1, 1000000 },
		{ OPT_DEFAULT_PAGE, 1, 1000000 }, { OPT_BUSY_WORKING, 0, 10000000 },
		{ OPT_ITEMS, 0, 10000000 }, { OPT_BIG, 0, INT64_MAX / 2 },
		{ OPT_SAVE_LATENCY, 0, 3600000 }, { OPT_SAVE_RATE, 0, INT64_MAX / 10000 },
		{ OPT_STOPPED_STATUS, 400, 599 }, { OPT_RESTORE_POINTS, 2, 10000000 },
		{ OPT_FEED_HISTORY, 1, 10000000 }, { OPT_ITEM_SIZE, 0, INT64_MAX / 2 },
	};
	uint64_t v;
	size_t i = 0;

	while (range[i].opt != opt)
		i++;
	if (!number(name, arg, range[i].low, range[i].high, &v))
		return false;
	switch (opt) {
	case OPT_PORT: o->port = (unsigned)v; break;
	case OPT_ORGS: o->orgs = v; o->orgs_given = true; break;
	case OPT_SESSIONS: o->sessions = v; break;
	case OPT_SEED: o->seed = v; break;
	case OPT_LATENCY: o->latency = (unsigned)v; break;
	case OPT_TOKEN_LIFETIME: o->token_lifetime = (unsigned)v; break;
	case OPT_MAX_PAGE: o->max_page = v; break;
	case OPT_DEFAULT_PAGE: o->default_page = v; break;
	case OPT_RESTORE_POINTS: o->restore_points = v; break;
	case OPT_FEED_HISTORY: o->feed_history = v; break;
	case OPT_ITEMS: o->items = v; break;
	case OPT_ITEM_SIZE: o->item_size = v; break;
	case OPT_BIG: o->big = v; break;
	case OPT_SAVE_LATENCY: o->save_latency = (unsigned)v; break;
	case OPT_SAVE_RATE: o->save_rate = v; break;
	case OPT_STOPPED_STATUS: o->stopped_status = (unsigned)v; break;
	default: o->working = v; break;
	}
	return true;
}

static bool take(struct options *o, int opt, const char *name, const char *arg)
{
	switch (opt) {
	case OPT_NO_TLS: o->tls = false; return true;
	case OPT_PROXY_OFFLINE: o->proxy_offline = true; return true;
	case OPT_EVENT_UPDATES: o->event_updates = true; return true;
	case OPT_HOSTILE: o->hostile = true; return true;
	case OPT_CHUNKED: o->chunked = true; return true;
	case OPT_JOURNAL: o->journal = arg; return true;
	case OPT_KEEP: o->keep = arg; return true;
	case OPT_NAMES: o->names = arg; return true;
	case OPT_CERT_HOST: o->cert_host = arg; return true;
	case OPT_FAULT: add_fault(o, arg); return true;
	case OPT_API: return parse_api(arg, &o->api);
	case OPT_ARRAYS: return choice(name, arg, "whole", "paged", &o->arrays_paged);
	case OPT_SESSION_STATES: return choice(name, arg, "plain", "starting", &o->starting);
	case OPT_TZ:
		return instant_parse_zone(arg, &o->tz) ||
			complain(name, arg, "must be an offset such as -07:00");
	default: return take_number(o, opt, name, arg);
	}
}

bool options_parse(struct options *o, int argc, char **argv, int *status)
{
	char name[40];
	int opt, at;

	*o = (struct options){ .port = 4443, .tls = true, .api = 0x1fe, .orgs = 2, .seed = 1,
		.token_lifetime = 3600, .max_page = 10000, .default_page = 30,
		.tz = -7 * 3600, .working = OPTIONS_WORKING_DEFAULT, .stopped_status = 500,
		.restore_points = POINTS_DEFAULT, .feed_history = CHANGES_DEFAULT,
		.item_size = OPTIONS_ANY_SIZE };
	*status = 2;
	opterr = 0;
	while ((opt = getopt_long(argc, argv, ":", long_options, &at)) != -1) {
		if (opt == ':')
			return complain("option", argv[optind - 1], "needs a value");
		if (opt == '?')
			return complain("option", argv[optind - 1], "unknown, see --help");
		if (opt == OPT_HELP || opt == OPT_VERSION) {
			fputs(opt == OPT_HELP ? help : "vbosim " VBOFS_VERSION "\n", stdout);
			*status = 0;
			return false;
		}
		snprintf(name, sizeof(name), "--%s", long_options[at].name);
		if (!take(o, opt, name, optarg))
			return false;
	}
	if (optind < argc)
		return complain("argument", argv[optind], "not understood, see --help");
	if (o->default_page > o->max_page)
		o->default_page = o->max_page;
	return true;
}

void options_free(struct options *o)
{
	free(o->faults);
	o->faults = NULL;
}
