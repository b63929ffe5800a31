# The change feed (v8): one standing request in place of asking again, and nothing lost when it breaks.
# TIMEOUT=120
# shellcheck shell=bash source=tests/mount/lib.sh

FEED='GET /v8/Events[^ ]* '

live() {
	grep -q '^vbofs_feed_live 1$' "$M/.vbofs/metrics"
}

# Somebody goes on looking: the feed begins.
look_on() {
	ls "$M/sessions" >/dev/null
	live
}

# Every session that the server lists is here with the state it has there, and no other.
same_as_server() {
	local id
	truth v8 RestoreSessions "$WORK/.want"
	ls -AU "$M/sessions" | LC_ALL=C sort >"$WORK/.have"
	diff "$WORK/.want" "$WORK/.have" || return 1
	while read -r id; do
		[ "$(cat "$M/sessions/$id/state")" = "${STATE[$id]-Working}" ] || return 1
	done <"$WORK/.want"
}

# One look asks once; who goes on looking has a feed, and then nothing else is asked while nothing changes.
test_begins_with_the_second_look() {
	sim --sessions 20
	mnt
	ls "$M/sessions" >/dev/null
	cat "$M"/sessions/*/state >/dev/null
	assert_requests 0 "$FEED"
	eventually 20 look_on
	journal_mark
	for _ in {1..20}; do
		ls -l "$M/sessions" >/dev/null
		cat "$M"/sessions/*/state >/dev/null
		nap 0.25
	done
	assert_num "$(requests_since)" -le 1 'requests in 5 s'
	assert_requests 0 "$(sessions_get)"
	assert_requests 0 "$(session_get)"
}

# No other version has a feed: none is asked for.
# each: v1 v5 v6 v7
test_only_v8() {
	sim
	mnt -o "api=$1"
	explore
	background "$BUILD/vbofs" --wait "$M/sessions/$SID/state" Stopped
	for _ in {1..4}; do
		ls "$M/sessions" >/dev/null
		nap 1
	done
	assert_requests 0 'Events'
	kill "$BG"
	assert_status failure "$BG"
}

# What others do shows by itself: a change, a new session, one that is gone.
test_changes_show() {
	local id
	declare -A STATE=()
	sim --sessions 5 --busy-working 0
	mnt
	explore
	eventually 20 look_on
	journal_mark
	ctl POST "/_sim/session/$SID" '{"result":"Warning"}' >/dev/null
	eventually 5 content_is "$M/sessions/$SID/result" Warning
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	eventually 5 content_is "$M/sessions/$id/state" Working
	assert_eq "$(readlink "$M/sessions/$id/org")" "../../orgs/$ORG"
	ctl DELETE "/_sim/session/$id" >/dev/null
	eventually 5 not test -e "$M/sessions/$id"
	# each change cost one look at it, and the feed's own requests
	assert_num "$(requests_since)" -le 8 'requests for three changes'
}

# So does a restore point that comes.
test_restore_points_show() {
	local point=2026-11-21T10:00:00Z
	sim
	mnt
	ls "$O/restore-points" >/dev/null
	eventually 20 look_on
	assert_errno ENOENT stat "$O/restore-points/$point"
	journal_mark
	ctl POST /_sim/restore-points "{\"org\":\"$ORG\",\"backupTime\":\"$point\"}" >/dev/null
	eventually 5 test -e "$O/restore-points/$point"
	assert_requests 1 'GET /v8/RestorePoints'
	assert_eq "$(readlink "$O/restore-points/latest")" "$point" 'the latest'
}

# Many changes at once are had by one listing.
test_many_changes_at_once() {
	local id
	declare -A STATE=()
	sim --sessions 60 --busy-working 60
	mnt
	truth v8 RestoreSessions "$WORK/ids"
	while read -r id; do STATE[$id]=$(cat "$M/sessions/$id/state"); done <"$WORK/ids"
	eventually 20 look_on
	journal_mark
	fault 'GET:*/events:delay=500'
	head -n 40 "$WORK/ids" >"$WORK/some"
	while read -r id; do
		STATE[$id]=Stopped
		ctl POST "/_sim/session/$id" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	done <"$WORK/some"
	nofault
	eventually 20 same_as_server
	assert_num "$(requests_since "$(session_get)")" -le 30 'single looks at 40 sessions'
}

# The feed breaks: outdated, refused, garbage, cut, silent.  No change is lost, and it lives again.
# each: outdated status=500 status=503 garbage empty html reset-before reset-after truncate-json cut hang restart
test_broken_feed() {
	local id gone
	declare -A STATE=()
	allow_log .
	sim --sessions 8 --busy-working 0
	mnt -o timeout=3
	explore
	truth v8 RestoreSessions "$WORK/ids"
	while read -r id; do STATE[$id]=$(cat "$M/sessions/$id/state"); done <"$WORK/ids"
	gone=$(grep -v "$SID" "$WORK/ids" | head -n 1)
	eventually 20 look_on
	case $1 in
	outdated) fault 'GET:*/events:status=400,errorcode=OutdatedChangeToken' ;;
	cut) fault 'GET:*/events:cut=500' ;;
	restart) fault 'GET:*/events:status=500' ;;
	*) fault "GET:*/events:$1" ;;
	esac
	# the request that stands was before the fault; it ends with this change
	STATE[$SID]=Stopped
	ctl POST "/_sim/session/$SID" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	eventually 20 content_is "$M/sessions/$SID/state" Stopped
	# and these happen while it is broken
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	STATE[$id]=Working
	ctl DELETE "/_sim/session/$gone" >/dev/null
	unset "STATE[$gone]"
	[ "$1" != restart ] || ctl DELETE /_sim/changes >/dev/null
	eventually 30 content_is "$M/sessions/$id/state" Working
	nofault
	eventually 60 look_on
	eventually 10 same_as_server
	# it tells of changes again
	STATE[$id]=Stopped
	journal_mark
	ctl POST "/_sim/session/$id" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	eventually 10 content_is "$M/sessions/$id/state" Stopped
	assert_requests 0 "$(sessions_get)"
	same_as_server || fail 'not as the server has it'
}

# Looking at a changed session fails: it is not forgotten over that.
# each: status=500 garbage reset-before
test_changed_session_cannot_be_had() {
	allow_log .
	sim
	mnt -o timeout=2
	explore
	eventually 20 look_on
	background "$BUILD/vbofs" --wait "$M/sessions/$SID/state" Stopped --timeout 60
	eventually 10 waiting_in_poll "$BG"
	fault "GET:*/restoresessions/$SID:$1" "GET:*/restoresessions:$1"
	ctl POST "/_sim/session/$SID" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	eventually 20 seen 1
	nap 1
	nofault
	assert_status 0 "$BG"
}

waiting_in_poll() {
	[[ $(cat "/proc/$1/wchan" 2>/dev/null) =~ poll|schedule ]]
}

# A mount that nobody uses asks nothing.
test_idle_feed_ends() {
	sim
	mnt
	explore
	eventually 20 look_on
	# without use for a minute, and the request that stands then
	eventually 100 not live
	journal_mark
	nap 25
	assert_requests 0
	# and it comes back
	eventually 20 look_on
}
