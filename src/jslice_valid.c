/*
 * Is a text JSON, and what is done about one that is almost.
 *
 * The grammar is that of RFC 8259 with the bounds that jansson sets, so that what is kept can be
 * parsed by either; tests/unit/test_jslice_valid.c compares the two.  jansson itself would make
 * a tree of each text and drop it again, which takes twenty times as long.
 */
#include "vbofs/jslice.h"

#include <endian.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/limits.h"
#include "vbofs/utf8.h"

#include "jslice_private.h"

#define SURE_DIGITS 300  /* a number of so many digits is less than any double's end */

/*
 * A word with the top bit of a byte set for each of the eight at p that is not plain inside a
 * string: a quote, a backslash, a control character, or not ASCII; above the first such byte
 * there may be more than there are.
 */
static uint64_t special_in(const char *p)
{
	const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
	uint64_t w;

	memcpy(&w, p, sizeof w);
	w = le64toh(w);
	uint64_t quote = w ^ ones * '"', backslash = w ^ ones * '\\';
	return (((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) |
		((w - ones * 0x20) & ~w) | w) & tops;
}

/* p is behind the opening quote.  Behind the closing one, or NULL.  Keys hold no NUL. */
static const char *check_string(const char *p, const char *end, bool key)
{
	uint32_t cp;

	for (;;) {
		while (end - p >= 8) {
			uint64_t found = special_in(p);
			if (found != 0) {
				p += __builtin_ctzll(found) / 8;
				break;
			}
			p += 8;
		}
		if (p >= end)
			return NULL;
		if (*p == '"')
			return p + 1;
		size_t used = jslice_decode(p, end, &cp);
		if (used == 0 || (key && cp == 0))
			return NULL;
		p += used;
	}
}

/* Is there a double for it? */
static bool is_finite(const char *p, size_t len)
{
	if (memchr(p, 'e', len) == NULL && memchr(p, 'E', len) == NULL && len <= SURE_DIGITS)
		return true;
	char usual[64], *text = len < sizeof usual ? usual : malloc(len + 1);
	if (text == NULL)
		return false;
	memcpy(text, p, len);
	text[len] = '\0';
	double value = strtod(text, NULL);
	if (text != usual)
		free(text);
	return isfinite(value);
}

/* A value that is no container. */
static const char *check_scalar(const char *p, const char *end)
{
	const char *behind;

	switch (*p) {
	case '"':
		return check_string(p + 1, end, false);
	case 'n':
		return jslice_skip_word(p, end, "null");
	case 't':
		return jslice_skip_word(p, end, "true");
	case 'f':
		return jslice_skip_word(p, end, "false");
	default:
		behind = jslice_skip_number(p, end);
		return behind != NULL && is_finite(p, (size_t)(behind - p)) ? behind : NULL;
	}
}

/* The containers that are open: a bit for each, set for objects. */
struct nest {
	uint64_t objects[JSLICE_VALUE_DEPTH_MAX / 64];
	size_t depth;
};

static bool in_object(const struct nest *n)
{
	return n->objects[(n->depth - 1) / 64] >> (n->depth - 1) % 64 & 1;
}

static void enter(struct nest *n, bool object)
{
	uint64_t bit = UINT64_C(1) << n->depth % 64, *word = &n->objects[n->depth / 64];

	*word = object ? *word | bit : *word & ~bit;
	n->depth++;
}

/* The name of a property and the colon behind it. */
static const char *check_key(const char *p, const char *end)
{
	p = jslice_skip_blanks(p, end);
	if (p == end || *p != '"')
		return NULL;
	p = check_string(p + 1, end, true);
	if (p == NULL)
		return NULL;
	p = jslice_skip_blanks(p, end);
	return p != end && *p == ':' ? p + 1 : NULL;
}

/* Behind a value: to where the next one begins, or behind everything. */
static const char *check_rest(const char *p, const char *end, struct nest *n)
{
	while (n->depth > 0) {
		p = jslice_skip_blanks(p, end);
		if (p == end)
			return NULL;
		bool object = in_object(n);
		if (*p == ',')
			return object ? check_key(p + 1, end) : p + 1;
		if (*p != (object ? '}' : ']'))
			return NULL;
		n->depth--;
		p++;
	}
	return p;
}

/* From the opening bracket at p to where the first value begins, or behind an empty container. */
static const char *check_open(const char *p, const char *end, struct nest *n, bool *empty)
{
	bool object = *p == '{';
	const char *next = jslice_skip_blanks(p + 1, end);

	*empty = next != end && *next == (object ? '}' : ']');
	if (*empty)
		return next + 1;
	enter(n, object);
	return object ? check_key(next, end) : next;
}

bool jslice_valid(const struct jslice *s)
{
	const char *p = s->text, *end = s->text + s->len;
	struct nest n = { .depth = 0 };
	bool value = true;

	if (s->type == JSLICE_NONE)
		return false;
	do {
		p = jslice_skip_blanks(p, end);
		if (p == end || n.depth == JSLICE_VALUE_DEPTH_MAX)
			return false;
		if (*p == '{' || *p == '[') {
			p = check_open(p, end, &n, &value);
		} else {
			p = check_scalar(p, end);
			value = true;
		}
		if (p != NULL && value)
			p = check_rest(p, end, &n);
	} while (p != NULL && n.depth > 0);
	return p != NULL && jslice_skip_blanks(p, end) == end;
}

/*
 * Mends the character of a string at p; returns the bytes it took.  A backslash
 * before something that no escape begins with is itself what was meant.
 */
static size_t mend_one(const char *p, const char *end, struct buf *out)
{
	const unsigned char c = (unsigned char)*p;
	uint32_t cp;
	size_t n = utf8_decode(p, (size_t)(end - p), &cp);

	if (n == 0) {
		buf_addstr(out, "\xEF\xBF\xBD");
		return 1;
	}
	if (c < 0x20) {
		buf_printf(out, "\\u%04x", c);
		return 1;
	}
	if (c != '\\') {
		buf_add(out, p, n);
		return n;
	}
	if (end - p < 2 || jslice_unit(p, end) < 0) {
		bool odd = end - p >= 2 && ((unsigned char)p[1] < 0x20 || (unsigned char)p[1] > 0x7E);
		buf_addstr(out, odd ? "\\\\" : "\\");
		if (odd || end - p < 2)
			return 1;
		buf_addch(out, p[1]);
		return 2;
	}
	n = jslice_unescape(p, end, &cp);
	if (n == 0) {
		buf_addstr(out, "\\ufffd");
		return 6;
	}
	buf_add(out, p, n);
	return n;
}

void jslice_mend(const char *text, size_t len, struct buf *out)
{
	const char *p = text, *end = text + len;

	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		const char *inside = quote != NULL ? quote + 1 : end;
		buf_add(out, p, (size_t)(inside - p));
		p = inside;
		while (p < end && *p != '"')
			p += mend_one(p, end, out);
		if (p < end)
			buf_addch(out, *p++);
	}
}
