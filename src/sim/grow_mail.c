/* Part of grow.h: mailboxes. */
#include "grow.h"

#include <stdio.h>

static const char *const topics[] = {
	"Budget", "Quarterly report", "Site plan", "Invoice", "Offsite agenda", "Contract draft",
	"Release notes", "Lunch on Friday", "Travel request", "Security review", "Aurora",
	"Bonjour \u2013 d\u00e9jeuner", "Gr\u00f6\u00dfenangaben", "\u4f1a\u8b70\u306e\u8b70\u4e8b\u9332",
};

#define TOPICS (sizeof(topics) / sizeof(*topics))

static void add_items(struct grow *g, struct node *folder, size_t count)
{
	static const char *const starts[] = { "", "", "RE: ", "RE: ", "FW: " };
	enum age age;
	char name[128];
	uint64_t h;
	size_t i;

	for (i = 0; i < count; i++) {
		h = tree_mix(folder->hash + i);
		age = i % 3 == 0 ? AGE_OLD : i % 7 == 1 ? AGE_NEW : AGE_MIDDLE;
		/* Subjects come twice and more, as they do. */
		snprintf(name, sizeof(name), "%s%s", starts[h % 5], topics[h / 5 % TOPICS]);
		grow_add(g, folder, KIND_MAIL_ITEM, name, age);
	}
}

static struct node *add_folder(struct grow *g, struct node *parent, const char *name, int what,
	size_t items)
{
	struct node *folder = grow_add(g, parent, KIND_MAIL_FOLDER, name, AGE_OLD);

	folder->what = what;
	add_items(g, folder, items);
	return folder;
}

static struct node *add_mailbox(struct grow *g, int person, const char *name)
{
	struct node *mailbox = tree_add(g->tree, g->tree->root, KIND_MAILBOX, name, 0);

	mailbox->what = person;
	return mailbox;
}

static void add_standard(struct grow *g, struct node *mailbox, size_t scale)
{
	struct node *inbox = add_folder(g, mailbox, "Inbox", MAIL_INBOX, 10 * scale + 4);
	struct node *projects = add_folder(g, inbox, "Projects", MAIL_PLAIN, 3);
	struct node *deleted = add_folder(g, mailbox, "Deleted Items", MAIL_DELETED, 3);

	add_folder(g, projects, "Aurora", MAIL_PLAIN, 5);
	add_folder(g, projects, "B\u00fcro & \u00c9tudes", MAIL_PLAIN, 2);
	add_folder(g, inbox, "Empty", MAIL_PLAIN, 0);
	add_folder(g, mailbox, "Sent Items", MAIL_SENT, 5 * scale);
	add_folder(g, mailbox, "Drafts", MAIL_DRAFTS, 1);
	add_folder(g, mailbox, "Junk Email", MAIL_JUNK, 2);
	add_folder(g, mailbox, "Calendar", MAIL_CALENDAR, 4);
	add_folder(g, mailbox, "Contacts", MAIL_CONTACTS, 3);
	add_folder(g, mailbox, "Tasks", MAIL_TASKS, 2);
	add_folder(g, mailbox, "Notes", MAIL_NOTES, 2);
	add_folder(g, mailbox, "Journal", MAIL_JOURNAL, 1);
	grow_delete(g, inbox->kids[tree_slot(KIND_MAIL_ITEM)].items[0]);
	grow_delete(g, deleted->kids[tree_slot(KIND_MAIL_ITEM)].items[0]);
}

void grow_mail(struct grow *g)
{
	struct node *adele = add_mailbox(g, 0, grow_person(0));
	struct node *archive, *folder;
	int i;

	/* More than one default page. */
	add_standard(g, adele, 4);
	add_folder(g, adele, "{A9E2BC46-B3A0-4243-B315-60D991004455}", MAIL_PLAIN, 1);
	for (i = 1; i < 3; i++)
		add_standard(g, add_mailbox(g, i, grow_person((uint64_t)i)), 1);
	/* The archive is a mailbox of its own, under the same address. */
	archive = add_mailbox(g, -1, "Online Archive - Adele Vance");
	add_folder(g, archive, "Inbox", MAIL_INBOX, 6);
	add_folder(g, archive, "Empty", MAIL_PLAIN, 0);
	grow_many(g, adele, KIND_MAIL_FOLDER, KIND_MAIL_ITEM);
	if (!g->options->hostile)
		return;
	folder = add_folder(g, adele, "hostile", MAIL_PLAIN, 0);
	grow_hostile(g, folder, KIND_MAIL_ITEM);
	grow_hostile(g, add_folder(g, adele, "hostile folders", MAIL_PLAIN, 0), KIND_MAIL_FOLDER);
}
