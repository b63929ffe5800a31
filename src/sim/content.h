/*
 * content: what is in a restore session, listed and shown.
 *
 * Not for searching (find.h) and downloading (save.h).
 */
#ifndef SIM_CONTENT_H
#define SIM_CONTENT_H

#include "pick.h"
#include "request.h"

/* Handlers: see routes.c. */
void content_list(struct request *rq);      /* a collection, or the versions of an object */
void content_get(struct request *rq);       /* one object, or a version of it */
void content_children(struct request *rq);  /* of a channel */
void content_action(struct request *rq);    /* v1-v5: save and search */

/* Answers with a page of what was picked, and frees that. */
void content_answer(struct request *rq, const struct view *view, struct pick *p);

#endif
