#include "vbofs/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "vbofs/timer.h"
#include "vbofs/timestamp.h"

#define REASONS 16               /* told apart at a time */
#define ERRNO_MAX 256

/* A reason lines were written for lately. */
struct reason {
	uint64_t hash, since;
	unsigned seen;               /* 0: unused */
	enum log_level level;
	char last[LOG_LINE_MAX];     /* of those held back */
};

struct log {
	enum log_target target;
	enum log_level most, usual;
	struct timers *timers;
	struct timer timer;          /* running while something is held back */
	struct reason reasons[REASONS];
	uint64_t faults[ERRNO_MAX];
	char *ring;                  /* LOG_RING_MAX bytes */
	size_t start, len;
	char last_error[LOG_LINE_MAX + 2];
};

struct log *log_new(enum log_target target, enum log_level most)
{
	struct log *log = calloc(1, sizeof(*log));
	if (!log)
		return NULL;
	log->ring = malloc(LOG_RING_MAX);
	if (!log->ring) {
		free(log);
		return NULL;
	}
	log->target = target;
	log->most = log->usual = most;
	return log;
}

enum log_target log_foreground(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	if (!stream || sscanf(stream, "%llu:%llu", &device, &inode) != 2 ||
	    fstat(STDERR_FILENO, &st) || st.st_dev != device || st.st_ino != inode)
		return LOG_TO_STDERR;
	return LOG_TO_JOURNAL;
}

void log_retarget(struct log *log, enum log_target target)
{
	log->target = target;
}

void log_attach(struct log *log, struct timers *timers)
{
	log->timers = timers;
}

bool log_wants(const struct log *log, enum log_level level)
{
	return level <= log->most;
}

bool log_toggle_debug(struct log *log)
{
	log->most = log->most == LOG_LEVEL_DEBUG ? log->usual : LOG_LEVEL_DEBUG;
	return log->most == LOG_LEVEL_DEBUG;
}

/* ---- a line ------------------------------------------------------------------------- */

/* Whole lines leave at the front when there is no room at the back. */
static void ring_add(struct log *log, const char *line, size_t len)
{
	while (log->len + len > LOG_RING_MAX) {
		bool newline = false;
		while (log->len && !newline) {
			newline = log->ring[log->start] == '\n';
			log->start = (log->start + 1) % LOG_RING_MAX;
			log->len--;
		}
	}
	size_t at = (log->start + log->len) % LOG_RING_MAX;
	size_t first = len < LOG_RING_MAX - at ? len : LOG_RING_MAX - at;
	memcpy(log->ring + at, line, first);
	memcpy(log->ring, line + first, len - first);
	log->len += len;
}

static const char *level_name(enum log_level level)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	return names[level];
}

static void write_line(struct log *log, enum log_level level, const char *text)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
	char line[LOG_LINE_MAX + TIMESTAMP_MAX + 16];
	char when[TIMESTAMP_MAX];

	if (log->target == LOG_TO_SYSLOG)
		syslog(LOG_DAEMON | priorities[level], "%s", text);
	else if (log->target == LOG_TO_JOURNAL)
		fprintf(stderr, "<%d>%s\n", priorities[level], text);
	else
		fprintf(stderr, "vbofs: %s%s%s\n", level == LOG_LEVEL_INFO ? "" : level_name(level),
			level == LOG_LEVEL_INFO ? "" : ": ", text);
	timestamp_format_utc(when, time(NULL), 0);
	int len = snprintf(line, sizeof(line), "%s %s %s\n", when, level_name(level), text);
	if (len > 0)
		ring_add(log, line, (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

/* ---- repeats ------------------------------------------------------------------------- */

/* FNV-1a without the digits: durations and counts do not make another reason. */
static uint64_t hash_reason(const char *reason)
{
	uint64_t h = 14695981039346656037u;

	for (const unsigned char *p = (const unsigned char *)reason; *p; p++)
		if (*p < '0' || *p > '9')
			h = (h ^ *p) * 1099511628211u;
	return h;
}

static void reason_end(struct log *log, struct reason *r)
{
	char text[LOG_LINE_MAX];

	if (r->seen > LOG_SAME_MAX) {
		snprintf(text, sizeof(text), "%u more like this within %d s, the last: %.*s",
			 r->seen - LOG_SAME_MAX, LOG_SAME_MS / 1000, LOG_LINE_MAX - 80, r->last);
		write_line(log, r->level, text);
	}
	r->seen = 0;
}

static void on_time_over(void *user)
{
	struct log *log = user;
	uint64_t now = timer_now(), next = UINT64_MAX;

	for (struct reason *r = log->reasons; r < log->reasons + REASONS; r++) {
		if (r->seen && now >= r->since + LOG_SAME_MS)
			reason_end(log, r);
		if (r->seen > LOG_SAME_MAX && r->since < next)
			next = r->since;
	}
	if (log->timers && next != UINT64_MAX)
		timer_start(log->timers, &log->timer, next + LOG_SAME_MS - now, on_time_over, log);
}

/* The entry of this reason; one that is new takes the place of the oldest. */
static struct reason *reason_find(struct log *log, uint64_t hash)
{
	struct reason *oldest = log->reasons;

	for (struct reason *r = log->reasons; r < log->reasons + REASONS; r++) {
		if (r->seen && r->hash == hash)
			return r;
		if (oldest->seen && (!r->seen || r->since < oldest->since))
			oldest = r;
	}
	reason_end(log, oldest);
	oldest->hash = hash;
	oldest->since = timer_now();
	return oldest;
}

static void log_line(struct log *log, enum log_level level, const char *reason, const char *text)
{
	if (level == LOG_LEVEL_DEBUG) {
		write_line(log, level, text);
		return;
	}
	on_time_over(log);
	struct reason *r = reason_find(log, hash_reason(reason));
	r->level = level;
	if (++r->seen <= LOG_SAME_MAX) {
		write_line(log, level, text);
		return;
	}
	snprintf(r->last, sizeof(r->last), "%s", text);
	if (r->seen == LOG_SAME_MAX + 1)
		on_time_over(log);
}

void log_free(struct log *log)
{
	if (!log)
		return;
	timer_stop(&log->timer);
	for (struct reason *r = log->reasons; r < log->reasons + REASONS; r++)
		reason_end(log, r);
	free(log->ring);
	free(log);
}

/* ---- saying it ------------------------------------------------------------------------ */

void log_printf(struct log *log, enum log_level level, const char *format, ...)
{
	char raw[LOG_LINE_MAX], text[LOG_LINE_MAX];
	va_list args;

	if (!log || !log_wants(log, level))
		return;
	va_start(args, format);
	int len = vsnprintf(raw, sizeof(raw), format, args);
	va_end(args);
	if (len < 0)
		return;
	fault_escape(text, sizeof(text), raw, strlen(raw));
	log_line(log, level, text, text);
}

/* What a user typed is told to that user; the administrator need not be woken. */
static bool is_users(int err)
{
	return err == EINVAL || err == E2BIG || err == EOPNOTSUPP || err == ENODATA || err == ERANGE ||
	       err == EROFS || err == EPERM || err == EINTR;
}

void log_fault(struct log *log, const char *path, const struct fault *f)
{
	char raw[LOG_LINE_MAX], text[LOG_LINE_MAX], when[TIMESTAMP_MAX];

	if (!log)
		return;
	log->faults[f->err > 0 && f->err < ERRNO_MAX ? f->err : 0]++;
	snprintf(raw, sizeof(raw), "%s%s%s: %s", path, *path ? ": " : "", fault_errno_name(f->err),
		 f->text);
	fault_escape(text, sizeof(text), raw, strlen(raw));
	timestamp_format_utc(when, time(NULL), 0);
	snprintf(log->last_error, sizeof(log->last_error), "%s %.*s\n", when,
		 (int)(sizeof(log->last_error) - TIMESTAMP_MAX - 2), text);
	log_line(log, is_users(f->err) ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, f->text, text);
}

bool log_faults(const struct log *log, int *err, uint64_t *n)
{
	while (++*err < ERRNO_MAX) {
		if (log->faults[*err]) {
			*n = log->faults[*err];
			return true;
		}
	}
	return false;
}

void log_show(const struct log *log, struct buf *out)
{
	size_t head = LOG_RING_MAX - log->start;
	if (head > log->len)
		head = log->len;
	buf_add(out, log->ring + log->start, head);
	buf_add(out, log->ring, log->len - head);
}

void log_show_last_error(const struct log *log, struct buf *out)
{
	buf_addstr(out, log->last_error);
}
