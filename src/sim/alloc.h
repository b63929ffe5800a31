/*
 * alloc: memory that is there or the program ends with one line on stderr.
 *
 * Not for vbofs itself, which reports ENOMEM; a test tool without memory has
 * nothing better to do than to say so.
 */
#ifndef SIM_ALLOC_H
#define SIM_ALLOC_H

#include <stddef.h>

/* `count` zeroed objects of `size` bytes; free() them. */
void *alloc_zero(size_t count, size_t size);

/* realloc() to count * size bytes. */
void *alloc_resize(void *old, size_t count, size_t size);

/* A copy of `text`; of its first `len` bytes, terminated. */
char *alloc_copy(const char *text);
char *alloc_copy_bytes(const char *text, size_t len);

#endif
