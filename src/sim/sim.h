/*
 * sim: the context that is passed down everywhere.
 *
 * `lock` guards state, tokens, faults and counts; it is never held while
 * something waits.  Everything else is constant once the server runs.
 */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <pthread.h>

#include "fault.h"
#include "options.h"
#include "scratch.h"
#include "state.h"
#include "tokens.h"

struct tree;

struct counts {
	unsigned long requests;      /* without those under /_sim/ */
	unsigned long in_flight, most_in_flight;
	unsigned long connections, open_connections;
};

struct sim {
	struct options options;
	pthread_mutex_t lock;
	struct state state;
	struct tokens tokens;
	struct tree *forest;         /* contents that some session asked for */
	struct fault_list faults;
	struct counts counts;
	int journal;                 /* -1: none */
	int exit_fd;                 /* readable once the program ends */
	char base_url[64];           /* https://127.0.0.1:4443 */
	char installation[UUID_SIZE];
	uint64_t feed_start;         /* in change tokens: this start of the program */
	struct scratch scratch;
};

#endif
