/*
 * The floor of the wire: libcurl alone asking what vbofs asks, jansson alone parsing it.
 *
 *   floor_http pages URL SIZE            GET URL with limit=SIZE, offset=0, SIZE, ... on one
 *                                        connection until a page is not full; parse each
 *   floor_http rate N [BODY] <URLS       GET (POST BODY) each line of stdin, N in flight
 *   floor_http get URL FILE [BODY]       one body into a file
 *   floor_http sign-in URL BODY PROBE    GET PROBE and POST BODY on a new connection
 *
 * CAFILE and TOKEN come from the environment.  One request for the connection (GET
 * /_sim/stats, which the simulator does not count) comes before the clock starts, except at
 * sign-in.  Prints lines of "name value": seconds, requests, bytes, first (seconds to the
 * first byte).
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct curl_slist *headers;
static size_t bytes, requests;
static double started, first;

struct body {
	char *data;
	size_t len, room;
	FILE *file;
};

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what, const char *why)
{
	fprintf(stderr, "floor_http: %s: %s\n", what, why);
	exit(1);
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	struct body *b = user;

	(void)size;
	if (!first)
		first = now() - started;
	bytes += n;
	if (b->file)
		return fwrite(data, 1, n, b->file);
	if (b->len + n > b->room) {
		b->room = 2 * (b->len + n);
		b->data = realloc(b->data, b->room);
		if (!b->data)
			die("body", "no memory");
	}
	memcpy(b->data + b->len, data, n);
	b->len += n;
	return n;
}

static CURL *handle(struct body *b)
{
	CURL *e = curl_easy_init();

	if (!e)
		die("curl", "no memory");
	if (getenv("CAFILE"))
		curl_easy_setopt(e, CURLOPT_CAINFO, getenv("CAFILE"));
	curl_easy_setopt(e, CURLOPT_PROXY, "");
	curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, b);
	return e;
}

static void is_ok(CURL *e, CURLcode rc, const char *url)
{
	char why[64];
	long status = 0;

	if (rc != CURLE_OK)
		die(url, curl_easy_strerror(rc));
	curl_easy_getinfo(e, CURLINFO_RESPONSE_CODE, &status);
	snprintf(why, sizeof(why), "status %ld", status);
	if (status / 100 != 2)
		die(url, why);
	requests++;
}

/* The connection is there before the clock starts. */
static void warm(CURL *e, const char *url)
{
	char there[1024];
	const char *path = strchr(strstr(url, "//") + 2, '/');

	snprintf(there, sizeof(there), "%.*s/_sim/stats", (int)(path - url), url);
	curl_easy_setopt(e, CURLOPT_URL, there);
	is_ok(e, curl_easy_perform(e), there);
}

static void start(void)
{
	requests = bytes = 0;
	first = 0;
	started = now();
}

static void report(void)
{
	printf("seconds %.9f\nrequests %zu\nbytes %zu\nfirst %.9f\n", now() - started, requests, bytes, first);
}

static void set_body(CURL *e, const char *body)
{
	if (body)
		curl_easy_setopt(e, CURLOPT_POSTFIELDS, body);
	else
		curl_easy_setopt(e, CURLOPT_HTTPGET, 1L);
}

static size_t parse(const struct body *b)
{
	json_error_t error;
	json_t *page = json_loadb(b->data, b->len, 0, &error);
	const json_t *list = json_is_array(page) ? page : json_object_get(page, "results");
	size_t n = json_array_size(list);

	if (!list)
		die("page", error.text);
	json_decref(page);
	return n;
}

static void pages(const char *url, size_t size)
{
	struct body b = { 0 };
	CURL *e = handle(&b);
	char page[4096];
	size_t n, offset = 0;

	warm(e, url);
	start();
	do {
		snprintf(page, sizeof(page), "%s%climit=%zu&offset=%zu", url, strchr(url, '?') ? '&' : '?', size, offset);
		curl_easy_setopt(e, CURLOPT_URL, page);
		b.len = 0;
		is_ok(e, curl_easy_perform(e), page);
		n = parse(&b);
		offset += n;
	} while (n == size);
	report();
	curl_easy_cleanup(e);
	free(b.data);
}

static bool next_url(CURL *e)
{
	char line[4096];

	if (!fgets(line, sizeof(line), stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	curl_easy_setopt(e, CURLOPT_URL, line);
	return true;
}

static void take_done(CURLM *m, size_t *running)
{
	int left;
	CURLMsg *msg;
	struct body *b;

	while ((msg = curl_multi_info_read(m, &left))) {
		CURL *e = msg->easy_handle;
		is_ok(e, msg->data.result, "rate");
		curl_easy_getinfo(e, CURLINFO_PRIVATE, (char **)&b);
		b->len = 0;
		curl_multi_remove_handle(m, e);
		if (next_url(e))
			curl_multi_add_handle(m, e);
		else
			--*running;
	}
}

static void rate(size_t n, const char *body)
{
	struct body *b = calloc(n, sizeof(*b));
	CURL **e = calloc(n, sizeof(CURL *));
	CURLM *m = curl_multi_init();
	size_t running = 0;
	int some;

	for (size_t i = 0; i < n; i++) {
		e[i] = handle(&b[i]);
		curl_easy_setopt(e[i], CURLOPT_PRIVATE, &b[i]);
	}
	/* all connections */
	for (int round = 0; round < 2; round++) {
		for (size_t i = 0; i < n; i++) {
			if (round == 0)
				curl_easy_setopt(e[i], CURLOPT_URL, getenv("WARM"));
			else
				set_body(e[i], body);
			if (round == 0 || next_url(e[i]))
				curl_multi_add_handle(m, e[i]), running++;
		}
		start();
		while (running) {
			curl_multi_perform(m, &some);
			if (round == 0) {
				int left;
				CURLMsg *msg;
				while ((msg = curl_multi_info_read(m, &left))) {
					is_ok(msg->easy_handle, msg->data.result, "warm");
					curl_multi_remove_handle(m, msg->easy_handle);
					running--;
				}
			} else {
				take_done(m, &running);
			}
			if (running)
				curl_multi_poll(m, NULL, 0, 1000, NULL);
		}
	}
	report();
}

static void get(const char *url, const char *file, const char *body)
{
	struct body none = { 0 }, b = { .file = fopen(file, "wb") };
	CURL *e = handle(&none);

	if (!b.file)
		die(file, "cannot open");
	warm(e, url);
	curl_easy_setopt(e, CURLOPT_WRITEDATA, &b);
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_BUFFERSIZE, 512 * 1024L);
	set_body(e, body);
	start();
	is_ok(e, curl_easy_perform(e), url);
	fclose(b.file);
	report();
}

static void sign_in(const char *url, const char *body, const char *probe)
{
	struct body b = { 0 };
	struct curl_slist *form = curl_slist_append(NULL, "Content-Type: application/x-www-form-urlencoded");

	start();
	CURL *e = handle(&b);
	curl_easy_setopt(e, CURLOPT_URL, probe);
	if (curl_easy_perform(e) != CURLE_OK)
		die(probe, "no answer");
	curl_easy_setopt(e, CURLOPT_URL, url);
	curl_easy_setopt(e, CURLOPT_HTTPHEADER, form);
	set_body(e, body);
	is_ok(e, curl_easy_perform(e), url);
	report();
}

int main(int argc, char **argv)
{
	char bearer[40000];

	if (getenv("TOKEN")) {
		snprintf(bearer, sizeof(bearer), "Authorization: Bearer %s", getenv("TOKEN"));
		headers = curl_slist_append(headers, bearer);
	}
	headers = curl_slist_append(headers, "Content-Type: application/json");
	headers = curl_slist_append(headers, "Expect:");
	curl_global_init(CURL_GLOBAL_ALL);
	if (argc == 4 && strcmp(argv[1], "pages") == 0)
		pages(argv[2], strtoul(argv[3], NULL, 10));
	else if (argc > 2 && strcmp(argv[1], "rate") == 0)
		rate(strtoul(argv[2], NULL, 10), argv[3]);
	else if (argc > 3 && strcmp(argv[1], "get") == 0)
		get(argv[2], argv[3], argv[4]);
	else if (argc == 5 && strcmp(argv[1], "sign-in") == 0)
		sign_in(argv[2], argv[3], argv[4]);
	else
		return 2;
	return 0;
}
