# The events of a session: lines that are only ever added, for tail -f, log shippers and auditors.
# TIMEOUT=90
# shellcheck shell=bash source=tests/mount/lib.sh

# A session of our own; S is its directory, E its events.
session() { # API [OPTION...]
	local api=$1
	shift
	sim "$@"
	mnt -o "api=$api"
	explore
	S=$M/sessions/$SID
	E=$S/events
}

# JSON: an event happens; LAST is its id.
happens() {
	LAST=$(ctl POST "/_sim/session/$SID/events" "$1" | jq -r .last)
}

events_get() {
	echo "GET /v[0-9]+/[Rr]estore[Ss]essions/${1:-[0-9a-f-]+}/[Ee]vents(\?[^ ]*)? "
}

# The events that have ended as lines, made of what the server says.
expected() { # API
	server_says "$1" "RestoreSessions/$SID/Events?limit=10000" | jq -r '.results | map(select(.status != "Running")) | sort_by(.order)[] |
		[.startTime, .endTime, .type, .status, .itemType, .itemName, .itemSizeBytes, .source, .target, .message] | @tsv'
}

# Waits until the file has so many lines.  What was read before has to stand there as it was.
lines_are() {
	cat "$E" >"$WORK/now"
	touch "$WORK/before"
	cmp -n "$(stat -c %s "$WORK/before")" "$WORK/before" "$WORK/now" || echo "changed: $(diff "$WORK/before" "$WORK/now")" >"$WORK/changed"
	mv "$WORK/now" "$WORK/before"
	[ "$(wc -l <"$WORK/before")" = "$1" ]
}

unchanged() {
	[ ! -e "$WORK/changed" ] || fail "$(cat "$WORK/changed")"
}

# Each line is an event as the server has it: ten fields, in order, missing ones empty.
# each: v2 v3 v5 v6 v7 v8
test_lines() {
	session "$1"
	happens '{"type":"Save","status":"Success","itemName":"Plan.docx","itemType":"Document","itemSizeBytes":4711,"source":"Ada/Documents","message":"saved {n}","count":40}'
	happens '{"type":"Restore","status":"Failed","itemName":"Re: x","itemType":"Message","source":"a/Inbox","target":"b/Inbox","message":"could not be restored"}'
	happens '{"type":"View","status":"Warning","message":"seen"}'
	expected "$1" >"$WORK/expected"
	cat "$E" >"$WORK/lines"
	diff "$WORK/expected" "$WORK/lines"
	assert_eq "$(wc -l <"$WORK/lines")" 43 lines
	assert_eq "$(awk -F'\t' '{ print NF }' "$WORK/lines" | sort -u)" 10 'fields of each line'
	assert_eq "$(awk -F'\t' '$4 == "Failed" { print $10 }' "$WORK/lines")" 'could not be restored'
	assert_eq "$(awk -F'\t' 'NR > 1 && ($1 == "" || $2 == "")' "$WORK/lines")" '' 'lines without start or end'
	assert_eq "$(stat -c %s "$E")" "$(wc -c <"$WORK/lines")" 'size once it is known'
}

# v1 has no events.
test_none_in_v1() {
	session v1
	assert_errno ENOENT read "$E"
	assert_no_match " $(names "$S")" ' (events|statistics)' 'the listing'
}

# What would break a line, a column or a terminal is escaped.
# each: v2 v8
test_hostile_text() {
	session "$1"
	happens '{"status":"Success","message":"a\tb\nc\\d\re\u001b[31mf\u009b31mg\u202eh\u2028i\"j\u007fk"}'
	happens '{"status":"Success","message":"{n}","itemName":"x\ty\n2017\tz","source":"\u001b]0;title\u0007","target":"\\t"}'
	happens '{"status":"Success","message":"","title":"a title will do"}'
	happens "$(jq -nc '{ status: "Success", message: ("long " + ("\t" * 50000)) }')"
	assert_eq "$(wc -l <"$E")" 5 lines
	assert_eq "$(awk -F'\t' '{ print NF }' "$E" | sort -u)" 10 'fields of each line'
	assert_eq "$(tr -d '\t\n -~' <"$E" | od -An -tx1)" '' 'bytes that are no plain text'
	assert_eq "$(sed -n 2p "$E" | cut -f 10)" 'a\tb\nc\\d\x0de\x1b[31mf\xc2\x9b31mg\xe2\x80\xaeh\xe2\x80\xa8i"j\x7fk' 'the message'
	[ "$1" = v2 ] || assert_eq "$(sed -n 3p "$E" | cut -f 6,8,9)" 'x\ty\n2017\tz	\x1b]0;title\x07	\\t' 'item, source and target'
	assert_eq "$(sed -n 4p "$E" | cut -f 10)" 'a title will do' 'an event without message'
	assert_eq "$(sed -n 5p "$E" | cut -f 10 | wc -c)" $((5 + 100000 + 1)) 'length of the long one'
}

# An event that runs has no line; it gets one when it has ended.  No line ever changes or moves.
# each: v2 v8
test_only_added() {
	local a b
	session "$1"
	happens '{"type":"Export","status":"Running","message":"first"}' && a=$LAST
	happens '{"type":"Export","status":"Running","message":"second"}' && b=$LAST
	happens '{"type":"Save","status":"Success","message":"third"}'
	eventually 10 lines_are 2
	ctl POST "/_sim/session/$SID/events/$b" '{"status":"Warning","message":"second, with a warning"}' >/dev/null
	eventually 10 lines_are 3
	happens '{"type":"Save","status":"Success","message":"fourth"}'
	eventually 10 lines_are 4
	ctl POST "/_sim/session/$SID/events/$a" '{"status":"Failed"}' >/dev/null
	eventually 10 lines_are 5
	unchanged
	assert_eq "$(cut -f 4,10 "$E" | tr '\t\n' '=;')" \
		'Success=Restore session started;Success=third;Warning=second, with a warning;Success=fourth;Failed=first;'
	# Who comes later sees the same lines.
	unmount
	mnt -o "api=$1"
	cmp "$WORK/before" "$E"
}

# What still runs when the session has ended is shown as it is left, and then nothing is asked for any more.
# each: v2 v7 v8
test_ended_session() {
	session "$1"
	happens '{"type":"Export","status":"Running","message":"never done"}'
	happens '{"type":"Save","status":"Success","message":"done"}'
	eventually 10 lines_are 2
	assert_no_match "$(cat "$E")" 'never done' 'the event that runs'
	echo x >"$S/stop"
	lines_are 4 || fail "after the end: $(cat "$E")"
	unchanged
	assert_eq "$(tail -n 1 "$E" | cut -f 2,4,10)" $'\tRunning\tnever done' 'the last line'
	journal_mark
	for _ in 1 2 3 4 5; do
		cat "$E" >/dev/null
		stat "$E" >/dev/null
		nap 0.5
	done
	assert_requests 0 "$(events_get)"
	assert_requests 0 "$(session_get)"
	# and in another mount, where it was never seen to work
	unmount
	mnt -o "api=$1"
	cmp "$WORK/before" "$E"
	assert_requests 1 "$(events_get)"
}

# That the session has ended is found out by whoever reads the events alone, or only asks for their size.
# each: v3:reader v8:reader v3:tail v8:tail
test_end_is_noticed() {
	session "${1%:*}"
	happens '{"type":"Export","status":"Running","message":"never done"}'
	lines_are 1 || fail 'a line for what runs'
	if [ "${1#*:}" = tail ]; then
		background tail -n +1 -f "$E" >"$WORK/tail"
		eventually 10 has_lines "$WORK/tail" 1
	fi
	ctl POST "/_sim/session/$SID" '{"state":"Stopped"}' >/dev/null
	if [ "${1#*:}" = tail ]; then
		eventually 15 has_lines "$WORK/tail" 3
		kill "$BG"
		wait "$BG" || :
	fi
	eventually 10 lines_are 3
	unchanged
}

# tail -f, tail -F, less +F, a reader that stays at the end: each gets the lines as they come.
# each: v2 v8
test_followers() {
	local i follower
	need less script
	session "$1"
	background tail -n +1 -f "$E" >"$WORK/tail"
	background tail -n +1 -F "$E" >"$WORK/tail-F" 2>"$WORK/tail-F.err"
	background busybox tail -n +1 -f "$E" >"$WORK/busybox"
	background "$PY" -uc '
import sys, time
with open(sys.argv[1]) as f:
    while True:
        line = f.readline()
        print(line, end="") if line else time.sleep(0.1)' "$E" >"$WORK/readline"
	background script -qfc "less +F '$E'" "$WORK/less" >/dev/null
	for follower in tail tail-F busybox readline; do
		eventually 10 has_lines "$WORK/$follower" 1
	done
	for i in 1 2 3; do
		happens "{\"status\":\"Success\",\"message\":\"number $i\"}"
		for follower in tail tail-F busybox readline; do
			eventually 15 has_lines "$WORK/$follower" $((i + 1))
		done
		eventually 15 grep -q "number $i" "$WORK/less"
	done
	for follower in tail tail-F busybox readline; do
		cmp "$E" "$WORK/$follower"
	done
	assert_eq "$(cat "$WORK/tail-F.err")" '' 'what tail -F thinks of the file'
	kill "${BGS[@]}"
	wait "${BGS[@]}" || :
}

has_lines() {
	[ "$(wc -l <"$1")" = "$2" ]
}

# The inode stays the same, also over a remount, and the size is true as soon as the file is open.
test_inode_and_size() {
	local ino fd
	session v8
	happens '{"status":"Success","message":"{n}","count":300}'
	ino=$(stat -c %i "$E")
	assert_num "$(stat -c %s "$E")" -gt 0 'size before anybody has opened it'
	exec {fd}<"$E"
	assert_eq "$(stat -Lc %s "/proc/self/fd/$fd")" "$(cat "$E" | wc -c)" 'size once it is open'
	happens '{"status":"Success","message":"one more"}'
	eventually 10 grep -q 'one more' "$E"
	assert_eq "$(stat -c %s "$E")" "$(cat <&"$fd" | wc -c)" 'size when it has grown'
	exec {fd}<&-
	assert_eq "$(stat -c %i "$E")" "$ino" 'inode'
	unmount
	mnt
	assert_eq "$(stat -c %i "$E")" "$ino" 'inode after a remount'
}

# Tools that never met the file before bring all of it home, whatever size they were told.
# each: cat:cat busybox:busybox_cat cp:cp dd:dd rsync:rsync tar:tar python:python
test_tools() {
	session v8
	happens '{"status":"Success","message":"a message of some length, number {n}","count":300}'
	expected v8 >"$WORK/expected"
	ls -l "$S" >/dev/null
	case ${1#*:} in
	cat) cat "$E" >"$WORK/got" ;;
	busybox_cat) busybox cat "$E" >"$WORK/got" ;;
	cp) cp "$E" "$WORK/got" ;;
	dd) dd if="$E" of="$WORK/got" bs=1000 status=none ;;
	rsync) rsync -a "$E" "$WORK/got" ;;
	tar) tar -C "$S" -cf - events | tar -C "$WORK" -xf - && mv "$WORK/events" "$WORK/got" ;;
	python) "$PY" -c 'import shutil, sys; shutil.copyfile(*sys.argv[1:])' "$E" "$WORK/got" ;;
	esac
	cmp "$WORK/expected" "$WORK/got"
}

# 20 readers: a request each 2 s, and only for what came behind the last event.
# each: v2 v8
test_budget() {
	local i start took
	session "$1"
	happens '{"status":"Success","message":"{n}","count":200}'
	cat "$E" >/dev/null
	journal_mark
	start=$(now_ms)
	for ((i = 0; i < 20; i++)); do
		background timeout 7 bash -c 'while :; do cat "$1" >/dev/null; sleep 0.1; done' - "$E"
	done
	wait "${BGS[@]}" || :
	took=$(($(now_ms) - start))
	assert_num "$(requests_since "$(events_get)")" -ge 2 'requests for events'
	assert_num "$(requests_since "$(events_get)")" -le $((1 + took / 2000)) 'requests for events'
	assert_num "$(requests_since "$(session_get)")" -le $((1 + took / 2000)) 'requests for the session'
	assert_eq "$(journal_since | grep -oE 'Events\?[^ ]*' | sort -u)" 'Events?limit=1000&offset=200' 'what was asked for'
}

# Looking at sessions asks for no events, not even for their size.
# each: v2 v8
test_looking_is_free() {
	session "$1" --sessions 30
	ls -lR "$M/sessions" >/dev/null
	find "$M/sessions" -newermt '2020-01-01' >/dev/null
	du -s "$M/sessions" >/dev/null
	ls -lR "$M/sessions" >/dev/null
	find "$M/sessions" -name events -size +0 >/dev/null
	assert_requests 0 "$(events_get)"
	assert_requests 0 '/[Ss]tatistics '
}

# 10,000 events: all of them, each once, in order.
# each: v2 v8
test_many() {
	session "$1"
	happens '{"type":"Restore","status":"Success","message":"number {n} of many","count":9999}'
	cat "$E" >"$WORK/lines"
	assert_eq "$(wc -l <"$WORK/lines")" 10000 lines
	expected "$1" | cmp - "$WORK/lines"
	assert_num "$(requests "$(events_get)")" -le 12 pages
	happens '{"type":"Restore","status":"Success","message":"and one","count":1}'
	journal_mark
	eventually 10 lines_10001
	tail -n 1 "$E" | grep -q 'and one$'
	assert_eq "$(journal_since | grep -oE 'Events\?[^ ]*' | sort -u)" 'Events?limit=1000&offset=9999' 'what was asked for'
}

lines_10001() {
	[ "$(wc -l <"$E")" = 10001 ]
}

# The server answers a page of 7 where 1,000 were asked for.
test_small_pages() {
	session v7 --max-page 7
	happens '{"status":"Success","message":"{n}","count":100}'
	expected v7 >/dev/null
	cat "$E" >"$WORK/lines"
	assert_eq "$(cut -f 10 "$WORK/lines" | sort -u | wc -l)" 101 'different lines'
	happens '{"status":"Success","message":"{n}","count":20}'
	eventually 10 lines_are 121
}

# Events that are not where they were: all are asked for again, and no line goes or comes twice.
test_shifted() {
	session v8
	happens '{"status":"Success","message":"one"}'
	happens '{"status":"Success","message":"two"}'
	eventually 10 lines_are 3
	# another one stands in the place of the last
	ctl POST "/_sim/session/$SID/events/$LAST" '{"id":"00000000-0000-0000-0000-00000000beef","message":"other"}' >/dev/null
	eventually 10 lines_are 4
	unchanged
	assert_eq "$(cut -f 10 "$E" | tr '\n' ';')" 'Restore session started;one;two;other;'
	journal_mark
	happens '{"status":"Success","message":"three"}'
	eventually 10 lines_are 5
	unchanged
	assert_match "$(journal_since)" 'Events\?limit=1000&offset=2 ' 'from the last one on'
	assert_no_match "$(journal_since)" 'offset=0' 'from the first one on'
}

# An event that cannot be made sense of is shown all the same, and hides no other.
test_bad_event() {
	session v8
	happens '{"status":"Success","message":"before"}'
	happens '{"status":"Success","message":"odd"}'
	ctl POST "/_sim/session/$SID/events/$LAST" '{"startTime":17,"endTime":[1],"status":null,"itemSizeBytes":"big\t","order":"x","message":{"a":"b\tc"}}' >/dev/null
	happens '{"status":"Success","message":"after"}'
	assert_eq "$(cut -f 10 "$E" | tr '\n' ';')" '{"a":"b\\tc"};Restore session started;before;after;'
	assert_eq "$(awk -F'\t' '{ print NF }' "$E" | sort -u)" 10 'fields of each line'
}

# A server that fails is an error and never a short file; what was read stays, and it goes on by itself.
# each: status=500 status=404 status=403 garbage empty truncate-json nullresults html
test_faults() {
	local want=EIO
	allow_log .
	[ "$1" != status=403 ] || want=EACCES
	session v8
	happens '{"status":"Success","message":"one"}'
	fault "GET:*/events:$1"
	assert_errno "$want" read "$E"
	assert_match "$(last_error)" "sessions/$SID/events" last_error
	nofault
	lines_are 2 || fail "after the first fault: $(cat "$E")"
	fault "GET:*/events:$1"
	happens '{"status":"Success","message":"two"}'
	background tail -n +1 -f "$E" >"$WORK/tail" 2>&1
	eventually 10 seen 1
	nofault
	eventually 15 lines_are 3
	unchanged
	kill "$BG"
	wait "$BG" || :
}

# What cannot be asked for at the end of the file is an error there, too: no reader takes it for the end.
test_fault_at_the_end() {
	local fd
	allow_log .
	session v8
	exec {fd}<"$E"
	cat <&"$fd" >/dev/null
	fault 'GET:*/events:status=500'
	eventually 10 not cat <&"$fd"
	nofault
	happens '{"status":"Success","message":"goes on"}'
	eventually 10 goes_on "$fd"
	exec {fd}<&-
}

goes_on() {
	cat <&"$1" | grep -q 'goes on'
}

# Interrupted while the server takes its time.
test_interrupted() {
	session v8
	fault 'GET:*/events:delay=20000'
	background cat "$E"
	eventually 10 seen 1
	eventually 10 waiting "$BG"
	kill -INT "$BG"
	assert_status failure "$BG"
	nofault
}

# Many sessions' events do not stay in memory for good; sizes that were told stay true.
test_let_go() {
	local s size n=0
	session v8 --sessions 24 --busy-working 0
	for s in "$M"/sessions/*/; do
		s=${s%/}
		ctl POST "/_sim/session/${s##*/}/events" '{"status":"Success","message":"a message of some length, number {n}","count":8000}' >/dev/null
	done
	for s in "$M"/sessions/*/; do
		size[n]=$(cat "$s/events" | wc -c)
		n=$((n + 1))
	done
	[[ $BUILD == *-[at]san ]] || assert_num "$(awk '/VmRSS/ { print $2 }' "/proc/$VPID/status")" -le 250000 'kB resident'
	n=0
	journal_mark
	for s in "$M"/sessions/*/; do
		assert_eq "$(stat -c %s "$s/events")" "${size[n]}" "size of $s/events"
		assert_eq "$(cat "$s/events" | wc -c)" "${size[n]}" "bytes of $s/events"
		n=$((n + 1))
	done
	assert_num "$(requests_since "$(events_get)")" -ge 9 'requests: nothing was ever let go'
}

# What was known of a session that is gone is not kept: the memory it took is there again.
# each: v7 v8
test_gone() {
	local before
	cached() {
		sed -n 's/^vbofs_cache_bytes //p' "$M/.vbofs/metrics"
	}
	sim
	mnt -o "api=$1"
	explore
	ls "$M/sessions" >/dev/null
	before=$(cached)
	more_session "$1" vex
	for ((i = 0; i < 20; i++)); do
		happens '{"type":"Save","status":"Success","itemName":"Plan.docx"}'
	done
	cat "$M/sessions/$SID/events" >/dev/null
	assert_num "$(cached)" -gt $((before + 5000)) 'bytes with events'
	ctl DELETE "/_sim/session/$SID" >/dev/null
	refresh
	eventually 20 count_is "$M/sessions" 1
	assert_eq "$(cached)" "$before" 'bytes when the session is gone'
}
