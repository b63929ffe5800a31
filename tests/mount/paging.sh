# Pages to the end, in every version; and the budget of requests.
# TIMEOUT=120
# shellcheck shell=bash source=tests/mount/lib.sh

# 45 organizations and 12,345 sessions, the server's defaults: all are listed.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_all_listed() {
	sim --orgs 45 --sessions 12345
	mnt -o "api=$1"
	assert_eq "$(ls -AU "$M/orgs" | wc -l)" 45 organizations
	assert_eq "$(ls -AU "$M/by-name" | wc -l)" 45 names
	ls "$M/sessions" >/dev/null
	assert_num "$(requests "$(sessions_get)")" -le 14 'pages of sessions'
	assert_num "$(requests "$(orgs_get)")" -le 2 'pages of organizations'
	assert_complete "$M/orgs" "$1" Organizations
	assert_complete "$M/sessions" "$1" RestoreSessions
	# v1 does not say whose a session is.
	[ "$1" = v1 ] || assert_eq "$(find "$M"/orgs/*/sessions -type l | wc -l)" "$(ls -AU "$M/sessions" | wc -l)" 'links to sessions'
	case $1 in
	v[5-8]) assert_eq "$(ls -AU "$M/sessions" | wc -l)" 12345 sessions ;;
	*) assert_num "$(ls -AU "$M/sessions" | wc -l)" -gt 5000 'sessions of the types that the version knows' ;;
	esac
}

# A server that gives at most 30 in a page, whatever is asked for; arrays cut as well.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_small_pages() {
	sim --orgs 45 --sessions 12345 --max-page 30 --arrays paged
	mnt -o "api=$1"
	ls "$M/sessions" "$M/orgs" >/dev/null
	# each page begins with the last session of the one before
	assert_num "$(requests "$(sessions_get)")" -le 427 'pages of sessions'
	assert_num "$(requests "$(orgs_get)")" -le 3 'pages of organizations'
	assert_eq "$(ls -AU "$M/orgs" | wc -l)" 45 organizations
	assert_complete "$M/orgs" "$1" Organizations
	assert_complete "$M/sessions" "$1" RestoreSessions
}

# Pages of a size that nobody expects.  (An array cut at such a size cannot be told from a
# whole one: no document knows of any.)
# each: v2 v5 v8
test_odd_pages() {
	sim --sessions 23 --orgs 45 --max-page 7
	mnt -o "api=$1"
	assert_complete "$M/orgs" "$1" Organizations
	assert_complete "$M/sessions" "$1" RestoreSessions
}

# The edges of pages: one less, equal, one more; an empty collection.
# each: v1 v2 v6 v8
test_page_edges() {
	local n
	for n in 0 1 29 30 31 60 61; do
		sim --sessions "$n" --orgs $((n + 1)) --max-page 30 --arrays paged
		mnt -d "$WORK/m$n" -o "api=$1"
		assert_eq "$(ls -AU "$M/orgs" | wc -l)" $((n + 1)) organizations
		assert_complete "$M/sessions" "$1" RestoreSessions
		[ "$1" = v1 ] || [ "$1" = v2 ] || assert_eq "$(ls "$M/sessions" | wc -l)" "$n" sessions
	done
}

# v1 to v7 with arrays that come whole although limit was asked for: once is enough.
# each: v1 v4 v7
test_whole_arrays() {
	sim --orgs 45 --arrays whole
	mnt -o "api=$1"
	assert_eq "$(ls -AU "$M/orgs" | wc -l)" 45 organizations
	assert_num "$(requests "$(orgs_get)")" -le 2 'requests for organizations'
	# once it is known that the server has no more to say behind an array, it is not asked for it
	journal_mark
	refresh
	assert_eq "$(ls -AU "$M/orgs" | wc -l)" 45 organizations
	assert_requests 1 "$(orgs_get)"
}

# An array that is cut at a size which is documented nowhere.
# each: v1 v5
test_array_cut_anywhere() {
	sim --orgs 100 --sessions 100 --max-page 45 --arrays paged
	mnt -o "api=$1"
	assert_complete "$M/orgs" "$1" Organizations
	assert_complete "$M/sessions" "$1" RestoreSessions
}

# What goes away between two pages shifts the rest: nobody is lost by it.
# each: v5 v8
test_removed_between_pages() {
	local first
	sim --orgs 100 --max-page 30 --arrays paged
	mnt -o "api=$1"
	ls -AU "$M/orgs" >"$WORK/before"
	first=$(head -n 1 "$WORK/before")
	refresh
	fault 'GET:*/organizations:delay-before=2000,skip=1,count=1'
	background bash -c 'ls -AU "$1" >"$2"' - "$M/orgs" "$WORK/names"
	eventually 20 seen 2
	ctl DELETE "/_sim/organization/$first" >/dev/null
	assert_status 0 "$BG"
	nofault
	truth "$1" Organizations "$WORK/after"
	assert_eq "$(LC_ALL=C sort "$WORK/names")" "$(cat "$WORK/after")" 'what was listed'
}

# Two members of one page with the same id: one is shown, the listing does not fail.
test_twice_in_a_page() {
	local a b
	sim --sessions 5
	truth v8 RestoreSessions "$WORK/ids"
	a=$(sed -n 1p "$WORK/ids") b=$(sed -n 2p "$WORK/ids")
	ctl POST "/_sim/session/$a" "{\"id\":\"$b\"}" >/dev/null
	mnt
	assert_eq "$(ls -AU "$M/sessions" | wc -l)" 4 sessions
	cat "$M/sessions/$b/state" >/dev/null
}

# ls -l sessions and cat sessions/*/state cost the pages of one collection; once all are stopped, nothing more ever.
# each: v1 v2 v5 v8
test_budget_of_sessions() {
	local pages n began rounds
	sim --sessions 2500 --busy-working 0
	mnt -o "api=$1"
	ls -l "$M/sessions" >"$WORK/ls"
	pages=$(requests "$(sessions_get)")
	assert_num "$pages" -le 4 'pages of one collection'
	n=$(ls "$M/sessions" | wc -l)
	assert_num "$n" -gt 1000 sessions
	journal_mark
	began=$SECONDS
	(cd "$M/sessions" && cat ./*/state >"$WORK/states")
	assert_eq "$(sort "$WORK/states" | uniq -c | awk '{ print $1, $2 }')" "$n Stopped"
	(cd "$M/sessions" && cat ./*/creationTime ./*/links/self ./*/json >/dev/null)
	ls -lR "$M/sessions" >/dev/null
	assert_requests 0 "$(session_get)"
	assert_requests 0 "$(explore_post)"
	# Names are listed again when they are older than 2 s, not more often.
	rounds=$((1 + (SECONDS - began + 1) / 2))
	assert_num "$(requests_since "$(sessions_get)")" -le "$((pages * rounds))" 'more pages'
}

# The other way round: cat first.
test_budget_of_cat() {
	sim --sessions 2500 --busy-working 0
	mnt
	(cd "$M/sessions" && cat ./*/state >/dev/null)
	ls -l "$M/sessions" >/dev/null
	assert_eq "$(requests "$(session_get)")" 0 'requests for single sessions'
	assert_num "$(requests "$(sessions_get)")" -le 4 'pages of one collection'
}

# ls, ls -lR and grep -r of orgs: the pages of the collections, once.
# each: v1 v7 v8
test_budget_of_orgs() {
	sim --orgs 45 --sessions 100 --busy-working 0
	mnt -o "api=$1"
	ls "$M/orgs" >/dev/null
	ls -lR "$M/orgs" >/dev/null
	grep -r . "$M/orgs" >/dev/null
	ls -l "$M/by-name" >/dev/null
	cat "$M"/by-name/*/name >/dev/null
	assert_num "$(requests "$(orgs_get)200 ")" -le 2 'pages of organizations'
	assert_num "$(requests "$(sessions_get)200 ")" -le 2 'pages of sessions'
	assert_eq "$(requests "GET /v[0-9]/[Oo]rganizations/")" 0 'requests for single organizations'
	assert_eq "$(requests POST)" 1 'POSTs (the token)'
}

# A mount costs the version probe and the token, nothing else; df, stat and .vbofs cost nothing.
# each: v1 v8 auto
test_budget_of_mounting() {
	sim
	mnt -o "api=$1"
	stat "$M" >/dev/null
	df "$M" >/dev/null
	ls -la "$M" "$M/.vbofs" >/dev/null
	cat "$M/README" "$M/.vbofs/version" "$M/.vbofs/metrics" "$M/.vbofs/log" "$M/.vbofs/last_error" >/dev/null
	stat -f "$M" "$M/orgs" "$M/sessions" >/dev/null
	unmount
	assert_eq "$(journal | grep -vcE 'POST /v[0-9]/[Tt]oken(/logout)? |GET /v[0-9]/(ServiceInstance|Organizations) (401|403|404) ' || :)" 0 \
		'requests other than probe and token'
	assert_eq "$(requests 'POST /v[0-9]/[Tt]oken 200')" 1 'tokens'
	assert_num "$(requests 'GET ')" -le 8 probes
}

# api=auto takes the newest version that the server has.
test_auto() {
	local pair
	for pair in 'v1=v1' 'v1,v2,v3=v3' 'v3,v5=v5' 'v4,v5,v6=v6' 'v5,v6,v7=v7' 'v1,v2,v3,v4,v5,v6,v7,v8=v8'; do
		sim --api "${pair%=*}"
		mnt -d "$WORK/m${pair#*=}"
		ls "$M/orgs" >/dev/null
		assert_num "$(requests "GET /${pair#*=}/[Oo]rganizations[^ ]* 200 ")" -ge 1 "requests of ${pair#*=}"
		assert_eq "$(journal | grep -cE ' /v[0-9].* 20[0-9] ' || :)" \
			"$(journal | grep -cE " /${pair#*=}/.* 20[0-9] " || :)" 'answers of that version alone'
		assert_match "$(cat "$M/.vbofs/version")" "${pair#*=}"
	done
}

# A session that works and is read costs its own GET every 2 s, no more.
# each: v1 v7 v8
test_working_session() {
	local start took n
	sim --sessions 50 --busy-working 0
	mnt -o "api=$1"
	ls "$M/sessions" >/dev/null
	explore
	journal_mark
	start=$(now_ms)
	while [ $(($(now_ms) - start)) -lt 5000 ]; do
		assert_eq "$(cat "$M/sessions/$SID/state")" Working
		nap 0.05
	done
	took=$(($(now_ms) - start))
	n=$(requests_since "$(session_get "$SID")")
	assert_num "$n" -le $((took / 2000 + 1)) "GETs of a working session in $took ms"
	[ "$1" = v8 ] || assert_num "$n" -ge 1 'GETs of a working session'
	# v8: one when the change feed begins
	assert_num "$(requests_since "$(sessions_get)")" -le $([ "$1" = v8 ] && echo 1 || echo 0) 'listings'
	# It stops; from then on it is never asked for again.
	ctl POST "/_sim/session/$SID" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
	eventually 10 test -e "$M/sessions/$SID/endTime"
	journal_mark
	start=$(now_ms)
	while [ $(($(now_ms) - start)) -lt 2500 ]; do
		assert_eq "$(cat "$M/sessions/$SID/state")" Stopped
		nap 0.1
	done
	assert_eq "$(requests_since "$(session_get)")" 0 'GETs of a stopped session'
}

# The state of a session that changes on the server is seen, and so is a result that appears with it.
# each: v1 v3 v6 v8
test_state_changes() {
	sim
	mnt -o "api=$1"
	explore
	ls "$M/sessions/$SID" >/dev/null
	assert_errno ENOENT stat "$M/sessions/$SID/endTime"
	ctl POST "/_sim/session/$SID" "{\"state\":\"Stopped\",\"result\":\"Warning\",\"endTime\":\"2026-01-02T03:04:05.0000000Z\"}" >/dev/null
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
	eventually 10 content_is "$M/sessions/$SID/result" Warning
	eventually 10 test -e "$M/sessions/$SID/endTime"
	same_instant "$(cat "$M/sessions/$SID/endTime")" 2026-01-02T03:04:05Z
	eventually 10 changed_at "$M/sessions/$SID" 2026-01-02T03:04:05Z
}

changed_at() {
	[ "$(date -u -d "$2" +%s)" = "$(stat -c %Y "$1")" ]
}

# Many working sessions cost the collection, not a GET each.
# each: v2 v8
test_many_working() {
	sim --sessions 300 --busy-working 200
	mnt -o "api=$1"
	cat "$M"/sessions/*/state >"$WORK/states"
	assert_num "$(grep -c Working "$WORK/states")" -gt 150 working
	journal_mark
	sleep 2.2
	cat "$M"/sessions/*/state >"$WORK/states2"
	cmp "$WORK/states" "$WORK/states2"
	assert_num "$(requests_since)" -le 10 'requests for so many working sessions'
	# ... and what changes is seen.
	local id
	id=$(find "$M/sessions" -mindepth 1 -maxdepth 1 -printf '%f\n' | while read -r id; do
		[ "$(cat "$M/sessions/$id/state")" != Working ] || echo "$id"
	done | sed -n 7p)
	ctl POST "/_sim/session/$id" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	eventually 10 content_is "$M/sessions/$id/state" Stopped
}

# Sessions that other people start appear.
# each: v1 v8
test_others_sessions_appear() {
	local id
	sim --sessions 3 --busy-working 0
	mnt -o "api=$1"
	assert_eq "$(ls "$M/sessions" | wc -l)" 3 sessions
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	eventually 15 listed "$M/sessions" "$id"
	assert_eq "$(cat "$M/sessions/$id/state")" Working
}

listed() {
	[[ " $(names "$1")" == *" $2 "* ]]
}

# A session that is asked for by its id is found, although the listing does not know it yet.
test_unlisted_session_by_id() {
	local id
	sim --sessions 3 --busy-working 0
	mnt
	ls "$M/sessions" >/dev/null
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	refresh
	assert_eq "$(cat "$M/sessions/$id/state")" Working
}

# Offsets shift when a session appears between two pages: none is lost, none is there twice.
# each: v5 v6 v8
test_insert_between_pages() {
	local i
	sim --sessions 900 --max-page 30
	mnt -o "api=$1"
	fault 'GET:*/restoresessions:delay-before=20'
	background ls -AU "$M/sessions" >"$WORK/ls"
	for ((i = 0; i < 5; i++)); do somebody "$ORG" vex 2017-06-26T22:07:39Z >>"$WORK/new"; done
	assert_status 0 "$BG"
	assert_eq "$(sort "$WORK/ls" | uniq -d)" '' 'sessions that are listed twice'
	assert_num "$(wc -l <"$WORK/ls")" -ge 900 sessions
	assert_num "$(wc -l <"$WORK/ls")" -le 905 sessions
}

# Pages that overlap, repeat themselves or never end: the listing fails or is right, it is never cut and never endless.
# each: endless fresh-endless
test_never_ending_pages() {
	allow_log .
	# with a latency the number of requests does not depend on how fast the machine is
	sim --orgs 45 --sessions 100 --max-page 30 --latency 2
	mnt -o timeout=1
	fault "GET:*/restoresessions:$1" "GET:*/organizations:$1"
	# ETIMEDOUT: pages that are always new are followed for a while.
	assert_errno EIO,ETIMEDOUT list "$M/sessions"
	[ "$1" = fresh-endless ] || assert_errno EIO list "$M/orgs"
	assert_ne "$(last_error)" '' last_error
	assert_num "$(requests)" -lt 20000 requests
	nofault
	eventually 10 count_is "$M/orgs" 45
	eventually 10 count_is "$M/sessions" 100
}

# A page in the middle that fails fails the listing; afterwards it is complete.
# each: status=500 truncate truncate-json garbage empty reset-after nullresults html
test_bad_page_in_the_middle() {
	allow_log .
	sim --sessions 200 --max-page 30
	mnt -o timeout=3
	fault "GET:*/restoresessions:$1,skip=3"
	assert_errno EIO,EHOSTUNREACH,ETIMEDOUT list "$M/sessions"
	assert_ne "$(last_error)" '' last_error
	nofault
	eventually 20 count_is "$M/sessions" 200
}

# readdir in small steps, telldir and all, gives each entry once.
test_readdir_by_steps() {
	sim --sessions 1500
	mnt
	"$PY" - "$M/sessions" <<-'END'
		import ctypes, os, sys
		libc = ctypes.CDLL(None, use_errno=True)
		fd = os.open(sys.argv[1], os.O_RDONLY)
		buf = ctypes.create_string_buffer(400)
		seen = []
		while True:
		    n = libc.getdents64(fd, buf, 400)
		    if n <= 0:
		        break
		    at = 0
		    while at < n:
		        size = int.from_bytes(buf.raw[at + 16:at + 18], 'little')
		        seen.append(buf.raw[at + 19:at + size].split(b'\0')[0])
		        at += size
		seen = [s for s in seen if s not in (b'.', b'..')]
		if n < 0 or len(seen) != 1500 or len(set(seen)) != 1500:
		    sys.exit('%d entries, %d different' % (len(seen), len(set(seen))))
	END
}

# The kernel drops its copy of a listing while somebody reads it: the rest comes from here, of the listing
# as it was at the beginning.  A short one is made anew, and if it is another one by then this
# is said, as a name could be missing or come twice.
# each: same changed short
test_copy_is_dropped() {
	[ "$1" != short ] || allow_log ESTALE
	sim --sessions 500
	mnt
	explore
	ls "$M/sessions" "$M/sessions/$SID" >/dev/null
	"$PY" - "$1" "$M/sessions" "$SID" "$O/explore" <<-'END'
		import ctypes, errno, os, sys
		libc = ctypes.CDLL(None, use_errno=True)
		what, sessions, own, explore = sys.argv[1:]
		path = sessions if what != 'short' else f'{sessions}/{own}'
		before = sorted(map(os.fsencode, os.listdir(path)))
		fd = os.open(path, os.O_RDONLY)
		buf = ctypes.create_string_buffer(200)
		seen = []
		def step():
		    n = libc.getdents64(fd, buf, 200)
		    at = 0
		    while at < n:
		        size = int.from_bytes(buf.raw[at + 16:at + 18], 'little')
		        seen.append(buf.raw[at + 19:at + size].split(b'\0')[0])
		        at += size
		    return n
		step()
		os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
		if what == 'changed':
		    with open(explore, 'w') as f:
		        f.write('2026-11-20T18:00:00Z type=vex\n')
		if what == 'short':
		    with open(f'{path}/stop', 'w') as f:
		        f.write('stop\n')
		while (n := step()) > 0:
		    pass
		end = ctypes.get_errno() if n < 0 else 0
		right = end == errno.ESTALE if what == 'short' else end == 0 and sorted(seen[2:]) == before
		after = len(os.listdir(path)) - len(before)
		if not right or (after > 0) != (what == 'changed'):
		    sys.exit('%s: %d names, errno %d, %+d later' % (what, len(set(seen)), end, after))
	END
}
