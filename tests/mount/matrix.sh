# The fault matrix: every operation meets every fault.  A case is a column; tests/run joins them in
# BUILD/matrix.tsv: rows are operations (matrix.py), columns are faults.
# TIMEOUT=150
# shellcheck shell=bash source=tests/mount/lib.sh

# What the simulator is told for a column, one fault a line.
specs_of() {
	case $1 in
	reset-body) echo '*:*:cut=20' ;;
	reset-*) echo "*:*:$1" ;;
	# a download that flows may take its time
	drip) printf '%s\n' '*:*/save:drip=1' '*:*:drip=100' ;;
	no-answer) echo '*:*:hang' ;;
	status-301) echo "*:*:status=301,location=$CONTROL/v7/" ;;
	# longer than anybody waits here
	status-429) echo '*:*:status=429,retry-after=60' ;;
	status-401) printf '%s\n' '*:*/token:delay=0' '*:*:status=401' ;;
	status-*) echo "*:*:status=${1#*-}" ;;
	truncated) printf '%s\n' '*:*/save:delay=0' '*:*:truncate-json' ;;
	# announced, or found out
	huge) printf '%s\n' '*:*/save:delay=0' 'GET:*/organizations:blanks=100000000,length=no' '*:*:blanks=100000000' ;;
	content-type) echo '*:*:delay=0,type=text/html' ;;
	# v7 sends the organizations as one array, which has no pages
	repeats) printf '%s\n' '*:*/organizations:delay=0' '*:*:endless' ;;
	never-ends) printf '%s\n' '*:*/organizations:delay=0' '*:*:fresh-endless' ;;
	token) echo 'GET:*/restoresessions:unauthorized-revoke,query=offset=19,count=1' ;;
	*) echo "*:*:$1" ;;
	esac
}

begin_fault() {
	local id
	case $1 in
	refused) cut_wire ;;
	certificate)
		cut_wire
		PORT=$OTHER_PORT
		wire
		;;
	restarted)
		cut_wire
		ctl POST /_sim/revoke >/dev/null
		wire
		;;
	clock) touch "$WORK/jump" ;;
	resolver)
		touch "$WORK/block"
		cut_wire
		wire
		;;
	ended)
		for id in $(<"$WORK/.column.sessions"); do
			ctl POST "/_sim/session/$id" '{"state":"Stopped"}' >/dev/null
		done
		;;
	*) mapfile -t SPECS < <(specs_of "$1") && fault "${SPECS[@]}" ;;
	esac
}

end_fault() {
	nofault
	case $1 in
	refused) wire ;;
	certificate)
		cut_wire
		PORT=$OWN_PORT
		wire
		;;
	clock) rm "$WORK/jump" ;;
	resolver) rm "$WORK/block" ;;
	esac
}

# A step of matrix.py.
step() {
	local answer=
	echo "$1" >&"${DRIVER[1]}"
	read -r -t 120 -u "${DRIVER[0]}" answer || :
	[ "$answer" = "$1" ] || fail "$1: $(cat "$WORK/driver")"
}

mount_at() {
	local more=() timeout=1
	case $COLUMN in
	# all connect anew at once, and have to succeed: on a machine with other work that takes a while
	restarted) timeout=10 ;;
	clock | resolver) more=(-e "LD_PRELOAD=$WORK/shim.so" -e "SHIM_BLOCK=$WORK/block" -e "SHIM_JUMP=$WORK/jump"
		-e "ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0") ;;
	esac
	mnt -d "$WORK/$1" -o api=v7,xattr,timeout=$timeout,explore-timeout=3 "${more[@]}" "$URL"
	PIDS+=("$VPID")
}

# Of what the simulator was told something happened.
acted() {
	[ "$(ctl GET /_sim/stats | jq '.faults | length == 0 or any(.acted > 0 and (.spec | endswith(":delay=0") | not))')" = true ]
}

quiet() {
	[ "$(ctl GET /_sim/stats | jq .inFlight)" -le 1 ]
}

# Each operation meets the fault, and comes right when it is gone: the errno of the design, no wrong value, no second POST, nothing leaked.
# each: refused reset-before reset-after reset-headers close-headers reset-body drip no-answer status-301 status-400 status-401 status-403 status-404 status-408 status-409 status-429 status-500 status-502 status-503 status-504 empty truncated deep huge types content-type duplicate utf8 repeats never-ends token certificate restarted clock resolver ended
test_column() {
	local posts=1 own=()
	COLUMN=$1 PIDS=()
	allow_log .
	case $1 in
	certificate)
		sim
		OTHER_PORT=$PORT
		;;
	clock) cc -shared -fPIC -o "$WORK/shim.so" "$SRC/tests/mount/clock_jump.c" -ldl ;;
	resolver) cc -shared -fPIC -o "$WORK/shim.so" "$SRC/tests/mount/slow_resolver.c" -ldl ;;
	esac
	[ "$1" != resolver ] || own=(--cert-host vbo.test)
	sim "${own[@]}" --orgs 45 --sessions 45 --busy-working 0 --max-page 20
	OWN_PORT=$PORT
	case $1 in
	refused | certificate | restarted | resolver) wire ;;
	esac
	[ "$1" != resolver ] || URL=https://vbo.test:$WIRE_PORT
	mount_at truth
	mount_at warm
	mount_at cold
	coproc DRIVER { exec "$PY" -IS "$SRC/tests/mount/matrix.py" "$COLUMN" "$ORG" "$WORK/.column" \
		"$WORK/truth" "$WORK/cold" "$WORK/warm" "${PIDS[@]:1}" 2>"$WORK/driver"; }
	step learn
	unmount "$WORK/truth"
	step open
	nap 2.1     # what is known of a session that works is no longer believed
	step weigh
	journal_mark
	begin_fault "$1"
	step meet
	acted || fail 'nothing met the fault'
	case $1 in
	refused | certificate | resolver) posts=0 ;;
	esac
	[ "$1" = ended ] || assert_requests "$posts" "$(stop_post)"
	assert_requests "$posts" "$(explore_post)"
	end_fault "$1"
	step recover
	eventually 20 quiet
	case $1 in
	# too slow for a second round, or not to be undone
	ended | drip | never-ends) step compare ;;
	*)
		step weigh
		journal_mark
		begin_fault "$1"
		step again
		assert_requests "$posts" "$(explore_post)"
		end_fault "$1"
		step recover
		eventually 20 quiet
		step compare
		;;
	esac
	step column
}
