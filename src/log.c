#include "vbofs/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include "vbofs/timestamp.h"

struct log {
	enum log_target target;
	enum log_level most;
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
	log->most = most;
	return log;
}

void log_free(struct log *log)
{
	if (!log)
		return;
	free(log->ring);
	free(log);
}

void log_retarget(struct log *log, enum log_target target)
{
	log->target = target;
}

bool log_wants(const struct log *log, enum log_level level)
{
	return level <= log->most;
}

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
	for (size_t i = 0; i < len; i++)
		log->ring[(log->start + log->len + i) % LOG_RING_MAX] = line[i];
	log->len += len;
}

static const char *level_name(enum log_level level)
{
	static const char *const names[] = { "error", "warning", "info", "debug" };
	return names[level];
}

static void log_line(struct log *log, enum log_level level, const char *text)
{
	static const int priorities[] = { LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG };
	char line[LOG_LINE_MAX + TIMESTAMP_MAX + 16];
	char when[TIMESTAMP_MAX];

	if (log->target == LOG_TO_SYSLOG)
		syslog(LOG_DAEMON | priorities[level], "%s", text);
	else
		fprintf(stderr, "vbofs: %s%s%s\n", level == LOG_LEVEL_INFO ? "" : level_name(level),
			level == LOG_LEVEL_INFO ? "" : ": ", text);
	timestamp_format_utc(when, time(NULL), 0);
	int len = snprintf(line, sizeof(line), "%s %s %s\n", when, level_name(level), text);
	if (len > 0)
		ring_add(log, line, (size_t)len < sizeof(line) ? (size_t)len : sizeof(line) - 1);
}

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
	log_line(log, level, text);
}

/* What a user typed is told to that user; the administrator need not be woken. */
static bool is_users(int err)
{
	return err == EINVAL || err == E2BIG || err == EOPNOTSUPP || err == ENODATA || err == ERANGE ||
	       err == EROFS || err == EINTR;
}

void log_fault(struct log *log, const char *path, const struct fault *f)
{
	char raw[LOG_LINE_MAX], text[LOG_LINE_MAX], when[TIMESTAMP_MAX];

	if (!log)
		return;
	snprintf(raw, sizeof(raw), "%s%s%s: %s", path, *path ? ": " : "", fault_errno_name(f->err),
		 f->text);
	fault_escape(text, sizeof(text), raw, strlen(raw));
	timestamp_format_utc(when, time(NULL), 0);
	snprintf(log->last_error, sizeof(log->last_error), "%s %.*s\n", when,
		 (int)(sizeof(log->last_error) - TIMESTAMP_MAX - 2), text);
	log_line(log, is_users(f->err) ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, text);
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
