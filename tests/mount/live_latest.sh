# Links to the session started last: on the server, and in one organization.
# shellcheck shell=bash source=tests/mount/lib.sh

# Of the sessions that the mount shows, the id of the one started last; with an argument, of those of that organization.
newest() {
	local s
	for s in "${1:-$M}"/sessions/*; do
		echo "$(date -u -d "$(cat "$s/creationTime")" +%s.%N) ${s##*/}"
	done | sort -n | tail -n 1 | cut -d ' ' -f 2
}

# They lead to the newest, and what is behind them is that session.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_newest() {
	local org
	sim --sessions 60 --orgs 4
	mnt -o "api=$1"
	assert_eq "$(readlink "$M/sessions/latest")" "$(newest)"
	assert_eq "$(cat "$M/sessions/latest/id")" "$(newest)"
	# v1 does not say whose a session is: there is none
	for org in "$M"/orgs/*; do
		if [ -z "$(ls "$org/sessions")" ]; then
			assert_errno ENOENT lstat "$org/latest"
			continue
		fi
		assert_eq "$(readlink "$org/latest")" "../../sessions/$(newest "$org")" "of $org"
		assert_eq "$(readlink -f "$org/latest/org")" "$org"
	done
	explore
	assert_eq "$(readlink "$M/sessions/latest")" "$SID" 'after a session was started here'
	eventually 5 leads_to "$O/latest" "../../sessions/$SID"
	assert_eq "$(cat "$O/latest/state")" Working
}

# A session started here is the latest at once and without a request, one that somebody else starts within the budget.
# each: v2 v5 v8
test_never_stale() {
	local other start
	sim --sessions 3
	mnt -o "api=$1"
	readlink "$M/sessions/latest" "$O/latest" >/dev/null
	explore
	journal_mark
	assert_eq "$(readlink "$M/sessions/latest")" "$SID"
	other=$(somebody "$ORG" vex 2026-11-20T02:00:00Z)
	start=$(now_ms)
	eventually 20 leads_to "$M/sessions/latest" "$other"
	assert_eq "$(readlink "$O/latest")" "../../sessions/$other"
	# Once the list is older than its 2 s (5 s where all of it has to be had) nobody is told what was in it.
	nap 5.5
	other=$(somebody "$ORG" vex 2026-11-20T02:00:00Z)
	assert_eq "$(readlink "$M/sessions/latest")" "$other" 'after a pause'
	assert_eq "$(readlink "$O/latest")" "../../sessions/$other" 'after a pause'
	nap 5.5
	other=$(somebody "$ORG" vex 2026-11-20T02:00:00Z)
	assert_eq "$(cat "$M/sessions/latest/id")" "$other" 'on the way to a file, after a pause'
	assert_num "$(requests_since "$(sessions_get)")" -le $(((($(now_ms) - start) / 2000 + 2) * 2)) listings
}

leads_to() {
	[ "$(readlink "$1")" = "$2" ]
}

# Loops over sessions meet each one once: the links are found by name, not listed.
test_not_listed() {
	local n
	sim --sessions 7
	mnt
	readlink "$M/sessions/latest" "$O/latest" >/dev/null
	assert_complete "$M/sessions" v8 RestoreSessions
	n=$(ls "$M/sessions" | wc -l)
	assert_eq "$(ls "$M/sessions" | while read -r s; do cat "$M/sessions/$s/id"; done | sort -u | wc -l)" "$n"
	assert_eq "$(cat "$M"/sessions/*/state | wc -l)" "$n" states
	assert_no_match " $(names "$O")" ' latest ' 'the listing of an organization'
	assert_eq "$(find -L "$M/sessions" -maxdepth 1 -name latest)" ''
}

# Where there is none there is no link, until there is a session.
test_none() {
	local other
	sim
	mnt
	other=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG")
	assert_errno ENOENT lstat "$M/sessions/latest"
	assert_errno ENOENT lstat "$O/latest"
	explore
	eventually 5 test -e "$M/sessions/latest/state"
	eventually 5 test -e "$O/latest/state"
	assert_errno ENOENT lstat "$other/latest"
	# and when the last one goes, the link goes
	ctl DELETE "/_sim/session/$SID" >/dev/null
	refresh
	eventually 5 not test -L "$M/sessions/latest"
}

# A failure is no missing link.
test_faults() {
	allow_log .
	sim --sessions 3
	mnt
	fault 'GET:*/restoresessions:status=500'
	assert_errno EIO lstat "$M/sessions/latest"
	nofault
	readlink "$M/sessions/latest" >/dev/null
	nap 2.5
	fault 'GET:*/restoresessions:status=500'
	assert_errno EIO readlink "$M/sessions/latest"
	nofault
	eventually 5 readlink "$M/sessions/latest"
}

# Of two that were started in the same second the later one; of two of the same moment always the same one.
test_ties() {
	local a b c
	sim
	mnt
	a=$(somebody "$ORG" vex 2026-11-20T02:00:00Z)
	b=$(somebody "$ORG" vex 2026-11-20T02:00:00Z)
	c=$(somebody "$ORG" vex 2026-11-20T02:00:00Z)
	ctl POST "/_sim/session/$a" '{"creationTime":"2030-01-01T00:00:00.0000003Z"}' >/dev/null
	ctl POST "/_sim/session/$b" '{"creationTime":"2030-01-01T00:00:00.0000004Z"}' >/dev/null
	ctl POST "/_sim/session/$c" '{"creationTime":"2030-01-01T00:00:00.0000002Z"}' >/dev/null
	assert_eq "$(readlink "$M/sessions/latest")" "$b"
	ctl POST "/_sim/session/$a" '{"creationTime":"2030-01-01T00:00:00.0000004Z"}' >/dev/null
	refresh
	assert_eq "$(readlink "$M/sessions/latest")" "$(printf '%s\n' "$a" "$b" | LC_ALL=C sort | tail -n 1)"
	# and a time that changes is noticed
	ctl POST "/_sim/session/$c" '{"creationTime":"2030-01-01T00:00:01Z"}' >/dev/null
	refresh
	assert_eq "$(readlink "$M/sessions/latest")" "$c"
}

# The link is as old as what it leads to, so that no time is now.
test_times() {
	sim --sessions 5 --busy-working 0
	mnt
	assert_eq "$(stat -c %.9Y "$M/sessions/latest")" "$(stat -c %.9Y "$M/sessions/latest/")"
	assert_eq "$(stat -c %.9Y "$O/latest")" "$(stat -c %.9Y "$O/latest/")"
}

# A session that is called latest is the session.
test_hostile_id() {
	sim --sessions 2
	truth v8 RestoreSessions "$WORK/ids"
	ctl POST "/_sim/session/$(head -n 1 "$WORK/ids")" '{"id":"latest","eTag":4711}' >/dev/null
	mnt
	assert_eq "$(cat "$M/sessions/latest/eTag")" 4711
	assert_eq "$(ls "$M/sessions" | wc -l)" 2 sessions
}
