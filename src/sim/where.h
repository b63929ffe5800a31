/*
 * where: what a path below /RestoreSessions/{}/organization names.
 *
 * Which paths there are is routes.c's to say; here each fixed segment says of
 * which kind the id behind it must be, and each id must be in what the one
 * before it names.
 */
#ifndef SIM_WHERE_H
#define SIM_WHERE_H

#include "view.h"

struct where {
	struct view view;
	const struct node *node; /* the last one named; the root where none is */
	const struct node *owner; /* the first one named, or the root */
	enum kind kind;          /* of the collection that follows it; KIND_ROOT: none does */
	bool versions;           /* "Versions" follows */
	unsigned version;        /* the one named behind it, else the one in sight */
};

/* false: answered. */
bool where_find(struct where *w, struct request *rq);

/* The kinds' segments as v6 and later write them. */
const char *where_segment(enum kind kind);

/* What the API calls versionId. */
int where_version_id(unsigned version);

#endif
