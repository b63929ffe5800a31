/*
 * fake_api: api.h without a network: calls are held until the test answers them.
 *
 * Linked in place of api.c, signin.c and judge.c by whoever names a function of
 * it.  One answers the calls in the order in which they were begun.
 */
#ifndef FAKE_API_H
#define FAKE_API_H

#include <stdbool.h>
#include <stddef.h>

#include "vbofs/api.h"

struct api *fake_api_new(int version, enum role role);   /* NULL: no memory */

/* The oldest call not answered yet: its path, and whether it is a POST; NULL: there is none. */
const char *fake_api_pending(const struct api *api, bool *post);

/*
 * Answer that call.  A status of 2xx succeeds; a body that is JSON by its first
 * character is collected, any other goes to the call's sink, if it has one.
 */
void fake_api_answer(struct api *api, long status, const char *body, size_t len);

/* Answer it with a fault of the transport; `sent`: some of it may have left. */
void fake_api_break(struct api *api, int err, bool sent);

#endif
