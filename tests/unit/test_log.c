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

#include "vbofs/log.h"
#include "vbofs/timer.h"

/* Lines of the ring that hold `text`. */
static unsigned lines(const struct log *log, const char *text)
{
	struct buf b;
	unsigned n = 0;

	buf_init(&b, LOG_RING_MAX + 1);
	log_show(log, &b);
	for (char *line = b.data ? strtok(b.data, "\n") : NULL; line; line = strtok(NULL, "\n"))
		n += strstr(line, text) != NULL;
	buf_release(&b);
	return n;
}

static struct log *new_log(enum log_level most)
{
	struct log *log = log_new(LOG_TO_STDERR, most);

	assert_non_null(log);
	return log;
}

static void holds_repeats_back(void **state)
{
	struct log *log = new_log(LOG_LEVEL_INFO);
	struct fault f;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char path[32];
		snprintf(path, sizeof(path), "sessions/%d", i);
		fault_set(&f, EIO, "no answer after %d ms", 1000 + i);
		log_fault(log, path, &f);
	}
	assert_int_equal(lines(log, "no answer"), LOG_SAME_MAX);
	fault_set(&f, EIO, "another reason");
	log_fault(log, "x", &f);
	assert_int_equal(lines(log, "another"), 1);
	log_free(log);
}

/* A reason that had to make room is counted on its way out. */
static void tells_what_it_held_back(void **state)
{
	struct log *log = new_log(LOG_LEVEL_INFO);

	(void)state;
	for (int i = 0; i < LOG_SAME_MAX + 5; i++)
		log_printf(log, LOG_LEVEL_WARNING, "again and again");
	assert_int_equal(lines(log, "more like this"), 0);
	for (char c = 'a'; c <= 'z'; c++)
		log_printf(log, LOG_LEVEL_INFO, "reason %c", c);
	assert_int_equal(lines(log, "5 more like this within 60 s, the last: again and again"), 1);
	assert_int_equal(lines(log, "reason"), 26);
	log_free(log);
}

static void never_holds_debug_lines_back(void **state)
{
	struct log *log = new_log(LOG_LEVEL_INFO);

	(void)state;
	log_printf(log, LOG_LEVEL_DEBUG, "a request");
	assert_int_equal(lines(log, "a request"), 0);
	assert_true(log_toggle_debug(log));
	for (int i = 0; i < 50; i++)
		log_printf(log, LOG_LEVEL_DEBUG, "a request");
	assert_int_equal(lines(log, "a request"), 50);
	assert_false(log_toggle_debug(log));
	assert_false(log_wants(log, LOG_LEVEL_DEBUG));
	assert_true(log_wants(log, LOG_LEVEL_INFO));
	log_free(log);
}

/* The loop is woken only where there is something to tell. */
static void wakes_for_what_it_held_back(void **state)
{
	struct log *log = new_log(LOG_LEVEL_INFO);
	struct timers timers;

	(void)state;
	timers_init(&timers);
	log_attach(log, &timers);
	for (int i = 0; i < LOG_SAME_MAX; i++)
		log_printf(log, LOG_LEVEL_INFO, "again");
	assert_int_equal(timers_wait(&timers, 1000000), 1000000);
	log_printf(log, LOG_LEVEL_INFO, "again");
	assert_in_range(timers_wait(&timers, 1000000), 1, LOG_SAME_MS);
	log_free(log);
	assert_int_equal(timers_wait(&timers, 1000000), 1000000);
}

static void counts_faults(void **state)
{
	struct log *log = new_log(LOG_LEVEL_ERROR);
	struct fault f;
	uint64_t n;
	int err = 0;

	(void)state;
	for (int i = 0; i < 30; i++) {
		fault_set(&f, i % 3 ? EIO : EACCES, "why");
		log_fault(log, "x", &f);
	}
	assert_true(log_faults(log, &err, &n));
	assert_int_equal(err, EIO);
	assert_int_equal(n, 20);
	assert_true(log_faults(log, &err, &n));
	assert_int_equal(err, EACCES);
	assert_int_equal(n, 10);
	assert_false(log_faults(log, &err, &n));
	log_free(log);
}

/* Whole lines leave the ring at its front. */
static void keeps_whole_lines(void **state)
{
	struct log *log = new_log(LOG_LEVEL_DEBUG);
	struct buf b;

	(void)state;
	for (int i = 0; i < 3000; i++)
		log_printf(log, LOG_LEVEL_DEBUG, "line %d %0*d", i, i % 60 + 1, 0);
	buf_init(&b, LOG_RING_MAX + 1);
	log_show(log, &b);
	assert_in_range(b.len, LOG_RING_MAX - 200, LOG_RING_MAX);
	assert_int_equal(b.data[b.len - 1], '\n');
	assert_memory_equal(b.data, "20", 2);
	assert_int_equal(lines(log, "line 2999 "), 1);
	assert_int_equal(lines(log, "line 0 "), 0);
	buf_release(&b);
	log_free(log);
}

static void knows_the_journal(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	assert_int_equal(log_foreground(), LOG_TO_STDERR);
	setenv("JOURNAL_STREAM", "1:1", 1);
	assert_int_equal(log_foreground(), LOG_TO_STDERR);
	setenv("JOURNAL_STREAM", "rubbish", 1);
	assert_int_equal(log_foreground(), LOG_TO_STDERR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(holds_repeats_back),
		cmocka_unit_test(tells_what_it_held_back),
		cmocka_unit_test(never_holds_debug_lines_back),
		cmocka_unit_test(wakes_for_what_it_held_back),
		cmocka_unit_test(counts_faults),
		cmocka_unit_test(keeps_whole_lines),
		cmocka_unit_test(knows_the_journal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
