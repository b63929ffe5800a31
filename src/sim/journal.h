/*
 * journal: one line for each request, for tests that count and look.
 *
 *   N METHOD TARGET STATUS BYTES MILLISECONDS [save]
 *
 * A line is in the file before the client can have the whole answer.
 */
#ifndef SIM_JOURNAL_H
#define SIM_JOURNAL_H

#include "request.h"

/* The truncated file, or -1 with errno. */
int journal_open(const char *path);

/* Writes the line of `rq` unless it has been written; status 0: cut without answer. */
void journal_write(struct request *rq, unsigned status);

#endif
