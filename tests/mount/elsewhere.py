#!/usr/bin/python3
"""A server that points to another one wherever an answer can: is that one ever asked?

usage: elsewhere.py FILE STATUS STEP

Prints two URLs: its own, and the other one's.  FILE gets a line for each
connection to the other, and one ("asked METHOD PATH") for each request to itself.
Every link, Location and next page points to the other.  With STATUS (301 ...
308) the requests of STEP (token, get, post) are answered by that redirect, or, with
400 and above, by an error in words that no terminal should see; with STATUS 0
all goes well.  The organization's name is of that kind, too.
"""

import http.server
import json
import socket
import sys
import threading

FILE = open(sys.argv[1], 'w', buffering=1)
STATUS, STEP = int(sys.argv[2]), sys.argv[3]
OTHER = socket.create_server(('127.0.0.1', 0))
THERE = 'http://127.0.0.1:%d' % OTHER.getsockname()[1]
ORG = '380d7caf-6294-4a33-b50a-b8aeb13af58c'
EVIL = '\x1b]0;pwned\x07\x9b31m\u202e\u2028\r\nlog: forged'
SESSION = '6f144e6f-0000-4000-8000-000000000001'


def listen():
    while True:
        connection, _ = OTHER.accept()
        connection.settimeout(5)
        try:
            FILE.write('there: %r\n' % connection.recv(65536))
        except OSError:
            FILE.write('there: no words\n')
        connection.close()


def links(path):
    return {name: {'href': THERE + path} for name in ('self', 'organization', 'jobs', 'items')}


def org():
    return {'id': ORG, 'name': EVIL, 'lastBackuptime': '2026-11-20T18:00:00Z',
            '_links': links('/v8/Organizations/' + ORG)}


def session(state):
    return {'id': SESSION, 'organization': EVIL, 'type': 'Vex', 'state': state,
            'creationTime': '2026-11-20T18:00:00Z', 'eTag': 1, '_links': links('/v8/RestoreSessions/x')}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def send(self, status, value):
        data = json.dumps(value).encode()
        self.send_response_only(status)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(data)))
        self.send_header('Location', THERE + self.path)
        self.send_header('Content-Location', THERE + self.path)
        self.send_header('Refresh', '0; url=' + THERE)
        self.send_header('Link', '<%s>; rel="next"' % THERE)
        self.send_header('Alt-Svc', 'http/1.1="%s"' % THERE[7:])
        self.end_headers()
        self.wfile.write(data)

    def page(self, *members):
        """Two at a time."""
        offset = int(self.path.partition('offset=')[2].partition('&')[0] or 0)
        value = {'results': members[offset:offset + 2], '_links': links(self.path)}
        if offset + 2 < len(members):
            value['_links']['next'] = {'href': THERE + self.path}
        self.send(200, value)

    def answer(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        FILE.write('asked %s %s\n' % (self.command, self.path))
        path = self.path.lower()
        step = 'token' if path.endswith('/token') else self.command.lower()
        if STATUS and step == STEP and 'serviceinstance' not in path:
            self.send(STATUS, {'message': EVIL, 'errorCode': EVIL})
        elif 'serviceinstance' in path:
            self.send(401, {})
        elif step == 'token':
            self.send(200, {'access_token': 'bearer-of-here', 'refresh_token': 'r', 'expires_in': 3600})
        elif path.endswith('/explore'):
            self.send(201, session('Working'))
        elif path.endswith('/stop'):
            self.send(200, session('Stopped'))
        elif '/organizations' in path:
            self.page(org(), {'id': 'second'}, {'id': 'third'})
        elif path.endswith(SESSION):
            self.send(200, session('Working'))
        elif '/organization/' in path:
            self.page()
        else:
            self.page(session('Working'))

    do_GET = do_POST = answer


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True


threading.Thread(target=listen, daemon=True).start()
server = Server(('127.0.0.1', 0), Handler)
print('http://127.0.0.1:%d %s' % (server.server_port, THERE), flush=True)
server.serve_forever()
