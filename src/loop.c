#include "vbofs/loop.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { WAIT_SIGNALS, WAIT_FUSE, WAITS };

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

/*
 * Most rounds wait for the kernel's next request and nothing else.  epoll has told the others
 * beforehand that we wait, which poll(2), and with it libcurl, does each time.  -1: no descriptor
 * is left for it, libcurl has to do.
 */
static int make_epoll(const struct loop *l)
{
	const int fds[WAITS] = { [WAIT_SIGNALS] = l->signals, [WAIT_FUSE] = fs_fd(l->fs) };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	for (unsigned i = 0; epoll >= 0 && i < WAITS; i++) {
		struct epoll_event e = { .events = EPOLLIN, .data.u32 = i };
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e)) {
			close(epoll);
			epoll = -1;
		}
	}
	return epoll;
}

static int wait_idle(const struct loop *l, struct http_wait *waits, int timeout)
{
	struct epoll_event events[WAITS];
	int n = epoll_wait(l->epoll, events, WAITS, timeout);

	for (int i = 0; i < n; i++)
		waits[events[i].data.u32].ready = true;
	return n < 0 && errno != EINTR ? -errno : 0;
}

/* One round.  *fuse becomes false when the mount has ended.  True: a signal says end. */
static bool loop_round(struct loop *l, bool *fuse, int most)
{
	struct http_wait waits[WAITS] = {
		[WAIT_SIGNALS] = { .fd = l->signals },
		[WAIT_FUSE] = { .fd = *fuse ? fs_fd(l->fs) : -1 },
	};
	int timeout = fs_has_ready(l->fs) ? 0 : timers_wait(l->timers, most);
	bool idle = *fuse && l->epoll >= 0 && http_is_idle(l->http);
	int rc = idle ? wait_idle(l, waits, timeout) :
			http_wait(l->http, waits, *fuse ? WAITS : WAIT_FUSE, timeout);

	if (rc)
		log_printf(l->log, LOG_LEVEL_ERROR, "waiting failed: %s", strerror(-rc));
	timers_run(l->timers);
	fs_run_ready(l->fs);
	if (*fuse && waits[WAIT_FUSE].ready)
		*fuse = fs_receive(l->fs);
	http_perform(l->http);   /* last: what was just asked for is on its way before we wait */
	fs_run_ready(l->fs);
	tell_status(l, false);
	return waits[WAIT_SIGNALS].ready && take_signals(l);
}

void loop_run(struct loop *l)
{
	bool fuse = true;

	tell_status(l, true);
	l->epoll = make_epoll(l);
	while (fuse && !loop_round(l, &fuse, INT_MAX))
		;
	notify_send(l->notify, "STOPPING=1");
	control_shut(l->control);
	uint64_t end = timer_now() + LOOP_GRACE_MS;
	while (control_busy(l->control) && timer_now() < end)
		loop_round(l, &fuse, (int)(end - timer_now()));
	if (l->epoll >= 0)
		close(l->epoll);
	if (control_busy(l->control))
		log_printf(l->log, LOG_LEVEL_WARNING, "ended with %zu commands unanswered: their outcome is "
			   "not known here, the server's list of sessions shows it", control_busy(l->control));
}
