#!/usr/bin/python3
"""Restores what a session holds by the REST API alone, without vbofs.

usage: restore.py URL VERSION CREDENTIALS SESSION DIRECTORY

Makes in DIRECTORY what the mount should show of that session: names, bytes,
times and .index.tsv.  It says once more, in its own words, how the server is
asked and how names are made, so that a mistake has to be made twice to stay.
"""

import datetime
import http.client
import json
import os
import re
import ssl
import sys
import urllib.parse

URL, VERSION, CREDENTIALS, SESSION, TARGET = sys.argv[1:6]
V = int(VERSION[1:])
BASE = '/%s/RestoreSessions/%s/organization/' % (VERSION, SESSION)
TOP = 'root' if V >= 7 else 'null'
TIMES = ('modificationTime modified received sent lastModifiedTime createdTime postedOn startTime '
         'startDate date creationTime').split()
UNSAFE = (set(range(0x20)) | set(range(0x7f, 0xa0)) | {0x061c, 0x200e, 0x200f, 0x2f, 0x25} |
          set(range(0x2028, 0x202f)) | set(range(0x2066, 0x206a)))

# ---- the server -------------------------------------------------------------------


def connect():
    parts = urllib.parse.urlsplit(URL)
    if parts.scheme == 'http':
        return http.client.HTTPConnection(parts.hostname, parts.port)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return http.client.HTTPSConnection(parts.hostname, parts.port, context=context)


SERVER = connect()
HEADERS = {}


def ask(method, path, body=None, kind='application/json'):
    SERVER.request(method, path, body, dict(HEADERS, **{'Content-Type': kind} if body else {}))
    answer = SERVER.getresponse()
    data = answer.read()
    if answer.status not in (200, 201):
        sys.exit('restore.py: %s %s: %d %r' % (method, path, answer.status, data[:200]))
    return data


def sign_in():
    login = dict(line.rstrip('\n').split('=', 1) for line in open(CREDENTIALS) if '=' in line)
    form = {'grant_type': 'password', 'username': login['username'], 'password': login['password']}
    if V >= 7:
        form['disable_antiforgery_token'] = 'true'
    token = ask('POST', '/%s/token' % VERSION, urllib.parse.urlencode(form),
                'application/x-www-form-urlencoded')
    HEADERS['Authorization'] = 'Bearer ' + json.loads(token)['access_token']


def fill(template, *ids):
    return BASE + template % tuple(urllib.parse.quote(i, safe='') for i in ids)


class Member(dict):
    raw = ''

    @property
    def id(self):
        return str(self['id'] if 'id' in self else self['postId'])


def members(template, *ids):
    """Of a list, each with its text as the server wrote it."""
    found, path = [], fill(template, *ids)
    while True:
        text = ask('GET', path + ('&' if '?' in path else '?') +
                   'limit=500&offset=%d' % len(found)).decode()
        at = re.search(r'"results"\s*:\s*\[\s*', text).end()
        before = len(found)
        while text[at] != ']':
            value, end = json.JSONDecoder().raw_decode(text, at)
            found.append(Member(value))
            found[-1].raw = text[at:end]
            at = re.compile(r'[\s,]*').match(text, end).end()
        if len(found) == before or 'next' not in json.loads(text)['_links']:
            return found


def save(old, old_body, new, new_body, *ids):
    return ask('POST', fill(old if V <= 5 else new, *ids), old_body if V <= 5 else new_body)

# ---- names --------------------------------------------------------------------------


def piece(text, i):
    c = text[i]
    if ord(c) in UNSAFE or text in ('.', '..') or (c == ' ' and i in (0, len(text) - 1)):
        return ''.join('%%%02X' % b for b in c.encode())
    return c


def escape(text, limit=255, begin=0, end=None):
    """The name, and whether it is all of the text."""
    made = ''
    for i in range(begin, len(text) if end is None else end):
        if len((made + piece(text, i)).encode()) > limit:
            return made.rstrip(' '), False
        made += piece(text, i)
    return made, True


def mix(h):
    m = (1 << 64) - 1
    h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD & m
    h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53 & m
    return h ^ h >> 33


def hash64(text):
    h = 0xCBF29CE484222325
    for b in text.encode():
        h = (h ^ b) * 0x100000001B3 & (1 << 64) - 1
    return mix(h)


def dot_of(label):
    dot = label.rfind('.')
    tail = label[dot + 1:]
    if dot < 1 or not tail or ' ' in tail or len(tail.encode()) >= 16:
        return len(label)
    return dot if len(escape(label, 999, dot + 1)[0].encode()) <= 16 else len(label)


def suffixed(label, id, extension):
    suffix = '~' + (id[:8] if re.fullmatch(r'[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}', id)
                    else '%08x' % (hash64(id) >> 32))
    dot = dot_of(label) if extension else len(label)
    tail = escape(label, 999, dot)[0]
    return escape(label, 255 - len(suffix) - len(tail.encode()), 0, dot)[0] + suffix + tail


def assign(labels, ids, reserved, extension):
    plain = [escape(label) for label in labels]
    names = [name for name, _ in plain]
    return [name if whole and label and names.count(name) == 1 and name not in reserved
            else suffixed(label or 'unnamed', id, extension)
            for (name, whole), label, id in zip(plain, labels, ids)]

# ---- times ---------------------------------------------------------------------------


def parse(time):
    """Nanoseconds since 1970 of one of the server's times; 0: it is none, or says never."""
    m = re.fullmatch(r'(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?', str(time))
    if not m:
        return 0
    zone = m.group(3) if m.group(3) not in (None, 'Z') else '+00:00'
    seconds = int(datetime.datetime.fromisoformat(m.group(1) + zone).timestamp())
    return max(0, seconds * 10 ** 9 + int((m.group(2) or '0')[:9].ljust(9, '0')))


def mtime(member):
    return next((parse(member[k]) for k in TIMES if k in member and parse(member[k])), 0)


def utc(ns, form):
    return datetime.datetime.fromtimestamp(ns // 10 ** 9, datetime.timezone.utc).strftime(form)

# ---- the tree --------------------------------------------------------------------------


def first(member, keys):
    return next((str(member[k]) for k in keys.split() if member.get(k) not in (None, '')), '')


class Entry:
    """Something in a directory: `make(path)` puts it there."""

    def __init__(self, member, label, make, suffix='', times='', directory=False, size=None):
        when = next((parse(member[k]) for k in times.split() if k in member), 0)
        text = ' '.join(t for t in (utc(when, '%Y%m%dT%H%M%SZ') if when else '', label) if t)
        self.label = (text or 'unnamed' if suffix else text) + suffix
        self.extension = bool(suffix) or not directory
        self.beside = None
        self.member, self.make, self.directory, self.size = member, make, directory, size

    def line(self, name):
        ns = mtime(self.member)
        when = utc(ns, '%Y-%m-%dT%H:%M:%S') + ('.%09d' % (ns % 10 ** 9)).rstrip('0').rstrip('.') + 'Z'
        cells = [name + '/' * self.directory, '' if self.size is None else str(self.size),
                 when if ns else '']
        for key in ('id', 'version', 'from', 'to', 'subject'):
            value = self.member.id if key == 'id' else self.member.get(key)
            cells.append('' if value is None else str(value).replace('\\', '\\\\')
                         .replace('\t', '\\t').replace('\n', '\\n'))
            cells[-1] = ''.join(c if ord(c) not in UNSAFE or c in '/%' else
                                ''.join('\\x%02x' % b for b in c.encode()) for c in cells[-1])
        return '\t'.join(cells) + '\n'


def beside(name, entry):
    """A post that is answered stands beside a directory of the same name with another suffix."""
    there = Entry(entry.member, '', entry.beside, directory=True)
    return re.sub(r'\.msg$', '.re', name), there


def directory(path, entries, literal=(), index=True, of=0, hidden=()):
    """`literal`: {name: make}, directories whose names are no labels; `hidden`: names that are taken."""
    os.mkdir(path)
    reserved = set(literal) | set(hidden) | ({'.index.tsv'} if index else set())
    named = list(zip(assign([e.label for e in entries], [e.member.id for e in entries], reserved,
                            any(e.extension for e in entries)), entries))
    named += [beside(name, entry) for name, entry in named if entry.beside]
    named.sort(key=lambda n: n[0].encode())
    for name, entry in named:
        there = os.path.join(path, name)
        entry.make(there)
        os.utime(there, ns=(mtime(entry.member),) * 2)
    for name, make in dict(literal).items():
        make(os.path.join(path, name))
        os.utime(os.path.join(path, name), ns=(of, of))
    if index:
        there = os.path.join(path, '.index.tsv')
        write(there, ('name\tsize\tmodified\tid\tversion\tfrom\tto\tsubject\n' +
                      ''.join(e.line(n) for n, e in named)).encode())
        os.utime(there, ns=(of, of))


def write(path, data):
    with open(path, 'wb') as f:
        f.write(data)


def file(member, get, **how):
    return Entry(member, how.pop('label', member.get('name') or ''),
                 lambda path: write(path, get()), **how)


def folder(member, fill_in, label='title name'):
    return Entry(member, first(member, label), lambda path: fill_in(path, mtime(member)), directory=True)


def text(member, label):
    return Entry(member, first(member, label), lambda path: write(path, (member.raw + '\n').encode()),
                 suffix='.json')


def mailboxes(path, at):
    def mail(m, i):
        return save('mailboxes/%s/items/%s/Action', '{"savetoMsg":null}',
                    'mailboxes/%s/items/%s/save', None, m, i)

    def inside(path, m, parent, of):
        items = [] if parent is None else members(
            'mailboxes/%%s/items?%s=%%s' % ('folderId' if V <= 6 else 'parentId'), m, parent)
        directory(path, [folder(f, lambda p, of, f=f: inside(p, m, f.id, of)) for f in
                         members('mailboxes/%s/folders?parentId=%s', m, parent or TOP)] +
                  [file(i, lambda i=i: mail(m, i.id), label=first(i, 'subject fullName name fileAs'),
                        suffix='.msg', times='sent received postedOn date startTime startDate')
                   for i in items], of=of, hidden={'search'} if parent is None else ())
    directory(path, [folder(m, lambda p, of, m=m: inside(p, m.id, None, of), 'email name')
                     for m in members('mailboxes')], of=at)


def documents(area, owner, folders, parent):
    """The two lists of a folder of a OneDrive or library, as entries."""
    def get(d):
        there = area + '/%s/Documents/%s/'
        return save(there + 'Action', '{"save":null}', there + 'save', '{"asZip":false}', owner, d.id)
    inside = members(area + '/%s/Folders?parentId=%s', owner, parent)
    return [folder(f, lambda p, of, f=f: folders(p, f.id, of)) for f in inside] + [
        file(d, lambda d=d: get(d), size=d['size' if V == 2 else 'sizeBytes'])
        for d in members(area + '/%s/Documents?parentId=%s', owner, parent)]


def onedrives(path, at):
    def inside(path, owner, parent, of):
        directory(path, documents('OneDrives', owner, lambda p, i, of: inside(p, owner, i, of),
                                  parent), of=of,
                  hidden={'.versions', 'search'} if parent == TOP else {'.versions'})
    directory(path, [folder(o, lambda p, of, o=o: inside(p, o.id, TOP, of))
                     for o in members('OneDrives')], of=at)


def sites(path, of, parent=TOP):
    directory(path, [folder(s, lambda p, of, s=s: site(p, s.id, of))
                     for s in members('Sites?parentId=%s', parent)], of=of)


def site(path, s, of):
    def library(path, parent, of):
        directory(path, documents('Sites', s, library, parent), of=of, hidden={'.versions'})

    def attachments(path, item, of):
        directory(path, [file(a, lambda a=a: save(
            'Sites/%s/Items/%s/Attachments/%s/Action', '{"save":null}',
            'Sites/%s/Items/%s/Attachments/%s/save', None, s, item, a.id), suffix='.zip')
            for a in members('Sites/%s/Items/%s/Attachments', s, item)], of=of)

    def a_list(path, parent, of):
        items = members('Sites/%s/Items?parentId=%s', s, parent)
        attached = [folder(i, lambda p, of, i=i: attachments(p, i.id, of)) for i in items]
        inside = members('Sites/%s/Folders?parentId=%s', s, parent)
        directory(path, [folder(f, lambda p, of, f=f: a_list(p, f.id, of)) for f in inside] +
                  [text(i, 'title name') for i in items],
                  {'attachments': lambda p: directory(p, attached, of=of)}, of=of,
                  hidden={'.versions'})

    def all_of(what, make):
        return lambda p: directory(p, [folder(x, lambda p, of, x=x: make(p, x.id, of))
                                       for x in members('Sites/%s/' + what, s)], of=of)
    directory(path, [], {'libraries': all_of('Libraries', library), 'lists': all_of('Lists', a_list),
                         'subsites': lambda p: sites(p, of, s)}, index=False, of=of)


def teams(path, at):
    def get(t, c, f):
        if V >= 8:
            return ask('POST', fill('teams/%s/channels/%s/files/%s/save', t, c, f), '{"asZip":false}')
        return save('teams/%s/files/%s/Action', '{"save":null}', 'teams/%s/files/%s/save',
                    '{"asZip":false}', t, f)

    def post(t, p):
        return save('teams/%s/posts/%s/Action', '{"save":null}', 'teams/%s/posts/%s/save', None, t, p)

    def files(path, t, c, parent, of):
        found = members('teams/%s/files?channelId=%s&parentId=%s', t, c, parent)
        is_folder = [f['fileType'] == 'Folder' for f in found]
        directory(path, [folder(f, lambda p, of, f=f: files(p, t, c, f.id, of))
                         for f, yes in zip(found, is_folder) if yes] +
                  [file(f, lambda f=f: get(t, c, f.id), size=f['sizeBytes'])
                   for f, yes in zip(found, is_folder) if not yes], of=of, hidden={'.versions'})

    def posts(path, t, c, parent, of):
        entries = [file(p, lambda p=p: post(t, p.id), label=p['subject'] or '', suffix='.msg',
                        times='createdTime')
                   for p in members('teams/%s/posts?channelId=%s&parentId=%s', t, c, parent)]
        for e in entries:
            if members('teams/%s/posts?channelId=%s&parentId=%s', t, c, e.member.id):
                e.beside = lambda p, e=e: posts(p, t, c, e.member.id, mtime(e.member))
        directory(path, entries, of=of, hidden={'.html'})

    def tabs(path, t, c, of):
        directory(path, [text(x, 'displayName') for x in members('teams/%s/channels/%s/tabs', t, c)],
                  of=of)

    def channel(path, t, c, of):
        directory(path, [], {'files': lambda p: files(p, t, c, TOP, of),
                             'posts': lambda p: posts(p, t, c, '-1', of),
                             'tabs': lambda p: tabs(p, t, c, of)}, index=False, of=of)

    def team(path, t, of):
        directory(path, [folder(c, lambda p, of, c=c: channel(p, t, c.id, of), 'displayName name')
                         for c in members('teams/%s/channels', t)], of=of, hidden={'search'})
    directory(path, [folder(t, lambda p, of, t=t: team(p, t.id, of), 'displayName name')
                     for t in members('teams')], of=at)


def main():
    sign_in()
    session = json.loads(ask('GET', '/%s/RestoreSessions/%s' % (VERSION, SESSION)))
    name, make = {'vex': ('mailboxes', mailboxes), 'veod': ('onedrives', onedrives),
                  'vesp': ('sites', sites), 'vet': ('teams', teams)}[session['type'].lower()]
    os.makedirs(TARGET, exist_ok=True)
    at = parse(session['creationTime'])
    make(os.path.join(TARGET, name), at)
    os.utime(os.path.join(TARGET, name), ns=(at, at))


main()
