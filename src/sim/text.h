/*
 * text: a growing string, and JSON written straight into it.
 *
 * For answers: a page of 10,000 sessions is written without a tree of values.
 * Not for reading JSON (input.h).
 *
 * The writers of members put the comma themselves: a comma goes before a
 * member or an element unless '{', '[' or nothing is before it.
 */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data;     /* terminated once anything was added, else NULL */
	size_t len;
	size_t room;
};

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *p, size_t len);
void text_printf(struct text *t, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void text_free(struct text *t);

/* A JSON string with its quotes. */
void text_json(struct text *t, const char *s);

/* The comma before an element of an array, where one is due. */
void text_element(struct text *t);

/* "key": with the comma before it; the value is the caller's. */
void text_key(struct text *t, const char *key);

void text_string(struct text *t, const char *key, const char *value);
void text_bool(struct text *t, const char *key, bool value);
void text_number(struct text *t, const char *key, long long value);

#endif
