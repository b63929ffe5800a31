#include "tokens.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "instant.h"

#define TOKENS_MAX 20000

static void make_opaque(char out[TOKEN_SIZE])
{
	strcpy(out, "AQAAANCMnd8BFdERjHoAwE_");
	random_secret(out + strlen(out), 200);
}

/* Three parts with dots; only the first is what it seems to be. */
static void make_jwt(char out[TOKEN_SIZE])
{
	char payload[121], signature[44];

	random_secret(payload, sizeof(payload) - 1);
	random_secret(signature, sizeof(signature) - 1);
	snprintf(out, TOKEN_SIZE, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ%s.%s", payload,
		signature);
}

static void drop_oldest(struct tokens *t)
{
	struct token **at = &t->first;

	while ((*at)->next != NULL)
		at = &(*at)->next;
	free(*at);
	*at = NULL;
	t->count--;
}

struct token *tokens_issue(struct tokens *t, struct login *login, bool jwt, bool antiforgery,
	unsigned lifetime)
{
	struct token *token = alloc_zero(1, sizeof(*token));

	if (t->count >= TOKENS_MAX)
		drop_oldest(t);
	(jwt ? make_jwt : make_opaque)(token->access);
	make_opaque(token->refresh);
	if (antiforgery)
		random_secret(token->antiforgery, sizeof(token->antiforgery) - 1);
	token->login = login;
	token->expires_ms = instant_clock() + (int64_t)lifetime * 1000;
	token->next = t->first;
	t->first = token;
	t->count++;
	return token;
}

struct token *tokens_find(const struct tokens *t, const char *access)
{
	struct token *token;

	for (token = t->first; token != NULL; token = token->next)
		if (strcmp(token->access, access) == 0)
			return token->expires_ms > instant_clock() ? token : NULL;
	return NULL;
}

struct token *tokens_find_refresh(const struct tokens *t, const char *refresh)
{
	struct token *token;

	/* An empty one has been used. */
	for (token = t->first; token != NULL; token = token->next)
		if (*refresh != '\0' && strcmp(token->refresh, refresh) == 0)
			return token;
	return NULL;
}

void tokens_remove(struct tokens *t, struct token *token)
{
	struct token **at = &t->first;

	while (*at != token)
		at = &(*at)->next;
	*at = token->next;
	free(token);
	t->count--;
}

void tokens_clear(struct tokens *t)
{
	while (t->first != NULL)
		tokens_remove(t, t->first);
}
