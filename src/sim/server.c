#include "server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alloc.h"
#include "control.h"
#include "deliver.h"

#define CONNECTIONS_MAX 8192

/* The request line is here. */
static void *begin(void *cls, const char *target, struct MHD_Connection *connection)
{
	struct sim *sim = cls;
	struct request *rq = request_new(sim, target);

	rq->connection = connection;
	pthread_mutex_lock(&sim->lock);
	if (!control_is(target)) {
		rq->number = ++sim->counts.requests;
		if (++sim->counts.in_flight > sim->counts.most_in_flight)
			sim->counts.most_in_flight = sim->counts.in_flight;
	}
	pthread_mutex_unlock(&sim->lock);
	return rq;
}

static enum MHD_Result take(void *cls, struct MHD_Connection *connection, const char *url,
	const char *method, const char *version, const char *data, size_t *size, void **con_cls)
{
	struct request *rq = *con_cls;

	(void)cls;
	(void)connection;
	(void)url;
	(void)version;
	if (rq->method == NULL) {
		rq->method = alloc_copy(method);
		return MHD_YES;
	}
	if (*size == 0)
		return deliver_run(rq);
	if (rq->body.len + *size > REQUEST_BODY_MAX)
		rq->body_too_long = true;
	else
		text_add_bytes(&rq->body, data, *size);
	*size = 0;
	return MHD_YES;
}

static void done(void *cls, struct MHD_Connection *connection, void **con_cls,
	enum MHD_RequestTerminationCode how)
{
	struct sim *sim = cls;
	struct request *rq = *con_cls;

	(void)connection;
	(void)how;
	if (rq == NULL)
		return;
	deliver_done(rq);
	if (rq->number != 0) {
		pthread_mutex_lock(&sim->lock);
		sim->counts.in_flight--;
		pthread_mutex_unlock(&sim->lock);
	}
	request_free(rq);
	*con_cls = NULL;
}

static void count_connection(void *cls, struct MHD_Connection *connection, void **context,
	enum MHD_ConnectionNotificationCode what)
{
	struct sim *sim = cls;

	(void)connection;
	(void)context;
	pthread_mutex_lock(&sim->lock);
	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		sim->counts.connections++;
		sim->counts.open_connections++;
	} else {
		sim->counts.open_connections--;
	}
	pthread_mutex_unlock(&sim->lock);
}

static struct MHD_Daemon *start(struct sim *sim, const struct tls *tls,
	const struct sockaddr_in *address)
{
	struct MHD_OptionItem keys[] = {
		{ MHD_OPTION_HTTPS_MEM_CERT, 0, tls != NULL ? tls->certificate : NULL },
		{ MHD_OPTION_HTTPS_MEM_KEY, 0, tls != NULL ? tls->key : NULL },
		{ MHD_OPTION_END, 0, NULL },
	};
	struct MHD_OptionItem none[] = { { MHD_OPTION_END, 0, NULL } };
	unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION |
		MHD_USE_POLL | MHD_USE_ITC;

	if (tls != NULL)
		flags |= MHD_USE_TLS;
	return MHD_start_daemon(flags, 0, NULL, NULL, take, sim,
		MHD_OPTION_SOCK_ADDR, address,
		MHD_OPTION_URI_LOG_CALLBACK, begin, sim,
		MHD_OPTION_NOTIFY_COMPLETED, done, sim,
		MHD_OPTION_NOTIFY_CONNECTION, count_connection, sim,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u,
		MHD_OPTION_ARRAY, tls != NULL ? keys : none,
		MHD_OPTION_END);
}

struct MHD_Daemon *server_start(struct sim *sim, const struct tls *tls)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)sim->options.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct MHD_Daemon *daemon = start(sim, tls, &address);
	const union MHD_DaemonInfo *info;

	if (daemon == NULL)
		return NULL;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
	/* Its threads already run. */
	pthread_mutex_lock(&sim->lock);
	snprintf(sim->base_url, sizeof(sim->base_url), "http%s://127.0.0.1:%u",
		tls != NULL ? "s" : "", info != NULL ? info->port : sim->options.port);
	pthread_mutex_unlock(&sim->lock);
	return daemon;
}
