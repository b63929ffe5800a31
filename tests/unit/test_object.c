#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/object.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define LINK(rel, href) "{\"_links\":{\"" rel "\":{\"href\":\"" href "\"}}}"
#define MAIL "/v8/RestoreSessions/S/organization/mailboxes/M%2B1/folders/AAMk%3D%3d"
#define OLD "https://host:4443/v2/restoresessions/s/organization/Sites/a,b/folders/F?parentId=null#x"

enum what { ID, FIELD, HREF, LAST, BELOW, QUERY, PARENT };

static bool get(enum what what, const struct jslice *o, const char *a, const char *b, struct buf *out)
{
	switch (what) {
	case ID: return object_id(o, out);
	case FIELD: return object_field(o, a, out);
	case HREF: return object_href(o, a, out);
	case LAST: return object_link_last(o, a, out);
	case BELOW: return object_link_below(o, a, b, out);
	case QUERY: return object_link_query(o, a, b, out);
	default: return object_parent(o, out);
	}
}

static const struct {
	const char *json;
	enum what what;
	const char *a, *b, *want;        /* NULL: nothing is found */
} rows[] = {
	{ "{\"id\":\"x\"}", ID, NULL, NULL, "x" },
	{ "{\"postId\":1477905464822}", ID, NULL, NULL, "1477905464822" },
	{ "{\"id\":null,\"postId\":7}", ID, NULL, NULL, "7" },
	{ "{\"id\":\"\"}", ID, NULL, NULL, NULL },
	{ "{\"id\":\"a\\u0000b\"}", ID, NULL, NULL, NULL },
	{ "{\"id\":{}}", ID, NULL, NULL, NULL },
	{ "[]", ID, NULL, NULL, NULL },
	{ "{\"a\":true}", FIELD, "a", NULL, NULL },
	{ LINK("self", MAIL), HREF, "self", NULL, MAIL },
	{ "{\"_links\":{\"self\":\"/a\"}}", HREF, "self", NULL, "/a" },
	{ LINK("self", ""), HREF, "self", NULL, NULL },
	{ LINK("self", "a\\u0000b"), HREF, "self", NULL, NULL },
	{ LINK("self", MAIL), HREF, "parent", NULL, NULL },
	{ LINK("parent", MAIL), LAST, "parent", NULL, "AAMk==" },
	{ LINK("parent", OLD), LAST, "parent", NULL, "F" },
	{ LINK("parent", "F"), LAST, "parent", NULL, "F" },
	{ LINK("parent", "/a/F//"), LAST, "parent", NULL, "F" },
	{ LINK("parent", "https://host"), LAST, "parent", NULL, NULL },
	{ LINK("parent", "/"), LAST, "parent", NULL, NULL },
	{ LINK("parent", "/a/%zz%4"), LAST, "parent", NULL, "%zz%4" },
	{ LINK("parent", "/a/%00b%2fc"), LAST, "parent", NULL, "b/c" },
	{ LINK("self", MAIL), BELOW, "self", "Mailboxes", "M+1" },
	{ LINK("self", MAIL), BELOW, "self", "folders", "AAMk==" },
	{ LINK("self", MAIL), BELOW, "self", "folder", NULL },
	{ LINK("self", "/a/folders"), BELOW, "self", "folders", NULL },
	{ LINK("self", "/a/folders/"), BELOW, "self", "folders", NULL },
	{ LINK("self", "/a?folders/x"), BELOW, "self", "folders", NULL },
	{ LINK("self", OLD), BELOW, "self", "sites", "a,b" },
	{ LINK("self", "/p/1?a=b&channelId=19%3Ax%40t#c"), QUERY, "self", "channelid", "19:x@t" },
	{ LINK("self", "/p/1?channelId=#c"), QUERY, "self", "channelId", NULL },
	{ LINK("self", "/p/1?channelIds=2"), QUERY, "self", "channelId", NULL },
	{ LINK("self", "/p/1#?channelId=2"), QUERY, "self", "channelId", NULL },
	{ LINK("self", "/p/1"), QUERY, "self", "channelId", NULL },
	{ "{\"parentId\":12,\"_links\":{\"parent\":{\"href\":\"/a/b\"}}}", PARENT, NULL, NULL, "12" },
	{ "{\"parentId\":null,\"_links\":{\"parent\":{\"href\":\"/a/b\"}}}", PARENT, NULL, NULL, "b" },
	{ "{\"parentId\":null,\"_links\":{}}", PARENT, NULL, NULL, NULL },
};

static void reads_ids_and_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct jslice o;
		struct buf out;
		assert_int_equal(jslice_parse(rows[i].json, strlen(rows[i].json), &o), 0);
		buf_init(&out, 4096);
		buf_addch(&out, '<');
		if (get(rows[i].what, &o, rows[i].a, rows[i].b, &out) != (rows[i].want != NULL) ||
		    strcmp(out.data + 1, rows[i].want ? rows[i].want : "") != 0)
			fail_msg("%s: got '%s'", rows[i].json, out.data);
		buf_release(&out);
	}
}

static int find_parent(void *arg)
{
	static const char json[] = LINK("parent", MAIL);
	struct jslice o;
	struct buf out;
	int rc = 0;

	(void)arg;
	jslice_parse(json, strlen(json), &o);
	buf_init(&out, 4096);
	if (!object_parent(&o, &out))
		rc = buf_error(&out) ? buf_error(&out) : -1;
	buf_release(&out);
	return rc;
}

/* No memory is never mistaken for no parent. */
static void lack_of_memory_is_told(void **state)
{
	(void)state;
	assert_true(oom_each(find_parent, NULL) >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_ids_and_links),
		cmocka_unit_test(lack_of_memory_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
