#include "text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"

static void text_reserve(struct text *t, size_t more)
{
	size_t room = t->room ? t->room : 256;

	if (t->len + more + 1 <= t->room)
		return;
	while (room < t->len + more + 1)
		room *= 2;
	t->data = alloc_resize(t->data, room, 1);
	t->room = room;
}

void text_add_bytes(struct text *t, const char *p, size_t len)
{
	text_reserve(t, len);
	if (len != 0)
		memcpy(t->data + t->len, p, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void text_printf(struct text *t, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (len < 0)
		return;
	text_reserve(t, (size_t)len);
	va_start(args, format);
	vsnprintf(t->data + t->len, (size_t)len + 1, format, args);
	va_end(args);
	t->len += (size_t)len;
}

void text_free(struct text *t)
{
	free(t->data);
	*t = (struct text){ 0 };
}

void text_json(struct text *t, const char *s)
{
	size_t plain;

	text_add(t, "\"");
	while (*s != '\0') {
		for (plain = 0; (unsigned char)s[plain] >= 0x20; plain++)
			if (s[plain] == '"' || s[plain] == '\\')
				break;
		text_add_bytes(t, s, plain);
		s += plain;
		if (*s == '\0')
			break;
		if (*s == '"' || *s == '\\')
			text_printf(t, "\\%c", *s);
		else
			text_printf(t, "\\u%04x", (unsigned char)*s);
		s++;
	}
	text_add(t, "\"");
}

void text_element(struct text *t)
{
	if (t->len != 0 && t->data[t->len - 1] != '{' && t->data[t->len - 1] != '[')
		text_add(t, ",");
}

void text_key(struct text *t, const char *key)
{
	text_element(t);
	text_add(t, "\"");
	text_add(t, key);
	text_add(t, "\":");
}

void text_string(struct text *t, const char *key, const char *value)
{
	text_key(t, key);
	text_json(t, value);
}

void text_bool(struct text *t, const char *key, bool value)
{
	text_key(t, key);
	text_add(t, value ? "true" : "false");
}

void text_number(struct text *t, const char *key, long long value)
{
	text_key(t, key);
	text_printf(t, "%lld", value);
}
