#include "vbofs/object.h"

#include <stdint.h>
#include <string.h>
#include <strings.h>

static bool cut(struct buf *out, size_t len)
{
	out->len = len;
	if (out->data)
		out->data[len] = '\0';
	return false;
}

bool object_href(const struct jslice *object, const char *rel, struct buf *out)
{
	struct jslice links = jslice_get(object, "_links"), link = jslice_get(&links, rel);
	struct jslice href = link.type == JSLICE_OBJECT ? jslice_get(&link, "href") : link;
	size_t before = out->len;

	if (href.type == JSLICE_STRING && jslice_string(&href, out) == 0 && out->len > before &&
	    !memchr(out->data + before, '\0', out->len - before))
		return true;
	return cut(out, before);
}

bool object_value(const struct jslice *value, struct buf *out)
{
	size_t before = out->len;

	if ((value->type == JSLICE_STRING || value->type == JSLICE_NUMBER) &&
	    jslice_scalar(value, out) == 0 && out->len > before &&
	    !memchr(out->data + before, '\0', out->len - before))
		return true;
	return cut(out, before);
}

bool object_field(const struct jslice *object, const char *key, struct buf *out)
{
	struct jslice value = jslice_get(object, key);

	return object_value(&value, out);
}

bool object_id(const struct jslice *object, struct buf *out)
{
	return object_field(object, "id", out) || object_field(object, "postId", out);
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool add_decoded(struct buf *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		int high = text[i] == '%' && i + 2 < len ? hex(text[i + 1]) : -1;
		int low = high >= 0 ? hex(text[i + 2]) : -1;
		char c = text[i];
		if (low >= 0) {
			c = (char)(high * 16 + low);
			i += 2;
		}
		if (c != '\0')
			buf_addch(out, c);
	}
	return len > 0;
}

/* What went wrong with the href is the caller's to know. */
static bool end(struct buf *href, bool found, struct buf *out)
{
	if (buf_error(href) && !out->err)
		out->err = buf_error(href);
	buf_release(href);
	return found && !buf_error(out);
}

/* The path of an href: without scheme and host, query and fragment. */
static const char *path_of(const struct buf *href, size_t *len)
{
	const char *p = strstr(href->data, "://");

	p = p ? strchr(p + 3, '/') : href->data;
	if (!p)
		p = "";
	*len = strcspn(p, "?#");
	while (*len && p[*len - 1] == '/')
		--*len;
	return p;
}

bool object_link_last(const struct jslice *object, const char *rel, struct buf *out)
{
	struct buf href;
	bool found = false;
	size_t len;

	buf_init(&href, SIZE_MAX);
	if (object_href(object, rel, &href)) {
		const char *path = path_of(&href, &len);
		size_t from = len;
		while (from && path[from - 1] != '/')
			from--;
		found = add_decoded(out, path + from, len - from);
	}
	return end(&href, found, out);
}

bool object_link_below(const struct jslice *object, const char *rel, const char *segment,
		       struct buf *out)
{
	size_t n = strlen(segment), len;
	struct buf href;
	bool found = false;

	buf_init(&href, SIZE_MAX);
	if (object_href(object, rel, &href)) {
		const char *p = path_of(&href, &len), *after = p + len;
		while (p < after && !found) {
			size_t this = strcspn(p, "/?#");
			const char *next = p + this + 1;
			if (this == n && strncasecmp(p, segment, n) == 0 && next < after) {
				size_t id = strcspn(next, "/?#");
				found = add_decoded(out, next, next + id > after ? (size_t)(after - next) : id);
			}
			p = next;
		}
	}
	return end(&href, found, out);
}

bool object_link_query(const struct jslice *object, const char *rel, const char *key,
		       struct buf *out)
{
	size_t n = strlen(key);
	struct buf href;
	bool found = false;

	buf_init(&href, SIZE_MAX);
	if (object_href(object, rel, &href)) {
		const char *p = href.data + strcspn(href.data, "?#");
		while ((*p == '?' || *p == '&') && !found) {
			const char *pair = p + 1;
			size_t len = strcspn(pair, "&#");
			if (len > n && pair[n] == '=' && strncasecmp(pair, key, n) == 0)
				found = add_decoded(out, pair + n + 1, len - n - 1);
			p = pair + len;
		}
	}
	return end(&href, found, out);
}

bool object_parent(const struct jslice *object, struct buf *out)
{
	return object_field(object, "parentId", out) || object_link_last(object, "parent", out);
}
