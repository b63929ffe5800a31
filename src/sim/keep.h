/*
 * keep: restore sessions that outlive the program, in a file (--keep).
 *
 * A line is added whenever a session changes, before the client hears of it, so that a
 * killed simulator has lost nothing it has confirmed.  Of several lines with the same id
 * the last one counts.  Events, and members laid over a session, are not kept.
 */
#ifndef SIM_KEEP_H
#define SIM_KEEP_H

#include "state.h"

/* Takes in the sessions of `path` (made if it is not there).  false: see errno. */
bool keep_open(struct state *s, const char *path);
void keep_write(const struct state *s, const struct session *session);

#endif
