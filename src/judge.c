/* What the server's answer says: errno, text, errorCode. */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "api_private.h"

static void copy_text(char *out, size_t size, json_t *value)
{
	const char *text = json_string_value(value);
	if (text)
		fault_escape(out, size, text, strlen(text));
}

void api_judge_text(const struct buf *body, char *text, size_t size, char *code, size_t code_size)
{
	json_t *answer = json_loadb(body->data ? body->data : "", body->len, 0, NULL);

	text[0] = code[0] = '\0';
	copy_text(text, size, json_object_get(answer, "message"));
	copy_text(code, code_size, json_object_get(answer, "errorCode"));
	if (!text[0]) {
		copy_text(text, size, json_object_get(answer, "error_description"));
		if (!text[0])
			copy_text(text, size, json_object_get(answer, "error"));
	}
	json_decref(answer);
}

static int errno_of_code(const char *code)
{
	static const struct {
		const char *code;
		int err;
	} table[] = {
		{ "ProxyOffline", EHOSTDOWN },        { "ResourceAccessDenied", EACCES },
		{ "ResourceNotFound", ENOENT },       { "ParameterValidationFailure", EINVAL },
		{ "OrganizationTransfer", EBUSY },    { "OperationConflict", EBUSY },
		{ "Timeout", ETIMEDOUT },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcasecmp(table[i].code, code) == 0)
			return table[i].err;
	return 0;
}

static int errno_of_status(long status, bool writes)
{
	switch (status) {
	case 400:
		return EINVAL;
	case 401:
	case 403:
		return EACCES;
	case 404:
		return ENOENT;
	case 408:
		return ETIMEDOUT;
	case 409:
		return EBUSY;
	case 429:
	case 503:
		return writes ? EBUSY : EAGAIN;
	default:
		return EIO;
	}
}

static void judge_failure(const struct api_call *call, const struct http_result *r,
			  struct api_answer *a)
{
	char text[FAULT_TEXT_MAX / 2];
	int err;

	api_judge_text(r->body, text, sizeof(text), a->code, sizeof(a->code));
	err = errno_of_code(a->code);
	if (!err)
		err = errno_of_status(r->status, call_writes(call));
	if (r->status >= 300 && r->status < 400)
		fault_set(&a->fault, EIO, "the server redirects elsewhere (status %ld), which is not "
			  "followed: mount the address it means", r->status);
	else if (r->status == 401 && call->post)
		fault_set(&a->fault, err, "the server no longer knew the sign-in (401) and did nothing; "
			  "there is a new one for the next try%s%s", text[0] ? ": " : "", text);
	else
		fault_set(&a->fault, err, "the server answered %ld%s%s%s%s", r->status,
			  a->code[0] ? " " : "", a->code, text[0] ? ": " : "", text);
}

void api_judge(const struct api_call *call, const struct http_result *r, struct api_answer *a)
{
	if (r->status < 200 || r->status > 299)
		judge_failure(call, r, a);
	else if (call->sink && !r->sunk)
		fault_set(&a->fault, EIO, "the server answered %ld with '%s' where bytes were expected",
			  r->status, r->content_type);
	else if (!call->sink && r->body->len && r->content_type[0] && !strcasestr(r->content_type, "json"))
		fault_set(&a->fault, EIO, "the server answered with '%s' where JSON was expected",
			  r->content_type);
}
