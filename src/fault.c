#include "vbofs/fault.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "vbofs/utf8.h"

#define ELLIPSIS "..."

/* Writes text[0..len) as \xNN each; returns the length. */
static size_t hex(char *out, const char *text, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char *to = out;

	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	return (size_t)(to - out);
}

/* How many characters at the front are shown as they are, one byte each: nearly all there are. */
static size_t plain(const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] >= ' ' && text[n] <= '~')
		n++;
	return n;
}

/* One character of text as it is shown, in `piece`; *used: the bytes it took. */
static size_t show(char piece[16], const char *text, size_t len, size_t *used)
{
	uint32_t cp;
	size_t n = utf8_decode(text, len, &cp);

	*used = n > 0 ? n : 1;
	if (n == 0 || utf8_unsafe(cp))
		return hex(piece, text, *used);
	memcpy(piece, text, n);
	return n;
}

size_t fault_escape(char *out, size_t outsize, const char *text, size_t len)
{
	const size_t dots = outsize > strlen(ELLIPSIS) ? strlen(ELLIPSIS) : 0;
	size_t at = 0, keep = 0, used;
	char piece[16];

	for (size_t i = 0; i < len; i += used) {
		size_t room = outsize - at > dots ? outsize - at - dots - 1 : 0;
		used = plain(text + i, len - i < room ? len - i : room);
		if (used) {
			memcpy(out + at, text + i, used);
			keep = at += used;
			continue;
		}
		size_t n = show(piece, text + i, len - i, &used);
		if (n >= outsize - at) {
			memcpy(out + keep, ELLIPSIS, dots);
			at = keep + dots;
			break;
		}
		memcpy(out + at, piece, n);
		at += n;
		if (at + dots < outsize)
			keep = at;     /* the dots would still fit behind this character */
	}
	out[at] = '\0';
	return at;
}

int fault_set(struct fault *f, int err, const char *format, ...)
{
	/* Escaping only lengthens: what does not fit here would not fit there. */
	char raw[FAULT_TEXT_MAX + 8];
	va_list args;

	if (f == NULL)
		return -err;
	va_start(args, format);
	int n = vsnprintf(raw, sizeof raw, format, args);
	va_end(args);
	if (n < 0)
		n = snprintf(raw, sizeof raw, "%s", format);
	if ((size_t)n >= sizeof raw)
		n = (int)sizeof raw - 1;
	f->err = err;
	fault_escape(f->text, sizeof f->text, raw, (size_t)n);
	return -err;
}

void fault_clear(struct fault *f)
{
	if (f == NULL)
		return;
	f->err = 0;
	f->text[0] = '\0';
}

#define TEN(p) #p "0", #p "1", #p "2", #p "3", #p "4", #p "5", #p "6", #p "7", #p "8", #p "9"
#define HUNDRED(p) TEN(p##0), TEN(p##1), TEN(p##2), TEN(p##3), TEN(p##4), \
	TEN(p##5), TEN(p##6), TEN(p##7), TEN(p##8), TEN(p##9)

const char *fault_errno_name(int err)
{
	static const char numbers[][4] = {
		"0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
		TEN(1), TEN(2), TEN(3), TEN(4), TEN(5), TEN(6), TEN(7), TEN(8), TEN(9),
		HUNDRED(1), HUNDRED(2), HUNDRED(3), HUNDRED(4), HUNDRED(5),
		HUNDRED(6), HUNDRED(7), HUNDRED(8), HUNDRED(9),
	};
	_Static_assert(sizeof numbers / sizeof numbers[0] == 1000, "0 to 999");
	const char *name = strerrorname_np(err);

	if (name != NULL)
		return name;
	if (err >= 0 && err < 1000)
		return numbers[err];
	return "unknown";
}
