/*
 * log: what the program has to say, and the last thing that went wrong.
 *
 * A line goes to stderr (foreground) or syslog (detached) and into a ring of
 * LOG_RING_MAX bytes that .vbofs/log shows.  log_fault() also keeps the line as
 * "the last error", with the path that it belongs to and the time.  Text from
 * outside is escaped; secrets are never passed in here.
 * One log for the whole program, passed down; not for other threads.
 */
#ifndef VBOFS_LOG_H
#define VBOFS_LOG_H

#include <stdbool.h>
#include <stddef.h>

#include "vbofs/buf.h"
#include "vbofs/fault.h"
#include "vbofs/limits.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_target { LOG_TO_STDERR, LOG_TO_SYSLOG };

struct log;

struct log *log_new(enum log_target target, enum log_level most);   /* NULL: no memory */
void log_free(struct log *log);
void log_retarget(struct log *log, enum log_target target);
bool log_wants(const struct log *log, enum log_level level);

void log_printf(struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Record a fault that a user met at `path` (relative to the mount, "" = none). */
void log_fault(struct log *log, const char *path, const struct fault *f);

/* Append what the ring holds / the last error ("" before the first) to `out`. */
void log_show(const struct log *log, struct buf *out);
void log_show_last_error(const struct log *log, struct buf *out);

#endif
