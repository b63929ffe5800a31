/*
 * list: the two shapes of a collection, array and page.
 *
 * Which one a version has is the caller's to say.  Not for choosing and
 * ordering the items.
 */
#ifndef SIM_LIST_H
#define SIM_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "random.h"
#include "request.h"

/* Writes item number `index`; where `id` is not NULL, under that id. */
typedef void list_item(struct text *t, const struct request *rq, const void *items,
	size_t index, const char *id);

struct list {
	bool array;              /* else a page */
	size_t total;
	const void *items;
	list_item *write;
};

/* Answers with the part that limit and offset of the query ask for. */
void list_answer(struct request *rq, const struct list *list);

#endif
