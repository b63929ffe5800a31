#include "feed.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <gnutls/gnutls.h>

#include "instant.h"
#include "params.h"

/* The mark makes every token one that has to be percent-encoded: ++//... */
#define MARK "\xfb\xef\xff"
#define MARK_SIZE 3

struct place {
	uint64_t start, place;
};

static void write_token(struct text *t, const struct request *rq, uint64_t place)
{
	struct place p = { rq->sim->feed_start, place };
	unsigned char raw[MARK_SIZE + sizeof(p)];
	gnutls_datum_t data = { raw, sizeof(raw) }, text;

	memcpy(raw, MARK, MARK_SIZE);
	memcpy(raw + MARK_SIZE, &p, sizeof(p));
	if (gnutls_base64_encode2(&data, &text) != 0)
		return;
	text_add_bytes(t, (char *)text.data, text.size);
	gnutls_free(text.data);
}

static bool read_token(char *token, struct place *p)
{
	gnutls_datum_t text = { (unsigned char *)token, (unsigned)strlen(token) }, data;
	bool good;

	if (text.size == 0 || gnutls_base64_decode2(&text, &data) != 0)
		return false;
	good = data.size == MARK_SIZE + sizeof(*p) && memcmp(data.data, MARK, MARK_SIZE) == 0;
	if (good)
		memcpy(p, data.data + MARK_SIZE, sizeof(*p));
	gnutls_free(data.data);
	return good;
}

static bool sees(const struct login *login, const struct change *change)
{
	if (change->login != NULL)
		return change->login == login;
	return login->org == NULL || login->org == change->org;
}

static void write_change(struct text *t, const struct change *change)
{
	static const char *const names[] = { "RestoreSessionUpdate", "RestoreSessionDelete",
		"RestorePointUpdate", "RestorePointDelete", "RestorePointObjectsChange" };

	text_element(t);
	text_add(t, "{");
	text_string(t, "eventType", names[change->kind]);
	text_string(t, "id", change->id);
	if (change->kind == CHANGE_POINT_OBJECTS)
		text_number(t, "objectsEtag", change->etag);
	else if (change->kind == CHANGE_SESSION || change->kind == CHANGE_POINT)
		text_number(t, "eTag", change->etag);
	text_add(t, "}");
}

static void write_link(struct text *t, const struct request *rq, const char *name,
	const char *token)
{
	text_key(t, name);
	text_printf(t, "{\"href\":\"/v%d/Events?from=", rq->version);
	for (; *token != '\0'; token++) {
		if (strchr("+/=", *token) != NULL)
			text_printf(t, "%%%02X", *token);
		else
			text_add_bytes(t, token, 1);
	}
	text_printf(t, "&limit=%zu\"}", rq->hold.limit);
}

/* The changes from hold.place on; returns the place after the last one. */
static uint64_t write_changes(struct text *t, const struct request *rq)
{
	const struct changes *c = &rq->sim->state.changes;
	uint64_t place = rq->hold.place;
	size_t count = 0;

	for (; place < c->next && count < rq->hold.limit; place++) {
		if (!sees(rq->hold.login, changes_at(c, place)))
			continue;
		write_change(t, changes_at(c, place));
		count++;
	}
	return place;
}

static void answer(struct request *rq)
{
	struct text *t = reply_json(&rq->reply, 200);
	struct text results = { 0 }, from = { 0 }, next = { 0 };

	write_token(&from, rq, rq->hold.place);
	text_add(&results, "[");
	write_token(&next, rq, write_changes(&results, rq));
	text_add(t, "{");
	text_string(t, "nextChangeToken", next.data);
	text_number(t, "limit", (long long)rq->hold.limit);
	text_key(t, "results");
	text_add(t, results.data);
	text_add(t, "]");
	text_key(t, "_links");
	text_add(t, "{");
	write_link(t, rq, "self", from.data);
	write_link(t, rq, "next", next.data);
	text_add(t, "}}");
	text_free(&results);
	text_free(&from);
	text_free(&next);
}

static bool anything_new(struct request *rq)
{
	const struct changes *c = &rq->sim->state.changes;
	struct hold *hold = &rq->hold;

	while (hold->place < c->next && !sees(hold->login, changes_at(c, hold->place)))
		hold->place++;
	return hold->place < c->next;
}

void feed_again(struct request *rq)
{
	struct changes *c = &rq->sim->state.changes;
	struct hold *hold = &rq->hold;

	hold->on = false;
	if (hold->place < c->first)
		reply_error(rq, 400, "OutdatedChangeToken", "The change token is outdated.");
	else if (anything_new(rq) || instant_clock() >= hold->until_ms)
		answer(rq);
	else if (changes_wait(c, &hold->waiter))
		hold->on = true;
	else
		reply_error(rq, 503, "HttpError", "The simulator has no descriptors left.");
}

void feed_leave(struct request *rq)
{
	changes_leave(&rq->sim->state.changes, &rq->hold.waiter);
	rq->hold.on = false;
}

/* false: an error was answered. */
static bool ask_place(struct request *rq)
{
	const struct changes *c = &rq->sim->state.changes;
	char *from = request_query(rq, "from");
	struct place p = { 0, 0 };
	bool latest = from != NULL && strcasecmp(from, "latest") == 0;
	bool good = latest || (from != NULL && read_token(from, &p));

	free(from);
	if (!good) {
		reply_bad(rq, "The value of parameter is not valid: from");
		return false;
	}
	rq->hold.place = latest ? c->next : p.place;
	if (latest || (p.start == rq->sim->feed_start && p.place <= c->next))
		return true;
	reply_error(rq, 400, "OutdatedChangeToken", "The change token is outdated.");
	return false;
}

void feed_get(struct request *rq)
{
	const struct options *o = &rq->sim->options;
	size_t limit = o->default_page, seconds = 0;

	if (!params_number(rq, "limit", 1, &limit) ||
	    !params_number(rq, "timeoutSeconds", 0, &seconds) || !ask_place(rq))
		return;
	rq->hold.limit = limit < o->max_page ? limit : o->max_page;
	rq->hold.login = rq->token->login;
	rq->hold.until_ms = instant_clock() + (int64_t)seconds * 1000;
	feed_again(rq);
}
