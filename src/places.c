#include "places.h"

#include <errno.h>

/*
 * Upwards from a node: the nearest folder, library, list or item is the parent, unless the
 * container (mailbox, OneDrive, site, team) or channel it would belong to comes first.
 */
static struct member *find_ids(const struct node *n, struct content_ids *ids)
{
	for (; n; n = n->parent) {
		const char *id = n->member ? n->member->id : NULL;
		switch (n->kind->id_as) {
		case 'p':
			if (!ids->parent && !ids->channel && !ids->container)
				ids->parent = id;
			break;
		case 'd':
			if (!ids->channel && !ids->container)
				ids->channel = id;
			break;
		case 'c':
			if (!ids->container)
				ids->container = id;
			break;
		case 's':
			ids->session = id;
			return n->member;
		default:
			break;
		}
	}
	return NULL;
}

struct collection *places_members(struct tree *t, const struct node *dir, const struct kind *k)
{
	struct content_ids ids = { 0 };
	struct member *session = find_ids(dir, &ids);
	struct collection *c = NULL;
	struct buf path;

	if (!session)
		return NULL;
	buf_init(&path, API_PATH_MAX);
	content_list(api_profile(t->config.api), k->list, &ids, &path);
	if (!buf_error(&path))
		c = model_content(t->config.model, session, path.data);
	buf_release(&path);
	return c;
}

int places_save(const struct tree *t, const struct node *n, struct buf *path, const char **body)
{
	struct content_ids ids = { 0 };

	find_ids(n->parent, &ids);
	ids.object = n->member->id;
	if (!content_save(api_profile(t->config.api), n->kind->save, &ids, path, body))
		return -EOPNOTSUPP;
	return buf_error(path);
}
