/* What comes back: the bytes of an answer, and what it is when it has ended. */
#include "http_private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Servers and what stands before them say in JSON or HTML what went wrong. */
static bool is_bytes(struct transfer *t)
{
	const char *type = NULL;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	return status == 200 && !(type && (strcasestr(type, "json") || strcasestr(type, "html")));
}

size_t http_on_body(char *data, size_t size, size_t n, void *user)
{
	struct transfer *t = user;
	long status = 0;

	(void)size;
	if (t->route == BODY_UNDECIDED)
		t->route = t->sink && is_bytes(t) ? BODY_SUNK : BODY_COLLECTED;
	if (t->route == BODY_SUNK) {
		if (!t->sink(t->sink_user, data, n))
			return 0;
		t->gulp += n;
		/* left alone, libcurl takes 100 records before it comes back */
		if (t->gulp >= GULP && !t->paused &&   /* it still gives what it has by then */
		    curl_easy_pause(t->easy, CURLPAUSE_RECV) == CURLE_OK) {
			t->http->begun |= !t->begun;
			t->begun = t->paused = true;
			t->http->paused++;
		}
		return n;
	}
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->cut = (status < 200 || status > 299) && t->body.len + n > HTTP_ERROR_BODY_MAX;
	if (t->cut)
		return 0;
	buf_add(&t->body, data, n);
	return buf_error(&t->body) ? 0 : n;
}

/*
 * For libcurl an answer whose head breaks off is a whole one without a body.  Heads may come
 * before: of a proxy, or to say that the request should go on.
 */
size_t http_on_header(char *line, size_t size, size_t n, void *user)
{
	struct transfer *t = user;

	(void)size;
	if (n >= 5 && memcmp(line, "HTTP/", 5) == 0)
		t->headed = false;
	else if (n && (line[0] == '\r' || line[0] == '\n'))
		t->headed = true;
	return n;
}

static int transport_errno(CURLcode code, const struct transfer *t)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_COULDNT_CONNECT:
		return EHOSTUNREACH;
	case CURLE_OPERATION_TIMEDOUT:
		return ETIMEDOUT;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CACERT_BADFILE:
		return EKEYREJECTED;
	case CURLE_OUT_OF_MEMORY:
		return ENOMEM;
	case CURLE_WRITE_ERROR:
		return buf_error(&t->body) == -ENOMEM ? ENOMEM : EIO;
	default:
		return EIO;
	}
}

static void describe(struct transfer *t, CURLcode code, struct http_result *r)
{
	r->too_long = code == CURLE_FILESIZE_EXCEEDED ||
		      (code == CURLE_WRITE_ERROR && buf_error(&t->body) == -E2BIG);
	if (r->too_long)
		fault_set(&r->fault, EIO, "the server's answer is longer than %zu bytes",
			  t->body.max);
	else if (t->refused_resend)
		fault_set(&r->fault, EIO, "the connection broke after the request was sent");
	else if (code == CURLE_OPERATION_TIMEDOUT)
		fault_set(&r->fault, ETIMEDOUT, "no answer in time: %s",
			  t->error[0] ? t->error : curl_easy_strerror(code));
	else
		fault_set(&r->fault, transport_errno(code, t), "%s",
			  t->error[0] ? t->error : curl_easy_strerror(code));
}

/* Seconds; 0 where it is none. */
static time_t read_date(struct http *h, const char *text)
{
	if (strcmp(text, h->date_text) != 0) {
		time_t date = curl_getdate(text, NULL);
		size_t size = strlen(text) + 1;
		if (size > sizeof(h->date_text))
			return date > 0 ? date : 0;
		memcpy(h->date_text, text, size);
		h->date = date > 0 ? date : 0;
	}
	return h->date;
}

void http_judge(struct transfer *t, CURLcode code, struct http_result *r)
{
	const char *type = NULL;
	curl_off_t wait = 0;
	struct curl_header *header;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &r->status);
	if (code == CURLE_FILESIZE_EXCEEDED && r->status >= 300)
		t->cut = true;
	if (code != CURLE_OK && !t->cut)
		describe(t, code, r);
	else if (code == CURLE_OK && !t->headed)
		fault_set(&r->fault, EIO, "the connection broke in the head of the answer");
	r->sunk = t->sink && is_bytes(t);
	if (curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type) == CURLE_OK && type)
		snprintf(r->content_type, sizeof(r->content_type), "%s", type);
	if (curl_easy_header(t->easy, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		r->date = read_date(t->http, header->value);
	if (curl_easy_header(t->easy, "Retry-After", 0, CURLH_HEADER, -1, &header) == CURLHE_OK &&
	    curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &wait) == CURLE_OK)
		r->retry_after = (long)wait;
}
