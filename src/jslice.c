#include "vbofs/jslice.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#include "vbofs/utf8.h"

#include "jslice_private.h"

const char *jslice_skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
		p++;
	return p;
}

/* p is behind the opening quote; returns behind the closing one, NULL if there is none. */
static const char *skip_string(const char *p, const char *end)
{
	const char *start = p;

	for (; (p = memchr(p, '"', (size_t)(end - p))); p++) {
		const char *q = p;
		while (q > start && q[-1] == '\\')
			q--;
		if ((p - q) % 2 == 0)   /* the backslashes before it escape each other */
			return p + 1;
	}
	return NULL;
}

static const char *skip_digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

const char *jslice_skip_number(const char *p, const char *end)
{
	const char *from;

	if (p < end && *p == '-')
		p++;
	from = p;
	p = skip_digits(p, end);
	if (p == from || (*from == '0' && p - from > 1))
		return NULL;
	if (p < end && *p == '.') {
		from = ++p;
		p = skip_digits(p, end);
		if (p == from)
			return NULL;
	}
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		from = p;
		p = skip_digits(p, end);
		if (p == from)
			return NULL;
	}
	return p;
}

/* What stops the loop over a container's inside: quotes and brackets. */
static const unsigned char stops[256] = {
	['"'] = 1, ['{'] = 1, ['['] = 1, ['}'] = 1, [']'] = 1,
};

/*
 * p is at an opening bracket; on success *next is behind its partner.  Bit d of
 * `objects` tells whether the container at depth d is an object.
 */
static int skip_container(const char *p, const char *end, const char **next)
{
	uint64_t objects = 0;
	unsigned depth = 0;

	for (;;) {
		while (p < end && !stops[(unsigned char)*p])
			p++;
		if (p >= end)
			return -EBADMSG;
		const char c = *p++;
		if (c == '"') {
			p = skip_string(p, end);
			if (p == NULL)
				return -EBADMSG;
		} else if (c == '{' || c == '[') {
			if (depth == JSLICE_DEPTH_MAX)
				return -E2BIG;
			objects = objects << 1 | (c == '{');
			depth++;
		} else {
			if ((objects & 1) != (c == '}'))
				return -EBADMSG;
			objects >>= 1;
			if (--depth == 0)
				break;
		}
	}
	*next = p;
	return 0;
}

const char *jslice_skip_word(const char *p, const char *end, const char *word)
{
	size_t n = strlen(word);

	return (size_t)(end - p) >= n && memcmp(p, word, n) == 0 ? p + n : NULL;
}

/* Cuts the value at p (no blanks before it); *next is behind it. */
static int cut(const char *p, const char *end, struct jslice *out, const char **next)
{
	const char *behind = NULL;
	enum jslice_type type = JSLICE_NUMBER;
	int rc = 0;

	if (p >= end)
		return -EBADMSG;
	switch (*p) {
	case '{':
	case '[':
		type = *p == '{' ? JSLICE_OBJECT : JSLICE_ARRAY;
		rc = skip_container(p, end, &behind);
		break;
	case '"':
		type = JSLICE_STRING;
		behind = skip_string(p + 1, end);
		break;
	case 'n':
		type = JSLICE_NULL;
		behind = jslice_skip_word(p, end, "null");
		break;
	case 't':
		type = JSLICE_TRUE;
		behind = jslice_skip_word(p, end, "true");
		break;
	case 'f':
		type = JSLICE_FALSE;
		behind = jslice_skip_word(p, end, "false");
		break;
	default:
		behind = jslice_skip_number(p, end);
	}
	if (rc != 0)
		return rc;
	if (behind == NULL)
		return -EBADMSG;
	*out = (struct jslice){ .type = type, .text = p, .len = (size_t)(behind - p) };
	*next = behind;
	return 0;
}

int jslice_parse(const char *text, size_t len, struct jslice *out)
{
	const char *p = text, *end = text + len, *next;

	*out = (struct jslice){ .type = JSLICE_NONE };
	if (len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
		p += 3;
	int rc = cut(jslice_skip_blanks(p, end), end, out, &next);
	if (rc == 0 && jslice_skip_blanks(next, end) != end)
		rc = -EBADMSG;
	if (rc != 0)
		*out = (struct jslice){ .type = JSLICE_NONE };
	return rc;
}

void jslice_begin(struct jslice_iter *it, const struct jslice *container)
{
	*it = (struct jslice_iter){ .first = true };
	if ((container->type != JSLICE_OBJECT && container->type != JSLICE_ARRAY) ||
	    container->len < 2)
		return;
	it->object = container->type == JSLICE_OBJECT;
	it->pos = container->text + 1;
	it->end = container->text + container->len - 1;
}

static bool stop(struct jslice_iter *it, int err)
{
	it->pos = it->end = NULL;
	it->err = err;
	it->key = it->value = (struct jslice){ .type = JSLICE_NONE };
	return false;
}

bool jslice_next(struct jslice_iter *it)
{
	const char *p = it->pos, *end = it->end;
	int rc;

	if (p == NULL)
		return stop(it, it->err);
	p = jslice_skip_blanks(p, end);
	if (p == end)
		return stop(it, 0);
	if (!it->first) {
		if (*p != ',')
			return stop(it, -EBADMSG);
		p = jslice_skip_blanks(p + 1, end);
	}
	it->first = false;
	if (it->object) {
		const char *key = p;
		p = p < end && *p == '"' ? skip_string(p + 1, end) : NULL;
		if (p == NULL)
			return stop(it, -EBADMSG);
		it->key = (struct jslice){ .type = JSLICE_STRING, .text = key, .len = (size_t)(p - key) };
		p = jslice_skip_blanks(p, end);
		if (p == end || *p != ':')
			return stop(it, -EBADMSG);
		p = jslice_skip_blanks(p + 1, end);
	}
	rc = cut(p, end, &it->value, &p);
	if (rc != 0)
		return stop(it, rc);
	it->pos = p;
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

int32_t jslice_unit(const char *p, const char *end)
{
	int32_t value = 0;

	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(p[i]);
		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

size_t jslice_unescape(const char *p, const char *end, uint32_t *cp)
{
	int32_t high = jslice_unit(p, end), low;

	if (high < 0 || (high >= 0xDC00 && high <= 0xDFFF))
		return 0;
	*cp = (uint32_t)high;
	if (high < 0xD800 || high > 0xDBFF)
		return 6;
	low = jslice_unit(p + 6, end);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0;
	*cp = 0x10000 + ((uint32_t)(high - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
	return 12;
}

size_t jslice_decode(const char *p, const char *end, uint32_t *cp)
{
	static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";

	if (*p != '\\') {
		size_t n = utf8_decode(p, (size_t)(end - p), cp);
		return n == 1 && *cp < 0x20 ? 0 : n;
	}
	if (end - p < 2)
		return 0;
	const char *letter = p[1] != '\0' ? strchr(letters, p[1]) : NULL;
	if (letter == NULL)
		return jslice_unescape(p, end, cp);
	*cp = (unsigned char)meant[letter - letters];
	return 2;
}

/* What is written with escapes: is it `want` without them? */
static bool unescapes_to(const char *p, const char *end, const char *want, size_t want_len)
{
	char piece[4];
	uint32_t cp;

	while (p < end) {
		size_t used = jslice_decode(p, end, &cp);
		if (used == 0)
			return false;
		size_t n = utf8_encode(piece, cp);
		if (n > want_len || memcmp(piece, want, n) != 0)
			return false;
		want += n;
		want_len -= n;
		p += used;
	}
	return want_len == 0;
}

void jslice_pick(const struct jslice *object, const char *const *keys, struct jslice *found, size_t n)
{
	size_t lens[JSLICE_PICK_MAX];
	struct jslice_iter it;

	for (size_t i = 0; i < n; i++) {
		found[i] = (struct jslice){ .type = JSLICE_NONE };
		lens[i] = strlen(keys[i]);
	}
	if (object->type != JSLICE_OBJECT)
		return;
	jslice_begin(&it, object);
	while (jslice_next(&it)) {
		const char *key = it.key.text + 1;
		const size_t len = it.key.len - 2;
		const bool escaped = memchr(key, '\\', len) != NULL;
		for (size_t i = 0; i < n; i++)
			if (escaped ? unescapes_to(key, key + len, keys[i], lens[i]) :
				      len == lens[i] && memcmp(key, keys[i], len) == 0)
				found[i] = it.value;
	}
	for (size_t i = 0; i < n && it.err != 0; i++)
		found[i] = (struct jslice){ .type = JSLICE_NONE };
}

struct jslice jslice_get(const struct jslice *object, const char *key)
{
	struct jslice found;

	jslice_pick(object, &key, &found, 1);
	return found;
}

int jslice_string(const struct jslice *s, struct buf *out)
{
	if (s->type != JSLICE_STRING || s->len < 2)
		return -EBADMSG;
	const char *p = s->text + 1, *end = s->text + s->len - 1, *run = p;
	char piece[4];
	uint32_t cp;

	while (p < end) {
		if (*p >= ' ' && *p <= '~' && *p != '\\') {   /* nearly all there are */
			p++;
			continue;
		}
		size_t used = jslice_decode(p, end, &cp);
		if (used == 0)
			return -EBADMSG;
		if (*p == '\\') {
			buf_add(out, run, (size_t)(p - run));
			buf_add(out, piece, utf8_encode(piece, cp));
			run = p + used;
		}
		p += used;
	}
	buf_add(out, run, (size_t)(p - run));
	return buf_error(out);
}

int jslice_scalar(const struct jslice *s, struct buf *out)
{
	switch (s->type) {
	case JSLICE_STRING:
		return jslice_string(s, out);
	case JSLICE_NUMBER:
	case JSLICE_TRUE:
	case JSLICE_FALSE:
		buf_add(out, s->text, s->len);
		return buf_error(out);
	default:
		return -ENODATA;
	}
}
