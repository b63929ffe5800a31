#include "vbofs/tsv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "vbofs/utf8.h"

static void add_bytes(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_printf(out, "\\x%02x", (unsigned char)text[i]);
}

/* One character, or byte, that cannot stay as it is. */
static void add_escaped(struct buf *out, const char *text, size_t len, uint32_t cp)
{
	if (cp == '\t')
		buf_addstr(out, "\\t");
	else if (cp == '\n')
		buf_addstr(out, "\\n");
	else if (cp == '\\')
		buf_addstr(out, "\\\\");
	else
		add_bytes(out, text, len);
}

void tsv_add_text(struct buf *out, const char *text, size_t len)
{
	size_t plain = 0, n;

	for (size_t i = 0; i < len; i += n) {
		uint32_t cp = 0;
		n = utf8_decode(text + i, len - i, &cp);
		if (n && cp != '\\' && !utf8_unsafe(cp))
			continue;
		if (!n)
			n = 1;
		/* what is plain goes in one piece */
		buf_add(out, text + plain, i - plain);
		add_escaped(out, text + i, n, cp);
		plain = i + n;
	}
	buf_add(out, text + plain, len - plain);
}

void tsv_add(struct buf *out, const struct jslice *value)
{
	bool string = value->type == JSLICE_STRING;
	struct buf text;

	if (value->type <= JSLICE_NULL)
		return;
	/* most of what comes needs no decoding */
	if (!string || !memchr(value->text, '\\', value->len)) {
		tsv_add_text(out, value->text + string, value->len - 2 * (size_t)string);
		return;
	}
	/* decoded it is never longer */
	buf_init(&text, value->len + 1);
	int rc = jslice_scalar(value, &text);
	if (rc == -ENOMEM)
		out->err = rc;
	else if (text.len)
		tsv_add_text(out, text.data, text.len);
	buf_release(&text);
}
