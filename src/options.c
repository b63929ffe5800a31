#include "vbofs/options.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vbofs/profile.h"
#include "vbofs/timestamp.h"

#define TIMEOUT_S 30
#define EXPLORE_TIMEOUT_S 3600
#define DEFAULT_PORT "4443"

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

static const struct option_row {
	const char *name;
	set_value *set;            /* NULL: known and ignored */
	bool takes_value;
	size_t offset, given;
	const char *value, *help;
} table[] = {
	{ "credentials", set_path, true, AT(credentials), NOWHERE, "FILE",
	  "username= and password= lines; mode 0600" },
	{ "cafile", set_path, true, AT(cafile), NOWHERE, "FILE",
	  "certificates to trust (PEM) instead of the system's" },
	{ "pinnedpubkey", set_pin, true, AT(pinnedpubkey), NOWHERE, "sha256//...",
	  "the server's public key must be this one" },
	{ "insecure", set_flag, false, AT(insecure), NOWHERE, NULL,
	  "do not verify the server; anyone in between can read all" },
	{ "api", set_api, true, AT(api), NOWHERE, "auto|v1...v8", "version of the REST API" },
	{ "tenant", set_flag, false, AT(tenant), NOWHERE, NULL,
	  "sign in as one organization, not as administrator" },
	{ "ro", set_flag, false, AT(read_only), NOWHERE, NULL,
	  "start and stop nothing on the server" },
	{ "timeout", set_seconds, true, AT(timeout), NOWHERE, "SECONDS",
	  "to connect, and of silence (30)" },
	{ "explore-timeout", set_seconds, true, AT(explore_timeout), NOWHERE, "SECONDS",
	  "for a session to start (3600)" },
	{ "server-tz", set_offset, true, AT(server_tz), AT(server_tz_given), "+hh:mm",
	  "the server's zone, for API v1 and v2" },
	{ "strict-time", set_flag, false, AT(strict_time), NOWHERE, NULL,
	  "refuse times before the first and after the last backup" },
	{ "stop-on-unmount", set_flag, false, AT(stop_on_unmount), NOWHERE, NULL,
	  "end the sessions started here" },
	{ "allow_other", set_flag, false, AT(allow_other), NOWHERE, NULL,
	  "let other users in, by uid, gid and umask" },
	{ "uid", set_id, true, AT(uid), AT(uid_given), "N", "owner of the files" },
	{ "gid", set_id, true, AT(gid), AT(gid_given), "N", "group of the files" },
	{ "umask", set_umask, true, AT(umask), AT(umask_given), "OCTAL",
	  "bits taken from 0555 and 0444" },
	{ "content", set_content, true, AT(content_off), NOWHERE, "on|off",
	  "off: no document or mail is ever saved" },
	{ "spool-size", set_size, true, AT(spool_size), NOWHERE, "SIZE",
	  "disk for saved documents (2G)" },
	{ "spool", set_path, true, AT(spool_directory), NOWHERE, "DIR",
	  "where ($CACHE_DIRECTORY, $TMPDIR or /var/tmp)" },
	{ "xattr", set_flag, false, AT(xattr), NOWHERE, NULL, "serve user.vbofs.* attributes" },
};

/* Words that mount(8), fstab and systemd use among themselves, and the kernel's defaults. */
static const char *const ignored[] = {
	"rw", "defaults", "_netdev", "nofail", "fail", "auto", "noauto", "user", "nouser", "users",
	"owner", "group", "exec", "noexec", "suid", "nosuid", "dev", "nodev", "async", "sync",
	"atime", "noatime", "relatime", "norelatime", "diratime", "nodiratime", "strictatime",
	"default_permissions", NULL,
};

static bool is_ignored(const char *name)
{
	if (strncmp(name, "x-", 2) == 0)
		return true;
	for (size_t i = 0; ignored[i]; i++)
		if (strcmp(ignored[i], name) == 0)
			return true;
	return false;
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
	if (is_ignored(word))
		return 0;
	if (strcmp(word, "password") == 0 || strcmp(word, "username") == 0)
		return fault_set(f, EINVAL, "option '%s' would show in the process list: "
				 "use credentials=FILE", word);
	return fault_set(f, EINVAL, "unknown option '%s'", word);
}

/* a,b=c,d=e\,f */
static int set_options(struct options *o, const char *list, struct fault *f)
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

/* ---- the address -------------------------------------------------------------------------------- */

/* What is no full address of 127/8 may be a name that somebody else's server answers to. */
static bool is_loopback(const char *host)
{
	struct in_addr v4;

	return strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static int split_host(const char *url, const char *rest, char *host, size_t size,
		      const char **port, struct fault *f)
{
	size_t n = *rest == '[' ? strcspn(rest, "]") + 1 : strcspn(rest, ":/");

	if (*rest == '[' && rest[n - 1] != ']')
		n = 0;
	if (!n || n >= size || strcspn(rest, "@?#\\ ") < n)
		return fault_set(f, EINVAL, "'%s' is not an address such as https://server:4443", url);
	memcpy(host, rest, n);
	host[n] = '\0';
	*port = DEFAULT_PORT;
	if (rest[n] == ':')
		*port = rest + n + 1;
	else if (rest[n] && strcmp(rest + n, "/") != 0)
		return fault_set(f, EINVAL, "'%s': the address ends behind the port, without a path",
				 url);
	return 0;
}

int options_origin(const char *url, char **origin, bool *loopback, struct fault *f)
{
	const char *scheme = "https", *rest = url, *port = DEFAULT_PORT;
	char host[256], number[8];

	if (strncasecmp(url, "https://", 8) == 0)
		rest = url + 8;
	else if (strncasecmp(url, "http://", 7) == 0) {
		rest = url + 7;
		scheme = "http";
	} else if (strstr(url, "://"))
		return fault_set(f, EINVAL, "'%s': the address begins with https://", url);
	if (strchr(rest, '@'))
		return fault_set(f, EINVAL, "the address holds a user: that belongs into "
				 "credentials=FILE");
	int rc = split_host(url, rest, host, sizeof(host), &port, f);
	if (rc)
		return rc;
	size_t digits = strspn(port, "0123456789");
	if (!digits || digits > 5 || (port[digits] && strcmp(port + digits, "/") != 0))
		return fault_set(f, EINVAL, "'%s': the port is a number, and nothing follows it", url);
	memcpy(number, port, digits);
	number[digits] = '\0';
	if (atoi(number) < 1 || atoi(number) > 65535)
		return fault_set(f, EINVAL, "'%s': the port is a number from 1 to 65535", url);
	*loopback = is_loopback(host);
	if (asprintf(origin, "%s://%s:%s", scheme, host, number) < 0) {
		*origin = NULL;
		return fault_set(f, ENOMEM, "no memory");
	}
	return 0;
}

/* ---- the command line ------------------------------------------------------------------------------ */

static int check_mountpoint(struct options *o, const char *path, struct fault *f)
{
	struct stat st;

	o->mountpoint = realpath(path, NULL);
	if (!o->mountpoint || stat(o->mountpoint, &st))
		return fault_set(f, errno, "mountpoint '%s': %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return fault_set(f, ENOTDIR, "mountpoint '%s' is not a directory", path);
	return 0;
}

static int take_arguments(struct options *o, char *const *words, int n, struct fault *f)
{
	if (n < 1)
		return fault_set(f, EINVAL, "the server's address is missing; usage: vbofs [-o ...] "
				 "URL MOUNTPOINT");
	if (o->mode == MODE_MOUNT && n < 2)
		return fault_set(f, EINVAL, "the mountpoint is missing; usage: vbofs [-o ...] URL MOUNTPOINT");
	if (n > (o->mode == MODE_MOUNT ? 2 : 1))
		return fault_set(f, EINVAL, "'%s' is one word too many", words[n - 1]);
	int rc = options_origin(words[0], &o->origin, &o->loopback, f);
	if (!rc && strncmp(o->origin, "http:", 5) == 0 && !o->loopback && !o->insecure)
		rc = fault_set(f, EINVAL, "'%s' would send the password in the clear: use https://, "
			       "or -o insecure if it must be", words[0]);
	if (!rc)
		rc = set_text(o, AT(source), "", words[0], f);
	if (!rc && o->mode == MODE_MOUNT)
		rc = check_mountpoint(o, words[1], f);
	return rc;
}

static bool is_mode(struct options *o, const char *arg)
{
	static const struct {
		const char *name;
		enum options_mode mode;
	} modes[] = {
		{ "--check", MODE_CHECK },       { "--list-tree", MODE_LIST_TREE },
		{ "--version", MODE_VERSION },   { "-V", MODE_VERSION },
		{ "--help", MODE_HELP },         { "-h", MODE_HELP },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, arg) == 0) {
			o->mode = modes[i].mode;
			return true;
		}
	}
	return false;
}

/* One argument and, where it takes one, the next. */
static int take_switch(struct options *o, int argc, char **argv, int *i, struct fault *f)
{
	const char *arg = argv[*i];

	if (is_mode(o, arg))
		return 0;
	if (strcmp(arg, "-f") == 0)
		o->foreground = true;
	else if (strcmp(arg, "-d") == 0)
		o->debug = o->foreground = true;
	else if (strcmp(arg, "-o") == 0 && *i + 1 < argc)
		return set_options(o, argv[++*i], f);
	else if (strncmp(arg, "-o", 2) == 0 && arg[2])
		return set_options(o, arg + 2, f);
	else
		return fault_set(f, EINVAL, "unknown argument '%s': see vbofs --help", arg);
	return 0;
}

int options_parse(struct options *o, int argc, char **argv, struct fault *f)
{
	char *words[3];
	int n = 0, rc = 0;
	bool only_words = false;

	memset(o, 0, sizeof(*o));
	o->timeout = TIMEOUT_S;
	o->explore_timeout = EXPLORE_TIMEOUT_S;
	o->spool_size = SPOOL_SIZE_DEFAULT;
	o->uid = geteuid();
	o->gid = getegid();
	for (int i = 1; i < argc && !rc; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (!only_words && argv[i][0] == '-' && argv[i][1])
			rc = take_switch(o, argc, argv, &i, f);
		else if (n < 3)
			words[n++] = argv[i];
	}
	if (!rc && (o->mode == MODE_MOUNT || o->mode == MODE_CHECK))
		rc = take_arguments(o, words, n, f);
	return rc;
}

void options_release(struct options *o)
{
	free(o->origin);
	free(o->source);
	free(o->mountpoint);
	free(o->credentials);
	free(o->cafile);
	free(o->pinnedpubkey);
	free(o->spool_directory);
}

void options_help(struct buf *out)
{
	buf_addstr(out,
		   "usage: vbofs [-f] [-d] [-o OPTION[,OPTION...]] URL MOUNTPOINT\n"
		   "       vbofs --check [-o ...] URL     sign in, count the organizations\n"
		   "       vbofs --list-tree | --version | --help\n"
		   "Mounts a Veeam Backup for Microsoft 365 server as a directory; fusermount3 -u ends it.\n"
		   "  -f  stay in the foreground      -d  the same, and tell every request\n"
		   "options for -o:\n");
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s%s%s", table[i].name, table[i].value ? "=" : "",
			 table[i].value ? table[i].value : "");
		buf_printf(out, "  %-25s %s\n", name, table[i].help);
	}
}
