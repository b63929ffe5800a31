#include "auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"
#include "input.h"
#include "instant.h"

/* The fields of a token request, from a form or a JSON object. */
struct fields {
	const struct request *rq;
	json_t *object;          /* NULL: a form */
};

static char *field(const struct fields *f, const char *key)
{
	json_t *value;

	if (f->object == NULL)
		return f->rq->body.len == 0 ? NULL :
			input_form(f->rq->body.data, f->rq->body.len, key);
	value = input_get(f->object, key);
	if (json_is_boolean(value))
		return alloc_copy(json_is_true(value) ? "true" : "false");
	return json_is_string(value) ? alloc_copy(json_string_value(value)) : NULL;
}

static bool antiforgery_ok(const struct request *rq, const struct token *token)
{
	const char *given = request_header(rq, AUTH_HEADER);

	if (token->antiforgery[0] == '\0')
		return true;
	return given != NULL && strcmp(given, token->antiforgery) == 0;
}

bool auth_check(struct request *rq)
{
	const char *given = request_header(rq, "Authorization");

	if (given != NULL && strncasecmp(given, "Bearer ", 7) == 0)
		rq->token = tokens_find(&rq->sim->tokens, given + 7);
	if (rq->token != NULL && antiforgery_ok(rq, rq->token))
		return true;
	reply_empty(&rq->reply, 401);
	return false;
}

static void answer_token(struct request *rq, const struct token *token)
{
	unsigned lifetime = rq->sim->options.token_lifetime;
	int64_t now = instant_now() / INSTANT_SECOND * INSTANT_SECOND;
	struct text *t = reply_json(&rq->reply, 200);
	char when[INSTANT_MAX], cookie[128];

	text_add(t, "{");
	text_string(t, "access_token", token->access);
	text_string(t, "token_type", "bearer");
	text_number(t, "expires_in", lifetime);
	text_string(t, "refresh_token", token->refresh);
	text_string(t, "userName", token->login->username);
	text_string(t, ".issued", instant_utc(when, now, false));
	text_string(t, ".expires", instant_utc(when, now + lifetime * INSTANT_SECOND, false));
	text_add(t, "}");
	if (token->antiforgery[0] == '\0')
		return;
	snprintf(cookie, sizeof(cookie), AUTH_COOKIE "=%s; path=/; samesite=strict%s",
		token->antiforgery, rq->sim->options.tls ? "; secure" : "");
	reply_header(&rq->reply, "Set-Cookie", cookie);
}

static struct login *find_login(struct state *s, const char *username, const char *password)
{
	struct login *logins[] = { &s->admin, &s->tenant };
	size_t i;

	for (i = 0; i < 2 && username != NULL && password != NULL; i++)
		if (strcmp(username, logins[i]->username) == 0 &&
		    strcmp(password, logins[i]->password) == 0)
			return logins[i];
	return NULL;
}

/* Wanted from v8 on unless it is refused, in v7 only if it is asked for. */
static bool wants_antiforgery(const struct request *rq, const struct fields *f)
{
	char *text = field(f, "disable_antiforgery_token");
	bool disable = rq->version < 8;

	if (text != NULL && rq->version >= 7 && !input_bool_text(text, &disable))
		disable = rq->version < 8;
	free(text);
	return !disable;
}

static void grant_password(struct request *rq, const struct fields *f)
{
	char *username = field(f, "username"), *password = field(f, "password");
	struct login *login = find_login(&rq->sim->state, username, password);

	if (login == NULL)
		reply_oauth(rq, "invalid_grant", "The user name or password is incorrect.");
	else
		answer_token(rq, tokens_issue(&rq->sim->tokens, login, rq->version >= 6,
			wants_antiforgery(rq, f), rq->sim->options.token_lifetime));
	free(username);
	free(password);
}

static void grant_refresh(struct request *rq, const struct fields *f)
{
	char *text = field(f, "refresh_token");
	struct token *old = text != NULL ? tokens_find_refresh(&rq->sim->tokens, text) : NULL;

	free(text);
	if (old == NULL) {
		reply_oauth(rq, "invalid_grant", "The refresh token is not valid.");
		return;
	}
	if (!antiforgery_ok(rq, old)) {
		reply_empty(&rq->reply, 401);
		return;
	}
	/* The old access token goes on until it expires; the old refresh token is used up. */
	old->refresh[0] = '\0';
	answer_token(rq, tokens_issue(&rq->sim->tokens, old->login, rq->version >= 6,
		old->antiforgery[0] != '\0', rq->sim->options.token_lifetime));
}

static bool is_json(const struct request *rq)
{
	const char *type = request_header(rq, "Content-Type");

	return rq->version >= 6 && type != NULL && strcasestr(type, "json") != NULL;
}

void auth_token(struct request *rq)
{
	struct fields f = { rq, NULL };
	char *grant;

	if (is_json(rq)) {
		f.object = input_object(rq->body.len ? rq->body.data : "", rq->body.len);
		if (f.object == NULL) {
			reply_oauth(rq, "invalid_request", "The body is not a JSON object.");
			return;
		}
	}
	grant = field(&f, "grant_type");
	if (grant != NULL && strcmp(grant, "password") == 0)
		grant_password(rq, &f);
	else if (grant != NULL && strcmp(grant, "refresh_token") == 0)
		grant_refresh(rq, &f);
	else
		reply_oauth(rq, "unsupported_grant_type", "The grant type is not supported.");
	free(grant);
	json_decref(f.object);
}

void auth_logout(struct request *rq)
{
	tokens_remove(&rq->sim->tokens, rq->token);
	rq->token = NULL;
	reply_empty(&rq->reply, rq->version == 7 ? 200 : 204);
}

void auth_code(struct request *rq)
{
	struct text *t = reply_json(&rq->reply, 200);
	char code[44];

	random_secret(code, sizeof(code) - 1);
	text_add(t, "{");
	text_string(t, "authCode", code);
	text_add(t, "}");
}
