/*
 * spoil: what faults make of the JSON of an answer that is right.
 *
 * Not for what they do to its bytes on the wire (deliver.c).
 */
#ifndef SIM_SPOIL_H
#define SIM_SPOIL_H

#include "fault.h"
#include "text.h"

/* Faults that are not about JSON leave it as it is. */
void spoil_json(struct text *body, enum fault_action action);

#endif
