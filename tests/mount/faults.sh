# What goes wrong at the server: the errno of the design, the reason in last_error, never a cut listing, recovery by itself.
# TIMEOUT=90
# shellcheck shell=bash source=tests/mount/lib.sh

# The errno that design says, of a listing and of an explore.  Where a row leaves
# room (what a listing makes of a 400) all that it allows.
errno_of() {
	case $1 in
	status=400) LISTING=EINVAL,EIO POST=EINVAL ;;
	status=401) LISTING=EACCES POST=EACCES ;;
	status=403) LISTING=EACCES POST=EACCES ;;
	status=404) LISTING=EIO POST=ENOENT ;;
	status=408) LISTING=ETIMEDOUT POST=ETIMEDOUT ;;
	status=409) LISTING=EBUSY POST=EBUSY ;;
	status=429 | status=503) LISTING=EAGAIN POST=EBUSY ;;
	status=500 | status=501) LISTING=EIO POST=EIO ;;
	status=502) LISTING=EIO POST=EIO ;;
	status=504) LISTING=EIO,ETIMEDOUT POST=EIO,ETIMEDOUT ;;
	status=418) LISTING=EIO POST=EIO,EINVAL ;;
	redirect=*) LISTING=EIO POST=EIO ;;
	fresh-endless) LISTING=EIO,ETIMEDOUT POST=EIO ;;
	hang) LISTING=ETIMEDOUT POST=EIO,ETIMEDOUT ;;
	reset-* | close) LISTING=EIO,EHOSTUNREACH,ETIMEDOUT POST=EIO ;;
	*) LISTING=EIO POST=EIO ;;
	esac
}

# readdir of orgs, on a cold mount: the errno, the reason, no cut listing; afterwards it recovers.
# each: status=400 status=401 status=403 status=404 status=408 status=409 status=418 status=429 status=500 status=501 status=502 status=503 status=504 garbage html empty truncate truncate-json deep hang reset-before reset-after close endless fresh-endless nullresults
test_listing() {
	allow_log .
	errno_of "$1"
	sim --orgs 45
	mnt -o timeout=2
	fault "GET:*/organizations:$1"
	if [ "$1" = nullresults ]; then
		# "results": null is no listing that could be believed.
		LISTING=EIO
	fi
	assert_errno "$LISTING" list "$M/orgs"
	assert_ne "$(last_error)" '' last_error
	assert_match "$(last_error)" 'orgs|rganizations' last_error
	[[ $1 != status=* ]] || [ "$1" = status=401 ] || assert_match "$(last_error)" "${1#status=}" 'last_error names the status'
	# Nor is anything missing that may be there: a lookup fails, too, and not with ENOENT.
	if [ "$1" != fresh-endless ]; then
		assert_errno "$LISTING,EHOSTUNREACH" stat "$O/name"
		assert_errno "$LISTING,EHOSTUNREACH" list "$M/by-name"
	fi
	nofault
	eventually 20 count_is "$M/orgs" 45
	assert_match "$(cat "$O/firstBackuptime")" '^2017-05-14'
}

# A listing that was there before stays or fails: never empty, never cut, never ENOENT.
# each: status=500 status=404 garbage empty truncate hang reset-before
test_known_listing() {
	local n
	allow_log .
	sim --orgs 45
	mnt -o timeout=2
	ls "$M/orgs" >/dev/null
	fault "GET:*/organizations:$1"
	refresh
	if n=$(ls "$M/orgs" 2>/dev/null | wc -l); then
		assert_eq "$n" 45 'organizations (all, or an error)'
	fi
	assert_errno OK,EIO,ETIMEDOUT,EHOSTUNREACH,EAGAIN read "$O/name"
	nofault
	eventually 20 count_is "$M/orgs" 45
}

# A mixed page, cut in the session listing: the same rules.
# each: status=500 status=503 garbage truncate-json hang
test_sessions_listing() {
	allow_log .
	errno_of "$1"
	sim --sessions 40 --busy-working 0
	mnt -o timeout=2
	fault "GET:*/restoresessions:$1"
	assert_errno "$LISTING" list "$M/sessions"
	assert_ne "$(last_error)" '' last_error
	# The rest of the tree does not suffer.
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	cat "$O/name" >/dev/null
	nofault
	eventually 20 count_is "$M/sessions" 40
}

# The write to explore: the errno from write itself, exactly one POST, recovery.
# each: status=400 status=403 status=404 status=408 status=409 status=418 status=429 status=500 status=501 status=502 status=503 status=504 garbage html empty truncate truncate-json deep hang reset-before
test_explore() {
	local before
	allow_log .
	errno_of "$1"
	sim --sessions 3
	mnt -o timeout=2,explore-timeout=2
	ls "$M/orgs" "$M/sessions" >/dev/null
	fault "$EXPLORE:$1"
	case $1 in
	garbage | html | empty | truncate | truncate-json | deep | hang)
		# The server may have acted: the session that came of it may be adopted, or the outcome is said to be unknown.
		assert_errno "$POST,OK" write "$O/explore" "$TS\\n"
		;;
	*) assert_errno "$POST" write "$O/explore" "$TS\\n" ;;
	esac
	assert_requests 1 "$(explore_post)"
	if [ "$(cat "$O/explore")" = '' ]; then
		assert_match "$(last_error)" "orgs/$ORG/explore" last_error
	fi
	nofault
	before=$(requests "$(accepted)")
	eventually 20 write_works
	assert_requests $((before + 1)) "$(accepted)"
}

write_works() {
	echo "$TS" >"$O/explore"
}

# The message of the server stands in last_error, defused.
test_servers_message() {
	allow_log .
	sim
	mnt
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:status=500,message=Restore session cannot be created."
	assert_errno EIO write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" 'Restore session cannot be created' last_error
	fault "$EXPLORE:status=400,message=bad date,errorcode=ParameterValidationFailure"
	nofault
	fault "$EXPLORE:status=400,message=bad date,errorcode=ParameterValidationFailure"
	assert_errno EINVAL write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" 'bad date' last_error
}

# Error codes of v7 and v8 count, whatever the status.
# each: OperationConflict=EBUSY OrganizationTransfer=EBUSY Timeout=ETIMEDOUT ProxyOffline=EHOSTDOWN ParameterValidationFailure=EINVAL ResourceAccessDenied=EACCES
test_error_codes() {
	allow_log .
	sim
	mnt -o api=v8
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:status=400,errorcode=${1%=*},message=because"
	assert_errno "${1#*=}" write "$O/explore" "$TS\\n"
	assert_requests 1 "$(explore_post)"
}

# GETs are retried: one bad answer is not noticed.
# each: status=502 status=503 status=504 status=429 reset-before
test_retried() {
	allow_log .
	sim --sessions 5
	mnt
	fault "GET:*/organizations:$1,count=1" "GET:*/restoresessions:$1,count=1"
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	assert_eq "$(ls "$M/sessions" | wc -l)" 5 sessions
}

# Retry-After is heeded while the deadline allows it.
test_retry_after() {
	local start
	allow_log .
	sim
	mnt -o timeout=20
	fault 'GET:*/organizations:status=429,retry-after=2,count=1'
	start=$(now_ms)
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	assert_num $(($(now_ms) - start)) -ge 1900 'milliseconds until the second try'
	assert_requests 2 "$(orgs_get)(200|429) "
}

# A Retry-After beyond the deadline ends in the errno, soon.
test_retry_after_too_long() {
	allow_log .
	sim
	mnt -o timeout=2
	fault 'GET:*/organizations:status=503,retry-after=3600'
	assert_errno EAGAIN list "$M/orgs"
}

# A 404 of a session that is known: ENOENT only for what the server does not know.
test_member_404() {
	local id
	allow_log .
	sim --sessions 3 --busy-working 0
	mnt -o api=v7
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	assert_eq "$(cat "$M/sessions/$id/state")" Working
	fault "GET:*/restoresessions/$id:status=500"
	sleep 2.5
	assert_errno OK,EIO read "$M/sessions/$id/state"
	assert_errno OK stat "$M/sessions/$id"
	nofault
	eventually 20 content_is "$M/sessions/$id/state" Working
}

# ProxyOffline: the organizations are listed without their backup times; the files are absent and last_error says why.
# each: v7 v8
test_proxy_offline() {
	allow_log .
	sim --orgs 45 --proxy-offline
	mnt -o "api=$1"
	assert_eq "$(ls "$M/orgs" | wc -l)" 45 organizations
	assert_eq "$(cat "$O/id")" "$ORG"
	assert_errno ENOENT stat "$O/firstBackuptime"
	assert_errno ENOENT stat "$O/lastBackuptime"
	assert_match "$(last_error)" '[Pp]roxy' last_error
	assert_match "$(last_error)" 'ackup ?time|times' last_error
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
}

# Without the times of backups `latest` and -o strict-time say why, and nothing is sent.
test_latest_without_proxy() {
	allow_log .
	sim --proxy-offline
	mnt -o strict-time
	ls "$M/orgs" >/dev/null
	assert_errno EHOSTDOWN write "$O/explore" 'latest\n'
	assert_match "$(last_error)" 'proxy is offline' last_error
	assert_errno EHOSTDOWN write "$O/explore" "$TS\\n"
	assert_requests 0 "$(explore_post)"
}

# v7 and v8 have a code for it: a 500 that has none is a failure, not a proxy that is down.
# each: v7 v8
test_status_500_is_no_proxy() {
	allow_log .
	sim
	mnt -o "api=$1"
	fault 'GET:*/organizations:status=500,query=extendedView'
	assert_errno EIO list "$M/orgs"
	nofault
	eventually 10 test -e "$O/lastBackuptime"
}

# Bytes that drip are no silence, and all the same there is an end to it.
test_drip_has_an_end() {
	allow_log .
	sim --sessions 50
	mnt -o timeout=1
	fault 'GET:*/restoresessions:drip=200'
	assert_errno ETIMEDOUT list "$M/sessions"
	assert_ne "$(last_error)" '' last_error
	nofault
	eventually 10 count_is "$M/sessions" 50
}

# The sign-in does not go through: a write is told EBUSY, for EAGAIN makes programs spin.
# each: 429 503
test_write_without_sign_in() {
	allow_log .
	sim
	mnt -o timeout=2
	ls "$M/orgs" >/dev/null
	ctl POST /_sim/revoke >/dev/null
	fault "POST:*/token:status=$1"
	# the first one meets the old token
	assert_errno EACCES write "$O/explore" "$TS\\n"
	assert_errno EBUSY write "$O/explore" "$TS\\n"
	nofault
	explore
}

# A server that fails while nobody waits for it is not asked at each look.
test_background_failures_pause() {
	local org
	allow_log .
	sim --orgs 45
	mnt
	ls -U "$M/orgs" >"$WORK/orgs"
	fault 'GET:*/organizations:status=404'
	refresh
	nap 1.2     # what the kernel knows grows old, too
	journal_mark
	while read -r org; do
		"$PY" -c 'import os, sys; os.stat(sys.argv[1])' "$M/orgs/$org"
	done <"$WORK/orgs"
	assert_num "$(requests_since "$(orgs_get)")" -le 10 'listings in the background'
}

# A session that the server lost and found again is the same file.
test_lost_and_found() {
	local before boxes mail asked
	allow_log .
	sim
	mnt
	explore
	asked=$(cat "$M/sessions/$SID/pointInTime")
	boxes=$(ls "$M/sessions/$SID/mailboxes")
	mail=$(find "$M/sessions/$SID/mailboxes" -name "*.msg" | sed -n 1p)
	echo subject:report >"$M/sessions/$SID/search"
	before=$(stat -c %i "$M/sessions/$SID" "$M/sessions/$SID/state")
	nap 2.1
	fault "GET:*/restoresessions/$SID:status=404,count=1"
	assert_errno ENOENT read "$M/sessions/$SID/state"
	eventually 20 test -e "$M/sessions/$SID/state"
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_eq "$(stat -c %i "$M/sessions/$SID" "$M/sessions/$SID/state")" "$before" inodes
	assert_eq "$(ls "$M/sessions/$SID/mailboxes")" "$boxes" mailboxes
	assert_eq "$(cat "$M/sessions/$SID/pointInTime")" "$asked" pointInTime
	cat "$mail" >/dev/null
	echo subject:report >"$M/sessions/$SID/search"
}

# The server was away for a while and came back, a new one that knows no token: the first command works.
test_back_after_a_while() {
	allow_log .
	sim --no-tls
	local port=$PORT
	mnt -o timeout=2,insecure
	ls "$M/orgs" >/dev/null
	sim_stop
	for _ in 1 2 3 4; do
		assert_errno EHOSTUNREACH list "$M/sessions"
	done
	sim --no-tls --port "$port"
	# longer than a failure is taken for the state of things
	nap 5.5
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_requests 1 "$(explore_post)"
}

# Hundreds of commands that hang leave room for everything else, and more of them are refused.
test_hundreds_hang() {
	local i
	allow_log .
	sim
	mnt -o timeout=3
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:hang"
	"$PY" - "$O/explore" <<-'END'
	import errno, os, sys, threading
	outcomes = []
	def write():
	    fd = os.open(sys.argv[1], os.O_WRONLY)
	    try:
	        os.write(fd, b'now\n')
	    except OSError as e:
	        outcomes.append(e.errno)
	for _ in range(520):
	    threading.Thread(target=write, daemon=True).start()
	while len(outcomes) < 8:
	    pass
	assert set(outcomes) == {errno.EBUSY}, outcomes
	os._exit(0)
	END
	refresh
	ls "$M/orgs" "$M/sessions" >/dev/null
}

# A redirect is refused, and whoever it points to is not asked at all.
test_redirect() {
	local first second
	allow_log .
	sim
	second=$URL second_journal=$JOURNAL
	sim
	first=$SIM
	mnt
	fault "*:*:redirect=$second/v8/Organizations"
	assert_errno EIO list "$M/orgs"
	assert_errno EIO list "$M/sessions"
	assert_match "$(last_error)" 'redirect|30[1278]' last_error
	assert_eq "$(grep -vc /_sim/ "$second_journal" || :)" 0 'requests at the other server'
	nofault
	eventually 20 count_is "$M/orgs" 2
	[ -e "$first/journal" ]
}

# hrefs that point elsewhere are shown and never followed.
test_foreign_hrefs() {
	local second_journal
	sim
	second=$URL second_journal=$JOURNAL
	sim
	ctl POST "/_sim/organization/$ORG" "{\"_links\":{\"self\":{\"href\":\"$second/v8/Organizations\"},\"../x\":{\"href\":\"y\"}}}" >/dev/null
	mnt
	explore
	assert_eq "$(cat "$O/links/self")" "$second/v8/Organizations"
	ls -lR "$M" >/dev/null
	assert_eq "$(find "$O/links" -mindepth 1 -maxdepth 1 | wc -l)" 2 links
	assert_eq "$(grep -vc /_sim/ "$second_journal" || :)" 0 'requests at the other server'
}

# The server is gone: EHOSTUNREACH, what is at hand is still served, / and df answer; it comes back and so do we.
test_server_gone_and_back() {
	local s
	allow_log .
	sim --sessions 4 --busy-working 0
	wire
	mnt -o timeout=2
	s=$(find "$M/sessions" -mindepth 1 -maxdepth 1 | head -n 1)
	cat "$s/state" "$O/name" >/dev/null
	ls "$O/sessions" >/dev/null
	cut_wire
	assert_errno EHOSTUNREACH write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" "orgs/$ORG/explore" last_error
	assert_eq "$(cat "$s/state")" Stopped
	df "$M" >/dev/null
	ls "$M" >/dev/null
	refresh
	assert_errno EHOSTUNREACH,OK list "$M/orgs"
	assert_errno EHOSTUNREACH list "$M/sessions"
	assert_match "$(last_error)" 'sessions' last_error
	wire
	eventually 30 count_is "$M/orgs" 2
	eventually 30 count_is "$M/sessions" 4
	eventually 30 write_works
}

# The same between two commands: who asks when it is back notices nothing.
test_short_outage() {
	allow_log .
	sim --sessions 4 --busy-working 0
	wire
	mnt
	ls "$M/orgs" >/dev/null
	cut_wire
	wire
	refresh
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	explore
	cut_wire
	background ls "$M/sessions"
	eventually 10 waiting "$BG"
	wire
	assert_status 0 "$BG"
}

# A server that was set up anew and knows neither token nor password: EACCES, with the reason.
test_another_server_at_the_same_place() {
	allow_log .
	sim --no-tls
	wire
	mnt -o timeout=2
	ls "$M/orgs" >/dev/null
	cut_wire
	sim --no-tls --seed 99
	wire
	refresh
	assert_errno EACCES list "$M/orgs"
	assert_match "$(last_error)" 'password|sign' last_error
	assert_errno EACCES write "$O/explore" "$TS\\n"
	assert_num "$(requests '[Tt]oken 4')" -le 6 'tries with a wrong password'
}

# A server that stays away is found out once: further calls fail at once (the circuit is open), not after a time-out each.
test_circuit() {
	local i start
	allow_log .
	sim
	mnt -o timeout=2
	fault '*:*:hang'
	for i in 1 2 3 4; do assert_errno ETIMEDOUT,EHOSTUNREACH list "$M/sessions" || fail "try $i"; done
	start=$(now_ms)
	for ((i = 0; i < 10; i++)); do assert_errno EHOSTUNREACH,ETIMEDOUT list "$M/orgs"; done
	# 10 time-outs would be 20 s.
	assert_num $(($(now_ms) - start)) -lt 10000 'milliseconds for 10 calls to a dead server'
	nofault
	eventually 30 count_is "$M/orgs" 2
}

# A dead server is not bombarded: waiting programs share the retries.
test_no_storm() {
	local i
	allow_log .
	sim
	mnt -o timeout=3
	journal_mark
	fault 'GET:*:status=503'
	for ((i = 0; i < 20; i++)); do background ls "$M/orgs"; done
	for i in "${BGS[@]}"; do assert_status failure "$i"; done
	assert_num "$(requests_since)" -lt 40 'requests of 20 readers in 3 s'
	nofault
}

# The server's certificate changes under the mount: no secret is sent, the error says so.
test_certificate_changed() {
	local old
	allow_log .
	sim
	old=$PORT
	cp "$CAFILE" "$WORK/ca.pem"
	mnt -o timeout=2
	cat "$O/name" >/dev/null
	sim_stop
	sim --port "$old"
	journal_mark
	assert_errno EKEYREJECTED write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" '[Cc]ertificate|TLS|SSL' last_error
	assert_eq "$(requests_since)" 0 'requests over the untrusted connection'
}

# Content types are looked at: JSON said to be text is an error, not a value.
test_html_is_no_listing() {
	allow_log .
	sim
	mnt -o timeout=2
	fault 'GET:*/restoresessions:html'
	assert_errno EIO list "$M/sessions"
	assert_match "$(last_error)" 'html|content type|JSON' last_error
}

# 50 faults in a row leave no descriptor and no transfer behind.
test_nothing_leaks() {
	local before i
	need_root # others cannot look into the process
	allow_log .
	sim --sessions 10
	mnt -o timeout=2
	ls "$M/orgs" "$M/sessions" >/dev/null
	before=$(find "/proc/$VPID/fd" -mindepth 1 | wc -l)
	for i in status=500 truncate garbage reset-before reset-after close empty truncate-json status=404 html; do
		fault "*:*organizations*:$i" "*:*restoresessions*:$i"
		refresh
		ls "$M/orgs" "$M/sessions" >/dev/null 2>&1 || :
		echo "$TS" >"$O/explore" 2>/dev/null || :
		nofault
	done
	eventually 30 count_is "$M/orgs" 2
	eventually 30 ls "$M/sessions"
	assert_num "$(find "/proc/$VPID/fd" -mindepth 1 | wc -l)" -le $((before + 8)) 'open descriptors'
}
