#include "places.h"

#include <errno.h>

#include "vbofs/tree.h"

/*
 * The nearest folder, library, list, item or document is the parent, unless the container
 * (mailbox, OneDrive, site, team) or channel it would belong to comes first.
 */
struct member *places_ids(const struct node *n, struct content_ids *ids)
{
	*ids = (struct content_ids){ 0 };
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
	struct content_ids ids;
	struct member *session = places_ids(dir, &ids);
	struct collection *c = NULL;
	struct content_ask ask;
	struct buf path;

	if (!session)
		return NULL;
	buf_init(&path, API_PATH_MAX);
	content_list(api_profile(t->config.api), k->list, &ids, &path, &ask);
	if (!buf_error(&path))
		c = model_content(t->config.model, session, &ask);
	buf_release(&path);
	return c;
}

int places_save(const struct tree *t, const struct node *n, struct buf *path, const char **body)
{
	struct content_ids ids;

	places_ids(n->parent, &ids);
	ids.object = n->member->id;
	if (!content_save(api_profile(t->config.api), n->kind->save, &ids, path, body))
		return -EOPNOTSUPP;
	return buf_error(path);
}
