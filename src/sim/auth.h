/*
 * auth: the token endpoint and who a request comes from.
 */
#ifndef SIM_AUTH_H
#define SIM_AUTH_H

#include <stdbool.h>

#include "request.h"

#define AUTH_COOKIE "XSRF-TOKEN"
#define AUTH_HEADER "X-XSRF-TOKEN"

/* Sets rq->token; false: 401 was answered. */
bool auth_check(struct request *rq);

/* Handlers: see routes.c. */
void auth_token(struct request *rq);
void auth_logout(struct request *rq);
void auth_code(struct request *rq);

#endif
