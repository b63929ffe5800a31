#include "vbofs/name.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/utf8.h"

#define EXTENSION_MAX 16   /* bytes behind the dot, escaped */
#define COUNTER_ROOM 21    /* "~" and the digits of any 64-bit number */
#define SUFFIX_MAX (1 + 16 + COUNTER_ROOM)

static bool blank(char c)
{
	return c == ' ';
}

static bool is_dots(const char *text, size_t len)
{
	return (len == 1 && text[0] == '.') || (len == 2 && memcmp(text, "..", 2) == 0);
}

/* Stands in a name as it is, wherever it is: nearly all there are. */
static bool is_plain(char c)
{
	return c > ' ' && c <= '~' && c != '/' && c != '%' && c != '.';
}

/* The character at text[at] as it stands in a name, in `piece`; *used: the bytes it took. */
static size_t show(char piece[12], const char *text, size_t len, size_t at, size_t *used)
{
	static const char digits[] = "0123456789ABCDEF";
	const bool dots = is_dots(text, len);
	uint32_t cp;
	size_t n = utf8_decode(text + at, len - at, &cp), made = 0;

	*used = n > 0 ? n : 1;
	if (n > 0 && !utf8_unsafe(cp) && cp != '/' && cp != '%' && !dots &&
	    !(blank(text[at]) && (at == 0 || at + 1 == len))) {
		memcpy(piece, text + at, n);
		return n;
	}
	for (size_t i = 0; i < *used; i++) {
		unsigned char c = (unsigned char)text[at + i];
		piece[made++] = '%';
		piece[made++] = digits[c >> 4];
		piece[made++] = digits[c & 15];
	}
	return made;
}

/*
 * Escape text[from..to); what is special about the first and the last byte of
 * the whole stays so.  Returns the length written, *cut tells whether all of it.
 */
static size_t escape_part(char *out, size_t limit, const char *text, size_t len,
	size_t from, size_t to, bool *cut)
{
	size_t made = 0, used;
	char piece[12];

	*cut = false;
	for (size_t i = from; i < to; i += used) {
		if (is_plain(text[i]) && made < limit) {
			out[made++] = text[i];
			used = 1;
			continue;
		}
		size_t n = show(piece, text, len, i, &used);
		if (n > limit - made) {
			*cut = true;
			break;
		}
		memcpy(out + made, piece, n);
		made += n;
	}
	while (*cut && made > 0 && blank(out[made - 1]))
		made--;
	out[made] = '\0';
	return made;
}

bool name_escape(char *out, size_t limit, const char *text, size_t len)
{
	bool cut;

	escape_part(out, limit, text, len, 0, len, &cut);
	if (cut && is_dots(out, strlen(out)))
		out[0] = '\0';
	return !cut;
}

bool name_is_plain(const char *text, size_t len)
{
	char piece[12];
	size_t used;

	if (len > NAME_MAX_BYTES)
		return false;
	for (size_t i = 0; i < len; i += used)
		if (show(piece, text, len, i, &used) != used)
			return false;
	return true;
}

void name_of_id(char *out, const char *id, size_t len)
{
	if (len > 0 && name_escape(out, NAME_MAX_BYTES, id, len))
		return;
	name_escape(out, NAME_MAX_BYTES - 17, id, len);
	snprintf(out + strlen(out), 18, "~%016" PRIx64, hash64(id, len));
}

static bool hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_uuid(const char *id, size_t len)
{
	if (len != 36)
		return false;
	for (size_t i = 0; i < len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? id[i] != '-' : !hex_digit(id[i]))
			return false;
	}
	return true;
}

/* Where the extension's dot is in the label; its length where there is none. */
static size_t extension_at(const char *label, size_t len)
{
	char piece[12];
	size_t dot = len, made = 0, used;

	for (size_t i = len; i > 0 && len - i <= EXTENSION_MAX; i--) {
		if (label[i - 1] == ' ')
			return len;
		if (label[i - 1] == '.') {
			dot = i - 1;
			break;
		}
	}
	if (dot == 0 || dot + 1 >= len)
		return len;
	for (size_t i = dot + 1; i < len; i += used)
		made += show(piece, label, len, i, &used);
	return made <= EXTENSION_MAX ? dot : len;
}

/* How far a name had to go to be the only one of its kind. */
enum level { PLAIN, SHORT, LONG, COUNTED };

struct work {
	struct name_entry *entry;
	uint64_t hash;       /* of name */
	char *name;
	enum level level;
	bool wants_more;
};

static int set_name(struct work *w, const char *name)
{
	size_t size = strlen(name) + 1;
	char *copy = malloc(size);

	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, name, size);
	free(w->name);
	w->name = copy;
	w->hash = hash64(name, size - 1);
	return 0;
}

static void write_suffix(char out[SUFFIX_MAX + 1], const struct work *w, uint64_t counter)
{
	const struct name_entry *e = w->entry;
	const uint64_t hash = hash64(e->id, e->id_len);

	if (w->level == SHORT && is_uuid(e->id, e->id_len))
		snprintf(out, SUFFIX_MAX + 1, "~%.8s", e->id);
	else if (w->level == SHORT)
		snprintf(out, SUFFIX_MAX + 1, "~%08" PRIx32, (uint32_t)(hash >> 32));
	else if (counter == 0)
		snprintf(out, SUFFIX_MAX + 1, "~%016" PRIx64, hash);
	else
		snprintf(out, SUFFIX_MAX + 1, "~%016" PRIx64 "~%" PRIu64, hash, counter);
}

/*
 * Stem, suffix, extension.  COUNTED names leave room for any counter, so that
 * the stem does not depend on it: two of them are equal only if they are equal
 * without the counter, since an extension is too short to hold a suffix.
 */
static int set_suffixed(struct work *w, bool with_extension, uint64_t counter)
{
	const char *label = w->entry->label_len > 0 ? w->entry->label : "unnamed";
	const size_t len = w->entry->label_len > 0 ? w->entry->label_len : strlen(label);
	const size_t dot = with_extension ? extension_at(label, len) : len;
	char out[NAME_MAX_BYTES + 1], suffix[SUFFIX_MAX + 1], extension[EXTENSION_MAX + 2];
	bool cut;

	write_suffix(suffix, w, counter);
	size_t suffix_len = strlen(suffix);
	size_t ext_len = escape_part(extension, sizeof extension - 1, label, len, dot, len, &cut);
	size_t kept = w->level == COUNTED ? SUFFIX_MAX : suffix_len;
	size_t stem = escape_part(out, NAME_MAX_BYTES - kept - ext_len, label, len, 0, dot, &cut);
	memcpy(out + stem, suffix, suffix_len);
	memcpy(out + stem + suffix_len, extension, ext_len + 1);
	return set_name(w, out);
}

static bool in_list(const char *name, const char *const *list)
{
	for (; list != NULL && *list != NULL; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static int by_name(const void *va, const void *vb)
{
	const struct work *a = va, *b = vb;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return strcmp(a->name, b->name);
}

static int compare_bytes(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;
	int order = n > 0 ? memcmp(a, b, n) : 0;

	return order != 0 ? order : (a_len > b_len) - (a_len < b_len);
}

static int by_name_and_id(const void *va, const void *vb)
{
	const struct work *a = va, *b = vb;
	int order = by_name(a, b);

	if (order != 0)
		return order;
	order = compare_bytes(a->entry->id, a->entry->id_len, b->entry->id, b->entry->id_len);
	if (order != 0)
		return order;
	return compare_bytes(a->entry->label, a->entry->label_len,
		b->entry->label, b->entry->label_len);
}

/* Sorts, and marks every work item whose name is not its own; true if there is one. */
static bool find_collisions(struct work *work, size_t n, const char *const *reserved)
{
	bool any = false;

	qsort(work, n, sizeof *work, by_name);
	for (size_t i = 0; i < n; i++) {
		struct work *w = &work[i];
		bool same = (i > 0 && by_name(w - 1, w) == 0) ||
			(i + 1 < n && by_name(w, w + 1) == 0);
		w->wants_more = w->wants_more || same || in_list(w->name, reserved);
		any = any || w->wants_more;
	}
	return any;
}

static int plain_names(struct work *work, size_t n)
{
	char out[NAME_MAX_BYTES + 1];

	for (size_t i = 0; i < n; i++) {
		const struct name_entry *e = work[i].entry;
		work[i].wants_more = !name_escape(out, NAME_MAX_BYTES, e->label, e->label_len) ||
			e->label_len == 0;
		if (set_name(&work[i], out) != 0)
			return -ENOMEM;
	}
	return 0;
}

/* Gives what is marked, and has a suffix already if level is above SHORT, that level. */
static int raise_marked(struct work *work, size_t n, enum level level, bool with_extension)
{
	for (size_t i = 0; i < n; i++) {
		struct work *w = &work[i];
		if (w->wants_more && (level == SHORT || w->level != PLAIN)) {
			w->level = level;
			if (set_suffixed(w, with_extension, 0) != 0)
				return -ENOMEM;
		}
		w->wants_more = false;
	}
	return 0;
}

/* Moves the COUNTED items to the end; returns how many come before them. */
static size_t uncounted(struct work *work, size_t n)
{
	size_t kept = 0;

	for (size_t i = 0; i < n; i++) {
		if (work[i].level == COUNTED)
			continue;
		struct work w = work[i];
		work[i] = work[kept];
		work[kept++] = w;
	}
	return kept;
}

/* Numbers the COUNTED items: work[0..settled) has the names that are final. */
static int count_up(struct work *work, size_t settled, size_t n, bool with_extension,
	const char *const *reserved)
{
	uint64_t counter = 0, group = 0;

	qsort(work, settled, sizeof *work, by_name);
	qsort(work + settled, n - settled, sizeof *work, by_name_and_id);
	for (size_t i = settled; i < n; i++) {
		struct work *w = &work[i];
		if (i == settled || group != w->hash)
			counter = 0;
		group = w->hash;
		do {
			if (set_suffixed(w, with_extension, ++counter) != 0)
				return -ENOMEM;
		} while (in_list(w->name, reserved) ||
			bsearch(w, work, settled, sizeof *work, by_name) != NULL);
	}
	return 0;
}

static int assign(struct work *work, size_t n, const char *const *reserved, bool with_extension)
{
	static const enum level next[] = { SHORT, LONG, COUNTED };

	if (plain_names(work, n) != 0)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof next / sizeof next[0]; i++) {
		if (!find_collisions(work, n, reserved))
			return 0;
		if (raise_marked(work, n, next[i], with_extension) != 0)
			return -ENOMEM;
	}
	return count_up(work, uncounted(work, n), n, with_extension, reserved);
}

int name_assign(struct name_entry *entries, size_t n, const char *const *reserved,
	bool with_extension)
{
	if (n == 0)
		return 0;
	for (size_t i = 0; i < n; i++)
		entries[i].name = NULL;
	struct work *work = calloc(n, sizeof *work);
	if (work == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		work[i].entry = &entries[i];
	int rc = assign(work, n, reserved, with_extension);
	for (size_t i = 0; i < n; i++) {
		if (rc == 0)
			work[i].entry->name = work[i].name;
		else
			free(work[i].name);
	}
	free(work);
	return rc;
}

static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 33) * UINT64_C(0xFF51AFD7ED558CCD);
	h = (h ^ h >> 33) * UINT64_C(0xC4CEB9FE1A85EC53);
	return h ^ h >> 33;
}

uint64_t hash64_more(uint64_t seed, const void *data, size_t len)
{
	const unsigned char *p = data;
	uint64_t h = UINT64_C(0xCBF29CE484222325) ^ seed;

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001B3);
	return mix(h);
}

uint64_t hash64(const void *data, size_t len)
{
	return hash64_more(0, data, len);
}
