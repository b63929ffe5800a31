# The statistics of a restore session (v8): counts, errors, warnings.
# shellcheck shell=bash source=tests/mount/lib.sh

session() { # API
	sim
	mnt -o "api=$1"
	explore
	S=$M/sessions/$SID
}

happens() {
	ctl POST "/_sim/session/$SID/events" "$1" >/dev/null
}

statistics_get() {
	echo "GET /v8/RestoreSessions/${1:-[0-9a-f-]+}/Statistics "
}

# Flat lines of key and value, as the server counts; the whole object beside them.
test_counts() {
	local key value
	session v8
	happens '{"type":"Restore","status":"Success","count":5}'
	happens '{"type":"Save","status":"Failed","message":"out of space","count":2}'
	happens '{"type":"Restore","status":"Warning","message":"was there"}'
	happens '{"type":"Restore","status":"Skipped"}'
	server_says v8 "RestoreSessions/$SID/Statistics" >"$WORK/truth"
	assert_eq "$(jq -S . "$S/statistics.json")" "$(jq -S . "$WORK/truth")" 'the whole'
	jq -r 'to_entries[] | "\(.key) \(.value | if type == "array" then length else . end)"' "$WORK/truth" | diff - "$S/statistics"
	while read -r key value; do
		assert_match "$key=$value" '^[a-zA-Z]+=[0-9]+$' 'a line'
	done <"$S/statistics"
	assert_eq "$(awk '$1 == "failedItemsCount" { print $2 }' "$S/statistics")" 2
	assert_eq "$(stat -c %s "$S/statistics")" "$(cat "$S/statistics" | wc -c)" size
}

# Errors and warnings are files, one a line, where there are any, and only there.
test_errors_and_warnings() {
	session v8
	assert_errno ENOENT stat "$S/statistics.errors"
	assert_errno ENOENT stat "$S/statistics.warnings"
	happens '{"type":"Save","status":"Failed","message":"out of space"}'
	happens '{"type":"Save","status":"Failed","message":"two\nlines\tand \u001b[31mred"}'
	eventually 10 test -e "$S/statistics.errors"
	assert_eq "$(cat "$S/statistics.errors")" $'out of space\ntwo\\nlines\\tand \\x1b[31mred'
	assert_eq "$(stat -c %s "$S/statistics.errors")" "$(cat "$S/statistics.errors" | wc -c)" size
	assert_errno ENOENT stat "$S/statistics.warnings"
	happens '{"type":"Save","status":"Warning","message":"nearly"}'
	eventually 10 grep -qx nearly "$S/statistics.warnings"
	assert_eq "$(awk '$1 ~ /^(errors|warnings)$/ { print $1, $2 }' "$S/statistics" | sort | tr '\n' ';')" 'errors 2;warnings 1;'
}

# Only v8 has them.
# each: v1 v5 v7
test_none_before() {
	session "$1"
	assert_errno ENOENT stat "$S/statistics"
	assert_errno ENOENT stat "$S/statistics.errors"
	assert_no_match " $(names "$S")" ' statistics' 'the listing'
}

# A session that works is asked again, one that has ended once, and nobody who only looks.
test_budget() {
	local start took
	session v8
	ls -lR "$M/sessions" >/dev/null
	assert_requests 0 "$(statistics_get)"
	journal_mark
	start=$(now_ms)
	while took=$(($(now_ms) - start)) && [ $took -lt 5000 ]; do
		cat "$S/statistics" >/dev/null
		nap 0.1
	done
	assert_num "$(requests_since "$(statistics_get)")" -ge 2 'requests in 5 s'
	assert_num "$(requests_since "$(statistics_get)")" -le $((1 + took / 2000)) 'requests in 5 s'
	echo x >"$S/stop"
	cat "$S/statistics" >/dev/null
	journal_mark
	nap 2.5
	cat "$S/statistics" "$S/statistics.json" >/dev/null
	assert_errno ENOENT stat "$S/statistics.errors"
	assert_requests 0 "$(statistics_get)"
}

# Not what was asked for: an error, never an empty file.
# each: status=500 garbage empty truncate-json html
test_faults() {
	allow_log .
	session v8
	fault "GET:*/statistics:$1"
	assert_errno EIO read "$S/statistics"
	assert_errno EIO stat "$S/statistics.errors"
	assert_match "$(last_error)" "sessions/$SID/statistics" last_error
	nofault
	eventually 10 grep -q '^totalItemsCount ' "$S/statistics"
}
