/*
 * world: the whole program but for FUSE and the network: a tree over a model
 * over fake_api.h, whose calls are answered when somebody waits for them.
 */
#ifndef WORLD_H
#define WORLD_H

#include "fake_api.h"
#include "vbofs/metrics.h"
#include "vbofs/tree.h"

struct world;

/* A page that says it is the last one. */
#define WORLD_PAGE(members) "{\"results\":[" members "],\"_links\":{}}"

/*
 * How the server answers: a body (NULL: none), its length and the status.  The
 * body is used before the next call.
 */
typedef const char *world_server(void *user, const char *path, bool post, size_t *len,
				 long *status);

struct world {
	struct timers timers;
	struct log *log;
	struct metrics metrics;
	struct api *api;
	struct model *model;
	struct control *control;
	struct spool *spool;
	struct tree *tree;
	world_server *server;
	void *user;
};

/* 0 or negative errno; world_close in any case. */
int world_open(struct world *w, int version, enum role role, world_server *server, void *user);
void world_close(struct world *w);

/* Answer what is asked and fire what is due; false: there was nothing. */
bool world_step(struct world *w);

/* As the operations of the file system do it: park, wait, run again.  0 or negative errno. */
int world_lookup(struct world *w, struct node *dir, const char *name, struct node **out);
int world_list(struct world *w, struct node *dir, struct dir **out);
int world_freshen(struct world *w, struct node *n);
/* Write to a control file on a handle of its own: bytes, or negative errno. */
ssize_t world_write(struct world *w, struct node *n, const char *data, size_t len);
/* Save a file of content, whole, and read it: its length, or negative errno. */
ssize_t world_save(struct world *w, const struct node *n);
/* "orgs/<id>/name": counted.  NULL with the errno in *err. */
struct node *world_walk(struct world *w, const char *path, int *err);

#endif
