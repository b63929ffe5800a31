#include "spoil.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Writes control characters as they are, which no JSON may hold. */
static void unescape(struct text *body)
{
	static const char letters[] = "nrtbf", meant[] = "\n\r\t\b\f";
	const char *from = body->data, *end = from + body->len, *letter;
	char *to = body->data;
	unsigned code;

	while (from < end) {
		if (*from != '\\') {
			*to++ = *from++;
		} else if (from[1] == 'u' && sscanf(from + 2, "%4x", &code) == 1 && code < 0x20) {
			*to++ = (char)code;
			from += 6;
		} else if ((letter = strchr(letters, from[1])) != NULL) {
			*to++ = meant[letter - letters];
			from += 2;
		} else {
			*to++ = *from++;
			*to++ = *from++;
		}
	}
	body->len = (size_t)(to - body->data);
}

/* ---- other values -------------------------------------------------------------------- */

static void write_value(struct text *t, json_t *v, enum fault_action action);

static void write_scalar(struct text *t, json_t *v)
{
	char *text = json_dumps(v, JSON_ENCODE_ANY);

	text_add(t, text != NULL ? text : "null");
	free(text);
}

/* Not what it is: a number for a string, a string for a number. */
static void write_other(struct text *t, json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_STRING: text_add(t, "7"); break;
	case JSON_INTEGER:
	case JSON_REAL: text_add(t, "\"many\""); break;
	case JSON_TRUE:
	case JSON_FALSE: text_add(t, "[]"); break;
	default: text_add(t, "false"); break;
	}
}

/* Names that people read; what programs go by stays. */
static bool is_title(const char *key)
{
	static const char *const titles[] = { "name", "title", "displayName", "subject", "details" };

	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++)
		if (strcasecmp(key, titles[i]) == 0)
			return true;
	return false;
}

static void write_member(struct text *t, const char *key, json_t *v,
	enum fault_action action)
{
	if (action == FAULT_DUPLICATE) {
		text_key(t, key);
		write_other(t, v);
	}
	text_key(t, key);
	write_value(t, v, action);
	if (action == FAULT_UTF8 && is_title(key) && json_is_string(v)) {
		t->data[t->len - 1] = (char)0xff;   /* in place of the quote */
		text_add(t, "\"");
	}
}

static void write_object(struct text *t, json_t *v, enum fault_action action)
{
	const char *key;
	json_t *member;

	text_add(t, "{");
	json_object_foreach(v, key, member)
		write_member(t, key, member, action);
	text_add(t, "}");
}

static void write_array(struct text *t, json_t *v, enum fault_action action)
{
	size_t i;

	text_add(t, "[");
	for (i = 0; i < json_array_size(v); i++) {
		text_element(t);
		write_value(t, json_array_get(v, i), action);
	}
	text_add(t, "]");
}

/* With wrong types a list is an object that holds its first element. */
static void write_value(struct text *t, json_t *v, enum fault_action action)
{
	if (json_is_object(v)) {
		write_object(t, v, action);
	} else if (json_is_array(v) && action == FAULT_TYPES) {
		text_add(t, "{");
		text_key(t, "0");
		if (json_array_size(v) != 0)
			write_value(t, json_array_get(v, 0), action);
		else
			text_add(t, "0");
		text_add(t, "}");
	} else if (json_is_array(v)) {
		write_array(t, v, action);
	} else if (action == FAULT_TYPES) {
		write_other(t, v);
	} else {
		write_scalar(t, v);
	}
}

void spoil_json(struct text *body, enum fault_action action)
{
	struct text spoilt = { 0 };
	json_t *v;

	if (action == FAULT_RAW)
		unescape(body);
	if (action != FAULT_TYPES && action != FAULT_DUPLICATE && action != FAULT_UTF8)
		return;
	v = json_loadb(body->data, body->len, JSON_DECODE_ANY, NULL);
	if (v == NULL)
		return;
	write_value(&spoilt, v, action);
	json_decref(v);
	text_free(body);
	*body = spoilt;
}
