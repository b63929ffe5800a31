/*
 * seed: what the server holds when it starts, the same for the same options.
 */
#ifndef SIM_SEED_H
#define SIM_SEED_H

#include <stdbool.h>

#include "sim.h"

/* false: one line was written to stderr (the file of --names). */
bool seed_fill(struct sim *sim);

#endif
