/* The table as text: --list-tree, the man page, README in the mount. */
#include "vbofs/command.h"
#include "vbofs/kinds.h"

#define HELP_COLUMN 34

static void print_row(struct buf *out, const struct kind *k, int depth)
{
	size_t start = out->len;

	if (k->silent)
		return;
	for (int i = 0; i < depth; i++)
		buf_addstr(out, "    ");
	buf_addstr(out, k->name);
	if (k->type == S_IFDIR)
		buf_addch(out, '/');
	if (k->help) {
		buf_addch(out, ' ');
		do
			buf_addch(out, ' ');
		while (out->len - start < HELP_COLUMN && !buf_error(out));
		buf_addstr(out, k->help);
		if (k->since)
			buf_printf(out, " (API v%d and later)", k->since);
	}
	buf_addch(out, '\n');
	for (const struct kind *c = NULL; !k->like && (c = kinds_child(k, c));)
		print_row(out, c, depth + 1);
}

void kinds_print(struct buf *out)
{
	for (const struct kind *c = NULL; (c = kinds_child(kinds_root(), c));)
		print_row(out, c, 0);
}

void kinds_readme(struct buf *out)
{
	buf_addstr(out,
		   "This directory is a Veeam Backup for Microsoft 365 server.\n"
		   "Where to go from here:\n"
		   "  ls by-name                        the organizations\n"
		   "  cat by-name/NAME/lastBackuptime   when one was last backed up\n"
		   "  echo 2026-11-20T18:00:00Z type=veod > by-name/NAME/explore\n"
		   "                                    open what was backed up by that time\n"
		   "  ls by-name/NAME/restore-points    points in time it has (API v6 and later)\n"
		   "  cat by-name/NAME/explore          the id of the session just started\n"
		   "  ls sessions/ID                    its values: state, result, ...\n"
		   "  find sessions/ID/onedrives        the files in it; or mailboxes, sites, ...\n"
		   "  cat FOLDER/.index.tsv             names, sizes, times, senders, subjects\n"
		   "  ls FOLDER/.versions               earlier versions; not listed, type its name\n"
		   "  cat sessions/latest/events        what happened in the newest; or tail -f\n"
		   "  echo > sessions/ID/stop           end it\n"
		   "  ls -t sessions                    all sessions, the newest first\n"
		   "  cat .vbofs/last_error             why something was refused\n"
		   "  echo > .vbofs/refresh             ask the server for everything anew\n"
		   "\n"
		   "vbofs --list-tree names every file; man vbofs has the rest.  In short:\n");
	buf_addstr(out, command_explore_help());
	buf_addch(out, '\n');
	buf_addstr(out, command_search_help());
}
