#!/usr/bin/python3
"""Judges an endurance test by what it has left.

usage: account.py DIRECTORY MINUTES EXIT-STATUS-OF-VBOFS OPERATIONS

Every session that the server ever had was started by exactly one write that said so, or by
one that said that its outcome is not known; every POST that was accepted is one of those.
"""

import collections
import os
import re
import sys

DIRECTORY, MINUTES, STATUS, OPERATIONS = sys.argv[1:5]
FLAT_KIB = 2048
FLAT_DESCRIPTORS = 8
NEVER = re.compile(r'Sanitizer|runtime error:|assert|segmentation fault|core dumped|double free|'
                   r'corrupt|stack smashing|buffer overflow|==\d+==|\bBUG\b', re.I)
passed = failed = 0


def lines(name):
    with open(os.path.join(DIRECTORY, name), errors='replace') as f:
        return f.read().splitlines()


def check(what, *wrongs):
    global passed, failed
    wrongs = [w for w in wrongs if w]
    if not wrongs:
        passed += 1
        print('ok   soak/' + what)
        return
    failed += 1
    print('FAIL soak/' + what)
    for wrong in wrongs[:20]:
        print('     ' + wrong)


def median(values):
    return sorted(values)[len(values) // 2]


# ---- what was done, what the server has -----------------------------------------------

explored, unknown, stops = {}, collections.Counter(), collections.defaultdict(collections.Counter)
refused = 0
for line in lines('writes'):
    what, org, outcome, session, _ = line.split()
    if what == 'stop':
        stops[session][outcome] += 1
    elif outcome == 'ok':
        explored[session] = None if session in explored else org
    elif outcome == 'unknown':
        unknown[org] += 1
    else:
        refused += 1

sessions, stopped = {}, set()
for line in lines('sessions'):
    session, org, _, _, flags = line.split()[:5]
    sessions[session] = org
    if not int(flags) & 1:
        stopped.add(session)

accepted, stops_accepted, tokens, unanswered = (collections.Counter(), collections.Counter(), 0, 0)
for line in lines('journal'):
    _, method, target, status = line.split()[:4]
    if method != 'POST':
        continue
    path = target.split('?')[0].lower().split('/')
    good = status.startswith('2')
    unanswered += status == '0'
    if path[2] == 'token':
        tokens += 1
    elif path[2] == 'organizations' and path[-1] == 'explore' and good:
        accepted[path[3]] += 1
    elif path[2] == 'restoresessions' and path[-1] == 'stop' and good:
        stops_accepted[path[3]] += 1


def explores():
    for session, org in explored.items():
        if org is None:
            yield '%s: said to be new twice' % session
        elif sessions.get(session) != org:
            yield '%s of %s: the server has none such' % (session, org)
    strangers = collections.Counter(org for s, org in sessions.items() if s not in explored)
    for org, n in strangers.items():
        if n > unknown[org]:
            yield '%s: %d sessions that no write knows of, %d writes of unknown outcome' % (
                org, n, unknown[org])
    there = collections.Counter(sessions.values())
    for org in there.keys() | accepted.keys():
        # a server that is killed may not have come to write down what it did
        if not there[org] - unknown[org] <= accepted[org] <= there[org]:
            yield '%s: %d sessions, %d POSTs accepted' % (org, there[org], accepted[org])


def stopping():
    for session, n in stops.items():
        if n['ok'] and session not in stopped:
            yield '%s: said to be stopped, but works' % session
        if n['ok'] and not n['unknown'] and stops_accepted[session] != 1:
            yield '%s: stopped by one write, but by %d POSTs' % (session, stops_accepted[session])
        if stops_accepted[session] > n['ok'] + n['unknown']:
            yield '%s: %d writes, %d POSTs' % (session, n['ok'] + n['unknown'],
                                               stops_accepted[session])
    for session in stopped - stops.keys():
        yield '%s: stopped by nobody' % session


# ---- what it took ---------------------------------------------------------------------------

figures = [tuple(map(int, line.split('\t'))) for line in lines('figures')]
last = figures[-1][0]
warm_from, warm_to = min(last // 8, 240000), min(last // 4, 300000)
warm = [f for f in figures if warm_from <= f[0] <= warm_to]
later = [f for f in figures if f[0] > warm_to]
tail = [f for f in figures if f[0] > last - (warm_to - warm_from)]
rss, pss = median([f[1] for f in warm]), median([f[2] for f in warm])
highest = max(f[1] for f in later)


def memory():
    for column, start, name in ((1, rss, 'RSS'), (2, pss, 'PSS')):
        grown = median([f[column] for f in tail]) - start
        if grown > FLAT_KIB:
            yield '%s grew by %d KiB after it was warm (%d KiB)' % (name, grown, start)
    if highest > rss + FLAT_KIB:
        yield 'RSS was %d KiB once, %d KiB when it was warm' % (highest, rss)


def descriptors():
    for column, name in ((3, 'descriptors'), (4, 'saved documents')):
        start = max(f[column] for f in figures if f[0] <= warm_to)
        grown = max(f[column] for f in later) - start
        if grown > FLAT_DESCRIPTORS:
            yield '%d %s, %d when it was warm' % (start + grown, name, start)


log = lines('log')
stderr = lines('vbofs.stderr')
check('reads', *[line for line in log if line.startswith('wrong:')])
check('hangs', *[line for line in log if line.startswith('hangs:')])
check('memory', *memory())
check('descriptors', *descriptors())
check('explores', *explores())
check('stops', *stopping())
check('end', STATUS != '0' and 'vbofs ended with %s' % STATUS,
      *[line for line in stderr if NEVER.search(line)],
      *[line for line in log if not line.startswith(('wrong:', 'hangs:', 'inodes stay:'))])
summary = ('%s minutes, %s, %s restarts, %d token POSTs, %d explores (%d refused, %d unknown), '
           '%d stops, RSS %d KiB warm, %d at the end, %d at most, PSS %d and %d, '
           'descriptors %d warm, %d at the end (and %d, %d of saved documents)' % (
               MINUTES, OPERATIONS, MINUTES, tokens, sum(accepted.values()), refused,
               sum(unknown.values()), sum(stops_accepted.values()), rss,
               median([f[1] for f in tail]), highest, pss, median([f[2] for f in tail]),
               median([f[3] for f in warm]), figures[-1][3], median([f[4] for f in warm]),
               figures[-1][4]))
with open(os.path.join(DIRECTORY, 'summary'), 'w') as f:
    f.write(summary + '\n')
print(summary)
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed != 0)
