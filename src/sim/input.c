#include "input.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

/* Blanks out commas that only white space parts from a closing bracket. */
static void drop_trailing_commas(char *json, size_t len)
{
	char *comma = NULL;
	bool quoted = false;
	size_t i;

	for (i = 0; i < len; i++) {
		if (quoted) {
			if (json[i] == '\\')
				i++;
			else if (json[i] == '"')
				quoted = false;
			continue;
		}
		if ((json[i] == '}' || json[i] == ']') && comma != NULL)
			*comma = ' ';
		if (isspace((unsigned char)json[i]))
			continue;
		comma = json[i] == ',' ? json + i : NULL;
		quoted = json[i] == '"';
	}
}

json_t *input_object(const char *body, size_t len)
{
	char *copy;
	json_t *object;

	if (len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0) {
		body += 3;
		len -= 3;
	}
	if (len == 0)
		return NULL;
	copy = alloc_copy_bytes(body, len);
	drop_trailing_commas(copy, len);
	object = json_loadb(copy, len, 0, NULL);
	free(copy);
	if (json_is_object(object))
		return object;
	json_decref(object);
	return NULL;
}

json_t *input_get(json_t *object, const char *key)
{
	const char *k;
	json_t *value;

	json_object_foreach(object, k, value)
		if (strcasecmp(k, key) == 0)
			return json_is_null(value) ? NULL : value;
	return NULL;
}

const char *input_text(json_t *object, const char *key)
{
	return json_string_value(input_get(object, key));
}

bool input_bool_text(const char *text, bool *value)
{
	*value = strcasecmp(text, "true") == 0;
	return *value || strcasecmp(text, "false") == 0;
}

bool input_bool(json_t *object, const char *key, bool *value)
{
	json_t *member = input_get(object, key);

	if (member == NULL)
		return true;
	if (json_is_string(member))
		return input_bool_text(json_string_value(member), value);
	*value = json_is_true(member);
	return json_is_boolean(member);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *input_decode(const char *text, size_t len, bool plus)
{
	char *out = alloc_zero(len + 1, 1);
	size_t i, n = 0;

	for (i = 0; i < len; i++) {
		if (text[i] == '%' && i + 2 < len && hex(text[i + 1]) >= 0 &&
		    hex(text[i + 2]) >= 0) {
			out[n++] = (char)(hex(text[i + 1]) * 16 + hex(text[i + 2]));
			i += 2;
		} else {
			out[n++] = plus && text[i] == '+' ? ' ' : text[i];
		}
	}
	return out;
}

char *input_form(const char *form, size_t len, const char *key)
{
	const char *end = form + len;
	const char *stop, *equals;
	char *name;
	bool found;

	for (; form < end; form = stop + 1) {
		stop = memchr(form, '&', (size_t)(end - form));
		if (stop == NULL)
			stop = end;
		equals = memchr(form, '=', (size_t)(stop - form));
		if (equals == NULL)
			equals = stop;
		name = input_decode(form, (size_t)(equals - form), true);
		found = strcasecmp(name, key) == 0;
		free(name);
		if (!found)
			continue;
		if (equals < stop)
			equals++;
		return input_decode(equals, (size_t)(stop - equals), true);
	}
	return NULL;
}
