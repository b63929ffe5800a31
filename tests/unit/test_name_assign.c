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

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define TEXT(literal) literal, sizeof literal - 1

#define ID1 "6f144e6f-0000-4000-8000-000000000001"
#define ID2 "AB12cd34-0000-4000-8000-000000000002"
#define ID3 "6f144e6f-0000-4000-8000-000000000003"

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
	static const struct row rows[] = {
		{ "a", ID1, "" }, { "a", ID1, "" }, { "a", ID1, "" }, { "b", ID2, "" }, { "b", ID2, "" },
	};
	struct name_entry e[LEN(rows)] = { { 0 } };
	unsigned long long counts_of[2] = { 0 };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++)
		e[i] = (struct name_entry){ .label = rows[i].label, .label_len = 1,
			.id = rows[i].id, .id_len = 36 };
	assert_int_equal(name_assign(e, LEN(e), NULL, true), 0);
	for (size_t i = 0; i < LEN(e); i++) {
		char stem[64];
		int n = snprintf(stem, sizeof stem, "%s~%016llx~", rows[i].label,
			(unsigned long long)hash64(rows[i].id, 36));
		assert_memory_equal(e[i].name, stem, (size_t)n);
		/* each a digit of its own: 1, 2, 3 and 1, 2 */
		counts_of[i / 3] += 1ull << 8 * (unsigned)atoi(e[i].name + n);
		free(e[i].name);
	}
	assert_true(counts_of[0] == 0x01010100);
	assert_true(counts_of[1] == 0x010100);
}

/* Where the ids do not tell which comes first, what is behind the cut does. */
static void counts_in_order_of_label(void **state)
{
	char labels[3][401], names[3][NAME_MAX_BYTES + 32], stem[NAME_MAX_BYTES + 1];
	struct row rows[3];

	(void)state;
	memset(stem, 'x', 255 - 38);
	snprintf(stem + 255 - 38, 39, "~%016llx~", (unsigned long long)hash64(TEXT(ID1)));
	for (size_t i = 0; i < 3; i++) {
		memset(labels[i], 'x', 400);
		labels[i][400] = '\0';
		labels[i][300] = "abb"[i];
		labels[i][i == 1 ? 350 : 400] = '\0';
		snprintf(names[i], sizeof names[i], "%s%zu", stem, i + 1);
		rows[i] = (struct row){ labels[i], ID1, names[i] };
	}
	assign_rows(rows, 3, NULL, true);
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
		cmocka_unit_test(suffixes_every_equal_label),
		cmocka_unit_test(takes_the_whole_hash_next),
		cmocka_unit_test(tells_uuids),
		cmocka_unit_test(gives_way_to_plain_names),
		cmocka_unit_test(counts_where_ids_are_equal),
		cmocka_unit_test(counts_in_order_of_label),
		cmocka_unit_test(finds_the_extension),
		cmocka_unit_test(keeps_off_reserved_names),
		cmocka_unit_test(cuts_the_stem),
		cmocka_unit_test(is_unique_whatever_comes),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("name_assign", tests, NULL, NULL);
}
