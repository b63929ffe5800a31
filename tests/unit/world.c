#include "world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WORLD_SPOOL (1u << 20)
#define LONG_MS 10000

/* What goes wrong is told by errnos; only the tree has a log, which it shows. */
int world_open(struct world *w, int version, enum role role, world_server *server, void *user)
{
	struct fault f = { 0 };

	memset(w, 0, sizeof(*w));
	timers_init(&w->timers);
	w->server = server;
	w->user = user;
	w->log = log_new(LOG_TO_STDERR, LOG_LEVEL_ERROR);
	w->api = w->log ? fake_api_new(version, role) : NULL;
	if (!w->api)
		return -ENOMEM;
	struct model_config model = { .api = w->api, .timers = &w->timers, .patience = 30 };
	w->model = model_new(&model, &f);
	if (!w->model)
		return -f.err;
	struct control_config control = { .api = w->api, .model = w->model, .timers = &w->timers,
					  .explore_timeout = 3600 };
	w->control = control_new(&control, &f);
	if (!w->control)
		return -f.err;
	struct spool_config spool = { .api = w->api, .timers = &w->timers,
				      .size = WORLD_SPOOL };
	w->spool = spool_new(&spool, &f);
	if (!w->spool)
		return -f.err;
	struct tree_config tree = { .api = w->api, .model = w->model, .log = w->log,
				    .control = w->control, .spool = w->spool, .metrics = &w->metrics,
				    .origin = "https://server:4443" };
	w->tree = tree_new(&tree, &f);
	return w->tree ? 0 : -f.err;
}

void world_close(struct world *w)
{
	tree_free(w->tree);
	spool_free(w->spool);
	control_free(w->control);
	model_free(w->model);
	api_free(w->api);
	log_free(w->log);
}

bool world_step(struct world *w)
{
	bool post, due = timers_wait(&w->timers, 1) == 0;
	const char *path = fake_api_pending(w->api, &post);

	if (path) {
		long status = 200;
		size_t len = 0;
		const char *body = w->server(w->user, path, post, &len, &status);
		fake_api_answer(w->api, status, body ? body : "", len);
	}
	timers_run(&w->timers);
	return path || due;
}

/* ---- waiting ---------------------------------------------------------------------------- */

static void on_woken(struct want *want)
{
	(void)want;
}

/* What has a time of its own to come is waited for. */
static bool let_pass(struct world *w)
{
	int ms = timers_wait(&w->timers, LONG_MS);
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000L };

	return ms < LONG_MS && nanosleep(&t, NULL) == 0;
}

/* Parked: until it is woken.  A want that nothing will ever wake is a bug. */
static void await(struct world *w, struct want *want)
{
	while (want->on)
		if (!world_step(w) && !let_pass(w))
			abort();
}

int world_lookup(struct world *w, struct node *dir, const char *name, struct node **out)
{
	struct want want;
	int rc;

	want_init(&want, on_woken);
	while ((rc = tree_lookup(w->tree, dir, name, &want, out)) == MODEL_PARK)
		await(w, &want);
	return rc;
}

int world_list(struct world *w, struct node *dir, struct dir **out)
{
	struct want want;
	int rc;

	want_init(&want, on_woken);
	while ((rc = dir_open(w->tree, dir, &want, out)) == MODEL_PARK)
		await(w, &want);
	return rc;
}

int world_freshen(struct world *w, struct node *n)
{
	struct want want;
	int rc;

	want_init(&want, on_woken);
	while ((rc = tree_freshen(w->tree, n, &want)) == MODEL_PARK)
		await(w, &want);
	return rc;
}

ssize_t world_write(struct world *w, struct node *n, const char *data, size_t len)
{
	struct control_handle *h = control_open();
	struct control_write cw = { 0 };
	struct control_target at = { w->tree, n, n->member };
	struct want want;
	ssize_t rc;

	if (!h)
		return -ENOMEM;
	want_init(&want, on_woken);
	while ((rc = control_submit(w->control, n->kind->control, &at, h, &cw, data, len, 0,
				    &want)) == -EINPROGRESS)
		await(w, &want);
	control_close(w->control, h);
	return rc;
}

/* Like a reader: from front to back in small pieces. */
static ssize_t read_all(struct world *w, struct spooled *d)
{
	char piece[100];
	uint64_t off = 0;
	ssize_t n;

	do {
		struct want want;
		int rc;
		want_init(&want, on_woken);
		while ((rc = spool_need(d, off, sizeof(piece), &want)) == MODEL_PARK)
			await(w, &want);
		if (rc)
			return rc;
		n = spool_read(d, piece, sizeof(piece), off);
		off += n > 0 ? (uint64_t)n : 0;
	} while (n > 0);
	return n < 0 ? n : (ssize_t)off;
}

ssize_t world_save(struct world *w, const struct node *n)
{
	struct fault f = { 0 };
	struct spooled *d = tree_bytes(w->tree, n, &f);

	if (!d)
		return -f.err;
	ssize_t rc = read_all(w, d);
	spool_close(d);
	return rc;
}

struct node *world_walk(struct world *w, const char *path, int *err)
{
	struct node *n = nodes_root(w->tree->nodes), *next;
	char name[256];

	node_ref(n);
	while (n && *path) {
		size_t len = strcspn(path, "/");
		*err = -ENAMETOOLONG;
		if (len < sizeof(name)) {
			memcpy(name, path, len);
			name[len] = '\0';
			*err = world_lookup(w, n, name, &next);
		}
		node_put(w->tree->nodes, n, 1);
		n = *err ? NULL : next;
		path += len + (path[len] == '/');
	}
	return n;
}
