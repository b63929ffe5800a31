"""The peers: what else shows remote data as files, and curl | jq.

They serve the same data: a plain copy of what vbofs shows of its two collections, from servers on this
machine (rclone serve, sftp-server without ssh, which spares sshfs the encryption), read cold by the same commands.  Debian: rclone, sshfs and
openssh-sftp-server, davfs2.  What is not installed is skipped and said.
"""

import os
import shutil
import socket
import subprocess
import sys
import threading
import time

from stage import pinned

SFTP = '/usr/lib/openssh/sftp-server'
PATIENCE = 300


def copy(source, target):
    """Values only: what has to be asked for by itself (events, statistics) is left out on either side."""
    for top in 'orgs', 'sessions':
        for path, dirs, files in os.walk(os.path.join(source, top)):
            dirs[:] = [d for d in dirs if not os.path.islink(os.path.join(path, d))]
            there = os.path.join(target, os.path.relpath(path, source))
            os.makedirs(there, exist_ok=True)
            for name in files:
                if name in ('explore', 'stop', 'search', 'events') or name.startswith('statistics'):
                    continue
                with open(os.path.join(path, name), 'rb') as f, open(os.path.join(there, name), 'wb') as out:
                    out.write(f.read())


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def serve_sftp(port):
    """A connection is one sftp-server."""
    listener = socket.create_server(('127.0.0.1', port))

    def accept():
        while True:
            client, _ = listener.accept()
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with client:
                subprocess.Popen([SFTP], stdin=client, stdout=client)
    threading.Thread(target=accept, daemon=True).start()


class Peer:
    """How one is served and mounted; `port` of either is where the client connects to."""

    def __init__(self, name, tools, serve, mount):
        self.name, self.tools, self.serve, self.mount = name, tools, serve, mount

    def missing(self):
        return [t for t in self.tools if not shutil.which(t, path=os.environ['PATH'] + ':/sbin:/usr/sbin')
                and not os.path.exists(t)]


def rclone_serve(kind):
    return lambda data, port: ['rclone', 'serve', kind, data, '--addr', f'127.0.0.1:{port}', '--read-only']


def rclone_mount(kind, *more):
    return lambda port, path, data: ['rclone', 'mount', f':{kind}:', path, f'--{kind}-url',
                                     f'http://127.0.0.1:{port}', '--read-only', *more]


def davfs(port, path, data):
    conf = path + '.conf'
    with open(conf, 'w', encoding='utf-8') as f:
        f.write('ask_auth 0\nbuf_size 64\nuse_locks 0\n')
    return ['mount', '-t', 'davfs', '-o', f'ro,conf={conf}', f'http://127.0.0.1:{port}/', path]


PEERS = [
    Peer('rclone http', ['rclone'], rclone_serve('http'), rclone_mount('http', '--http-no-head')),
    Peer('rclone webdav', ['rclone'], rclone_serve('webdav'), rclone_mount('webdav')),
    Peer('sshfs', ['sshfs', SFTP], None, lambda port, path, data: [
        'sshfs', '-f', '-o', f'directport={port},ro', f'127.0.0.1:{data}', path]),
    Peer('davfs2', ['mount.davfs'], rclone_serve('webdav'), davfs),
]


def seconds(command):
    begin = time.monotonic()
    try:
        subprocess.run([*pinned('0'), 'sh', '-c', command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        pass
    return time.monotonic() - begin


def mounted(b, peer, port, data):
    path = b.stage.new_dir('peer')
    child = b.stage.start(peer.mount(port, path, data), '0', stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while not os.path.ismount(path):
        if time.monotonic() > end or (child.poll() or 0) > 0:
            b.stage.stop(child)
            return None, None
        time.sleep(0.02)
    b.stage.mounts.append(path)
    return path, child


def unmount(b, path, child):
    if subprocess.run(['umount', path], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
        b.stage.unmount(path)
    if path in b.stage.mounts:
        b.stage.mounts.remove(path)
    b.stage.stop(child)


def measure(b, peer, port, data, command, reps):
    """Seconds, cold: a mount of its own each time.  None: it cannot be mounted."""
    got = []
    for _ in range(reps):
        path, child = mounted(b, peer, port, data)
        if not path:
            return None
        got.append(seconds(command.format(path)))
        unmount(b, path, child)
    return sorted(got)[len(got) // 2]


def vbofs(b, mount, sim, url, command, reps):
    got = []
    for _ in range(reps):
        fresh = mount(sim, url)
        got.append(seconds(command.format(fresh.path)))
        fresh.end()
    return sorted(got)[len(got) // 2]


def curl_jq(sim, url):
    """All values of both collections as a script would print them."""
    words = []
    for path in '/v8/Organizations', '/v8/RestoreSessions':
        args = sim.curl_args(path + '?limit=1000&offset=0')
        args[-1] = args[-1].replace(sim.url, url or sim.url)
        words.append(' '.join(f"'{w}'" for w in args))
    return '; '.join(f"{w} | jq -r '.results[] | to_entries[] | .value'" for w in words)


class Far:
    def __init__(self, b, port, ms):
        here = os.path.dirname(os.path.abspath(__file__))
        self.b = b
        self.child = b.stage.start([sys.executable, os.path.join(here, 'far.py'), str(port), str(ms)], '1',
                                   stdout=subprocess.PIPE, text=True)
        self.port = int(self.child.stdout.readline())

    def end(self):
        self.b.stage.stop(self.child)


def start_server(b, peer, data):
    port = free_port()
    if peer.serve:
        b.stage.start(peer.serve(data, port), '1', stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    else:
        serve_sftp(port)
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return port
        except OSError:
            time.sleep(0.05)
    return None


def compare(b, mount, list_command, grep_command):
    sim, first, _ = b.small('cold')
    data = b.stage.new_dir('data')
    copy(first.path, data)
    ports = {}
    for peer in PEERS:
        if peer.missing():
            b.table.skip(f'peer: {peer.name}', f'not installed: {" ".join(peer.missing())}')
        else:
            ports[peer] = start_server(b, peer, data)
    for ms in 0, 20:
        where = f', {ms} ms away' if ms else ''
        far = Far(b, int(sim.url.rsplit(':', 1)[1]), ms) if ms else None
        url = sim.url.rsplit(':', 1)[0] + f':{far.port}' if far else None
        reps = 1 if ms else 3
        ours = {name: vbofs(b, mount, sim, url, c, 3) for name, c in
                (('ls -lR', list_command), ('grep -r', grep_command))}
        script = sorted(seconds(curl_jq(sim, url)) for _ in range(3))[1]
        for name, command, most in ('ls -lR', list_command, 0.3), ('grep -r', grep_command, 0.2):
            best = None
            for peer, port in ports.items():
                hop = Far(b, port, ms) if ms else None
                took = measure(b, peer, hop.port if hop else port, data, command, reps)
                if hop:
                    hop.end()
                if took is None:
                    b.table.skip(f'{name}{where}: {peer.name}', 'could not be mounted')
                    continue
                best = took if best is None else min(best, took)
                b.table.show(f'{name}, cold{where}: {peer.name}', ours[name], took)
            b.table.show(f'{name}, cold{where}: curl | jq', ours[name], script)
            if best:
                b.table.times(f'{name}, cold{where}: best peer', ours[name], best, most, 'best peer')
        if far:
            far.end()
