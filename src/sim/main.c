/* vbosim: simulates the REST API of Veeam Backup for Microsoft 365. */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "journal.h"
#include "options.h"
#include "seed.h"
#include "server.h"
#include "tls.h"
#include "tree.h"

static bool failed(const char *what, const char *why)
{
	fprintf(stderr, "vbosim: %s: %s\n", what, why);
	return false;
}

static bool add_faults(struct sim *sim)
{
	const char *why;
	size_t i;

	for (i = 0; i < sim->options.nfaults; i++) {
		if (!fault_add(&sim->faults, sim->options.faults[i], &why)) {
			fprintf(stderr, "vbosim: --fault '%s': %s\n", sim->options.faults[i], why);
			return false;
		}
	}
	return true;
}

/* Each connection is a descriptor and a thread. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static bool write_files(struct sim *sim, struct tls *tls)
{
	const struct state *s = &sim->state;
	const char *why = NULL;

	if (!scratch_make(&sim->scratch))
		return failed("private directory", strerror(errno));
	if (sim->options.tls && !tls_make(tls, sim->options.cert_host, &why))
		return failed("certificate", why);
	if ((tls->certificate == NULL || scratch_write(sim->scratch.cafile, tls->certificate)) &&
	    scratch_write_login(sim->scratch.credentials, s->admin.username,
		s->admin.password) &&
	    scratch_write_login(sim->scratch.tenant_credentials, s->tenant.username,
		s->tenant.password))
		return true;
	return failed(sim->scratch.directory, strerror(errno));
}

static bool open_journal(struct sim *sim)
{
	if (sim->options.journal == NULL)
		return true;
	sim->journal = journal_open(sim->options.journal);
	return sim->journal != -1 || failed(sim->options.journal, strerror(errno));
}

static bool serve(struct sim *sim, const struct tls *tls, const sigset_t *ends)
{
	static const uint64_t one = 1;
	struct MHD_Daemon *daemon;
	char where[64];
	int sig;

	errno = 0;
	daemon = server_start(sim, sim->options.tls ? tls : NULL);
	if (daemon == NULL) {
		snprintf(where, sizeof(where), "cannot listen on port %u", sim->options.port);
		return failed(where, errno ? strerror(errno) : "unknown reason");
	}
	printf("ready url=%s cafile=%s credentials=%s\n", sim->base_url,
		sim->options.tls ? sim->scratch.cafile : "-", sim->scratch.credentials);
	if (fflush(stdout) == 0)
		sigwait(ends, &sig);
	if (write(sim->exit_fd, &one, sizeof(one)) != sizeof(one))
		perror("vbosim");
	MHD_stop_daemon(daemon);
	return true;
}

static bool run(struct sim *sim, const sigset_t *ends)
{
	struct tls tls = { NULL, NULL };
	bool good;

	raise_limits();
	sim->exit_fd = eventfd(0, EFD_CLOEXEC);
	good = (sim->exit_fd != -1 || failed("eventfd", strerror(errno))) &&
		write_files(sim, &tls) && open_journal(sim) && serve(sim, &tls, ends);
	scratch_remove(&sim->scratch);
	tls_free(&tls);
	if (sim->journal != -1)
		close(sim->journal);
	if (sim->exit_fd != -1)
		close(sim->exit_fd);
	return good;
}

static void free_forest(struct sim *sim)
{
	struct tree *tree;

	while ((tree = sim->forest) != NULL) {
		sim->forest = tree->next;
		tree_free(tree);
	}
}

int main(int argc, char **argv)
{
	struct sim sim = { .lock = PTHREAD_MUTEX_INITIALIZER, .journal = -1, .exit_fd = -1 };
	sigset_t ends;
	int status;

	if (!options_parse(&sim.options, argc, argv, &status)) {
		options_free(&sim.options);
		return status;
	}
	sigemptyset(&ends);
	sigaddset(&ends, SIGTERM);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &ends, NULL);
	signal(SIGPIPE, SIG_IGN);
	status = 2;
	if (add_faults(&sim) && seed_fill(&sim))
		status = run(&sim, &ends) ? 0 : 1;
	tokens_clear(&sim.tokens);
	fault_clear(&sim.faults);
	free_forest(&sim);
	state_free(&sim.state);
	options_free(&sim.options);
	return status;
}
