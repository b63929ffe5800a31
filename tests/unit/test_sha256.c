#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vbofs/sha256.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void knows_the_published_digests(void **state)
{
	static const struct {
		const char *text, *want;
	} rows[] = {
		{ "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
		{ "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
		{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
		{ "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopq"
		  "klmnopqrlmnopqrsmnopqrstnopqrstu",
		  "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct sha256 h;
		char out[SHA256_HEX];
		sha256_begin(&h);
		sha256_add(&h, rows[i].text, strlen(rows[i].text));
		sha256_end(&h, out);
		assert_string_equal(out, rows[i].want);
	}
}

/* A million times "a", in pieces of any size: the same digest. */
static void pieces_do_not_matter(void **state)
{
	static const size_t sizes[] = { 1, 3, 55, 56, 63, 64, 65, 127, 128, 1000, 1000000 };
	size_t all = 1000000;
	char *text = malloc(all);

	(void)state;
	assert_non_null(text);
	memset(text, 'a', all);
	for (size_t i = 0; i < LEN(sizes); i++) {
		struct sha256 h;
		char out[SHA256_HEX];
		sha256_begin(&h);
		for (size_t at = 0, n; at < all; at += n) {
			n = sizes[i] < all - at ? sizes[i] : all - at;
			sha256_add(&h, text + at, n);
			sha256_add(&h, NULL, 0);
		}
		sha256_end(&h, out);
		assert_string_equal(out, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
	}
	free(text);
}

/* Each length around the ends of blocks, against each other: padding. */
static void every_length_pads(void **state)
{
	char text[200], last[SHA256_HEX] = "";

	(void)state;
	memset(text, 'x', sizeof(text));
	for (size_t n = 0; n < sizeof(text); n++) {
		struct sha256 a, b;
		char one[SHA256_HEX], two[SHA256_HEX];
		sha256_begin(&a);
		sha256_add(&a, text, n);
		sha256_end(&a, one);
		sha256_begin(&b);
		for (size_t i = 0; i < n; i++)
			sha256_add(&b, text + i, 1);
		sha256_end(&b, two);
		assert_string_equal(one, two);
		assert_string_not_equal(one, last);
		memcpy(last, one, sizeof(last));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(knows_the_published_digests),
		cmocka_unit_test(pieces_do_not_matter),
		cmocka_unit_test(every_length_pads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
