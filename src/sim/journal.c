#include "journal.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "instant.h"

int journal_open(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
}

/* What would break the line into other words goes percent-encoded. */
static void add_word(struct text *t, const char *word)
{
	for (; *word != '\0'; word++) {
		if ((unsigned char)*word <= ' ' || *word == 0x7f)
			text_printf(t, "%%%02X", (unsigned char)*word);
		else
			text_add_bytes(t, word, 1);
	}
}

void journal_write(struct request *rq, unsigned status)
{
	struct text t = { 0 };

	if (rq->journaled || rq->number == 0 || rq->sim->journal == -1)
		return;
	rq->journaled = true;
	text_printf(&t, "%lu ", rq->number);
	add_word(&t, rq->method != NULL ? rq->method : "-");
	text_add(&t, " ");
	add_word(&t, rq->target);
	text_printf(&t, " %u %llu %lld%s\n", status, (unsigned long long)rq->sent,
		(long long)(instant_clock() - rq->arrived_ms), rq->save ? " save" : "");
	if (write(rq->sim->journal, t.data, t.len) != (ssize_t)t.len)
		perror("vbosim: journal");
	text_free(&t);
}
