#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "oom.h"
#include "vbofs/content.h"
#include "vbofs/profile.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static void has_each_version(void **state)
{
	(void)state;
	assert_null(profile_get(0));
	assert_null(profile_get(9));
	assert_null(profile_get(-1));
	for (int v = PROFILE_OLDEST; v <= PROFILE_NEWEST; v++) {
		const struct profile *p = profile_get(v);
		char prefix[16];
		snprintf(prefix, sizeof(prefix), "/v%d/", v);
		assert_int_equal(p->version, v);
		assert_memory_equal(p->name, prefix + 1, 2);
		const char *const paths[] = {
			p->probe, p->token, p->sessions.path, p->session, p->stop, p->logout,
			p->role[ROLE_ADMIN].explore, p->role[ROLE_ADMIN].organizations[0].path,
			p->role[ROLE_TENANT].explore, p->role[ROLE_TENANT].organizations[0].path,
		};
		for (size_t i = 0; i < LEN(paths); i++)
			if (paths[i])
				assert_memory_equal(paths[i], prefix, 4);
		assert_int_equal(p->logout != NULL, v >= 7);
		/* where another listing may be asked for, there is one */
		for (enum role r = ROLE_ADMIN; r < ROLE_COUNT; r++)
			if (p->role[r].organizations[0].fallback != FALLBACK_NONE)
				assert_non_null(p->role[r].organizations[1].path);
	}
}

/* An id is one segment of a path, whatever it is. */
static void encodes_ids(void **state)
{
	static const struct {
		const char *template, *id, *want;
	} rows[] = {
		{ "/v1/x/%s/y", "380d7caf-6294", "/v1/x/380d7caf-6294/y" },
		{ "/v1/x/%s", "a/b?c#d%e f\\g\"", "/v1/x/a%2Fb%3Fc%23d%25e%20f%5Cg%22" },
		{ "/v1/x/%s/y", "..", "/v1/x/%2E%2E/y" },
		{ "/v1/x/%s/y", ".", "/v1/x/%2E/y" },
		{ "/v1/x/%s", "a.b", "/v1/x/a.b" },
		{ "/v1/x/%s", "\n\r\x7f\xC3\xBC", "/v1/x/%0A%0D%7F%C3%BC" },
		{ "/v1/x/%s", "", "/v1/x/" },
		{ "/v1/x", "ignored", "/v1/x" },
		{ "/v1/x/%s", "%s", "/v1/x/%25s" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct buf b;
		buf_init(&b, 4096);
		profile_path(&b, rows[i].template, rows[i].id);
		assert_string_equal(b.data, rows[i].want);
		buf_release(&b);
	}
}

static void writes_bodies(void **state)
{
	static const char *const want[] = {
		"{\"explore\":{\"datetime\":\"T\"}}",
		"{\"explore\":{\"datetime\":\"T\",\"type\":\"veod\"}}",
		"{\"explore\":{\"datetime\":\"T\",\"type\":\"veod\","
			"\"showDeleted\":true,\"showAllVersions\":false}}",
		"{\"explore\":{\"datetime\":\"T\",\"type\":\"veod\","
			"\"showDeleted\":true,\"showAllVersions\":false}}",
		"{\"explore\":{\"datetime\":\"T\",\"type\":\"veod\","
			"\"showDeleted\":true,\"showAllVersions\":false}}",
		"{\"dateTime\":\"T\",\"type\":\"Veod\","
			"\"showDeleted\":true,\"showAllVersions\":false}",
		"{\"dateTime\":\"T\",\"type\":\"Veod\","
			"\"showDeleted\":true,\"showAllVersions\":false}",
		"{\"dateTime\":\"T\",\"type\":\"Veod\","
			"\"showDeleted\":true,\"showAllVersions\":false}",
	};

	(void)state;
	for (int v = PROFILE_OLDEST; v <= PROFILE_NEWEST; v++) {
		struct explore e = { .type = EXPLORE_VEOD, .type_given = true };
		struct buf b;
		if (v >= 3) {
			e.show_deleted = e.show_deleted_given = e.show_all_versions_given = true;
		}
		buf_init(&b, 4096);
		profile_explore_body(profile_get(v), &e, "T", &b);
		assert_string_equal(b.data, want[v - 1]);
		json_t *json = json_loads(b.data, 0, NULL);
		assert_non_null(json);
		json_decref(json);
		buf_release(&b);
	}
}

/* Which version has which key, for an administrator ('a') and a tenant ('t'). */
static void refuses_what_a_version_lacks(void **state)
{
	static const struct {
		struct explore e;
		int since;
		const char *key;
	} rows[] = {
		{ { .type = EXPLORE_VEX, .type_given = true }, 1, "" },
		{ { .type = EXPLORE_VEOD, .type_given = true }, 2, "type" },
		{ { .type = EXPLORE_VESP, .type_given = true }, 2, "type" },
		{ { .type = EXPLORE_VET, .type_given = true }, 5, "type" },
		{ { .show_deleted_given = true }, 3, "showDeleted" },
		{ { .show_all_versions_given = true }, 3, "showAllVersions" },
		{ { .repository = "x" }, 8, "repositoryId" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		for (int v = PROFILE_OLDEST; v <= PROFILE_NEWEST; v++) {
			for (enum role r = ROLE_ADMIN; r < ROLE_COUNT; r++) {
				bool has = v >= rows[i].since && !(r == ROLE_TENANT &&
					rows[i].e.repository[0]);
				struct fault f = { 0 };
				int rc = profile_check_explore(profile_get(v), r, &rows[i].e, &f);
				if (rc != (has ? 0 : -EOPNOTSUPP) || (rc && !strstr(f.text,
					rows[i].key)))
					fail_msg("row %zu, v%d, role %d: %d %s", i, v, (int)r, rc,
						f.text);
			}
		}
	}
}

static void writes_times(void **state)
{
	static const struct profile_when digits = { .seconds = 1498514859 },
					 instant = { .zoned = true, .seconds = 1498514859 },
					 fraction = { .zoned = true, .seconds = 1498514859,
						      .nanoseconds = 1 };
	char text[TIMESTAMP_MAX];

	(void)state;
	for (int v = PROFILE_OLDEST; v <= PROFILE_NEWEST; v++) {
		const struct profile *p = profile_get(v);
		profile_datetime(p, &digits, -25200, text);
		assert_string_equal(text, v < 3 ? "2017.06.26 22:07:39" : "2017-06-26T22:07:39Z");
		profile_datetime(p, &instant, -25200, text);
		assert_string_equal(text, v < 3 ? "2017.06.26 15:07:39" : "2017-06-26T22:07:39Z");
		/* never earlier than what was asked for */
		profile_datetime(p, &fraction, 0, text);
		assert_string_equal(text,
			v < 3 ? "2017.06.26 22:07:40" : "2017-06-26T22:07:39.000000001Z");
	}
}

/* ---- content ---------------------------------------------------------------------------- */

static void knows_where_content_is(void **state)
{
	static const struct {
		enum content c;
		int since;
		const char *v1, *v6, *v8;
	} rows[] = {
		{ CONTENT_MAIL_FOLDERS, 1, "mailboxes/c%2F/folders?parentId=null",
		  "mailboxes/c%2F/folders?parentId=null", "mailboxes/c%2F/folders?parentId=root" },
		{ CONTENT_MAIL_ITEMS, 1, "mailboxes/c%2F/items?folderId=null",
		  "mailboxes/c%2F/items?folderId=null", "mailboxes/c%2F/items?parentId=root" },
		{ CONTENT_SITES, 2, NULL, "Sites?parentId=null", "Sites?parentId=root" },
	};
	static const struct content_ids ids = { .session = "s?", .container = "c/",
		.channel = "d" };

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		const struct {
			int version;
			const char *want;
		} wants[] = { { 1, rows[i].v1 }, { 6, rows[i].v6 }, { 8, rows[i].v8 } };
		for (size_t k = 0; k < LEN(wants); k++) {
			const struct profile *p = profile_get(wants[k].version);
			struct content_ask ask;
			char want[200];
			struct buf b;
			if (!wants[k].want)
				continue;
			buf_init(&b, 4096);
			content_list(p, rows[i].c, &ids, &b, &ask);
			snprintf(want, sizeof(want), "/v%d/RestoreSessions/s%%3F/organization/%s",
				 wants[k].version, wants[k].want);
			assert_string_equal(b.data, want);
			buf_release(&b);
		}
	}
}

/* ---- no memory -------------------------------------------------------------------------- */

static int write_all(void *arg)
{
	static const struct explore e = { .type = EXPLORE_VET, .type_given = true,
					  .show_deleted_given = true,
					  	.show_all_versions_given = true,
					  .repository = "5f8a6f2e-6d0c-4f0e-9a53-0b1f5b6d7c11" };
	struct buf b;

	(void)arg;
	buf_init(&b, 4096);
	profile_path(&b, "/v8/Organizations/%s/explore",
		"380d7caf-6294-4a33-b50a-b8aeb13af58c/////");
	profile_explore_body(profile_get(8), &e, "2017-06-26T22:07:39Z", &b);
	int rc = buf_error(&b);
	buf_release(&b);
	return rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_true(oom_each(write_all, NULL) > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(has_each_version),
		cmocka_unit_test(encodes_ids),
		cmocka_unit_test(writes_bodies),
		cmocka_unit_test(refuses_what_a_version_lacks),
		cmocka_unit_test(writes_times),
		cmocka_unit_test(knows_where_content_is),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("profile", tests, NULL, NULL);
}
