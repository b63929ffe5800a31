/*
 * oom: makes allocations fail, one after the other.
 *
 * Link with -Wl,--wrap= of each function that oom.c wraps (WRAP in the Makefile) and
 * oom.c; then what the program itself allocates (not what libraries allocate
 * inside) passes through here.  Leaks on the way out of a failure are what the
 * address sanitizer or valgrind reports at the end of the program.
 */
#ifndef OOM_H
#define OOM_H

#include <stdbool.h>

/* The n-th allocation from now on fails, and only that; 0: none does. */
void oom_fail_at(unsigned long n);

/* Ends that; true if an allocation was made to fail since oom_fail_at(). */
bool oom_end(void);

/*
 * While held, allocations are neither counted nor made to fail: for what the test does in
 * between.
 */
void oom_hold(bool hold);

/* How many allocations have been made since oom_fail_at(). */
unsigned long oom_count(void);

/*
 * Calls operation(arg) with the first, the second, ... allocation failing, until
 * it is called once without a failure.  It must return -ENOMEM when one failed
 * and 0 when none did.  Returns how many allocations failed in turn, or -1 when
 * it ever returned something else (said on stderr).
 */
long oom_each(int (*operation)(void *arg), void *arg);

#endif
