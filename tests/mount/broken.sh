# Connections that break during a POST: adopted, or EIO with the outcome named; never two POSTs.
# shellcheck shell=bash source=tests/mount/lib.sh

# The server acted, then the connection was reset: the session is found and adopted.
# each: v1 v2 v5 v6 v7 v8
test_adopted() {
	allow_log .
	sim --sessions 5
	mnt -o "api=$1"
	fault "$EXPLORE:reset-after,count=1"
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_match "$(cat "$M/sessions/$SID/pointInTime")" '2017[.-]06[.-]26[T ]22:07:39'
	assert_eq "$(cat "$O/explore")" "$SID"
	assert_requests 1 "$(explore_post)"
	assert_num "$(requests "$(sessions_get)")" -ge 1 'listings'
}

# The same when the connection is closed or cut in the middle of the answer.
# each: close truncate truncate-json
test_adopted_after() {
	allow_log .
	sim
	mnt
	fault "$EXPLORE:$1,count=1"
	if echo "$TS" >"$O/explore"; then
		SID=$(cat "$O/explore")
		assert_eq "$(cat "$M/sessions/$SID/state")" Working
	else
		# What it did is not known everywhere: then it has to be said.
		assert_match "$(last_error)" 'unknown|not known|may have' last_error
	fi
	assert_requests 1 "$(explore_post)"
}

# The server saw nothing: EIO, and last_error says that the outcome is unknown. No second POST.
# each: v1 v5 v8
test_nothing_to_adopt() {
	allow_log .
	local before
	sim --sessions 5
	mnt -o "api=$1"
	before=$(ls "$M/sessions" | wc -l)
	fault "$EXPLORE:reset-before,count=1"
	assert_errno EIO write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" "orgs/$ORG/explore" last_error
	assert_match "$(last_error)" 'outcome|unknown|not known' last_error
	assert_requests 1 "$(explore_post)"
	assert_eq "$(ls "$M/sessions" | wc -l)" "$before" sessions
	# The next command works.
	explore
	assert_requests 1 "$(accepted)"
}

# A session from before the POST is no candidate, even when this mount has never seen it.
# each: v1 v8
test_older_session_is_not_adopted() {
	local id
	allow_log .
	sim
	mnt -o "api=$1"
	ls "$M/orgs" "$M/sessions" >/dev/null
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	ctl POST "/_sim/session/$id" "{\"creationTime\":\"$(instant '10 seconds ago')\"}" >/dev/null
	fault "$EXPLORE:reset-before,count=1"
	assert_errno EIO write "$O/explore" "$TS\\n"
	assert_requests 1 "$(explore_post)"
	refresh
	assert_eq "$(names "$M/sessions")" "$id " 'the other session'
	assert_eq "$(cat "$O/explore")" ''
}

# One that was made a moment before the POST is none either: Date has whole seconds, its bounds tell all the same.
# each: v1 v8
test_session_of_a_moment_ago() {
	local id
	allow_log .
	sim
	mnt -o "api=$1"
	ls "$M/orgs" >/dev/null
	id=$(somebody "$ORG" vex 2017-06-27T05:07:39Z)
	nap 0.3
	fault "$EXPLORE:reset-before,count=1"
	assert_errno EIO write "$O/explore" "$TS\\n"
	assert_requests 1 "$(explore_post)"
	assert_eq "$(cat "$O/explore")" ''
}

# v1 says which point in time a session shows: another one than was asked for is not ours.
test_session_of_another_time() {
	allow_log .
	sim
	mnt -o api=v1,explore-timeout=3
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:delay-before=60000,count=1"
	background "$PY" -IS "$SRC/tests/mount/sysop.py" write "$O/explore" "$TS\\n" >"$WORK/out"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	somebody "$ORG" vex 2017-06-20T22:07:39Z >/dev/null
	assert_status 0 "$BG"
	assert_match "$(cat "$WORK/out")" '^(EIO|ETIMEDOUT)'
	assert_eq "$(cat "$O/explore")" ''
}

# A session of another organization, or of another type, is no candidate.
# each: organization type
test_other_session_is_not_adopted() {
	local other
	allow_log .
	sim --orgs 3
	mnt -o explore-timeout=3
	other=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG" -printf '%f\n' | head -n 1)
	fault "$EXPLORE:delay-before=60000"
	background "$PY" -IS "$SRC/tests/mount/sysop.py" write "$O/explore" "$TS type=veod\\n" >"$WORK/out"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	if [ "$1" = organization ]; then
		somebody "$other" veod 2017-06-26T22:07:39Z
	else
		somebody "$ORG" vesp 2017-06-26T22:07:39Z
	fi
	assert_status 0 "$BG"
	assert_match "$(cat "$WORK/out")" 'EIO|ETIMEDOUT'
	assert_eq "$(cat "$O/explore")" ''
	assert_eq "$(ctl GET /_sim/stats | jq '.faults[0].seen')" 1 POSTs
}

# Two candidates: EIO, and last_error names both.
test_ambiguous() {
	local id own
	allow_log .
	sim
	mnt -o api=v1,explore-timeout=3
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:delay=60000,count=1"
	background "$PY" -IS "$SRC/tests/mount/sysop.py" write "$O/explore" "$TS\\n" >"$WORK/out"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	id=$(somebody "$ORG" vex 2017-06-27T05:07:39Z)
	assert_status 0 "$BG"
	assert_match "$(cat "$WORK/out")" '^(EIO|ETIMEDOUT)'
	own=$(find "$M/sessions" -mindepth 1 -maxdepth 1 ! -name "$id" -printf '%f\n')
	assert_match "$own" '^[0-9a-f-]{36}$' 'the session that the server started'
	assert_match "$(last_error)" "$id" 'last_error names the one'
	assert_match "$(last_error)" "$own" 'last_error names the other'
	assert_requests 1 "$(explore_post)"
}

# Where the version says who started a session, somebody else's is no candidate.
test_somebody_elses() {
	local id
	allow_log .
	sim
	mnt -o api=v8,explore-timeout=3
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:delay=60000,count=1"
	background "$PY" -IS "$SRC/tests/mount/sysop.py" write "$O/explore" "$TS\\n" >"$WORK/out"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	ctl POST "/_sim/session/$id" '{"initiatedBy":"FAB\\somebody.else","clientHost":"elsewhere"}' >/dev/null
	assert_status 0 "$BG"
	assert_eq "$(cat "$WORK/out")" OK
	assert_ne "$(cat "$O/explore")" "$id"
	assert_ne "$(cat "$O/explore")" ''
	assert_requests 1 "$(explore_post)"
}

# Two POSTs of one organization and type break at once: neither may take the other's session.
test_two_unresolved() {
	local i
	allow_log .
	sim
	mnt -o explore-timeout=3
	ls "$M/orgs" "$M/sessions" >/dev/null
	fault "$EXPLORE:delay=60000"
	mkdir "$WORK/out"
	for i in 1 2; do
		background "$PY" -IS "$SRC/tests/mount/sysop.py" write "$O/explore" "2017.06.2$i 22:07:39\\n" >"$WORK/out/$i"
	done
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_requests 2 "$(explore_post)"
	refresh
	assert_eq "$(ls "$M/sessions" | wc -l)" 2 sessions
	# Whoever was given a session was given his own.
	for i in 1 2; do
		assert_match "$(cat "$WORK/out/$i")" '^(EIO|ETIMEDOUT)' "writer $i"
	done
}

# One of two did something, one did nothing: who can say whose the session is?  Nobody gets it.
test_one_session_for_two() {
	local i
	allow_log .
	sim
	mnt -o explore-timeout=3
	ls "$M/orgs" "$M/sessions" >/dev/null
	fault "$EXPLORE:delay=60000,count=1" "$EXPLORE:delay-before=60000"
	for i in 1 2; do
		background "$PY" -IS "$SRC/tests/mount/sysop.py" write "$O/explore" "2017.06.2$i 22:07:39\\n" >"$WORK/out.$i"
	done
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_match "$(cat "$WORK/out.1")" '^(EIO|ETIMEDOUT)' 'writer 1'
	assert_match "$(cat "$WORK/out.2")" '^(EIO|ETIMEDOUT)' 'writer 2'
	refresh
	assert_eq "$(ls "$M/sessions" | wc -l)" 1 sessions
	assert_match "$(last_error)" "$(ls "$M/sessions")" 'last_error names the candidate'
	assert_eq "$(cat "$O/explore")" ''
}

# v1 does not say whose a session is: while the outcome of another organization's request is unknown,
# nobody is given one.
# each: v1:EIO v8:OK
test_unresolved_elsewhere() {
	local other
	allow_log .
	sim --orgs 2
	mnt -o "api=${1%:*}"
	other=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG" -printf '%f\n')
	fault "POST:*/organizations/$other/*:reset-before" "POST:*/organizations/$ORG/*:reset-after"
	assert_errno EIO write "$M/orgs/$other/explore" "$TS\\n"
	assert_errno "${1#*:}" write "$O/explore" "$TS\\n"
	assert_requests 2 "$(explore_post)"
	refresh
	assert_eq "$(ls "$M/sessions" | wc -l)" 1 sessions
	[ "$1" = v8:OK ] || assert_match "$(last_error)" "$(ls "$M/sessions")" 'last_error names the candidate'
}

# A listing that was on its way when the connection broke knows nothing of the new session.
test_listing_begun_before() {
	allow_log .
	sim
	mnt
	ls "$M/orgs" >/dev/null
	fault 'GET:*/restoresessions:delay=2000,count=1' "$EXPLORE:reset-after,count=1"
	background ls "$M/sessions"
	eventually 10 seen 1
	# by a process of its own: the end of the other one interrupts a shell's write
	assert_errno OK write "$O/explore" "$TS\\n"
	assert_eq "$(cat "$M/sessions/$(cat "$O/explore")/state")" Working
	assert_status 0 "$BG"
	assert_requests 1 "$(explore_post)"
}

# explore-timeout ends as a broken connection does: the session that came of it is adopted.
test_explore_timeout() {
	allow_log .
	sim
	mnt -o explore-timeout=2
	fault "$EXPLORE:delay=60000,count=1"
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_requests 1 "$(explore_post)"
}

# When even the listing fails, the outcome stays unknown: EIO, once, and the mount recovers.
test_listing_fails_too() {
	allow_log .
	sim
	mnt -o timeout=2
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:reset-after" 'GET:*/restoresessions:status=500'
	assert_errno EIO write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" 'outcome|unknown|not known|may have' last_error
	nofault
	eventually 10 count_is "$M/sessions" 1
	assert_requests 1 "$(explore_post)"
}

# A stop whose answer is lost: the session is looked at; one POST.
# each: reset-after reset-before
test_stop_broken() {
	allow_log .
	sim
	mnt
	explore
	fault "POST:*/restoresessions/*:$1,count=1"
	if echo x >"$M/sessions/$SID/stop"; then
		assert_eq "$1" reset-after 'a stop that the server never saw cannot succeed; fault'
		eventually 10 content_is "$M/sessions/$SID/state" Stopped
	fi
	assert_requests 1 "$(stop_post)"
}
