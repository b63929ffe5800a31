/*
 * grow: makes up the content of an organization, the same for the same seed.
 */
#ifndef SIM_GROW_H
#define SIM_GROW_H

#include "options.h"
#include "tree.h"

/* When something comes to be: before the first backup, between, shortly before the last. */
enum age { AGE_OLD, AGE_MIDDLE, AGE_NEW };

struct grow {
	struct tree *tree;
	const struct options *options;
	int64_t first, last;     /* backups */
};

/* The tree of this kind of session; tree_free() it. */
struct tree *grow_tree(const struct org *org, enum session_type type,
	const struct options *options);

/* What tree_add() does, at a time of that age. */
struct node *grow_add(struct grow *g, struct node *parent, enum kind kind, const char *name,
	enum age age);

/* A document of `versions` versions, the last of them shortly before the last backup. */
struct node *grow_document(struct grow *g, struct node *parent, enum kind kind, const char *name,
	enum age age, uint64_t size, unsigned versions);

/* Deleted shortly before the last backup. */
void grow_delete(struct grow *g, struct node *node);

/* A folder "many" with --items of `kind` in `parent`. */
void grow_many(struct grow *g, struct node *parent, enum kind folder, enum kind kind);

/* The names of --hostile, one child of `kind` for each. */
void grow_hostile(struct grow *g, struct node *parent, enum kind kind);

/* The parts of grow_tree(). */
void grow_mail(struct grow *g);
void grow_drives(struct grow *g);
void grow_sites(struct grow *g);
void grow_teams(struct grow *g);

/* People; node->what of mailboxes and drives is an index, as is any hash in need of one. */
#define GROW_PEOPLE 8
const char *grow_person(uint64_t index);
const char *grow_address(uint64_t index);   /* before the '@' */

/* node->what of a mail folder. */
enum mail_folder {
	MAIL_PLAIN, MAIL_INBOX, MAIL_SENT, MAIL_DRAFTS, MAIL_DELETED, MAIL_JUNK, MAIL_CALENDAR,
	MAIL_CONTACTS, MAIL_TASKS, MAIL_NOTES, MAIL_JOURNAL, MAIL_PURGES
};

#endif
