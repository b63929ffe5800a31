/* Part of grow.h: SharePoint. */
#include "grow.h"

#include <stdio.h>

static struct node *document(struct grow *g, struct node *parent, const char *name, enum age age,
	uint64_t size, unsigned versions)
{
	return grow_document(g, parent, KIND_SP_DOCUMENT, name, age, size, versions);
}

static struct node *add_library(struct grow *g, struct node *site, const char *name)
{
	struct node *library = grow_add(g, site, KIND_LIBRARY, name, AGE_OLD);
	struct node *policies = grow_document(g, library, KIND_SP_FOLDER, "Policies", AGE_OLD, 0,
		2);
	struct node *old = grow_add(g, policies, KIND_SP_FOLDER, "Archive", AGE_OLD);

	document(g, library, "Welcome.docx", AGE_OLD, 20000, 3);
	document(g, library, "Org chart.vsdx", AGE_MIDDLE, 45678, 1);
	document(g, policies, "Travel policy.pdf", AGE_OLD, 80123, 2);
	document(g, policies, "Holidays 2026.xlsx", AGE_NEW, 15001, 1);
	document(g, old, "Travel policy (2015).pdf", AGE_OLD, 70001, 1);
	document(g, old, "empty.txt", AGE_OLD, 0, 1);
	grow_add(g, library, KIND_SP_FOLDER, "Empty", AGE_OLD);
	return library;
}

static void add_item(struct grow *g, struct node *parent, const char *title, enum age age,
	unsigned versions, unsigned attachments)
{
	struct node *item = grow_document(g, parent, KIND_SP_ITEM, title, age, 0, versions);
	struct node *attachment;
	char name[40];
	unsigned i;

	for (i = 0; i < attachments; i++) {
		snprintf(name, sizeof(name), "photo %u.jpg", i + 1);
		attachment = tree_add(g->tree, item, KIND_ATTACHMENT, name, item->created);
		attachment->size = 3000 + 1000 * i;
	}
}

static struct node *add_list(struct grow *g, struct node *site, const char *name)
{
	struct node *list = grow_add(g, site, KIND_LIST, name, AGE_OLD);
	struct node *closed = grow_add(g, list, KIND_SP_FOLDER, "Closed", AGE_OLD);

	add_item(g, list, "Printer on floor 2", AGE_OLD, 3, 2);
	add_item(g, list, "Door does not close", AGE_MIDDLE, 1, 1);
	add_item(g, list, "Wi-Fi in the caf\u00e9", AGE_NEW, 1, 0);
	add_item(g, closed, "Light bulb", AGE_OLD, 2, 0);
	return list;
}

static void add_hostile(struct grow *g, struct node *library, struct node *list)
{
	struct node *at;

	if (!g->options->hostile)
		return;
	at = grow_add(g, library, KIND_SP_FOLDER, "hostile", AGE_OLD);
	grow_hostile(g, at, KIND_SP_DOCUMENT);
	grow_hostile(g, grow_add(g, at, KIND_SP_FOLDER, "folders", AGE_OLD), KIND_SP_FOLDER);
	at = grow_add(g, list, KIND_SP_FOLDER, "hostile", AGE_OLD);
	grow_hostile(g, at, KIND_SP_ITEM);
	grow_hostile(g, at->kids[tree_slot(KIND_SP_ITEM)].items[0], KIND_ATTACHMENT);
}

void grow_sites(struct grow *g)
{
	struct node *root = g->tree->root;
	struct node *intranet = tree_add(g->tree, root, KIND_SITE, "Intranet", 0);
	struct node *hr = tree_add(g->tree, intranet, KIND_SITE, "Human Resources", 0);
	struct node *projects = tree_add(g->tree, root, KIND_SITE, "Projects", 0);
	struct node *library = add_library(g, intranet, "Documents"), *list;

	grow_add(g, intranet, KIND_LIBRARY, "Site Assets", AGE_OLD);
	list = add_list(g, intranet, "Issues");
	add_library(g, hr, "Documents");
	add_library(g, projects, "Shared Documents");
	add_list(g, projects, "Milestones");
	add_hostile(g, library, list);
}
