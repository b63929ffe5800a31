#include "vbofs/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "latest.h"
#include "places.h"
#include "tree_private.h"

#define SIZE_ESTIMATE 4096   /* of a mail nobody has opened: not 0, tar would skip it */
/*
 * ... of a list: who goes by it without asking again once it is open (splice) stops there, so it
 * is too long rather than too short.
 */
#define LIST_ESTIMATE (16 * 1024 * 1024)
#define KEEP_S 3600.0        /* what does not change while the mount lives */
#define NAME_S 1.0           /* names of and in what may change are never older */
#define NEGATIVE_S 1.0

struct tree *tree_new(const struct tree_config *config, struct fault *f)
{
	struct tree *t = calloc(1, sizeof(*t));
	if (t) {
		t->config = *config;
		t->mounted = time(NULL);
		t->nodes = nodes_new(kinds_root());
	}
	if (!t || !t->nodes) {
		fault_set(f, ENOMEM, "no memory");
		tree_free(t);
		return NULL;
	}
	return t;
}

void tree_free(struct tree *t)
{
	if (!t)
		return;
	nodes_free(t->nodes);
	latest_free(t->latest);
	free(t);
}

bool kind_served(const struct tree *t, const struct kind *k)
{
	return api_profile(t->config.api)->version >= k->since;
}

/* ---- organizations of sessions ------------------------------------------------------- */

const char *tree_session_org(const struct tree *t, const struct member *session)
{
	struct collection *orgs = model_organizations(t->config.model);
	const struct roster *r = model_roster(orgs);
	const struct member *m = NULL;

	if (session->notes->org_id)
		return session->notes->org_id;
	/* a tenant's login sees one organization and its sessions */
	if (api_role(t->config.api) == ROLE_TENANT && model_count(orgs) == 1)
		for (size_t i = 0; i < r->n && !m; i++)
			m = r->members[i]->gone ? NULL : r->members[i];
	else if (session->label[0])
		m = model_find_label(orgs, session->label);
	return m ? m->id : NULL;
}

/* ---- lookup -------------------------------------------------------------------------------- */

/* What is known of it will do, and is refreshed meanwhile. */
static void touch_list(struct collection *c)
{
	struct want w;

	want_init(&w, NULL);
	if (model_need_list(c, &w, MODEL_STALE_OK) == MODEL_PARK)
		want_cancel(&w);
}

/* That it leads nowhere is only said of what is fresh; where it leads is asked when it is read. */
static int find_target(struct tree *t, struct node *dir, const struct kind *k, struct want *w)
{
	struct member *m;
	int rc = k->leads_to(t, dir, &m);

	if (!rc)
		touch_list(m->of);
	if (rc != -ENOENT)
		return rc;
	rc = k->needs(t, dir, w);
	return rc ? rc : k->leads_to(t, dir, &m);
}

static int find_one(struct tree *t, struct node *dir, const struct kind *k, const char *name,
		    struct want *w, struct found *out)
{
	(void)out;
	if (strcmp(k->name, name) != 0)
		return -ENOENT;
	if (k->leads_to)
		return find_target(t, dir, k, w);
	return k->has ? k->has(t, dir, w) : 0;
}

static int judge_member(struct tree *t, struct node *dir, const struct kind *k, struct member *m,
			struct want *w, struct found *out)
{
	int rc = dir->kind->needs ? dir->kind->needs(t, dir, w) : 0;

	if (rc)
		return rc;
	if (!m || (k->includes && !k->includes(t, dir, m)))
		return -ENOENT;
	out->member = m;
	return 0;
}

/* Named by label: each name depends on all lists of the directory. */
static int find_labelled(struct tree *t, struct node *dir, const struct kind *k, const char *name,
			 struct want *w, struct found *out)
{
	const struct named *n = names_known(t, dir) ? names_find(t, dir, name) : NULL;
	bool stale_ok = n && !model_outlives_listing(n->member);
	int rc = 0;

	if (!n || stale_ok)
		rc = names_need(t, dir, w, n ? MODEL_STALE_OK : MODEL_FRESH);
	if (rc)
		return rc;
	n = names_find(t, dir, name);
	return judge_member(t, dir, k, n && n->kind == k ? n->member : NULL, w, out);
}

/*
 * A name that is known is answered at once, and what it belongs to refreshed
 * meanwhile; that there is no such name is only said of a fresh listing.
 */
static int find_member(struct tree *t, struct node *dir, const struct kind *k, const char *name,
		       struct want *w, struct found *out)
{
	if (k->label)
		return find_labelled(t, dir, k, name, w, out);
	struct collection *c = k->members(t, dir, k);
	struct member *m = c ? model_find(c, name) : NULL;
	int rc = c ? 0 : fault_set(&w->fault, ENOMEM, "no memory for a listing");

	if (!rc && (!m || !model_outlives_listing(m)))
		rc = model_need_list(c, w, m ? MODEL_STALE_OK : MODEL_FRESH);
	if (rc)
		return rc;
	return judge_member(t, dir, k, model_find(c, name), w, out);
}

static int find_keyed(struct tree *t, struct node *dir, const struct kind *k, const char *name,
		      struct want *w, struct found *out)
{
	int rc = keys_find(&out->keys, dir, k, name);

	(void)t;
	(void)w;
	if (rc)
		return rc;
	out->key = out->keys.key;
	out->has_keys = true;
	return 0;
}

typedef int find_in(struct tree *t, struct node *dir, const struct kind *k, const char *name,
		    struct want *w, struct found *out);

static find_in *const finders[] = {
	[EACH_ONE] = find_one,
	[EACH_MEMBER] = find_member,
	[EACH_PROPERTY] = find_keyed,
	[EACH_LINK] = find_keyed,
};

static int look(struct tree *t, struct node *dir, const char *name, struct want *w,
		struct node **out)
{
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));) {
		struct found found = { 0 };
		if (!kind_served(t, k))
			continue;
		int rc = finders[k->each](t, dir, k, name, w, &found);
		if (rc == -ENOENT)
			continue;
		if (!rc) {
			*out = node_get(t->nodes, dir, k, found.member, found.key);
			if (!*out)
				rc = fault_set(&w->fault, ENOMEM, "no memory for an inode");
		}
		if (found.has_keys)
			keys_end(&found.keys);
		return rc;
	}
	return -ENOENT;
}

/* That a property is not there is only said of an object that is fresh. */
int tree_lookup(struct tree *t, struct node *dir, const char *name, struct want *w,
		struct node **out)
{
	uint64_t version = dir->member ? dir->member->version : 0;
	int rc = look(t, dir, name, w, out);

	if (rc != -ENOENT || !dir->member)
		return rc;
	rc = tree_freshen(t, dir, w);
	if (rc)
		return rc;
	return version == dir->member->version ? -ENOENT : look(t, dir, name, w, out);
}

/* The list that a file shows, if it is in memory. */
static struct collection *shown(const struct tree *t, const struct node *n)
{
	return model_listed(t->config.model, n->member, n->kind->shows);
}

int tree_freshen(struct tree *t, struct node *n, struct want *w)
{
	if (n->kind->leads_to)
		return n->kind->needs(t, n->parent, w);
	if (n->kind->shows) {
		struct collection *c = model_list(t->config.model, n->member, n->kind->shows);
		return c ? model_need_owned(c, w) :
			   fault_set(&w->fault, ENOMEM, "no memory for a listing");
	}
	if (!n->kind->freshens || !n->member)
		return 0;
	int rc = model_need_member(n->member, w);
	if (!rc && n->member->gone)
		return fault_set(&w->fault, ENOENT, "the server no longer has it");
	return rc;
}

/* ---- text and attributes --------------------------------------------------------------------- */

static struct text *render(struct tree *t, struct node *n, struct fault *f)
{
	struct text *text = NULL;
	struct buf b;

	buf_init(&b, KIND_TEXT_MAX);
	int rc = n->kind->show ? n->kind->show(t, n, &b) : 0;
	if (!rc)
		rc = buf_error(&b);
	if (!rc) {
		text = text_new(b.data, b.len);
		rc = text ? 0 : -ENOMEM;
	}
	if (rc == -E2BIG)
		fault_set(f, EFBIG, "the text is longer than %u bytes", KIND_TEXT_MAX);
	else if (rc)
		fault_set(f, -rc, "%s", rc == -ENOMEM ? "no memory" :
			  rc == -ENOENT ? "the object no longer has it" :
			  "the value cannot be shown: the server's text is not valid");
	buf_release(&b);
	return text;
}

/* Is one rendering kept with the node until what it shows changes? */
static bool keeps_text(const struct node *n)
{
	return (n->kind->cache == CACHE_OBJECT || n->kind->cache == CACHE_POLLED) &&
	       n->kind->type == S_IFREG;
}

static uint64_t shown_version(struct tree *t, const struct node *n)
{
	/* of a listing: it stays right while what it was made of is not in memory */
	if (n->kind->costly)
		return names_known(t, n->parent) ? dir_generation(t, n->parent) : n->text_version;
	if (!n->kind->shows)
		return n->member->version;
	const struct collection *c = shown(t, n);
	return c ? model_generation(c) : 0;
}

struct text *tree_text(struct tree *t, struct node *n, struct fault *f)
{
	if (!keeps_text(n))
		return render(t, n, f);
	if (!n->text || n->text_version != shown_version(t, n)) {
		struct text *text = render(t, n, f);
		if (!text)
			return NULL;
		text_put(n->text);
		n->text = text;
		n->text_version = shown_version(t, n);
		if (n->kind->grows)
			n->member->saved = (int64_t)text->len;
	}
	return text_get(n->text);
}

const char *tree_digest(const struct tree *t, const struct node *n)
{
	struct spool_save save = { 0 };
	const char *digest = NULL;
	struct buf path;

	buf_init(&path, API_PATH_MAX);
	if (n->kind->save && !places_save(t, n, &path, &save.body)) {
		save.path = path.data;
		digest = spool_digest(t->config.spool, &save);
	}
	buf_release(&path);
	return digest;
}

struct spooled *tree_bytes(struct tree *t, const struct node *n, struct fault *f)
{
	struct spool_save save = {
		.size = n->kind->whole ? -1 : n->member->size, .something = n->kind->whole,
	};
	struct spooled *d = NULL;
	struct buf path;

	buf_init(&path, API_PATH_MAX);
	int rc = places_save(t, n, &path, &save.body);
	if (!rc) {
		save.path = path.data;
		d = spool_open(t->config.spool, n->member, &save);
		rc = d ? 0 : -ENOMEM;
	}
	if (rc)
		fault_set(f, -rc, "%s", rc == -EOPNOTSUPP ?
			  "this version of the API cannot save it" : "no memory to save it");
	buf_release(&path);
	return d;
}

bool tree_is_measured(const struct node *n)
{
	return n->kind->whole || n->member->size < 0;
}

/* A log that was let go has the length it had. */
static off_t estimate(const struct node *n)
{
	return n->kind->grows && n->member->saved >= 0 ? (off_t)n->member->saved : LIST_ESTIMATE;
}

static mode_t permissions(const struct tree *t, const struct node *n)
{
	const struct tree_config *c = &t->config;

	if (n->kind->type == S_IFLNK)
		return 0777;
	if (n->kind->control)
		return 0600;
	if (c->umask_given)
		return (n->kind->type == S_IFDIR ? 0555 : 0444) & ~c->umask;
	return n->kind->type == S_IFDIR ? 0550 : 0440;
}

int tree_stat(struct tree *t, struct node *n, struct stat *st)
{
	memset(st, 0, sizeof(*st));
	st->st_ino = n->ino;
	st->st_mode = n->kind->type | permissions(t, n);
	st->st_nlink = 1;
	st->st_uid = t->config.uid;
	st->st_gid = t->config.gid;
	st->st_blksize = 4096;
	struct member *of = n->member;
	if (n->kind->leads_to && n->kind->leads_to(t, n->parent, &of))
		return -ENOENT;
	st->st_mtime = of ? of->mtime : t->mounted;
	st->st_mtim.tv_nsec = of ? of->mtime_ns : 0;
	st->st_ctim = st->st_atim = st->st_mtim;
	if (n->kind->control) {
		st->st_size = n->member && n->member->notes->last ? (off_t)strlen(n->member->notes->last) + 1 : 0;
	} else if (n->kind->save) {
		int64_t size = tree_is_measured(n) ? n->member->saved : n->member->size;
		st->st_size = size >= 0 ? size : SIZE_ESTIMATE;
	} else if (n->kind->shows && !shown(t, n)) {
		st->st_size = estimate(n);
	} else if (n->kind->show) {
		struct fault f;
		struct text *text = tree_text(t, n, &f);
		if (!text)
			return -f.err;
		st->st_size = (off_t)text->len;
		text_put(text);
	}
	/* what is a guess takes no room in the sums of du */
	st->st_blocks = st->st_size == LIST_ESTIMATE ? 0 : (st->st_size + 511) / 512;
	return n->member && n->member->gone ? -ENOENT : 0;
}

void tree_touch(struct tree *t, struct node *n)
{
	struct member *m;

	if (n->kind->leads_to) {
		if (n->kind->leads_to(t, n->parent, &m) == 0)
			touch_list(m->of);
		return;
	}
	if (n->kind->shows) {
		struct collection *c = shown(t, n);
		if (c)
			model_touch_owned(c);
		return;
	}
	if (!n->member || model_outlives_listing(n->member) || n->kind->cache == CACHE_CONTROL)
		return;
	touch_list(n->member->of);
}

/* ---- how long the kernel may keep things -------------------------------------------------------- */

/* ... what a list is believed, between a second and as long as anything. */
static double list_timeout(const struct collection *c)
{
	double left = (double)model_fresh_for(c) / 1000;

	return left < NAME_S ? NAME_S : left > KEEP_S ? KEEP_S : left;
}

/* Seconds for which what is known of the object may be told without asking. */
static double object_timeout(const struct node *n)
{
	const struct member *m = n->member;

	if (m->settled)
		return KEEP_S;
	if (model_outlives_listing(m))
		return NAME_S;
	return list_timeout(m->of);
}

double tree_attr_timeout(const struct tree *t, const struct node *n)
{
	if (n->kind->leads_to)
		return NAME_S;
	if (n->kind->shows) {
		const struct collection *c = shown(t, n);
		return !c ? 0 : n->member->settled ? list_timeout(c) : NAME_S;
	}
	switch (n->kind->cache) {
	case CACHE_LIVE:
		return 0;
	case CACHE_CONTROL:
		return NEGATIVE_S;
	case CACHE_MOUNT:
		return KEEP_S;
	default:
		return object_timeout(n);
	}
}

double tree_entry_timeout(const struct tree *t, const struct node *n)
{
	(void)t;
	if (n->kind->cache == CACHE_CONTROL)
		return 0;
	if (n->kind->leads_to)
		return NAME_S;
	if (n->kind->cache == CACHE_LIVE)
		return KEEP_S;   /* its name stays */
	/*
	 * Names are never taken back from the kernel (fs.h), so those that can go have a
	 * short life there; what a session that has ended consists of stays.
	 */
	if (n->member && !model_session_of(n->member) &&
	    (n->kind->each == EACH_MEMBER || !n->member->settled))
		return NAME_S;
	return KEEP_S;
}

double tree_negative_timeout(const struct tree *t, const struct node *dir)
{
	/* what a directory of literal names does not have today it does not have tomorrow */
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));)
		if (k->each != EACH_ONE)
			return NEGATIVE_S;
	(void)t;
	return KEEP_S;
}

double tree_listing_timeout(const struct tree *t, const struct node *dir)
{
	(void)t;
	if (dir->member && !dir->member->settled)
		return NAME_S;
	for (const struct kind *k = NULL; (k = kinds_child(dir->kind, k));)
		if (k->each == EACH_MEMBER && !k->list)
			return NAME_S;
	return KEEP_S;
}
