/*
 * bytes: the content of documents, a function of id, version and offset alone.
 *
 * Never stored, so a document may be as long as anything.  The function is
 * written down in vbosim.1.
 */
#ifndef SIM_BYTES_H
#define SIM_BYTES_H

#include <stddef.h>
#include <stdint.h>

/* What stands for a document and its version in bytes_fill(). */
uint64_t bytes_key(const char *id, unsigned version);

/* The `len` bytes from `offset` on. */
void bytes_fill(uint64_t key, uint64_t offset, char *out, size_t len);

#endif
