/* model_private: what model.c, member.c, contents.c, levels.c and listing.c share.  Not for anyone else. */
#ifndef VBOFS_MODEL_PRIVATE_H
#define VBOFS_MODEL_PRIVATE_H

#include "vbofs/model.h"

struct listing;

/* What lists that have an owner do their own way. */
struct collection_hooks {
	void (*begin)(struct collection *c);
	/* The last member that is final with all before it, and its place.  NULL: list from the start. */
	const struct member *(*resume)(const struct collection *c, size_t *at);
	/* Put other members in the place of those that were listed.  0 or -ENOMEM. NULL: they stay. */
	int (*gather)(struct collection *c, struct member **listed, size_t *n);
	/* A listing is complete: its members as they are known now, from that place on. */
	int (*listed)(struct collection *c, struct member *const *members, size_t n, size_t at,
		      struct fault *f);
	uint64_t (*fresh_for)(const struct collection *c);
	void (*release)(struct collection *c);
};

struct collection {
	struct resource resource;       /* first: wants park on it */
	struct model *model;
	const struct collection_class *class;
	const struct profile_listing *listings;   /* ends with a NULL path or after PROFILE_LISTINGS */
	struct roster *roster;
	struct map by_name;
	struct map lost;                /* gone, with notes, as long as somebody has them: not counted */
	struct map labels;              /* interned: many sessions, few organizations */
	struct map by_label;            /* the first member with each label ... */
	uint64_t by_label_generation;   /* ... as of this generation, 0 = never */
	bool complete;                  /* a whole listing has been had */
	bool whole_wanted;              /* the next listing must be a whole one */
	uint64_t fetched;               /* the end of the last listing ... */
	uint64_t begun;                 /* ... and its begin, a tick */
	uint64_t hold_until;            /* no listing nobody waits for before that: the last one failed */
	bool reduced;                   /* the last listing had to do without what a proxy knows */
	bool repeats;                   /* an array that ignores offsets */
	bool again;                     /* the listing under way is too old already: then another */
	uint64_t generation;
	unsigned single_gets;           /* GETs of members in this window */
	uint64_t window;
	struct listing *listing;        /* the one under way */

	/* content only */
	uint32_t refs;                  /* of the model, and of each member */
	struct member *session;         /* counted; NULL: no content */
	char *key;                      /* path, and body if there is one */
	struct content_ask ask;         /* with texts of its own */
	struct profile_listing own[1];
	struct map levels;              /* of a nested list: who is below whom */
	size_t bytes;
	uint64_t used;                  /* when, for letting go the oldest */
};

struct model {
	struct api *api;
	struct timers *timers;
	struct log *log;
	long patience;
	void (*changed)(void *user, struct member *m);
	void *user;
	uint64_t version;
	uint64_t ticks;                 /* orders requests and what outdates their answers */
	struct collection organizations, sessions;
	struct feed *feed;
	struct map contents;            /* collections by path */
	size_t content_bytes;
	struct map lengths;             /* of what was saved and is listed without, plus 1, by length_key */
	uint64_t uses;
	uint64_t epoch;
	struct map lists;               /* struct owned by owner */
	size_t list_bytes;
};

/* A list that belongs to a session or an organization. */
struct owned {
	struct collection c;            /* first */
	struct member *owner;           /* counted */
	enum model_list which;
	char *path;
	uint64_t made_of;               /* the owner's version when the last listing began */
	uint64_t making_of;             /* ... when the one under way did */
	uint64_t told;                  /* the generation that others know of */
	uint64_t used;                  /* when, for letting go the oldest */
	size_t bytes;
	bool dead;                      /* let go: nothing here is asked for any more */
	struct want look;               /* at the owner, in the background */

	/* events */
	struct buf log;
	const struct member *resume;    /* in the roster; NULL: none */
	size_t resume_at;
};

/* member.c */
/*
 * A member from an element of a listing.  What is no object with an id, or no
 * JSON at all, becomes a member too, under an id made from its text.
 */
struct member *member_new(struct collection *c, const struct jslice *element);
/*
 * The one that an answer consists of.  NULL with a fault: EIO where it is no object with an id of its
 * own, ENOMEM.
 */
struct member *member_parse(struct collection *c, const char *text, size_t len, struct fault *f);
/* True if the text came with an id of its own. */
bool member_has_id(const struct jslice *element);
/*
 * Take over the content of `from` (same id), which is put. True if anything changed.
 * What was asked for before the member was outdated only shows that it is there.
 */
bool member_update(struct member *m, struct member *from, uint64_t tick);

/* To be written to.  NULL: no memory. */
struct member_notes *member_note(struct member *m);
/* It is no longer there; should it come back, its notes are to be had. */
void member_lose(struct member *m);
/* Is it to be kept for its notes, though it is gone? */
bool member_is_remembered(const struct member *m);
/* The lost one of the same name, counted; or NULL. */
struct member *member_find_lost(const struct member *m);
void member_take_notes(struct member *m, struct member *lost);

/* contents.c */
void collection_put(struct collection *c);
/* A listing of content is complete: count it, let go of the oldest where it is too much. */
void contents_account(struct collection *c);
void contents_release(struct model *m);
/* The lists are asked for anew. */
void contents_forget(struct model *m);
/* What model_saved said of the same object, when another member stood for it; -1 = nothing. */
int64_t contents_length(const struct member *m);
/* Whose content it is, NULL for what is no content. */
struct member *contents_session(struct collection *c);

/* lists.c */
void lists_release(struct model *m);
/* Nobody is shown the lists of what is gone any more. */
void lists_forget_gone(struct model *m);
void lists_refresh(struct model *m);

/* events.c; their lines are added all or none: -ENOMEM, -EFBIG (more than EVENTS_LOG_MAX). */
const struct member *events_resume(const struct collection *c, size_t *at);
int events_listed(struct owned *l, struct member *const *members, size_t n, size_t at,
		  struct fault *f);

/* points.c */
int points_gather(struct collection *c, struct member **listed, size_t *n);

/* model.c */
struct roster *roster_new(size_t cap);
/* For maps of members by name. */
bool member_is_named(const void *member, const void *name);
int collection_init(struct collection *c, struct model *m, const struct collection_class *class,
		    const struct profile_listing *listings);
void collection_release(struct collection *c);
/* Put a member that is not there yet into roster and map.  Takes the reference.  0, -ENOMEM. */
int collection_add(struct collection *c, struct member *m);
/* Its members, or their names, are no longer the same. */
void collection_moved(struct collection *c);
/* All of it is to be asked for again. */
void collection_outdate(struct collection *c);
void collection_changed(struct collection *c, struct member *m);
/*
 * Replace or add, taking over `fresh`, which was asked for at `tick`; the member that now
 * stands for it, or NULL (no memory).
 */
struct member *collection_upsert(struct collection *c, struct member *fresh, uint64_t tick);
uint64_t model_tick(struct model *m);
const char *collection_intern(struct collection *c, const char *label);

/* levels.c */
/* A nested list has been read: sort its members by their parents.  0, -ENOMEM. */
int levels_build(struct collection *c);
void levels_release(struct collection *c);

/* listing.c */
int listing_start(struct collection *c, bool background, struct fault *f);
void listing_cancel(struct collection *c);
/* Nobody waits any more: cut it, unless it was started in the background. */
void listing_deserted(struct collection *c);

/* A listing is wanted that begins after now, though nobody waits for it. */
void listing_again(struct collection *c);
int listing_park(struct collection *c, struct want *w);

/* load.c */
int load_start(struct member *m, bool background, struct fault *f);
void load_cancel(struct member *m);
/* These are not as they were; `unknown`: and there are others. */
void load_changed(struct collection *c, struct member *const *members, size_t n, bool unknown);
void member_vanished(struct member *m);

/* feed.c: of the sessions.  Without one in this version it is never live. */
struct feed *feed_new(struct model *m);    /* NULL: no memory */
void feed_free(struct feed *f);
/* Everything known of the sessions (unless its `fetched` is 0) is as the server has it. */
bool feed_is_live(const struct feed *f);
void feed_use(struct feed *f);             /* somebody looks at the sessions ... */
void feed_want(struct feed *f);            /* ... and the server has to be asked for it */
void feed_watch(struct feed *f, int change);   /* so many more wait for changes */
void feed_shaken(struct feed *f);          /* something it told of could not be had: list again */

#endif
