#include "vbofs/cred.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct part {
	const char *text;   /* NULL = not given */
	size_t len;
};

struct parts {
	struct part username, password, domain;
};

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct part trim(const char *text, size_t len)
{
	while (len > 0 && blank(*text)) {
		text++;
		len--;
	}
	while (len > 0 && blank(text[len - 1]))
		len--;
	return (struct part){ text, len };
}

static bool part_is(const struct part *p, const char *want)
{
	return p->len == strlen(want) && memcmp(p->text, want, p->len) == 0;
}

/* One line without its newline.  NULL or what is wrong: never any of its text. */
static const char *parse_line(struct parts *all, const char *line, size_t len)
{
	if (memchr(line, '\0', len) != NULL)
		return "a NUL byte, write plain text";
	if (len > 0 && line[len - 1] == '\r')
		len--;
	if (len == 0 || line[0] == '#' || trim(line, len).len == 0)
		return NULL;
	const char *equals = memchr(line, '=', len);
	if (equals == NULL)
		return "no \"=\", write key=value";
	const struct part key = trim(line, (size_t)(equals - line));
	struct part *target = part_is(&key, "username") ? &all->username :
		part_is(&key, "password") ? &all->password :
		part_is(&key, "domain") ? &all->domain : NULL;
	if (target == NULL)
		return "unknown key, write username, password or domain";
	if (target->text != NULL)
		return "a key that was given before, write it once";
	target->text = equals + 1;
	target->len = (size_t)(line + len - target->text);
	return NULL;
}

/* "domain\user", or the user alone. */
static char *full_name(const struct part *domain, const struct part *user)
{
	const size_t before = domain->len > 0 ? domain->len + 1 : 0;
	char *name = malloc(before + user->len + 1);

	if (name == NULL)
		return NULL;
	if (before > 0) {
		memcpy(name, domain->text, domain->len);
		name[domain->len] = '\\';
	}
	memcpy(name + before, user->text, user->len);
	name[before + user->len] = '\0';
	return name;
}

static int keep(struct cred *c, const struct parts *all, struct fault *f)
{
	static const struct part none = { NULL, 0 };

	if (all->username.len == 0)
		return fault_set(f, EINVAL, "no username, write a line username=NAME");
	if (all->password.len == 0)
		return fault_set(f, EINVAL, "no password, write a line password=SECRET");
	c->username = full_name(&all->domain, &all->username);
	c->password = full_name(&none, &all->password);
	if (c->username != NULL && c->password != NULL)
		return 0;
	cred_wipe(c);
	return fault_set(f, ENOMEM, "no memory for the credentials");
}

int cred_parse(struct cred *c, const char *text, size_t len, struct fault *f)
{
	const char *p = text, *end = text + len;
	struct parts all = { 0 };

	*c = (struct cred){ 0 };
	if (len >= 3 && memcmp(p, "\xEF\xBB\xBF", 3) == 0)
		p += 3;
	for (unsigned long line = 1; p < end; line++) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *stop = newline != NULL ? newline : end;
		const char *wrong = parse_line(&all, p, (size_t)(stop - p));
		if (wrong != NULL)
			return fault_set(f, EINVAL, "line %lu has %s", line, wrong);
		p = newline != NULL ? newline + 1 : end;
	}
	return keep(c, &all, f);
}

static int check_file(int fd, const char *path, bool systemd, struct fault *f)
{
	const mode_t refused = systemd ? 037 : 077;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return fault_set(f, errno, "credentials file \"%s\": %s", path,
			fault_errno_name(errno));
	if (!S_ISREG(st.st_mode))
		return fault_set(f, EINVAL, "credentials file \"%s\": not a regular file", path);
	if (st.st_uid != geteuid() && st.st_uid != 0)
		return fault_set(f, EACCES, "credentials file \"%s\": it belongs to user %lu, "
			"it must belong to user %lu or to root", path,
			(unsigned long)st.st_uid, (unsigned long)geteuid());
	if ((st.st_mode & refused) != 0)
		return fault_set(f, EACCES, "credentials file \"%s\": mode %04o lets others in, "
			"make it %s", path, (unsigned)st.st_mode & 07777, systemd ? "0440" : "0600");
	if (st.st_size > CRED_FILE_MAX)
		return fault_set(f, E2BIG, "credentials file \"%s\": at most %d bytes are allowed",
			path, CRED_FILE_MAX);
	return 0;
}

/* Reads all of the file; the length, or a negative errno. */
static int read_file(int fd, char *out, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, out + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return (int)len;
		len += (size_t)n;
	}
	return -E2BIG;
}

static int load(struct cred *c, int fd, const char *path, bool systemd, struct fault *f)
{
	char text[CRED_FILE_MAX + 1];
	struct fault inner = { 0 };

	int rc = check_file(fd, path, systemd, f);
	if (rc != 0)
		return rc;
	int len = read_file(fd, text, sizeof text);
	rc = len < 0 ? fault_set(&inner, -len, "it cannot be read: %s", fault_errno_name(-len)) :
		cred_parse(c, text, (size_t)len, &inner);
	explicit_bzero(text, sizeof text);
	if (rc != 0)
		return fault_set(f, -rc, "credentials file \"%s\": %s", path, inner.text);
	return 0;
}

int cred_load(struct cred *c, const char *path, bool systemd, struct fault *f)
{
	*c = (struct cred){ 0 };
	/* Not to wait for a writer of a FIFO. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return fault_set(f, errno, "credentials file \"%s\": it cannot be opened: %s", path,
			errno == ENOENT ? "no such file" : errno == EACCES ?
			"permission denied" : fault_errno_name(errno));
	int rc = load(c, fd, path, systemd, f);
	close(fd);
	return rc;
}

static void wipe(char **secret)
{
	if (*secret != NULL)
		explicit_bzero(*secret, strlen(*secret));
	free(*secret);
	*secret = NULL;
}

void cred_wipe(struct cred *c)
{
	wipe(&c->username);
	wipe(&c->password);
}
