# What a session shows: names, sizes, times and bytes of mail, documents, sites and teams.
# TIMEOUT=120

# The saves that the server has seen.
saves() {
	journal | grep -c ' save$' || :
}

# A session of a type; S is its directory.
open_session() { # API TYPE [simulator options]
	local api=$1 type=$2
	shift 2
	sim "$@"
	mnt -o "api=$api"
	explore "2026.11.19 19:00:05$([ "$api" = v1 ] || echo " type=$type")"
	S=$M/sessions/$SID
}

# A column of a file's line in the index of its directory: 4 is the id, 5 the version.
in_index() {
	awk -F'\t' -v name="${1##*/}" -v column="$2" '$1 == name { print $column }' "${1%/*}/.index.tsv"
}

encode() {
	jq -rn --arg s "$1" '$s | @uri'
}

# Every document below $1 has the bytes and the size that the server says.
assert_documents() {
	local file id n=0
	while IFS= read -r -d '' file; do
		id=$(in_index "$file" 4)
		ctl GET "/_sim/content/$(encode "$id")?version=$(in_index "$file" 5)" >"$WORK/truth"
		cmp "$WORK/truth" "$file" || fail "bytes of $file"
		assert_eq "$(stat -c %s "$file")" "$(stat -c %s "$WORK/truth")" "size of $file"
		n=$((n + 1))
	done < <(find "$1" -type f ! -name .index.tsv ! -name '*.json' ! -name '*.zip' -print0)
	assert_num "$n" -ge "$2" documents
}

# Documents of a OneDrive are the server's, byte for byte.
# each: v2 v3 v5 v6 v7 v8
test_onedrive() {
	open_session "$1" veod
	assert_documents "$S/onedrives" 5
}

# Documents of sites and their subsites as well.
# each: v2 v5 v6 v8
test_sites() {
	open_session "$1" vesp
	assert_documents "$S/sites" 3
}

# Files of teams as well.
# each: v5 v6 v7 v8
test_teams() {
	local team
	open_session "$1" vet
	while IFS= read -r team; do assert_documents "$team" 0; done < <(find "$S/teams" -type d -name files)
	assert_num "$(find "$S/teams" -path '*/files/*' -type f ! -name .index.tsv | wc -l)" -ge 2 files
	assert_num "$(find "$S/teams" -path '*/posts/*' -name '*.msg' | wc -l)" -ge 1 posts
}

# Mails are saved when they are opened; before that their size is a guess, then exact.
# each: v1 v5 v6 v7 v8
test_mail() {
	local mail
	open_session "$1" vex
	mail=$(find "$S/mailboxes" -name '*.msg' | sort | sed -n 1p)
	assert_eq "$(saves)" 0 'saves before anything is opened'
	assert_num "$(stat -c %s "$mail")" -gt 0 'size before'
	assert_eq "$(head -c 8 "$mail" | od -An -tx1 | tr -d ' ')" d0cf11e0a1b11ae1 'magic of a .msg'
	assert_eq "$(stat -c %s "$mail")" "$(cat "$mail" | wc -c)" 'size after'
	cp "$mail" "$WORK/copy"
	assert_eq "$(saves)" 1 'saves of one mail, opened thrice'
}

# Looking costs no save, and a second look no request at all.
# each: vex veod vesp vet
test_looking_is_free() {
	open_session v8 "$1"
	ls -lR "$S" >/dev/null
	find "$S" -newermt 2020-01-01 >/dev/null
	du -s "$S" >/dev/null
	find "$S" -name .index.tsv -exec cat {} + >"$WORK/index"
	assert_num "$(wc -l <"$WORK/index")" -ge 5 'lines of the indexes'
	assert_eq "$(saves)" 0 saves
	journal_mark
	ls -lR "$S"/*/ >/dev/null
	find "$S"/*/ -name .index.tsv -exec cat {} + >/dev/null
	assert_requests 0 'organization/'
}

# rsync takes everything, and the second time nothing.
test_rsync() {
	open_session v8 veod
	rsync -a --exclude .index.tsv "$S/onedrives/" "$WORK/copy/"
	diff -r -x .index.tsv "$S/onedrives" "$WORK/copy"
	journal_mark
	rsync -a --exclude .index.tsv --out-format='%n' "$S/onedrives/" "$WORK/copy/" >"$WORK/second"
	assert_eq "$(grep -v '/$' "$WORK/second" || :)" '' 'files of the second run'
	assert_eq "$(requests_since ' save$')" 0 'saves of the second run'
}

# tar and cp -a carry bytes, sizes and times.
test_tar() {
	open_session v8 veod
	tar -C "$S" -cf "$WORK/t.tar" --exclude=.index.tsv onedrives
	mkdir "$WORK/out"
	tar -C "$WORK/out" -xf "$WORK/t.tar"
	diff -r -x .index.tsv "$S/onedrives" "$WORK/out/onedrives"
	cp -a "$S/onedrives" "$WORK/cp"
	diff -r "$S/onedrives" "$WORK/cp"
}

# content=off: everything can be looked at, nothing is saved.
test_content_off() {
	local file
	sim
	mnt -o content=off
	explore '2026-11-20T02:00:04Z type=veod'
	S=$M/sessions/$SID
	allow_log .
	file=$(find "$S/onedrives" -type f -size +0 ! -name .index.tsv | sed -n 1p)
	assert_errno EACCES read "$file"
	assert_match "$(last_error)" 'content=off' last_error
	assert_eq "$(saves)" 0 saves
}

# Two readers of one document: one save.  The third time none.
test_one_save() {
	local file
	open_session v8 veod
	file=$(find "$S/onedrives" -type f -size +1M | sed -n 1p)
	cat "$file" >"$WORK/a" &
	cat "$file" >"$WORK/b"
	wait $!
	cmp "$WORK/a" "$WORK/b"
	cat "$file" >/dev/null
	assert_eq "$(saves)" 1 saves
}

# A save that fails is an error, never a short file; the next open tries again.
# each: status=500 status=404 status=503 truncate reset-after garbage short=10 long=10
test_bad_save() {
	local file
	allow_log .
	open_session v8 veod
	file=$(find "$S/onedrives" -type f -size +1M | sed -n 1p)
	fault "POST:*/save:$1"
	assert_errno EIO,EBUSY,EAGAIN read "$file"
	assert_match "$(last_error)" onedrives last_error
	nofault
	cat "$file" | wc -c >"$WORK/n"
	assert_eq "$(cat "$WORK/n")" "$(stat -c %s "$file")" 'bytes of the next try'
}

# A session that ended under the reader: ESTALE, and the values stay.
test_session_ended() {
	local file
	allow_log .
	open_session v8 veod
	file=$(find "$S/onedrives" -type f -size +1M | sed -n 1p)
	ctl POST "/_sim/session/$SID" '{"state":"Stopped"}' >/dev/null
	assert_errno ESTALE read "$file"
	assert_match "$(last_error)" 'ended' last_error
	eventually 5 content_is "$S/state" Stopped
}
