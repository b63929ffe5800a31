# poll(2) and epoll on values, as sysfs does it, and vbofs --wait.
# TIMEOUT=90
# shellcheck shell=bash source=tests/mount/lib.sh

stopped() {
	ctl POST "/_sim/session/$1" "{\"state\":\"Stopped\",\"endTime\":\"$(instant now)\"}" >/dev/null
}

# There is always something to read; POLLPRI and POLLERR come when the value is no longer what was read,
# wake who waits, and go when it has been read again.
# each: v1 v7 v8
test_poll() {
	sim
	mnt -o "api=$1"
	explore
	mkfifo "$WORK/ready" "$WORK/go"
	cat >"$WORK/poll.py" <<-'END'
	import os, select, sys
	path, ready, go = sys.argv[1:]
	fd = os.open(path, os.O_RDONLY)
	def poll(mask, ms):
	    p = select.poll()
	    p.register(fd, mask)
	    return dict(p.poll(ms)).get(fd, 0)
	assert poll(select.POLLIN, 0) == select.POLLIN, 'POLLIN at once'
	assert poll(select.POLLPRI, 0) == 0, 'nothing has changed since it was opened'
	assert os.pread(fd, 100, 0) == b'Working\n'
	assert poll(select.POLLPRI, 0) == 0, 'nothing has changed since it was read'
	open(ready, 'w').close()
	events = poll(select.POLLPRI, 60000)
	assert events == select.POLLPRI | select.POLLERR, events
	assert poll(select.POLLPRI, 0) == select.POLLPRI | select.POLLERR, 'until it is read'
	assert os.pread(fd, 100, 0) == b'Stopped\n'
	assert poll(select.POLLPRI, 0) == 0, 'read'
	END
	background "$PY" "$WORK/poll.py" "$M/sessions/$SID/state" "$WORK/ready" "$WORK/go"
	: <"$WORK/ready"
	nap 0.2
	stopped "$SID"
	assert_status 0 "$BG"
}

# Events: there is more than was read.  That is no error: pagers that follow would stop there.
# each: v2 v7 v8
test_poll_events() {
	local text
	sim
	mnt -o "api=$1"
	explore
	mkfifo "$WORK/ready"
	cat >"$WORK/poll.py" <<-'END'
	import os, select, sys
	path, ready = sys.argv[1:]
	fd = os.open(path, os.O_RDONLY)
	def poll(ms):
	    p = select.poll()
	    p.register(fd, select.POLLPRI)
	    return dict(p.poll(ms)).get(fd, 0)
	end = len(os.pread(fd, 65536, 0))
	assert end and poll(0) == 0, 'nothing has come since it was read'
	open(ready, 'w').close()
	for text in b'one', b'two':
	    assert poll(60000) == select.POLLPRI
	    line = os.pread(fd, 65536, end)
	    assert line.endswith(b'\t' + text + b'\n'), line
	    end += len(line)
	    assert poll(0) == 0, 'read'
	    open(ready, 'w').close()
	END
	background "$PY" "$WORK/poll.py" "$M/sessions/$SID/events" "$WORK/ready"
	: <"$WORK/ready"
	# with a feed, too, it is the events that have to be asked for
	[ "$1" != v8 ] || eventually 20 grep -q '^vbofs_feed_live 1' "$M/.vbofs/metrics"
	for text in one two; do
		nap 0.2
		ctl POST "/_sim/session/$SID/events" "{\"status\":\"Success\",\"message\":\"$text\"}" >/dev/null
		: <"$WORK/ready"
	done
	assert_status 0 "$BG"
}

# Those who wait for events cost one listing every 2 s together, with a feed no look at the session.
# each: v7 v8
test_ten_wait_for_events() {
	local n start took get='GET /v[0-9]+/[Rr]estore[Ss]essions/[0-9a-f-]+/[Ee]vents'
	sim
	mnt -o "api=$1"
	explore
	cat >"$WORK/poll.py" <<-'END'
	import os, select, sys
	p = select.poll()
	fds = [os.open(path, os.O_RDONLY) for path in sys.argv[1:] * 10]
	for fd in fds:
	    p.register(fd, select.POLLPRI)
	p.poll()
	END
	background "$PY" "$WORK/poll.py" "$M/sessions/$SID/events" "$M/sessions/$SID/state"
	[ "$1" != v8 ] || eventually 20 grep -q '^vbofs_feed_live 1' "$M/.vbofs/metrics"
	eventually 20 requests_reach 2 "$get"
	journal_mark
	start=$(now_ms)
	nap 9
	n=$(requests_since "$get")
	took=$(($(now_ms) - start))
	assert_num "$n" -ge 2 "listings in $took ms"
	assert_num "$n" -le $((took / 2000 + 1)) "listings in $took ms"
	[ "$1" != v8 ] || assert_requests 0 "$(session_get)"
	kill "$BG"
	assert_status failure "$BG"
	# the round that finds nobody
	nap 4.5
	journal_mark
	nap 5
	assert_requests 0 "$get"
}

# epoll, level and edge triggered, and select(2)'s exceptional conditions.
test_epoll() {
	sim
	mnt
	explore
	mkfifo "$WORK/ready"
	cat >"$WORK/poll.py" <<-'END'
	import os, select, sys
	path, ready = sys.argv[1:]
	fds = [os.open(path, os.O_RDONLY) for _ in range(3)]
	level, edge = select.epoll(), select.epoll()
	level.register(fds[0], select.EPOLLPRI)
	edge.register(fds[1], select.EPOLLPRI | select.EPOLLET)
	assert level.poll(0) == [] and edge.poll(0) == []
	open(ready, 'w').close()
	want = select.EPOLLPRI | select.EPOLLERR
	assert level.poll(60) == [(fds[0], want)]
	assert edge.poll(60) == [(fds[1], want)]
	assert select.select([], [], [fds[2]], 60)[2] == [fds[2]]
	for fd in fds:
	    assert os.pread(fd, 100, 0) == b'Warning\n'
	assert level.poll(0) == [] and edge.poll(0) == []
	END
	background "$PY" "$WORK/poll.py" "$M/sessions/$SID/result" "$WORK/ready"
	: <"$WORK/ready"
	nap 0.2
	ctl POST "/_sim/session/$SID" '{"result":"Warning"}' >/dev/null
	assert_status 0 "$BG"
}

# A session that the server no longer has: whoever waits for it is told.
test_poll_of_a_lost_session() {
	allow_log .
	sim
	mnt
	explore
	background "$BUILD/vbofs" --wait "$M/sessions/$SID/state" Stopped --timeout 60
	eventually 20 grep -q '^vbofs_feed_live 1' "$M/.vbofs/metrics"
	ctl DELETE "/_sim/session/$SID" >/dev/null
	assert_status 2 "$BG"
}

# A value as long as can be waited for, and one byte more.
test_wait_for_a_long_value() {
	printf '%04095d\n' 0 >"$WORK/value"
	"$BUILD/vbofs" --wait "$WORK/value" "$(cat "$WORK/value")" --timeout 0
	printf '%04096d\n' 0 >"$WORK/value"
	assert_refused "longer than 4095 bytes" --wait "$WORK/value" "$(cat "$WORK/value")" --timeout 0
	assert_refused 'still reads' --wait "$WORK/value" "$(printf '%04095d' 0)" --timeout 0
}

# Twenty who wait cost the standing request of v8 and nothing else.
test_twenty_wait_v8() {
	local i
	sim
	mnt
	explore
	for ((i = 0; i < 20; i++)); do
		background "$BUILD/vbofs" --wait "$M/sessions/$SID/state" Stopped
	done
	eventually 20 grep -q '^vbofs_feed_live 1' "$M/.vbofs/metrics"
	journal_mark
	nap 10
	assert_num "$(requests_since)" -le 1 'requests in 10 s'
	assert_requests 0 "$(session_get)"
	stopped "$SID"
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_requests 1 "$(session_get)"
}

# Without a feed they cost one request every 2 s together; when the last of them has gone, none.
# each: v1 v7
test_twenty_wait_without_feed() {
	local i n start took
	sim
	mnt -o "api=$1"
	explore
	for ((i = 0; i < 20; i++)); do
		background "$BUILD/vbofs" --wait "$M/sessions/$SID/state" Stopped
	done
	eventually 20 requests_reach 1 "$(session_get)"
	journal_mark
	start=$(now_ms)
	nap 9
	n=$(requests_since)
	took=$(($(now_ms) - start))
	assert_num "$n" -ge 2 "requests in $took ms"
	assert_num "$n" -le $((took / 2000 + 1)) "requests in $took ms"
	for i in "${BGS[@]}"; do kill "$i"; done
	for i in "${BGS[@]}"; do assert_status failure "$i"; done
	# the round that finds nobody
	nap 4.5
	journal_mark
	nap 5
	assert_requests 0
}

# One who polls for a moment and then keeps the file open without waiting is not asked for any more.
test_who_waits_no_more() {
	sim
	mnt -o api=v7
	explore
	cat >"$WORK/poll.py" <<-'END'
	import os, select, sys
	fd = os.open(sys.argv[1], os.O_RDONLY)
	p = select.poll()
	p.register(fd, select.POLLPRI)
	p.poll(3000)
	open(sys.argv[2], 'w').close()
	select.poll().poll(60000)
	END
	mkfifo "$WORK/ready"
	background "$PY" "$WORK/poll.py" "$M/sessions/$SID/state" "$WORK/ready"
	: <"$WORK/ready"
	nap 4.5
	journal_mark
	nap 5
	assert_requests 0
	kill "$BG"
	assert_status failure "$BG"
}

# The feed dies while somebody waits: from then on the server is asked every 2 s, at once and not later.
test_feed_dies_while_waiting() {
	allow_log .
	sim
	wire
	mnt
	explore
	# --wait would look by itself now and then
	background "$PY" -c 'import os, select, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
p = select.poll()
p.register(fd, select.POLLPRI)
assert p.poll(60000)
assert os.pread(fd, 100, 0) == b"Stopped\n"' "$M/sessions/$SID/state"
	eventually 20 grep -q '^vbofs_feed_live 1' "$M/.vbofs/metrics"
	# into the quiet in which nobody needs to be asked
	nap 3
	fault 'GET:*/events:status=500'
	cut_wire
	wire
	eventually 20 grep -q '^vbofs_feed_live 0' "$M/.vbofs/metrics"
	journal_mark
	eventually 8 requests_reach 1 "$(session_get "$SID")"
	stopped "$SID"
	assert_status 0 "$BG"
}

# vbofs --wait: 0 when the value is there, 1 when it is not in time, 2 for what cannot be.
test_wait() {
	sim
	mnt
	explore
	vbofs --wait "$M/sessions/$SID/state" Working
	assert_eq "$STATUS" 0 'it is there already'
	vbofs --wait "$M/sessions/$SID/state" Stopped --timeout 1
	assert_eq "$STATUS" 1 'not in time'
	assert_match "$ERR" 'still reads .Working.'
	vbofs --wait "$M/sessions/$SID/nothing" x
	assert_eq "$STATUS" 2
	assert_match "$ERR" 'nothing.*No such file'
	vbofs --wait "$M/sessions/$SID/state"
	assert_eq "$STATUS" 2
	assert_match "$ERR" 'usage'
	vbofs --wait "$M/sessions/$SID/state" x --timeout soon
	assert_eq "$STATUS" 2
	assert_match "$ERR" 'soon'
	background "$BUILD/vbofs" --wait "$M/sessions/$SID/state" Stopped --timeout 60
	nap 0.2
	stopped "$SID"
	assert_status 0 "$BG"
}
