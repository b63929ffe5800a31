#include "overlay.h"

#include <stdlib.h>

void overlay_apply(struct text *t, size_t start, json_t *extra)
{
	json_t *object;
	char *dump;

	if (extra == NULL || json_object_size(extra) == 0)
		return;
	object = json_loadb(t->data + start, t->len - start, 0, NULL);
	if (object != NULL && json_object_update(object, extra) == 0 &&
	    (dump = json_dumps(object, JSON_COMPACT)) != NULL) {
		t->len = start;
		text_add(t, dump);
		free(dump);
	}
	json_decref(object);
}
