/* Part of show.h: mailboxes. */
#include "show.h"

#include <stdio.h>

#include "grow.h"
#include "instant.h"

#define HOUR (3600 * INSTANT_SECOND)

static const struct {
	const char *type, *category;
} folders[] = {
	[MAIL_PLAIN] = { "None", "None" }, [MAIL_INBOX] = { "None", "Inbox" },
	[MAIL_SENT] = { "None", "Sent" }, [MAIL_DRAFTS] = { "None", "Drafts" },
	[MAIL_DELETED] = { "None", "Deleted" }, [MAIL_JUNK] = { "None", "Junk" },
	[MAIL_CALENDAR] = { "Appointment", "None" }, [MAIL_CONTACTS] = { "Contact", "None" },
	[MAIL_TASKS] = { "Task", "None" }, [MAIL_NOTES] = { "StickyNote", "None" },
	[MAIL_JOURNAL] = { "Journal", "None" }, [MAIL_PURGES] = { "None", "Purges" },
};

static int owner_of(const struct node *node)
{
	int person = tree_above(node, KIND_MAILBOX)->what;

	return person < 0 ? 0 : person;
}

uint64_t show_sender(const struct node *item)
{
	int what = item->parent->what;

	return what == MAIL_SENT || what == MAIL_DRAFTS ? (uint64_t)owner_of(item) : item->hash;
}

uint64_t show_recipient(const struct node *item)
{
	int what = item->parent->what;

	return what == MAIL_SENT || what == MAIL_DRAFTS ? item->hash >> 8 :
		(uint64_t)owner_of(item);
}

bool show_is_message(const struct node *node)
{
	if (node->kind != KIND_MAIL_ITEM)
		return false;
	switch (node->parent->what) {
	case MAIL_CALENDAR:
	case MAIL_CONTACTS:
	case MAIL_TASKS:
	case MAIL_NOTES:
	case MAIL_JOURNAL:
		return false;
	default:
		return true;
	}
}

static void write_attachments(struct text *t, const struct node *node)
{
	size_t n = show_attachments(node), i;

	text_key(t, "attachments");
	text_add(t, "[");
	for (i = 0; i < n; i++) {
		text_element(t);
		text_add(t, "{");
		text_string(t, "name", i == 0 ? "report.pdf" : "photo.jpg");
		text_number(t, "sizeBytes", (long long)(10000 + (node->hash >> i) % 500000));
		text_add(t, "}");
	}
	text_add(t, "]");
}

static void write_message(struct text *t, const struct tree *tree, const struct node *node)
{
	static const char *const importance[] = { "Normal", "Normal", "Normal", "High", "Low" };
	bool draft = node->parent->what == MAIL_DRAFTS;

	text_string(t, "itemClass", "IPM.Note");
	show_person(t, "from", tree, show_sender(node));
	show_person(t, "to", tree, show_recipient(node));
	if (node->hash % 3 == 0)
		show_person(t, "cc", tree, node->hash >> 12);
	else
		text_string(t, "cc", "");
	text_string(t, "bcc", "");
	if (!draft) {
		show_time(t, "sent", node->created - 3 * INSTANT_SECOND);
		show_time(t, "received", node->created);
	}
	text_bool(t, "reminder", node->hash % 11 == 0);
	text_string(t, "importance", importance[node->hash % 5]);
	write_attachments(t, node);
}

/* The samples of the older documentation draw booleans as strings. */
static void write_appointment(struct text *t, const struct request *rq, const struct tree *tree,
	const struct node *node)
{
	text_string(t, "itemClass", "IPM.Appointment");
	show_person(t, "organizer", tree, node->hash);
	show_person(t, "attendees", tree, (uint64_t)owner_of(node));
	show_time(t, "startTime", node->created + 24 * HOUR);
	show_time(t, "endTime", node->created + 25 * HOUR);
	text_string(t, "location", "Room 4");
	if (rq->version < 6)
		text_string(t, "recurring", "false");
	else
		text_bool(t, "recurring", false);
	text_string(t, "recurrencePatternFormat", "");
	write_attachments(t, node);
}

static void write_contact(struct text *t, const struct tree *tree, const struct node *node)
{
	static const char *const empty[] = { "address", "homePhone", "mobile", "fax",
		"imAddress", "webPage" };
	char email[200];
	size_t i;

	snprintf(email, sizeof(email), "%s@%s", grow_address(node->hash), tree->domain);
	text_string(t, "itemClass", "IPM.Contact");
	text_string(t, "fullName", grow_person(node->hash));
	text_string(t, "fileAs", grow_person(node->hash));
	text_string(t, "displayAs", grow_person(node->hash));
	text_string(t, "email", email);
	text_string(t, "company", "Contoso");
	text_string(t, "jobTitle", "Engineer");
	text_string(t, "businessPhone", "+1 555 0100");
	for (i = 0; i < sizeof(empty) / sizeof(*empty); i++)
		text_string(t, empty[i], "");
}

static void write_task(struct text *t, const struct tree *tree, const struct node *node)
{
	text_string(t, "itemClass", "IPM.Task");
	text_string(t, "status", "InProgress");
	text_key(t, "percentComplete");
	text_add(t, "25.0");
	show_time(t, "startDate", node->created);
	show_time(t, "dueDate", node->created + 240 * HOUR);
	show_person(t, "owner", tree, (uint64_t)owner_of(node));
}

static void write_item(struct text *t, const struct request *rq, const struct tree *tree,
	const struct node *node)
{
	switch (node->parent->what) {
	case MAIL_CALENDAR:
		write_appointment(t, rq, tree, node);
		break;
	case MAIL_CONTACTS:
		write_contact(t, tree, node);
		return;
	case MAIL_TASKS:
		write_task(t, tree, node);
		break;
	case MAIL_NOTES:
		text_string(t, "itemClass", "IPM.StickyNote");
		show_time(t, "date", node->created);
		break;
	case MAIL_JOURNAL:
		text_string(t, "itemClass", "IPM.Activity");
		show_time(t, "startTime", node->created);
		text_number(t, "duration", 30);
		text_string(t, "entryType", "Phone call");
		text_string(t, "company", "Contoso");
		break;
	default:
		write_message(t, tree, node);
		break;
	}
	text_string(t, "subject", node->name);
}

static void write_mailbox(struct text *t, const struct request *rq, const struct tree *tree,
	const struct node *node)
{
	char email[200];

	snprintf(email, sizeof(email), "%s@%s", grow_address((uint64_t)owner_of(node)),
		tree->domain);
	text_string(t, "name", node->name);
	text_string(t, "email", email);
	text_bool(t, "isArchive", node->what < 0);
	if (rq->version >= 6)
		text_bool(t, "isPublic", false);
}

static void write_folder(struct text *t, const struct request *rq, const struct node *node)
{
	text_string(t, "name", node->name);
	text_string(t, "type", folders[node->what].type);
	if (rq->version >= 6)
		text_string(t, "category", folders[node->what].category);
	text_string(t, "description", "");
}

static void write_links(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node)
{
	text_key(t, "_links");
	text_add(t, "{");
	show_link(t, rq, view, "self", node, "");
	if (node->kind == KIND_MAILBOX) {
		show_link(t, rq, view, "organization", NULL, "");
		show_link(t, rq, view, "folders", node, "folders");
		show_link(t, rq, view, "items", node, "items");
	} else {
		/* A folder at the top has no parent. */
		if (node->parent->kind == KIND_MAIL_FOLDER)
			show_link(t, rq, view, "parent", node->parent, "");
		show_link(t, rq, view, "mailbox", tree_above(node, KIND_MAILBOX), "");
	}
	text_add(t, "}");
	text_key(t, "_actions");
	text_add(t, "{}");
}

void show_mail(struct text *t, const struct request *rq, const struct view *view,
	const struct node *node)
{
	if (node->kind == KIND_MAILBOX)
		write_mailbox(t, rq, view->tree, node);
	else if (node->kind == KIND_MAIL_FOLDER)
		write_folder(t, rq, node);
	else
		write_item(t, rq, view->tree, node);
	if (rq->version >= 8 && node->kind != KIND_MAILBOX)
		text_string(t, "mailboxId", tree_above(node, KIND_MAILBOX)->id);
	write_links(t, rq, view, node);
}
