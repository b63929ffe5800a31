#include "fault_reply.h"

#include <string.h>
#include <strings.h>

#include "routes.h"

#define DEPTH 100000

static const char *default_code(unsigned long status)
{
	switch (status) {
	case 400: return "ParameterValidationFailure";
	case 403: return "ResourceAccessDenied";
	case 404: return "ResourceNotFound";
	case 408:
	case 504: return "Timeout";
	case 409: return "OperationConflict";
	default: return "HttpError";
	}
}

static bool is_token(const struct request *rq)
{
	return rq->nsegments == 2 && strcasecmp(rq->segments[1], "token") == 0;
}

static void reply_status(struct request *rq)
{
	const struct fault *f = rq->fault;
	unsigned status = (unsigned)f->number;
	const char *message = f->message != NULL ? f->message : "The server reports a fault.";
	struct text *t;

	if (status == 204 || status == 304 ||
	    (status == 401 && f->message == NULL && f->error_code == NULL)) {
		reply_empty(&rq->reply, status);
	} else if (status == 400 && is_token(rq)) {
		reply_oauth(rq, f->error_code != NULL ? f->error_code : "invalid_grant", message);
	} else if (f->error_code != NULL && rq->version >= 7) {
		/* What was asked for is answered, known to the version or not. */
		t = reply_json(&rq->reply, status);
		text_add(t, "{");
		text_string(t, "message", message);
		text_string(t, "errorCode", f->error_code);
		text_add(t, "}");
	} else {
		reply_error(rq, status, default_code(status), message);
	}
}

static void reply_body(struct request *rq, const char *type, const char *body)
{
	text_add(reply_json(&rq->reply, 200), body);
	rq->reply.content_type = type;
}

static void reply_deep(struct request *rq)
{
	struct text *t = reply_json(&rq->reply, 200);
	size_t i;

	for (i = 0; i < DEPTH; i++)
		text_add(t, "[");
	for (i = 0; i < DEPTH; i++)
		text_add(t, "]");
}

/* What a save may bring in place of bytes, by its status a success. */
static void reply_json_fault(struct request *rq)
{
	struct text *t = reply_json(&rq->reply, 200);

	text_add(t, "{");
	text_string(t, "message", rq->fault->message != NULL ? rq->fault->message :
		"The server reports a fault.");
	text_add(t, "}");
}

static bool reply_with(struct request *rq)
{
	switch (rq->fault->action) {
	case FAULT_STATUS:
		reply_status(rq);
		return true;
	case FAULT_GARBAGE:
		reply_body(rq, "application/json; charset=utf-8", "\x02 %%{]\xff\xfe no JSON \"");
		return true;
	case FAULT_HTML:
		reply_body(rq, "text/html; charset=utf-8",
			"<!DOCTYPE html><html><body><h1>It works!</h1></body></html>\n");
		return true;
	case FAULT_EMPTY:
		reply_body(rq, "application/json; charset=utf-8", "");
		return true;
	case FAULT_REDIRECT:
		reply_empty(&rq->reply, 302);
		reply_header(&rq->reply, "Location", rq->fault->url);
		return true;
	case FAULT_UNAUTHORIZED_REVOKE:
		tokens_clear(&rq->sim->tokens);
		reply_empty(&rq->reply, 401);
		return true;
	case FAULT_DEEP:
		reply_deep(rq);
		return true;
	case FAULT_JSON:
		reply_json_fault(rq);
		return true;
	default:
		return false;
	}
}

bool fault_reply(struct request *rq)
{
	if (rq->fault == NULL)
		return false;
	rq->version = routes_version(rq);
	if (!reply_with(rq))
		return false;
	if (rq->fault->retry_after != NULL)
		reply_header(&rq->reply, "Retry-After", rq->fault->retry_after);
	if (rq->fault->location != NULL)
		reply_header(&rq->reply, "Location", rq->fault->location);
	return true;
}
