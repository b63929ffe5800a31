#include "state.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

const char *const type_names[TYPES] = {"vex", "veod", "vesp", "vet"};
const char *const type_roots[TYPES] = {"mailboxes", "onedrives", "sites", "teams"};
const int type_since[TYPES] = {1, 2, 2, 5};

/* ---- what sessions hold ------------------------------------------------------------ */

static void load_bytes(struct thing *t, const char *path)
{
	FILE *f = fopen(path, "re");

	t->bytes = need(malloc(t->len + 1));
	if (!f || fread(t->bytes, 1, t->len, f) != t->len) {
		perror(path);
		exit(2);
	}
	fclose(f);
}

static int by_name(const void *a, const void *b)
{
	return strcmp((*(struct thing *const *)a)->name, (*(struct thing *const *)b)->name);
}

static void load_directory(struct thing *t, const char *path)
{
	DIR *d = need(opendir(path));
	struct dirent *e;

	while ((e = readdir(d))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		char below[PATH_LONG];
		snprintf(below, sizeof(below), "%s/%s", path, e->d_name);
		t->all = need(realloc(t->all, (t->n + 1) * sizeof(struct thing *)));
		t->all[t->n++] = thing_load(below, e->d_name, t);
	}
	closedir(d);
	if (t->n)
		qsort(t->all, t->n, sizeof(struct thing *), by_name);
}

struct thing *thing_load(const char *path, const char *name, struct thing *parent)
{
	struct thing *t = need(calloc(1, sizeof(*t)));
	struct stat st;

	if (stat(path, &st)) {
		free(t);
		return NULL;
	}
	t->name = need(strdup(name));
	t->parent = parent;
	t->directory = S_ISDIR(st.st_mode);
	t->mtime = st.st_mtime;
	if (t->directory) {
		load_directory(t, path);
	} else {
		t->len = (size_t)st.st_size;
		load_bytes(t, path);
	}
	return t;
}

void thing_free(struct thing *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		thing_free(t->all[i]);
	free(t->all);
	free(t->name);
	free(t->bytes);
	free(t);
}

size_t thing_path(const struct thing *t, char *out, size_t size)
{
	size_t n = t->parent ? thing_path(t->parent, out, size) : 0;

	return n + (size_t)snprintf(out + n, size - n, "%s%s", t->parent ? "/" : "", t->name);
}

/* ---- objects ----------------------------------------------------------------------- */

struct object *truth_find(const struct objects *o, const char *id)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->all[i]->id, id) == 0)
			return o->all[i];
	return NULL;
}

char *truth_text(const json_t *value)
{
	char *text, *line;

	if (!value || json_is_null(value) || json_is_object(value) || json_is_array(value))
		return NULL;
	text = json_is_string(value) ? need(strdup(json_string_value(value)))
				     : need(json_dumps(value, JSON_ENCODE_ANY));
	line = need(malloc(strlen(text) + 2));
	snprintf(line, strlen(text) + 2, "%s\n", text);
	free(text);
	return line;
}

const char *truth_word(const struct version *v, const char *key)
{
	const char *text = json_string_value(json_object_get(v->json, key));
	return text ? text : "";
}

bool truth_works(const struct version *v)
{
	const char *state = json_string_value(json_object_get(v->json, "state"));

	return !state || strcmp(state, "Stopped") != 0;
}

int truth_type(const struct version *v)
{
	const char *type = json_string_value(json_object_get(v->json, "type"));

	for (int i = 0; type && i < TYPES; i++)
		if (strcasecmp(type, type_names[i]) == 0)
			return i;
	return -1;
}

static struct object *add(struct run *r, struct objects *o, const char *id)
{
	struct object *new = need(calloc(1, sizeof(*new)));

	new->id = need(strdup(id));
	new->session = o == &r->sessions;
	new->born = r->began;
	new->died = NO_END;
	o->all = need(realloc(o->all, (o->n + 1) * sizeof(struct object *)));
	return o->all[o->n++] = new;
}

static void update(struct run *r, struct object *o, json_t *json)
{
	struct version *last = o->n ? &o->versions[o->n - 1] : NULL;

	if (last && json_equal(last->json, json))
		return;
	if (last)
		last->until = now();
	o->versions = need(realloc(o->versions, (o->n + 1) * sizeof(*o->versions)));
	o->versions[o->n++] = (struct version){json_incref(json), r->began, NO_END};
}

static void merge(struct run *r, struct objects *o, json_t *list)
{
	size_t i;
	json_t *json;

	json_array_foreach(list, i, json)
	{
		const char *id = json_string_value(json_object_get(json, "id"));
		struct object *known = truth_find(o, id);
		update(r, known ? known : add(r, o, id), json);
	}
	for (i = 0; i < o->n; i++) {
		bool there = false;
		size_t j;
		json_array_foreach(list, j, json) there |=
			strcmp(json_string_value(json_object_get(json, "id")), o->all[i]->id) == 0;
		if (!there && o->all[i]->died == NO_END)
			o->all[i]->died = r->began;
	}
	json_decref(list);
}

void truth_look(struct run *r)
{
	char specs[16384] = "";
	size_t n = 0;

	for (size_t i = 0; i < r->nfaults; i++)
		if (r->faults[i].until == NO_END && r->faults[i].spec[0] &&
		    n + sizeof(r->faults[i].spec) < sizeof(specs))
			n += (size_t)snprintf(specs + n, sizeof(specs) - n, "%s\n",
					      r->faults[i].spec);
	if (n)
		json_decref(sim_control(r, "DELETE", "/_sim/fault", NULL));
	merge(r, &r->orgs,
	      sim_list(r, r->version >= 6 ? "Organizations?extendedView=true" : "Organizations"));
	merge(r, &r->sessions, sim_list(r, "RestoreSessions"));
	if (n)
		json_decref(sim_control(r, "POST", "/_sim/fault", specs));
}

static void objects_free(struct objects *o)
{
	for (size_t i = 0; i < o->n; i++) {
		for (size_t j = 0; j < o->all[i]->n; j++)
			json_decref(o->all[i]->versions[j].json);
		free(o->all[i]->versions);
		free(o->all[i]->events);
		free(o->all[i]->id);
		free(o->all[i]);
	}
	free(o->all);
}

void truth_free(struct run *r)
{
	objects_free(&r->orgs);
	objects_free(&r->sessions);
	for (int i = 0; i < TYPES; i++)
		thing_free(r->content[i]);
}

struct object *truth_working(struct run *r)
{
	unsigned start = draw(r, (unsigned)r->sessions.n);

	for (size_t i = 0; i < r->sessions.n; i++) {
		struct object *o = r->sessions.all[(start + i) % r->sessions.n];
		if (o->died == NO_END && truth_works(&o->versions[o->n - 1]))
			return o;
	}
	return r->sessions.all[start];
}
