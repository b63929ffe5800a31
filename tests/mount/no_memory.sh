# Memory runs out: who asked is told so, nobody else notices, and the mount goes on.
# TIMEOUT=120
# shellcheck shell=bash source=tests/mount/lib.sh

# Each allocation of the program on the way of an operation fails in turn: ENOMEM, or what is there; then all is well.
test_in_turn() {
	[[ $BUILD != *-[at]san ]] || skip 'a sanitizer has an allocator of its own'
	allow_log .
	cc -shared -fPIC -o "$WORK/shim.so" "$SRC/tests/mount/no_memory.c" || fail 'the shim does not compile'
	head -c 16 /dev/zero >"$WORK/numbers"
	sim --busy-working 0
	mnt -e "LD_PRELOAD=$WORK/shim.so" -e "SHIM_MEMORY=$WORK/numbers"
	explore
	"$PY" -IS "$SRC/tests/mount/no_memory.py" "$WORK/numbers" "$M" "$SID" >"$WORK/out" || fail "$(cat "$WORK/out")"
	cat "$WORK/out"
}
