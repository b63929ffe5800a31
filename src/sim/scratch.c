#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "text.h"

static char *join(const char *directory, const char *name)
{
	struct text t = { 0 };

	text_add(&t, directory);
	text_add(&t, "/");
	text_add(&t, name);
	return t.data;
}

bool scratch_make(struct scratch *s)
{
	const char *parent = getenv("TMPDIR");

	if (parent == NULL || *parent == '\0')
		parent = "/tmp";
	s->directory = join(parent, "vbosim-XXXXXX");
	if (mkdtemp(s->directory) == NULL) {
		free(s->directory);
		s->directory = NULL;
		return false;
	}
	s->cafile = join(s->directory, "ca.pem");
	s->credentials = join(s->directory, "credentials");
	s->tenant_credentials = join(s->directory, "tenant-credentials");
	return true;
}

bool scratch_write(const char *path, const char *content)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	size_t len = strlen(content);
	bool good;

	if (fd == -1)
		return false;
	good = write(fd, content, len) == (ssize_t)len;
	return close(fd) == 0 && good;
}

bool scratch_write_login(const char *path, const char *username, const char *password)
{
	struct text t = { 0 };
	bool good;

	text_printf(&t, "username=%s\npassword=%s\n", username, password);
	good = scratch_write(path, t.data);
	text_free(&t);
	return good;
}

void scratch_remove(struct scratch *s)
{
	if (s->directory == NULL)
		return;
	unlink(s->cafile);
	unlink(s->credentials);
	unlink(s->tenant_credentials);
	rmdir(s->directory);
	free(s->cafile);
	free(s->credentials);
	free(s->tenant_credentials);
	free(s->directory);
	s->directory = NULL;
}
