/*
 * File names from a server's words.  The first character: 1 with extension, 2
 * with reserved names, 3 both; then one entry a line, label and id with a tab
 * between them.  Names are good, each its own, and the same in any order;
 * what was not cut can be had back.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"

#define ENTRIES 64

static const char *const reserved[] = { "links", ".index.tsv", "a", NULL };

/* Percent-decoding in place; returns the length. */
static size_t decode(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		unsigned byte;
		if (*p == '%' && sscanf(p, "%%%2X", &byte) == 1) {
			*to++ = (char)byte;
			p += 2;
		} else {
			*to++ = *p;
		}
	}
	return (size_t)(to - text);
}

static void try_escape(const char *text, size_t len)
{
	char name[NAME_MAX_BYTES + 1], id[NAME_MAX_BYTES + 1], less[NAME_MAX_BYTES + 1];

	bool whole = name_escape(name, NAME_MAX_BYTES, text, len);
	if (name[0])
		fuzz_expect_name(name);
	bool same = whole && strlen(name) == len && memcmp(name, text, len) == 0;
	EXPECT(name_is_plain(text, len) == same);
	name_of_id(id, text, len);
	fuzz_expect_name(id);
	if (whole && len)
		EXPECT(strcmp(id, name) == 0);
	static const size_t limits[] = { 0, 1, 2, 3, 17, 254 };
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		bool all = name_escape(less, limits[i], text, len);
		EXPECT(strlen(less) <= limits[i]);
		EXPECT(all == (whole && strlen(name) <= limits[i]));
		EXPECT(strncmp(name, less, strlen(less)) == 0);
	}
	if (whole) {
		EXPECT(decode(name) == len);
		EXPECT(memcmp(name, text, len) == 0);
	}
}

/* ---- whole listings ---------------------------------------------------------------------- */

static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, a_len < b_len ? a_len : b_len);

	return order ? order : (a_len > b_len) - (a_len < b_len);
}

static int by_all(const void *va, const void *vb)
{
	const struct name_entry *a = va, *b = vb;
	int order = compare(a->label, a->label_len, b->label, b->label_len);

	if (!order)
		order = compare(a->id, a->id_len, b->id, b->id_len);
	return order ? order : strcmp(a->name, b->name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct name_entry *)a)->name, ((const struct name_entry *)b)->name);
}

static void assign(struct name_entry *e, size_t n, bool is_reserved, bool with_extension)
{
	EXPECT(name_assign(e, n, is_reserved ? reserved : NULL, with_extension) == 0);
	qsort(e, n, sizeof(*e), by_name);
	for (size_t i = 0; i < n; i++) {
		fuzz_expect_name(e[i].name);
		EXPECT(i == 0 || strcmp(e[i - 1].name, e[i].name) != 0);
		for (size_t r = 0; is_reserved && reserved[r]; r++)
			EXPECT(strcmp(e[i].name, reserved[r]) != 0);
	}
	qsort(e, n, sizeof(*e), by_all);
}

static void release(struct name_entry *e, size_t n)
{
	for (size_t i = 0; i < n; i++)
		free(e[i].name);
}

static size_t read_entries(const char *text, size_t size, struct name_entry *e)
{
	const char *p = text, *end = text + size;
	size_t n = 0;

	while (p < end && n < ENTRIES) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline ? newline : end;
		const char *tab = memchr(p, '\t', (size_t)(stop - p));
		const char *behind = tab ? tab : stop;
		e[n++] = (struct name_entry){
			.label = p, .label_len = (size_t)(behind - p),
			.id = tab ? tab + 1 : p, .id_len = (size_t)(stop - (tab ? tab + 1 : p)),
		};
		p = newline ? newline + 1 : end;
	}
	return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct name_entry there[ENTRIES], back[ENTRIES];
	unsigned choice = fuzz_choice(&data, &size, 4);
	char *text = fuzz_copy(data, size);
	size_t n = read_entries(text, size, there);

	try_escape(text, size);
	for (size_t i = 0; i < n; i++) {
		try_escape(there[i].label, there[i].label_len);
		back[n - 1 - i] = there[i];
	}
	assign(there, n, choice & 2, choice & 1);
	assign(back, n, choice & 2, choice & 1);
	for (size_t i = 0; i < n; i++)
		EXPECT(by_all(&there[i], &back[i]) == 0);
	release(there, n);
	release(back, n);
	free(text);
	return 0;
}
