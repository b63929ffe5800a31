#include "options_private.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vbofs/profile.h"
#include "vbofs/timestamp.h"

/* ---- values ------------------------------------------------------------------------- */

typedef int set_value(struct options *o, size_t offset, const char *name, const char *value,
		      struct fault *f);

static void *field(struct options *o, size_t offset)
{
	return (char *)o + offset;
}

static int set_flag(struct options *o, size_t offset, const char *name, const char *value,
		    struct fault *f)
{
	(void)name, (void)value, (void)f;
	*(bool *)field(o, offset) = true;
	return 0;
}

static int set_text(struct options *o, size_t offset, const char *name, const char *value,
		    struct fault *f)
{
	char **text = field(o, offset), *copy = strdup(value);

	(void)name;
	if (!copy)
		return fault_set(f, ENOMEM, "no memory");
	free(*text);
	*text = copy;
	return 0;
}

/* The program leaves its directory: paths become absolute at once. */
static int set_path(struct options *o, size_t offset, const char *name, const char *value,
		    struct fault *f)
{
	char **path = field(o, offset), here[PATH_MAX];
	char *absolute = NULL;

	if (!*value)
		return fault_set(f, EINVAL, "%s: the path of a file is missing", name);
	if (*value == '/')
		absolute = strdup(value);
	else if (!getcwd(here, sizeof(here)) || asprintf(&absolute, "%s/%s", here, value) < 0)
		absolute = NULL;
	if (!absolute)
		return fault_set(f, ENOMEM, "%s: cannot make '%s' absolute", name, value);
	free(*path);
	*path = absolute;
	return 0;
}

static int parse_number(const char *name, const char *value, long least, long most, int base,
			long *out, struct fault *f)
{
	char *end;

	errno = 0;
	*out = strtol(value, &end, base);
	if (!isdigit((unsigned char)*value) || *end || errno || *out < least || *out > most)
		return fault_set(f, EINVAL, "%s: '%s' is not a number from %ld to %ld", name, value,
				 least, most);
	return 0;
}

static int set_seconds(struct options *o, size_t offset, const char *name, const char *value,
		       struct fault *f)
{
	return parse_number(name, value, 1, OPTIONS_SECONDS_MAX, 10, field(o, offset), f);
}

static int set_id(struct options *o, size_t offset, const char *name, const char *value,
		  struct fault *f)
{
	long n;
	int rc = parse_number(name, value, 0, UINT32_MAX - 1L, 10, &n, f);

	if (!rc)
		*(uint32_t *)field(o, offset) = (uint32_t)n;
	return rc;
}

/* A name or a number, as mount.fuse's setuid= has it. */
static int set_user(struct options *o, size_t offset, const char *name, const char *value,
		    struct fault *f)
{
	const struct passwd *pw = getpwnam(value);
	long uid;

	if (!pw && isdigit((unsigned char)*value) &&
	    parse_number(name, value, 0, UINT32_MAX - 1L, 10, &uid, f) == 0)
		pw = getpwuid((uid_t)uid);
	if (!pw)
		return fault_set(f, EINVAL, "%s: there is no user '%s'", name, value);
	o->user_uid = pw->pw_uid;
	o->user_gid = pw->pw_gid;
	return set_text(o, offset, name, pw->pw_name, f);
}

static int set_umask(struct options *o, size_t offset, const char *name, const char *value,
		     struct fault *f)
{
	char *end;
	long n = strtol(value, &end, 8);

	if (!isdigit((unsigned char)*value) || *end || n < 0 || n > 0777)
		return fault_set(f, EINVAL, "%s: '%s' is not an octal number from 000 to 777", name,
				 value);
	*(mode_t *)field(o, offset) = (mode_t)n;
	return 0;
}

static int set_content(struct options *o, size_t offset, const char *name, const char *value,
		       struct fault *f)
{
	bool off = strcmp(value, "off") == 0;

	if (!off && strcmp(value, "on") != 0)
		return fault_set(f, EINVAL, "%s: '%s' is neither on nor off", name, value);
	*(bool *)field(o, offset) = off;
	return 0;
}

/* 1048576, 512M, 2G */
static int set_size(struct options *o, size_t offset, const char *name, const char *value,
		    struct fault *f)
{
	static const char units[] = "KMGT";
	char *end;

	errno = 0;
	unsigned long long n = strtoull(value, &end, 10);
	const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
	int shift = unit ? 10 * (int)(unit - units + 1) : 0;
	if (!isdigit((unsigned char)*value) || errno || (*end && (!unit || end[1])) || !n ||
	    n > (UINT64_MAX >> 1 >> shift))
		return fault_set(f, EINVAL, "%s: '%s' is not a size such as 500M or 2G", name, value);
	*(uint64_t *)field(o, offset) = (uint64_t)n << shift;
	return 0;
}

static int set_api(struct options *o, size_t offset, const char *name, const char *value,
		   struct fault *f)
{
	int *version = field(o, offset);

	*version = 0;
	if (strcmp(value, "auto") == 0)
		return 0;
	for (int v = PROFILE_OLDEST; v <= PROFILE_NEWEST; v++)
		if (strcmp(profile_get(v)->name, value) == 0)
			*version = v;
	return *version ? 0 : fault_set(f, EINVAL, "%s: '%s' is neither auto nor one of v%d to v%d",
					name, value, PROFILE_OLDEST, PROFILE_NEWEST);
}

static int set_offset(struct options *o, size_t offset, const char *name, const char *value,
		      struct fault *f)
{
	if (timestamp_parse_offset(value, strlen(value), field(o, offset)))
		return fault_set(f, EINVAL, "%s: '%s' is not an offset such as +01:00 or -07:00", name,
				 value);
	return 0;
}

static int set_pin(struct options *o, size_t offset, const char *name, const char *value,
		   struct fault *f)
{
	if (strncmp(value, "sha256//", 8) != 0)
		return fault_set(f, EINVAL, "%s: '%s' does not begin with sha256//", name, value);
	return set_text(o, offset, name, value, f);
}

/* ---- the table ------------------------------------------------------------------------------ */

#define NOWHERE SIZE_MAX
#define AT(member) offsetof(struct options, member)

#define COMMON 11              /* so many are explained in --help, the others only named */
static const struct option_row {
	const char *name;
	set_value *set;
	bool takes_value;
	size_t offset, given;
	const char *value, *help;
} table[] = {
	{ "credentials", set_path, true, AT(credentials), NOWHERE, "FILE",
	  "the login: username= and password= lines, mode 0600" },
	{ "cafile", set_path, true, AT(cafile), NOWHERE, "FILE",
	  "certificates to trust (PEM) instead of the system's" },
	{ "pinnedpubkey", set_pin, true, AT(pinnedpubkey), NOWHERE, "sha256//...",
	  "the server's public key must be this one" },
	{ "tenant", set_flag, false, AT(tenant), NOWHERE, NULL,
	  "sign in as one organization, not as administrator" },
	{ "ro", set_flag, false, AT(read_only), NOWHERE, NULL,
	  "start and stop nothing on the server" },
	{ "content", set_content, true, AT(content_off), NOWHERE, "on|off",
	  "with off no document or mail is ever saved" },
	{ "allow_other", set_flag, false, AT(allow_other), NOWHERE, NULL,
	  "let other users in, by uid, gid and umask" },
	{ "uid", set_id, true, AT(uid), AT(uid_given), "N", "owner of the files" },
	{ "gid", set_id, true, AT(gid), AT(gid_given), "N", "group of the files" },
	{ "umask", set_umask, true, AT(umask), AT(umask_given), "OCTAL",
	  "bits taken from 0555 (directories) and 0444 (files)" },
	{ "setuid", set_user, true, AT(user), NOWHERE, "USER",
	  "read the credentials, then be this user" },
	{ "insecure", set_flag, false, AT(insecure), NOWHERE, NULL,
	  "do not verify the server; anyone in between can read all" },
	{ "api", set_api, true, AT(api), NOWHERE, "auto|v1...v8", "version of the REST API" },
	{ "timeout", set_seconds, true, AT(timeout), NOWHERE, "SECONDS",
	  "time to connect, and of silence (30)" },
	{ "explore-timeout", set_seconds, true, AT(explore_timeout), NOWHERE, "SECONDS",
	  "time for a session to start, for a search (3600)" },
	{ "server-tz", set_offset, true, AT(server_tz), AT(server_tz_given), "+hh:mm",
	  "the server's zone, for API v1 and v2" },
	{ "strict-time", set_flag, false, AT(strict_time), NOWHERE, NULL,
	  "refuse times before the first and after the last backup" },
	{ "stop-on-unmount", set_flag, false, AT(stop_on_unmount), NOWHERE, NULL,
	  "end the sessions started here" },
	{ "spool-size", set_size, true, AT(spool_size), NOWHERE, "SIZE",
	  "disk for saved documents (2G)" },
	{ "spool", set_path, true, AT(spool_directory), NOWHERE, "DIR",
	  "where they are kept ($CACHE_DIRECTORY, $TMPDIR or /var/tmp)" },
	{ "xattr", set_flag, false, AT(xattr), NOWHERE, NULL,
	  "serve user.vbofs.* attributes: where a file came from" },
};

/*
 * Words that mount(8), fstab, systemd and autofs use among themselves, and switches
 * of the kernel without a meaning here.  A mount is always nosuid, nodev, noexec
 * and noatime: what comes out of a backup is not to be run in place.
 */
static const char *const ignored[] = {
	"rw", "defaults", "_netdev", "nofail", "fail", "auto", "noauto", "user", "nouser", "users",
	"nousers", "owner", "noowner", "group", "nogroup", "comment", "helper", "uhelper", "exec",
	"noexec", "suid", "nosuid", "dev", "nodev", "async", "sync", "dirsync", "atime", "noatime",
	"relatime", "norelatime", "diratime", "nodiratime", "strictatime", "nostrictatime", "lazytime",
	"nolazytime", "iversion", "noiversion", "mand", "nomand", "silent", "loud", "nosymfollow",
	"symfollow",
	"default_permissions", NULL,
};

static bool is_ignored(const char *name)
{
	if (strncmp(name, "x-", 2) == 0 || strncmp(name, "X-", 2) == 0)
		return true;
	for (size_t i = 0; ignored[i]; i++)
		if (strcmp(ignored[i], name) == 0)
			return true;
	return false;
}

/* Not in the table.  0 where that is in order. */
static int judge_unknown(const struct options *o, const char *word, struct fault *f)
{
	if (is_ignored(word))
		return 0;
	if (strcmp(word, "password") == 0 || strcmp(word, "username") == 0)
		return fault_set(f, EINVAL, "option '%s' would show in the process list: "
				 "use credentials=FILE", word);
	if (strcmp(word, "remount") == 0)
		return fault_set(f, EINVAL, "remount: the options of a mount cannot be changed: "
				 "unmount it and mount it again");
	return o->sloppy ? 0 : fault_set(f, EINVAL, "unknown option '%s'", word);
}

static int set_option(struct options *o, char *word, struct fault *f)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct option_row *row = &table[i];
		if (strcmp(row->name, word) != 0)
			continue;
		if (row->takes_value && !value)
			return fault_set(f, EINVAL, "option '%s' needs a value: %s=%s", word, word,
					 row->value);
		if (!row->takes_value && value)
			return fault_set(f, EINVAL, "option '%s' takes no value", word);
		if (row->given != NOWHERE)
			*(bool *)field(o, row->given) = true;
		return row->set(o, row->offset, word, value, f);
	}
	return judge_unknown(o, word, f);
}

/* a,b=c,d=e\,f */
int options_set(struct options *o, const char *list, struct fault *f)
{
	char *word = malloc(strlen(list) + 1);
	const char *p = list;
	int rc = 0;

	if (!word)
		return fault_set(f, ENOMEM, "no memory");
	while (*p && !rc) {
		char *out = word;
		for (; *p && *p != ','; p++) {
			if (*p == '\\' && (p[1] == ',' || p[1] == '\\'))
				p++;
			*out++ = *p;
		}
		*out = '\0';
		if (*p)
			p++;
		if (*word)
			rc = set_option(o, word, f);
	}
	free(word);
	return rc;
}

/* ---- help ------------------------------------------------------------------------------------------- */

#define ROWS (sizeof(table) / sizeof(table[0]))
#define HELP_WIDTH 78

static void name_of(char *name, size_t size, const struct option_row *row)
{
	snprintf(name, size, "%s%s%s", row->name, row->value ? "=" : "", row->value ? row->value : "");
}

void options_help(struct buf *out)
{
	char name[64];
	size_t column = HELP_WIDTH;

	buf_addstr(out,
		   "usage: vbofs [-f] [-d] [-o OPTION[,OPTION...]] URL MOUNTPOINT\n"
		   "       vbofs --check [-o ...] URL     sign in, count the organizations\n"
		   "       vbofs --wait PATH VALUE [--timeout SECONDS]   until the file reads VALUE\n"
		   "       vbofs --list-tree | --list-options | --version | --help\n"
		   "Mounts a Veeam Backup for Microsoft 365 server; fusermount3 -u ends it.\n"
		   "  -f  stay in the foreground      -d  the same, and tell every request\n"
		   "options for -o:\n");
	for (const struct option_row *row = table; row < table + COMMON; row++) {
		name_of(name, sizeof(name), row);
		buf_printf(out, "  %-25s %s\n", name, row->help);
	}
	buf_addstr(out, "and, see man vbofs or vbofs --list-options:");
	for (const struct option_row *row = table + COMMON; row < table + ROWS; row++) {
		name_of(name, sizeof(name), row);
		column += strlen(name) + 1;
		if (column > HELP_WIDTH) {
			buf_addstr(out, "\n ");
			column = strlen(name) + 2;
		}
		buf_printf(out, " %s", name);
	}
	buf_addch(out, '\n');
}

void options_list(struct buf *out)
{
	char name[64];

	for (const struct option_row *row = table; row < table + ROWS; row++) {
		name_of(name, sizeof(name), row);
		buf_printf(out, "%s\t%s\n", name, row->help);
	}
}
