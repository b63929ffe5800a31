/*
 * control_live: the controls of events, restore points and the change feed.
 *
 * Part of control.h, whose table names these.
 */
#ifndef SIM_CONTROL_LIVE_H
#define SIM_CONTROL_LIVE_H

#include <jansson.h>

#include "request.h"

void control_add_events(struct request *rq, json_t *body);
void control_change_event(struct request *rq, json_t *body);
void control_finish_events(struct request *rq, json_t *body);
void control_add_point(struct request *rq, json_t *body);
void control_change_point(struct request *rq, json_t *body);
void control_delete_point(struct request *rq, json_t *body);
void control_forget_changes(struct request *rq, json_t *body);

#endif
