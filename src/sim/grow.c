#include "grow.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instant.h"

#define DAY (86400 * INSTANT_SECOND)
#define HOUR (3600 * INSTANT_SECOND)

static const struct {
	const char *name, *address;
} people[GROW_PEOPLE] = {
	{ "Adele Vance", "adele" }, { "Alex Wilber", "alex" },
	{ "Zo\u00eb M\u00fcller", "zoe" }, { "Nestor Wilke", "nestor" },
	{ "Megan Bowen", "megan" }, { "Lee Gu", "lee" },
	{ "Priya Nair", "priya" }, { "\u5c71\u7530 \u592a\u90ce", "taro" },
};

const char *grow_person(uint64_t index)
{
	return people[index % GROW_PEOPLE].name;
}

const char *grow_address(uint64_t index)
{
	return people[index % GROW_PEOPLE].address;
}

static int64_t time_of(const struct grow *g, enum age age, uint64_t hash)
{
	int64_t t;

	switch (age) {
	case AGE_OLD:
		t = g->first - (int64_t)(1 + hash % 400) * DAY - (int64_t)(hash >> 32) % DAY;
		break;
	case AGE_MIDDLE:
		t = g->first + (int64_t)(hash % (uint64_t)(g->last - g->first));
		break;
	default:
		t = g->last - HOUR - (int64_t)(hash % (uint64_t)(60 * HOUR));
		break;
	}
	return t / INSTANT_SECOND * INSTANT_SECOND;
}

struct node *grow_add(struct grow *g, struct node *parent, enum kind kind, const char *name,
	enum age age)
{
	size_t count = parent->kids != NULL ? parent->kids[tree_slot(kind)].count : 0;
	uint64_t hash = tree_mix(parent->hash ^ (tree_hash(name) + count * 7919));

	return tree_add(g->tree, parent, kind, name, time_of(g, age, hash));
}

struct node *grow_document(struct grow *g, struct node *parent, enum kind kind, const char *name,
	enum age age, uint64_t size, unsigned versions)
{
	struct node *node = grow_add(g, parent, kind, name, age);
	int64_t latest = time_of(g, AGE_NEW, node->hash);

	node->size = size;
	if (versions > 1 && latest > node->created + (int64_t)versions * INSTANT_SECOND) {
		node->versions = (unsigned char)versions;
		node->latest = latest;
	}
	return node;
}

void grow_delete(struct grow *g, struct node *node)
{
	int64_t when = time_of(g, AGE_NEW, node->hash + 1);

	if (when > node->latest)
		node->deleted = when;
}

void grow_many(struct grow *g, struct node *parent, enum kind folder, enum kind kind)
{
	size_t n = g->options->items, i, number;
	struct node *many, *node;
	char name[64];

	if (n == 0)
		return;
	many = grow_add(g, parent, folder, "many", AGE_OLD);
	for (i = 0; i < n; i++) {
		/* One after the other in time, but not by name. */
		number = (i + n / 3) % n;
		snprintf(name, sizeof(name), kind == KIND_MAIL_ITEM ? "Message %06zu" :
			"document-%06zu.txt", number);
		node = tree_add(g->tree, many, kind, name, many->created +
			(int64_t)(i / 100) * INSTANT_SECOND);
		node->size = g->options->item_size != OPTIONS_ANY_SIZE ? g->options->item_size :
			200 + node->hash % 4000;
	}
}

void grow_hostile(struct grow *g, struct node *parent, enum kind kind)
{
	static const char *const names[] = {
		"a/b\\c.txt", "100% of %2F and %00.txt", ".", "..", "../../etc/passwd", "",
		" leading.txt", "trailing.txt ", "dot.", "twice.txt", "twice.txt", "Twice.TXT",
		"tab\tnewline\nreturn\rbell\aescape\033[31m.txt", "\x7f\x01\x1f", "-rf", "~", "*?[a]",
		"quote\"and'and`.txt", "caf\u00e9.txt", "cafe\u0301.txt",
		"\U0001F469\u200D\U0001F680 \U0001F389.txt", "\u202Etxt.exe", "\u200b", "CON",
		".index.tsv", ".versions", "search", "json", ":stream", "a~12345678.txt",
		"<script>alert(1)</script>.html", "\uFEFFbom.txt",
	};
	char longest[301] = "", wide[301] = "";
	size_t i;

	if (!g->options->hostile)
		return;
	for (i = 0; i < sizeof(names) / sizeof(*names); i++)
		grow_document(g, parent, kind, names[i], AGE_OLD, 100 + i, 1);
	memset(longest, 'x', 296);
	strcpy(longest + 296, ".txt");
	/* 100 letters of three bytes each */
	for (i = 0; i < 100; i++)
		memcpy(wide + 3 * i, "\u8a9e", 4);
	grow_document(g, parent, kind, longest, AGE_OLD, 300, 1);
	longest[0] = 'y';
	grow_document(g, parent, kind, longest, AGE_OLD, 301, 1);
	grow_document(g, parent, kind, wide, AGE_OLD, 302, 1);
}

/* The name of the organization where it is one of a host. */
static void set_domain(struct tree *tree, const char *name)
{
	size_t len = strlen(name), i;

	for (i = 0; i < len; i++)
		if (!isalnum((unsigned char)name[i]) && name[i] != '.' && name[i] != '-')
			break;
	snprintf(tree->domain, sizeof(tree->domain), "%s",
		len != 0 && i == len && len < sizeof(tree->domain) ? name : "example.com");
}

struct tree *grow_tree(const struct org *org, enum session_type type,
	const struct options *options)
{
	static void (*const parts[])(struct grow *) = {
		[SESSION_VEX] = grow_mail, [SESSION_VEOD] = grow_drives,
		[SESSION_VESP] = grow_sites, [SESSION_VET] = grow_teams,
	};
	uint64_t hash = tree_mix(options->seed ^ tree_hash(org->id) ^ ((uint64_t)type << 56));
	struct grow g = { .tree = tree_new(org, type, hash), .options = options,
		.first = org->first, .last = org->last };

	/* Nobody sees what was never backed up; it has a time all the same. */
	if (g.first == INSTANT_NONE)
		g.first = 0;
	if (g.last == INSTANT_NONE || g.last <= g.first)
		g.last = g.first + DAY;
	set_domain(g.tree, org->name);
	parts[type](&g);
	tree_sort(g.tree);
	return g.tree;
}
