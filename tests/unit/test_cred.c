#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "oom.h"
#include "vbofs/cred.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A copy of exactly this size: reading past it is seen by the sanitizer. */
static int parse(struct cred *c, const char *text, size_t len, struct fault *f)
{
	char *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, text, len);
	int rc = cred_parse(c, copy, len, f);
	free(copy);
	return rc;
}

static void understands(void **state)
{
	static const struct {
		const char *text, *username, *password;
	} rows[] = {
		{ "username=ada\npassword=secret\n", "ada", "secret" },
		{ "password=secret\nusername=ada", "ada", "secret" },
		{ "username=ada\r\npassword=secret\r\n", "ada", "secret" },
		{ "username=ada\r\npassword=secret\r", "ada", "secret" },
		{ "\xEF\xBB\xBFusername=ada\npassword=secret\n", "ada", "secret" },
		{ "\r\nusername=ada\r\n\r\npassword=s\r\ndomain=d\r\n", "d\\ada", "s" },
		{ "# login\n\n  \t\n username\t=ada\n\tpassword =secret\n\n", "ada", "secret" },
		{ "#password=no\nusername=ada\npassword=#yes\n", "ada", "#yes" },
		{ "username=ada@contoso.com\npassword= two words \n", "ada@contoso.com", " two words " },
		{ "username=ada\npassword=a=b==\n", "ada", "a=b==" },
		{ "username=ada\npassword=a\rb\n", "ada", "a\rb" },
		{ "username=ada\npassword=\"quoted\"\n", "ada", "\"quoted\"" },
		{ "username=ada\ndomain=CONTOSO\npassword=secret\n", "CONTOSO\\ada", "secret" },
		{ "username=ada\ndomain=\npassword=secret\n", "ada", "secret" },
		{ "username=CONTOSO\\ada\npassword=\xC3\xBC\xFF\n", "CONTOSO\\ada", "\xC3\xBC\xFF" },
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fault f = { 0 };
		struct cred c;
		if (parse(&c, rows[i].text, strlen(rows[i].text), &f) != 0)
			fail_msg("row %zu: %s", i, f.text);
		assert_string_equal(c.username, rows[i].username);
		assert_string_equal(c.password, rows[i].password);
		cred_wipe(&c);
		assert_null(c.username);
		assert_null(c.password);
		cred_wipe(&c);
	}
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		const char *says;
	} rows[] = {
#define ROW(text, says) { text, sizeof text - 1, says }
		ROW("", "no username, write a line username=NAME"),
		ROW("\n# nothing\n", "no username"),
		ROW("username=ada\n", "no password, write a line password=SECRET"),
		ROW("password=hunter2\n", "no username"),
		ROW("username=\npassword=hunter2\n", "no username"),
		ROW("username=ada\npassword=\n", "no password"),
		ROW("username=ada\npassword=\r\n", "no password"),
		ROW("username=ada\nhunter2\n", "line 2 has no \"=\", write key=value"),
		ROW("username=ada\n\n\nhunter2=x\n", "line 4 has unknown key"),
		ROW("Username=ada\npassword=hunter2\n", "line 1 has unknown key"),
		ROW("user=ada\npassword=hunter2\n", "line 1 has unknown key"),
		ROW("=hunter2\n", "line 1 has unknown key"),
		ROW(" # not at the start\n", "line 1 has no \"=\""),
		ROW("username=ada\npassword=hunter2\npassword=hunter2\n", "line 3 has a key that was"),
		ROW("username=ada\npassword=hunter2\nusername=ada\n", "line 3 has a key that was"),
		ROW("domain=\ndomain=\n", "line 2 has a key that was"),
		ROW("username=ada\npassword=hun\0ter2\n", "line 2 has a NUL byte"),
		ROW("username=ada\npassword=hunter2\n\0", "line 3 has a NUL byte"),
		ROW("\xEF\xBB\xBF", "no username"),
		ROW("\xEF\xBB", "line 1 has no \"=\""),
	};

	(void)state;
	for (size_t i = 0; i < LEN(rows); i++) {
		struct fault f = { 0 };
		struct cred c;
		int rc = parse(&c, rows[i].text, rows[i].len, &f);
		if (rc != -EINVAL || f.err != EINVAL || strstr(f.text, rows[i].says) == NULL)
			fail_msg("row %zu: %d, %s", i, rc, f.text);
		assert_null(strstr(f.text, "hunter2"));
		assert_null(strstr(f.text, "ada"));
		assert_null(c.username);
		assert_null(c.password);
		assert_int_equal(parse(&c, rows[i].text, rows[i].len, NULL), -EINVAL);
	}
}

static int parse_once(void *arg)
{
	static const char text[] = "username=ada\npassword=secret\ndomain=d";
	struct fault f = { 0 };
	struct cred c;

	(void)arg;
	int rc = cred_parse(&c, text, sizeof text - 1, &f);
	assert_true((c.username != NULL) == (rc == 0));
	assert_int_equal(f.err, -rc);
	cred_wipe(&c);
	return rc;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_int_equal(oom_each(parse_once, NULL), 2);
}

/* ---- files ---- */

static char dir[64], path[100];

static int make_dir(void **state)
{
	(void)state;
	snprintf(dir, sizeof dir, "/tmp/test_cred.XXXXXX");
	if (mkdtemp(dir) == NULL)
		return -1;
	snprintf(path, sizeof path, "%s/cred", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	unlink(path);
	rmdir(path);
	return rmdir(dir);
}

static void write_file(const char *text, size_t len, mode_t mode)
{
	unlink(path);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static const char good[] = "username=ada\npassword=secret\n";

static void wants_the_right_mode(void **state)
{
	(void)state;
	for (unsigned mode = 0400; mode <= 0777; mode++) {
		for (int systemd = 0; systemd < 2; systemd++) {
			const unsigned others = mode & 077;
			const bool right = others == 0 || (systemd && others == 040);
			struct fault f = { 0 };
			struct cred c;
			if ((mode & 0400) == 0)
				continue;
			write_file(good, sizeof good - 1, (mode_t)mode);
			int rc = cred_load(&c, path, systemd, &f);
			if (rc != (right ? 0 : -EACCES))
				fail_msg("mode %04o: %d, %s", mode, rc, f.text);
			if (rc != 0) {
				char shown[8];
				snprintf(shown, sizeof shown, "%04o", mode);
				assert_non_null(strstr(f.text, shown));
				assert_non_null(strstr(f.text, systemd ? "make it 0440" : "make it 0600"));
				assert_non_null(strstr(f.text, path));
				assert_null(c.username);
			} else {
				assert_string_equal(c.password, "secret");
				assert_int_equal(f.err, 0);
				assert_string_equal(f.text, "");
			}
			cred_wipe(&c);
		}
	}
}

static void wants_a_regular_file(void **state)
{
	struct fault f = { 0 };
	struct cred c;

	(void)state;
	unlink(path);
	assert_int_equal(cred_load(&c, path, false, &f), -ENOENT);
	assert_non_null(strstr(f.text, "no such file"));
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(cred_load(&c, path, false, &f), -EINVAL);
	assert_non_null(strstr(f.text, "not a regular file"));
	rmdir(path);
	assert_int_equal(mkfifo(path, 0600), 0);            /* must not wait for a writer */
	assert_int_equal(cred_load(&c, path, false, &f), -EINVAL);
	unlink(path);
	assert_int_equal(symlink(path, path), 0);
	assert_int_equal(cred_load(&c, path, false, &f), -ELOOP);
	assert_non_null(strstr(f.text, "ELOOP"));
	unlink(path);
	assert_int_equal(cred_load(&c, "/dev/null", false, NULL), -EINVAL);
	assert_null(c.username);
}

static void follows_a_link(void **state)
{
	char to[120];
	struct cred c;

	(void)state;
	write_file(good, sizeof good - 1, 0600);
	snprintf(to, sizeof to, "%s.link", path);
	assert_int_equal(symlink(path, to), 0);
	assert_int_equal(cred_load(&c, to, false, NULL), 0);
	cred_wipe(&c);
	unlink(to);
}

static void wants_the_right_owner(void **state)
{
	struct fault f = { 0 };
	struct cred c;

	(void)state;
	if (geteuid() != 0)
		skip();
	write_file(good, sizeof good - 1, 0600);
	assert_int_equal(chown(path, 12345, 12345), 0);
	assert_int_equal(cred_load(&c, path, false, &f), -EACCES);
	assert_non_null(strstr(f.text, "it belongs to user 12345"));
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(cred_load(&c, path, false, &f), 0);
	cred_wipe(&c);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(chown(path, 0, 12345), 0);
	assert_int_equal(chmod(path, 0440), 0);
	assert_int_equal(setegid(12345), 0);
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(cred_load(&c, path, true, &f), 0);      /* root's, as systemd does it */
	cred_wipe(&c);
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(setegid(0), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(seteuid(12345), 0);
	assert_int_equal(cred_load(&c, path, false, &f), -EACCES);
	assert_non_null(strstr(f.text, "permission denied"));
	assert_int_equal(seteuid(0), 0);
}

static void bounds_the_size(void **state)
{
	static char text[CRED_FILE_MAX + 1];
	struct fault f = { 0 };
	struct cred c;

	(void)state;
	memset(text, '\n', sizeof text);
	memcpy(text, good, sizeof good - 1);
	write_file(text, CRED_FILE_MAX, 0600);
	assert_int_equal(cred_load(&c, path, false, &f), 0);
	cred_wipe(&c);
	write_file(text, CRED_FILE_MAX + 1, 0600);
	assert_int_equal(cred_load(&c, path, false, &f), -E2BIG);
	assert_non_null(strstr(f.text, "16384"));
	write_file("", 0, 0600);
	assert_int_equal(cred_load(&c, path, false, &f), -EINVAL);
	assert_non_null(strstr(f.text, "no username"));
}

static void names_the_file_and_the_line(void **state)
{
	struct fault f = { 0 };
	struct cred c;
	char want[300];

	(void)state;
	write_file("username=ada\nhunter2\n", 21, 0600);
	assert_int_equal(cred_load(&c, path, false, &f), -EINVAL);
	snprintf(want, sizeof want,
		"credentials file \"%s\": line 2 has no \"=\", write key=value", path);
	assert_string_equal(f.text, want);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands),
		cmocka_unit_test(refuses),
		cmocka_unit_test(survives_no_memory),
		cmocka_unit_test(wants_the_right_mode),
		cmocka_unit_test(wants_a_regular_file),
		cmocka_unit_test(follows_a_link),
		cmocka_unit_test(wants_the_right_owner),
		cmocka_unit_test(bounds_the_size),
		cmocka_unit_test(names_the_file_and_the_line),
	};

	return cmocka_run_group_tests_name("cred", tests, make_dir, remove_dir);
}
