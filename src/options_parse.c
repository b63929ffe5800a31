/* The command line: switches, the words of mount(8), address and mountpoint. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "options_private.h"

#define TIMEOUT_S 30
#define EXPLORE_TIMEOUT_S 3600
#define DEFAULT_PORT "4443"

/* ---- the address -------------------------------------------------------------------- */

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

/* ---- the command line --------------------------------------------------------------- */

static int check_mountpoint(struct options *o, const char *path, struct fault *f)
{
	struct statvfs fs;
	struct stat st;

	o->mountpoint = realpath(path, NULL);
	/* of a mount whose program died the kernel may still know the attributes */
	if (!o->mountpoint || stat(o->mountpoint, &st) ||
	    (statvfs(o->mountpoint, &fs) && errno == ENOTCONN))
		return fault_set(f, errno, "mountpoint '%s': %s%s", path, strerror(errno),
				 errno == ENOTCONN ? ": a mount whose program died, end it with "
						     "fusermount3 -u" : "");
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
	if (!rc && !(o->source = strdup(words[0])))
		rc = fault_set(f, ENOMEM, "no memory");
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
		{ "--version", MODE_VERSION },   { "--list-options", MODE_LIST_OPTIONS },
		{ "-V", MODE_VERSION },          { "--help", MODE_HELP },
		{ "-h", MODE_HELP },
	};

	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(modes[i].name, arg) == 0) {
			o->mode = modes[i].mode;
			return true;
		}
	}
	return false;
}

static bool is_helper(const char *program)
{
	const char *name = strrchr(program, '/');
	return strncmp(name ? name + 1 : program, "mount.", 6) == 0;
}

/* -s -f -n -v -t TYPE -N NAMESPACE.  1: it is none of them. */
static int take_helper_switch(struct options *o, int argc, char **argv, int *i, struct fault *f)
{
	const char *arg = argv[*i];

	if (strcmp(arg, "-N") == 0)
		return fault_set(f, EINVAL, "-N: use nsenter to mount in another namespace");
	if (strcmp(arg, "-t") == 0 && *i + 1 < argc) {
		++*i;
		return 0;
	}
	if (strspn(arg + 1, "sfnv") != strlen(arg + 1))
		return 1;
	o->sloppy |= strchr(arg, 's') != NULL;
	o->fake |= strchr(arg, 'f') != NULL;
	return 0;
}

/* One argument and, where it takes one, the next. */
static int take_switch(struct options *o, int argc, char **argv, int *i, struct fault *f)
{
	const char *arg = argv[*i];
	int rc = o->helper ? take_helper_switch(o, argc, argv, i, f) : 1;

	if (rc <= 0 || is_mode(o, arg))
		return rc < 0 ? rc : 0;
	if (strcmp(arg, "-f") == 0)
		o->foreground = true;
	else if (strcmp(arg, "-d") == 0)
		o->debug = o->foreground = true;
	else if (strcmp(arg, "-o") == 0 && *i + 1 < argc)
		return options_set(o, argv[++*i], f);
	else if (strncmp(arg, "-o", 2) == 0 && arg[2])
		return options_set(o, arg + 2, f);
	else
		return fault_set(f, EINVAL, "unknown argument '%s': see vbofs --help", arg);
	return 0;
}

static void settle_owner(struct options *o)
{
	if (!o->uid_given)
		o->uid = o->user ? o->user_uid : geteuid();
	if (!o->gid_given)
		o->gid = o->user ? o->user_gid : getegid();
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
	o->helper = argc > 0 && is_helper(argv[0]);
	for (int i = 1; i < argc && !rc; i++) {
		if (!only_words && strcmp(argv[i], "--") == 0)
			only_words = true;
		else if (!only_words && argv[i][0] == '-' && argv[i][1])
			rc = take_switch(o, argc, argv, &i, f);
		else if (n < 3)
			words[n++] = argv[i];
	}
	settle_owner(o);
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
	free(o->user);
}
