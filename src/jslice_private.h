/* jslice_private: what jslice.c (cutting) and jslice_valid.c (checking, mending) share.  Not for anyone else. */
#ifndef VBOFS_JSLICE_PRIVATE_H
#define VBOFS_JSLICE_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

const char *jslice_skip_blanks(const char *p, const char *end);
/* Behind the number, or the word, at p; NULL where the grammar of JSON is not kept. */
const char *jslice_skip_number(const char *p, const char *end);
const char *jslice_skip_word(const char *p, const char *end, const char *word);

/* The value of \uXXXX at p, -1 if that is not what stands there. */
int32_t jslice_unit(const char *p, const char *end);
/* The bytes of the escape \uXXXX or of the pair of them at p; 0: a surrogate alone, or none. */
size_t jslice_unescape(const char *p, const char *end, uint32_t *cp);
/* Decodes the character at p, which may be an escape; its bytes in the text, 0 if it is none. */
size_t jslice_decode(const char *p, const char *end, uint32_t *cp);

#endif
