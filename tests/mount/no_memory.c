/*
 * Memory that runs out once, for LD_PRELOAD: of what the program itself allocates (not what
 * libraries do inside) the n-th fails.  The file $SHIM_MEMORY, mapped, holds two numbers of
 * 64 bits: n, which counts down (0: none fails), and how many have failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);

static volatile int64_t *numbers;
static uintptr_t from, to;

/* The first one is the program. */
static int find_program(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)size, (void)data;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
			continue;
		from = info->dlpi_addr + p->p_vaddr;
		to = from + p->p_memsz;
	}
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *file = getenv("SHIM_MEMORY");
	int fd = file ? open(file, O_RDWR | O_CLOEXEC) : -1;
	void *map = MAP_FAILED;

	if (fd < 0)
		return;
	dl_iterate_phdr(find_program, NULL);
	map = mmap(NULL, 2 * sizeof(*numbers), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (map != MAP_FAILED)
		numbers = map;
}

static int fails(const void *caller)
{
	if (!numbers || !numbers[0] || (uintptr_t)caller < from || (uintptr_t)caller >= to ||
	    --numbers[0])
		return 0;
	numbers[1]++;
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

char *strdup(const char *s)
{
	size_t size = strlen(s) + 1;
	char *copy = fails(__builtin_return_address(0)) ? NULL : __libc_malloc(size);

	return copy ? memcpy(copy, s, size) : NULL;
}
