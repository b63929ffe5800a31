#include "bytes.h"

#include <stdio.h>
#include <string.h>

#include "tree.h"

#define BLOCK 64

uint64_t bytes_key(const char *id, unsigned version)
{
	char text[256];

	snprintf(text, sizeof(text), "%s/%u", id, version);
	return tree_hash(text);
}

/* The eight digits of a 32-bit number at once: a nibble a byte, then to letters. */
static char *hex8(char *out, uint32_t value)
{
	uint64_t x = value;
	int i;

	x = (x << 16 | x) & UINT64_C(0x0000ffff0000ffff);
	x = (x << 8 | x) & UINT64_C(0x00ff00ff00ff00ff);
	x = (x << 4 | x) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	/* 39 is from '9' + 1 to 'a' */
	x += UINT64_C(0x3030303030303030) +
		((x + UINT64_C(0x0606060606060606)) >> 4 & UINT64_C(0x0101010101010101)) * 39;
	for (i = 7; i >= 0; i--)
		*out++ = (char)(x >> (8 * i));
	return out;
}

static char *hex16(char *out, uint64_t value)
{
	return hex8(hex8(out, (uint32_t)(value >> 32)), (uint32_t)value);
}

/* Four words of hexadecimal digits and a newline. */
static void fill_block(uint64_t key, uint64_t block, char out[BLOCK])
{
	uint64_t a = tree_mix(key ^ block), b = tree_mix(a), c = tree_mix(b);
	char last[16];

	out = hex16(out, block * BLOCK);
	*out++ = ' ';
	out = hex16(out, a);
	*out++ = ' ';
	out = hex16(out, b);
	*out++ = ' ';
	/* its last 12 digits */
	hex16(last, c);
	memcpy(out, last + 4, 12);
	out[12] = '\n';
}

void bytes_fill(uint64_t key, uint64_t offset, char *out, size_t len)
{
	char block[BLOCK];
	size_t skip, n;

	while (len > 0) {
		skip = (size_t)(offset % BLOCK);
		n = BLOCK - skip < len ? BLOCK - skip : len;
		if (n == BLOCK) {
			fill_block(key, offset / BLOCK, out);
		} else {
			fill_block(key, offset / BLOCK, block);
			memcpy(out, block + skip, n);
		}
		out += n;
		offset += n;
		len -= n;
	}
}
