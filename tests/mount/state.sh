# Random operations on the files of a mount, while the server fails at random; each answer is
# compared with a plain model of the truth (tests/fuzz/state).
#
# STATE_SEED=N takes another seed, which also chooses the version of the API, STATE_SECONDS=N
# another time (make fuzz T=state does both); STATE_TELLS=1 prints each step.
# TIMEOUT=90
# shellcheck shell=bash source=tests/mount/lib.sh

# What is said is true, or an error that a fault stands for, whatever happens in whatever order.
# each: 3 7
test_random() {
	local seed=${STATE_SEED:-$1} api type
	allow_log .
	api=v$((seed % 8 + 1))
	sim --sessions 6 --busy-working 0 --orgs 3
	mnt -o "api=$api"
	for type in vex veod vesp vet; do
		[ "$type" != vet ] || [ "$api" \> v4 ] || continue
		[ "$type" = vex ] || [ "$api" != v1 ] || continue
		more_session "$api" "$type"
		"$PY" -IS "$SRC/tests/mount/restore.py" "$CONTROL" "$api" "$CREDS" "$SID" "$WORK/truth/$type"
		echo stop >"$S/stop"
	done
	unmount
	mnt -o "api=$api,timeout=1,explore-timeout=2,xattr"
	echo "seed $seed, API $api"
	"$BUILD/tests/fuzz/state/state" "$CONTROL" "$M" "$JOURNAL" "$CREDS" "$WORK/truth" "$api" "$seed" \
		"${STATE_SECONDS:-10}" | tee "${STATE_FIGURES:-/dev/null}"
	unmount
}
