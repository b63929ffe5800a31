/*
 * The command line, one argument a line.  What is accepted as an address means the
 * same host to libcurl, and is this machine where it was taken for it.
 */
#include "fuzz.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "vbofs/options.h"

#define ARGUMENTS 32

static bool is_this_machine(const char *host)
{
	struct in_addr v4;

	if (strcasecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0)
		return true;
	return inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127;
}

static void expect_origin(const struct options *o)
{
	static const CURLUPart none[] = { CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY,
					  CURLUPART_FRAGMENT, CURLUPART_OPTIONS };
	char *host = NULL, *part = NULL;
	CURLU *url = curl_url();

	EXPECT(url);
	EXPECT(strncmp(o->origin, "https://", 8) == 0 || strncmp(o->origin, "http://", 7) == 0);
	if (curl_url_set(url, CURLUPART_URL, o->origin, 0) == CURLUE_OK) {
		for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
			EXPECT(curl_url_get(url, none[i], &part, 0) != CURLUE_OK);
		EXPECT(curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK);
		if (o->loopback)
			EXPECT(is_this_machine(host));
		curl_free(host);
	}
	curl_url_cleanup(url);
	if (strncmp(o->origin, "http:", 5) == 0)
		EXPECT(o->loopback || o->insecure);
}

static void expect_options(const struct options *o)
{
	EXPECT(o->timeout >= 1 && o->explore_timeout >= 1 && o->spool_size >= 1);
	EXPECT(o->api >= 0 && o->api <= 8);
	EXPECT(!o->credentials || o->credentials[0] == '/');
	EXPECT(!o->cafile || o->cafile[0] == '/');
	EXPECT(!o->spool_directory || o->spool_directory[0] == '/');
	EXPECT(!o->mountpoint || o->mountpoint[0] == '/');
	EXPECT(o->umask <= 0777);
	if (o->mode == MODE_MOUNT || o->mode == MODE_CHECK)
		expect_origin(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = calloc(1, size + 1), program[] = "vbofs";
	char *argv[ARGUMENTS + 1] = { program };
	struct fault f = { 0 };
	struct options o;
	int argc = 1;

	EXPECT(text);
	if (size)
		memcpy(text, data, size);
	for (char *p = text, *line; argc < ARGUMENTS && (line = strsep(&p, "\n"));)
		argv[argc++] = line;
	int rc = options_parse(&o, argc, argv, &f);
	EXPECT(f.err == -rc);
	if (rc) {
		EXPECT(f.text[0]);
		fuzz_expect_shown(f.text);
	} else {
		expect_options(&o);
	}
	options_release(&o);
	free(text);
	return 0;
}
