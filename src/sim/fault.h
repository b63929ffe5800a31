/*
 * fault: the failures that were ordered, and which request meets which.
 *
 * Not for carrying them out (deliver.c, list.c).  The caller holds the
 * simulator's lock around the list's functions.
 *
 * A fault is written METHOD:PATHGLOB:ACTION[,key=value...]; see vbosim.1.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stddef.h>

enum fault_action {
	FAULT_NONE,
	/* instead of acting */
	FAULT_STATUS, FAULT_GARBAGE, FAULT_HTML, FAULT_EMPTY, FAULT_REDIRECT,
	FAULT_UNAUTHORIZED_REVOKE, FAULT_DEEP, FAULT_JSON, FAULT_RESET_BEFORE,
	/* acting first */
	FAULT_RESET_AFTER, FAULT_CLOSE, FAULT_TRUNCATE, FAULT_TRUNCATE_JSON, FAULT_DELAY,
	FAULT_DELAY_BEFORE, FAULT_HANG, FAULT_DRIP, FAULT_ENDLESS, FAULT_FRESH_ENDLESS,
	FAULT_NULL_RESULTS, FAULT_SHORT, FAULT_LONG, FAULT_STALL, FAULT_CUT, FAULT_BREAK, FAULT_RAW,
	FAULT_RESET_HEADERS, FAULT_CLOSE_HEADERS, FAULT_BLANKS, FAULT_TYPES, FAULT_DUPLICATE, FAULT_UTF8,
};

/* Whether an answer says how long it is. */
enum fault_length { FAULT_LENGTH_AS_IS, FAULT_LENGTH_YES, FAULT_LENGTH_NO };

struct fault {
	struct fault *next;
	char *spec;              /* as it was given */
	char *method, *glob;
	enum fault_action action;
	unsigned long number;    /* status, milliseconds or bytes */
	enum fault_length length;
	char *url;               /* of redirect */
	unsigned long count;     /* acts so often; 0: always */
	unsigned long skip;      /* lets so many pass first */
	/* NULL: not given */
	char *query, *error_code, *message, *retry_after, *location, *content_type;
	unsigned long seen, acted;
};

struct fault_list {
	struct fault *first;
};

/* Adds a fault at the end.  false: *why (constant) says what is wrong. */
bool fault_add(struct fault_list *list, const char *spec, const char **why);
void fault_clear(struct fault_list *list);

/* A copy of the fault that acts on this request, or NULL; fault_free() it. */
struct fault *fault_match(struct fault_list *list, const char *method, const char *path,
	const char *query);
void fault_free(struct fault *f);

#endif
