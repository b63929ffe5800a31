/*
 * loop: the one loop of the one thread: the kernel's requests, the network,
 * signals and timers.  Nothing in it blocks.
 *
 * SIGINT and SIGTERM end the mount, SIGHUP forgets what is cached, SIGUSR2
 * switches the debug lines of the log on and off.
 */
#ifndef VBOFS_LOOP_H
#define VBOFS_LOOP_H

#include "vbofs/fs.h"
#include "vbofs/http.h"
#include "vbofs/notify.h"
#include "vbofs/timer.h"

struct loop {
	struct http *http;
	struct timers *timers;
	struct fs *fs;
	struct control *control;
	struct model *model;
	struct api *api;
	struct log *log;
	struct notify *notify;
	int signals;               /* signalfd */
	struct loop_told {         /* what the service manager was told last */
		size_t organizations, sessions;
		bool gone;
	} told;
};

/* Block the signals the loop takes and open a descriptor for them.  Negative errno. */
int loop_signals(void);

/*
 * Until the mount is ended from outside, or SIGINT or SIGTERM come.  Commands in
 * flight are waited for, LOOP_GRACE_MS at most.
 */
#define LOOP_GRACE_MS 5000
void loop_run(struct loop *l);

#endif
