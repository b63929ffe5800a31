/*
 * scratch: the private directory with the files that clients need.
 */
#ifndef SIM_SCRATCH_H
#define SIM_SCRATCH_H

#include <stdbool.h>

struct scratch {
	char *directory;         /* mode 0700; NULL: not made */
	char *cafile, *credentials, *tenant_credentials;
};

/* Makes the directory in $TMPDIR or /tmp.  false: errno says why. */
bool scratch_make(struct scratch *s);

/* Writes one of the files, mode 0600.  false: errno says why. */
bool scratch_write(const char *path, const char *content);

/* Two lines, username= and password=. */
bool scratch_write_login(const char *path, const char *username, const char *password);

/* Removes what was made. */
void scratch_remove(struct scratch *s);

#endif
