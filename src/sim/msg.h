/*
 * msg: the files that saved mail comes in.
 *
 * A compound file with the class of an Outlook message and one stream of
 * deterministic text in it; not a message that Outlook could show.
 */
#ifndef SIM_MSG_H
#define SIM_MSG_H

#include <stddef.h>

#include "text.h"
#include "tree.h"

/* Appends the file of a mail item or a post. */
void msg_write(struct text *t, const struct tree *tree, const struct node *node);

/* Appends a web page with a post in it. */
void msg_write_html(struct text *t, const struct node *post);

#endif
