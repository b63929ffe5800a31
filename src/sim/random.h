/*
 * random: numbers and ids that are the same for the same seed.
 *
 * Not for tokens: those come from random_secret().
 */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stddef.h>
#include <stdint.h>

#define UUID_SIZE 37

struct random {
	uint64_t state;
};

uint64_t random_next(struct random *r);

/* 0 .. limit - 1; limit at least 1. */
uint64_t random_below(struct random *r, uint64_t limit);

/* A version 4 UUID, lower case. */
void random_uuid(struct random *r, char out[UUID_SIZE]);

/* `len` letters of base64url from the system, and the terminating NUL. */
void random_secret(char *out, size_t len);

#endif
