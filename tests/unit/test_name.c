#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/name.h"
#include "vbofs/utf8.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) literal, sizeof literal - 1

#define ID1 "6f144e6f-0000-4000-8000-000000000001"
#define ID2 "AB12cd34-0000-4000-8000-000000000002"
#define ID3 "6f144e6f-0000-4000-8000-000000000003"

static size_t unescape(char *out, const char *name)
{
	size_t n = 0;

	for (; *name != '\0'; name++) {
		unsigned byte = (unsigned char)*name;
		if (*name == '%') {
			assert_int_equal(sscanf(name + 1, "%2X", &byte), 1);
			name += 2;
		}
		out[n++] = (char)byte;
	}
	return n;
}

static void escapes(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *want;
	} rows[] = {
		{ TEXT(""), "" },
		{ TEXT("Budget 2026.xlsx"), "Budget 2026.xlsx" },
		{ TEXT("."), "%2E" },
		{ TEXT(".."), "%2E%2E" },
		{ TEXT("..."), "..." },
		{ TEXT(".x"), ".x" },
		{ TEXT("../../etc/passwd"), "..%2F..%2Fetc%2Fpasswd" },
		{ TEXT("100%"), "100%25" },
		{ TEXT("%2F"), "%252F" },
		{ TEXT("a\0b"), "a%00b" },
		{ TEXT("\x01\x1F\x7F"), "%01%1F%7F" },
		{ TEXT("a\nb\\c"), "a%0Ab\\c" },
		{ TEXT(" a  b "), "%20a  b%20" },
		{ TEXT(" "), "%20" },
		{ TEXT("  "), "%20%20" },
		{ TEXT("   "), "%20 %20" },
		{ TEXT("\tx"), "%09x" },
		{ TEXT("\xC2\x85\xC2\x9F\xC2\xA0"), "%C2%85%C2%9F\xC2\xA0" },
		{ TEXT("\xE2\x80\x8F\xE2\x80\xAE\xE2\x81\xA6"), "%E2%80%8F%E2%80%AE%E2%81%A6" },
		{ TEXT("\xE2\x80\xA8x"), "%E2%80%A8x" },
		{ TEXT("\xD8\x9C"), "%D8%9C" },
		{ TEXT("\xC3\xBC \xF0\x9F\x98\x80"), "\xC3\xBC \xF0\x9F\x98\x80" },
		{ TEXT("\xC0\xAF"), "%C0%AF" },
		{ TEXT("\xED\xA0\x80"), "%ED%A0%80" },
		{ TEXT("\xC3"), "%C3" },
		{ TEXT("\xFF\xFE"), "%FF%FE" },
	};
	char out[NAME_MAX_BYTES + 1], back[NAME_MAX_BYTES];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		assert_true(name_escape(out, NAME_MAX_BYTES, rows[i].text, rows[i].len));
		if (strcmp(out, rows[i].want) != 0)
			fail_msg("row %zu: %s", i, out);
		assert_int_equal(unescape(back, out), rows[i].len);
		assert_memory_equal(back, rows[i].text, rows[i].len);
		assert_int_equal(name_is_plain(rows[i].text, rows[i].len),
			strlen(out) == rows[i].len && memcmp(out, rows[i].text, rows[i].len) == 0);
	}
}

static void cuts_between_characters(void **state)
{
	static const struct {
		const char *text;
		size_t limit;
		const char *want;
		bool whole;
	} rows[] = {
		{ "abc", 3, "abc", true }, { "abc", 2, "ab", false }, { "abc", 0, "", false },
		{ "", 0, "", true },
		{ "a/b", 5, "a%2Fb", true }, { "a/b", 4, "a%2F", false },
		{ "a/b", 3, "a", false }, { "a/b", 2, "a", false },
		{ "\xC3\xBC", 1, "", false }, { "\xC3\xBC", 2, "\xC3\xBC", true },
		{ "x\xF0\x9F\x98\x80", 4, "x", false },
		{ "\xC2\x85", 5, "", false }, { "\xC2\x85", 6, "%C2%85", true },
		{ "ab  cd", 4, "ab", false }, { "  cd", 4, "%20", false }, { "..x", 2, "", false }, { ".  x", 3, "", false },
	};
	char out[NAME_MAX_BYTES + 1], text[600];

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		memset(out, '#', sizeof out);
		bool whole = name_escape(out, rows[i].limit, rows[i].text, strlen(rows[i].text));
		if (strcmp(out, rows[i].want) != 0 || whole != rows[i].whole)
			fail_msg("row %zu: %s", i, out);
	}
	memset(text, 'x', sizeof text);
	assert_true(name_escape(out, NAME_MAX_BYTES, text, 255));
	assert_true(name_is_plain(text, 255));
	assert_false(name_escape(out, NAME_MAX_BYTES, text, 256));
	assert_false(name_is_plain(text, 256));
	assert_int_equal(strlen(out), 255);
}

/* Any bytes: a component that a kernel takes, that shows what it is, and that decodes back. */
static void survives_random_bytes(void **state)
{
	static const char bytes[] = "ab./% \t\n\x7F\xC2\x85\xC3\xBC\xE2\x80\xAE"
		"\xED\xA0\xF0\x9F\x98\x80\xFF";
	char out[NAME_MAX_BYTES + 1], back[NAME_MAX_BYTES], text[90];

	(void)state;
	srand(2);
	for (int round = 0; round < 100000; round++) {
		size_t len = (size_t)rand() % (round % 2 == 0 ? 4 : sizeof text), used;
		for (size_t i = 0; i < len; i++)
			text[i] = bytes[(size_t)rand() % sizeof bytes];
		size_t limit = round % 3 == 0 ? (size_t)rand() % 256 : NAME_MAX_BYTES;
		bool whole = name_escape(out, limit, text, len);
		size_t n = strlen(out);
		assert_true(n <= limit);
		assert_null(strchr(out, '/'));
		assert_true(strcmp(out, ".") != 0 && strcmp(out, "..") != 0);
		assert_true(n == 0 || (out[0] != ' ' && out[n - 1] != ' '));
		for (size_t i = 0; i < n; i += used) {
			uint32_t cp;
			used = utf8_decode(out + i, n - i, &cp);
			assert_true(used > 0 && !utf8_unsafe(cp));
		}
		if (whole) {
			assert_int_equal(unescape(back, out), len);
			assert_memory_equal(back, text, len);
		}
	}
}

static void names_ids(void **state)
{
	char out[NAME_MAX_BYTES + 1], text[400];

	(void)state;
	name_of_id(out, TEXT(ID1));
	assert_string_equal(out, ID1);
	name_of_id(out, TEXT("7"));
	assert_string_equal(out, "7");
	name_of_id(out, TEXT("../x"));
	assert_string_equal(out, "..%2Fx");
	name_of_id(out, "", 0);
	assert_int_equal(strlen(out), 17);
	assert_int_equal(out[0], '~');
	memset(text, 'x', sizeof text);
	name_of_id(out, text, 255);
	assert_int_equal(strlen(out), 255);
	assert_int_equal(out[238], 'x');
	name_of_id(out, text, 256);
	assert_int_equal(strlen(out), 255);
	assert_int_equal(out[238], '~');
	char other[NAME_MAX_BYTES + 1];
	name_of_id(other, text, 257);
	assert_string_not_equal(out, other);
	memset(text, '/', sizeof text);
	name_of_id(out, text, 86);
	assert_int_equal(strlen(out), 79 * 3 + 17);
}

/* A listing by rows { label, id }, in both directions and in between; names in want. */
struct row {
	const char *label, *id, *want;
};

static void assign_rows(const struct row *rows, size_t n, const char *const *reserved,
	bool with_extension)
{
	struct name_entry entries[16];

	assert_true(n <= LEN(entries));
	for (size_t turn = 0; turn < 2 * n; turn++) {
		size_t at[16];
		for (size_t i = 0; i < n; i++) {
			at[i] = turn < n ? (i + turn) % n : n - 1 - (i + turn) % n;
			const struct row *r = &rows[at[i]];
			entries[i] = (struct name_entry){ .label = r->label,
				.label_len = strlen(r->label), .id = r->id, .id_len = strlen(r->id) };
		}
		assert_int_equal(name_assign(entries, n, reserved, with_extension), 0);
		for (size_t i = 0; i < n; i++) {
			if (strcmp(entries[i].name, rows[at[i]].want) != 0)
				fail_msg("turn %zu: \"%s\" is called \"%s\", not \"%s\"", turn,
					rows[at[i]].label, entries[i].name, rows[at[i]].want);
			free(entries[i].name);
		}
	}
}

static void suffixes_every_equal_label(void **state)
{
	static const struct row rows[] = {
		{ "a.txt", ID1, "a~6f144e6f.txt" },
		{ "a.txt", ID2, "a~AB12cd34.txt" },
		{ "b.txt", ID3, "b.txt" },
		{ "a", "i4", "a" },
		{ "A.txt", "i5", "A.txt" },
	};

	(void)state;
	assign_rows(rows, LEN(rows), NULL, true);
	assert_int_equal(name_assign(NULL, 0, NULL, true), 0);
}

static void takes_the_whole_hash_next(void **state)
{
	char first[64], second[64];
	snprintf(first, sizeof first, "a~%016llx", (unsigned long long)hash64(TEXT(ID1)));
	snprintf(second, sizeof second, "a~%016llx", (unsigned long long)hash64(TEXT(ID3)));
	const struct row rows[] = {
		{ "a", ID1, first },
		{ "a", ID3, second },            /* the same first eight characters */
		{ "a", ID2, "a~AB12cd34" },
	};

	(void)state;
	assign_rows(rows, LEN(rows), NULL, true);
}

/* The first eight characters only of what is an id in UUID form. */
static void tells_uuids(void **state)
{
	static const struct {
		const char *id;
		bool uuid;
	} rows[] = {
		{ "09afAF00-0000-4000-8000-000000000001", true },
		{ "09afAF00-0000-4000-8000-00000000000", false },
		{ "09afAF00-0000-4000-8000-0000000000011", false },
		{ "09afAF00-0000-4000-8000-00000000000g", false },
		{ "09afAF00-0000-4000-8000-00000000000G", false },
		{ "/9afAF00-0000-4000-8000-000000000001", false },
		{ "09afAF:0-0000-4000-8000-000000000001", false },
		{ "09afA@00-0000-4000-8000-000000000001", false },
		{ "09af`F00-0000-4000-8000-000000000001", false },
		{ "09afAF0000000-4000-8000-000000000001", false },
		{ "09afAF00-0000-4000-8000-0000000-0001", false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		char want[32];
		snprintf(want, sizeof want, "a~%08x",
			(unsigned)(hash64(rows[i].id, strlen(rows[i].id)) >> 32));
		const struct row row = { "a", rows[i].id, rows[i].uuid ? "a~09afAF00" : want };
		assign_rows(&row, 1, (const char *const[]){ "a", NULL }, true);
	}
}

static void gives_way_to_plain_names(void **state)
{
	char whole[64], counted[64];
	snprintf(whole, sizeof whole, "a~%016llx.md", (unsigned long long)hash64(TEXT(ID1)));
	snprintf(counted, sizeof counted, "a~%016llx~2.md", (unsigned long long)hash64(TEXT(ID1)));
	const struct row once[] = {
		{ "a.md", ID1, whole },
		{ "a.md", ID2, "a~AB12cd34.md" },
		{ "a~6f144e6f.md", "i3", "a~6f144e6f.md" },
	};
	char plain[64];
	snprintf(plain, sizeof plain, "a~%016llx~1.md", (unsigned long long)hash64(TEXT(ID1)));
	const struct row thrice[] = {
		{ "a.md", ID1, counted },
		{ "a.md", ID2, "a~AB12cd34.md" },
		{ "a~6f144e6f.md", "i3", "a~6f144e6f.md" },
		{ whole, "i4", whole },
		{ plain, "i5", plain },
	};

	(void)state;
	assign_rows(once, LEN(once), NULL, true);
	assign_rows(thrice, LEN(thrice), NULL, true);
}

static void counts_where_ids_are_equal(void **state)
{
	char one[64], two[64], three[64];
	const unsigned long long hash = hash64(TEXT(ID1));
	snprintf(one, sizeof one, "a~%016llx~1", hash);
	snprintf(two, sizeof two, "a~%016llx~2", hash);
	snprintf(three, sizeof three, "a~%016llx~3", hash);
	struct name_entry e[3] = {
		{ .label = "a", .label_len = 1, .id = ID1, .id_len = 36 },
		{ .label = "a", .label_len = 1, .id = ID1, .id_len = 36 },
		{ .label = "a", .label_len = 1, .id = ID1, .id_len = 36 },
	};
	const char *const want[] = { one, two, three };
	bool seen[3] = { false };

	(void)state;
	assert_int_equal(name_assign(e, 3, NULL, true), 0);
	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 3; j++)
			seen[j] = seen[j] || strcmp(e[i].name, want[j]) == 0;
	assert_true(seen[0] && seen[1] && seen[2]);
	for (size_t i = 0; i < 3; i++)
		free(e[i].name);
}

static void finds_the_extension(void **state)
{
	static const struct row with[] = {
		{ "", ID1, "unnamed~6f144e6f" },
		{ ".bashrc", ID1, ".bashrc~6f144e6f" },
		{ "a.", ID1, "a.~6f144e6f" },
		{ "a.tar.gz", ID1, "a.tar~6f144e6f.gz" },
		{ "Dr. Smith", ID1, "Dr. Smith~6f144e6f" },
		{ "v1.2 of it", ID1, "v1.2 of it~6f144e6f" },
		{ "a.0123456789abcdef", ID1, "a~6f144e6f.0123456789abcdef" },
		{ "a.0123456789abcdefg", ID1, "a.0123456789abcdefg~6f144e6f" },
		{ "a.0123456789abcd%", ID1, "a.0123456789abcd%25~6f144e6f" },
		{ "a.x/y", ID1, "a~6f144e6f.x%2Fy" },
		{ "..", ID1, "%2E%2E~6f144e6f" },
		{ "a.\xC3\xBC", ID1, "a~6f144e6f.\xC3\xBC" },
		{ " .x", ID1, "%20~6f144e6f.x" },
	};
	static const char *const reserved[] = { ".bashrc", "a.", "a.tar.gz", "Dr. Smith", "v1.2 of it",
		"a.0123456789abcdef", "a.0123456789abcdefg", "a.0123456789abcd%25", "a.x%2Fy",
		"%2E%2E", "a.\xC3\xBC", "%20.x", NULL };
	static const struct row without[] = { { "a.tar.gz", ID1, "a.tar.gz~6f144e6f" } };

	(void)state;
	for (size_t i = 0; i < LEN(with); i++)
		assign_rows(&with[i], 1, reserved, true);
	assign_rows(without, 1, reserved, false);
}

static void keeps_off_reserved_names(void **state)
{
	static const char *const reserved[] = { "json", "a~6f144e6f", NULL };
	char whole[64];
	snprintf(whole, sizeof whole, "a~%016llx", (unsigned long long)hash64(TEXT(ID1)));
	const struct row rows[] = {
		{ "json", ID1, "json~6f144e6f" },
		{ "JSON", ID2, "JSON" },
		{ "a", ID1, whole },
		{ "a", ID2, "a~AB12cd34" },
	};

	(void)state;
	assign_rows(rows, LEN(rows), reserved, true);
}

static void cuts_the_stem(void **state)
{
	char label[400], want[400], umlauts[400], want_umlauts[400];
	memset(label, 'x', 300);
	strcpy(label + 300, ".docx");
	memset(want, 'x', 255 - 9 - 5);
	strcpy(want + 255 - 9 - 5, "~6f144e6f.docx");
	for (size_t i = 0; i < 150; i++)
		memcpy(umlauts + 2 * i, "\xC3\xBC", 3);
	memcpy(want_umlauts, umlauts, 246);
	strcpy(want_umlauts + 246, "~AB12cd34");
	const struct row rows[] = { { label, ID1, want }, { umlauts, ID2, want_umlauts } };

	(void)state;
	assert_int_equal(strlen(want), 255);
	assign_rows(rows, LEN(rows), NULL, true);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Labels that have every reason to collide, also with what the others become. */
static void is_unique_whatever_comes(void **state)
{
	enum { N = 40 };
	static const char *const reserved[] = { "a", "b~00000001", NULL };

	(void)state;
	srand(4);
	for (int round = 0; round < 3000; round++) {
		char labels[N][64], ids[N][40];
		struct name_entry e[N], turned[N];
		char *names[N];
		for (int i = 0; i < N; i++) {
			snprintf(ids[i], sizeof ids[i], "%08x-0000-4000-8000-%012x",
				(unsigned)rand() % 3, (unsigned)(round % 2 == 0 ? i : rand() % 8));
			const char *stem = rand() % 2 == 0 ? "a" : "b";
			unsigned long long hash = hash64(ids[rand() % (i + 1)], 36);
			switch (rand() % 5) {
			case 0: snprintf(labels[i], 64, "%s~%08x", stem, (unsigned)rand() % 3); break;
			case 1: snprintf(labels[i], 64, "%s~%016llx", stem, hash); break;
			case 2: snprintf(labels[i], 64, "%s~%016llx~%d", stem, hash, rand() % 4); break;
			case 3: labels[i][0] = '\0'; break;
			default: snprintf(labels[i], 64, "%s", stem);
			}
			e[i] = (struct name_entry){ .label = labels[i], .id = ids[i], .id_len = 36,
				.label_len = strlen(labels[i]) };
			turned[N - 1 - i] = e[i];
		}
		assert_int_equal(name_assign(e, N, reserved, true), 0);
		assert_int_equal(name_assign(turned, N, reserved, true), 0);
		for (int i = 0; i < N; i++) {
			names[i] = e[i].name;
			if (round % 2 == 0)      /* ids are unique */
				assert_string_equal(e[i].name, turned[N - 1 - i].name);
			assert_string_not_equal(names[i], "a");
			assert_string_not_equal(names[i], "b~00000001");
		}
		qsort(names, N, sizeof *names, by_text);
		for (int i = 1; i < N; i++)
			assert_string_not_equal(names[i - 1], names[i]);
		for (int i = 0; i < N; i++) {
			free(e[i].name);
			free(turned[i].name);
		}
	}
}

static void hashes(void **state)
{
	(void)state;
	/* These numbers are in inodes that people have seen: they must never change. */
	assert_true(hash64("", 0) == UINT64_C(0xEFD01F60BA992926));
	assert_true(hash64("a", 1) == UINT64_C(0x82A2A958A9BECE5B));
	assert_true(hash64_more(1, "a", 1) != hash64("a", 1));
	assert_true(hash64_more(0, "abc", 3) == hash64("abc", 3));
}

static int assign_some(void *arg)
{
	struct name_entry e[6] = { { 0 } };

	(void)arg;
	for (size_t i = 0; i < LEN(e); i++)
		e[i] = (struct name_entry){ .label = i < 4 ? "a" : "a~6f144e6f", .id = ID1,
			.label_len = i < 4 ? 1 : 10, .id_len = 36, .name = (char[]){ "stale" } };
	int rc = name_assign(e, LEN(e), NULL, true);
	for (size_t i = 0; i < LEN(e); i++) {
		assert_true((e[i].name != NULL) == (rc == 0));
		free(e[i].name);
	}
	return rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_true(oom_each(assign_some, NULL) > 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(escapes),
		cmocka_unit_test(cuts_between_characters),
		cmocka_unit_test(survives_random_bytes),
		cmocka_unit_test(names_ids),
		cmocka_unit_test(suffixes_every_equal_label),
		cmocka_unit_test(takes_the_whole_hash_next),
		cmocka_unit_test(tells_uuids),
		cmocka_unit_test(gives_way_to_plain_names),
		cmocka_unit_test(counts_where_ids_are_equal),
		cmocka_unit_test(finds_the_extension),
		cmocka_unit_test(keeps_off_reserved_names),
		cmocka_unit_test(cuts_the_stem),
		cmocka_unit_test(is_unique_whatever_comes),
		cmocka_unit_test(hashes),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("name", tests, NULL, NULL);
}
