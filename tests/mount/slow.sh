# A slow server: waiting costs nobody else anything, and can be ended at any time.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016

# What has to work while others wait: cached values, stat, statfs, service files.
all_cached_works() {
	stat "$M" "$O" "$O/name" >/dev/null
	cat "$O/name" "$O/json" "$M/README" "$M/.vbofs/version" "$M/.vbofs/metrics" >/dev/null
	ls -l "$O/links" "$M/orgs" >/dev/null
	df "$M" >/dev/null
}

none_came_back() {
	local pid
	for pid; do
		kill -0 "$pid" || fail "process $pid did not wait"
	done
}

interrupt_each() {
	local pid
	for pid; do
		kill -INT "$pid"
		assert_status failure "$pid"
	done
}

# 50 programs wait for a listing (in open); cached stat and cat go on, and each can be interrupted at once.
test_fifty_in_opendir() {
	local i
	sim
	mnt
	cat "$O/name" >/dev/null
	fault 'GET:*/restoresessions:hang'
	for ((i = 0; i < 50; i++)); do background ls "$M/sessions"; done
	eventually 20 waiting "${BGS[@]}"
	all_cached_works
	none_came_back "${BGS[@]}"
	interrupt_each "${BGS[@]}"
	all_cached_works
	nofault
	eventually 10 ls "$M/sessions"
}

# 50 programs wait in open and read of one value that has grown old.
test_fifty_in_open() {
	local i
	sim
	mnt -o api=v7
	explore
	cat "$O/name" "$M/sessions/$SID/state" >/dev/null
	fault 'GET:*/restoresessions/*:hang' 'GET:*/restoresessions:hang'
	# A working session's state is good for 2 s.
	sleep 2.5
	for ((i = 0; i < 50; i++)); do background cat "$M/sessions/$SID/state"; done
	eventually 20 waiting "${BGS[@]}"
	all_cached_works
	none_came_back "${BGS[@]}"
	interrupt_each "${BGS[@]}"
	all_cached_works
	nofault
	eventually 10 content_is "$M/sessions/$SID/state" Working
}

# 50 programs that hold the file open wait in read.
test_fifty_in_read() {
	local i
	sim
	mnt -o api=v7
	explore
	cat "$O/name" >/dev/null
	for ((i = 0; i < 50; i++)); do
		background "$PY" -c 'if 1:
			import os, sys
			fd = os.open(sys.argv[1], os.O_RDONLY)
			os.read(fd, 100)
			open(sys.argv[2], "w").close()
			while not os.path.exists(sys.argv[3]):
			    __import__("time").sleep(0.02)
			os.pread(fd, 100, 0)' "$M/sessions/$SID/state" "$WORK/opened.$i" "$WORK/go"
	done
	eventually 30 all_opened
	fault 'GET:*/restoresessions/*:hang' 'GET:*/restoresessions:hang'
	sleep 2.5
	touch "$WORK/go"
	eventually 20 waiting "${BGS[@]}"
	all_cached_works
	none_came_back "${BGS[@]}"
	interrupt_each "${BGS[@]}"
	nofault
	eventually 10 content_is "$M/sessions/$SID/state" Working
}

all_opened() {
	[ "$(find "$WORK" -maxdepth 1 -name 'opened.*' | wc -l)" = 50 ]
}

# 50 programs wait in write.
test_fifty_in_write() {
	local i
	allow_log .
	sim
	mnt -o explore-timeout=30
	cat "$O/name" >/dev/null
	fault "$EXPLORE:hang"
	for ((i = 0; i < 50; i++)); do
		background bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	done
	eventually 20 waiting "${BGS[@]}"
	eventually 20 seen 50
	all_cached_works
	ls "$M/sessions" >/dev/null
	none_came_back "${BGS[@]}"
	interrupt_each "${BGS[@]}"
	all_cached_works
	nofault
	sim_stop
}

# Many waiters of one thing cost one request.
# each: orgs sessions
test_one_request_for_many() {
	local i
	sim --sessions 20 --busy-working 0
	mnt
	journal_mark
	fault 'GET:*/restoresessions:delay=700' 'GET:*/organizations:delay=700'
	for ((i = 0; i < 30; i++)); do background ls "$M/$1"; done
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_requests 1 'GET '
}

# All of 50 readers of one slow listing get it complete, after one round trip.
test_slow_listing_is_complete() {
	local i start
	sim --sessions 40 --busy-working 0
	mnt
	fault 'GET:*/restoresessions:delay=1000'
	start=$(now_ms)
	for ((i = 0; i < 50; i++)); do background ls -AU "$M/sessions" >"$WORK/ls.$i"; done
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_num $(($(now_ms) - start)) -lt 10000 'milliseconds for 50 readers'
	for ((i = 0; i < 50; i++)); do
		assert_eq "$(sort -u "$WORK/ls.$i" | wc -l)" 40 "sessions that reader $i saw"
	done
}

# One waiter's Ctrl-C does not spoil the others' answer.
test_interrupt_one_reader() {
	local i
	sim --sessions 40 --busy-working 0
	mnt
	fault 'GET:*/restoresessions:delay=2000'
	for ((i = 0; i < 5; i++)); do background ls "$M/sessions"; done
	eventually 10 waiting "${BGS[@]}"
	kill -INT "${BGS[0]}"
	assert_status failure "${BGS[0]}"
	for i in 1 2 3 4; do assert_status 0 "${BGS[$i]}"; done
	assert_requests 1 "$(sessions_get)"
}

# A lookup of a name in a listing that never comes: everybody else goes on; SIGKILL ends the one who waits.
test_lookup_of_the_unknown() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	fault 'GET:*/restoresessions*:hang'
	background stat "$M/sessions/11111111-2222-3333-4444-555555555555"
	eventually 10 waiting "$BG"
	all_cached_works
	ls "$M" >/dev/null
	kill -INT "$BG"
	assert_status failure "$BG"
	nofault
}

# ... and not even in the same directory does it keep others from names that are known.
test_lookup_beside_a_lookup() {
	sim
	mnt -o api=v7
	explore
	stat "$M/sessions/$SID" >/dev/null
	nap 2.1     # what is known of a session that works is no longer believed
	fault 'GET:*/restoresessions*:hang'
	background stat "$M/sessions/$SID/nothing"
	eventually 10 seen 1
	stat "$M/sessions/$SID/type" >/dev/null
	none_came_back "$BG"
	kill -INT "$BG"
	assert_status failure "$BG"
	nofault
}

# A server that drips its answer byte by byte is slow, not broken: the listing comes.
test_drip() {
	sim
	mnt -o timeout=5
	fault 'GET:*/organizations:drip=1'
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
}

# Latency of 300 ms on everything: it all works, and a story takes as many round trips as requests, not more.
test_latency() {
	sim --latency 300 --sessions 10 --busy-working 0
	mnt
	ls -l "$M/orgs" "$M/sessions" >/dev/null
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	echo x >"$M/sessions/$SID/stop"
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
}

# Two mounts of one server live side by side; a session of the one is seen in the other.
test_two_mounts_of_one_server() {
	sim
	mnt -d "$WORK/a"
	mnt -d "$WORK/b"
	M=$WORK/a O=$WORK/a/orgs/$ORG
	explore
	assert_eq "$(cat "$WORK/b/sessions/$SID/state")" Working
	unmount "$WORK/a"
	assert_eq "$(cat "$WORK/b/sessions/$SID/state")" Working
}
