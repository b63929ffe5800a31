#include "changes.h"

#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "alloc.h"

void changes_init(struct changes *c, size_t room)
{
	*c = (struct changes){ .items = alloc_zero(room, sizeof(*c->items)), .room = room };
}

void changes_free(struct changes *c)
{
	free(c->items);
}

static void unlink_waiter(struct changes *c, struct waiter *w)
{
	if (w->link == NULL)
		return;
	*w->link = w->next;
	if (w->next != NULL)
		w->next->link = w->link;
	w->link = NULL;
	c->waiting--;
}

/* Once each: who wants more comes back, so a burst of changes costs one round. */
static void wake(struct changes *c)
{
	while (c->waiters != NULL) {
		eventfd_write(c->waiters->fd, 1);
		unlink_waiter(c, c->waiters);
	}
}

void changes_add(struct changes *c, const struct change *change)
{
	c->items[c->next % c->room] = *change;
	c->next++;
	if (c->next - c->first > c->room)
		c->first++;
	wake(c);
}

const struct change *changes_at(const struct changes *c, uint64_t place)
{
	return &c->items[place % c->room];
}

void changes_forget(struct changes *c)
{
	/* Also the place that is next was told to somebody. */
	c->first = ++c->next;
	wake(c);
}

bool changes_wait(struct changes *c, struct waiter *w)
{
	eventfd_t count;

	if (w->fd == -1)
		w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (w->fd == -1)
		return false;
	if (w->link != NULL)
		return true;
	eventfd_read(w->fd, &count);
	w->next = c->waiters;
	w->link = &c->waiters;
	if (w->next != NULL)
		w->next->link = &w->next;
	c->waiters = w;
	c->waiting++;
	return true;
}

void changes_leave(struct changes *c, struct waiter *w)
{
	unlink_waiter(c, w);
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
}
