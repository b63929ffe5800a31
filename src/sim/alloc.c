#include "alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *alloc_check(void *p)
{
	if (p == NULL) {
		fputs("vbosim: out of memory\n", stderr);
		abort();
	}
	return p;
}

void *alloc_zero(size_t count, size_t size)
{
	return alloc_check(calloc(count ? count : 1, size));
}

void *alloc_resize(void *old, size_t count, size_t size)
{
	if (size != 0 && count > SIZE_MAX / size)
		return alloc_check(NULL);
	if (count == 0 || size == 0)
		count = size = 1;
	return alloc_check(realloc(old, count * size));
}

char *alloc_copy(const char *text)
{
	return alloc_copy_bytes(text, strlen(text));
}

char *alloc_copy_bytes(const char *text, size_t len)
{
	char *copy = alloc_zero(len + 1, 1);

	memcpy(copy, text, len);
	return copy;
}
