# The examples that restore: what they bring is the server's, whatever happens on the way, and
# no session stays behind.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2154
# TIMEOUT=100

EXAMPLES=$SRC/mount-examples
NAME=contoso.onmicrosoft.com
WHEN=2026-11-19T19:00:05Z

# What a session at WHEN holds of the type, in $TRUTH; the session is stopped again.
truth_of() { # TYPE
	explore "$WHEN type=$1"
	S=$M/sessions/$SID
	restore_truth v8
	echo >"$S/stop"
}

none_works() {
	! grep -qx Working "$M"/sessions/*/state
}

# One document, and a folder, bytes and times as they were.
test_one_file_back() {
	sim
	mnt
	truth_of veod
	mkdir "$WORK/out"
	"$EXAMPLES/one-file-back" "$M" $NAME $WHEN 'Adele Vance' 'Pictures/Site plan.png' "$WORK/out/"
	cmp "$TRUTH/Adele Vance/Pictures/Site plan.png" "$WORK/out/Site plan.png"
	assert_eq "$(stat -c %Y "$WORK/out/Site plan.png")" "$(stat -c %Y "$TRUTH/Adele Vance/Pictures/Site plan.png")" time
	"$EXAMPLES/one-file-back" "$M" $NAME $WHEN 'Adele Vance' Deep "$WORK/out/"
	diff -r "$TRUTH/Adele Vance/Deep" "$WORK/out/Deep"
	assert_fails "$EXAMPLES/one-file-back" "$M" $NAME $WHEN 'Adele Vance' 'not there' "$WORK/out/"
	assert_fails "$EXAMPLES/one-file-back" "$M" $NAME yesterday 'Adele Vance' Notes.txt "$WORK/out/"
	assert_match "$(cat "$WORK/.out")" "yesterday" 'why'
	none_works
}

# A copy that is broken off and started again brings everything, and the session of each is ended.
test_leaver_onedrive() {
	sim
	mnt
	fault 'POST:*/save:hang,skip=4'
	# as a terminal or a service manager ends it: all its processes get the signal
	background setsid "$EXAMPLES/leaver-onedrive" "$M" $NAME 'Adele Vance' "$WORK/out"
	eventually 20 seen 5
	kill -INT -- "-$BG"
	assert_status failure "$BG"
	nofault
	none_works
	"$EXAMPLES/leaver-onedrive" "$M" $NAME 'Adele Vance' "$WORK/out"
	explore "latest type=veod"
	S=$M/sessions/$SID
	restore_truth v8
	diff -r -x .index.tsv -x MANIFEST.sha256 "$TRUTH/Adele Vance" "$WORK/out"
	(cd "$WORK/out" && sha256sum -c --quiet MANIFEST.sha256)
	journal_mark
	"$EXAMPLES/leaver-onedrive" "$M" $NAME 'Adele Vance' "$WORK/out"
	assert_requests 0 ' save$'
}

# Mails of one sender, in their folders, so that equal names do not replace each other; no other is saved.
test_mails_of_sender() {
	local box
	sim
	mnt
	truth_of vex
	# the mailbox that has most
	box=$(cd "$TRUTH" && find . -name '*.msg' | cut -d / -f 2 | sort | uniq -c | sort -n | sed -n '$s/^ *[0-9]* //p')
	mkdir "$WORK/want"
	(
		cd "$TRUTH/$box"
		find . -name .index.tsv -exec grep -Hi $'\t[^\t]*Müller[^\t]*\t[^\t]*\t[^\t]*$' {} + |
			sed 's|/.index.tsv:|/|' | cut -f 1 | grep '\.msg$' |
			while IFS= read -r mail; do cp -p --parents "$mail" "$WORK/want"; done
	)
	assert_num "$(find "$WORK/want" -name '*.msg' | wc -l)" -ge 5 'mails of the sender'
	journal_mark
	"$EXAMPLES/mails-of-sender" "$M" $NAME $WHEN "$box" 'zoë müller' "$WORK/out"
	diff -r "$WORK/want" "$WORK/out"
	assert_requests "$(find "$WORK/want" -name '*.msg' | wc -l)" ' save$'
	none_works
}

# What came, went and changed between two nights, by the listings alone.
test_changed_between() {
	sim
	mnt
	"$EXAMPLES/changed-between" "$M" $NAME 'Adele Vance' 2017-06-01T00:00:00Z $WHEN >"$WORK/changes"
	assert_match "$(grep '^>' "$WORK/changes")" $'> Documents/Reports/Draft for Friday.docx\t12291\t2026-11-' 'what came'
	assert_match "$(grep '^<' "$WORK/changes")" $'< Notes.txt\t' 'what was'
	assert_match "$(grep '^>' "$WORK/changes")" $'> Notes.txt\t' 'what it became'
	assert_eq "$(saves)" 0 saves
	"$EXAMPLES/changed-between" "$M" $NAME 'Adele Vance' $WHEN $WHEN >"$WORK/changes"
	assert_eq "$(cat "$WORK/changes")" '' 'changes in no time'
	assert_fails "$EXAMPLES/changed-between" "$M" $NAME 'Nobody' $WHEN $WHEN
	none_works
}
