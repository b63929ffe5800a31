#include "oom.h"

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#define GIVE_UP 100000   /* allocations; an operation that never passes is a bug of the test */

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *old, size_t size);
char *__real_strdup(const char *s);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *old, size_t size);
char *__wrap_strdup(const char *s);
char *__real_strndup(const char *s, size_t max);
char *__wrap_strndup(const char *s, size_t max);
int __wrap_asprintf(char **out, const char *format, ...) __attribute__((format(printf, 2, 3)));
int __wrap___asprintf_chk(char **out, int flag, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static struct {
	unsigned long count, fail_at;
	bool fired, held;
} oom;

static bool fails(void)
{
	if (oom.held || ++oom.count != oom.fail_at)
		return false;
	oom.fired = true;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t max)
{
	return fails() ? NULL : __real_strndup(s, max);
}

__attribute__((format(printf, 2, 0)))
static int print(char **out, const char *format, va_list args)
{
	return fails() ? -1 : vasprintf(out, format, args);
}

int __wrap_asprintf(char **out, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	int len = print(out, format, args);
	va_end(args);
	return len;
}

/* What it is called where the compiler fortifies. */
int __wrap___asprintf_chk(char **out, int flag, const char *format, ...)
{
	va_list args;

	(void)flag;
	va_start(args, format);
	int len = print(out, format, args);
	va_end(args);
	return len;
}

void oom_fail_at(unsigned long n)
{
	oom.count = 0;
	oom.fail_at = n;
	oom.fired = false;
}

bool oom_end(void)
{
	oom.fail_at = 0;
	return oom.fired;
}

void oom_hold(bool hold)
{
	oom.held = hold;
}

unsigned long oom_count(void)
{
	return oom.count;
}

long oom_each(int (*operation)(void *arg), void *arg)
{
	for (unsigned long n = 1; n < GIVE_UP; n++) {
		oom_fail_at(n);
		int rc = operation(arg);
		bool fired = oom_end();
		if (rc != (fired ? -ENOMEM : 0)) {
			fprintf(stderr, "oom_each: allocation %lu %s, and the operation returned %d\n",
				n, fired ? "failed" : "was never made", rc);
			return -1;
		}
		if (!fired)
			return (long)n - 1;
	}
	fprintf(stderr, "oom_each: still failing after %d allocations\n", GIVE_UP);
	return -1;
}
