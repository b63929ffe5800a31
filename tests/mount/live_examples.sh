# The scripts of mount-examples that audit, and that walk over restore points.
# shellcheck shell=bash source=tests/mount/lib.sh

example() {
	"$SRC/mount-examples/$1" "${@:2}"
}

happens() { # SESSION JSON
	ctl POST "/_sim/session/$1/events" "$2" >/dev/null
}

# Who did what in the last 7 days: sessions that ended since, and those that still work; no others.
# each: v2 v6 v8
test_audit() {
	local old mine
	sim --sessions 20 --busy-working 0
	mnt -o "api=$1"
	old=$(ls "$M/sessions" | head -n 1)
	happens "$old" '{"type":"Save","status":"Success","itemName":"old","source":"a"}'
	explore && mine=$SID
	happens "$mine" '{"type":"Save","status":"Success","itemType":"Document","itemName":"tab\there.docx","itemSizeBytes":5,"source":"Ada/Documents"}'
	happens "$mine" '{"type":"Restore","status":"Failed","itemName":"Re: x","source":"b","target":"c"}'
	happens "$mine" '{"type":"None","status":"Success","message":"nothing anybody did"}'
	example audit "$M" >"$WORK/audit"
	assert_eq "$(head -n 1 "$WORK/audit" | cut -f 1-3)" $'who\tsession\tstart'
	assert_eq "$(wc -l <"$WORK/audit")" 3 'lines'
	assert_eq "$(awk -F'\t' 'NR > 1 { print $1, $2 }' "$WORK/audit" | sort -u)" "$(cat "$M/sessions/$mine/initiatedBy") $mine"
	[ "$1" = v2 ] || assert_eq "$(awk -F'\t' '$4 == "Save" { print $7 "|" $8 "|" $9 }' "$WORK/audit")" 'tab\there.docx|5|Ada/Documents'
	assert_eq "$(awk -F'\t' '$5 == "Failed" { print $4 }' "$WORK/audit")" Restore
	# All of it, of every year; nothing is saved or changed for it.
	example audit "$M" '2000-01-01' >"$WORK/audit"
	grep -q old "$WORK/audit" || [ "$1" = v2 ] || fail 'nothing of the old session'
	assert_num "$(wc -l <"$WORK/audit")" -ge 15 'lines of all years'
	assert_requests 1 "$(explore_post)"
	assert_requests 0 "$(stop_post)"
}

# The audit as CSV: the same cells, whatever is in them, and none that a spreadsheet would compute.
test_audit_csv() {
	sim
	mnt
	explore
	happens "$SID" '{"type":"Save","status":"Success","itemName":"a\tb, \"c\"\nd\\e","source":"=cmd()","itemSizeBytes":5}'
	happens "$SID" '{"type":"Export","status":"Failed","itemName":"plain \u0007","target":"-1+1"}'
	example audit "$M" >"$WORK/audit"
	example tsv-to-csv "$WORK/audit" >"$WORK/csv"
	example audit "$M" | example tsv-to-csv | cmp - "$WORK/csv"
	"$PY" -IS - "$WORK/csv" <<-'END' || fail "the table: $(cat "$WORK/csv")"
		import csv, sys
		rows = list(csv.DictReader(open(sys.argv[1], newline=''), strict=True))
		assert len(rows) == 2 and all(None not in r and None not in r.values() for r in rows), rows
		save, = (r for r in rows if r['type'] == 'Save')
		assert save['item'] == 'a\tb, "c"\nd\\e' and save['bytes'] == '5' and save['source'] == "'=cmd()", save
		export, = (r for r in rows if r['type'] == 'Export')
		assert export['item'] == 'plain \\x07' and export['target'] == "'-1+1", export
	END
}

# Events that cannot be had are a failed audit, not a short one.
test_audit_fails() {
	allow_log .
	sim --sessions 5 --busy-working 0
	mnt
	fault 'GET:*/events:status=500,skip=2'
	assert_fails example audit "$M" 2000-01-01
	nofault
	example audit "$M" 2000-01-01 >/dev/null
}

# The audit as it is typed: find, while read, awk.
test_audit_by_hand() {
	sim --sessions 5 --busy-working 0
	mnt
	explore
	happens "$SID" '{"type":"Save","status":"Success","itemName":"Plan.docx"}'
	cd "$M"
	find sessions -mindepth 1 -maxdepth 1 -newermt '7 days ago' -printf '%f\n' |
		while read -r s; do awk -v w="$(cat "sessions/$s/initiatedBy")" -F'\t' '$3 ~ /Save|Export|Restore|View/ { print w, $6 }' "sessions/$s/events"; done >"$WORK/audit"
	cd "$WORK"
	assert_eq "$(cat "$WORK/audit")" 'administrator Plan.docx'
}

# A document at each point in time that holds OneDrive; every session that was started for it is stopped.
# each: v6 v8
test_history_of_file() {
	local org owner file
	sim
	mnt -o "api=$1"
	org=$(cat "$O/name")
	explore 'latest type=veod'
	owner=$(ls "$M/sessions/$SID/onedrives" | head -n 1)
	file=$(cd "$M/sessions/$SID/onedrives/$owner" && find . -type f ! -name .index.tsv | head -n 1)
	echo x >"$M/sessions/$SID/stop"
	example history-of-file "$M" "$org" "$owner" "${file#./}" >"$WORK/history"
	assert_eq "$(cut -f 1 "$WORK/history")" "$(grep -lx onedrive "$O"/restore-points/* | sed 's,.*/,,')"
	assert_match "$(tail -n 1 "$WORK/history")" $'\t[0-9]+\t[0-9-]+ '
	assert_eq "$(grep -Lx Stopped "$M"/sessions/*/state)" '' 'sessions that were left open'
	assert_eq "$(journal | grep -c ' save$')" 0 saves
	example history-of-file "$M" "$org" "$owner" 'no such file.txt' | cut -f 2 | sort -u | grep -qx missing
}

# The loop that the restore points are made for.
test_loop() {
	local t n=0
	sim
	mnt
	cd "$O"
	for t in restore-points/*; do
		basename "$t" >explore
		n=$((n + 1))
	done
	assert_eq "$(ls sessions | wc -l)" "$n" sessions
	cd "$WORK"
}
