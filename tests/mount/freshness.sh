# How long is long: cases that have to wait for the cache to grow old.
# TIMEOUT=150
# shellcheck shell=bash source=tests/mount/lib.sh

# The organizations are not fetched again before 60 s, and then they are.
test_organizations_for_60_seconds() {
	local start took
	sim
	mnt
	ls "$M/orgs" >/dev/null
	start=$(now_ms)
	ctl POST /_sim/organizations '{"name":"late.example"}' >/dev/null
	journal_mark
	while [ "$(requests_since "$(orgs_get)")" = 0 ]; do
		took=$(($(now_ms) - start))
		assert_num "$took" -lt 100000 'milliseconds without a new listing'
		ls -l "$M/orgs" "$O" >/dev/null
		cat "$O/name" >/dev/null
		nap 0.5
	done
	assert_num $(($(now_ms) - start)) -ge 58000 'milliseconds until the next listing'
	eventually 10 test -e "$M/by-name/late.example"
	assert_requests 1 "$(orgs_get)"
}

# Nor are restore points.
test_restore_points_for_60_seconds() {
	local start point=2026-11-21T10:00:00Z
	sim
	mnt
	ls "$O/restore-points" >/dev/null
	start=$(now_ms)
	ctl POST /_sim/restore-points "{\"org\":\"$ORG\",\"backupTime\":\"$point\"}" >/dev/null
	journal_mark
	until [ -e "$O/restore-points/$point" ]; do
		assert_num $(($(now_ms) - start)) -lt 100000 'milliseconds without a new listing'
		ls "$O/restore-points" >/dev/null
		nap 0.5
	done
	assert_num $(($(now_ms) - start)) -ge 58000 'milliseconds until the next listing'
	assert_requests 1 'GET /v8/RestorePoints'
}

# A resolver that takes its time does not stop the loop: cached files answer, a waiting reader can be interrupted, unmounting works.
test_slow_resolver() {
	local i s
	allow_log .
	cc -shared -fPIC -o "$WORK/shim.so" "$SRC/tests/mount/slow_resolver.c" -ldl || fail 'the shim does not compile'
	sim --no-tls --sessions 4 --busy-working 0
	mnt -o timeout=60,insecure -e "LD_PRELOAD=$WORK/shim.so" -e "SHIM_BLOCK=$WORK/block" -e "ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0" \
		"http://vbo.test:$PORT"
	s=$(find "$M/sessions" -mindepth 1 -maxdepth 1 | head -n 1)
	cat "$s/state" "$O/name" >/dev/null
	# From now on the resolver blocks, for libcurl it is much later (its cache of names is old),
	# and the connection that is open will be closed.
	touch "$WORK/block"
	for ((i = 0; i < 100; i++)); do
		fault 'GET:*:close,count=1'
		background bash -c 'echo x >"$1/.vbofs/refresh"; ls "$1/orgs"' - "$M"
		eventually 10 resolving_or_done "$BG"
		[ ! -e "$WORK/block.hit" ] || break
		nap 1
	done
	[ -e "$WORK/block.hit" ] || fail 'the resolver was never asked'
	eventually 10 waiting "$BG"
	# Meanwhile:
	stat "$M" >/dev/null
	df "$M" >/dev/null
	ls -a "$M" "$M/.vbofs" >/dev/null
	cat "$M/README" "$M/.vbofs/version" "$M/.vbofs/log" >/dev/null
	kill -0 "$BG" || fail 'the reader came back, nothing was waited for'
	kill -INT "$BG"
	assert_status failure "$BG"
	cat "$M/.vbofs/metrics" >/dev/null
	# Unmounting does not wait for it either; the resolver is still blocked.
	unmount
	[ -e "$WORK/block" ] || fail 'the resolver was not blocked any more'
}

resolving_or_done() {
	[ -e "$WORK/block.hit" ] || ! kill -0 "$1"
}
