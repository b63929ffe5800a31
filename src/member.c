/* One object of a collection: from JSON text to the fields that stat and naming need. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vbofs/name.h"
#include "vbofs/object.h"
#include "vbofs/timestamp.h"

#include "model_private.h"

#define NOTES_KEPT_MS 300000     /* as long as a server may take to start anew */

struct member *member_get(struct member *m)
{
	m->refs++;
	return m;
}

static const struct member_notes none;

static void notes_free(const struct member_notes *notes)
{
	if (notes == &none)
		return;
	free(notes->asked);
	free(notes->org_id);
	free(notes->last);
	free((void *)(uintptr_t)notes);
}

struct member_notes *member_note(struct member *m)
{
	if (m->notes == &none) {
		struct member_notes *notes = calloc(1, sizeof(*notes));
		if (!notes)
			return NULL;
		m->notes = notes;
		if (m->gone)
			map_insert(&m->of->lost, m->hash, m);
	}
	return (struct member_notes *)(uintptr_t)m->notes;
}

/* ---- going and coming back ---------------------------------------------------------- */

void member_lose(struct member *m)
{
	struct collection *c = m->of;

	m->gone = true;
	m->seen = timer_now();   /* until now it was taken to be there */
	map_remove(&c->by_name, m->hash, m);
	/* without memory for it the notes go with it */
	if (m->notes != &none)
		map_insert(&c->lost, m->hash, m);
	collection_moved(c);
	collection_changed(c, m);
}

bool member_is_remembered(const struct member *m)
{
	return m->notes != &none && timer_now() - m->seen < NOTES_KEPT_MS;
}

struct member *member_find_lost(const struct member *m)
{
	struct member *lost = map_find(&m->of->lost, m->hash, member_is_named, m->name);

	return lost ? member_get(lost) : NULL;
}

void member_take_notes(struct member *m, struct member *lost)
{
	map_remove(&lost->of->lost, lost->hash, lost);
	m->notes = lost->notes;
	lost->notes = &none;
}

void member_put(struct member *m)
{
	if (!m || --m->refs)
		return;
	if (m->gone)
		map_remove(&m->of->lost, m->hash, m);
	collection_put(m->of);
	if (m->name != m->id)
		free(m->name);
	free(m->json);
	notes_free(m->notes);
	free(m);
}

struct jslice member_json(const struct member *m)
{
	return (struct jslice){ JSLICE_OBJECT, m->json, m->json_len };
}

/* *text is NULL for what makes no text.  0, -ENOMEM. */
static int scalar_text(const struct jslice *value, char **text)
{
	struct buf b;

	*text = NULL;
	buf_init(&b, MEMBER_MAX);
	int rc = jslice_scalar(value, &b);
	if (!rc && b.len && !memchr(b.data, '\0', b.len)) {
		*text = buf_take(&b, NULL);
		return *text ? 0 : -ENOMEM;
	}
	buf_release(&b);
	return rc == -ENOMEM ? rc : 0;
}

static bool read_time(const struct jslice *value, int64_t *seconds, uint32_t *ns)
{
	struct timestamp t;

	if (value->type != JSLICE_STRING || value->len < 2 ||
	    timestamp_parse_server(value->text + 1, value->len - 2, &t))
		return false;
	/* servers write 0001-01-01 for "never" */
	if (t.seconds <= 0)
		return false;
	*seconds = t.seconds;
	*ns = t.nanoseconds;
	return true;
}

static void read_size(const struct jslice *value, int64_t *size)
{
	int64_t n = 0;

	if (value->type != JSLICE_NUMBER || value->len > 18)
		return;
	for (size_t i = 0; i < value->len; i++) {
		if (value->text[i] < '0' || value->text[i] > '9')
			return;
		n = n * 10 + (value->text[i] - '0');
	}
	*size = n;
}

static bool text_is(const struct jslice *value, const char *text)
{
	size_t n = strlen(text);

	return value->type == JSLICE_STRING && value->len == n + 2 &&
	       memcmp(value->text + 1, text, n) == 0;
}

static int read_label(struct member *m, const struct jslice *value)
{
	char *label;

	if (scalar_text(value, &label))
		return -ENOMEM;
	m->label = label ? collection_intern(m->of, label) : "";
	free(label);
	return m->label ? 0 : -ENOMEM;
}

/* What is looked for in all members; behind these their class's times and its label. */
enum { ID, POST_ID, CREATED, STATE, STATUS, SIZE, SIZE_BYTES, TIMES };

struct fields {
	struct jslice found[JSLICE_PICK_MAX];
	size_t label;                /* where it is in `found`: behind the times */
};

/* In one walk over the properties. */
static void fields_pick(struct fields *f, const struct collection_class *class, const struct jslice *json)
{
	const char *keys[JSLICE_PICK_MAX] = {
		[ID] = "id", [POST_ID] = "postId", [STATE] = "state", [STATUS] = "status",
		[CREATED] = class->created_key ? class->created_key : "creationTime",
		[SIZE] = "size", [SIZE_BYTES] = "sizeBytes",
	};
	size_t n = TIMES;

	for (size_t i = 0; class->mtime_keys[i] && n < JSLICE_PICK_MAX - 1; i++)
		keys[n++] = class->mtime_keys[i];
	f->label = n;
	if (class->label_key)
		keys[n++] = class->label_key;
	jslice_pick(json, keys, f->found, n);
}

static int fields_read(const struct fields *f, struct member *m)
{
	const struct collection_class *class = m->of->class;
	uint32_t unused;

	m->label = "";
	m->size = m->saved = -1;
	m->settled = class->content || class->grows;
	if (class->label_key && f->found[f->label].type && read_label(m, &f->found[f->label]))
		return -ENOMEM;
	for (size_t i = TIMES; i < f->label && !read_time(&f->found[i], &m->mtime, &m->mtime_ns); i++)
		;
	read_time(&f->found[CREATED], &m->created, &unused);
	if (class->content) {
		read_size(&f->found[SIZE], &m->size);
		read_size(&f->found[SIZE_BYTES], &m->size);
	}
	if (class->restore_sessions)
		m->settled = text_is(&f->found[STATE], "Stopped");
	if (class->grows && f->found[STATUS].type)
		m->settled = !text_is(&f->found[STATUS], "Running");
	return 0;
}

/* The text as it is kept: a copy, mended where it is no JSON.  NULL: no memory. */
static char *copy_json(const struct jslice *element, size_t *len)
{
	struct jslice text = *element;
	struct buf mended;
	char *copy = NULL;

	buf_init(&mended, MEMBER_MAX);
	if (!jslice_valid(&text)) {
		jslice_mend(text.text, text.len, &mended);
		if (!buf_error(&mended)) {
			text.text = mended.data;
			text.len = mended.len;
		}
		if (buf_error(&mended) || !jslice_valid(&text))
			text = *element;
	}
	if (buf_error(&mended) != -ENOMEM && text.len <= MEMBER_MAX)
		copy = malloc(text.len + 1);
	if (copy) {
		memcpy(copy, text.text, text.len);
		copy[text.len] = '\0';
		*len = text.len;
	}
	buf_release(&mended);
	return copy;
}

static bool add_identity(const struct collection *c, const struct jslice *json, const struct fields *f,
			 struct buf *out)
{
	switch (c->ask.identity) {
	case CONTENT_BY_VERSION:
		return object_field(json, "versionId", out) || object_field(json, "version", out);
	case CONTENT_BY_LINK:
		return object_href(json, "self", out) || object_id(json, out);
	default:
		return object_value(&f->found[ID], out) || object_value(&f->found[POST_ID], out);
	}
}

/* With its id behind it.  NULL: no memory. */
static struct member *allocate(const struct collection *c, const struct jslice *json,
			       const struct fields *f)
{
	struct buf id;

	buf_init(&id, c->ask.identity == CONTENT_BY_LINK ? API_PATH_MAX : MEMBER_ID_MAX);
	if (!add_identity(c, json, f, &id) && buf_error(&id) != -ENOMEM) {
		buf_release(&id);
		buf_init(&id, MEMBER_ID_MAX);
		buf_printf(&id, "unreadable-%016" PRIx64, hash64(json->text, json->len));
	}
	struct member *m = buf_error(&id) ? NULL : calloc(1, sizeof(*m) + id.len + 1);
	if (m && id.len)
		memcpy(m->id, id.data, id.len);
	buf_release(&id);
	return m;
}

static int set_name(struct member *m)
{
	char name[NAME_MAX_BYTES + 1];

	name_of_id(name, m->id, strlen(m->id));
	m->name = strcmp(name, m->id) == 0 ? m->id : strdup(name);
	if (!m->name)
		return -ENOMEM;
	m->hash = hash64(m->name, strlen(m->name));
	return 0;
}

static bool is_own_id(const struct jslice *element, const struct jslice *id)
{
	return element->type == JSLICE_OBJECT && id->type == JSLICE_STRING && id->len > 2;
}

bool member_has_id(const struct jslice *element)
{
	struct jslice id = jslice_get(element, "id");

	return is_own_id(element, &id);
}

/* `f` is what was found in its text.  NULL: no memory. */
static struct member *make(struct collection *c, const struct jslice *element, struct fields *f)
{
	struct jslice json = { .type = JSLICE_OBJECT };
	char *text = copy_json(element, &json.len);
	struct member *m = NULL;

	json.text = text;
	if (text) {
		fields_pick(f, c->class, &json);
		m = allocate(c, &json, f);
	}
	if (!m) {
		free(text);
		return NULL;
	}
	m->json = text;
	m->json_len = (uint32_t)json.len;
	m->refs = 1;
	m->notes = &none;
	m->of = c;
	c->refs++;
	m->version = ++c->model->version;
	m->born = m->fetched = m->seen = timer_now();
	if (set_name(m) || fields_read(f, m)) {
		member_put(m);
		return NULL;
	}
	if (c->class->content)
		m->saved = contents_length(m);
	return m;
}

struct member *member_new(struct collection *c, const struct jslice *element)
{
	struct fields f;

	return make(c, element, &f);
}

struct member *member_parse(struct collection *c, const char *text, size_t len, struct fault *f)
{
	struct jslice object;
	struct fields fields;
	bool parsed = text && jslice_parse(text, len, &object) == 0;
	struct member *m = parsed ? make(c, &object, &fields) : NULL;

	if (parsed && !m) {
		fault_set(f, ENOMEM, "no memory for the server's answer");
		return NULL;
	}
	if (!m || !is_own_id(&object, &fields.found[ID])) {
		member_put(m);
		fault_set(f, EIO, "the server's answer is not an object with an id");
		return NULL;
	}
	return m;
}

bool member_update(struct member *m, struct member *from, uint64_t tick)
{
	bool current = tick >= m->not_before;
	bool changed = current && (m->json_len != from->json_len ||
				   memcmp(m->json, from->json, m->json_len) != 0);

	m->seen = from->seen;
	if (current)
		m->fetched = from->fetched;
	if (changed) {
		char *old = m->json;
		m->json = from->json;
		from->json = old;
		m->json_len = from->json_len;
		m->label = from->label;
		m->mtime = from->mtime;
		m->mtime_ns = from->mtime_ns;
		m->created = from->created;
		m->settled = from->settled;
		m->version = ++m->of->model->version;
	}
	member_put(from);
	return changed;
}
