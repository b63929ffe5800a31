/*
 * control: files that act when they are written to.
 *
 * A command is one line.  A chunk that ends in a newline, or that is a whole
 * command by itself, is one; other chunks are collected up to the newline.  The
 * offset of a write means nothing.  The write returns when the server has
 * answered, and it is the write that fails.
 *
 * Each command is exactly one POST.  A write that repeats, byte for byte on the
 * same handle, one that was interrupted or failed does not send again: it
 * waits for that POST and gets its outcome (interpreters and shells repeat
 * such writes by themselves).  After a success the same words are a new command.
 * When the connection breaks after the request may have left, the sessions are
 * listed: the one that can only be ours is adopted, else the outcome is unknown: EIO.
 *
 * Jobs that change something outlive the handle and the writer that began them.
 * What changes nothing (a search) ends with its last writer, and is never joined later.
 */
#ifndef VBOFS_CONTROL_H
#define VBOFS_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vbofs/fault.h"
#include "vbofs/limits.h"
#include "vbofs/log.h"
#include "vbofs/model.h"

struct tree;
struct node;
struct control;
struct control_job;

struct control_config {
	struct api *api;
	struct model *model;
	struct timers *timers;
	struct log *log;
	bool read_only;            /* EROFS for what changes something on the server */
	bool strict_time;          /* ERANGE before the first and after the last backup */
	bool server_offset_given;
	int server_offset;         /* seconds east of UTC, for v1 and v2 */
	long explore_timeout;      /* seconds */
};

/* What a command acts on. */
struct control_target {
	struct tree *tree;
	struct node *node;         /* the control file; lives as long as it is open */
	struct member *object;     /* its organization, session, mailbox ...; NULL: it has none */
};

/* What a control row of the table names. */
struct control_class {
	const char *what;
	size_t line_max;           /* bytes, newline not counted; more is E2BIG */
	bool changes;              /* something on the server: refused when read-only */
	bool any_bytes;            /* every write is a whole command */
	/* does this chunk parse as a whole command? (chunks without newline); NULL: none does */
	bool (*whole)(const char *chunk, size_t len);
	/*
	 * Begin.  0 with *job (or NULL when it is done already), MODEL_PARK, or
	 * negative errno with w->fault.
	 */
	int (*submit)(struct control *c, const struct control_target *at, const char *line,
		      size_t len, struct want *w, struct control_job **job);
};

extern const struct control_class control_explore, control_stop, control_search,
	control_refresh;

/* State of an open control file. */
struct control_handle;

/* What one write has to remember between its runs. */
struct control_write {
	struct control_job *job;
};

struct control *control_new(const struct control_config *config, struct fault *f);
void control_free(struct control *c);

struct control_handle *control_open(void);
void control_close(struct control *c, struct control_handle *h);

/* Bytes taken (> 0), MODEL_PARK as -EINPROGRESS, or a negative errno with w->fault. */
ssize_t control_submit(struct control *c, const struct control_class *class,
		       const struct control_target *at, struct control_handle *h,
		       struct control_write *cw, const char *data, size_t len, uint64_t off,
		       struct want *w);
/* The writer went away (interrupt).  Ends its waiting. */
void control_abandon(struct control *c, struct control_write *cw, struct want *w);

/* A command that never got its newline: -EINVAL with a fault, else 0. */
int control_flush(const struct control_class *class, const struct control_handle *h,
		  struct fault *f);

/*
 * Read-back on a handle: what its own commands gave so far, each once, in order;
 * on a handle that wrote nothing, the session last started through this file.  The first
 * read after a write begins with what has not been read, wherever its offset is; from
 * there on offsets count, so that shells may seek back behind the line they took.
 * At most `size` bytes at *data, which lives until the handle is used again; or -ENOMEM.
 */
ssize_t control_read(struct control_handle *h, const struct member *object, uint64_t off,
		     size_t size, const char **data);

/* Requests under way that change something. */
size_t control_busy(const struct control *c);

/* No new commands: the mount ends (ESHUTDOWN). */
void control_shut(struct control *c);

/* Stop all sessions started here that still work; they count as busy meanwhile. */
void control_stop_all(struct control *c);

#endif
