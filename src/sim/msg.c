#include "msg.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "bytes.h"
#include "grow.h"
#include "instant.h"
#include "show.h"

#define SECTOR 512
#define END_OF_CHAIN 0xfffffffeu
#define FREE_SECTOR 0xffffffffu
#define FAT_SECTOR 0xfffffffdu

/* Sector 0: the allocation table; 1: the directory; the stream from 2 on. */
#define STREAM_START 2

static void put16(unsigned char *p, unsigned value)
{
	p[0] = (unsigned char)value;
	p[1] = (unsigned char)(value >> 8);
}

static void put32(unsigned char *p, uint32_t value)
{
	put16(p, value & 0xffff);
	put16(p + 2, value >> 16);
}

static void write_header(unsigned char *p)
{
	static const unsigned char magic[] = { 0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1 };
	size_t at;

	memcpy(p, magic, sizeof(magic));
	put16(p + 24, 0x3e);     /* minor version */
	put16(p + 26, 3);        /* major version */
	put16(p + 28, 0xfffe);   /* little-endian */
	put16(p + 30, 9);        /* sectors of 512 bytes */
	put16(p + 32, 6);        /* small ones of 64 */
	put32(p + 44, 1);        /* sectors of the allocation table */
	put32(p + 48, 1);        /* the directory's first */
	put32(p + 56, 4096);     /* shorter streams are in small sectors */
	put32(p + 60, END_OF_CHAIN);
	put32(p + 68, END_OF_CHAIN);
	for (at = 80; at < SECTOR; at += 4)
		put32(p + at, FREE_SECTOR);
	put32(p + 76, 0);        /* where the allocation table is */
}

static void write_table(unsigned char *p, size_t sectors)
{
	size_t i;

	for (i = 0; i < SECTOR / 4; i++)
		put32(p + 4 * i, FREE_SECTOR);
	put32(p, FAT_SECTOR);
	put32(p + 4, END_OF_CHAIN);
	for (i = 0; i < sectors; i++)
		put32(p + 4 * (STREAM_START + i), i + 1 < sectors ?
			(uint32_t)(STREAM_START + i + 1) : END_OF_CHAIN);
}

static void write_entry(unsigned char *p, const char *name, unsigned type, uint32_t child,
	uint32_t start, size_t size)
{
	size_t i;

	for (i = 0; name[i] != '\0'; i++)
		put16(p + 2 * i, (unsigned char)name[i]);
	put16(p + 64, type == 0 ? 0 : (unsigned)(2 * i + 2));
	p[66] = (unsigned char)type;
	p[67] = 1;               /* black */
	put32(p + 68, FREE_SECTOR);
	put32(p + 72, FREE_SECTOR);
	put32(p + 76, child);
	put32(p + 116, start);
	put32(p + 120, (uint32_t)size);
}

static void write_directory(unsigned char *p, size_t size)
{
	/* {00020D0B-0000-0000-C000-000000000046}: an Outlook message */
	static const unsigned char message[] = { 0x0b, 0x0d, 2, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0,
		0, 0, 0x46 };

	write_entry(p, "Root Entry", 5, 1, END_OF_CHAIN, 0);
	memcpy(p + 80, message, sizeof(message));
	write_entry(p + 128, "__properties_version1.0", 2, FREE_SECTOR, STREAM_START, size);
	write_entry(p + 256, "", 0, FREE_SECTOR, 0, 0);
	write_entry(p + 384, "", 0, FREE_SECTOR, 0, 0);
}

static void write_top(struct text *t, const struct tree *tree, const struct node *node)
{
	uint64_t sender = node->kind == KIND_MAIL_ITEM ? show_sender(node) : node->hash;
	char when[INSTANT_MAX];

	text_printf(t, "From: %s <%s@%s>\r\nDate: %s\r\nSubject: %s\r\n\r\n", grow_person(sender),
		grow_address(sender), tree->domain, instant_utc(when, node->created, false),
		node->name);
}

void msg_write(struct text *t, const struct tree *tree, const struct node *node)
{
	size_t sectors = 8 + (size_t)(node->hash % 100), size = sectors * SECTOR;
	unsigned char *file = alloc_zero(3 * SECTOR + size, 1);
	char *stream = (char *)file + 3 * SECTOR;
	struct text top = { 0 };

	write_header(file);
	write_table(file + SECTOR, sectors);
	write_directory(file + 2 * SECTOR, size);
	bytes_fill(bytes_key(node->id, 1), 0, stream, size);
	write_top(&top, tree, node);
	memcpy(stream, top.data, top.len < size ? top.len : size);
	text_add_bytes(t, (char *)file, 3 * SECTOR + size);
	text_free(&top);
	free(file);
}

void msg_write_html(struct text *t, const struct node *post)
{
	const char *p;
	char when[INSTANT_MAX];

	text_add(t, "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>Post</title></head>"
		"<body>\n<p class=\"subject\">");
	for (p = post->name; *p != '\0'; p++) {
		if (strchr("<>&\"'", *p) != NULL)
			text_printf(t, "&#%d;", *p);
		else
			text_add_bytes(t, p, 1);
	}
	text_printf(t, "</p>\n<p>%s, %s</p>\n<p>%016llx</p>\n</body></html>\n",
		grow_person(post->hash), instant_utc(when, post->created, false),
		(unsigned long long)post->hash);
}
