# Control files: many writers, interrupted writers, repeated writes; exactly one POST for each command.
# shellcheck shell=bash source=tests/mount/lib.sh

# 8 writers at once on one explore: each reads its own session's id.
# each: v1 v8
test_eight_writers() {
	local i id
	sim
	mnt -o "api=$1"
	fault "$EXPLORE:delay-before=300"
	for i in 1 2 3 4 5 6 7 8; do
		(
			exec 3<>"$O/explore"
			echo "2017.06.2$i 22:07:39" >&3
			read -r id <&3
			echo "$id" >"$WORK/id.$i"
		) &
		BGS+=($!)
	done
	for i in "${BGS[@]}"; do wait "$i"; done
	assert_eq "$(cat "$WORK"/id.? | sort -u | wc -l)" 8 'different ids'
	for i in 1 2 3 4 5 6 7 8; do
		id=$(cat "$WORK/id.$i")
		assert_match "$(cat "$M/sessions/$id/pointInTime")" "2017[.-]06[.-]2$i" "the session of writer $i"
	done
	assert_requests 8 "$(accepted)"
	assert_requests 8 "$(explore_post)"
}

# 50 writers to one explore on a server that takes 1 s: about one round trip, not fifty.
test_fifty_writers_one_round_trip() {
	local i start took
	sim
	mnt
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:delay-before=1000"
	start=$(now_ms)
	for ((i = 0; i < 50; i++)); do
		echo "$TS" >"$O/explore" &
		BGS+=($!)
	done
	for i in "${BGS[@]}"; do wait "$i"; done
	took=$(($(now_ms) - start))
	assert_num "$took" -lt 10000 'milliseconds for 50 writers of 1 s each'
	assert_requests 50 "$(accepted)"
	assert_eq "$(ls "$M/sessions" | wc -l)" 50 sessions
}

# Ctrl-C of a writer during a slow POST is felt at once; the POST is finished and its session published.
test_interrupted_writer() {
	sim
	mnt
	ls "$M/orgs" "$M/sessions" >/dev/null
	journal_mark
	fault "$EXPLORE:delay=3000"
	background bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	kill -INT "$BG"
	assert_status failure "$BG"
	# It came back while the server was still at it.
	assert_eq "$(requests_since "$(explore_post)")" 0 'POSTs that are over'
	eventually 20 not content_is "$O/explore" ''
	SID=$(cat "$O/explore")
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_eq "$(names "$M/sessions")" "$SID "
	assert_requests 1 "$(explore_post)"
}

# Ctrl-C works as well when the server never answers.
test_interrupted_writer_of_a_hanging_server() {
	allow_log .
	sim
	mnt -o explore-timeout=3
	fault "$EXPLORE:hang"
	background bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	kill -INT "$BG"
	assert_status failure "$BG"
	assert_eq "$(requests "$(explore_post)")" 0 'POSTs that are over'
	cat "$O/name" >/dev/null
	nofault
}

# SIGKILL, too.
test_killed_writer() {
	sim
	mnt
	fault "$EXPLORE:delay=2000"
	background bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	kill -KILL "$BG"
	assert_status 137 "$BG"
	assert_eq "$(requests "$(explore_post)")" 0 'POSTs that are over'
	eventually 20 requests_reach 1 "$(explore_post)"
	eventually 20 not count_is "$M/sessions" 0
	assert_requests 1 "$(explore_post)"
}

# One writer's Ctrl-C is not the others' business, although they wrote the same words at the same time.
test_interrupt_one_of_three() {
	local i
	sim
	mnt
	fault "$EXPLORE:delay=2000"
	for i in 1 2 3; do
		background bash -c 'exec 3<>"$1"; echo "2017.06.26 22:07:39" >&3 && read -r id <&3 && echo "$id" >"$2"' - \
			"$O/explore" "$WORK/id.$i"
	done
	eventually 10 waiting "${BGS[@]}"
	eventually 20 seen 3
	kill -INT "${BGS[1]}"
	assert_status failure "${BGS[1]}"
	assert_status 0 "${BGS[0]}"
	assert_status 0 "${BGS[2]}"
	assert_ne "$(cat "$WORK/id.1")" "$(cat "$WORK/id.3")" 'ids'
	assert_requests 3 "$(accepted)"
	eventually 10 count_is "$M/sessions" 3
}

# A signal that the writer handles: Python repeats the write by itself, and that joins the POST under way.
test_handled_signal() {
	local id
	sim
	mnt
	ls "$M/orgs" >/dev/null
	fault "$EXPLORE:delay=2000"
	id=$("$PY" -c 'if 1:
		import os, signal, sys
		caught = []
		signal.signal(signal.SIGALRM, lambda *_: caught.append(1))
		signal.setitimer(signal.ITIMER_REAL, 0.3, 0.3)
		fd = os.open(sys.argv[1], os.O_RDWR)
		os.write(fd, b"2017.06.26 22:07:39\n")
		signal.setitimer(signal.ITIMER_REAL, 0)
		if not caught:
		    sys.exit("no signal came")
		print(os.read(fd, 100).decode().strip())' "$O/explore")
	assert_eq "$(cat "$M/sessions/$id/id")" "$id"
	assert_requests 1 "$(explore_post)"
	assert_eq "$(ls "$M/sessions" | wc -l)" 1 sessions
}

# The same with SA_RESTART, as shells and C programs have it.
test_handled_signal_of_a_shell() {
	sim
	mnt
	fault "$EXPLORE:delay=2000"
	background bash -c 'trap "echo caught >>\"$2\"" USR1; exec 3<>"$1"
		until echo "2017.06.26 22:07:39" >&3; do :; done
		read -r id <&3; echo "$id" >"$3"' - "$O/explore" "$WORK/caught" "$WORK/id"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	kill -USR1 "$BG"
	assert_status 0 "$BG"
	assert_match "$(cat "$WORK/caught")" caught
	assert_requests 1 "$(explore_post)"
	assert_eq "$(cat "$M/sessions/$(cat "$WORK/id")/state")" Working
}

# An identical write after a failed one on the same handle gets that result again; a different one is a new command.
test_failed_write_repeated() {
	allow_log .
	sim
	mnt
	fault "$EXPLORE:status=500,count=1"
	assert_eq "$(sysop write_again "$O/explore" "$TS\\n" "$TS\\n" 'now\n')" $'OK\nEIO EIO OK'
	assert_requests 2 "$(explore_post)"
	assert_requests 1 "$(accepted)"
	# On another handle it is a new command at once.
	fault "$EXPLORE:status=500,count=1"
	assert_errno EIO write "$O/explore" "$TS\\n"
	assert_errno OK write "$O/explore" "$TS\\n"
	assert_requests 4 "$(explore_post)"
}

# After a success the same words are a new command.
test_repeated_after_success() {
	sim
	mnt
	assert_eq "$(sysop write_again "$O/explore" "$TS\\n" "$TS\\n" "$TS\\n")" $'OK\nOK OK OK'
	assert_requests 3 "$(accepted)"
}

# The offset of a write does not matter.
test_offsets() {
	sim
	mnt -o api=v1
	"$PY" -c 'if 1:
		import os, sys
		fd = os.open(sys.argv[1], os.O_RDWR)
		os.pwrite(fd, b"2017.06.26 22:07:39\n", 1000)
		print(os.pread(fd, 100, 5000) or os.read(fd, 100))' "$O/explore"
	assert_requests 1 "$(accepted)"
	assert_eq "$(cat "$M/sessions/$(cat "$O/explore")/pointInTime")" 2017-06-26T22:07:39-07:00
}

# Writers of different organizations do not wait for each other, nor do readers of a value for a writer.
test_a_slow_post_slows_nobody() {
	local other
	allow_log 'unanswered|no answer'
	sim --orgs 3
	mnt
	other=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG" | head -n 1)
	fault "POST:*$ORG*:delay-before=60000"
	background bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	cat "$O/name" "$M/.vbofs/version" >/dev/null
	echo "$TS" >"$other/explore"
	ls -la "$O" "$M/orgs" "$M/sessions" >/dev/null
	kill -0 "$BG" || fail 'the slow writer came back early'
	stat "$O/explore" >/dev/null
	cat "$O/explore" >/dev/null
	kill -INT "$BG"
	assert_status failure "$BG"
	nofault
}

# stop ends a session; the state says so.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_stop() {
	sim
	mnt -o "api=$1"
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	echo stop >"$M/sessions/$SID/stop"
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
	assert_requests 1 "$(stop_post "$SID")"
	eventually 5 test -e "$M/sessions/$SID/endTime"
}

# Stopping twice, and stopping a session that somebody else stopped, succeeds.
# each: v1 v5 v8
test_stop_twice() {
	sim
	mnt -o "api=$1"
	explore
	echo 1 >"$M/sessions/$SID/stop"
	echo 1 >"$M/sessions/$SID/stop"
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
	explore
	ctl POST "/_sim/session/$SID" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	echo 1 >"$M/sessions/$SID/stop"
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
}

# Stopping a session of last week succeeds, and it stays as it was.
test_stop_of_a_stopped_session() {
	local before s
	sim --sessions 2 --busy-working 0
	mnt
	s=$(find "$M/sessions" -mindepth 1 -maxdepth 1 | head -n 1)
	before=$(cat "$s/json")
	echo stop >"$s/stop"
	assert_eq "$(cat "$s/state")" Stopped
	assert_eq "$(cat "$s/json")" "$before"
}

# What was asked for before the stop says nothing about the time after it: who stopped reads Stopped.
# each: v1 v6 v8
test_stop_while_being_read() {
	sim
	mnt -o "api=$1"
	explore
	nap 2.1     # what is known grows old
	fault "GET:*/restoresessions/$SID:delay=3000,count=1" "GET:*/restoresessions:delay=3000,count=1"
	background bash -c 'cat "$1" >"$2"' - "$M/sessions/$SID/state" "$WORK/state"
	eventually 20 seen 1
	echo x >"$M/sessions/$SID/stop"
	assert_eq "$(cat "$M/sessions/$SID/state")" Stopped 'what the stopper reads'
	assert_status 0 "$BG"
	assert_eq "$(cat "$WORK/state")" Stopped 'what the reader got'
	assert_eq "$(cat "$M/sessions/$SID/state")" Stopped 'afterwards'
}

# The same with a listing on its way.
# each: v1 v8
test_stop_while_being_listed() {
	local before
	sim
	mnt -o "api=$1"
	explore
	before=$(requests "$(sessions_get)")
	refresh
	fault 'GET:*/restoresessions:delay=3000,count=1'
	background ls "$M/sessions"
	eventually 20 seen 1
	echo x >"$M/sessions/$SID/stop"
	assert_eq "$(cat "$M/sessions/$SID/state")" Stopped 'what the stopper reads'
	assert_status 0 "$BG"
	assert_num "$(requests "$(sessions_get)")" -gt "$before" 'listings'
	assert_eq "$(cat "$M/sessions/$SID/state")" Stopped 'afterwards'
}

# An answer that is none of a stop is not taken for one: the session says whether it was.
# each: v1 v8
test_stop_answered_oddly() {
	allow_log .
	sim
	mnt -o "api=$1"
	explore
	fault 'POST:*/restoresessions/*:json'
	assert_errno EIO write "$M/sessions/$SID/stop" 'x\n'
	assert_match "$(last_error)" 'still works' last_error
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	nofault
	echo x >"$M/sessions/$SID/stop"
	assert_eq "$(cat "$M/sessions/$SID/state")" Stopped
	assert_requests 2 "$(stop_post)"
}

# A server that refuses to stop what has ended already: that was what was wanted.
# each: 400 404 500
test_stop_of_what_ended() {
	sim
	mnt
	explore
	ctl POST "/_sim/session/$SID" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
	fault "POST:*/restoresessions/*:status=$1"
	echo x >"$M/sessions/$SID/stop" || fail "stop: $(last_error)"
	assert_eq "$(cat "$M/sessions/$SID/state")" Stopped
}

# ... and of what has not: the words of the server.
# each: 400:EINVAL 404:ENOENT 500:EIO
test_stop_refused_while_working() {
	allow_log .
	sim
	mnt
	explore
	fault "POST:*/restoresessions/*:status=${1%:*}"
	assert_errno "${1#*:}" write "$M/sessions/$SID/stop" 'x\n'
	assert_match "$(last_error)" "answered ${1%:*}" last_error
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_requests 1 "$(stop_post "$SID")"
}

# The end of a child, or a window that is resized, is no reason for a shell's echo to fail ...
# each: CHLD WINCH
test_harmless_signal() {
	sim
	mnt
	fault "$EXPLORE:delay=2000,count=1"
	background bash -c 'trap : WINCH; trap : CHLD; echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	eventually 10 seen 1
	eventually 10 waiting "$BG"
	kill "-$1" "$BG"
	assert_status 0 "$BG"
	assert_requests 1 "$(explore_post)"
	assert_eq "$(ls "$M/sessions" | wc -l)" 1 sessions
}

# ... and afterwards it can be interrupted all the same.
test_interrupt_after_a_harmless_signal() {
	allow_log 'commands unanswered'
	sim
	mnt
	fault "$EXPLORE:delay=60000,count=1"
	background bash -c 'trap : CHLD; trap "exit 7" INT; echo "2017.06.26 22:07:39" >"$1"; exit 8' - "$O/explore"
	eventually 10 seen 1
	eventually 10 waiting "$BG"
	kill -CHLD "$BG"
	nap 0.3
	kill -INT "$BG"
	assert_status 7 "$BG"
}

# Any non-empty write is a stop, without a newline too; an empty one is none.
test_stop_words() {
	sim
	mnt
	explore
	: >"$M/sessions/$SID/stop"
	truncate -s 0 "$M/sessions/$SID/stop"
	touch "$M/sessions/$SID/stop"
	assert_requests 0 "$(stop_post)"
	printf x >"$M/sessions/$SID/stop"
	assert_requests 1 "$(stop_post)"
	explore
	printf '\n' >"$M/sessions/$SID/stop"
	assert_requests 2 "$(stop_post)"
}

# A stop that the server refuses is an error for who wrote it, one POST, and the mount lives.
test_stop_refused() {
	allow_log .
	sim
	mnt
	explore
	fault 'POST:*/restoresessions/*:status=409'
	assert_errno EBUSY write "$M/sessions/$SID/stop" 'x\n'
	assert_match "$(last_error)" "sessions/$SID/stop" last_error
	nofault
	assert_requests 1 "$(stop_post)"
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	echo x >"$M/sessions/$SID/stop"
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
}

# A slow stop can be interrupted.
test_stop_interrupted() {
	sim
	mnt
	explore
	fault 'POST:*/restoresessions/*:delay=2000'
	background bash -c 'echo x >"$1"' - "$M/sessions/$SID/stop"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	kill -INT "$BG"
	assert_status failure "$BG"
	assert_eq "$(requests "$(stop_post)")" 0 'POSTs that are over'
	eventually 20 content_is "$M/sessions/$SID/state" Stopped
	assert_requests 1 "$(stop_post)"
}

# .vbofs/refresh forgets what is cached; any words will do, an empty write does nothing.
test_refresh() {
	sim --sessions 3 --busy-working 0
	mnt
	ls "$M/orgs" "$M/sessions" >/dev/null
	journal_mark
	ls "$M/orgs" "$M/sessions" >/dev/null
	: >"$M/.vbofs/refresh"
	ls "$M/orgs" "$M/sessions" >/dev/null
	assert_requests 0
	echo refresh >"$M/.vbofs/refresh"
	ls "$M/orgs" >/dev/null
	assert_requests 1 "$(orgs_get)"
	ls "$M/sessions" >/dev/null
	assert_requests 1 "$(sessions_get)"
	printf x >"$M/.vbofs/refresh"
	ls "$M/orgs" >/dev/null
	assert_requests 2 "$(orgs_get)"
	assert_requests 0 POST
}

# SIGHUP does the same, and does not end the program.
test_sighup() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	kill -HUP "$VPID"
	eventually 10 lists_again "$M/orgs" "$(orgs_get)"
	kill -0 "$VPID"
	echo "$TS" >"$O/explore"
}

lists_again() {
	ls "$1" >/dev/null
	requests_reach 1 "$2"
}

# What is known of a session that was started here survives a refresh: its pointInTime, its id on a fresh handle.
# each: v2 v8
test_refresh_keeps_what_was_asked() {
	local at
	sim
	mnt -o "api=$1"
	explore
	at=$(cat "$M/sessions/$SID/pointInTime")
	refresh
	assert_eq "$(cat "$M/sessions/$SID/pointInTime")" "$at"
	assert_eq "$(cat "$O/explore")" "$SID"
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
}

# pointInTime of other people's sessions: v1 shows the server's, later versions have no file. It is never guessed.
# each: v1 v2 v6 v8
test_point_in_time_of_others() {
	local id
	sim
	mnt -o "api=$1"
	id=$(somebody "$ORG" vex 2017-06-26T22:07:39Z)
	if [ "$1" = v1 ]; then
		same_instant "$(cat "$M/sessions/$id/pointInTime")" 2017-06-26T22:07:39Z
	else
		assert_errno ENOENT stat "$M/sessions/$id/pointInTime"
		find "$M/sessions/$id" | not grep -q pointInTime
	fi
}

# What a session has only once it has ended is there right after stop.
# each: v1 v8
test_end_time_after_stop() {
	sim
	mnt -o "api=$1"
	explore
	assert_errno ENOENT stat "$M/sessions/$SID/endTime"
	sleep 1.1 # a name that is not there is remembered for a second
	echo >"$M/sessions/$SID/stop"
	assert_match "$(cat "$M/sessions/$SID/endTime")" '^20' endTime
}
