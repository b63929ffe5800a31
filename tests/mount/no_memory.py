"""Does one thing after another in a mount, each with the first, second, ... allocation failing.

usage: no_memory.py NUMBERS MOUNT SESSION

NUMBERS is the file of no_memory.c.  Who asks gets ENOMEM or what is there, never anything else,
and what is there when nothing fails any more.  Prints what was otherwise.
"""

import errno
import mmap
import os
import struct
import sys

MOST = 3000     # allocations of one operation
missing = 0


def outcome(act):
    try:
        return act()
    except OSError as e:
        return errno.errorcode[e.errno]


def read(path):
    with open(path, 'rb') as f:
        os.posix_fadvise(f.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return f.read()


def write(path, data):
    fd = os.open(path, os.O_WRONLY)
    try:
        return os.write(fd, data)
    finally:
        os.close(fd)


def look_up(directory):
    """A name that nobody has asked for."""
    global missing
    missing += 1
    return os.stat('%s/missing-%d' % (directory, missing))


def in_turn(numbers, act, before, allowed):
    """What went wrong, or how many allocations failed."""
    truth = outcome(act)
    for n in range(1, MOST):
        before()
        numbers[:] = struct.pack('qq', n, 0)
        got = outcome(act)
        failed = struct.unpack('qq', numbers[:])[1]
        numbers[:] = struct.pack('qq', 0, 0)
        if got != truth and not (failed and got in allowed):
            return 'allocation %d: %.200r, not %.200r' % (n, got, truth)
        again = outcome(act)
        if again != truth:
            return 'after allocation %d: %.200r, not %.200r' % (n, again, truth)
        if not failed:
            return n - 1
    return 'no end after %d allocations' % MOST


def main():
    file, mount, session = sys.argv[1:]
    here = '%s/sessions/%s' % (mount, session)
    folder = next(d for d, _, names in os.walk(here + '/mailboxes') if any(n.endswith('.msg') for n in names))
    mail = next(folder + '/' + n for n in sorted(os.listdir(folder)) if n.endswith('.msg'))
    table = [
        ('list sessions', lambda: sorted(os.listdir(mount + '/sessions')), ('ENOMEM',)),
        ('list a folder', lambda: sorted(os.listdir(folder)), ('ENOMEM',)),
        ('look up', lambda: look_up(mount + '/sessions'), ('ENOMEM',)),
        ('look up in a session', lambda: look_up(here), ('ENOMEM',)),
        ('read a state', lambda: read(here + '/state'), ('ENOMEM',)),
        ('read events', lambda: read(here + '/events'), ('ENOMEM',)),
        ('read a mail', lambda: read(mail), ('ENOMEM',)),
        ('search', lambda: write(here + '/search', b'subject:report\n'), ('ENOMEM',)),
        # what came of a request whose answer could not be kept is not known
        ('explore', lambda: write(mount + '/by-name/' + os.listdir(mount + '/by-name')[0] + '/explore',
                                  b'now\n'), ('ENOMEM', 'EIO')),
    ]
    wrong = 0
    with open(file, 'r+b') as f, mmap.mmap(f.fileno(), 16) as numbers:
        for what, act, allowed in table:
            result = in_turn(numbers, act, lambda: write(mount + '/.vbofs/refresh', b'x'), allowed)
            if not isinstance(result, int) or result < 3:
                wrong += 1
            print('%s: %s' % (what, result))
    sys.exit(1 if wrong else 0)


main()
