/*
 * save: downloads of mail, documents and posts.
 */
#ifndef SIM_SAVE_H
#define SIM_SAVE_H

#include <stdbool.h>

#include <jansson.h>

#include "request.h"

/* Handlers: see routes.c. */
void save_object(struct request *rq);   /* v6 and later: .../save */
void save_export(struct request *rq);   /* v6 and later: .../export of a post */
void save_listed(struct request *rq);   /* several at once, which is not simulated: 501 */

/* v1-v5: what the action of a body asks for. */
void save_with(struct request *rq, const char *action, json_t *options);

/* Whether an action with this name downloads something. */
bool save_is_action(const char *name);

/* GET /_sim/content/<id>[?version=N][&offset=N][&length=N]: the true bytes. */
void save_true(struct request *rq, const char *id);

#endif
