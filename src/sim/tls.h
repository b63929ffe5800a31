/*
 * tls: the certificate that the server makes for itself at start.
 */
#ifndef SIM_TLS_H
#define SIM_TLS_H

#include <stdbool.h>

struct tls {
	char *certificate, *key; /* PEM */
};

/*
 * Self-signed, EC P-256, its own authority; for localhost and 127.0.0.1, or
 * for `host` alone.  false: *why (constant) says what failed.
 */
bool tls_make(struct tls *tls, const char *host, const char **why);
void tls_free(struct tls *tls);

#endif
