/*
 * tokens: the access and refresh tokens that are out.
 *
 * Not for the rules of the token requests (auth.c).  The caller holds the
 * simulator's lock.  Tokens are secrets: they are never printed.
 */
#ifndef SIM_TOKENS_H
#define SIM_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"

#define TOKEN_SIZE 260

struct token {
	struct token *next;
	struct login *login;
	char access[TOKEN_SIZE];
	char refresh[TOKEN_SIZE];
	char antiforgery[48];    /* "": not needed */
	int64_t expires_ms;      /* of instant_clock() */
};

struct tokens {
	struct token *first;     /* newest first */
	size_t count;
};

/* `jwt`: in the looks of v6 and later. */
struct token *tokens_issue(struct tokens *t, struct login *login, bool jwt, bool antiforgery,
	unsigned lifetime);

/* One that has not expired, or NULL. */
struct token *tokens_find(const struct tokens *t, const char *access);
struct token *tokens_find_refresh(const struct tokens *t, const char *refresh);

void tokens_remove(struct tokens *t, struct token *token);
void tokens_clear(struct tokens *t);

#endif
