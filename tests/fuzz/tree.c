/*
 * A server's answers, and all that the tree makes of them.  The first character
 * chooses version and role; then come the answers in the order in which they
 * are asked for, with a line "%%" between them; one that begins with three
 * digits and a line break has that status.  When they are used up lists are empty.
 *
 * Whatever the answers are: each name listed is a good one and is found again,
 * sizes are those of the texts, links stay inside, and what is sent is a clean path.
 */
#include "fuzz.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../unit/world.h"
#include "vbofs/name.h"

#include "xattr.h"

#define NODES_MAX 300
#define DEPTH_MAX 12
#define REQUESTS_MAX 200
#define SAVES_MAX 4

struct server {
	struct fuzz_parts parts;
	unsigned asked;
};

/* ---- the server ------------------------------------------------------------------------- */

static void expect_path(const char *path)
{
	EXPECT(strncmp(path, "/v", 2) == 0);
	for (const char *p = path; *p; p++)
		EXPECT(*p > ' ' && *p < 0x7F && *p != '#' && *p != '\\');
	for (const char *p = path; (p = strchr(p, '/')); p++) {
		size_t n = strcspn(p + 1, "/?");
		EXPECT(!(n == 1 && p[1] == '.') && !(n == 2 && p[1] == '.' && p[2] == '.'));
	}
}

static const char *answer(void *user, const char *path, bool post, size_t *len, long *status)
{
	struct server *s = user;
	const char *body;

	(void)post;
	expect_path(path);
	if (++s->asked > REQUESTS_MAX || !fuzz_part(&s->parts, &body, len)) {
		body = "{\"results\":[]}";
		*len = strlen(body);
		return body;
	}
	if (*len >= 4 && isdigit((unsigned char)body[0]) && isdigit((unsigned char)body[1]) &&
	    isdigit((unsigned char)body[2]) && body[3] == '\n') {
		*status = (body[0] - '0') * 100 + (body[1] - '0') * 10 + (body[2] - '0');
		body += 4;
		*len -= 4;
	}
	return body;
}

/* ---- the walk ------------------------------------------------------------------------------ */

struct walk {
	struct world *w;
	unsigned nodes, saves;
};

static void walk(struct walk *k, struct node *n, unsigned depth);

/* Relative, and never above the mount's root. */
static void expect_inside(const struct text *target, unsigned depth)
{
	char *path = calloc(1, target->len + 1), *rest = path, *part;
	unsigned level = depth - 1;

	EXPECT(path);
	memcpy(path, target->data, target->len);
	EXPECT(strlen(path) == target->len && target->len && path[0] != '/');
	while ((part = strsep(&rest, "/"))) {
		EXPECT(part[0] && strcmp(part, ".") != 0);
		if (strcmp(part, "..") == 0) {
			EXPECT(level > 0);
			level--;
		} else {
			fuzz_expect_name(part);
			level++;
		}
	}
	free(path);
}

static void look_at_xattrs(const struct tree *t, const struct node *n)
{
	struct buf list, value;

	buf_init(&list, 65536);
	buf_init(&value, 65536);
	xattr_list(t, n, &list);
	for (size_t i = 0; i < list.len; i += strlen(list.data + i) + 1) {
		buf_reset(&value);
		EXPECT(xattr_get(t, n, list.data + i, &value) == 0);
	}
	buf_release(&list);
	buf_release(&value);
}

/* All the bytes that were listed, or an error. */
static void save(struct walk *k, const struct node *n)
{
	ssize_t rc = k->saves++ < SAVES_MAX ? world_save(k->w, n) : -1;

	if (rc >= 0)
		EXPECT(rc == n->member->saved);
	if (rc >= 0 && !n->kind->whole && n->member->size >= 0)
		EXPECT(rc == n->member->size);
}

static void look_at(struct walk *k, struct node *n, unsigned depth)
{
	struct tree *t = k->w->tree;
	struct fault f = { 0 };
	struct stat st;

	int rc = tree_stat(t, n, &st);
	EXPECT(rc == 0 || rc == -ENOENT || rc == -EIO);
	if (!rc)
		EXPECT(st.st_ino > 0 && st.st_nlink && (st.st_mode & S_IFMT) == n->kind->type);
	EXPECT(tree_entry_timeout(t, n) >= 0 && tree_attr_timeout(t, n) >= 0);
	tree_touch(t, n);
	look_at_xattrs(t, n);
	if (n->kind->save)
		save(k, n);
	if (n->kind->type == S_IFDIR || !n->kind->show)
		return;
	struct text *text = tree_text(t, n, &f);
	if (!text) {
		EXPECT(f.err == ENOENT || f.err == EIO || f.err == EFBIG);
		fuzz_expect_shown(f.text);
		return;
	}
	/* what counts while we look is another text each time */
	if (!rc && n->kind->cache != CACHE_LIVE)
		EXPECT(st.st_size == (off_t)text->len);
	if (n->kind->type == S_IFLNK)
		expect_inside(text, depth);
	text_put(text);
}

static void look_at_entry(struct walk *k, struct node *dir, const struct entry *e, unsigned depth)
{
	struct tree *t = k->w->tree;
	struct node *found = NULL, *listed;

	fuzz_expect_name(e->name);
	listed = dir_node(t, dir, e);
	EXPECT(listed && listed->ino == dir_ino(t, dir, e));
	/* by now the server may have said that it is gone, or say nothing at all */
	int rc = world_lookup(k->w, dir, e->name, &found);
	if (!rc) {
		EXPECT(found->ino == listed->ino);
		node_put(t->nodes, found, 1);
	}
	if (!world_freshen(k->w, listed) && (!listed->member || !listed->member->gone)) {
		look_at(k, listed, depth);
		if (listed->kind->type == S_IFDIR)
			walk(k, listed, depth);
	}
	node_put(t->nodes, listed, 1);
}

static bool is_among(const struct dir *d, size_t before, const char *name)
{
	struct entry e;

	for (size_t i = 0; dir_at(d, &i, &e) && i < before; i++)
		if (strcmp(e.name, name) == 0)
			return true;
	return false;
}

static void walk(struct walk *k, struct node *n, unsigned depth)
{
	struct dir *d = NULL;
	struct entry e;

	if (depth >= DEPTH_MAX || world_list(k->w, n, &d))
		return;
	for (size_t i = 0; dir_at(d, &i, &e) && k->nodes < NODES_MAX; i++) {
		k->nodes++;
		EXPECT(!is_among(d, i, e.name));
		look_at_entry(k, n, &e, depth + 1);
	}
	dir_close(d);
}

/* A session is started in the first organization, and what came of it is stopped. */
static void act(struct world *w)
{
	struct node *orgs, *explore = NULL, *stop = NULL;
	struct dir *d = NULL;
	struct entry e;
	size_t first = 0;
	int err;

	orgs = world_walk(w, "orgs", &err);
	EXPECT(orgs);
	if (world_list(w, orgs, &d) == 0 && dir_at(d, &first, &e)) {
		struct buf path;
		buf_init(&path, 4096);
		buf_printf(&path, "orgs/%s/explore", e.name);
		explore = world_walk(w, path.data, &err);
		if (explore && world_write(w, explore, "2017.06.26 22:07:39\n", 20) > 0) {
			EXPECT(explore->member->notes->last);
			char id[256];
			name_of_id(id, explore->member->notes->last, strlen(explore->member->notes->last));
			buf_reset(&path);
			buf_printf(&path, "sessions/%s/stop", id);
			stop = world_walk(w, path.data, &err);
			/* just started: it is there, unless the server says otherwise */
			EXPECT(stop || err);
			if (stop)
				world_write(w, stop, "x", 1);
		}
		buf_release(&path);
	}
	dir_close(d);
	node_put(w->tree->nodes, stop, 1);
	node_put(w->tree->nodes, explore, 1);
	node_put(w->tree->nodes, orgs, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct server server = { 0 };
	struct world w;
	struct walk k = { .w = &w };
	unsigned choice = fuzz_choice(&data, &size, 16);
	char *text = fuzz_copy(data, size);

	server.parts = fuzz_parts((const uint8_t *)text, size);
	EXPECT(world_open(&w, (int)(choice % 8) + 1, choice / 8 ? ROLE_TENANT : ROLE_ADMIN, answer,
			  &server) == 0);
	walk(&k, nodes_root(w.tree->nodes), 0);
	act(&w);
	k.nodes = 0;
	walk(&k, nodes_root(w.tree->nodes), 0);
	world_close(&w);
	free(text);
	return 0;
}
