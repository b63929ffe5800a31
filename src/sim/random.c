#include "random.h"

#include <stdio.h>
#include <stdlib.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

/* splitmix64: any seed will do, zero too. */
uint64_t random_next(struct random *r)
{
	uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

uint64_t random_below(struct random *r, uint64_t limit)
{
	return random_next(r) % limit;
}

void random_uuid(struct random *r, char out[UUID_SIZE])
{
	uint64_t a = random_next(r);
	uint64_t b = random_next(r);

	snprintf(out, UUID_SIZE, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(a >> 32),
		(unsigned)(a >> 16 & 0xffff), (unsigned)(a & 0xfff),
		(unsigned)(b >> 48 & 0x3fff) | 0x8000u,
		(unsigned long long)(b & UINT64_C(0xffffffffffff)));
}

void random_secret(char *out, size_t len)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
	size_t i;

	if (gnutls_rnd(GNUTLS_RND_KEY, out, len) != 0) {
		fputs("vbosim: no random numbers\n", stderr);
		abort();
	}
	for (i = 0; i < len; i++)
		out[i] = letters[(unsigned char)out[i] & 63];
	out[len] = '\0';
}
