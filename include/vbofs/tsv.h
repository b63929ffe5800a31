/*
 * tsv: fields of tab separated lines, made of what a server sent.
 *
 * A field never ends its line or column early and does nothing to a terminal: a tab, a
 * newline and a backslash are written as \t, \n and \\; what utf8_unsafe() names and bytes
 * that are not UTF-8 as \xNN, byte by byte in lower case.  All else is kept.
 */
#ifndef VBOFS_TSV_H
#define VBOFS_TSV_H

#include <stddef.h>

#include "vbofs/buf.h"
#include "vbofs/jslice.h"

void tsv_add_text(struct buf *out, const char *text, size_t len);

/*
 * A JSON value: scalars decoded, arrays and objects as their JSON, null and what is not
 * there as nothing.  Lack of memory shows in `out`.
 */
void tsv_add(struct buf *out, const struct jslice *value);

#endif
