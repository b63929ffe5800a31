/*
 * options: the command line, as people, fstab and mount(8) write it.
 *
 * One table of options; what mount(8), fstab and systemd pass along for
 * themselves is known and ignored, anything else unknown is an error.  Backslash
 * takes the meaning from a comma in a value.  Credentials never stand here, only the name of
 * their file.
 *
 * Called as mount.vbofs or mount.fuse.vbofs it takes what mount(8) gives its helpers:
 * URL DIR [-sfnv] [-N namespace] [-o options] [-t type], where -f means "do not mount".
 *
 * Sources: mount(8), "External helpers"; generate_helper_optstr() in util-linux's libmount.
 */
#ifndef VBOFS_OPTIONS_H
#define VBOFS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vbofs/buf.h"
#include "vbofs/fault.h"

enum options_mode {
	MODE_MOUNT,
	MODE_CHECK,
	MODE_LIST_TREE,
	MODE_LIST_OPTIONS,
	MODE_VERSION,
	MODE_HELP,
};

struct options {
	enum options_mode mode;
	bool foreground, debug;
	bool helper;               /* called by mount(8) */
	bool fake;                 /* ... only to look whether it would */
	bool sloppy;               /* unknown options are nothing to complain of */
	char *origin;              /* "https://host:port" */
	bool loopback;             /* the origin is this machine */
	char *source;              /* the URL as written */
	char *mountpoint;          /* absolute */

	char *credentials, *cafile;      /* absolute paths or NULL */
	char *pinnedpubkey;
	bool insecure;
	int api;                   /* 0 = auto, else the version */
	long timeout, explore_timeout;   /* seconds */
	bool read_only, strict_time, allow_other, tenant, stop_on_unmount, xattr;
	bool content_off;
	char *spool_directory;     /* absolute or NULL */
	uint64_t spool_size;       /* bytes */
	bool uid_given, gid_given, umask_given;
	uid_t uid;
	gid_t gid;
	mode_t umask;
	char *user;                /* become this one (setuid=) or NULL */
	uid_t user_uid;
	gid_t user_gid;
	bool server_tz_given;
	int server_tz;             /* seconds east of UTC */
};

/* 0, or negative errno with a text that names the option. `o` is initialised first. */
int options_parse(struct options *o, int argc, char **argv, struct fault *f);
void options_release(struct options *o);

/* The text of --help; fits a screen of 24 lines. */
void options_help(struct buf *out);
/* All options, one a line: "name" or "name=VALUE", a tab, what it does. */
void options_list(struct buf *out);

/*
 * "https://host:port" from what a user writes: scheme optional (https), port optional
 * (4443, the product's), a path, a user or a query refused.  Only for the parser.
 */
int options_origin(const char *url, char **origin, bool *loopback, struct fault *f);

#endif
