/*
 * The token: asked for when a call needs it and none is valid, so that an idle
 * mount asks nothing.  One request at a time; a refresh that is refused falls
 * back to the password once; a password that is refused is not tried again for
 * a while, so that a changed password does not lock the account.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "api_private.h"

#define HOLD_MS (30 * 1000)
#define MARGIN_MAX_S 60            /* get the next token that long before expiry ... */
#define MARGIN_PART 5              /* ... but not before 4/5 of its life */
#define LIFETIME_UNKNOWN_S 3600

static void signin_start(struct api *api, bool refresh);

static void token_forget(char **token)
{
	if (*token) {
		explicit_bzero(*token, strlen(*token));
		free(*token);
		*token = NULL;
	}
}

void signin_release(struct api *api)
{
	if (api->signin)
		http_cancel(api->signin);
	api->signin = NULL;
	token_forget(&api->access);
	token_forget(&api->refresh);
}

bool signin_valid(const struct api *api)
{
	return api->access && timer_now() < api->token_until;
}

const char *signin_bearer(struct api *api, uint64_t *serial, struct fault *f)
{
	if (signin_valid(api)) {
		*serial = api->token_serial;
		return api->access;
	}
	if (timer_now() < api->hold_until) {
		*f = api->hold_fault;
		return NULL;
	}
	if (!api->signin)
		signin_start(api, api->refresh != NULL);
	if (!api->signin)
		fault_set(f, ENOMEM, "no memory for the sign-in");
	return NULL;
}

void signin_token_refused(struct api *api, uint64_t serial)
{
	if (serial == api->token_serial)
		token_forget(&api->access);
}

/* ---- the answer ---------------------------------------------------------------- */

/* A token goes into a header: printable ASCII without blanks, or nothing. */
static char *take_token(json_t *answer, const char *key)
{
	const char *text = json_string_value(json_object_get(answer, key));

	if (!text || !*text || strlen(text) > API_TOKEN_MAX)
		return NULL;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~')
			return NULL;
	return strdup(text);
}

static uint64_t usable_ms(json_t *answer)
{
	json_t *value = json_object_get(answer, "expires_in");
	json_int_t seconds = json_is_integer(value) ? json_integer_value(value) : LIFETIME_UNKNOWN_S;

	if (seconds < 1)
		seconds = 1;
	if (seconds > 365 * 86400)
		seconds = 365 * 86400;
	json_int_t margin_ms = seconds * 1000 / MARGIN_PART;
	if (margin_ms > MARGIN_MAX_S * 1000)
		margin_ms = MARGIN_MAX_S * 1000;
	return (uint64_t)(seconds * 1000 - margin_ms);
}

static bool token_take(struct api *api, const struct buf *body)
{
	json_t *answer = json_loadb(body->data ? body->data : "", body->len, 0, NULL);
	char *access = take_token(answer, "access_token");

	if (!access) {
		json_decref(answer);
		return false;
	}
	token_forget(&api->access);
	token_forget(&api->refresh);
	api->access = access;
	api->refresh = take_token(answer, "refresh_token");
	api->token_serial++;
	api->token_until = timer_now() + usable_ms(answer);
	json_decref(answer);
	return true;
}

/* The server said no; 400 invalid_grant, 401, 403 mean the login itself. */
static void signin_refused(struct api *api, const struct http_result *r)
{
	char text[256], code[64];
	struct fault f;

	api_judge_text(r->body, text, sizeof(text), code, sizeof(code));
	if (r->status == 400 || r->status == 401 || r->status == 403)
		fault_set(&f, EACCES, "sign-in as '%s' refused (%s): check the credentials",
			  api->cred.username, text[0] ? text : "no reason given");
	else if (r->status == 404)
		fault_set(&f, EPROTONOSUPPORT, "sign-in failed: the server does not serve API %s",
			  api->profile->name);
	else
		fault_set(&f, r->status == 503 || r->status == 429 ? EAGAIN : EIO,
			  "sign-in failed: status %ld%s%s", r->status, text[0] ? ": " : "", text);
	if (f.err == EACCES) {
		api->hold_until = timer_now() + HOLD_MS;
		api->hold_fault = f;
	}
	api_signed_in(api, &f, f.err == EAGAIN);
}

static void on_token(void *user, struct http_result *r)
{
	struct api *api = user;
	bool refreshing = api->refreshing;

	api->signin = NULL;
	if (r->fault.err) {
		struct fault f;
		api_circuit_failed(api, &r->fault);
		fault_set(&f, r->fault.err, "sign-in: %s", r->fault.text);
		api_signed_in(api, &f, true);
		return;
	}
	api_note_date(api, r);
	api_circuit_answered(api);
	if (r->status == 200 && token_take(api, r->body)) {
		explicit_bzero(r->body->data, r->body->len);
		log_printf(api->log, LOG_LEVEL_DEBUG, "signed in%s", refreshing ? " (refresh)" : "");
		api_signed_in(api, NULL, false);
		return;
	}
	if (refreshing) {
		token_forget(&api->refresh);
		signin_start(api, false);
		if (api->signin)
			return;
	}
	if (r->status == 200) {
		struct fault f;
		fault_set(&f, EIO, "sign-in failed: the answer holds no usable token");
		api_signed_in(api, &f, false);
		return;
	}
	signin_refused(api, r);
}

/* ---- the request ------------------------------------------------------------------ */

static void form_add(struct buf *b, const char *key, const char *value)
{
	buf_printf(b, "%s%s=", b->len ? "&" : "", key);
	buf_addpercent(b, value);
}

static void signin_start(struct api *api, bool refresh)
{
	struct buf body;

	buf_init(&body, 2 * API_TOKEN_MAX);
	/* one allocation, so that growing leaves no copies of the secret behind */
	for (size_t i = 0; i < 8192; i++)
		buf_addch(&body, '=');
	buf_reset(&body);
	form_add(&body, "grant_type", refresh ? "refresh_token" : "password");
	if (refresh) {
		form_add(&body, "refresh_token", api->refresh);
	} else {
		form_add(&body, "username", api->cred.username);
		form_add(&body, "password", api->cred.password);
	}
	if (api->profile->caps & CAP_ANTIFORGERY)
		form_add(&body, "disable_antiforgery_token", "true");
	if (!buf_error(&body)) {
		struct http_request r = {
			.method = "POST", .path = api->profile->token,
			.content_type = "application/x-www-form-urlencoded",
			.body = body.data, .body_len = body.len, .max_body = API_TOKEN_BODY_MAX,
			.total = API_TOTAL_FACTOR * api->timeout,
		};
		api->refreshing = refresh;
		api->signin = http_start(api->http, &r, on_token, api, NULL);
		api->counters.sign_ins++;
	}
	buf_wipe(&body);
}
