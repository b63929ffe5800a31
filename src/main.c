/*
 * vbofs: mounts a Veeam Backup for Microsoft 365 server as a directory.
 *
 * Everything that can fail for a reason a person can mend (options, files, the
 * server, the sign-in, the mount) happens before the program detaches: the first
 * process waits for the second and passes its verdict on.  The fork comes
 * before any connection, so that none has to survive it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <syslog.h>
#include <termios.h>
#include <unistd.h>

#include "vbofs/api.h"
#include "vbofs/control.h"
#include "vbofs/fs.h"
#include "vbofs/http.h"
#include "vbofs/kinds.h"
#include "vbofs/log.h"
#include "vbofs/loop.h"
#include "vbofs/model.h"
#include "vbofs/options.h"
#include "vbofs/start.h"
#include "vbofs/tree.h"

#define EXIT_USAGE 2
#define GOODBYE_MS 5000

/* All there is, in the order it is made. */
struct program {
	struct options options;
	struct cred cred;
	struct timers timers;
	struct log *log;
	struct http *http;
	struct api *api;
	struct model *model;
	struct control *control;
	struct spool *spool;
	struct tree *tree;
	struct fs *fs;
	int signals;
	int ready;                  /* pipe to the waiting first process; -1 = none */
};

static int complain(const struct fault *f)
{
	fprintf(stderr, "vbofs: %s\n", f->text);
	return EXIT_FAILURE;
}

/* Neither a core dump nor another process of this user may read the password. */
static void hide_memory(void)
{
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
	prctl(PR_SET_DUMPABLE, 0);
#endif
}

/*
 * Never more rights than now, whatever is executed.  Not for an ordinary user's mount: it is
 * taken down, as it was made, by fusermount3, which is set-user-ID.
 */
static void renounce_privileges(void)
{
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

/* ---- credentials -------------------------------------------------------------------- */

static char *ask(FILE *tty, const char *prompt, bool hidden)
{
	struct termios old, new;
	char *line = NULL;
	size_t size = 0;

	fputs(prompt, tty);
	fflush(tty);
	if (hidden && tcgetattr(fileno(tty), &old) == 0) {
		new = old;
		new.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(fileno(tty), TCSAFLUSH, &new);
	}
	ssize_t n = getline(&line, &size, tty);
	if (hidden) {
		tcsetattr(fileno(tty), TCSAFLUSH, &old);
		fputc('\n', tty);
	}
	if (n > 0 && line[n - 1] == '\n')
		line[--n] = '\0';
	if (n > 0)
		return line;
	free(line);
	return NULL;
}

static int ask_credentials(struct cred *c, struct fault *f)
{
	FILE *tty = fopen("/dev/tty", "r+");

	if (!tty)
		return fault_set(f, EACCES, "no credentials: give -o credentials=FILE");
	c->username = ask(tty, "user: ", false);
	c->password = c->username ? ask(tty, "password: ", true) : NULL;
	fclose(tty);
	if (!c->password)
		return fault_set(f, EACCES, "no credentials: nothing was typed");
	return 0;
}

static int get_credentials(struct program *p, struct fault *f)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char path[4096];

	hide_memory();
	if (p->options.credentials)
		return cred_load(&p->cred, p->options.credentials, false, f);
	if (directory) {
		snprintf(path, sizeof(path), "%s/vbofs", directory);
		return cred_load(&p->cred, path, true, f);
	}
	return ask_credentials(&p->cred, f);
}

/* ---- making it --------------------------------------------------------------------------- */

static int make_client(struct program *p, struct fault *f)
{
	const struct options *o = &p->options;
	struct http_config http = {
		.origin = o->origin, .cafile = o->cafile, .pinnedpubkey = o->pinnedpubkey,
		.insecure = o->insecure, .direct = o->loopback, .timeout = o->timeout,
	};

	if (o->cafile && access(o->cafile, R_OK))
		return fault_set(f, errno, "cafile '%s': %s", o->cafile, strerror(errno));
	if (o->insecure)
		log_printf(p->log, LOG_LEVEL_WARNING, "insecure: the server's certificate is not verified");
	p->http = http_new(&http, f);
	if (!p->http)
		return -f->err;
	struct api_config api = {
		.http = p->http, .timers = &p->timers, .log = p->log,
		.role = o->tenant ? ROLE_TENANT : ROLE_ADMIN, .cred = p->cred,
		.timeout = o->timeout,
	};
	p->api = api_new(&api, f);
	p->cred = api.cred;
	return p->api ? 0 : -f->err;
}

static void on_changed(void *user, struct member *m)
{
	struct program *p = user;
	if (p->fs)
		fs_changed(p->fs, m);
}

static int make_model(struct program *p, struct fault *f)
{
	struct model_config config = {
		.api = p->api, .timers = &p->timers, .log = p->log, .changed = on_changed, .user = p,
	};

	p->model = model_new(&config, f);
	return p->model ? 0 : -f->err;
}

static int make_tree(struct program *p, struct fault *f)
{
	const struct options *o = &p->options;
	struct control_config control = {
		.api = p->api, .model = p->model, .timers = &p->timers, .log = p->log,
		.read_only = o->read_only, .strict_time = o->strict_time,
		.server_offset_given = o->server_tz_given, .server_offset = o->server_tz,
		.explore_timeout = o->explore_timeout,
	};

	p->control = control_new(&control, f);
	if (!p->control)
		return -f->err;
	struct spool_config spool = {
		.api = p->api, .timers = &p->timers, .log = p->log, .directory = o->spool_directory,
		.size = o->spool_size, .off = o->content_off,
	};
	p->spool = spool_new(&spool, f);
	if (!p->spool)
		return -f->err;
	struct tree_config tree = {
		.api = p->api, .model = p->model, .log = p->log, .control = p->control,
		.spool = p->spool, .origin = o->origin, .uid = o->uid, .gid = o->gid,
		.umask_given = o->umask_given, .umask = o->umask,
	};
	p->tree = tree_new(&tree, f);
	return p->tree ? 0 : -f->err;
}

static int make_mount(struct program *p, struct fault *f)
{
	const struct options *o = &p->options;
	struct fs_config config = {
		.tree = p->tree, .control = p->control, .log = p->log, .read_only = o->read_only,
		.xattr = o->xattr, .debug = o->debug, .allow_other = o->allow_other,
		.source = o->source, .mountpoint = o->mountpoint,
	};

	p->signals = loop_signals();
	if (p->signals < 0)
		return fault_set(f, -p->signals, "cannot take signals");
	p->fs = fs_new(&config, f);
	return p->fs ? 0 : -f->err;
}

static int sign_in(struct program *p, struct fault *f)
{
	struct start s = { p->http, &p->timers, p->api };
	struct fault why;
	int rc = start_detect(&s, p->options.api, &why);

	if (!rc)
		rc = start_sign_in(&s, &why);
	if (rc)
		fault_set(f, why.err, "server '%s': %s", p->options.source, why.text);
	return rc;
}

static void release(struct program *p)
{
	fs_free(p->fs);
	tree_free(p->tree);
	spool_free(p->spool);
	control_free(p->control);
	model_free(p->model);
	api_free(p->api);
	http_free(p->http);
	cred_wipe(&p->cred);
	log_free(p->log);
	options_release(&p->options);
}

/* ---- detaching ------------------------------------------------------------------------------- */

/* The first process: wait for the verdict of the second, which prints its own complaints. */
static int await_verdict(int pipe_end, pid_t child)
{
	char verdict;
	int status;

	if (read(pipe_end, &verdict, 1) == 1)
		return EXIT_SUCCESS;
	if (waitpid(child, &status, 0) == child && WIFEXITED(status))
		return WEXITSTATUS(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
	fprintf(stderr, "vbofs: the mounting process died\n");
	return EXIT_FAILURE;
}

/* Returns in the second process; the first one ends here. */
static int detach(struct program *p, struct fault *f)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return fault_set(f, errno, "cannot detach: %s", strerror(errno));
	pid_t child = fork();
	if (child < 0)
		return fault_set(f, errno, "cannot detach: %s", strerror(errno));
	if (child > 0) {
		close(ends[1]);
		int code = await_verdict(ends[0], child);
		release(p);
		exit(code);
	}
	close(ends[0]);
	p->ready = ends[1];
	return 0;
}

static void say_ready(struct program *p)
{
	if (p->ready < 0)
		return;
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		close(null);
	}
	log_retarget(p->log, LOG_TO_SYSLOG);
	setsid();
	if (chdir("/"))
		log_printf(p->log, LOG_LEVEL_WARNING, "cannot leave the directory: %s",
			   strerror(errno));
	if (write(p->ready, "", 1) != 1)
		log_printf(p->log, LOG_LEVEL_WARNING, "nobody waited for the mount");
	close(p->ready);
	p->ready = -1;
}

/* ---- modes ------------------------------------------------------------------------------------- */

static void on_signed_out(void *user, struct api_answer *a)
{
	(void)a;
	*(bool *)user = true;
}

static void say_goodbye(struct program *p)
{
	struct start s = { p->http, &p->timers, p->api };
	bool done = false, never = false;

	if (p->options.stop_on_unmount) {
		control_stop_all(p->control);
		for (uint64_t end = timer_now() + GOODBYE_MS;
		     control_busy(p->control) && timer_now() < end;)
			start_run(&s, &never, 20);
	}
	if (api_sign_out(p->api, on_signed_out, &done))
		start_run(&s, &done, GOODBYE_MS);
}

static int run_mount(struct program *p)
{
	struct fault f = { 0 };

	if (get_credentials(p, &f) || (!p->options.foreground && detach(p, &f)))
		return complain(&f);
	if (make_client(p, &f) || sign_in(p, &f) || make_model(p, &f) || make_tree(p, &f) ||
	    make_mount(p, &f))
		return complain(&f);
	if (geteuid() == 0)
		renounce_privileges();
	say_ready(p);
	struct loop l = {
		.http = p->http, .timers = &p->timers, .fs = p->fs, .control = p->control,
		.model = p->model, .log = p->log, .signals = p->signals,
	};
	log_printf(p->log, LOG_LEVEL_INFO, "mounted %s (API %s) at %s", p->options.origin,
		   api_profile(p->api)->name, p->options.mountpoint);
	loop_run(&l);
	fs_unmount(p->fs);
	say_goodbye(p);
	return EXIT_SUCCESS;
}

static int run_check(struct program *p)
{
	struct fault f = { 0 };

	renounce_privileges();
	if (get_credentials(p, &f) || make_client(p, &f) || sign_in(p, &f) || make_model(p, &f))
		return complain(&f);
	struct start s = { p->http, &p->timers, p->api };
	struct collection *orgs = model_organizations(p->model);
	bool done = false;
	int rc = start_list(&s, orgs, &f);
	if (api_sign_out(p->api, on_signed_out, &done))
		start_run(&s, &done, GOODBYE_MS);
	if (rc)
		return complain(&f);
	printf("%s: API %s, signed in as %s, %zu organization%s\n", p->options.origin,
	       api_profile(p->api)->name, api_username(p->api), model_count(orgs),
	       model_count(orgs) == 1 ? "" : "s");
	return EXIT_SUCCESS;
}

static int print_text(void (*fill)(struct buf *out))
{
	struct buf b;

	buf_init(&b, 65536);
	fill(&b);
	fputs(b.data ? b.data : "", stdout);
	buf_release(&b);
	return EXIT_SUCCESS;
}

static void fill_tree(struct buf *out)
{
	kinds_print(out);
	buf_addstr(out, "\n");
	buf_addstr(out, command_explore_help());
}

static void fill_version(struct buf *out)
{
	buf_addstr(out, "vbofs " VBOFS_VERSION "\n");
}

int main(int argc, char **argv)
{
	struct program p = { .ready = -1 };
	struct fault f = { 0 };
	int code;

	/* a descriptor of ours must not get the number of a closed standard stream */
	int null;
	do
		null = open("/dev/null", O_RDWR);
	while (null >= 0 && null <= STDERR_FILENO);
	if (null >= 0)
		close(null);

	timers_init(&p.timers);
	if (options_parse(&p.options, argc, argv, &f)) {
		complain(&f);
		options_release(&p.options);
		return EXIT_USAGE;
	}
	openlog("vbofs", LOG_PID, LOG_DAEMON);
	p.log = log_new(LOG_TO_STDERR, p.options.debug ? LOG_LEVEL_DEBUG :
				       p.options.mode == MODE_MOUNT ? LOG_LEVEL_INFO :
								      LOG_LEVEL_WARNING);
	if (!p.log)
		return EXIT_FAILURE;
	switch (p.options.mode) {
	case MODE_CHECK:
		code = run_check(&p);
		break;
	case MODE_LIST_TREE:
		code = print_text(fill_tree);
		break;
	case MODE_VERSION:
		code = print_text(fill_version);
		break;
	case MODE_HELP:
		code = print_text(options_help);
		break;
	default:
		code = run_mount(&p);
	}
	release(&p);
	return code;
}
