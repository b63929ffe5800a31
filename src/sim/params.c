#include "params.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "instant.h"

static bool done(struct request *rq, const char *key, char *text, bool good)
{
	char message[80] = "The value of parameter is not valid: ";

	free(text);
	if (!good)
		reply_bad(rq, strcat(message, key));
	return good;
}

bool params_number(struct request *rq, const char *key, size_t low, size_t *value)
{
	char *text = request_query(rq, key), *end;
	unsigned long long v;
	bool good;

	if (text == NULL)
		return true;
	errno = 0;
	v = strtoull(text, &end, 10);
	/* int32 in the schemas */
	good = isdigit((unsigned char)*text) && *end == '\0' && errno == 0 && v <= INT32_MAX &&
		v >= low;
	if (good)
		*value = (size_t)v;
	return done(rq, key, text, good);
}

bool params_time(struct request *rq, const char *key, int64_t *value)
{
	char *text = request_query(rq, key);

	return done(rq, key, text,
		text == NULL || instant_parse(text, rq->sim->options.tz, value));
}

bool params_bool(struct request *rq, const char *key, int *value)
{
	char *text = request_query(rq, key);
	bool set = false, good = text == NULL || input_bool_text(text, &set);

	if (text != NULL && good)
		*value = set;
	return done(rq, key, text, good);
}

bool params_uuid(struct request *rq, const char *key, char value[UUID_SIZE])
{
	char *text = request_query(rq, key);
	bool good = text == NULL || strlen(text) == UUID_SIZE - 1;
	size_t i;

	value[0] = '\0';
	for (i = 0; text != NULL && good && i < UUID_SIZE; i++) {
		value[i] = (char)tolower((unsigned char)text[i]);
		if (i < UUID_SIZE - 1)
			good = i == 8 || i == 13 || i == 18 || i == 23 ? text[i] == '-' :
				isxdigit((unsigned char)text[i]) != 0;
	}
	return done(rq, key, text, good);
}
