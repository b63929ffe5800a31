#include "fault.h"

#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "alloc.h"

enum argument { ARGUMENT_NONE, ARGUMENT_NUMBER, ARGUMENT_BYTES, ARGUMENT_TEXT };

static const struct {
	const char *name;
	enum fault_action action;
	enum argument argument;
} actions[] = {
	{ "status", FAULT_STATUS, ARGUMENT_NUMBER },
	{ "garbage", FAULT_GARBAGE, ARGUMENT_NONE },
	{ "html", FAULT_HTML, ARGUMENT_NONE },
	{ "empty", FAULT_EMPTY, ARGUMENT_NONE },
	{ "redirect", FAULT_REDIRECT, ARGUMENT_TEXT },
	{ "unauthorized-revoke", FAULT_UNAUTHORIZED_REVOKE, ARGUMENT_NONE },
	{ "deep", FAULT_DEEP, ARGUMENT_NONE },
	{ "json", FAULT_JSON, ARGUMENT_NONE },
	{ "reset-before", FAULT_RESET_BEFORE, ARGUMENT_NONE },
	{ "reset-after", FAULT_RESET_AFTER, ARGUMENT_NONE },
	{ "close", FAULT_CLOSE, ARGUMENT_NONE },
	{ "truncate", FAULT_TRUNCATE, ARGUMENT_NONE },
	{ "truncate-json", FAULT_TRUNCATE_JSON, ARGUMENT_NONE },
	{ "delay", FAULT_DELAY, ARGUMENT_NUMBER },
	{ "delay-before", FAULT_DELAY_BEFORE, ARGUMENT_NUMBER },
	{ "hang", FAULT_HANG, ARGUMENT_NONE },
	{ "drip", FAULT_DRIP, ARGUMENT_NUMBER },
	{ "endless", FAULT_ENDLESS, ARGUMENT_NONE },
	{ "fresh-endless", FAULT_FRESH_ENDLESS, ARGUMENT_NONE },
	{ "nullresults", FAULT_NULL_RESULTS, ARGUMENT_NONE },
	{ "short", FAULT_SHORT, ARGUMENT_BYTES },
	{ "long", FAULT_LONG, ARGUMENT_BYTES },
	{ "stall", FAULT_STALL, ARGUMENT_BYTES },
	{ "cut", FAULT_CUT, ARGUMENT_BYTES },
	{ "break", FAULT_BREAK, ARGUMENT_NUMBER },
	{ "raw", FAULT_RAW, ARGUMENT_NONE },
	{ "reset-headers", FAULT_RESET_HEADERS, ARGUMENT_NONE },
	{ "close-headers", FAULT_CLOSE_HEADERS, ARGUMENT_NONE },
	{ "blanks", FAULT_BLANKS, ARGUMENT_BYTES },
	{ "types", FAULT_TYPES, ARGUMENT_NONE },
	{ "duplicate", FAULT_DUPLICATE, ARGUMENT_NONE },
	{ "utf8", FAULT_UTF8, ARGUMENT_NONE },
};

void fault_free(struct fault *f)
{
	free(f->spec);
	free(f->method);
	free(f->glob);
	free(f->url);
	free(f->query);
	free(f->error_code);
	free(f->message);
	free(f->retry_after);
	free(f->location);
	free(f->content_type);
	free(f);
}

static bool number(const char *text, unsigned long high, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && *value <= high;
}

static const char *set_action(struct fault *f, const char *name, const char *value)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (strcasecmp(name, actions[i].name) == 0)
			break;
	if (i == sizeof(actions) / sizeof(*actions))
		return "unknown action";
	f->action = actions[i].action;
	if ((value == NULL) != (actions[i].argument == ARGUMENT_NONE))
		return value == NULL ? "the action needs a value" : "the action has no value";
	if (actions[i].argument == ARGUMENT_TEXT)
		f->url = alloc_copy(value);
	if (actions[i].argument == ARGUMENT_NUMBER && !number(value, 86400000, &f->number))
		return "the value of the action must be a number";
	if (actions[i].argument == ARGUMENT_BYTES && !number(value, LONG_MAX, &f->number))
		return "the value of the action must be a number";
	if (f->action == FAULT_STATUS && (f->number < 200 || f->number > 599))
		return "status must be from 200 to 599";
	return NULL;
}

static bool set_length(struct fault *f, const char *value)
{
	f->length = strcasecmp(value, "yes") == 0 ? FAULT_LENGTH_YES : FAULT_LENGTH_NO;
	return f->length == FAULT_LENGTH_YES || strcasecmp(value, "no") == 0;
}

/* Where the text of that key goes; NULL: it is none that has one. */
static char **text_of(struct fault *f, const char *name)
{
	const struct {
		const char *name;
		char **text;
	} texts[] = {
		{ "query", &f->query }, { "errorcode", &f->error_code }, { "message", &f->message },
		{ "retry-after", &f->retry_after }, { "location", &f->location },
		{ "type", &f->content_type },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (strcasecmp(name, texts[i].name) == 0)
			return texts[i].text;
	return NULL;
}

static const char *set_key(struct fault *f, const char *name, const char *value)
{
	char **text = text_of(f, name);

	if (value == NULL)
		return "a key needs a value";
	if (text != NULL) {
		free(*text);
		*text = alloc_copy(value);
		return NULL;
	}
	if (strcasecmp(name, "count") == 0)
		return number(value, 1000000000, &f->count) && f->count > 0 ? NULL :
			"count must be a number above 0";
	if (strcasecmp(name, "skip") == 0)
		return number(value, 1000000000, &f->skip) ? NULL : "skip must be a number";
	if (strcasecmp(name, "length") == 0)
		return set_length(f, value) ? NULL : "length must be yes or no";
	return "unknown key";
}

/* What follows the second colon; `text` is chopped up. */
static const char *set_words(struct fault *f, char *text)
{
	char *word, *rest = text, *value;
	const char *why;

	while ((word = strsep(&rest, ",")) != NULL) {
		value = strchr(word, '=');
		if (value != NULL)
			*value++ = '\0';
		why = word == text ? set_action(f, word, value) : set_key(f, word, value);
		if (why != NULL)
			return why;
	}
	return NULL;
}

static const char *parse(struct fault *f, const char *spec)
{
	const char *glob = strchr(spec, ':');
	const char *action = glob != NULL ? strchr(glob + 1, ':') : NULL;
	const char *why;
	char *words;

	f->spec = alloc_copy(spec);
	if (action == NULL)
		return "must be METHOD:PATHGLOB:ACTION[,key=value...]";
	f->method = alloc_copy_bytes(spec, (size_t)(glob - spec));
	f->glob = alloc_copy_bytes(glob + 1, (size_t)(action - glob - 1));
	if (*f->method == '\0' || *f->glob == '\0')
		return "METHOD and PATHGLOB must not be empty (* matches all)";
	words = alloc_copy(action + 1);
	why = set_words(f, words);
	free(words);
	return why;
}

bool fault_add(struct fault_list *list, const char *spec, const char **why)
{
	struct fault *f = alloc_zero(1, sizeof(*f));
	struct fault **at = &list->first;

	*why = parse(f, spec);
	if (*why != NULL) {
		fault_free(f);
		return false;
	}
	while (*at != NULL)
		at = &(*at)->next;
	*at = f;
	return true;
}

void fault_clear(struct fault_list *list)
{
	struct fault *f;

	while ((f = list->first) != NULL) {
		list->first = f->next;
		fault_free(f);
	}
}

static char *copy_or_null(const char *text)
{
	return text != NULL ? alloc_copy(text) : NULL;
}

/* The list may be cleared while the request goes on. */
static struct fault *copy(const struct fault *f)
{
	struct fault *c = alloc_zero(1, sizeof(*c));

	c->action = f->action;
	c->number = f->number;
	c->length = f->length;
	c->url = copy_or_null(f->url);
	c->error_code = copy_or_null(f->error_code);
	c->message = copy_or_null(f->message);
	c->retry_after = copy_or_null(f->retry_after);
	c->location = copy_or_null(f->location);
	c->content_type = copy_or_null(f->content_type);
	return c;
}

static bool matches(const struct fault *f, const char *method, const char *path,
	const char *query)
{
	return (strcmp(f->method, "*") == 0 || strcasecmp(f->method, method) == 0) &&
		fnmatch(f->glob, path, FNM_CASEFOLD | FNM_NOESCAPE) == 0 &&
		(f->query == NULL || strstr(query, f->query) != NULL);
}

struct fault *fault_match(struct fault_list *list, const char *method, const char *path,
	const char *query)
{
	struct fault *f;

	for (f = list->first; f != NULL; f = f->next) {
		if (!matches(f, method, path, query))
			continue;
		if (f->seen++ < f->skip || (f->count != 0 && f->acted == f->count))
			continue;
		f->acted++;
		return copy(f);
	}
	return NULL;
}
