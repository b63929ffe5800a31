"""What the rows of the benchmark stand on: the programs that are started, pinned and taken down.

CPU 0 has everything that is measured: vbofs, the floors, the client.  CPU 1 has the simulator, so
that its work counts for nobody but stands in the way of nobody.
"""

import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.parse

ORG = '380d7caf-6294-4a33-b50a-b8aeb13af58c'    # the simulator's first organization
MEASURED, SERVER = '0', '1' if os.cpu_count() > 1 else '0'


def pinned(cpu):
    """How a program is started: on its CPU, and before all that is not part of this."""
    return ['taskset', '-c', cpu] + (['chrt', '-r', '1'] if os.geteuid() == 0 else [])


class Stage:
    """One run: its directory, its processes, its mounts."""

    def __init__(self, build):
        self.build = os.path.abspath(build)
        self.dir = tempfile.mkdtemp(prefix='vbofs-bench-')
        self.children, self.mounts, self.serial = [], [], 0
        atexit.register(self.end)
        for sig in signal.SIGTERM, signal.SIGINT, signal.SIGHUP:
            signal.signal(sig, lambda *_: os._exit(self.end() or 1))

    def bin(self, name):
        return os.path.join(self.build, name if name.startswith('vbo') else 'tests/bench/' + name)

    def new_dir(self, name):
        self.serial += 1
        path = os.path.join(self.dir, f'{name}{self.serial}')
        os.mkdir(path)
        return path

    def start(self, args, cpu, **more):
        child = subprocess.Popen([*pinned(cpu), *args], stdin=subprocess.DEVNULL, **more)
        self.children.append(child)
        return child

    def stop(self, child, sig=signal.SIGTERM):
        if child.poll() is None:
            child.send_signal(sig)
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if child in self.children:
            self.children.remove(child)

    def unmount(self, path):
        subprocess.run(['fusermount3', '-u', path], stderr=subprocess.DEVNULL, check=False)
        if os.path.ismount(path):
            subprocess.run(['fusermount3', '-uz', path], stderr=subprocess.DEVNULL, check=False)
        if path in self.mounts:
            self.mounts.remove(path)

    def end(self):
        for path in list(self.mounts):
            self.unmount(path)
        for child in list(self.children):
            self.stop(child)
        shutil.rmtree(self.dir, ignore_errors=True)

    def run(self, args, stdin=None, env=None):
        """A program that is measured: its output, by name where it is lines of "name value"."""
        done = subprocess.run([*pinned(MEASURED), *args], input=stdin, env=env, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise RuntimeError(f'{" ".join(args)[:200]}: status {done.returncode}: {done.stderr.strip()}')
        out = {}
        for line in done.stdout.splitlines():
            words = line.split()
            out[words[0]] = [float(w) for w in words[1:]]
        return {k: v[0] if len(v) == 1 else v for k, v in out.items()}

    def meter(self, *args, stdin=None):
        return self.run([self.bin('meter'), *map(str, args)], stdin=stdin)


class Sim:
    """A simulator, signed in to."""

    def __init__(self, stage, *options, api='v8'):
        self.stage, self.dir = stage, stage.new_dir('sim')
        self.journal = os.path.join(self.dir, 'journal')
        self.child = stage.start([stage.bin('vbosim'), '--port', '0', '--journal', self.journal, *options],
                                 SERVER, stdout=subprocess.PIPE, text=True)
        line = self.child.stdout.readline()
        words = dict(word.split('=', 1) for word in line.split()[1:])
        self.url, self.cafile, self.credentials = words['url'], words['cafile'], words['credentials']
        with open(self.credentials, encoding='utf-8') as f:
            login = dict(row.rstrip('\n').split('=', 1) for row in f)
        self.form = urllib.parse.urlencode({
            'grant_type': 'password', 'username': login['username'], 'password': login['password'],
            'disable_antiforgery_token': 'true'})
        self.token = ''
        self.token = self.curl(f'/{api}/token', '-d', self.form, '-H',
                               'Content-Type: application/x-www-form-urlencoded')
        self.token = self.token.split('"access_token":"')[1].split('"')[0]
        self.at = 0

    def curl_args(self, path, *more):
        return ['curl', '-q', '-sS', '-f', '--noproxy', '*', '--cacert', self.cafile,
                '-H', f'Authorization: Bearer {self.token}', *more, self.url + path]

    def curl(self, path, *more):
        return subprocess.run(self.curl_args(path, *more), stdout=subprocess.PIPE, text=True, check=True).stdout

    def env(self):
        return {**os.environ, 'CAFILE': self.cafile, 'TOKEN': self.token, 'WARM': self.url + '/_sim/stats'}

    def floor(self, *args, stdin=None):
        """floor_http, signed in."""
        return self.stage.run([self.stage.bin('floor_http'), *map(str, args)], stdin=stdin, env=self.env())

    def mark(self):
        self.at = len(self.lines())

    def lines(self):
        self.curl('/_sim/stats')     # what was answered before is in the journal
        with open(self.journal, encoding='utf-8') as f:
            return f.read().splitlines()

    def since(self, method='', what=''):
        """Paths asked for since the mark; the standing request of the change feed is none."""
        rows = [line.split() for line in self.lines()[self.at:]]
        return [r[2] for r in rows if r[1].startswith(method) and what in r[2] and
                not r[2].lower().startswith('/v8/events')]

    def end(self):
        self.stage.stop(self.child)


class Mount:
    """vbofs on a simulator (or on what stands before it)."""

    def __init__(self, sim, url=None, **options):
        stage = self.stage = sim.stage
        self.sim, self.path = sim, stage.new_dir('vbofs')
        words = {'credentials': sim.credentials, 'cafile': sim.cafile, 'spool': stage.dir, **options}
        self.child = stage.start([stage.bin('vbofs'), '-f', '-o', ','.join(f'{k}={v}' for k, v in words.items()),
                                  url or sim.url, self.path], MEASURED, stderr=subprocess.DEVNULL)
        wait_mounted(stage, self.child, self.path)
        self.pid = self.child.pid

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def explore(self, words='2026-11-19T19:00:05Z type=veod'):
        """The path of a new session."""
        with open(self / f'orgs/{ORG}/explore', 'r+b', buffering=0) as f:
            f.write(words.encode() + b'\n')
            return self / ('sessions/' + f.read(100).decode().strip())

    def many(self):
        """The folder of many documents, in a new session."""
        drives = self.explore() + '/onedrives/'
        return next(path for path in (f'{drives}{owner}/many' for owner in sorted(os.listdir(drives)))
                    if os.path.isdir(path))

    def status(self, key):
        with open(f'/proc/{self.pid}/status', encoding='utf-8') as f:
            return next(int(line.split()[1]) for line in f if line.startswith(key + ':'))

    def end(self):
        self.stage.unmount(self.path)
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            pass
        self.stage.stop(self.child)


class Floor:
    """floor_fs with what is in a directory."""

    def __init__(self, stage, source, *options):
        self.stage, self.path = stage, stage.new_dir('floor')
        self.child = stage.start([stage.bin('floor_fs'), *options, source, self.path], MEASURED,
                                 stdout=subprocess.PIPE, text=True)
        if self.child.stdout.readline() != 'ready\n':
            raise RuntimeError('floor_fs did not start')
        stage.mounts.append(self.path)
        self.pid = self.child.pid

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def end(self):
        self.stage.unmount(self.path)
        self.stage.stop(self.child)


def wait_mounted(stage, child, path):
    end = time.monotonic() + 60
    while not os.path.ismount(path):
        if child.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f'nothing was mounted at {path}')
        time.sleep(0.002)
    stage.mounts.append(path)


def fuse_replies(pid):
    """Writes of a program that writes nothing but replies to the kernel.  None: we may not look."""
    try:
        with open(f'/proc/{pid}/io', encoding='utf-8') as f:
            return next(int(line.split()[1]) for line in f if line.startswith('syscw:'))
    except OSError:
        return None


def settled_replies(pid):
    """The same when what comes behind (RELEASE, FORGET) has come."""
    n, again = -1, fuse_replies(pid)
    while again is not None and n != again:
        time.sleep(0.02)
        n, again = again, fuse_replies(pid)
    return again
