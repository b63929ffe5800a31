#!/usr/bin/python3
"""A proxy in front of the simulator that writes down what vbofs really sends.

usage: recorder.py UPSTREAM FILE

Prints its URL when it listens.  FILE gets one JSON object for each exchange:
method, path, headers (names in lower case), body, status, answer.

FILE.rules, if it is there, is read for each exchange: lines of a path's regular
expression, one of text in the answer, and what takes its place, with tabs between.
What was changed goes out in pieces, so that its reader sees the first before the last.
"""

import http.client
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse

UPSTREAM = urllib.parse.urlsplit(sys.argv[1])
LOCK = threading.Lock()
FILE = open(sys.argv[2], 'w', buffering=1)


def rewritten(path, data):
    try:
        with open(sys.argv[2] + '.rules', 'rb') as f:
            rules = [line.rstrip(b'\n').split(b'\t') for line in f]
    except OSError:
        return data
    for where, what, replacement in rules:
        if re.search(where, path.encode()):
            data = re.sub(what, replacement, data)
    return data


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def exchange(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0))
        up = http.client.HTTPConnection(UPSTREAM.hostname, UPSTREAM.port, timeout=60)
        headers = {k: v for k, v in self.headers.items()
                   if k.lower() not in ('connection', 'content-length')}
        up.request(self.command, self.path, body or None, headers)
        answer = up.getresponse()
        original = answer.read()
        data = rewritten(self.path, original)
        with LOCK:
            FILE.write(json.dumps({
                'method': self.command, 'path': self.path, 'status': answer.status,
                'headers': {k.lower(): v for k, v in self.headers.items()},
                'body': body.decode('utf-8', 'replace'),
                'answer': data.decode('utf-8', 'replace')}) + '\n')
        self.send_response_only(answer.status, answer.reason)
        for key, value in answer.getheaders():
            if key.lower() not in ('connection', 'content-length', 'transfer-encoding'):
                self.send_header(key, value)
        if answer.status not in (204, 304):
            self.send_header('Content-Length', str(len(data)))
        self.end_headers()
        piece = len(data) if data == original else 1 << 18
        for i in range(0, len(data), piece or 1):
            self.wfile.write(data[i:i + piece])
            self.wfile.flush()
            time.sleep(0.02 if data != original else 0)
        up.close()

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = exchange


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


server = Server(('127.0.0.1', 0), Handler)
print('http://127.0.0.1:%d' % server.server_port, flush=True)
server.serve_forever()
