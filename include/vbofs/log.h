/*
 * log: what the program has to say, and the last thing that went wrong.
 *
 * A line goes to stderr as people read it (foreground), to stderr with the level in
 * front as the journal wants it (a service), or to syslog (detached), and into a
 * ring of LOG_RING_MAX bytes that .vbofs/log shows.  log_fault() also keeps the
 * line as "the last error", with the path that it belongs to and the time, and
 * counts it by its errno.
 *
 * Repeats: of lines that give one reason (digits and the path do not count) LOG_SAME_MAX
 * are written in LOG_SAME_MS; the rest are counted, and their number is told
 * when the time is over.  Lines of level debug are never held back.
 *
 * Text from outside is escaped; secrets are never passed in here.  One log for
 * the whole program, passed down; not for other threads.
 */
#ifndef VBOFS_LOG_H
#define VBOFS_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vbofs/buf.h"
#include "vbofs/fault.h"
#include "vbofs/limits.h"

#define LOG_SAME_MS 60000

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

enum log_target { LOG_TO_STDERR, LOG_TO_JOURNAL, LOG_TO_SYSLOG };

struct log;
struct timers;

struct log *log_new(enum log_target target, enum log_level most);   /* NULL: no memory */
void log_free(struct log *log);     /* tells first what was held back */
/* LOG_TO_JOURNAL where $JOURNAL_STREAM says that stderr is the journal, else LOG_TO_STDERR. */
enum log_target log_foreground(void);
void log_retarget(struct log *log, enum log_target target);
/* So that repeats are told in time although nothing else is logged.  May be left out. */
void log_attach(struct log *log, struct timers *timers);
bool log_wants(const struct log *log, enum log_level level);
/* Debug on, or back to what log_new was given.  True: it is on now. */
bool log_toggle_debug(struct log *log);

void log_printf(struct log *log, enum log_level level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* Record a fault that a user met at `path` (relative to the mount, "" = none). */
void log_fault(struct log *log, const char *path, const struct fault *f);
/* The next errno behind *err that was met, and how often; false: there is none.  Begin with 0. */
bool log_faults(const struct log *log, int *err, uint64_t *n);

/* Append what the ring holds / the last error ("" before the first) to `out`. */
void log_show(const struct log *log, struct buf *out);
void log_show_last_error(const struct log *log, struct buf *out);

#endif
