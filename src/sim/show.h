/*
 * show: objects of a restore session as each version of the API shows them.
 */
#ifndef SIM_SHOW_H
#define SIM_SHOW_H

#include "view.h"

/* Under another `id` unless that is NULL. */
void show_node(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version, const char *id);

/* Files, posts and tabs of a channel (v7 and later). */
#define SHOW_CHILDREN 3
void show_child(struct text *t, const struct request *rq, const struct view *view,
	const struct node *channel, size_t index);

/* *text*, without the wildcards where it has its own; takes over `text` (may be NULL). */
char *show_contains(char *text);

/* The parts of show_node(): members of a kind's own, and of its links. */
void show_mail(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node);
void show_files(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version);
void show_teams(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node, unsigned version);

/* "key":{"href":...}: the object (NULL: the organization), then `below`. */
void show_link(struct text *t, const struct request *rq, const struct view *view,
	const char *key, const struct node *node, const char *below);

/* A time of mail and Teams, and one of OneDrive and SharePoint, which had no zone before v6. */
void show_time(struct text *t, const char *key, int64_t instant);
void show_file_time(struct text *t, const struct request *rq, const char *key, int64_t instant);

/* "Adele Vance <adele@contoso.onmicrosoft.com>"; the second returns `room`. */
void show_person(struct text *t, const char *key, const struct tree *tree, uint64_t index);
char *show_person_name(char *room, size_t size, const struct tree *tree, uint64_t index);

/* Of mail: whether an item has a sender and a recipient, and who they are. */
bool show_is_message(const struct node *node);
uint64_t show_sender(const struct node *item);
uint64_t show_recipient(const struct node *item);

/* How many a mail item or a post has. */
size_t show_attachments(const struct node *node);

#endif
