#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/options.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))
#define URL "https://vbo.example:4443"

static int parse(struct options *o, struct fault *f, const char *line)
{
	char words[512], *argv[16];
	int argc = 0;

	snprintf(words, sizeof(words), "%s", line);
	for (char *w = strtok(words, " "); w; w = strtok(NULL, " "))
		argv[argc++] = w;
	return options_parse(o, argc, argv, f);
}

static void takes_what_helpers_get(void **state)
{
	static const struct {
		const char *line;
		bool helper, fake, sloppy, foreground;
		int rc;
	} table[] = {
		{ "mount.vbofs " URL " / -o rw", true, false, false, false, 0 },
		{ "/sbin/mount.vbofs " URL " / -f -o rw", true, true, false, false, 0 },
		{ "mount.fuse.vbofs " URL " / -s -n -v -o rw", true, false, true, false, 0 },
		{ "mount.vbofs " URL " / -sfnv -o rw", true, true, true, false, 0 },
		{ "mount.vbofs " URL " / -t vbofs -o rw", true, false, false, false, 0 },
		{ "mount.vbofs " URL " / -s -o nosuch=1", true, false, true, false, 0 },
		{ "mount.vbofs " URL " / -N /proc/1/ns/mnt", true, false, false, false, -EINVAL },
		{ "mount.vbofs " URL " / -x", true, false, false, false, -EINVAL },
		{ "mount.vbofs " URL " / -o remount,ro", true, false, false, false, -EINVAL },
		{ "vbofs " URL " / -f", false, false, false, true, 0 },
		{ "/usr/bin/vbofs " URL " / -s", false, false, false, false, -EINVAL },
		{ "vbofs " URL " / -n", false, false, false, false, -EINVAL },
		{ "vbofs " URL " / -o nosuch", false, false, false, false, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < LEN(table); i++) {
		struct options o;
		struct fault f = { 0 };
		int rc = parse(&o, &f, table[i].line);
		if (rc != table[i].rc)
			fail_msg("%s: %d (%s)", table[i].line, rc, f.text);
		assert_int_equal(o.helper, table[i].helper);
		if (!rc) {
			assert_int_equal(o.fake, table[i].fake);
			assert_int_equal(o.sloppy, table[i].sloppy);
			assert_int_equal(o.foreground, table[i].foreground);
		}
		options_release(&o);
	}
}

/* Words of mount(8) mean nothing, whatever stands behind them; near misses are errors. */
static void ignores_on_purpose(void **state)
{
	static const char *const good[] = {
		"rw", "_netdev", "nofail", "user", "user=ada", "users", "owner", "group", "noauto", "exec",
		"suid", "dev", "relatime", "x-systemd.idle-timeout=10min", "X-mount.mkdir",
		"comment=backups", "default_permissions", "x-", ",,rw,",
	};
	static const char *const bad[] = {
		"netdev", "x", "user_id=0", "password=x", "username", "remount", "uid", "uid=-1", "ro=1",
		"setuid=no/such/user", "setuid=", "setuid", "umask=1777",
	};
	struct options o;
	struct fault f = { 0 };
	char line[128];

	(void)state;
	for (size_t i = 0; i < LEN(good); i++) {
		snprintf(line, sizeof(line), "vbofs -o %s " URL " /", good[i]);
		if (parse(&o, &f, line))
			fail_msg("%s: %s", good[i], f.text);
		assert_false(o.read_only);
		options_release(&o);
	}
	for (size_t i = 0; i < LEN(bad); i++) {
		snprintf(line, sizeof(line), "vbofs -o %s " URL " /", bad[i]);
		if (parse(&o, &f, line) != -EINVAL)
			fail_msg("%s was taken", bad[i]);
		options_release(&o);
	}
}

/* setuid= names the owner of the files, unless uid= and gid= do. */
static void becomes_somebody(void **state)
{
	struct options o;
	struct fault f = { 0 };

	(void)state;
	assert_int_equal(parse(&o, &f, "vbofs -o setuid=nobody " URL " /"), 0);
	assert_string_equal(o.user, "nobody");
	assert_int_equal(o.uid, o.user_uid);
	assert_int_equal(o.gid, o.user_gid);
	assert_int_not_equal(o.uid, 0);
	options_release(&o);
	assert_int_equal(parse(&o, &f, "vbofs -o setuid=0,uid=7,gid=8 " URL " /"), 0);
	assert_string_equal(o.user, "root");
	assert_int_equal(o.uid, 7);
	assert_int_equal(o.gid, 8);
	options_release(&o);
	assert_int_equal(parse(&o, &f, "vbofs " URL " /"), 0);
	assert_int_equal(o.uid, geteuid());
	assert_null(o.user);
	options_release(&o);
}

static void understands_addresses(void **state)
{
	static const struct {
		const char *url, *origin;
		bool loopback;
	} table[] = {
		{ "https://vbo.example:4443", "https://vbo.example:4443", false },
		{ "vbo.example", "https://vbo.example:4443", false },
		{ "vbo.example/", "https://vbo.example:4443", false },
		{ "vbo.example:443", "https://vbo.example:443", false },
		{ "HTTPS://VBO/", "https://VBO:4443", false },
		{ "[::1]:7", "https://[::1]:7", true },
		{ "localhost", "https://localhost:4443", true },
		{ "http://127.0.0.1:80/", "http://127.0.0.1:80", true },
		{ "127.0.0.1.example", "https://127.0.0.1.example:4443", false },
		{ "", NULL, false },
		{ "https://", NULL, false },
		{ "https://a:b@c", NULL, false },
		{ "https://a/path", NULL, false },
		{ "https://a?x", NULL, false },
		{ "https://a#x", NULL, false },
		{ "https://a:0", NULL, false },
		{ "https://a:65536", NULL, false },
		{ "https://a:1x", NULL, false },
		{ "https://[::1", NULL, false },
		{ "ftp://a", NULL, false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(table); i++) {
		struct fault f = { 0 };
		char *origin = NULL;
		bool loopback = false;
		int rc = options_origin(table[i].url, &origin, &loopback, &f);
		if (rc != (table[i].origin ? 0 : -EINVAL))
			fail_msg("'%s': %d %s", table[i].url, rc, f.text);
		if (!rc) {
			assert_string_equal(origin, table[i].origin);
			assert_int_equal(loopback, table[i].loopback);
			free(origin);
		}
	}
}

static int parse_all(void *arg)
{
	struct options o;
	struct fault f = { 0 };
	int rc;

	(void)arg;
	rc = parse(&o, &f, "vbofs -o ro,credentials=/c,cafile=/a,pinnedpubkey=sha256//x,spool=/s " URL " /");
	options_release(&o);
	return rc;
}

static void survives_without_memory(void **state)
{
	(void)state;
	assert_true(oom_each(parse_all, NULL) > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_what_helpers_get),
		cmocka_unit_test(ignores_on_purpose),
		cmocka_unit_test(becomes_somebody),
		cmocka_unit_test(understands_addresses),
		cmocka_unit_test(survives_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
