/* listing_private: what listing.c and page.c share.  Not for anyone else. */
#ifndef VBOFS_LISTING_PRIVATE_H
#define VBOFS_LISTING_PRIVATE_H

#include "model_private.h"

struct listing {
	struct collection *c;
	struct api_call *call;
	const struct profile_listing *how;
	bool background;             /* goes on though nobody waits */
	bool partial;                /* only from a time or a place on */
	int64_t from;                /* the time, 0 = none */
	size_t at;                   /* the place of the first member */
	uint64_t started, tick;
	size_t received;             /* members in the pages so far: the offset of the next one */
	size_t page_before;
	char set_id[40];             /* of the first page, "" = none */
	unsigned restarts;
	struct member **staged;
	size_t n, cap;
	struct map ids;
	struct want want;            /* for the session's state, after a failure ... */
	struct timer again;
	struct fault fault;          /* ... of this kind */
	const struct member *last;   /* of the page before, or before: where the next one begins */
	struct page *page;           /* the one at hand */
	struct timer slice;
};

/* A page on its way into the staged members. */
struct page {
	char *text;
	struct jslice_iter it;
	bool envelope;               /* an object with results and links, not an array */
	bool next, linked;
	bool continues;              /* it begins with the last member of the page before */
	size_t n;                    /* members in it */
	size_t repeated;             /* ... that earlier pages had */
	uint64_t version;            /* of members of earlier pages: at most this */
	const struct member *last;
};

enum verdict { PAGE_LAST, PAGE_MORE, PAGE_AGAIN, PAGE_BAD };

/* page.c */
/* Where the members of the text are; *members is an array, or the one object. */
int page_find(struct listing *l, struct page *page, size_t len, struct jslice *members,
	      struct fault *f);
int page_stage(struct listing *l, const struct jslice *element, struct fault *f);
/* What comes after a page that was staged; PAGE_BAD with a fault. */
enum verdict page_judge(const struct listing *l, const struct page *page, struct fault *f);
void page_free(struct listing *l);
/* All that pages brought is put. */
void staged_clear(struct listing *l);

#endif
