#!/usr/bin/python3
"""What the server itself lists, asked for without vbofs.

usage: truth.py URL VERSION CREDENTIALS COLLECTION

Prints the ids of all members, sorted, one a line, following the pages to the
end.
"""

import http.client
import json
import ssl
import sys
import urllib.parse

url, version, credentials, collection = sys.argv[1:5]
parts = urllib.parse.urlsplit(url)
if parts.scheme == 'https':
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    server = http.client.HTTPSConnection(parts.hostname, parts.port, context=context)
else:
    server = http.client.HTTPConnection(parts.hostname, parts.port)


def ask(method, path, body=None, headers=None):
    server.request(method, '/%s/%s' % (version, path), body, headers or {})
    answer = server.getresponse()
    text = answer.read()
    if answer.status not in (200, 201):
        sys.exit('truth.py: %s %s: %d %s' % (method, path, answer.status, text[:200]))
    return json.loads(text)


login = dict(line.rstrip('\n').split('=', 1) for line in open(credentials) if '=' in line)
form = {'grant_type': 'password', 'username': login['username'], 'password': login['password']}
if version in ('v7', 'v8'):
    form['disable_antiforgery_token'] = 'true'
token = ask('POST', 'token', urllib.parse.urlencode(form),
            {'Content-Type': 'application/x-www-form-urlencoded'})['access_token']
ids = set()
while True:
    page = ask('GET', '%s?limit=10000&offset=%d' % (collection, len(ids)),
               headers={'Authorization': 'Bearer ' + token})
    members = page['results'] if isinstance(page, dict) else page
    before = len(ids)
    ids |= {member['id'] for member in members}
    # An array may come whole, whatever was asked for: the end is a page that brings nothing new.
    if len(ids) == before:
        break
sys.stdout.writelines(i + '\n' for i in sorted(ids))
