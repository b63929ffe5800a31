/*
 * vbofs: mounts a Veeam Backup for Microsoft 365 server as a directory.
 *
 * Everything that can fail for a reason a person can mend (options, files, the
 * server, the sign-in, the mount) happens before the program detaches (process.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
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
#include "vbofs/metrics.h"
#include "vbofs/model.h"
#include "vbofs/notify.h"
#include "vbofs/options.h"
#include "vbofs/process.h"
#include "vbofs/start.h"
#include "vbofs/tree.h"
#include "vbofs/wait.h"

#define DESCRIPTORS 65536     /* asked for, where that is allowed */
#define GOODBYE_MS 5000

/* What to exit with: as mount(8) has it of its helpers, or as commands do. */
enum failure { FAILED_USAGE, FAILED_SYSTEM, FAILED_MOUNT };
static int exit_code(const struct options *o, enum failure failure)
{
	static const int as_helper[] = { 1, 2, 32 };
	static const int as_command[] = { 2, EXIT_FAILURE, EXIT_FAILURE };
	return o->helper ? as_helper[failure] : as_command[failure];
}

/* All there is, in the order it is made. */
struct program {
	struct options options;
	struct cred cred;
	struct timers timers;
	struct log *log;
	struct metrics metrics;
	struct notify notify;
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

static int complain_of(const struct program *p, const struct fault *f, enum failure failure)
{
	fprintf(stderr, "vbofs: %s\n", f->text);
	notify_send(&p->notify, "STATUS=%s\nERRNO=%d", f->text, f->err);
	return exit_code(&p->options, failure);
}

static int complain(const struct program *p, const struct fault *f)
{
	return complain_of(p, f, f->err == ENOMEM ? FAILED_SYSTEM : FAILED_MOUNT);
}

/* Each download under way takes two descriptors, and what is kept of them one. */
static void raise_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= DESCRIPTORS)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS ? limit.rlim_max : DESCRIPTORS;
	setrlimit(RLIMIT_NOFILE, &limit);
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

/* A line; NULL at its end, or where `interrupt` was typed. */
static char *read_line(FILE *tty, int interrupt, bool *interrupted)
{
	struct buf line;
	int c;

	buf_init(&line, 4096);
	buf_reserve(&line, 4096);   /* growing would leave copies behind */
	while ((c = fgetc(tty)) != EOF && c != '\n' && c != interrupt)
		buf_addch(&line, (char)c);
	*interrupted = c == interrupt;
	if (line.len && !*interrupted)
		return buf_take(&line, NULL);
	buf_wipe(&line);
	return NULL;
}

static char *ask(FILE *tty, const char *prompt, bool hidden)
{
	struct termios old, new;
	bool interrupted;

	fputs(prompt, tty);
	fflush(tty);
	hidden = hidden && tcgetattr(fileno(tty), &old) == 0;
	if (hidden) {
		/* Ctrl-C ends the line, not the program: the terminal has to get its echo back */
		new = old;
		new.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
		new.c_cc[VEOL] = old.c_cc[VINTR];
		tcsetattr(fileno(tty), TCSAFLUSH, &new);
	}
	char *line = read_line(tty, hidden ? old.c_cc[VINTR] : EOF, &interrupted);
	if (hidden) {
		tcsetattr(fileno(tty), TCSAFLUSH, &old);
		fputc('\n', tty);
	}
	if (interrupted)
		raise(SIGINT);
	return line;
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

	process_hide_memory();
	if (p->options.credentials)
		return cred_load(&p->cred, p->options.credentials, false, f);
	if (directory) {
		snprintf(path, sizeof(path), "%s/vbofs", directory);
		return cred_load(&p->cred, path, true, f);
	}
	return ask_credentials(&p->cred, f);
}

static int become_user(struct program *p, struct fault *f)
{
	const struct options *o = &p->options;
	return o->user ? process_become(o->user, o->user_uid, o->user_gid, f) : 0;
}

/* ---- making it --------------------------------------------------------------------------- */

static void on_request(void *user, const struct http_seen *s)
{
	struct program *p = user;
	const char *method = s->post ? "POST" : "GET";

	metrics_request(&p->metrics, s->post, s->status, s->err, s->microseconds);
	if (s->err)
		log_printf(p->log, LOG_LEVEL_DEBUG, "%s %s: %s after %.3f s", method, s->path,
			   fault_errno_name(s->err), (double)s->microseconds / 1e6);
	else
		log_printf(p->log, LOG_LEVEL_DEBUG, "%s %s: %ld in %.3f s", method, s->path, s->status,
			   (double)s->microseconds / 1e6);
}

static int make_client(struct program *p, struct fault *f)
{
	const struct options *o = &p->options;
	struct http_config http = {
		.timers = &p->timers, .origin = o->origin, .cafile = o->cafile,
		.pinnedpubkey = o->pinnedpubkey, .insecure = o->insecure, .direct = o->loopback,
		.timeout = o->timeout, .seen = on_request, .user = p,
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
		.api = p->api, .timers = &p->timers, .log = p->log,
		.patience = p->options.explore_timeout, .changed = on_changed, .user = p,
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
		.api = p->api, .timers = &p->timers, .directory = o->spool_directory,
		.size = o->spool_size, .off = o->content_off, .digest = o->xattr,
	};
	p->spool = spool_new(&spool, f);
	if (!p->spool)
		return -f->err;
	struct tree_config tree = {
		.api = p->api, .model = p->model, .log = p->log, .control = p->control,
		.spool = p->spool, .metrics = &p->metrics, .origin = o->origin, .uid = o->uid, .gid = o->gid,
		.umask_given = o->umask_given, .umask = o->umask,
	};
	p->tree = tree_new(&tree, f);
	return p->tree ? 0 : -f->err;
}

static int make_mount(struct program *p, struct fault *f)
{
	const struct options *o = &p->options;
	struct fs_config config = {
		.tree = p->tree, .model = p->model, .timers = &p->timers, .control = p->control,
		.log = p->log, .read_only = o->read_only,
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
	control_free(p->control);   /* searches hold nodes of the tree */
	tree_free(p->tree);
	spool_free(p->spool);
	model_free(p->model);
	api_free(p->api);
	http_free(p->http);
	cred_wipe(&p->cred);
	log_free(p->log);
	options_release(&p->options);
}

static void say_ready(struct program *p)
{
	struct fault f = { 0 };

	if (p->ready < 0)
		return;
	if (process_ready(&p->ready, &f))
		log_printf(p->log, LOG_LEVEL_WARNING, "%s", f.text);
	log_retarget(p->log, LOG_TO_SYSLOG);
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

static void run_loop(struct program *p)
{
	struct loop l = {
		.http = p->http, .timers = &p->timers, .fs = p->fs, .control = p->control,
		.model = p->model, .api = p->api, .log = p->log, .notify = &p->notify,
		.signals = p->signals,
	};

	log_attach(p->log, &p->timers);
	notify_watchdog(&p->notify, &p->timers);
	loop_run(&l);
	log_attach(p->log, NULL);
}

static int run_mount(struct program *p)
{
	struct fault f = { 0 };
	int code, rc;

	if (p->options.fake)
		return EXIT_SUCCESS;
	/* the credentials may be for root's eyes only */
	if (get_credentials(p, &f) || become_user(p, &f))
		return complain(p, &f);
	if (!p->options.foreground) {
		rc = process_detach(&p->ready, exit_code(&p->options, FAILED_SYSTEM), &code, &f);
		if (rc)
			return rc < 0 ? complain_of(p, &f, FAILED_SYSTEM) : code;
	}
	raise_descriptors();
	notify_init(&p->notify);
	notify_send(&p->notify, "STATUS=signing in at %s", p->options.origin);
	if (make_client(p, &f) || sign_in(p, &f) || make_model(p, &f) || make_tree(p, &f) ||
	    make_mount(p, &f))
		return complain(p, &f);
	if (geteuid() == 0)
		renounce_privileges();
	say_ready(p);
	notify_send(&p->notify, "READY=1\nMAINPID=%ld", (long)getpid());
	log_printf(p->log, LOG_LEVEL_INFO, "mounted %s (API %s) at %s", p->options.origin,
		   api_profile(p->api)->name, p->options.mountpoint);
	run_loop(p);
	fs_unmount(p->fs);
	say_goodbye(p);
	return EXIT_SUCCESS;
}

static int run_check(struct program *p)
{
	struct fault f = { 0 };

	renounce_privileges();
	if (get_credentials(p, &f) || make_client(p, &f) || sign_in(p, &f) || make_model(p, &f))
		return complain(p, &f);
	struct start s = { p->http, &p->timers, p->api };
	struct collection *orgs = model_organizations(p->model);
	bool done = false;
	int rc = start_list(&s, orgs, &f);
	if (api_sign_out(p->api, on_signed_out, &done))
		start_run(&s, &done, GOODBYE_MS);
	if (rc)
		return complain(p, &f);
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
	buf_addch(out, '\n');
	buf_addstr(out, command_search_help());
}

static void fill_version(struct buf *out)
{
	buf_addstr(out, "vbofs " VBOFS_VERSION "\n");
}

int main(int argc, char **argv)
{
	struct program p = { .ready = -1, .notify = { .fd = -1 } };
	struct fault f = { 0 };
	int code;

	/* a descriptor of ours must not get the number of a closed standard stream */
	int null;
	do
		null = open("/dev/null", O_RDWR);
	while (null >= 0 && null <= STDERR_FILENO);
	if (null >= 0)
		close(null);

	if (argc > 1 && strcmp(argv[1], "--wait") == 0)
		return wait_main(argc - 1, argv + 1);
	timers_init(&p.timers);
	if (options_parse(&p.options, argc, argv, &f)) {
		code = f.err == EINVAL ? complain_of(&p, &f, FAILED_USAGE) : complain(&p, &f);
		options_release(&p.options);
		return code;
	}
	openlog("vbofs", LOG_PID, LOG_DAEMON);
	p.log = log_new(log_foreground(), p.options.debug ? LOG_LEVEL_DEBUG :
				       p.options.mode == MODE_MOUNT ? LOG_LEVEL_INFO :
								      LOG_LEVEL_WARNING);
	if (!p.log) {
		fault_set(&f, ENOMEM, "no memory");
		code = complain(&p, &f);
		options_release(&p.options);
		return code;
	}
	switch (p.options.mode) {
	case MODE_CHECK:
		code = run_check(&p);
		break;
	case MODE_LIST_TREE:
		code = print_text(fill_tree);
		break;
	case MODE_LIST_OPTIONS:
		code = print_text(options_list);
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
	notify_release(&p.notify);
	return code;
}
