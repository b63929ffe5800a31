#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/utf8.h"

#define SEPARATOR "\n%%\n"

_Noreturn void fuzz_fail(const char *condition, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
	abort();
}

void fuzz_expect_shown(const char *text)
{
	const size_t len = strlen(text);
	uint32_t cp;

	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_decode(text + i, len - i, &cp);
		EXPECT(n > 0);
		EXPECT(!utf8_unsafe(cp));
	}
}

void fuzz_expect_name(const char *name)
{
	fuzz_expect_shown(name);
	EXPECT(strlen(name) >= 1 && strlen(name) <= 255);
	EXPECT(!strchr(name, '/'));
	EXPECT(strcmp(name, ".") != 0 && strcmp(name, "..") != 0);
}

struct fuzz_parts fuzz_parts(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;

	return (struct fuzz_parts){ .rest = text, .end = text + size };
}

bool fuzz_part(struct fuzz_parts *p, const char **part, size_t *len)
{
	if (!p->rest)
		return false;
	const size_t left = (size_t)(p->end - p->rest);
	const char *at = memmem(p->rest, left, SEPARATOR, strlen(SEPARATOR));
	*part = p->rest;
	*len = at ? (size_t)(at - p->rest) : left;
	p->rest = at ? at + strlen(SEPARATOR) : NULL;
	return true;
}

unsigned fuzz_choice(const uint8_t **data, size_t *size, unsigned n)
{
	if (!*size)
		return 0;
	const uint8_t c = **data;
	++*data;
	--*size;
	return (c >= '0' && c <= '9' ? c - '0' : c) % n;
}

char *fuzz_copy(const void *data, size_t size)
{
	char *copy = malloc(size ? size : 1);

	EXPECT(copy);
	if (size)
		memcpy(copy, data, size);
	return copy;
}
