# What is logged, where to, at which level, and how often.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016
. "$SRC/tests/mount/sbin.bash"

# In the foreground: lines for people, the level where it is not the usual one, the file and the reason.
test_foreground() {
	allow_log .
	sim
	mnt
	fault 'GET:*/organizations:status=500'
	refresh
	assert_fails cat "$O/json"
	assert_match "$(cat "$V/stderr")" '(^|
)vbofs: mounted https://127.0.0.1:[0-9]+ \(API v8\) at ' 'the start'
	assert_match "$(cat "$V/stderr")" "vbofs: warning: orgs/$ORG(/json)?: EIO: .*500" 'the failure'
	assert_no_match "$(cat "$V/stderr")" '<[0-9]>'
}

# Under systemd: <N> in front of each line, the number right; a stderr that is not the journal is left alone.
test_journal_levels() {
	allow_log .
	sim
	# the stream is known by device and inode; here it is the file that stderr goes to
	mkdir -p "$WORK/.vbofs/1"
	: >"$WORK/.vbofs/1/stderr"
	V=$WORK/.vbofs/1 M=$WORK/m
	mkdir "$M"
	echo vbofs >"$V/what"
	echo "$M" >"$V/mountpoint"
	start "$V" "$V/stdout" env "JOURNAL_STREAM=$(stat -c %d:%i "$V/stderr")" \
		"$BUILD/vbofs" -f -o "$(login)" "$URL" "$M"
	eventually 20 test -e "$M/.vbofs/version"
	O=$M/orgs/$ORG
	assert_fails bash -c 'echo rubbish >"$1"' - "$O/explore"
	fault 'GET:*/organizations:status=500'
	refresh
	assert_fails cat "$O/json"
	fusermount3 -u "$M"
	ended "$M"
	assert_eq "$(grep -vcE '^<[3-7]>' "$V/stderr" || :)" 0 'lines without a level'
	assert_eq "$(sed -n 's/^<\(.\)>mounted .*/\1/p' "$V/stderr")" 6 'level of the start'
	assert_eq "$(sed -n "s/^<\\(.\\)>orgs\\/$ORG\\/explore: EINVAL: .*/\\1/p" "$V/stderr")" 6 "level of a user's mistake"
	assert_eq "$(sed -n "s/^<\\(.\\)>orgs\\/$ORG[^:]*: EIO: .*/\\1/p" "$V/stderr")" 4 'level of a failure'
	rm -r "${V:?}"
	mnt -e JOURNAL_STREAM=1:1
	assert_eq "$(grep -c '^<' "$V/stderr" || :)" 0 'lines with a level'
}

# Detached: syslog gets the lines, from the daemon, with its pid and level.
test_syslog() {
	local node pid line
	need_root
	sim
	mkdir "$WORK/m" "$WORK/dev"
	for node in null zero full random urandom tty fuse; do : >"$WORK/dev/$node"; done
	cat >"$WORK/in" <<-'END'
		for n in null zero full random urandom tty fuse; do mount --bind "/dev/$n" "$1/dev/$n"; done
		mount --rbind "$1/dev" /dev
		"$6" -ISc 'import socket, sys
		s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
		s.bind("/dev/log")
		print("ready", flush=True)
		while True: print(s.recv(65536).decode().rstrip("\n\0"), flush=True)' >"$1/syslog" &
		log=$!
		until grep -q ready "$1/syslog"; do sleep 0.01; done
		"$2" -o "$3" "$4" "$1/m" || exit
		echo rubbish >"$1/m/orgs/$5/explore"
		fusermount3 -u "$1/m"
		until grep -q 'EINVAL' "$1/syslog"; do sleep 0.01; done
		kill $log
	END
	sed -i 's/^\t\t//' "$WORK/in"
	unshare --mount --propagation private bash "$WORK/in" "$WORK" "$BUILD/vbofs" "$(login)" "$URL" "$ORG" "$PY" 2>/dev/null ||
		fail "status $?"
	line=$(grep mounted "$WORK/syslog")
	assert_match "$line" '^<30>.*vbofs\[[0-9]+\]: mounted https://' 'the start (daemon.info)'
	line=$(grep EINVAL "$WORK/syslog")
	assert_match "$line" "^<30>.*vbofs\\[[0-9]+\\]: orgs/$ORG/explore: EINVAL: " "a user's mistake (daemon.info)"
}

# One reason again and again: ten lines, then a count; other reasons go on being told; last_error and the metrics miss none.
test_repeats() {
	local i
	allow_log .
	sim --orgs 45
	mnt
	ls "$M/orgs" >/dev/null
	for i in {1..35}; do
		assert_errno EINVAL write "$O/explore" "rubbish\\n"
	done
	assert_eq "$(grep -c 'EINVAL' "$M/.vbofs/log")" 10 'lines of one reason'
	assert_errno EINVAL write "$O/explore" '2026-02-30T00:00:00Z\n'
	assert_eq "$(grep -c 'EINVAL' "$M/.vbofs/log")" 11 'with a line of another reason'
	assert_eq "$(sed -n 's/^vbofs_errors_total{errno="EINVAL"} //p' "$M/.vbofs/metrics")" 36 'errors counted'
	assert_errno EINVAL write "$O/explore" "rubbish\\n"
	assert_match "$(last_error)" 'rubbish' 'last_error'
	unmount
	assert_match "$(cat "$V/stderr")" "vbofs: 26 more like this within 60 s, the last: orgs/$ORG/explore: EINVAL: " 'the count at the end'
}

# The same reason at many files, with other numbers in it, is one reason.
test_repeats_of_many_files() {
	allow_log .
	sim --orgs 45 --sessions 40 --busy-working 40
	mnt -o timeout=1
	ls "$M/sessions" "$M/orgs" >/dev/null
	fault 'GET:*/restoresessions*:status=500'
	refresh
	cat "$M"/sessions/*/state >/dev/null 2>&1 || :
	assert_num "$(grep -c 'warning' "$M/.vbofs/log")" -le 20 'lines in the log'
	assert_num "$(grep -c 'warning' "$M/.vbofs/log")" -ge 1 'lines in the log'
}

# SIGUSR2 turns debug lines on: each request with status and time; a second one turns them off. Never a secret.
test_sigusr2() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	assert_eq "$(grep -c 'debug:' "$V/stderr" || :)" 0 'debug lines'
	kill -USR2 "$VPID"
	eventually 10 grep -q 'debug lines are now on' "$V/stderr"
	refresh
	ls "$M/orgs" >/dev/null
	assert_match "$(cat "$V/stderr")" 'debug: GET /v8/Organizations[^ ]*: 200 in [0-9.]+ s' 'a request'
	ctl POST /_sim/revoke >/dev/null
	refresh
	ls "$M/orgs" >/dev/null
	kill -USR2 "$VPID"
	eventually 10 grep -q 'debug lines are now off' "$V/stderr"
	journal_mark
	refresh
	ls "$M/orgs" >/dev/null
	eventually 10 requests_reach 1
	assert_no_match "$(sed '1,/now off/d' "$V/stderr")" debug 'after it was switched off'
	assert_no_match "$(cat "$V/stderr")" "$(sed -n 's/^password=//p' "$CREDS")" 'the log'
	assert_no_match "$(cat "$V/stderr")" '[Bb]earer' 'the log'
}

# A log line is one line, whatever the server puts into its message.
test_one_line() {
	allow_log .
	sim
	mnt
	fault 'GET:*/organizations:garbage'
	refresh
	assert_fails cat "$O/json"
	assert_eq "$(grep -vc '^vbofs: ' "$V/stderr" || :)" 0 'lines that are not ours'
	assert_eq "$(grep -vcE '^[0-9-]+T[0-9:.]+Z (error|warning|info|debug) ' "$M/.vbofs/log" || :)" 0 'lines of .vbofs/log'
}
