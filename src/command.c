#include "vbofs/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const type_names[] = {
	[EXPLORE_VEX] = "vex",
	[EXPLORE_VEOD] = "veod",
	[EXPLORE_VESP] = "vesp",
	[EXPLORE_VET] = "vet",
};

#define TYPES (sizeof type_names / sizeof type_names[0])

/* Part of the line; not terminated. */
struct word {
	const char *text;
	size_t len;
};

static bool word_is(const struct word *w, const char *want)
{
	return w->len == strlen(want) && strncasecmp(w->text, want, w->len) == 0;
}

static int word_fault(struct fault *f, const struct word *w, const char *what, const char *right)
{
	char shown[80];

	fault_escape(shown, sizeof shown, w->text, w->len);
	return fault_set(f, EINVAL, "%s \"%s\": %s", what, shown, right);
}

static bool next_word(const char **p, const char *end, struct word *w)
{
	while (*p < end && (**p == ' ' || **p == '\t'))
		(*p)++;
	w->text = *p;
	while (*p < end && **p != ' ' && **p != '\t')
		(*p)++;
	w->len = (size_t)(*p - w->text);
	return w->len > 0;
}

static int parse_bool(const struct word *key, const struct word *value, bool *out, bool *given,
	struct fault *f)
{
	if (*given)
		return word_fault(f, key, "explore key", "given twice, once is enough");
	if (!word_is(value, "true") && !word_is(value, "false"))
		return word_fault(f, value, "explore value", "write true or false");
	*out = word_is(value, "true");
	*given = true;
	return 0;
}

static int parse_type(const struct word *key, const struct word *value, struct explore *e,
	struct fault *f)
{
	if (e->type_given)
		return word_fault(f, key, "explore key", "given twice, once is enough");
	for (size_t i = 0; i < TYPES; i++) {
		if (word_is(value, type_names[i])) {
			e->type = (enum explore_type)i;
			e->type_given = true;
			return 0;
		}
	}
	return word_fault(f, value, "explore type", "write vex, veod, vesp or vet");
}

static bool is_uuid(const struct word *w)
{
	static const char hex[] = "0123456789abcdefABCDEF";

	if (w->len != 36)
		return false;
	for (size_t i = 0; i < w->len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;
		if (dash ? w->text[i] != '-' : memchr(hex, w->text[i], sizeof hex - 1) == NULL)
			return false;
	}
	return true;
}

static int parse_repository(const struct word *key, const struct word *value, struct explore *e,
	struct fault *f)
{
	if (e->repository[0] != '\0')
		return word_fault(f, key, "explore key", "given twice, once is enough");
	if (!is_uuid(value))
		return word_fault(f, value, "explore repository",
			"write its id, as in 5f8a6f2e-6d0c-4f0e-9a53-0b1f5b6d7c11");
	memcpy(e->repository, value->text, value->len);
	e->repository[value->len] = '\0';
	return 0;
}

static int parse_option(const struct word *w, struct explore *e, struct fault *f)
{
	const char *equals = memchr(w->text, '=', w->len);

	if (equals == NULL)
		return word_fault(f, w, "explore word", "write key=value behind the time");
	const struct word key = { w->text, (size_t)(equals - w->text) };
	const struct word value = { equals + 1, w->len - key.len - 1 };
	if (word_is(&key, "type"))
		return parse_type(&key, &value, e, f);
	if (word_is(&key, "showDeleted"))
		return parse_bool(&key, &value, &e->show_deleted, &e->show_deleted_given, f);
	if (word_is(&key, "showAllVersions"))
		return parse_bool(&key, &value, &e->show_all_versions,
			&e->show_all_versions_given, f);
	if (word_is(&key, "repositoryId"))
		return parse_repository(&key, &value, e, f);
	return word_fault(f, &key, "explore key",
		"write type, showDeleted, showAllVersions or repositoryId");
}

/* The words are ours, the timestamp's text does not know of them. */
static int parse_time(const char *text, size_t len, struct explore *e, struct fault *f)
{
	int rc = timestamp_parse(text, len, &e->at, f);
	size_t told = rc && f ? strlen(f->text) : 0;

	if (told && *text != '@' && (*text < '0' || *text > '9'))
		snprintf(f->text + told, sizeof(f->text) - told, ", now or latest");
	return rc;
}

/*
 * Reads the time from *p on.  A date and a time of day are two words; the second
 * belongs to the first unless that has it all already, or it is key=value.
 */
static int parse_when(const char **p, const char *end, struct explore *e, struct fault *f)
{
	struct word first, second;
	char both[TIMESTAMP_MAX + 1];

	if (!next_word(p, end, &first))
		return fault_set(f, EINVAL,
			"explore command \"\": it is empty, write a timestamp, now or latest");
	e->when = word_is(&first, "now") ? EXPLORE_NOW :
		word_is(&first, "latest") ? EXPLORE_LATEST : EXPLORE_AT;
	if (e->when != EXPLORE_AT)
		return 0;
	if (memchr(first.text, '=', first.len) != NULL)
		return word_fault(f, &first, "explore word",
			"the time comes first, write a timestamp, now or latest");
	const char *behind = *p;
	if (first.text[0] == '@' || memchr(first.text, 'T', first.len) != NULL ||
	    !next_word(&behind, end, &second) ||
	    memchr(second.text, '=', second.len) != NULL ||
	    first.len + 1 + second.len >= sizeof both)
		return parse_time(first.text, first.len, e, f);
	memcpy(both, first.text, first.len);
	both[first.len] = ' ';
	memcpy(both + first.len + 1, second.text, second.len);
	*p = behind;
	return parse_time(both, first.len + 1 + second.len, e, f);
}

int command_parse_explore(const char *line, size_t len, struct explore *e, struct fault *f)
{
	const char *p = line;
	struct word w;

	*e = (struct explore){ .type = EXPLORE_VEX };
	if (len > 0 && line[len - 1] == '\n')
		len -= len > 1 && line[len - 2] == '\r' ? 2 : 1;
	if (len > COMMAND_LINE_MAX)
		return fault_set(f, E2BIG, "explore command of %zu bytes: at most %d are allowed",
			len, COMMAND_LINE_MAX);
	for (size_t i = 0; i < len; i++) {
		if (line[i] == '\n' || line[i] == '\r')
			return fault_set(f, EINVAL, "explore command of more than one line: "
				"write one command at a time");
		if (line[i] == '\0')
			return fault_set(f, EINVAL,
				"explore command with a NUL byte: write plain text");
	}
	int rc = parse_when(&p, line + len, e, f);
	while (rc == 0 && next_word(&p, line + len, &w))
		rc = parse_option(&w, e, f);
	if (rc != 0)
		*e = (struct explore){ .type = EXPLORE_VEX };
	return rc;
}

const char *command_type_name(enum explore_type type)
{
	return (size_t)type < TYPES ? type_names[type] : "unknown";
}

const char *command_explore_help(void)
{
	return
		"explore takes one line: a time, then optional key=value words.\n"
		"  2017.06.26 22:07:39         the form of the server's own reference\n"
		"  2017-06-26 22:07            seconds may be left out, in each form\n"
		"  2017-06-26T22:07:39Z        an instant; also +02:00 or +0200 for Z\n"
		"  @1498514859                 Unix time, an instant\n"
		"  now                         this moment\n"
		"  latest                      the organization's last backup\n"
		"\n"
		"  type=vex                    mail (also without this word)\n"
		"  type=veod|vesp|vet          OneDrive, SharePoint, Teams\n"
		"  showDeleted=true            also what had been deleted by then\n"
		"  showAllVersions=true        also older versions\n"
		"  repositoryId=ID             look in this backup repository only\n";
}

const char *command_search_help(void)
{
	return
		"search takes one line in the server's query language; on the same handle the\n"
		"paths of what is found are read back, one a line.\n"
		"\n"
		"  exec 3<>search; echo 'subject:report' >&3; cat <&3\n"
		"  from: to: subject: body: hasattachments:true         mail, posts of teams\n"
		"  filename: title: ext: size: author: created: modified:   documents, items\n"
		"  subject:\"two words\"         a value with blanks\n";
}
