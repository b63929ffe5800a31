# The shells that people have: writing, errors, and reading the new id back on one descriptor.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016

# The shell that a case's word names.
shell() {
	case $1 in
	busybox) SHELL_=(busybox sh) ;;
	*) SHELL_=("$1") ;;
	esac
	need "${SHELL_[0]}"
}

# echo reports success and failure.
# each: bash dash busybox
test_echo() {
	local out
	shell "$1"
	sim
	mnt
	"${SHELL_[@]}" -c 'echo "$1" >"$2"' - "$TS" "$O/explore"
	assert_requests 1 "$(accepted)"
	if out=$("${SHELL_[@]}" -c 'echo rubbish >"$1"' - "$O/explore" 2>&1); then
		fail 'rubbish was accepted'
	fi
	# dash says "I/O error" whatever it was
	assert_match "$out" 'Invalid argument|I/O error'
	assert_requests 1 "$(explore_post)"
}

# printf without a newline is a complete command, too.
# each: bash dash busybox
test_printf() {
	shell "$1"
	sim
	mnt -o api=v1
	"${SHELL_[@]}" -c 'printf %s "$1" >"$2"' - "$TS" "$O/explore"
	assert_requests 1 "$(accepted)"
	assert_eq "$(cat "$M/sessions/$(cat "$O/explore")/pointInTime")" 2017-06-26T22:07:39-07:00
}

# The new session's id on the descriptor that started it.
# each: bash dash busybox
test_read_back() {
	local id
	shell "$1"
	sim
	mnt
	id=$("${SHELL_[@]}" -c 'exec 3<>"$1"; echo now >&3 || exit 9; read -r sid <&3; exec 3>&-; echo "$sid"' - "$O/explore")
	assert_eq "$(cat "$M/sessions/$id/id")" "$id"
	assert_eq "$(cat "$M/sessions/$id/state")" Working
}

# Several commands and answers on one descriptor, each with its own id; after the id comes the end.
# each: bash dash busybox
test_dialogue() {
	local out
	shell "$1"
	sim
	mnt
	out=$("${SHELL_[@]}" -c '
		exec 3<>"$1"
		echo "2017.06.26 22:07:39" >&3 && read -r a <&3
		if read -r more <&3; then echo "more: $more"; fi
		echo "2017.06.27 22:07:39" >&3 && read -r b <&3
		exec 3>&-
		echo "$a $b"' - "$O/explore")
	read -r a b <<<"$out"
	assert_ne "$a" "$b" 'two sessions'
	assert_match "$(cat "$M/sessions/$a/pointInTime")" '06.26'
	assert_match "$(cat "$M/sessions/$b/pointInTime")" '06.27'
}

# A failed command leaves nothing to read on that descriptor, and the next one works.
# each: bash dash busybox
test_error_then_success() {
	local out
	shell "$1"
	sim
	mnt
	out=$("${SHELL_[@]}" -c '
		exec 3<>"$1"
		if echo rubbish >&3; then echo accepted; fi 2>/dev/null
		if read -r x <&3; then echo "read $x"; fi
		echo now >&3 || echo refused
		read -r x <&3; echo "$x"' - "$O/explore" 2>/dev/null)
	assert_match "$out" '^[0-9a-f-]{36}$'
	assert_eq "$(cat "$M/sessions/$out/id")" "$out"
}

# Python, the same way.
test_python() {
	local id
	sim
	mnt
	id=$("$PY" -c 'if 1:
		import sys
		with open(sys.argv[1], "r+", buffering=1) as f:
		    f.write("now\n")
		    print(f.readline().strip())' "$O/explore")
	assert_eq "$(cat "$M/sessions/$id/id")" "$id"
	"$PY" -c 'import sys; open(sys.argv[1], "w").write("now\n")' "$O/explore"
	assert_requests 2 "$(accepted)"
}

# A Python program that never closes its file writes again at exit after a failure: that must not be a second POST.
test_python_repeats_failed_writes() {
	allow_log .
	sim
	mnt
	fault "$EXPLORE:status=500"
	"$PY" -c 'import sys
f = open(sys.argv[1], "w")
f.write("now\n")
try:
    f.flush()
except OSError as e:
    print(e)' "$O/explore" >"$WORK/py" 2>&1 || :
	assert_match "$(cat "$WORK/py")" 'Input/output error'
	assert_requests 1 "$(explore_post)"
}

# A here-document, tee, cp, dd, >> and cat all start exactly one session each, at the right moment.
# each: heredoc tee tee_a cp cp_force dd dd_bs1 append cat awk sed_w
test_writers() {
	sim
	mnt -o api=v1
	case $1 in
	heredoc)
		cat <<-END >"$O/explore"
			$TS
		END
		;;
	tee) echo "$TS" | tee "$O/explore" >/dev/null ;;
	tee_a) echo "$TS" | tee -a "$O/explore" >/dev/null ;;
	cp)
		echo "$TS" >"$WORK/command"
		cp "$WORK/command" "$O/explore"
		;;
	cp_force)
		echo "$TS" >"$WORK/command"
		cp --no-preserve=all --reflink=auto "$WORK/command" "$O/explore"
		;;
	dd) echo "$TS" | dd of="$O/explore" status=none ;;
	dd_bs1) echo "$TS" | dd of="$O/explore" bs=1 status=none ;;
	append) echo "$TS" >>"$O/explore" ;;
	cat) echo "$TS" | cat >"$O/explore" ;;
	awk) awk -v t="$TS" 'BEGIN { print t }' >"$O/explore" ;;
	sed_w) sed -n "s/x/$TS/w $O/explore" <<<x ;;
	esac
	assert_requests 1 "$(explore_post)"
	assert_eq "$(cat "$M/sessions/$(cat "$O/explore")/pointInTime")" 2017-06-26T22:07:39-07:00 'the moment'
}

# Who wrote something that was refused reads nothing back, least of all somebody else's session.
test_read_back_after_a_refusal() {
	sim
	mnt
	explore
	assert_eq "$(bash -c 'exec 3<>"$1"; echo garbage >&3; read -r id <&3; echo "$id"' - "$O/explore" 2>/dev/null)" ''
	assert_eq "$(cat "$O/explore")" "$SID"
}

# Thousands of commands on one descriptor: the id of each is read back.
test_long_dialogue() {
	sim
	mnt
	"$PY" - "$O/explore" <<-'END'
	import os, sys
	fd = os.open(sys.argv[1], os.O_RDWR)
	seen = set()
	for i in range(2500):
	    os.write(fd, b'now\n')
	    seen.add(os.read(fd, 100))
	assert len(seen) == 2500 and all(len(s) == 37 for s in seen), (len(seen), sorted(seen)[:2])
	END
}

# A command that came in pieces and was interrupted at its last one: that piece again means the command.
test_last_piece_again() {
	sim
	mnt
	fault "$EXPLORE:delay=2000,count=1"
	cat >"$WORK/pieces.py" <<-'END'
	import os, signal, sys
	def interrupted(*_):
	    raise InterruptedError
	signal.signal(signal.SIGINT, interrupted)
	fd = os.open(sys.argv[1], os.O_RDWR)
	os.write(fd, b'2017.06.26 22:')
	try:
	    os.write(fd, b'07:39\n')
	    raise SystemExit('was not interrupted')
	except InterruptedError:
	    pass
	os.write(fd, b'07:39\n')
	open(sys.argv[2], 'wb').write(os.read(fd, 100))
	END
	background "$PY" "$WORK/pieces.py" "$O/explore" "$WORK/answer"
	eventually 10 seen 1
	eventually 10 waiting "$BG"
	kill -INT "$BG"
	assert_status 0 "$BG"
	assert_match "$(cat "$WORK/answer")" '^[0-9a-f-]{36}$' 'the session'
	assert_requests 1 "$(explore_post)"
}

# ... and of a command that was refused: its end alone is not taken for a command of its own.
test_last_piece_of_a_refused_command() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	"$PY" - "$O/explore" <<-'END' || fail 'see above'
	import errno, os, sys
	fd = os.open(sys.argv[1], os.O_RDWR)
	os.write(fd, b'not ')
	for _ in range(2):
	    try:
	        os.write(fd, b'now\n')
	        raise SystemExit('was taken')
	    except OSError as e:
	        assert e.errno == errno.EINVAL, e
	END
	assert_requests 0 "$(explore_post)"
}

# What is too long stays too long up to its newline: the end of it is no command.
test_end_of_an_overlong_command() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	"$PY" - "$O/explore" <<-'END' || fail 'see above'
	import errno, os, sys
	fd = os.open(sys.argv[1], os.O_RDWR)
	for piece in b'x' * 4000, b'x' * 4000, b'now\n':
	    try:
	        os.write(fd, piece)
	        taken = True
	    except OSError as e:
	        assert e.errno == errno.E2BIG, e
	        taken = False
	assert not taken
	os.write(fd, b'now\n')
	END
	assert_requests 1 "$(explore_post)"
}

# dd bs=1: every byte is a write; the command is complete at the newline, not at the first time that would parse.
test_byte_by_byte() {
	sim
	mnt -o api=v1
	ls "$M/orgs" >/dev/null
	journal_mark
	printf '2017.06.26 22:07:39\n2017.06.27 01:02:03\n' | dd of="$O/explore" bs=1 status=none
	assert_requests 2 "$(accepted)"
	cat "$M"/sessions/*/pointInTime | sort >"$WORK/moments"
	assert_eq "$(cat "$WORK/moments")" $'2017-06-26T22:07:39-07:00\n2017-06-27T01:02:03-07:00'
	assert_fails bash -c "printf 'rubbish\n' | dd of='$O/explore' bs=1"
	assert_requests 2 POST
}

# Bytes that never become a command are no success: the tool that closes the file hears of it.
test_unfinished() {
	sim
	mnt
	assert_fails dd of="$O/explore" bs=1 status=none <<<'' # an empty line
	printf '2017.06' >"$WORK/part"
	assert_fails dd if="$WORK/part" of="$O/explore" bs=1
	assert_fails cp "$WORK/part" "$O/explore"
	assert_requests 0 "$(explore_post)"
	# and they are not in the way of the next command
	explore
}

# { echo a; echo b; } > explore: two commands on one handle.
# each: bash dash busybox
test_two_echos() {
	shell "$1"
	sim
	mnt -o api=v1
	"${SHELL_[@]}" -c '{ echo "2017.06.26 22:07:39"; echo "2017.06.27 01:02:03"; } >"$1"' - "$O/explore"
	assert_requests 2 "$(accepted)"
	assert_eq "$(cat "$M"/sessions/*/pointInTime | sort)" $'2017-06-26T22:07:39-07:00\n2017-06-27T01:02:03-07:00'
	if "${SHELL_[@]}" -c '{ echo "2017.06.28 22:07:39" && echo rubbish; } >"$1"' - "$O/explore" 2>/dev/null; then
		fail 'the second echo must fail'
	fi
	assert_requests 3 "$(explore_post)"
}

# The same word twice on one descriptor is meant: two POSTs. So are two echos.
test_same_word_twice() {
	sim
	mnt
	exec 3<>"$O/explore"
	echo "$TS" >&3
	echo "$TS" >&3
	exec 3>&-
	echo "$TS" >"$O/explore"
	echo "$TS" >"$O/explore"
	assert_requests 4 "$(accepted)"
	assert_eq "$(ls "$M/sessions" | wc -l)" 4 sessions
}

# noclobber protects against > and not against >|, as for any file.
test_noclobber() {
	sim
	mnt
	assert_fails bash -c 'set -o noclobber; echo now >"$1"' - "$O/explore"
	assert_requests 0 "$(explore_post)"
	bash -c 'set -o noclobber; echo now >|"$1"' - "$O/explore"
	assert_requests 1 "$(explore_post)"
}

# A script as an admin writes it: error handling, id, state, stop.
test_script() {
	sim
	mnt
	cat >"$WORK/script" <<'END'
#!/bin/sh -e
o=$1/orgs/$2
exec 3<>"$o/explore"
echo "$(date -u -d @1498514859 +%Y-%m-%dT%H:%M:%SZ) type=veod" >&3 || { cat "$1/.vbofs/last_error" >&2; exit 1; }
read -r sid <&3
exec 3>&-
cat "$1/sessions/$sid/state"
echo stop >"$1/sessions/$sid/stop"
echo "$sid"
END
	chmod +x "$WORK/script"
	"$WORK/script" "$M" "$ORG" >"$WORK/out"
	assert_eq "$(head -n 1 "$WORK/out")" Working
	eventually 10 content_is "$M/sessions/$(tail -n 1 "$WORK/out")/state" Stopped
}

# xargs, find -exec and loops over all organizations: one session each.
test_loops() {
	sim --orgs 5
	mnt
	for d in "$M"/orgs/*/; do echo "$TS" >"$d/explore"; done
	printf '%s\0' "$M"/orgs/* | xargs -0 -P 3 -I{} sh -c 'echo "2017.06.26 22:07:39" >"$1/explore"' - {}
	assert_requests 10 "$(accepted)"
	assert_eq "$(ls "$M/sessions" | wc -l)" 10 sessions
}
