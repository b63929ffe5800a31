/*
 * fuzz: what the fuzz targets share.
 *
 * A target is one file: LLVMFuzzerTestOneInput, which feeds the bytes to a part
 * of the program and EXPECTs what must hold whatever they are.  clang's libFuzzer
 * drives it (make fuzz), and replay.c runs the inputs of the corpus with any
 * compiler (make test).
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPECT(condition)                                                                          \
	((condition) ? (void)0 : fuzz_fail(#condition, __FILE__, __LINE__))

_Noreturn void fuzz_fail(const char *condition, const char *file, int line);

/* The text may be shown on a terminal: UTF-8, and nothing that utf8_unsafe() names. */
void fuzz_expect_shown(const char *text);

/*
 * The text is a file name: not empty, not too long, no slash, nothing unsafe, neither "."
 * nor "..".
 */
void fuzz_expect_name(const char *name);

/*
 * Inputs of several parts are text files with a line "%%" between the parts.  Takes
 * the next one off the front; false when there is none left.
 */
struct fuzz_parts {
	const char *rest, *end;      /* rest NULL: none */
};

struct fuzz_parts fuzz_parts(const uint8_t *data, size_t size);
bool fuzz_part(struct fuzz_parts *p, const char **part, size_t *len);

/* The first byte of the input chooses one of n things, as a digit or letter does; 0 for none. */
unsigned fuzz_choice(const uint8_t **data, size_t *size, unsigned n);

/* A copy of exactly that size, so that reading past the end is seen.  Free it. */
char *fuzz_copy(const void *data, size_t size);

#endif
