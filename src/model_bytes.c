/* How much text of the server is kept, for the metrics. */
#include "model_private.h"

static size_t collection_bytes(const struct collection *c)
{
	size_t bytes = 0;

	for (size_t i = 0; i < c->roster->n; i++)
		if (!c->roster->members[i]->gone)
			bytes += c->roster->members[i]->json_len;
	return bytes;
}

uint64_t model_bytes(const struct model *m)
{
	return collection_bytes(&m->organizations) + collection_bytes(&m->sessions) +
	       m->content_bytes + m->list_bytes;
}
