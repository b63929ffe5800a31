/*
 * query: the language of searches, and which objects a query matches.
 *
 * Words and key:value, all of which must be there; vbosim.1 has the keys.  The
 * documentation of the API names those of the vendor, not how they are read.
 * Not for saying where is searched (find.h).
 */
#ifndef SIM_QUERY_H
#define SIM_QUERY_H

#include <stdbool.h>
#include <stddef.h>

#include "tree.h"

#define QUERY_TERMS_MAX 32

struct query {
	size_t count;
	struct {
		size_t key;      /* index into a table of query.c */
		char *text;
	} terms[QUERY_TERMS_MAX];
};

/*
 * Returns 0, or the status to answer with: 400 where the query cannot be read,
 * 501 where the vendor has the key and the simulator does not; then *why
 * (constant) says what is wrong.  query_free() it in any case.
 */
unsigned query_parse(struct query *q, const char *text, const char **why);
void query_free(struct query *q);

bool query_matches(const struct query *q, const struct tree *tree, const struct node *node);

#endif
