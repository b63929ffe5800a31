#include "reply.h"

#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "request.h"

void reply_free(struct reply *rp)
{
	while (rp->nheaders > 0)
		free(rp->headers[--rp->nheaders].value);
	text_free(&rp->body);
	rp->made = false;
	rp->made_offset = 0;
}

void reply_empty(struct reply *rp, unsigned status)
{
	reply_free(rp);
	rp->status = status;
	rp->content_type = NULL;
}

struct text *reply_json(struct reply *rp, unsigned status)
{
	reply_empty(rp, status);
	rp->content_type = "application/json; charset=utf-8";
	return &rp->body;
}

void reply_header(struct reply *rp, const char *name, const char *value)
{
	if (rp->nheaders == REPLY_HEADERS_MAX)
		return;
	rp->headers[rp->nheaders].name = name;
	rp->headers[rp->nheaders++].value = alloc_copy(value);
}

void reply_error(struct request *rq, unsigned status, const char *code, const char *message)
{
	struct text *t;

	t = reply_json(&rq->reply, status);
	text_add(t, "{");
	text_string(t, "message", message);
	if (rq->version == 7 && (code == NULL || strcmp(code, "ProxyOffline") != 0)) {
		text_key(t, "errorCode");
		text_add(t, "null");
	} else if (rq->version >= 7 && code != NULL) {
		text_string(t, "errorCode", code);
	}
	text_add(t, "}");
}

void reply_bad(struct request *rq, const char *message)
{
	reply_error(rq, 400, "ParameterValidationFailure", message);
}

void reply_not_found(struct request *rq, const char *message)
{
	reply_error(rq, 404, "ResourceNotFound", message);
}

void reply_oauth(struct request *rq, const char *error, const char *description)
{
	struct text *t = reply_json(&rq->reply, 400);

	text_add(t, "{");
	text_string(t, "error", error);
	text_string(t, "error_description", description);
	text_add(t, "}");
}
