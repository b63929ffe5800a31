#include "vbofs/clock.h"

void clock_note(struct clock *c, int64_t date, uint64_t sent, uint64_t received)
{
	int64_t least = date * 1000 - (int64_t)received;
	int64_t most = date * 1000 + 1000 - (int64_t)sent;

	if (c->known && least < c->least)
		least = c->least;
	if (c->known && most > c->most)
		most = c->most;
	if (least > most) {
		least = date * 1000 - (int64_t)received;
		most = date * 1000 + 1000 - (int64_t)sent;
	}
	*c = (struct clock){ true, least, most };
}

bool clock_at(const struct clock *c, uint64_t local, int64_t *least, int64_t *most)
{
	*least = (int64_t)local + c->least;
	*most = (int64_t)local + c->most;
	return c->known;
}

/* Where the server's second begins, as far as is known: the answer halves the doubt. */
uint64_t clock_best_moment(const struct clock *c, uint64_t now)
{
	int64_t at = (int64_t)now + c->least + (c->most - c->least) / 2;

	return (uint64_t)((1000 - at % 1000) % 1000);
}
