/*
 * show: the texts of files and the targets of links, one function each.
 * They are named by rows of the table (kinds.c) and by nothing else.  Each
 * appends to `out` from memory alone and returns 0 or a negative errno.
 */
#ifndef VBOFS_SHOW_H
#define VBOFS_SHOW_H

#include "vbofs/buf.h"

struct tree;
struct node;
struct want;

int show_readme(struct tree *t, const struct node *n, struct buf *out);
int show_json(struct tree *t, const struct node *n, struct buf *out);
int show_property(struct tree *t, const struct node *n, struct buf *out);
int show_link(struct tree *t, const struct node *n, struct buf *out);
int show_point_in_time(struct tree *t, const struct node *n, struct buf *out);
int show_session_target(struct tree *t, const struct node *n, struct buf *out);
int show_organization_target(struct tree *t, const struct node *n, struct buf *out);
int show_session_org(struct tree *t, const struct node *n, struct buf *out);
int show_index(struct tree *t, const struct node *n, struct buf *out);
int show_version(struct tree *t, const struct node *n, struct buf *out);
int show_metrics(struct tree *t, const struct node *n, struct buf *out);
int show_log(struct tree *t, const struct node *n, struct buf *out);
int show_last_error(struct tree *t, const struct node *n, struct buf *out);

/* show_lists.c */
int show_events(struct tree *t, const struct node *n, struct buf *out);
int show_statistics(struct tree *t, const struct node *n, struct buf *out);
int show_statistics_json(struct tree *t, const struct node *n, struct buf *out);
int show_statistics_errors(struct tree *t, const struct node *n, struct buf *out);
int show_statistics_warnings(struct tree *t, const struct node *n, struct buf *out);
int show_services(struct tree *t, const struct node *n, struct buf *out);
int show_latest_here(struct tree *t, const struct node *n, struct buf *out);
int show_latest_session(struct tree *t, const struct node *n, struct buf *out);
/* kind.has of the two that are there only where they would hold something. */
int show_has_errors(struct tree *t, const struct node *dir, struct want *w);
int show_has_warnings(struct tree *t, const struct node *dir, struct want *w);

#endif
