#include "seed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "alloc.h"
#include "instant.h"
#include "keep.h"
#include "text.h"

#define FIRST_ID "380d7caf-6294-4a33-b50a-b8aeb13af58c"
#define HOUR (3600 * INSTANT_SECOND)

static int64_t at(const char *text)
{
	int64_t instant = 0;

	instant_parse(text, 0, &instant);
	return instant;
}

static void add_default_org(struct state *s, size_t index)
{
	enum org_type type = (enum org_type)random_below(&s->random, 3);
	char name[64];

	snprintf(name, sizeof(name), type == ORG_ONPREMISES ? "corp-%04zu.example.com" :
		"northwind-%04zu.onmicrosoft.com", index + 1);
	state_add_org(s, NULL, name, type);
}

/* One in nine was never backed up. */
static void set_times(struct state *s, struct org *org)
{
	if (random_below(&s->random, 9) == 0)
		return;
	org->first = at("2017-06-01T00:00:00Z") +
		(int64_t)random_below(&s->random, (uint64_t)(7 * 365 * 24 * HOUR));
	org->last = at("2026-11-15T00:00:00Z") +
		(int64_t)random_below(&s->random, (uint64_t)(5 * 24 * HOUR));
}

static bool bad_name(const struct options *o, size_t line, const char *why)
{
	fprintf(stderr, "vbosim: --names '%s': line %zu: %s\n", o->names, line, why);
	return false;
}

static bool read_names(struct sim *sim, FILE *file)
{
	struct options *o = &sim->options;
	char *line = NULL;
	size_t room = 0, n = 0;
	json_t *value;
	bool good = true;

	while (good && getline(&line, &room, file) != -1 &&
	    (!o->orgs_given || sim->state.norgs < o->orgs)) {
		n++;
		value = json_loads(line, JSON_DECODE_ANY, NULL);
		good = json_is_string(value) || bad_name(o, n, "must be a JSON string");
		if (good)
			state_add_org(&sim->state, NULL, json_string_value(value),
				(enum org_type)((n - 1) % 3));
		json_decref(value);
	}
	free(line);
	if (!o->orgs_given)
		o->orgs = sim->state.norgs;
	return good;
}

static bool add_names(struct sim *sim)
{
	FILE *file;
	bool good;

	if (sim->options.names == NULL)
		return true;
	file = fopen(sim->options.names, "re");
	if (file == NULL) {
		fprintf(stderr, "vbosim: --names '%s': %s\n", sim->options.names,
			strerror(errno));
		return false;
	}
	good = read_names(sim, file);
	fclose(file);
	return good;
}

static bool add_orgs(struct sim *sim)
{
	struct state *s = &sim->state;
	struct org *org = state_add_org(s, FIRST_ID, "contoso.onmicrosoft.com", ORG_OFFICE365);
	size_t i;

	org->first = at("2017-05-14T09:17:45.8491057Z");
	org->last = at("2026-11-20T02:00:03.453Z");
	if (!add_names(sim))
		return false;
	if (s->norgs == 1 && sim->options.orgs > 1)
		state_add_org(s, NULL, "fabrikam.onmicrosoft.com", ORG_OFFICE365);
	while (s->norgs < sim->options.orgs)
		add_default_org(s, s->norgs);
	/* The second one was never backed up. */
	for (i = 2; i < s->norgs; i++)
		set_times(s, s->orgs[i]);
	return true;
}

static const struct org *pick_org(struct state *s, int64_t created)
{
	const struct org *org = s->orgs[random_below(&s->random, s->norgs)];

	return org->first == INSTANT_NONE || org->first > created ? s->orgs[0] : org;
}

static void pick_kind(struct state *s, struct session *session)
{
	uint64_t kind = random_below(&s->random, 100), result = random_below(&s->random, 100);

	session->type = kind < 55 ? SESSION_VEX : kind < 75 ? SESSION_VEOD :
		kind < 90 ? SESSION_VESP : SESSION_VET;
	session->result = result < 90 ? RESULT_SUCCESS : result < 97 ? RESULT_WARNING :
		RESULT_FAILED;
}

static void add_session(struct state *s, int64_t created, bool working)
{
	struct session *session = alloc_zero(1, sizeof(*session));
	uint64_t hours = 1 + random_below(&s->random, 30 * 24);

	session->org = pick_org(s, created);
	pick_kind(s, session);
	session->created = created;
	session->point = created / INSTANT_SECOND * INSTANT_SECOND - (int64_t)hours * HOUR;
	session->before_first = session->point < session->org->first;
	session->after_last = session->point > session->org->last;
	session->ended = created + 60 * INSTANT_SECOND +
		(int64_t)random_below(&s->random, (uint64_t)(3 * HOUR));
	if (working) {
		session->working = true;
		session->ended = INSTANT_NONE;
		session->result = RESULT_SUCCESS;
	}
	state_add_session(s, &s->admin, session);
}

/* Spread evenly over the years, one in each slice; the newest ones still run. */
static void add_sessions(struct sim *sim)
{
	struct state *s = &sim->state;
	size_t n = sim->options.sessions, working = sim->options.working, i;
	int64_t start = at("2021-01-04T07:00:00Z");
	int64_t slice = (at("2026-11-20T07:00:00Z") - start) / (int64_t)(n ? n : 1);

	if (working == OPTIONS_WORKING_DEFAULT)
		working = n / 10 < 3 ? n / 10 : 3;
	for (i = 0; i < n; i++)
		add_session(s, start + (int64_t)i * slice +
			(int64_t)random_below(&s->random, (uint64_t)slice), i + working >= n);
}

/* The same seed gives the same logins: started again, it is the same server. */
static char *make_password(struct random *r)
{
	char *password = alloc_zero(UUID_SIZE, 1);

	random_uuid(r, password);
	return password;
}

static void add_logins(struct state *s)
{
	struct random r = { s->random.state ^ 0x6c6f67696e73ULL };

	s->admin.username = alloc_copy("administrator");
	s->tenant.username = alloc_copy(s->orgs[0]->account);
	s->tenant.org = s->orgs[0];
	s->admin.password = make_password(&r);
	s->tenant.password = make_password(&r);
}

bool seed_fill(struct sim *sim)
{
	state_init(&sim->state, sim->options.seed, sim->options.feed_history);
	random_uuid(&sim->state.random, sim->installation);
	if (!add_orgs(sim))
		return false;
	add_logins(&sim->state);
	add_sessions(sim);
	if (sim->options.keep != NULL && !keep_open(&sim->state, sim->options.keep)) {
		fprintf(stderr, "vbosim: --keep '%s': %s\n", sim->options.keep, strerror(errno));
		return false;
	}
	changes_forget(&sim->state.changes);
	if (getentropy(&sim->feed_start, sizeof(sim->feed_start)) == 0)
		return true;
	perror("vbosim: no random numbers");
	return false;
}
