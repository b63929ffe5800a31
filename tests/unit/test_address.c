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
#define WORDS 12

/* The words of a command line, separated by blanks. */
static int parse(struct options *o, const char *line, struct fault *f)
{
	char program[] = "vbofs", *argv[WORDS + 1] = { program };
	char *text = strdup(line), *rest = text, *word;
	int argc = 1;

	memset(o, 0, sizeof(*o));
	if (!text)
		return -ENOMEM;
	while ((word = strsep(&rest, " ")) && argc < WORDS)
		argv[argc++] = word;
	int rc = options_parse(o, argc, argv, f);
	free(text);
	return rc;
}

static void assert_refused(const char *line, const char *says)
{
	struct fault f = { 0 };
	struct options o;
	int rc = parse(&o, line, &f);

	if (rc >= 0 || f.err != -rc || !strstr(f.text, says))
		fail_msg("%s: %d, %s", line, rc, f.text);
	options_release(&o);
}

static void reads_addresses(void **state)
{
	static const struct {
		const char *url, *origin;
		bool loopback;
	} rows[] = {
		{ "https://server", "https://server:4443", false },
		{ "HTTPS://Server:1/", "https://Server:1", false },
		{ "server", "https://server:4443", false },
		{ "server:65535/", "https://server:65535", false },
		{ "https://[::1]:80", "https://[::1]:80", true },
		{ "[fe80::1]", "https://[fe80::1]:4443", false },
		{ "http://localhost", "http://localhost:4443", true },
		{ "http://LOCALHOST:8080/", "http://LOCALHOST:8080", true },
		{ "http://127.0.0.1", "http://127.0.0.1:4443", true },
		{ "http://127.255.255.254:1", "http://127.255.255.254:1", true },
		/* names that a name server answers for, or that libc reads in its own ways */
		{ "http://127.1", "http://127.1:4443", false },
		{ "http://127.0.0.1.", "http://127.0.0.1.:4443", false },
		{ "http://127.188888888888", "http://127.188888888888:4443", false },
		{ "http://127.0.0.1.2", "http://127.0.0.1.2:4443", false },
		{ "http://127.0.0.256", "http://127.0.0.256:4443", false },
		{ "http://127.", "http://127.:4443", false },
		{ "http://128.0.0.1", "http://128.0.0.1:4443", false },
		{ "http://localhost.", "http://localhost.:4443", false },
		{ "http://localhost.example", "http://localhost.example:4443", false },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fault f = { 0 };
		char *origin = NULL;
		bool loopback = false;
		if (options_origin(rows[i].url, &origin, &loopback, &f))
			fail_msg("%s: %s", rows[i].url, f.text);
		assert_string_equal(origin, rows[i].origin);
		if (loopback != rows[i].loopback)
			fail_msg("%s: loopback is %d", rows[i].url, loopback);
		free(origin);
	}
}

static void refuses_addresses(void **state)
{
	static const char *const urls[] = {
		"", "/", "https://", "https://:1", "https://server/path", "https://server?x",
		"https://server#x", "https://server:0", "https://server:65536",
			"https://server:99999999999",
		"https://server:1x", "https://server:", "https://server:1/x", "https://ada@server",
		"https://ada:secret@server", "ftp://server", "https://ser ver", "https://[::1",
			"https://[::1]x",
		"http://127.0.0.1\\@server", "https://server\\x",
	};

	(void)state;
	for (size_t i = 0; i < LEN(urls); i++) {
		struct fault f = { 0 };
		char *origin = NULL;
		bool loopback;
		if (options_origin(urls[i], &origin, &loopback, &f) != -EINVAL || origin)
			fail_msg("%s is accepted as %s", urls[i], origin);
		assert_int_equal(f.err, EINVAL);
		assert_null(strstr(f.text, "secret"));
	}
}

static void keeps_passwords_on_this_machine(void **state)
{
	struct options o;

	(void)state;
	assert_refused("--check http://server", "in the clear");
	assert_refused("--check http://127.1888888888888", "in the clear");
	assert_int_equal(parse(&o, "--check http://127.0.0.1", NULL), 0);
	assert_true(o.loopback);
	options_release(&o);
	assert_int_equal(parse(&o, "--check -o insecure http://server", NULL), 0);
	options_release(&o);
}

static void takes_all_options(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, "-f -o credentials=/c,cafile=/a\\,b\\\\,pinnedpubkey=sha256//x "
				   "-oapi=v3,tenant,ro,timeout=1,explore-timeout=86400,server-tz=-07:30 -o "
				   "strict-time,stop-on-unmount,allow_other,uid=0,gid=4294967294,umask=027,xattr,"
				   "content=off,spool-size=3K,spool=/s,,x-systemd.automount,nofail https://server /",
			       NULL), 0);
	assert_int_equal(o.mode, MODE_MOUNT);
	assert_true(o.foreground && !o.debug && o.tenant && o.read_only && o.strict_time);
	assert_true(o.stop_on_unmount && o.allow_other && o.xattr && o.content_off && !o.insecure);
	assert_string_equal(o.credentials, "/c");
	assert_string_equal(o.cafile, "/a,b\\");
	assert_string_equal(o.pinnedpubkey, "sha256//x");
	assert_string_equal(o.spool_directory, "/s");
	assert_string_equal(o.mountpoint, "/");
	assert_string_equal(o.source, "https://server");
	assert_int_equal(o.api, 3);
	assert_int_equal(o.timeout, 1);
	assert_int_equal(o.explore_timeout, 86400);
	assert_true(o.server_tz_given && o.uid_given && o.gid_given && o.umask_given);
	assert_int_equal(o.server_tz, -27000);
	assert_int_equal(o.uid, 0);
	assert_int_equal(o.gid, 4294967294u);
	assert_int_equal(o.umask, 027);
	assert_int_equal(o.spool_size, 3072);
	options_release(&o);
}

static void has_defaults(void **state)
{
	struct options o;

	(void)state;
	assert_int_equal(parse(&o, "server /", NULL), 0);
	assert_int_equal(o.api, 0);
	assert_int_equal(o.timeout, 30);
	assert_int_equal(o.explore_timeout, 3600);
	assert_int_equal(o.spool_size, 2LL << 30);
	assert_int_equal(o.uid, geteuid());
	assert_int_equal(o.gid, getegid());
	assert_false(o.foreground || o.insecure || o.read_only || o.allow_other ||
		o.server_tz_given);
	assert_null(o.credentials);
	options_release(&o);
}

static void makes_paths_absolute(void **state)
{
	char here[4096], want[4200];
	struct options o;

	(void)state;
	assert_non_null(getcwd(here, sizeof(here)));
	assert_int_equal(parse(&o, "--check -o credentials=a,credentials=b/../c server", NULL), 0);
	snprintf(want, sizeof(want), "%s/b/../c", here);
	assert_string_equal(o.credentials, want);
	options_release(&o);
}

static void refuses_what_it_does_not_know(void **state)
{
	(void)state;
	assert_refused("--check -o timeout=0 s", "timeout: '0' is not a number from 1 to 86400");
	assert_refused("--check -o timeout=86401 s", "timeout");
	assert_refused("--check -o timeout=+1 s", "timeout");
	assert_refused("--check -o timeout= s", "timeout");
	assert_refused("--check -o timeout s", "needs a value: timeout=SECONDS");
	assert_refused("--check -o uid=4294967295 s", "uid");
	assert_refused("--check -o uid=-1 s", "uid");
	assert_refused("--check -o umask=1000 s", "umask");
	assert_refused("--check -o umask=8 s", "umask");
	assert_refused("--check -o spool-size=0 s", "spool-size");
	assert_refused("--check -o spool-size=9223372036854775808 s", "spool-size");
	assert_refused("--check -o spool-size=9999999T s", "spool-size");
	assert_refused("--check -o spool-size=1KB s", "spool-size");
	assert_refused("--check -o api=v0 s", "neither auto nor one of v1 to v8");
	assert_refused("--check -o content=maybe s", "neither on nor off");
	assert_refused("--check -o server-tz=+14:01 s", "server-tz");
	assert_refused("--check -o pinnedpubkey=md5//x s", "sha256//");
	assert_refused("--check -o credentials= s", "credentials");
	assert_refused("--check -o ro=1 s", "takes no value");
	assert_refused("--check -o colour s", "unknown option 'colour'");
	assert_refused("--check -o \x1b[31m s", "unknown option '\\x1b[31m'");
	assert_refused("--colour s", "unknown argument '--colour'");
	assert_refused("--check -o", "unknown argument '-o'");
	assert_refused("--check", "address is missing");
	assert_refused("s", "mountpoint is missing");
	assert_refused("s / x", "'x' is one word too many");
	assert_refused("--check s x", "'x' is one word too many");
	assert_refused("s /dev/null", "not a directory");
	assert_refused("s /nowhere/at/all", "/nowhere/at/all");
	assert_refused("-- -s /nowhere/at/all", "/nowhere/at/all");
}

/* A secret that was typed all the same is not repeated. */
static void repeats_no_secret(void **state)
{
	struct fault f = { 0 };
	struct options o;

	(void)state;
	assert_refused("-o password=hunter2 s /", "credentials=FILE");
	assert_int_equal(parse(&o, "-o username=ada,password=hunter2 s /", &f), -EINVAL);
	assert_null(strstr(f.text, "hunter2"));
	options_release(&o);
}

static int parse_once(void *arg)
{
	struct options o;

	(void)arg;
	int rc = parse(&o, "-o credentials=/c,cafile=a,spool=/s,pinnedpubkey=sha256//x server /",
		NULL);
	options_release(&o);
	return rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_true(oom_each(parse_once, NULL) >= 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_addresses),
		cmocka_unit_test(refuses_addresses),
		cmocka_unit_test(keeps_passwords_on_this_machine),
		cmocka_unit_test(takes_all_options),
		cmocka_unit_test(has_defaults),
		cmocka_unit_test(makes_paths_absolute),
		cmocka_unit_test(refuses_what_it_does_not_know),
		cmocka_unit_test(repeats_no_secret),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
