/*
 * cred: reads the login from a credentials file, as mount.cifs users know it.
 *
 * Lines `username=`, `password=`, optionally `domain=`, each once; blank lines and
 * lines that begin with '#' are skipped; blanks around the key are ignored, the
 * value is taken as it is to the end of the line ("\r" before the newline is
 * dropped); unknown keys, empty user names and empty passwords are errors.  A
 * UTF-8 BOM is skipped.
 * The file must be a regular file, owned by the caller's effective user or root,
 * and no one else may read or write it (mode & 077 == 0; a file below
 * $CREDENTIALS_DIRECTORY, which systemd protects itself, may be 0440).
 * Not for: tokens, prompting (main does that).
 * The secrets are wiped by cred_wipe; nothing here ever logs a value.
 */
#ifndef VBOFS_CRED_H
#define VBOFS_CRED_H

#include <stdbool.h>
#include <stddef.h>

#include "vbofs/fault.h"
#include "vbofs/limits.h"

struct cred {
	char *username;   /* "domain\user" where a domain was given */
	char *password;
};

/*
 * Parse text.  -EINVAL with the line number (never the line) in the fault;
 * -ENOMEM.  On failure c is empty and need not be wiped.
 */
int cred_parse(struct cred *c, const char *text, size_t len, struct fault *f);

/*
 * Read and check `path`.  `systemd` allows group read.  Faults name the path and
 * the mode that would be right.  -ENOENT, -EACCES (unreadable, readable by others,
 * of another owner), -EINVAL (also: no regular file), -E2BIG, -ENOMEM, or what
 * open and read say.
 */
int cred_load(struct cred *c, const char *path, bool systemd, struct fault *f);

/* Wipes and frees; the struct may be used again, or wiped again. */
void cred_wipe(struct cred *c);

#endif
