#include "state.h"

#include <ctype.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

struct bytes {
	char *data;
	size_t len;
};

static size_t take(char *data, size_t size, size_t n, void *user)
{
	struct bytes *b = user;

	b->data = need(realloc(b->data, b->len + size * n + 1));
	memcpy(b->data + b->len, data, size * n);
	b->len += size * n;
	b->data[b->len] = '\0';
	return size * n;
}

static long ask(struct run *r, const char *method, const char *path, const char *body,
		struct bytes *answer)
{
	struct curl_slist *headers = NULL;
	char url[PATH_LONG], bearer[2048];
	long status = 0;

	snprintf(url, sizeof(url), "%s%s", r->url, path);
	curl_easy_reset(r->curl);
	curl_easy_setopt(r->curl, CURLOPT_URL, url);
	curl_easy_setopt(r->curl, CURLOPT_PROXY, "");
	curl_easy_setopt(r->curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(r->curl, CURLOPT_SSL_VERIFYHOST, 0L);
	if (body)
		curl_easy_setopt(r->curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(r->curl, CURLOPT_CUSTOMREQUEST, method);
	curl_easy_setopt(r->curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(r->curl, CURLOPT_WRITEDATA, answer);
	if (r->token && strncmp(path, "/_sim/", 6) != 0) {
		snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", r->token);
		headers = curl_slist_append(headers, bearer);
		curl_easy_setopt(r->curl, CURLOPT_HTTPHEADER, headers);
	}
	CURLcode code = curl_easy_perform(r->curl);
	curl_slist_free_all(headers);
	if (code)
		fail(r, "the simulator: %s %s: %s", method, path, curl_easy_strerror(code));
	curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
	return status;
}

json_t *sim_control(struct run *r, const char *method, const char *path, const char *body)
{
	struct bytes b = {0};
	long status = ask(r, method, path, body, &b);
	json_t *json;

	if (status < 200 || status > 299)
		fail(r, "the simulator: %s %s: %ld %s", method, path, status, b.data ? b.data : "");
	json = b.len ? json_loadb(b.data, b.len, 0, NULL) : NULL;
	free(b.data);
	return json;
}

/* ---- what it lists ----------------------------------------------------------------- */

static char *credential(struct run *r, const char *key)
{
	FILE *f = fopen(r->credentials, "re");
	char line[512], *value = NULL;

	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, key, strlen(key)) == 0 && line[strlen(key)] == '=')
			value = curl_easy_escape(r->curl, line + strlen(key) + 1, 0);
	}
	if (f)
		fclose(f);
	return value ? value : (fail(r, "no %s in %s", key, r->credentials), NULL);
}

static void sign_in(struct run *r)
{
	char *user = credential(r, "username"), *password = credential(r, "password");
	char form[2048], path[64];
	struct bytes b = {0};

	snprintf(form, sizeof(form), "grant_type=password&username=%s&password=%s%s", user,
		 password, r->version >= 7 ? "&disable_antiforgery_token=true" : "");
	snprintf(path, sizeof(path), "/v%d/token", r->version);
	curl_free(user);
	curl_free(password);
	free(r->token);
	r->token = NULL;
	if (ask(r, "POST", path, form, &b) != 200)
		fail(r, "the simulator refuses the login");
	json_t *json = json_loadb(b.data, b.len, 0, NULL);
	r->token = need(strdup(json_string_value(json_object_get(json, "access_token"))));
	json_decref(json);
	free(b.data);
}

json_t *sim_list(struct run *r, const char *collection)
{
	char path[256];
	long status = 0;
	struct bytes b;

	snprintf(path, sizeof(path), "/v%d/%s%climit=10000", r->version, collection,
		 strchr(collection, '?') ? '&' : '?');
	for (int i = 0; i < 2 && status != 200; i++) {
		if (!r->token || status == 401)
			sign_in(r);
		b = (struct bytes){0};
		status = ask(r, "GET", path, NULL, &b);
		if (status != 200)
			free(b.data);
	}
	if (status != 200)
		fail(r, "the simulator: GET %s: %ld", path, status);
	json_t *json = json_loadb(b.data, b.len, 0, NULL), *list = json;
	free(b.data);
	if (json_is_object(json)) {
		list = json_incref(json_object_get(json, "results"));
		json_decref(json);
	}
	if (!json_is_array(list))
		fail(r, "the simulator: GET %s: no list", path);
	return list;
}

/* ---- faults ------------------------------------------------------------------------ */

static const struct {
	const char *what; /* METHOD:PATHGLOB */
	unsigned scopes;
	unsigned weight;
} targets[] = {
	{"GET:*/organizations", OF_ORGS, 4},
	{"GET:*/restoresessions", OF_SESSIONS, 4},
	{"GET:*/restoresessions/*", OF_SESSIONS | OF_CONTENT | OF_EVENTS | OF_STATISTICS, 4},
	{"GET:*/organization/*", OF_CONTENT, 4},
	{"POST:*/organization/*", OF_SAVES, 5},
	{"POST:*/organizations/*", OF_EXPLORE, 6},
	{"POST:*/restoresessions/*/stop", OF_STOP, 2},
	{"POST:*/restoresessions/*/action", OF_STOP | OF_SAVES, 3},
	{"GET:*/restoresessions/*/events", OF_EVENTS, 2},
	{"GET:*/statistics", OF_STATISTICS, 1},
	{"GET:*/restorepoints", OF_POINTS, 1},
	{"GET:/v8/events", OF_FEED, 2},
	{"POST:*/token", OF_TOKEN, 1},
	{"GET:*", OF_ALL & ~(OF_SAVES | OF_EXPLORE | OF_STOP | OF_TOKEN), 3},
	{"*:*", OF_ALL, 4},
};

/* Whatever breaks a connection often enough looks like a server that is gone. */
#define BROKEN EIO, EHOSTUNREACH, ETIMEDOUT, 0
#define SILENT ETIMEDOUT, EHOSTUNREACH, EIO, 0

static const struct {
	const char *action;
	int errors[5];
	unsigned weight;
} actions[] = {
	{"status=400", {EINVAL, EIO, 0}, 1},
	{"status=401", {EACCES, 0}, 1},
	{"unauthorized-revoke", {EACCES, 0}, 2},
	{"status=403", {EACCES, 0}, 1},
	{"status=404", {EIO, 0}, 2},
	{"status=408", {ETIMEDOUT, 0}, 1},
	{"status=409", {EBUSY, 0}, 1},
	{"status=429", {EAGAIN, 0}, 1},
	{"status=429,retry-after=1", {EAGAIN, 0}, 1},
	{"status=500", {EIO, 0}, 2},
	{"status=502", {EIO, ETIMEDOUT, 0}, 1},
	{"status=503", {EAGAIN, 0}, 2},
	{"status=504", {EIO, ETIMEDOUT, 0}, 1},
	{"garbage", {EIO, 0}, 2},
	{"html", {EIO, 0}, 2},
	{"empty", {EIO, 0}, 2},
	{"json", {EIO, 0}, 2},
	{"deep", {EIO, 0}, 1},
	{"raw", {EIO, 0}, 1},
	{"redirect=http://127.0.0.1:9/v8/Organizations", {EIO, 0}, 1},
	{"reset-before", {BROKEN}, 3},
	{"reset-after", {BROKEN}, 3},
	{"close", {BROKEN}, 3},
	{"truncate", {BROKEN}, 3},
	{"truncate-json", {EIO, 0}, 2},
	{"cut=100", {BROKEN}, 2},
	{"cut=5000", {BROKEN}, 2},
	{"short=1", {EIO, 0}, 2},
	{"short=3000", {EIO, 0}, 2},
	{"long=1", {EIO, 0}, 2},
	{"nullresults", {EIO, 0}, 1},
	{"endless", {EIO, 0}, 1},
	{"delay=40", {0}, 3},
	{"delay-before=40", {0}, 2},
	{"delay=400", {0}, 1},
	{"delay=2500", {SILENT}, 1},
	{"hang", {SILENT}, 1},
	{"stall=200", {SILENT}, 1},
	{"break=20", {BROKEN}, 1},
};

static size_t weighted(struct run *r, size_t n, const void *rows, size_t row, size_t weight)
{
	unsigned sum = 0, at;
	size_t i;

	for (i = 0; i < n; i++)
		sum += *(const unsigned *)(const void *)((const char *)rows + i * row + weight);
	at = draw(r, sum);
	for (i = 0;; i++) {
		unsigned w =
			*(const unsigned *)(const void *)((const char *)rows + i * row + weight);
		if (at < w)
			return i;
		at -= w;
	}
}
#define WEIGHTED(r, rows)                                                                          \
	weighted(r, sizeof(rows) / sizeof(*(rows)), rows, sizeof(*(rows)),                         \
		 offsetof(__typeof__(*(rows)), weight))

static void lay(struct run *r, const char *specs)
{
	json_decref(sim_control(r, "POST", "/_sim/fault", specs));
}

static bool is_undetected(const char *action)
{
	return strncmp(action, "short", 5) == 0 || strncmp(action, "long", 4) == 0 ||
	       strcmp(action, "truncate-json") == 0;
}

/* One more fault, most often for a few requests only. */
void sim_fault(struct run *r)
{
	size_t t = WEIGHTED(r, targets), a = WEIGHTED(r, actions);
	unsigned count = draw(r, 4) ? 1 + draw(r, 3) : 0, skip = draw(r, 4) ? 0 : draw(r, 3);
	char more[64] = "";
	const char *what = targets[t].what;

	/* what has another length than it ought to can only be told where that is known */
	if ((targets[t].scopes & OF_SAVES) && is_undetected(actions[a].action))
		what = "POST:*/documents/*";
	if (count)
		snprintf(more, sizeof(more), ",count=%u", count);
	if (skip)
		snprintf(more + strlen(more), sizeof(more) - strlen(more), ",skip=%u", skip);
	/* a sign-in that is refused is not tried again for half a minute */
	bool refused =
		(targets[t].scopes & OF_TOKEN) && (strncmp(actions[a].action, "status=4", 8) == 0);
	if (refused && r->seconds < 60)
		return;
	if (r->nfaults == FAULTS_MAX) {
		memmove(r->faults, r->faults + FAULTS_MAX / 2,
			sizeof(*r->faults) * (FAULTS_MAX / 2));
		r->nfaults = FAULTS_MAX / 2;
	}
	struct fault_spec *f = &r->faults[r->nfaults++];
	/* whose sign-in was revoked is told so by the next POST */
	bool revokes = strcmp(actions[a].action, "unauthorized-revoke") == 0;
	*f = (struct fault_spec){
		.scopes = revokes ? OF_ALL : targets[t].scopes,
		.errors = actions[a].errors,
		.from = now(),
		.until = NO_END,
		.sign_in = refused,
		.missing = strncmp(actions[a].action, "status=404", 10) == 0,
		.members_gone = strcmp(actions[a].action, "status=404") == 0 &&
				(targets[t].scopes & OF_SESSIONS) &&
				strcmp(targets[t].what, "GET:*/restoresessions") != 0,
	};
	snprintf(f->spec, sizeof(f->spec), "%s:%s%s", what, actions[a].action, more);
	/* whoever meets it: what a session is only known by because it was started here is
	 * forgotten */
	for (size_t i = 0; f->members_gone && i < r->sessions.n; i++)
		r->sessions.all[i]->was_lost = true;
	note(r, "fault %s", f->spec);
	lay(r, f->spec);
}

void sim_calm(struct run *r)
{
	bool any = false;

	for (size_t i = 0; i < r->nfaults; i++)
		if (r->faults[i].until == NO_END) {
			r->faults[i].until = now();
			any = true;
		}
	if (any)
		note(r, "no fault");
	json_decref(sim_control(r, "DELETE", "/_sim/fault", NULL));
}

static bool overlaps(const struct run *r, const struct fault_spec *f, double from, double until)
{
	double grace = f->sign_in ? GRACE_SIGN_IN : GRACE;

	if (f->until <= r->calm && from >= r->calm)
		return false;
	return f->from <= until && f->until + grace >= from;
}

/* read(2) and write(2) say EBUSY for EAGAIN. */
static bool stands_for(const struct fault_spec *f, int error, bool bytes)
{
	for (const int *e = f->errors; *e; e++)
		if ((*e == EAGAIN && bytes ? EBUSY : *e) == error)
			return true;
	return false;
}

bool sim_accounts(const struct run *r, unsigned scopes, int error, bool bytes, double from,
		  double until)
{
	for (size_t i = 0; i < r->nfaults; i++) {
		const struct fault_spec *f = &r->faults[i];
		if (!overlaps(r, f, from, until))
			continue;
		if ((f->scopes & (scopes | OF_TOKEN)) && stands_for(f, error, bytes))
			return true;
		/* a server that is taken for gone is gone for everything */
		if (error == EHOSTUNREACH && stands_for(f, EHOSTUNREACH, bytes))
			return true;
	}
	return false;
}

bool sim_keeps_mum(const struct run *r, double from)
{
	for (size_t i = 0; i < r->nfaults; i++)
		if (strstr(r->faults[i].spec, ":empty") && (r->faults[i].scopes & OF_STOP) &&
		    overlaps(r, &r->faults[i], from, now()))
			return true;
	return false;
}

bool sim_misses(const struct run *r, double from, double until)
{
	for (size_t i = 0; i < r->nfaults; i++)
		if (r->faults[i].missing &&
		    (r->faults[i].scopes & (OF_EXPLORE | OF_STOP | OF_SESSIONS)) &&
		    overlaps(r, &r->faults[i], from, until))
			return true;
	return false;
}

bool sim_loses(const struct run *r, double from, double until)
{
	for (size_t i = 0; i < r->nfaults; i++) {
		const struct fault_spec *f = &r->faults[i];
		double end =
			f->until <= r->calm ? r->calm + NEGATIVE : f->until + GRACE + STALE_SESSION;
		if (f->members_gone && f->from <= until && from <= end)
			return true;
	}
	return false;
}

bool sim_fails(const struct run *r, unsigned scopes, double from, double until)
{
	for (size_t i = 0; i < r->nfaults; i++)
		if ((r->faults[i].scopes & (scopes | OF_TOKEN)) &&
		    overlaps(r, &r->faults[i], from, until))
			return true;
	return false;
}

/* ---- the journal ------------------------------------------------------------------- */

/* "/vN/" and what follows it. */
static const char *below_version(const char *path)
{
	const char *at = path[0] == '/' && path[1] == 'v' ? path + 2 : "";

	while (isdigit((unsigned char)*at))
		at++;
	return *at == '/' ? at + 1 : "";
}

static void count_line(struct run *r, const char *line)
{
	char method[16], path[1024];

	if (sscanf(line, "%*u %15s %1023s", method, path) != 2 || strcmp(method, "POST") != 0)
		return;
	const char *at = below_version(path), *last = strrchr(path, '/');
	unsigned slashes = 0;
	for (const char *c = at; *c; c++)
		slashes += *c == '/';
	if (strncasecmp(at, "organizations/", 14) == 0)
		r->explores++;
	else if (strncasecmp(at, "restoresessions/", 16) == 0 && slashes == 2 &&
		 (strcasecmp(last, "/stop") == 0 || strcasecmp(last, "/action") == 0))
		r->stops++;
}

void sim_count(struct run *r)
{
	int fd = open(r->journal, O_RDONLY | O_CLOEXEC);
	char block[65536], *line = block, *end;

	if (fd < 0)
		fail(r, "cannot read %s", r->journal);
	ssize_t n = pread(fd, block, sizeof(block) - 1, (off_t)r->journal_read);
	close(fd);
	if (n <= 0)
		return;
	block[n] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		count_line(r, line);
		line = end + 1;
	}
	r->journal_read += (size_t)(line - block);
	if (line != block)
		sim_count(r);
}

void sim_begin(struct run *r)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
	r->curl = need(curl_easy_init());
}

void sim_end(struct run *r)
{
	free(r->token);
	curl_easy_cleanup(r->curl);
	curl_global_cleanup();
}
