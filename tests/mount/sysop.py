#!/usr/bin/python3
"""One file operation; prints OK or the name of the errno, then what it found.

usage: sysop.py OPERATION ARGUMENT...

Shells hide which error it was and do more calls than they show; this does
what it is told.  Bytes are given as text with Python's backslash escapes.
"""

import errno
import io
import mmap
import os
import select
import sys


def data(text):
    return text.encode('utf-8').decode('unicode_escape').encode('latin-1')


def show(value):
    if isinstance(value, bytes):
        value = value.decode('utf-8', 'backslashreplace')
    sys.stdout.write('\n%s' % (value,))


def with_fd(path, flags, do):
    fd = os.open(path, flags)
    try:
        return do(fd)
    finally:
        os.close(fd)


def everything(fd):
    parts = []
    while True:
        part = os.read(fd, 65536)
        if not part:
            return b''.join(parts)
        parts.append(part)


def op_read(path):
    show(with_fd(path, os.O_RDONLY, everything))


def op_open(path, how='r'):
    with_fd(path, {'r': os.O_RDONLY, 'w': os.O_WRONLY, 'rw': os.O_RDWR,
                   'wt': os.O_WRONLY | os.O_TRUNC, 'wa': os.O_WRONLY | os.O_APPEND,
                   'wc': os.O_WRONLY | os.O_CREAT, 'wx': os.O_WRONLY | os.O_CREAT | os.O_EXCL,
                   'd': os.O_RDONLY | os.O_DIRECTORY}[how], lambda fd: None)


def op_write(path, *chunks):
    """Each argument is one write() on one handle; the first error counts."""
    def do(fd):
        for chunk in chunks:
            os.write(fd, data(chunk))
    with_fd(path, os.O_WRONLY, do)


def op_write_again(path, *chunks):
    """Each argument is one write() on one handle; prints the outcome of each."""
    def do(fd):
        for chunk in chunks:
            try:
                os.write(fd, data(chunk))
                results.append('OK')
            except OSError as e:
                results.append(errno.errorcode[e.errno])
    results = []
    with_fd(path, os.O_WRONLY, do)
    show(' '.join(results))


def op_write_size(path, text, size):
    """The text, filled up with blanks and a newline to `size` bytes, in one write()."""
    with_fd(path, os.O_WRONLY,
            lambda fd: os.write(fd, data(text).ljust(int(size) - 1) + b'\n'))


def op_list(path):
    show('\n'.join(sorted(os.listdir(path))))


def op_stat(path):
    os.stat(path)


def op_lstat(path):
    os.lstat(path)


def op_statfs(path):
    os.statvfs(path)


def op_unlink(path):
    os.unlink(path)


def op_rmdir(path):
    os.rmdir(path)


def op_mkdir(path):
    os.mkdir(path)


def op_mknod(path):
    os.mknod(path, 0o100644)


def op_rename(old, new):
    os.rename(old, new)


def op_link(old, new):
    os.link(old, new)


def op_symlink(target, path):
    os.symlink(target, path)


def op_chmod(path, mode):
    os.chmod(path, int(mode, 8))


def op_chown(path, uid, gid):
    os.chown(path, int(uid), int(gid))


def op_truncate(path, size):
    os.truncate(path, int(size))


def op_ftruncate(path, size):
    with_fd(path, os.O_WRONLY, lambda fd: os.ftruncate(fd, int(size)))


def op_utime(path):
    os.utime(path)


def op_fsync(path):
    with_fd(path, os.O_WRONLY, os.fsync)


def op_getxattr(path, name):
    show(os.getxattr(path, name, follow_symlinks=False))


def op_listxattr(path):
    show('\n'.join(os.listxattr(path, follow_symlinks=False)))


def op_setxattr(path, name, value):
    os.setxattr(path, name, data(value))


def op_readlink(path):
    show(os.readlink(path))


def op_mmap(path):
    def do(fd):
        with mmap.mmap(fd, 0, prot=mmap.PROT_READ) as m:
            show(bytes(m))
    with_fd(path, os.O_RDONLY, do)


def op_poll(path, timeout='0', how='r'):
    """Which of the events in, pri and err there are."""
    def do(fd):
        if how == 'read':
            everything(fd)
        p = select.poll()
        p.register(fd, select.POLLIN | select.POLLPRI)
        events = dict(p.poll(int(timeout))).get(fd, 0)
        show(' '.join(n for n, bit in (('in', select.POLLIN), ('pri', select.POLLPRI),
                                       ('err', select.POLLERR), ('nval', select.POLLNVAL),
                                       ('hup', select.POLLHUP)) if events & bit))
    with_fd(path, os.O_RDONLY, do)


def op_pread_twice(path):
    """Two reads at offset 0 on one handle."""
    def do(fd):
        show(os.pread(fd, 4096, 0) + os.pread(fd, 4096, 0))
    with_fd(path, os.O_RDONLY, do)


def main():
    operation = globals()['op_' + sys.argv[1]]
    try:
        out, sys.stdout = sys.stdout, io.StringIO()
        try:
            operation(*sys.argv[2:])
            result = 'OK'
        except OSError as e:
            result = errno.errorcode[e.errno]
        finally:
            found, sys.stdout = sys.stdout.getvalue(), out
        print(result + found)
    except TypeError as e:
        sys.exit('sysop.py: %s' % e)


if __name__ == '__main__':
    main()
