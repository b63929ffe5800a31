#!/usr/bin/python3
"""Compares mounted objects with the JSON that they show.

usage: tree.py DIRECTORY...      each holds a file `json`

Prints what is wrong, one line each; silent and 0 when all is right.
"""

import json
import os
import re
import stat
import sys

CONTROL = {'explore', 'stop', 'search'}
# What a session that has not ended shows, by its type, and the lowest API version for it.
CONTENT = {'vex': ('mailboxes', 1), 'veod': ('onedrives', 2), 'vesp': ('sites', 2), 'vet': ('teams', 5)}


class Number(str):
    """A number as it was written."""


def load(path):
    with open(path, 'rb') as f:
        raw = f.read()
    return raw, json.loads(raw.decode('utf-8'), parse_int=Number, parse_float=Number)


def text(value):
    if value is True:
        return 'true'
    if value is False:
        return 'false'
    return str(value)


def nanoseconds(time):
    """Of an ISO 8601 time, nanoseconds since 1970."""
    import datetime
    m = re.fullmatch(r'(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?', time)
    zone = m.group(4) if m.group(4) not in (None, 'Z') else '+00:00'
    moment = datetime.datetime.fromisoformat(m.group(1) + 'T' + m.group(2) + zone)
    return int(moment.timestamp()) * 10 ** 9 + int((m.group(3) or '0')[:9].ljust(9, '0'))


def content(directory, session):
    if session['state'] == 'Stopped':
        return set()
    with open(os.path.join(directory, '../../.vbofs/version'), encoding='utf-8') as f:
        api = int(re.search(r'^api v(\d+)$', f.read(), re.M).group(1))
    name, since = CONTENT[session['type'].lower()]
    return {name} if api >= since else set()


def check(directory):
    raw, obj = load(os.path.join(directory, 'json'))
    names = set(os.listdir(directory))
    if not raw.endswith(b'}\n'):
        yield 'json: no newline at the end, or more behind the object'
    for key, value in obj.items():
        path = os.path.join(directory, key)
        if isinstance(value, (dict, list)) or value is None:
            if key in names:
                yield '%s: is null or no scalar in the JSON, yet it has a file' % key
            continue
        if key not in names:
            yield '%s: is in the JSON and has no file' % key
            continue
        expected = (text(value) + '\n').encode()
        with open(path, 'rb') as f:
            size = os.fstat(f.fileno()).st_size
            got = f.read()
        if got != expected:
            yield '%s: expected %r, got %r' % (key, expected, got)
        if size != len(got) or os.stat(path).st_size != len(got):
            yield '%s: size %d (%d when open), but %d bytes' % (key, os.stat(path).st_size, size, len(got))
    links = {rel: link['href'] for rel, link in (obj.get('_links') or {}).items()}
    if set(os.listdir(os.path.join(directory, 'links'))) != set(links):
        yield 'links: expected %s' % sorted(links)
    for rel, href in links.items():
        with open(os.path.join(directory, 'links', rel), encoding='utf-8') as f:
            if f.read() != href + '\n':
                yield 'links/%s: not %s' % (rel, href)
    shown = content(directory, obj) if 'stop' in names else set()
    if shown != names & {name for name, _ in CONTENT.values()}:
        yield 'expected %s of what it holds' % (sorted(shown) or 'nothing')
    for name in names - set(obj) - shown - CONTROL - {'json', 'links', 'sessions', 'org', 'pointInTime',
                                              'events', 'statistics', 'statistics.json', 'restore-points'}:
        yield '%s: is not in the JSON' % name
    when = obj.get('lastBackuptime') if 'explore' in names else obj.get('endTime') or obj.get('creationTime')
    for path in [directory] + [os.path.join(directory, n) for n in obj if n in names]:
        mtime = os.lstat(path).st_mtime_ns
        if when and mtime != nanoseconds(when):
            yield '%s: changed at %d, not %s' % (path, mtime, when)
    for name in names:
        mode = os.lstat(os.path.join(directory, name)).st_mode
        if stat.S_ISREG(mode):
            allowed = (0o600,) if name in CONTROL else (0o400, 0o440)
            if stat.S_IMODE(mode) not in allowed:
                yield '%s: mode %o' % (name, stat.S_IMODE(mode))


def main():
    wrong = 0
    for directory in sys.argv[1:]:
        for problem in check(directory):
            print('%s: %s' % (directory, problem))
            wrong += 1
    sys.exit(1 if wrong else 0)


main()
