#include <errno.h>
#include <fcntl.h>
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
#include "vbofs/log.h"

/* ---- stderr goes to a file meanwhile ---------------------------------------------------- */

static int kept, caught;

static int catch(void **state)
{
	char name[] = "/tmp/test_log.XXXXXX";

	(void)state;
	caught = mkstemp(name);
	unlink(name);
	kept = dup(STDERR_FILENO);
	return caught < 0 || kept < 0 || dup2(caught, STDERR_FILENO) < 0;
}

static int release(void **state)
{
	(void)state;
	dup2(kept, STDERR_FILENO);
	close(kept);
	close(caught);
	return 0;
}

static const char *said(void)
{
	static char text[4096];
	ssize_t n = pread(caught, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

static char *shown(const struct log *log)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	log_show(log, &b);
	return buf_take(&b, NULL);
}

static char *last_error(const struct log *log)
{
	struct buf b;

	buf_init(&b, 4096);
	log_show_last_error(log, &b);
	return buf_take(&b, NULL);
}

/* ---- lines --------------------------------------------------------------------------------- */

static void writes_and_keeps_lines(void **state)
{
	struct log *log = log_new(LOG_TO_STDERR, LOG_LEVEL_INFO);
	char *text;

	(void)state;
	log_printf(log, LOG_LEVEL_DEBUG, "not wanted");
	log_printf(log, LOG_LEVEL_INFO, "hello %d", 1);
	log_printf(log, LOG_LEVEL_WARNING, "mind");
	assert_non_null(strstr(said(), "hello 1\n"));
	assert_non_null(strstr(said(), "mind\n"));
	assert_null(strstr(said(), "not wanted"));
	text = shown(log);
	assert_non_null(strstr(text, " info hello 1\n"));
	assert_non_null(strstr(text, " warning mind\n"));
	free(text);
	assert_true(log_wants(log, LOG_LEVEL_WARNING));
	assert_false(log_wants(log, LOG_LEVEL_DEBUG));
	log_printf(NULL, LOG_LEVEL_ERROR, "nobody listens");
	log_fault(NULL, "", &(struct fault){ .err = EIO });
	log_free(log);
	log_free(NULL);
}

/* Whatever a server says cannot act on a terminal, nor begin a line of its own. */
static void escapes(void **state)
{
	struct log *log = log_new(LOG_TO_STDERR, LOG_LEVEL_DEBUG);
	struct fault f = { .err = EINVAL,
		.text = "\x1b]0;title\a\nvbofs: all is well\xE2\x80\xAE\xFF" };
	char *text;

	(void)state;
	log_printf(log, LOG_LEVEL_INFO, "%s", f.text);
	log_fault(log, "orgs/\x1b[2J", &f);
	const char *const all[] = { said(), text = shown(log) };
	for (size_t i = 0; i < 2; i++) {
		assert_null(strchr(all[i], '\x1b'));
		assert_null(strchr(all[i], '\a'));
		assert_null(strstr(all[i], "\nvbofs: all"));
		assert_non_null(strstr(all[i],
			"\\x1b]0;title\\x07\\x0avbofs: all is well\\xe2\\x80\\xae\\xff"));
	}
	free(text);
	text = last_error(log);
	assert_non_null(strstr(text, "orgs/\\x1b[2J: EINVAL: \\x1b]0;"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
	free(text);
	log_free(log);
}

static void keeps_the_last_error(void **state)
{
	struct log *log = log_new(LOG_TO_STDERR, LOG_LEVEL_DEBUG);
	struct fault f;
	char *text = last_error(log);

	(void)state;
	assert_string_equal(text, "");
	free(text);
	fault_set(&f, EIO, "first");
	log_fault(log, "a", &f);
	fault_set(&f, EBUSY, "second");
	log_fault(log, "", &f);
	text = last_error(log);
	assert_null(strstr(text, "first"));
	assert_non_null(strstr(text, "Z EBUSY: second\n"));
	free(text);
	log_free(log);
}

/* ---- bounds ----------------------------------------------------------------------------- */

/* The ring holds as much as it may, in whole lines, the newest last. */
static void bounds_the_ring(void **state)
{
	struct log *log = log_new(LOG_TO_STDERR, LOG_LEVEL_DEBUG);
	size_t most = 0;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		char want[32];
		log_printf(log, LOG_LEVEL_DEBUG, "line %d of many: %.*s", i, i % 97,
			   "...................................."
			   ".............................................................");
		char *text = shown(log);
		size_t len = strlen(text);
		most = len > most ? len : most;
		assert_true(len <= LOG_RING_MAX);
		assert_int_equal(text[len - 1], '\n');
		snprintf(want, sizeof(want), " line %d of", i);
		assert_non_null(strstr(text, want));
		/* a year begins the first line */
		assert_int_equal(strspn(text, "0123456789"), 4);
		free(text);
	}
	assert_true(most > LOG_RING_MAX - 200);
	log_free(log);
}

static void bounds_the_line(void **state)
{
	struct log *log = log_new(LOG_TO_STDERR, LOG_LEVEL_INFO);
	struct fault f = { .err = EIO };
	char wide[3000];

	(void)state;
	memset(wide, 'w', sizeof(wide) - 1);
	wide[sizeof(wide) - 1] = '\0';
	memset(f.text, '\n', sizeof(f.text) - 1);
	log_printf(log, LOG_LEVEL_INFO, "%s", wide);
	log_fault(log, wide, &f);
	log_fault(log, "short", &f);
	char *text = shown(log), *error = last_error(log);
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1)
		assert_true((size_t)(end - line) <= LOG_LINE_MAX + 64);
	assert_true(strlen(error) <= LOG_LINE_MAX + 64);
	assert_non_null(strstr(error, "short: EIO: \\x0a"));
	free(text);
	free(error);
	log_free(log);
}

static int make(void *arg)
{
	struct log *log = log_new(LOG_TO_SYSLOG, LOG_LEVEL_INFO);

	(void)arg;
	log_free(log);
	return log ? 0 : -ENOMEM;
}

static void survives_no_memory(void **state)
{
	(void)state;
	assert_true(oom_each(make, NULL) >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_and_keeps_lines, catch, release),
		cmocka_unit_test_setup_teardown(escapes, catch, release),
		cmocka_unit_test_setup_teardown(keeps_the_last_error, catch, release),
		cmocka_unit_test_setup_teardown(bounds_the_ring, catch, release),
		cmocka_unit_test_setup_teardown(bounds_the_line, catch, release),
		cmocka_unit_test(survives_no_memory),
	};

	return cmocka_run_group_tests_name("log_text", tests, NULL, NULL);
}
