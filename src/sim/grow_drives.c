/* Part of grow.h: OneDrives. */
#include "grow.h"

#define KIB UINT64_C(1024)

static struct node *document(struct grow *g, struct node *parent, const char *name, enum age age,
	uint64_t size, unsigned versions)
{
	return grow_document(g, parent, KIND_OD_DOCUMENT, name, age, size, versions);
}

static struct node *folder(struct grow *g, struct node *parent, const char *name, enum age age)
{
	return grow_add(g, parent, KIND_OD_FOLDER, name, age);
}

static struct node *add_drive(struct grow *g, int person)
{
	struct node *drive = tree_add(g->tree, g->tree->root, KIND_ONEDRIVE,
		grow_person((uint64_t)person), 0);
	struct node *documents = grow_document(g, drive, KIND_OD_FOLDER, "Documents", AGE_OLD, 0,
		2);
	struct node *reports = folder(g, documents, "Reports", AGE_OLD);

	drive->what = person;
	document(g, drive, "Notes.txt", AGE_OLD, 1234, 3);
	document(g, documents, "Budget.xlsx", AGE_OLD, 18 * KIB + 7, 4);
	document(g, documents, "Letter to Contoso.docx", AGE_MIDDLE, 23 * KIB, 2);
	document(g, reports, "2016.pdf", AGE_OLD, 90 * KIB + 1, 1);
	document(g, reports, "2025.pdf", AGE_MIDDLE, 120 * KIB, 1);
	document(g, reports, "Draft for Friday.docx", AGE_NEW, 12 * KIB + 3, 1);
	folder(g, drive, "Attachments", AGE_OLD);
	return drive;
}

static void add_deep(struct grow *g, struct node *at)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		at = folder(g, at, names[i], AGE_OLD);
	document(g, at, "bottom.txt", AGE_OLD, 64, 1);
}

static void add_hostile(struct grow *g, struct node *drive)
{
	struct node *at;

	if (!g->options->hostile)
		return;
	at = folder(g, drive, "hostile", AGE_OLD);
	grow_hostile(g, at, KIND_OD_DOCUMENT);
	/* A folder of the same name as a document, and folders of such names. */
	document(g, folder(g, at, "twice.txt", AGE_OLD), "inside.txt", AGE_OLD, 10, 1);
	grow_hostile(g, folder(g, at, "folders", AGE_OLD), KIND_OD_FOLDER);
}

void grow_drives(struct grow *g)
{
	struct node *adele = add_drive(g, 0), *at;

	document(g, adele, "empty.txt", AGE_OLD, 0, 1);
	document(g, adele, "one byte", AGE_OLD, 1, 1);
	grow_delete(g, document(g, adele, "gone.txt", AGE_OLD, 4000, 1));
	at = folder(g, adele, "Pictures", AGE_OLD);
	document(g, at, "Site plan.png", AGE_OLD, 3 * KIB * KIB + 17, 1);
	at = folder(g, adele, "\u00dcnic\u00f6de \u65e5\u672c\u8a9e", AGE_OLD);
	document(g, at, "r\u00e9sum\u00e9.docx", AGE_OLD, 5000, 2);
	document(g, at, "\u8b70\u4e8b\u9332 \u2013 \u7b2c1\u56de.txt", AGE_MIDDLE, 777, 1);
	document(g, at, "\U0001F4CA figures.csv", AGE_OLD, 2048, 1);
	add_deep(g, folder(g, adele, "Deep", AGE_OLD));
	if (g->options->big != 0)
		document(g, adele, "big.bin", AGE_OLD, g->options->big, 1);
	add_drive(g, 1);
	add_drive(g, 2);
	grow_many(g, adele, KIND_OD_FOLDER, KIND_OD_DOCUMENT);
	add_hostile(g, adele);
}
