/*
 * utf8: one character of untrusted text at a time.
 *
 * For: deciding whether bytes are text and whether that text may be shown.
 * Not for: normalisation, width, case.
 */
#ifndef VBOFS_UTF8_H
#define VBOFS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The character at the start of text[0..len): its length in bytes (1 .. 4) and,
 * in *cp, its code point.  0 when the bytes there are not well-formed UTF-8
 * (overlong forms, surrogates, above U+10FFFF, cut short) or len is 0.
 */
size_t utf8_decode(const char *text, size_t len, uint32_t *cp);

/* Writes cp (a Unicode scalar value) to out; returns the length, 1 .. 4. */
size_t utf8_encode(char out[4], uint32_t cp);

/*
 * True for what must not reach a terminal or a file name as it is: C0, DEL, C1,
 * bidirectional controls, line and paragraph separators.
 */
bool utf8_unsafe(uint32_t cp);

#endif
