# The end: unmounting and signals; exit 0, nothing left, sessions kept unless told otherwise.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016

# fusermount3 -u, right after mounting and after use.
test_unmount() {
	sim
	mnt
	unmount
	mnt
	ls -lR "$M" >/dev/null
	explore
	unmount
	assert_eq "$(ls -A "$M")" '' 'the mountpoint'
}

# umount(8), for root.
test_umount() {
	need_root
	sim
	mnt
	ls "$M/orgs" >/dev/null
	umount "$M"
	ended "$M"
}

# SIGTERM and SIGINT: exit 0 and nothing mounted.
# each: TERM INT
test_signal() {
	sim
	mnt
	explore
	kill "-$1" "$VPID"
	ended "$M"
}

# A signal right after the start, twice in a row, and while a file is open.
# each: TERM INT
test_signal_while_busy() {
	sim
	mnt
	exec 3<"$O/name"
	kill "-$1" "$VPID"
	kill "-$1" "$VPID" 2>/dev/null || :
	ended "$M"
	exec 3<&-
}

# SIGPIPE and SIGUSR1 do not end it.
test_other_signals() {
	sim
	mnt
	kill -PIPE "$VPID"
	cat "$O/name" >/dev/null
	kill -HUP "$VPID"
	kill -HUP "$VPID"
	cat "$O/name" >/dev/null
	kill -0 "$VPID"
}

# A busy mount is not unmounted; lazily it is, and the program ends with the last user.
test_busy() {
	sim
	mnt
	exec 3<"$O/name"
	assert_fails fusermount3 -u "$M"
	cat "$O/name" >/dev/null
	fusermount3 -u -z "$M"
	! mounted "$M" || fail 'still mounted'
	exec 3<&-
	ended "$M"
}

# Unmounting never stops a session.
# each: unmount TERM
test_sessions_are_kept() {
	sim --sessions 3 --busy-working 2
	mnt
	ls "$M/sessions" >/dev/null
	explore
	if [ "$1" = unmount ]; then
		unmount
	else
		kill -TERM "$VPID"
		ended "$M"
	fi
	assert_requests 0 "$(stop_post)"
	mnt
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
}

# -o stop-on-unmount stops what this mount started, and nothing else.
# each: v1.unmount v5.TERM v8.unmount v8.INT
test_stop_on_unmount() {
	local first second stopped
	sim --sessions 4 --busy-working 2
	mnt -o "api=${1%.*},stop-on-unmount"
	ls "$M/sessions" >/dev/null
	explore
	first=$SID
	explore
	second=$SID
	explore
	stopped=$SID
	echo x >"$M/sessions/$stopped/stop"
	eventually 10 content_is "$M/sessions/$stopped/state" Stopped
	if [ "${1#*.}" = unmount ]; then
		unmount
	else
		kill "-${1#*.}" "$VPID"
		ended "$M"
	fi
	assert_requests 1 "$(stop_post "$first")"
	assert_requests 1 "$(stop_post "$second")"
	assert_requests 1 "$(stop_post "$stopped")"
	assert_requests 3 "$(stop_post)"
}

# SIGTERM during a POST: it is waited for, its outcome is logged, exit 0.
# each: TERM INT
test_signal_during_post() {
	allow_log .
	sim
	mnt
	fault "$EXPLORE:delay=1500"
	background bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	kill "-$1" "$VPID"
	ended "$M"
	wait "$BG" || :
	assert_requests 1 "$(accepted)"
	mnt
	SID=$(ls "$M/sessions")
	assert_match "$(cat "$WORK/.vbofs/1/stderr")" "$SID" 'the log: the session that was started'
}

# A POST that never ends holds the program up for 5 s at most; the log says that the outcome is unknown.
test_signal_during_endless_post() {
	local start
	allow_log .
	sim
	mnt
	fault "$EXPLORE:hang"
	background bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	eventually 10 waiting "$BG"
	eventually 10 seen 1
	start=$(now_ms)
	kill -TERM "$VPID"
	ended "$M"
	assert_num $(($(now_ms) - start)) -lt 15000 'milliseconds until the end'
	wait "$BG" || :
	assert_match "$(tail -n 5 "$V/stderr")" 'outcome|unknown|not known|unfinished' 'the log'
}

# SIGTERM while readers wait for a server that hangs: they are let go, exit 0.
test_signal_while_readers_wait() {
	local i
	sim
	mnt
	fault 'GET:*:hang'
	for ((i = 0; i < 5; i++)); do background ls "$M/orgs"; done
	eventually 10 waiting "${BGS[@]}"
	kill -TERM "$VPID"
	ended "$M"
	for i in "${BGS[@]}"; do assert_status failure "$i"; done
}

# The server is dead at the end: the logout fails, we still end with 0.
test_unmount_without_server() {
	allow_log .
	sim
	mnt -o timeout=2
	ls "$M/orgs" >/dev/null
	sim_stop
	unmount
}

# ... and also when it hangs.
test_unmount_with_hanging_server() {
	allow_log .
	sim
	mnt -o timeout=2
	ls "$M/orgs" >/dev/null
	fault '*:*:hang'
	unmount
}

# Mounting and unmounting many times leaves nothing behind.
test_again_and_again() {
	local i
	sim
	for i in 1 2 3 4 5 6 7 8; do
		mnt
		ls "$M/orgs" >/dev/null
		unmount
	done
	assert_eq "$(requests 'oken 200')" "$(requests 'ogout 20')" 'logins and logouts'
	assert_eq "$i" 8
}
