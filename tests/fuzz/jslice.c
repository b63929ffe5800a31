/* The cutting of JSON against jansson: what jansson reads is cut the same, and mending mends. */
#include "fuzz.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/jslice.h"

#define MAX (1u << 20)
#define FLAGS (JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_DECODE_INT_AS_REAL)

static json_t *load(const char *text, size_t len)
{
	return json_loadb(text, len, FLAGS, NULL);
}

static void expect_string(const struct jslice *s, json_t *json)
{
	struct buf b;

	buf_init(&b, MAX);
	EXPECT(jslice_string(s, &b) == 0);
	EXPECT(b.len == json_string_length(json));
	EXPECT(b.len == 0 || memcmp(b.data, json_string_value(json), b.len) == 0);
	buf_release(&b);
}

static void expect_same(const struct jslice *s, json_t *json);

static void expect_array(const struct jslice *s, json_t *json)
{
	struct jslice_iter it;
	size_t n = 0;

	jslice_begin(&it, s);
	for (; jslice_next(&it); n++)
		expect_same(&it.value, json_array_get(json, n));
	EXPECT(it.err == 0 && n == json_array_size(json));
}

static void expect_object(const struct jslice *s, json_t *json)
{
	struct jslice_iter it;
	const char *key;
	json_t *value;
	size_t n = 0;

	jslice_begin(&it, s);
	for (; jslice_next(&it); n++) {
		EXPECT(jslice_valid(&it.value));
		EXPECT(it.key.type == JSLICE_STRING);
	}
	EXPECT(it.err == 0 && n >= json_object_size(json));
	/* of two with one name both count the last */
	json_object_foreach(json, key, value) {
		struct jslice got = jslice_get(s, key);
		EXPECT(got.type != JSLICE_NONE);
		expect_same(&got, value);
	}
}

/* The slice is what jansson made of the same text. */
static void expect_same(const struct jslice *s, json_t *json)
{
	struct buf b;

	EXPECT(json);
	buf_init(&b, MAX);
	int rc = jslice_scalar(s, &b);
	switch (s->type) {
	case JSLICE_NULL:
		EXPECT(json_is_null(json) && rc == -ENODATA);
		break;
	case JSLICE_TRUE:
	case JSLICE_FALSE:
		EXPECT(json_is_boolean(json) && json_is_true(json) == (s->type == JSLICE_TRUE));
		EXPECT(rc == 0 && strcmp(b.data, json_is_true(json) ? "true" : "false") == 0);
		break;
	case JSLICE_NUMBER:
		EXPECT(json_is_number(json) && rc == 0 && b.len == s->len);
		EXPECT(strtod(b.data, NULL) == json_number_value(json));
		break;
	case JSLICE_STRING:
		EXPECT(json_is_string(json) && rc == 0);
		expect_string(s, json);
		break;
	case JSLICE_ARRAY:
		EXPECT(json_is_array(json) && rc == -ENODATA);
		expect_array(s, json);
		break;
	default:
		EXPECT(s->type == JSLICE_OBJECT && json_is_object(json) && rc == -ENODATA);
		expect_object(s, json);
	}
	buf_release(&b);
}

/* Whatever was cut can be walked; strings are right exactly when jansson says so. */
static void walk(const struct jslice *s)
{
	struct jslice_iter it;
	struct buf b;

	if (s->type == JSLICE_STRING) {
		buf_init(&b, MAX);
		EXPECT((jslice_string(s, &b) == 0) == jslice_valid(s));
		buf_release(&b);
	}
	jslice_begin(&it, s);
	while (jslice_next(&it)) {
		EXPECT(it.value.text > s->text && it.value.text + it.value.len < s->text + s->len);
		if (it.object) {
			struct jslice key = it.key;
			walk(&key);
		}
		walk(&it.value);
	}
	EXPECT(it.err == 0 || it.err == -EBADMSG || it.err == -E2BIG);
	EXPECT(!jslice_next(&it) && it.value.type == JSLICE_NONE);
}

static void try_mending(const char *text, size_t size, bool valid)
{
	struct buf once, twice;

	buf_init(&once, 8 * MAX);
	buf_init(&twice, 8 * MAX);
	jslice_mend(text, size, &once);
	EXPECT(buf_error(&once) == 0);
	jslice_mend(once.data ? once.data : "", once.len, &twice);
	EXPECT(once.len == twice.len);
	EXPECT(!once.len || memcmp(once.data, twice.data, once.len) == 0);
	if (valid)
		EXPECT(once.len == size && memcmp(once.data, text, size) == 0);
	buf_release(&once);
	buf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_copy(data, size);
	size_t bom = size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
	bool comparable = size <= MAX && !memchr(text, '\0', size);
	json_t *json = comparable ? load(text + bom, size - bom) : NULL;
	struct jslice s;
	int rc = jslice_parse(text, size, &s);

	EXPECT(rc == 0 || rc == -EBADMSG || rc == -E2BIG);
	EXPECT((rc == 0) == (s.type != JSLICE_NONE));
	if (json && rc != -E2BIG) {
		EXPECT(rc == 0 && jslice_valid(&s));
		expect_same(&s, json);
	}
	if (rc == 0) {
		EXPECT(jslice_valid(&s) == (json != NULL));
		walk(&s);
	}
	if (size <= MAX)
		try_mending(text + bom, size - bom, json != NULL);
	json_decref(json);
	free(text);
	return 0;
}
