#include "vbofs/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { WAIT_SIGNALS, WAIT_FUSE };

int loop_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR2);
	if (sigprocmask(SIG_BLOCK, &set, NULL) || signal(SIGPIPE, SIG_IGN) == SIG_ERR ||
	    signal(SIGXFSZ, SIG_IGN) == SIG_ERR)   /* a limit of file sizes: write says EFBIG */
		return -errno;
	int fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void reload(struct loop *l)
{
	notify_reloading(l->notify);
	log_printf(l->log, LOG_LEVEL_INFO, "SIGHUP: everything will be asked for anew");
	model_refresh(l->model);
	notify_send(l->notify, "READY=1");
}

/* True when the program should end. */
static bool take_signals(struct loop *l)
{
	struct signalfd_siginfo info;
	bool end = false;

	while (read(l->signals, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			reload(l);
		} else if (info.ssi_signo == SIGUSR2) {
			log_printf(l->log, LOG_LEVEL_INFO, "SIGUSR2: debug lines are now %s",
				   log_toggle_debug(l->log) ? "on" : "off");
		} else {
			log_printf(l->log, LOG_LEVEL_INFO, "%s: ending the mount",
				   strsignal((int)info.ssi_signo));
			end = true;
		}
	}
	return end;
}

/* Only what changed is told: an idle mount stays silent. */
static void tell_status(struct loop *l, bool first)
{
	struct api_counters c;
	struct loop_told now = {
		.organizations = model_count(model_organizations(l->model)),
		.sessions = model_count(model_sessions(l->model)),
	};

	if (!notify_heard(l->notify))
		return;
	api_count(l->api, &c);
	now.gone = c.circuit_open;
	if (!first && now.organizations == l->told.organizations &&
	    now.sessions == l->told.sessions && now.gone == l->told.gone)
		return;
	l->told = now;
	notify_send(l->notify, "STATUS=%zu organizations, %zu sessions known%s", now.organizations,
		    now.sessions, now.gone ? "; the server does not answer" : "");
}

/* One round.  *fuse becomes false when the mount has ended.  True: a signal says end. */
static bool loop_round(struct loop *l, bool *fuse, int most)
{
	int timeout = fs_has_ready(l->fs) ? 0 : timers_wait(l->timers, most);
	unsigned ready;
	int rc = http_wait(l->http, &ready, timeout);

	if (rc)
		log_printf(l->log, LOG_LEVEL_ERROR, "waiting failed: %s", strerror(-rc));
	timers_run(l->timers);
	fs_run_ready(l->fs);
	if (*fuse && (ready & 1u << WAIT_FUSE)) {
		*fuse = fs_receive(l->fs);
		if (!*fuse)
			http_unwatch(l->http, fs_fd(l->fs));
	}
	http_perform(l->http);   /* last: what was just asked for is on its way before we wait */
	fs_run_ready(l->fs);
	tell_status(l, false);
	return (ready & 1u << WAIT_SIGNALS) && take_signals(l);
}

void loop_run(struct loop *l)
{
	bool fuse = true;

	tell_status(l, true);
	int rc = http_watch(l->http, WAIT_SIGNALS, l->signals);
	if (!rc)
		rc = http_watch(l->http, WAIT_FUSE, fs_fd(l->fs));
	if (rc) {
		log_printf(l->log, LOG_LEVEL_ERROR, "cannot wait for requests: %s", strerror(-rc));
		return;
	}
	while (fuse && !loop_round(l, &fuse, INT_MAX))
		;
	notify_send(l->notify, "STOPPING=1");
	control_shut(l->control);
	uint64_t now = timer_now(), end = now + LOOP_GRACE_MS;
	for (; control_busy(l->control) && now < end; now = timer_now())
		loop_round(l, &fuse, (int)(end - now));
	http_unwatch(l->http, fs_fd(l->fs));
	http_unwatch(l->http, l->signals);
	if (control_busy(l->control))
		log_printf(l->log, LOG_LEVEL_WARNING, "ended with %zu commands unanswered: their outcome is "
			   "not known here, the server's list of sessions shows it", control_busy(l->control));
}
