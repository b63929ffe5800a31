/*
 * zip: archives of what is small, stored without compression.
 */
#ifndef SIM_ZIP_H
#define SIM_ZIP_H

#include <stddef.h>
#include <stdint.h>

#include "text.h"

struct zip {
	struct text *out;        /* the archive goes to its end */
	size_t start;
	struct text directory;
	unsigned count;
};

void zip_begin(struct zip *zip, struct text *out);
void zip_add(struct zip *zip, const char *name, const char *data, size_t len);
void zip_end(struct zip *zip);

#endif
