/*
 * command: the one-line commands that are written to control files.
 *
 * Pure text handling: no clock, no server, no state.  What a word means for
 * the API version at hand is decided by the profile (profile.h).
 */
#ifndef VBOFS_COMMAND_H
#define VBOFS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "vbofs/fault.h"
#include "vbofs/limits.h"
#include "vbofs/timestamp.h"

enum explore_when {
	EXPLORE_AT,       /* the timestamp in `at` */
	EXPLORE_NOW,
	EXPLORE_LATEST,
};

enum explore_type { EXPLORE_VEX, EXPLORE_VEOD, EXPLORE_VESP, EXPLORE_VET };

struct explore {
	enum explore_when when;
	struct timestamp at;
	enum explore_type type;         /* default vex */
	bool type_given;
	bool show_deleted, show_deleted_given;
	bool show_all_versions, show_all_versions_given;
	char repository[37];            /* UUID, lower or upper case as written; "" = not given */
};

/*
 * Parse one explore command: `<when> [key=value ...]`, words separated by blanks
 * or tabs, one optional "\n" or "\r\n" at the end.  <when> is a timestamp (whose
 * date and time of day may be two words), "now" or "latest".  Keys:
 * type=vex|veod|vesp|vet, showDeleted=true|false, showAllVersions=true|false,
 * repositoryId=UUID.  now, latest, keys and values are compared without regard to
 * case; a timestamp's T and Z are not.
 * Unknown keys, doubled keys, a second line, NUL bytes, an empty line: -EINVAL.
 * More than COMMAND_LINE_MAX: -E2BIG.  The text says what is wrong and what
 * would be right.  On failure *e is as if nothing had been given.
 */
int command_parse_explore(const char *line, size_t len, struct explore *e, struct fault *f);

const char *command_type_name(enum explore_type type);   /* "vex" ... */

/*
 * The lines of help about the explore grammar that README, the mounted README
 * and --list-tree show.  Ends in a newline.
 */
const char *command_explore_help(void);
/* ... and about searches; what is written is the server's to judge. */
const char *command_search_help(void);

#endif
