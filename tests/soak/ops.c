/* What a worker does on the mount: one operation, begun, ended and judged. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "soak.h"

long read_file(struct worker *w, char *out, size_t size, const char *path)
{
	int fd = open(begin(w, "read", "%s", path), O_RDONLY | O_CLOEXEC);
	size_t have = 0;
	ssize_t n = -1;

	while (fd >= 0 && have < size && (n = read(fd, out + have, size - have)) > 0)
		have += (size_t)n;
	int err = n < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return end(w, err) ? (long)have : -1;
}

bool read_value(struct worker *w, char *out, size_t size, const char *path)
{
	long n = read_file(w, out, size - 1, path);

	if (n < 0)
		return false;
	out[n] = '\0';
	if (!n || out[n - 1] != '\n')
		wrong(w, "'%s' is no line", out);
	else
		out[n - 1] = '\0';
	return true;
}

int list(struct worker *w, const char *path, void (*each)(void *, const char *), void *user,
	 bool passing)
{
	DIR *d = opendir(begin(w, "list", "%s", path));
	struct dirent *e;
	int n = 0, err = d ? 0 : errno;

	while (d && (errno = 0, e = readdir(d)) != NULL) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
			continue;
		if (each)
			each(user, e->d_name);
		n++;
	}
	if (d) {
		err = errno;
		closedir(d);
	}
	return (passing ? end_passing(w, err) : end(w, err)) ? n : -1;
}

bool link_target(struct worker *w, char *out, size_t size, const char *path)
{
	ssize_t n = readlink(begin(w, "readlink", "%s", path), out, size - 1);

	out[n > 0 ? n : 0] = '\0';
	return end(w, n < 0 ? errno : 0);
}

/* `sent`: the write was reached. */
static int give(const char *path, const char *line, char *answer, size_t size, bool *sent)
{
	int fd = open(path, (answer ? O_RDWR : O_WRONLY) | O_CLOEXEC), err = 0;
	ssize_t n;

	*sent = fd >= 0;
	if (fd < 0)
		return errno;
	if (write(fd, line, strlen(line)) < 0) {
		err = errno;
	} else if (answer) {
		n = read(fd, answer, size - 1);
		answer[n > 0 ? n : 0] = '\0';
		answer[strcspn(answer, "\n")] = '\0';
		err = n < 0 ? errno : 0;
	}
	close(fd);
	return err;
}

int command(struct worker *w, const char *path, const char *line, char *answer, size_t size)
{
	bool sent;

	return give(begin(w, "write", "%s", path), line, answer, size, &sent);
}

/* After these the server may have acted; after any other it has not. */
static const char *outcome(int err, bool sent)
{
	if (!err)
		return "ok";
	return sent && (err == EIO || err == ETIMEDOUT || err == EINTR) ? "unknown" : "refused";
}

static void note(struct worker *w, const char *what, const char *org, const char *id, int err,
		 bool sent)
{
	pthread_mutex_lock(&w->soak->lock);
	fprintf(w->soak->writes, "%s %s %s %s %s\n", what, org, outcome(err, sent), id,
		err ? strerrorname_np(err) : "-");
	pthread_mutex_unlock(&w->soak->lock);
}

bool explore(struct worker *w, const char *org, int type, const char *when, char id[ID_MAX])
{
	static const char *const types[] = { "vex", "veod", "vesp", "vet" };
	char line[128], answer[128];
	bool sent;

	snprintf(line, sizeof(line), "%s type=%s\n", when, types[type]);
	int err = give(begin(w, "explore", "orgs/%s/explore", org), line, answer, sizeof(answer),
		       &sent);
	id[0] = '\0';
	if (!err && strlen(answer) != ID_MAX - 4)
		wrong(w, "the new session is '%s'", answer);
	else if (!err)
		memcpy(id, answer, ID_MAX - 3);
	note(w, "explore", org, err ? "-" : answer, err, sent);
	return end(w, err) && id[0];
}

bool stop(struct worker *w, const char *id)
{
	bool sent;
	int err = give(begin(w, "stop", "sessions/%s/stop", id), "stop\n", NULL, 0, &sent);

	note(w, "stop", "-", id, err, sent);
	return end(w, err);
}
