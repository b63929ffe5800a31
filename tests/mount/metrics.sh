# .vbofs/metrics: true numbers, in a format that strict parsers take; and what ships to collect them.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016
. "$SRC/tests/mount/sbin.bash"

PROMETHEUS=$SRC/mount-examples/prometheus

# metric SAMPLE: its number as the mount tells it now.
metric_is() {
	[ "$(metric "$1")" = "$2" ]
}

# Every number against what was done and what the simulator's journal says.
test_true_numbers() {
	local id before
	sim --sessions 40 --busy-working 3
	mnt
	explore 'latest type=veod'
	ls "$M/orgs" "$M/sessions" >/dev/null
	assert_eq "$(metric vbofs_organizations)" 2 organizations
	assert_eq "$(metric 'vbofs_sessions{state="Working"}')" 4 'sessions that work'
	assert_eq "$(metric 'vbofs_sessions{state="Stopped"}')" 37 'sessions that are stopped'
	before=$(metric vbofs_posts_total)
	echo >"$M/sessions/$SID/stop"
	assert_eq "$(metric vbofs_posts_total)" $((before + 1)) 'POSTs after a stop'
	assert_eq "$(cat "$M/sessions/$SID/state")" Stopped 'state after a stop'
	assert_eq "$(metric 'vbofs_sessions{state="Working"}')" 3 'sessions that work after a stop'
	explore 'latest type=veod'
	cat "$(find "$M/sessions/$SID/onedrives" -type f -size +0 ! -name .index.tsv -print -quit)" >"$WORK/document"
	assert_eq "$(metric vbofs_saves_total)" 1 saves
	assert_eq "$(metric vbofs_spool_bytes)" "$(stat -c %s "$WORK/document")" 'bytes in the spool'
	assert_num "$(metric vbofs_cache_bytes)" -gt 20000 'bytes of listings'
	assert_eq "$(metric vbofs_circuit_open)" 0 'circuit'
	assert_num "$(metric vbofs_inodes)" -gt 10 inodes
	assert_fails bash -c 'echo rubbish >"$1"' - "$O/explore"
	assert_eq "$(metric 'vbofs_errors_total{errno="EINVAL"}')" 1 'errors of one user'
	assert_eq "$(metric 'vbofs_http_requests_total{method="GET",status="200"}')" "$(requests '^[0-9]+ GET [^ ]+ 200 ')" 'GETs'
	assert_eq "$(metric 'vbofs_http_requests_total{method="POST",status="201"}')" "$(requests '^[0-9]+ POST [^ ]+ 201 ')" 'POSTs'
	assert_eq "$(metric 'vbofs_http_request_seconds_count{method="GET"}')" "$(requests '^[0-9]+ GET ')" 'GETs timed'
	journal_mark
	cat "$M/.vbofs/metrics" >/dev/null
	assert_requests 0
}

# Requests that end badly are counted by how they ended; what is repeated, too; a slow one is in its bucket.
test_bad_requests() {
	allow_log .
	sim
	mnt -o timeout=5
	fault 'GET:*/organizations:status=503,count=2'
	ls "$M/orgs" >/dev/null
	assert_eq "$(metric 'vbofs_http_requests_total{method="GET",status="503"}')" 2 '503s'
	assert_eq "$(metric vbofs_retries_total)" 2 'repeated'
	nofault
	fault 'GET:*/organizations:delay-before=1200,count=1'
	refresh
	ls "$M/orgs" >/dev/null
	assert_num "$(metric 'vbofs_http_request_seconds_bucket{method="GET",le="1.0"}')" -lt \
		"$(metric 'vbofs_http_request_seconds_count{method="GET"}')" 'within a second'
	sim_kill
	cat "$M/sessions" >/dev/null 2>&1 || :
	refresh
	assert_fails cat "$O/json"
	assert_num "$(metric 'vbofs_http_requests_total{method="GET",status="none"}')" -ge 1 'without an answer'
	opened() { cat "$O/json" >/dev/null 2>&1 || :; metric_is vbofs_circuit_open 1; }
	eventually 30 opened
	assert_num "$(metric 'vbofs_errors_total{errno="EHOSTUNREACH"}')" -ge 1 EHOSTUNREACH
}

# Strict OpenMetrics parsers take it, whatever has happened: the reference's own, and that of Prometheus.
test_openmetrics() {
	sim --sessions 3
	mnt
	strict
	explore
	assert_fails bash -c 'echo rubbish >"$1"' - "$O/explore"
	ls -lR "$M" >/dev/null
	strict
	command -v promtool >/dev/null || skip 'no promtool here: one parser has judged'
	# it wants to know when each number was so
	sed '/^#/!s/$/ 1700000000/' "$WORK/metrics" >"$WORK/timed"
	run promtool tsdb create-blocks-from openmetrics "$WORK/timed" "$WORK/tsdb"
	assert_eq "$STATUS" 0 "status of promtool ($OUT)"
	run promtool tsdb list "$WORK/tsdb"
	assert_match "$OUT" "[^0-9]$(grep -vc '^#' "$WORK/metrics")[^0-9]" 'samples that it read'
	sed -i 's/^# EOF$//' "$WORK/timed"
	assert_fails promtool tsdb create-blocks-from openmetrics "$WORK/timed" "$WORK/tsdb"
}

strict() {
	cat "$M/.vbofs/metrics" >"$WORK/metrics"
	"$PY" - "$WORK/metrics" <<-'END' || fail 'the parser refuses it'
		import sys
		from prometheus_client.openmetrics.parser import text_fd_to_metric_families as parse
		families = list(parse(open(sys.argv[1])))
		assert len(families) > 10, families
		for f in families:
		    assert f.documentation.endswith('.'), f
		    assert f.name.startswith('vbofs_'), f
		    assert f.type in ('counter', 'gauge', 'histogram'), f
	END
}

# The example for node_exporter: its format, a label for the mount, one whole file at a time, and the mount that is gone.
test_textfile() {
	local dir=$WORK/collector file
	sim
	mnt
	explore
	mkdir "$dir"
	"$PROMETHEUS/vbofs-textfile" "$M" "$dir"
	file=$(echo "$dir"/*.prom)
	assert_eq "$(ls -A "$dir" | wc -l)" 1 'files in the collector'
	assert_match "$(cat "$file")" "vbofs_up\\{mount=\"$M\"\\} 1" 'the file'
	assert_match "$(cat "$file")" "vbofs_http_requests_total\\{mount=\"$M\",method=\"POST\",status=\"201\"\\} 1" 'the file'
	assert_match "$(cat "$file")" 'TYPE vbofs_saves_total counter' 'the file'
	assert_no_match "$(cat "$file")" 'EOF|UNIT' 'the file'
	if command -v promtool >/dev/null; then
		run promtool check metrics <"$file"
		assert_eq "$STATUS $OUT" '0 ' 'promtool check metrics'
	fi
	unmount
	"$PROMETHEUS/vbofs-textfile" "$M" "$dir"
	assert_eq "$(grep -v '^#' "$file")" "vbofs_up{mount=\"$M\"} 0" 'the file without a mount'
}

# Dashboard and alerts ask only for what there is, by labels that it has, in PromQL that promtool understands.
test_dashboard() {
	local name n=0
	need jq
	sim
	mnt
	explore
	assert_fails bash -c 'echo rubbish >"$1"' - "$O/explore"
	mkdir "$WORK/c"
	"$PROMETHEUS/vbofs-textfile" "$M" "$WORK/c"
	jq -r '.panels[].targets[].expr' "$PROMETHEUS/grafana-dashboard.json" >"$WORK/exprs"
	assert_num "$(wc -l <"$WORK/exprs")" -ge 10 expressions
	sed -n 's/^ *expr: //p' "$PROMETHEUS/alerts.yml" >>"$WORK/exprs"
	while read -r name; do
		grep -qE "^$name[{ ]" "$WORK/c"/*.prom || fail "no such metric: $name"
	done < <(grep -oE 'vbofs_[a-z_]+' "$WORK/exprs" | sort -u)
	"$PY" -IS - "$WORK/exprs" "$WORK"/c/*.prom <<-'END' || fail 'labels that no metric has'
		import re, sys
		exprs, samples = (open(p).read() for p in sys.argv[1:])
		has = {}
		for name, labels in re.findall(r'^(\w+)\{(.*)\} ', samples, re.M):
		    has.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
		for expr in exprs.splitlines():
		    asked = re.findall(r'(vbofs_\w+)(?:\{([^}]*)\})?', expr)
		    for name, labels in asked:
		        wrong = set(re.findall(r'(\w+)=', labels)) - has[name]
		        assert not wrong, (expr, wrong)
		    for labels in re.findall(r'by \(([^)]*)\)', expr):
		        wrong = set(re.findall(r'\w+', labels)) - set.union(*(has[name] for name, _ in asked))
		        assert not wrong, (expr, wrong)
	END
	jq -e '[.panels[].id] | length == (unique | length)' "$PROMETHEUS/grafana-dashboard.json" >/dev/null || fail 'ids of panels'
	jq -e 'all(.panels[].gridPos; .x + .w <= 24)' "$PROMETHEUS/grafana-dashboard.json" >/dev/null || fail 'a panel is too wide'
	command -v promtool >/dev/null || skip 'no promtool here: the names were checked, the expressions were not'
	promtool check rules "$PROMETHEUS/alerts.yml" >"$WORK/said" || fail "alerts.yml: $(cat "$WORK/said")"
	{
		printf 'groups:\n- name: dashboard\n  rules:\n'
		sed 's/\$mount/.*/' "$WORK/exprs" | while IFS= read -r name; do
			printf '  - record: a:b\n    expr: >-\n      %s\n    labels: {n: "%s"}\n' "$name" "$((n += 1))"
		done
	} >"$WORK/rules.yml"
	promtool check rules "$WORK/rules.yml" >"$WORK/said" || fail "the dashboard: $(cat "$WORK/said")"
}
