/*
 * kinds: THE TABLE.  One constant row for each kind of directory, file and link.
 *
 * What the tree looks like, how a file gets its text, what the kernel may
 * keep, which version of the API it takes: all of it is a column here.
 * tree.c walks the table; nothing else asks "which kind is this".
 * README's tree, the man page's and `vbofs --list-tree` are printed from it.
 */
#ifndef VBOFS_KINDS_H
#define VBOFS_KINDS_H

#include <stdbool.h>
#include <sys/stat.h>

#include "vbofs/buf.h"
#include "vbofs/content.h"
#include "vbofs/limits.h"
#include "vbofs/model.h"

struct tree;
struct node;
struct control_class;

/* How many of a row there are in a parent, and what they are named by. */
enum kind_each {
	EACH_ONE,         /* its literal name */
	EACH_MEMBER,      /* a member of the row's collection */
	EACH_PROPERTY,    /* a scalar property of the parent's object that no other row shows */
	EACH_LINK,        /* an entry of _links of the parent's object */
};

/* What the kernel may keep, and when a file's text is made. */
enum kind_cache {
	CACHE_MOUNT,      /* the same for as long as the mount lives */
	CACHE_OBJECT,     /* as long as the object it belongs to is fresh; text in the page cache */
	CACHE_POLLED,     /* as CACHE_OBJECT, but made anew at each open and at offset 0 */
	CACHE_LIVE,       /* changes at any time by itself: made anew at each look */
	CACHE_CONTROL,    /* a control file: each lookup gives a node of its own */
};

/* Names made of an object's properties: [time ]text[suffix]. */
struct kind_label {
	const char *times[6];         /* the first that is there, as 20261120T180000Z */
	const char *texts[6];         /* the first that is there */
	const char *suffix;           /* NULL = none */
	const char *extension_of;     /* ends in the extension of this property */
	bool extension;               /* what follows the last dot stays last */
};

struct kind {
	const char *name;             /* literal, or how help calls it: "<ID>" */
	const struct kind *parent;    /* NULL: the root */
	enum kind_each each;
	mode_t type;                  /* S_IFDIR, S_IFREG or S_IFLNK */
	enum kind_cache cache;
	int since;                    /* lowest API version, 0 = any */
	const char *field;            /* EACH_ONE: the JSON property it shows */
	const struct kind_label *label;   /* EACH_MEMBER: named by this, not by id */
	const struct kind *like;      /* has the children of that row, save those ... */
	bool alone;                   /* ... that are only in their own parent */
	bool hidden;                  /* found by its name, not listed */
	bool mirrors;                 /* a directory whose names are those of its parent's files */
	const struct kind *follows;   /* named as its file of that row, but for the suffix */
	char id_as;                   /* letter for which its id stands in content paths; 0 = none */
	enum content list;            /* EACH_MEMBER: of this list of the session ... */
	bool nested;                  /* ... which holds all levels: those below the directory's object */
	enum content_search search;   /* what is searched by writing to it */
	enum content save;            /* a file whose bytes are saved from the server */
	bool whole;                   /* ... and have no size before: they are had at open */
	bool costly;                  /* made of its directory's listing: not for who only lists names */
	bool freshens;                /* opening it asks whether its object is still as known */
	enum model_list shows;        /* a file of what is in this list of its object; its size is not
	                                 known before it is opened */
	bool grows;                   /* its text is only ever added to: a reader at the end gets more */

	/* EACH_MEMBER: of this collection ... */
	struct collection *(*members)(struct tree *t, const struct node *dir, const struct kind *k);
	/* ... those that belong into this directory; NULL = all */
	bool (*includes)(struct tree *t, const struct node *dir, const struct member *m);
	/*
	 * Is there one in this directory?  NULL = always.  0 yes, -ENOENT no, or what
	 * model_need_* says.
	 */
	int (*has)(struct tree *t, const struct node *dir, struct want *w);
	/* A link to one of many: which one, from memory alone.  0, -ENOENT: to none, -ENOMEM. */
	int (*leads_to)(struct tree *t, const struct node *dir, struct member **out);
	/*
	 * What must be in memory to list or look into this directory, or, in the link's directory,
	 * to follow this link; as model_need_*.  NULL = nothing.
	 */
	int (*needs)(struct tree *t, const struct node *dir, struct want *w);
	/* A file's text or a link's target, from memory alone.  0 or negative errno. */
	int (*show)(struct tree *t, const struct node *n, struct buf *out);
	const struct control_class *control;   /* what writing does; NULL = read-only */

	bool silent;                  /* not in the printed table: it stands in many directories */
	const char *help;             /* one line; NULL = not worth one */
};

const struct kind *kinds_root(void);
/* The rows of a parent: call with NULL first; NULL at the end. */
const struct kind *kinds_child(const struct kind *parent, const struct kind *previous);

/* The tree as text: README, man page, --list-tree.  `version` 0 = all versions. */
void kinds_print(struct buf *out);

/* The text of the README file in the mount. */
void kinds_readme(struct buf *out);

#endif
