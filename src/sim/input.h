/*
 * input: request bodies, read as leniently as the server reads them.
 *
 * Keys match in any case, a boolean may be a string, a comma before a closing
 * bracket is forgiven.  Not for writing JSON (text.h).
 */
#ifndef SIM_INPUT_H
#define SIM_INPUT_H

#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

/* The object in `body`, or NULL.  json_decref() it. */
json_t *input_object(const char *body, size_t len);

/* Member `key` in any case; NULL where there is none or it is null. */
json_t *input_get(json_t *object, const char *key);

/* Its text, or NULL where there is none or it is no string. */
const char *input_text(json_t *object, const char *key);

/* Absent and null leave *value alone; false where it is no boolean. */
bool input_bool(json_t *object, const char *key, bool *value);

/* true/false in any case. */
bool input_bool_text(const char *text, bool *value);

/*
 * Value of `key` (any case) in a query or form, decoded, or NULL.  free() it.
 */
char *input_form(const char *form, size_t len, const char *key);

/* Decodes %XX, and + where `plus`; the result is terminated.  free() it. */
char *input_decode(const char *text, size_t len, bool plus);

#endif
