#include "zip.h"

#include <string.h>

static uint32_t crc_of(const char *data, size_t len)
{
	uint32_t table[256], crc = 0xffffffffu, i, k;
	size_t at;

	for (i = 0; i < 256; i++) {
		table[i] = i;
		for (k = 0; k < 8; k++)
			table[i] = table[i] & 1 ? 0xedb88320u ^ table[i] >> 1 : table[i] >> 1;
	}
	for (at = 0; at < len; at++)
		crc = table[(crc ^ (unsigned char)data[at]) & 255] ^ crc >> 8;
	return ~crc;
}

static void add_number(struct text *t, uint64_t value, int bytes)
{
	char c;

	for (; bytes > 0; bytes--, value >>= 8) {
		c = (char)(value & 255);
		text_add_bytes(t, &c, 1);
	}
}

/* The part that an entry and its line in the directory have in common. */
static void add_common(struct text *t, const char *name, uint32_t crc, size_t len)
{
	add_number(t, 20, 2);        /* version needed */
	add_number(t, 1 << 11, 2);   /* the name is UTF-8 */
	add_number(t, 0, 2);         /* stored */
	add_number(t, 0x0021 << 16, 4); /* 1980-01-01 */
	add_number(t, crc, 4);
	add_number(t, len, 4);
	add_number(t, len, 4);
	add_number(t, strlen(name), 2);
	add_number(t, 0, 2);
}

void zip_begin(struct zip *zip, struct text *out)
{
	*zip = (struct zip){ .out = out, .start = out->len };
}

void zip_add(struct zip *zip, const char *name, const char *data, size_t len)
{
	uint32_t crc = crc_of(data, len);
	size_t at = zip->out->len - zip->start;

	text_add_bytes(zip->out, "PK\3\4", 4);
	add_common(zip->out, name, crc, len);
	text_add(zip->out, name);
	text_add_bytes(zip->out, data, len);

	text_add_bytes(&zip->directory, "PK\1\2", 4);
	add_number(&zip->directory, 20, 2);
	add_common(&zip->directory, name, crc, len);
	add_number(&zip->directory, 0, 2); /* comment */
	add_number(&zip->directory, 0, 4); /* disk, attributes */
	add_number(&zip->directory, 0, 4);
	add_number(&zip->directory, at, 4);
	text_add(&zip->directory, name);
	zip->count++;
}

void zip_end(struct zip *zip)
{
	size_t at = zip->out->len - zip->start;

	text_add_bytes(zip->out, zip->directory.len ? zip->directory.data : "",
		zip->directory.len);
	text_add_bytes(zip->out, "PK\5\6\0\0\0\0", 8);
	add_number(zip->out, zip->count, 2);
	add_number(zip->out, zip->count, 2);
	add_number(zip->out, zip->directory.len, 4);
	add_number(zip->out, at, 4);
	add_number(zip->out, 0, 2);
	text_free(&zip->directory);
}
