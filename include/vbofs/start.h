/*
 * start: what happens before the mount: which version the server speaks, and the sign-in.
 *
 * The only place that waits for the server with nothing else going on.
 */
#ifndef VBOFS_START_H
#define VBOFS_START_H

#include "vbofs/api.h"
#include "vbofs/model.h"

struct start {
	struct http *http;
	struct timers *timers;
	struct api *api;
};

/*
 * Choose the profile: `version`, or with 0 the newest that the server serves (one anonymous request
 * for each version down to that).  0 or negative errno.
 */
int start_detect(const struct start *s, int version, struct fault *f);

int start_sign_in(const struct start *s, struct fault *f);

/* For --check: list the organizations. */
int start_list(const struct start *s, struct collection *c, struct fault *f);

/* Run the loop without FUSE until *done or `ms` have passed. */
void start_run(const struct start *s, const bool *done, uint64_t ms);

#endif
