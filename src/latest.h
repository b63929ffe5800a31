/*
 * latest: which of many is the newest: the links named `latest`.  Named by rows of the
 * table (kinds.c) and by nothing else.
 *
 * The session started last is found for the server and each organization in one walk
 * over the sessions, which is made again when they, or the organizations, change.
 */
#ifndef VBOFS_LATEST_H
#define VBOFS_LATEST_H

struct tree;
struct node;
struct member;
struct want;
struct latest;

/* kind.leads_to: from memory alone; 0, -ENOENT, -ENOMEM. */
int latest_session(struct tree *t, const struct node *dir, struct member **out);
int latest_session_of_org(struct tree *t, const struct node *dir, struct member **out);
int latest_point(struct tree *t, const struct node *dir, struct member **out);

/* kind.needs: what these are told from, fresh. */
int latest_needs_sessions(struct tree *t, const struct node *dir, struct want *w);
int latest_needs_points(struct tree *t, const struct node *dir, struct want *w);

void latest_free(struct latest *l);

#endif
