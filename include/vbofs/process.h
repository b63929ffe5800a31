/*
 * process: becoming a daemon, becoming somebody else, keeping one's memory to oneself.
 *
 * Everything that can fail for a reason a person can mend happens before the
 * program detaches: the first process waits for the second and passes its
 * verdict on.  The fork comes before any connection, so that none has to survive it.
 */
#ifndef VBOFS_PROCESS_H
#define VBOFS_PROCESS_H

#include <sys/types.h>

#include "vbofs/fault.h"

/* Neither a core dump nor another process of this user may read the password. */
void process_hide_memory(void);

/*
 * Give up root for this user with all its groups; nothing to do for who is that user already.
 * -EPERM for anybody else; negative errno.
 */
int process_become(const char *user, uid_t uid, gid_t gid, struct fault *f);

/*
 * 0 in the second process, where *ready is to be given to process_ready; 1 in
 * the first one, after the second is ready or has ended: *code is what to exit
 * with (the second one's status; `died` where it has none).  Negative errno: no second one.
 */
int process_detach(int *ready, int died, int *code, struct fault *f);

/* Leave terminal, directory and session; let the first process go.  *ready becomes -1. */
int process_ready(int *ready, struct fault *f);

#endif
