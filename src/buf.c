#include "vbofs/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAP 64

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max < PTRDIFF_MAX ? max : PTRDIFF_MAX - 1 };
}

void buf_release(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .max = b->max };
}

void buf_wipe(struct buf *b)
{
	if (b->data != NULL)
		explicit_bzero(b->data, b->cap);
	buf_release(b);
}

void buf_reset(struct buf *b)
{
	buf_cut(b, 0);
}

/* Makes room for `more` bytes and the NUL behind them. */
static bool grow(struct buf *b, size_t more)
{
	if (b->err != 0)
		return false;
	if (more > b->max - b->len) {
		b->err = -E2BIG;
		return false;
	}
	size_t need = b->len + more + 1;
	if (need <= b->cap)
		return true;
	size_t cap = b->cap < FIRST_CAP ? FIRST_CAP : b->cap + b->cap / 2;
	if (cap > b->max + 1)
		cap = b->max + 1;
	if (cap < need)
		cap = need;
	char *data = realloc(b->data, cap);
	if (data == NULL) {
		b->err = -ENOMEM;
		return false;
	}
	b->data = data;
	b->cap = cap;
	return true;
}

void buf_cut(struct buf *b, size_t len)
{
	if (len < b->len)
		b->len = len;
	b->err = 0;
	if (b->data != NULL)
		b->data[b->len] = '\0';
}

void buf_reserve(struct buf *b, size_t more)
{
	if (grow(b, more))
		b->data[b->len] = '\0';
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!grow(b, len))
		return;
	if (len > 0)
		memcpy(b->data + b->len, data, len);
	b->len += len;
	b->data[b->len] = '\0';
}

void buf_addstr(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addch(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_printf(struct buf *b, const char *format, ...)
{
	va_list args, again;
	char small[128];

	va_start(args, format);
	va_copy(again, args);
	int n = vsnprintf(small, sizeof small, format, args);
	if (n < 0) {
		if (b->err == 0)
			b->err = -ENOMEM;
	} else if ((size_t)n < sizeof small) {
		buf_add(b, small, (size_t)n);
	} else if (grow(b, (size_t)n)) {
		vsnprintf(b->data + b->len, (size_t)n + 1, format, again);
		b->len += (size_t)n;
	}
	va_end(again);
	va_end(args);
}

void buf_addpercent(struct buf *b, const char *s)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					 "0123456789-._~";

	for (;;) {
		size_t run = strspn(s, unreserved);
		buf_add(b, s, run);
		s += run;
		if (!*s)
			return;
		buf_printf(b, "%%%02X", (unsigned char)*s++);
	}
}

int buf_error(const struct buf *b)
{
	return b->err;
}

char *buf_take(struct buf *b, size_t *len)
{
	if (len != NULL)
		*len = 0;
	buf_reserve(b, 0);
	if (b->err != 0) {
		int err = b->err;
		buf_release(b);
		b->err = err;
		return NULL;
	}
	char *data = b->data;
	if (len != NULL)
		*len = b->len;
	b->data = NULL;
	buf_release(b);
	return data;
}
