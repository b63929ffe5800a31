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
FLAT_SAVED = 40           # their number goes with their sizes: 4 MiB are kept
DESCRIPTORS_MAX = 80      # as many connections as are kept open, and some
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

accepted, stops_accepted, tokens = collections.Counter(), collections.Counter(), 0
for line in lines('journal'):
    _, method, target, status = line.split()[:4]
    if method != 'POST':
        continue
    path = target.split('?')[0].lower().split('/')
    good = status.startswith('2')
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

MS, RSS, PSS, ANONYMOUS, OTHERS, SAVED = range(6)
figures = [tuple(map(int, line.split('\t'))) for line in lines('figures')]
last = figures[-1][MS]
# what has gone is remembered for 5 minutes: after 10 as much of it goes as comes
warm_from, warm_to = min(last * 3 // 8, 600000), min(last // 2, 900000)
warm = [f for f in figures if warm_from <= f[MS] <= warm_to]
later = [f for f in figures if f[MS] > warm_to]
tail = [f for f in figures if f[MS] > last - (warm_to - warm_from)]


def level(samples, column):
    values = sorted(f[column] for f in samples)
    return values[len(values) // 2]


def memory():
    # PSS is not judged: it depends on who else has the same libraries mapped
    for column, name in ((RSS, 'RSS'), (ANONYMOUS, 'anonymous memory')):
        start = level(warm, column)
        highest = max(f[column] for f in later)
        if highest > start + FLAT_KIB:
            yield '%s was %d KiB when it was warm, and %d once' % (name, start, highest)


def descriptors():
    # how many connections there are for a moment is as it may be; in the middle it stays the same
    for column, name, slack in ((OTHERS, 'descriptors', FLAT_DESCRIPTORS),
                                (SAVED, 'descriptors of saved documents', FLAT_SAVED)):
        start, now = level(warm, column), level(tail, column)
        if now > start + slack:
            yield '%d %s, %d when it was warm' % (now, name, start)
    if max(f[OTHERS] for f in later) > DESCRIPTORS_MAX:
        yield '%d descriptors' % max(f[OTHERS] for f in later)


def change(column):
    return '%d warm, %d at the end, %d at most' % (
        level(warm, column), level(tail, column), max(f[column] for f in later))


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
summary = ('%s minutes, %s, %s restarts, %d token POSTs, %d explores accepted (%d writes refused, '
           '%d unknown), %d stops accepted, RSS %s KiB, anonymous %s, PSS %s, descriptors %s, of '
           'saved documents %s' % (
               MINUTES, OPERATIONS, MINUTES, tokens, sum(accepted.values()), refused,
               sum(unknown.values()), sum(stops_accepted.values()), change(RSS),
               change(ANONYMOUS), change(PSS), change(OTHERS), change(SAVED)))
with open(os.path.join(DIRECTORY, 'summary'), 'w') as f:
    f.write(summary + '\n')
print(summary)
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed != 0)
