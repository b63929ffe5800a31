/*
 * overlay: members laid over an answer at run time (POST under /_sim/).
 */
#ifndef SIM_OVERLAY_H
#define SIM_OVERLAY_H

#include <stddef.h>

#include <jansson.h>

#include "text.h"

/* The JSON object from `start` to the end of `t`, with `extra` (may be NULL) in it. */
void overlay_apply(struct text *t, size_t start, json_t *extra);

#endif
