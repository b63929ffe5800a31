/*
 * server: the listening socket and libmicrohttpd's threads, one a connection.
 */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include <microhttpd.h>

#include "sim.h"
#include "tls.h"

/*
 * Listens on 127.0.0.1 and sets sim->base_url.  `tls` must outlive it; NULL:
 * plain HTTP.  NULL: errno says why.
 */
struct MHD_Daemon *server_start(struct sim *sim, const struct tls *tls);

#endif
