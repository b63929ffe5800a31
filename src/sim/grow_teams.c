/* Part of grow.h: Teams. */
#include "grow.h"

#include <stdio.h>

#include "instant.h"

static struct node *file(struct grow *g, struct node *parent, const char *name, enum age age,
	uint64_t size, unsigned versions)
{
	return grow_document(g, parent, KIND_TEAM_FILE, name, age, size, versions);
}

static struct node *folder(struct grow *g, struct node *parent, const char *name)
{
	struct node *node = grow_add(g, parent, KIND_TEAM_FILE, name, AGE_OLD);

	node->folder = true;
	return node;
}

static void add_files(struct grow *g, struct node *channel)
{
	struct node *plans = folder(g, channel, "Plans");

	file(g, channel, "Roadmap.pptx", AGE_OLD, 60001, 3);
	file(g, channel, "Minutes.docx", AGE_MIDDLE, 9000, 1);
	file(g, plans, "Aurora.mpp", AGE_OLD, 33333, 2);
	file(g, plans, "Next week.txt", AGE_NEW, 321, 1);
	file(g, folder(g, plans, "Old"), "empty.txt", AGE_OLD, 0, 1);
	folder(g, channel, "Empty");
}

static void add_posts(struct grow *g, struct node *channel, unsigned count)
{
	static const char *const subjects[] = {
		"Welcome", "", "Release on Monday", "Who has the key?", "Bonne ann\u00e9e \U0001F389",
	};
	struct node *post;
	unsigned i, reply;

	for (i = 0; i < count; i++) {
		post = grow_add(g, channel, KIND_POST, subjects[i % 5],
			i % 3 == 0 ? AGE_OLD : i % 3 == 1 ? AGE_MIDDLE : AGE_NEW);
		for (reply = 0; reply < i % 4; reply++)
			tree_add(g->tree, post, KIND_POST, "", post->created +
				(int64_t)(reply + 1) * 600 * INSTANT_SECOND);
	}
}

static struct node *add_channel(struct grow *g, struct node *team, const char *name,
	unsigned posts)
{
	struct node *channel = grow_add(g, team, KIND_CHANNEL, name, AGE_OLD);

	add_files(g, channel);
	add_posts(g, channel, posts);
	grow_add(g, channel, KIND_TAB, "Wiki", AGE_OLD);
	grow_add(g, channel, KIND_TAB, "Planner", AGE_MIDDLE);
	return channel;
}

void grow_teams(struct grow *g)
{
	struct node *marketing = tree_add(g->tree, g->tree->root, KIND_TEAM, "Marketing", 0);
	struct node *engineering = tree_add(g->tree, g->tree->root, KIND_TEAM, "Engineering", 0);
	struct node *general = add_channel(g, marketing, "General", 8);

	add_channel(g, marketing, "Fairs & \u00c9v\u00e9nements", 3);
	add_channel(g, engineering, "General", 5);
	grow_add(g, engineering, KIND_CHANNEL, "Empty", AGE_OLD);
	if (!g->options->hostile)
		return;
	grow_hostile(g, folder(g, general, "hostile"), KIND_TEAM_FILE);
	grow_hostile(g, grow_add(g, engineering, KIND_CHANNEL, "hostile", AGE_OLD), KIND_POST);
	grow_hostile(g, engineering, KIND_CHANNEL);
}
