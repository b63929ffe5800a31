/*
 * sha256: the digest of FIPS 180-4, a piece at a time.
 *
 * Plain C, some hundred MB a second: for what a mount with -o xattr tells of
 * files it has saved.  Not for secrets.
 */
#ifndef VBOFS_SHA256_H
#define VBOFS_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_HEX 65              /* with NUL */

struct sha256 {
	uint32_t state[8];
	uint64_t length;           /* bytes so far */
	unsigned char block[64];   /* the last, not full */
};

void sha256_begin(struct sha256 *h);
void sha256_add(struct sha256 *h, const void *data, size_t len);
/* Lower-case hexadecimal.  What was added up to here; h must begin anew. */
void sha256_end(struct sha256 *h, char out[SHA256_HEX]);

#endif
