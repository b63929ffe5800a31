#!/usr/bin/python3
"""The operations of the fault matrix: what each does, and what it may come to.

usage: matrix.py COLUMN ORG FILE TRUTH COLD WARM [PID...]

Speaks with matrix.sh: for each word that comes on stdin it does one step, answers with
the same word on stdout, and ends with the input.

  learn     in the mount TRUTH: starts the sessions, reads what is true
  open      in the mount WARM: walks to the files and opens what will be read
  meet      with the fault there: each operation once, all at the same time
  recover   with the fault gone: each until it comes to what is true
  weigh     memory and descriptors of the PIDs, when it is quiet
  again     as meet, but what was asked for before is known by now
  compare   ... with what was weighed before
  column    write FILE: a line for each operation, a tab, its outcome

In the mount COLD nothing was asked for before the fault, all that WARM shows has been.
"""

import errno
import os
import re
import select
import sys
import threading
import time
import urllib.parse

COLUMN, ORG, FILE, TRUTH, COLD, WARM = sys.argv[1:7]
PIDS = sys.argv[7:]
NIGHT = '2026.11.19 19:00:05'
OWNER = 'Adele Vance'
KNOWN = 'onedrives/%s/Ünicöde 日本語' % OWNER     # walked through before the fault
DOCUMENT = KNOWN + '/📊 figures.csv'
SAVED = KNOWN + '/résumé.docx'                  # saved before the fault
UNKNOWN = 'onedrives/%s/Deep' % OWNER           # not listed before the fault
SANITIZED = os.environ['BUILD'].endswith(('-asan', '-tsan'))
# Seconds that an operation may take with timeout=1,explore-timeout=3: a listing has 10 times the
# timeout, a command that broke lists the sessions.  The rest is for machines with other work.
LIMITS = {'memory': 9, 'explore': 35, 'stop': 35, 'bytes': 35, 'part': 35}
LIMIT = 20
SLACK = 4 if SANITIZED else 1
PATIENCE = 40 * SLACK
RSS_GROWTH = 4096      # KiB that a second round may add ...
RSS_FIRST = 32768      # ... and a first one, or one with bodies of 64 MiB; a first one also
SAVES = 2              # keeps so many documents in files


def on_way(name):
    return 'write refresh' not in name and '.vbofs' not in name and not name.endswith(' /') and name != 'statfs'


OF_SESSION = ('lookup sessions/ID/type', 'getattr sessions/ID/state', 'readlink sessions/ID/org')


class Wrong(Exception):
    pass


# ---- what design says of each fault -----------------------------------------------

# Errno of: a list, one that has no pages, a session, the same for a file that is open, its log,
# what is below it, bytes as a whole and in part (if not given, alike), a search, explore, stop.
# OK: what is true.  Where two stand the design leaves it open, and the comment says why.
EVERY = ('list', 'array', 'session', 'reread', 'log', 'below', 'bytes', 'part', 'search', 'explore', 'stop')


def all_of(*names):
    return dict.fromkeys(EVERY, names)


def but(names, **others):
    table = all_of(*names.split(','))
    for what, name in others.items():
        table[what] = tuple(name.split(','))
    if 'part' not in others:
        table['part'] = table['bytes']
    return table


EXPECTED = {
    'refused': but('EHOSTUNREACH'),
    'reset-before': but('EIO'),
    'reset-after': but('EIO'),
    'reset-headers': but('EIO'),
    'close-headers': but('EIO'),
    'reset-body': but('EIO', stop='EIO,OK'),
    'drip': but('ETIMEDOUT', bytes='OK', explore='EIO', stop='OK'),
    'no-answer': but('ETIMEDOUT', explore='EIO', stop='EIO'),
    'status-301': but('EIO'),
    'status-400': but('EINVAL'),
    'status-401': but('EACCES'),
    'status-403': but('EACCES'),
    # the session may be asked for alone, or with all others, which tells nothing of it
    'status-404': but('EIO', session='ENOENT', reread='ENOENT', log='ENOENT', below='ESTALE,EIO', bytes='ESTALE,EIO',
                      search='ESTALE,EIO', explore='ENOENT', stop='ENOENT'),
    'status-408': but('ETIMEDOUT'),
    'status-409': but('EBUSY'),
    # read(2) must not say EAGAIN, which passes for the end
    'status-429': but('EAGAIN', reread='EBUSY', part='EBUSY', search='EBUSY', explore='EBUSY', stop='EBUSY'),
    'status-500': but('EIO'),
    'status-502': but('EIO'),
    'status-503': but('EAGAIN', reread='EBUSY', part='EBUSY', search='EBUSY', explore='EBUSY', stop='EBUSY'),
    'status-504': but('EIO'),
    'empty': but('EIO', stop='OK'),
    'truncated': but('EIO', bytes='OK', stop='OK'),
    'deep': but('EIO'),
    'huge': but('EIO', bytes='OK'),
    'types': but('EIO', bytes='OK', stop='OK'),
    'content-type': but('EIO', stop='OK'),
    'duplicate': but('OK'),
    'utf8': but('OK'),
    'repeats': but('EIO', array='OK', session='OK', reread='OK', bytes='OK', explore='OK', stop='OK'),
    'never-ends': but('ETIMEDOUT,EIO', array='OK', session='OK', reread='OK', bytes='OK', explore='OK', stop='OK'),
    'token': but('OK', explore='OK,EACCES', stop='OK,EACCES'),
    'certificate': but('EKEYREJECTED'),
    'restarted': but('OK', explore='OK,EACCES', stop='OK,EACCES'),
    'clock': but('OK'),
    'resolver': but('ETIMEDOUT'),
    'ended': but('OK', below='ESTALE', bytes='ESTALE', search='ESTALE'),
}
# Slow ones are met once.
ONCE = ('drip', 'never-ends', 'ended')
# The third failure of this kind in a row, and from then on all is refused at once.
CIRCUIT = ('drip', 'no-answer', 'resolver')


def why_ok(needs):
    """Why an operation does not feel the fault."""
    if needs == 'memory':
        return 'served from memory'
    if COLUMN in ('repeats', 'never-ends'):
        return 'it has no pages'
    if COLUMN in ('truncated', 'huge', 'types', 'duplicate', 'utf8') and needs in ('bytes', 'part'):
        return 'it is no JSON'
    if COLUMN == 'drip':
        return 'it flows' if needs in ('bytes', 'part') else 'it has no body'
    if COLUMN in ('empty', 'truncated', 'types', 'content-type'):
        return 'it has no body'
    return {
        'duplicate': 'the last one counts', 'utf8': 'the bytes are replaced', 'token': 'signed in anew',
        'restarted': 'connected and signed in anew', 'clock': 'nothing depends on it',
        'ended': 'values stay',
    }.get(COLUMN, '')


# ---- single operations ----------------------------------------------------------------

def everything(fd):
    parts = []
    while True:
        part = os.read(fd, 1 << 16)
        if not part:
            return b''.join(parts)
        parts.append(part)


def with_fd(path, flags, do, at=None):
    fd = os.open(path, flags, dir_fd=at)
    try:
        return do(fd)
    finally:
        os.close(fd)


def read(path, at=None):
    return with_fd(path, os.O_RDONLY, everything, at)


def way(fd):
    """To a node that is known: no LOOKUP is sent."""
    return '/proc/self/fd/%d' % fd


def reopen(fd):
    return read(way(fd))


def write(path, text):
    return with_fd(path, os.O_WRONLY, lambda fd: os.write(fd, text.encode()))


def answer(fd, text):
    """Writes, and reads what came of it on the same handle."""
    os.write(fd, text.encode())
    return everything(fd)


def command(path, text):
    return with_fd(path, os.O_RDWR, lambda fd: answer(fd, text))


def kind(path, at=None):
    return os.stat(path, dir_fd=at, follow_symlinks=False).st_mode


def names(path):
    found = sorted(os.listdir(path))
    if len(set(found)) != len(found):
        raise Wrong('lists names twice')
    return found


def events_of(fd):
    p = select.poll()
    p.register(fd, select.POLLIN | select.POLLPRI)
    return dict(p.poll(0)).get(fd, 0)


def pages(fd, size):
    parts = []
    while sum(map(len, parts)) < size:
        part = os.pread(fd, size, sum(map(len, parts)))
        if not part:
            break
        parts.append(part)
    return b''.join(parts)


# ---- the rows --------------------------------------------------------------------------

class Row:
    """What is done, and what is right: a value, or a function of what came."""

    def __init__(self, name, needs, do, right, again=None):
        self.name = name
        self.needs = needs          # 'memory': no fault may be felt
        self.do = do
        self.right = right
        self.again = again or do    # as it is done when nothing is held open
        self.outcome = ''
        self.seconds = 0


class Matrix:
    def __init__(self):
        self.sessions = {}
        self.truth = {}
        self.rows = []
        self.failures = []
        self.weight = {}

    def at(self, mount, session, path=''):
        return os.path.join(mount, 'sessions', self.sessions[session], path)

    def learn(self):
        org = os.path.join(TRUTH, 'orgs', ORG)
        for name, kind_of in (('values', 'vex'), ('mail', 'vex'), ('drive', 'veod'), ('stopped', 'vex')):
            self.sessions[name] = command(org + '/explore', '%s type=%s\n' % (NIGHT, kind_of)).decode().strip()
        with open(FILE + '.sessions', 'w') as f:
            f.write('\n'.join(self.sessions.values()))
        t = self.truth
        t['orgs'] = names(TRUTH + '/orgs')
        t['by-name'] = names(TRUTH + '/by-name')
        t['name'] = read(org + '/name').decode().strip()
        t['points'] = names(org + '/restore-points')
        t['sessions'] = names(TRUTH + '/sessions')
        values = self.at(TRUTH, 'values')
        for key in ('state', 'events', 'type'):
            t[key] = read(values + key)
        t['values'] = [n for n in names(values) if n != 'pointInTime']    # known where it was asked for
        t['org'] = os.readlink(values + 'org')
        box = names(self.at(TRUTH, 'mail', 'mailboxes'))
        box = 'mailboxes/' + [n for n in box if n.startswith('adele@')][0]
        folder = box + '/Contacts'
        self.mail = folder + '/' + [n for n in names(self.at(TRUTH, 'mail', folder)) if n.endswith('.msg')][0]
        t['mail'] = read(self.at(TRUTH, 'mail', self.mail))
        t['document'] = read(self.at(TRUTH, 'drive', DOCUMENT))
        t['saved'] = read(self.at(TRUTH, 'drive', SAVED))
        t['folder'] = names(self.at(TRUTH, 'drive', UNKNOWN))
        t['index'] = read(self.at(TRUTH, 'drive', UNKNOWN + '/.index.tsv'))
        t['search'] = command(self.at(TRUTH, 'drive', 'search'), 'Budget\n')

    def open(self):
        known = lambda path: os.open(path, os.O_PATH | os.O_NOFOLLOW)
        org = os.path.join(WARM, 'orgs', ORG)
        # all but the place that is not to be listed yet
        names(WARM + '/orgs'), names(WARM + '/sessions')
        values = self.at(WARM, 'values')
        names(values)
        self.state = known(values + 'state')
        self.read_state = os.open(values + 'state', os.O_RDONLY)
        everything(self.read_state)
        self.polled = os.open(values + 'state', os.O_RDONLY)
        everything(self.polled)
        self.events = known(values + 'events')
        self.values = known(values)
        self.org = known(values + 'org')
        self.mail_fd = known(self.at(WARM, 'mail', self.mail))
        drive = self.at(WARM, 'drive')
        self.document = os.open(drive + DOCUMENT, os.O_RDONLY)
        self.known = known(drive + DOCUMENT)
        if read(drive + SAVED) != self.truth['saved']:
            raise Wrong('bytes differ without any fault')
        self.saved = known(drive + SAVED)
        self.folder = known(drive + UNKNOWN)
        self.explored = command(org + '/explore', NIGHT + '\n')
        self.points = known(org + '/restore-points')
        self.explore = os.open(org + '/explore', os.O_RDWR)
        self.search = os.open(drive + 'search', os.O_RDWR)
        self.stop = os.open(self.at(WARM, 'stopped', 'stop'), os.O_WRONLY)
        self.make_rows()

    def make_rows(self):
        t = self.truth
        org, cold = os.path.join(WARM, 'orgs', ORG), os.path.join(COLD, 'orgs', ORG)
        values, drive = self.at(WARM, 'values'), self.at(WARM, 'drive')
        member = os.path.join(COLD, 'sessions', self.sessions['values'])
        link = COLD + '/by-name/' + t['name']
        directory, regular, symlink = 0o40550, 0o100440, 0o120777
        ended = COLUMN == 'ended'
        state = b'Stopped\n' if ended else t['state']
        gone = COLUMN == 'status-404'
        id_of = t['explored'] = self.explored
        uuid = re.compile(rb'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\n').fullmatch

        def titled(found):
            # in this column the names end in what is no UTF-8, however that is shown
            plain = [re.sub('[^.A-Za-z]+$', '', name) for name in found]
            return plain == t['folder'] if COLUMN == 'utf8' else found == t['folder']

        def listed(found):
            right = set(t['values'])
            if ended:
                right = right - {'mailboxes', 'search'} | {'endTime'}
            return set(found) == right

        def indexed(found):
            return found.replace(b'\xef\xbf\xbd', b'') == t['index'] if COLUMN == 'utf8' else found == t['index']

        def has_sessions(found):
            return set(t['sessions']) <= set(found)

        def started(found):
            return uuid(found) and found != id_of

        def labels(found):
            # bytes that are no UTF-8 are shown as %FF at the end of each
            return found == t['by-name'] or (COLUMN == 'utf8' and len(found) == len(t['by-name']))

        def stated(found):
            return found in (t['state'], state)

        def ready(found):
            return found & select.POLLIN and (gone or ended or not found & select.POLLERR)

        def found_paths(found):
            return found.replace(b'\xef\xbf\xbd', b'') == t['search'] if COLUMN == 'utf8' else found == t['search']

        add = lambda *row: self.rows.append(Row(*row))
        add('lookup orgs/ID', 'array', lambda: kind(cold), directory)
        add('lookup by-name/NAME', 'array', lambda: kind(self.first(COLD + '/by-name', link)), symlink)
        add('lookup sessions/ID', 'list', lambda: kind(member), directory)
        add('lookup sessions/latest', 'list', lambda: kind(COLD + '/sessions/latest'), symlink)
        add('lookup sessions/ID/type', 'memory', lambda: kind('type', self.values), regular,
            lambda: kind(values + 'type'))
        add('lookup sessions/ID/NOT-THERE', 'session', lambda: self.absent('nothing', self.values), 'absent',
            lambda: self.absent(values + 'nothing'))
        add('lookup FOLDER/NAME', 'below', lambda: kind(self.first(way(self.folder), 'a'), self.folder), directory,
            lambda: kind(self.first(drive + UNKNOWN, drive + UNKNOWN + '/a')))
        add('readdir /', 'memory', lambda: names(COLD), ['.vbofs', 'README', 'by-name', 'orgs', 'sessions'])
        add('readdir orgs', 'array', lambda: names(COLD + '/orgs'), t['orgs'])
        add('readdir by-name', 'array', lambda: names(COLD + '/by-name'), labels)
        add('readdir sessions', 'list', lambda: names(COLD + '/sessions'), has_sessions)
        add('readdir sessions/ID', 'session', lambda: names(way(self.values)), listed, lambda: names(values))
        add('readdir restore-points', 'list', lambda: names(way(self.points)), t['points'],
            lambda: names(org + '/restore-points'))
        add('readdir FOLDER', 'below', lambda: names(way(self.folder)), titled, lambda: names(drive + UNKNOWN))
        add('getattr /', 'memory', lambda: kind(COLD), directory)
        add('getattr sessions/ID/state', 'memory', lambda: os.fstat(self.state).st_size,
            lambda size: size in (len(t['state']), len(state)), lambda: os.stat(values + 'state').st_size)
        add('statfs', 'memory', lambda: os.statvfs(COLD).f_namemax, 255)
        add('readlink sessions/ID/org', 'memory', lambda: os.readlink('', dir_fd=self.org), t['org'],
            lambda: os.readlink(values + 'org'))
        add('open+read sessions/ID/state', 'session', lambda: reopen(self.state), state,
            lambda: read(values + 'state'))
        add('read sessions/ID/state', 'reread', lambda: os.pread(self.read_state, 100, 0), stated,
            lambda: read(values + 'state'))
        add('open+read sessions/ID/events', 'log', lambda: reopen(self.events),
            lambda found: found.startswith(t['events']), lambda: read(values + 'events'))
        add('open+read .index.tsv', 'below', lambda: read('.index.tsv', self.folder), indexed,
            lambda: read(drive + UNKNOWN + '/.index.tsv'))
        add('open document', 'memory', lambda: with_fd(way(self.known), os.O_RDONLY, bool), True)
        add('read document', 'part', lambda: pages(self.document, len(t['document'])), t['document'],
            lambda: read(drive + DOCUMENT))
        add('read document saved before', 'memory', lambda: reopen(self.saved), t['saved'],
            lambda: read(drive + SAVED))
        add('open+read mail', 'bytes', lambda: reopen(self.mail_fd), t['mail'],
            lambda: read(self.at(WARM, 'mail', self.mail)))
        add('read explore', 'memory', lambda: read(org + '/explore'), uuid)
        for name in ('version', 'metrics', 'log'):
            add('read .vbofs/' + name, 'memory', lambda name=name: read(COLD + '/.vbofs/' + name), bool)
        add('read .vbofs/last_error', 'memory', lambda: read(COLD + '/.vbofs/last_error'),
            lambda found: isinstance(found, bytes))
        add('poll sessions/ID/state', 'memory', lambda: events_of(self.polled), ready)
        add('getxattr user.vbofs.id', 'memory', lambda: os.getxattr(way(self.known), 'user.vbofs.id'), bool,
            lambda: os.getxattr(drive + DOCUMENT, 'user.vbofs.id'))
        add('getxattr user.vbofs.sha256', 'memory', lambda: os.getxattr(way(self.saved), 'user.vbofs.sha256'),
            lambda found: len(found) == 64, lambda: os.getxattr(drive + SAVED, 'user.vbofs.sha256'))
        add('write explore', 'explore', lambda: answer(self.explore, NIGHT + '\n'), started,
            lambda: command(org + '/explore', NIGHT + '\n'))
        add('write stop', 'stop', lambda: os.write(self.stop, b'x'), 1,
            lambda: write(self.at(WARM, 'stopped', 'stop'), 'x'))
        add('write search', 'search', lambda: answer(self.search, 'Budget\n'), found_paths,
            lambda: command(drive + 'search', 'Budget\n'))
        add('write refresh', 'memory', lambda: write(COLD + '/.vbofs/refresh', 'x'), 1)

    def first(self, folder, otherwise):
        # where names are others than they were
        return os.path.join(folder, names(folder)[-1]) if COLUMN == 'utf8' else otherwise

    def absent(self, path, at=None):
        try:
            os.stat(path, dir_fd=at)
        except FileNotFoundError:
            return 'absent'
        raise Wrong('is there')

    # ---- with the fault ---------------------------------------------------------------

    def run(self, row, do):
        try:
            value = do()
        except OSError as e:
            return errno.errorcode[e.errno], None
        except Wrong as e:
            return 'WRONG', str(e)
        right = row.right(value) if callable(row.right) else value == row.right
        if right:
            return 'OK', None
        return 'WRONG', repr(value)

    def judge(self, row, got, note, known):
        expected = ('OK',) if row.needs == 'memory' else EXPECTED[COLUMN][row.needs]
        if row.name in OF_SESSION and COLUMN == 'status-404':
            expected += ('ENOENT',)     # the server has said so
        if row.needs != 'memory' and COLUMN in CIRCUIT and 'OK' not in expected:
            expected += ('EHOSTUNREACH',)
        if known:
            # what is asked for on the way to it counts, too; what was had is good
            ways = sum(EXPECTED[COLUMN].values(), ()) if on_way(row.name) else ()
            expected += ways + ('OK',)
        row.outcome = got
        if row.name.endswith('NOT-THERE') and COLUMN == 'status-404' and got == 'OK':
            row.outcome = 'ENOENT'
        elif got not in expected:
            row.outcome = '%s instead of %s' % (got, ','.join(expected))
            self.failures.append('%s: %s%s' % (row.name, row.outcome, ': ' + note if note else ''))

    def meet(self, known=False):
        def one(row):
            begun = time.monotonic()
            results[row.name] = self.run(row, row.again if known else row.do)
            row.seconds = time.monotonic() - begun

        results = {}
        # what a refresh forgets is not what the others ask for
        rows = [r for r in self.rows if r.name != 'write refresh']
        if known:
            write(WARM + '/.vbofs/refresh', 'x'), write(COLD + '/.vbofs/refresh', 'x')
        threads = [threading.Thread(target=one, args=(row,), daemon=True) for row in rows]
        for thread in threads:
            thread.start()
        end = time.monotonic() + PATIENCE
        for thread in threads:
            thread.join(max(0, end - time.monotonic()))
        one([r for r in self.rows if r.name == 'write refresh'][0])
        for row in self.rows:
            got, note = results.get(row.name, ('NO END', None))
            if row.seconds > LIMITS.get(row.needs, LIMIT) * SLACK:
                got, note = 'LATE', '%.0f s' % row.seconds
            if known:
                outcome, row.outcome = row.outcome, ''
            self.judge(row, got, note, known)
            if known:
                row.outcome = outcome

    # ---- without -----------------------------------------------------------------------

    def recover(self):
        end = time.monotonic() + 40
        left = list(self.rows)
        if COLUMN == 'utf8':
            write(WARM + '/.vbofs/refresh', 'x')    # what a session shows is asked for only once
        while left:
            failed = []
            for row in left:
                got, note = self.run(row, row.again)
                if got == 'WRONG' and COLUMN != 'utf8':     # names that were had are believed for a while
                    raise Wrong('%s, with the fault gone: %s' % (row.name, note))
                if COLUMN == 'ended' and got == 'ESTALE' and row.needs not in ('session', 'list', 'array', 'explore'):
                    continue        # what it showed is over, whatever the kernel still had
                if got != 'OK':
                    failed.append(row)
                    last = '%s: %s' % (row.name, got)
            left = failed
            if left and time.monotonic() > end:
                raise Wrong('does not recover: ' + last)
            if left:
                time.sleep(0.1)

    def weigh(self):
        found = {}
        for pid in PIDS:
            with open('/proc/%s/statm' % pid) as f:
                found[pid, 'memory'] = int(f.read().split()[1]) * 4
            try:
                links = [os.readlink('/proc/%s/fd/%s' % (pid, fd)) for fd in os.listdir('/proc/%s/fd' % pid)]
            except PermissionError:
                continue            # others cannot look into it
            found[pid, 'files'] = sum(not l.startswith('socket:') for l in links)
        return found

    def compare(self):
        now = self.weigh()
        for key, before in self.weight.items():
            if key[1] == 'memory':
                more = RSS_FIRST if COLUMN in ONCE + ('huge',) else RSS_GROWTH
            else:
                more = SAVES if COLUMN in ONCE else 0
            if key[1] == 'memory' and SANITIZED:
                continue            # sanitizers keep what was freed; they look for leaks themselves
            if now[key] > before + more:
                self.failures.append('%s of %s: %d, before %d' % (key[1], key[0], now[key], before))

    def column(self):
        with open(FILE, 'w') as f:
            for row in self.rows:
                words = why_ok(row.needs) if row.outcome == 'OK' else ''
                f.write('%s\t%s%s\n' % (row.name, row.outcome, words and ': ' + words))
        if self.failures:
            raise Wrong('\n'.join(self.failures))

    def step(self, word):
        if word == 'again':
            self.meet(known=True)
        elif word == 'weigh':
            self.weight = self.weigh()
        else:
            getattr(self, word)()


def main():
    matrix = Matrix()
    for line in sys.stdin:
        try:
            matrix.step(line.strip())
        except Wrong as e:
            sys.exit('%s: %s' % (line.strip(), e))
        if os.environ.get('MATRIX_TIMES') and line.strip() == 'meet':
            for row in matrix.rows:
                print('%6.2f s  %-34s %s' % (row.seconds, row.name, row.outcome), file=sys.stderr)
        print(line.strip(), flush=True)


if __name__ == '__main__':
    main()
