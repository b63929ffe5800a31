# Searching on the server: write a query, read back the paths of what it finds.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2154
# TIMEOUT=120

# A simulator, mounted, with a session after the last backup; S is its directory.
latest_session() { # API TYPE [simulator options]
	local api=$1 type=$2
	shift 2
	sim "$@"
	mnt -o "api=$api"
	explore "2026.11.20 02:00:04 type=$type"
	S=$M/sessions/$SID
}

# search DIR QUERY: sets FOUND, a file of what the control file there finds.
search() {
	local fd
	FOUND=$WORK/found
	exec {fd}<>"$1/search"
	printf '%s\n' "$2" >&"$fd" || fail "search '$2': $(last_error)"
	cat <&"$fd" >"$FOUND"
	exec {fd}>&-
}

# DIR FIND-EXPRESSION...: what was found there is what find finds.
assert_found() {
	local dir=$1
	shift
	(cd "$dir" && find . ! -name .index.tsv \( "$@" \)) | sed 's#^\./##' | LC_ALL=C sort >"$WORK/there"
	diff "$WORK/there" "$FOUND" >"$WORK/diff" || fail "found (>) is not what is there (<): $(cat "$WORK/diff")"
	assert_num "$(wc -l <"$FOUND")" -ge 2 'found in all'
}

search_posts() {
	requests_since 'POST [^ ]*(/search[^/ ]*|/[Aa]ction)\?'
}

no_saves() {
	assert_eq "$(requests ' save$')" 0 saves
}

# It is listed in a session; in what people copy it is found by its name and not listed.
# each: vex.mailboxes veod.onedrives vesp.sites vet.teams
test_listed() {
	local dir
	latest_session v8 "${1%.*}"
	[ -f "$S/search" ] || fail 'none in the session'
	assert_match " $(names "$S")" ' search ' 'names in the session'
	for dir in "$S/${1#*.}"/*/; do
		[ -f "$dir/search" ] || fail "none in $dir"
		assert_no_match " $(names "$dir")" ' search ' "names in $dir"
	done
	assert_eq "$(find "$S" -mindepth 2 -name search)" '' 'listed below'
	assert_eq "$(stat -c %a "$dir/search")" 600 mode
}

# Documents and folders of all OneDrives, names that are hard on file systems among them.
# each: v4 v5 v6 v7 v8
test_onedrives() {
	latest_session "$1" veod --hostile
	search "$S" 't'
	# names of 300 letters end in .txt on the server
	assert_found "$S" -path './onedrives/*/*' \( -iname '*t*' -o -name '[xy]xxxx*' \)
	search "$S/onedrives/Adele Vance" 'name:twice'
	assert_found "$S/onedrives/Adele Vance" -iname '*twice*'
	no_saves
}

# Documents, items and folders of sites; a subsite is not in its parent's search.
# each: v4 v5 v6 v7 v8
test_sites() {
	latest_session "$1" vesp --hostile
	search "$S" 'o'
	assert_found "$S" \( -path '*/libraries/*/*' -o -path '*/lists/*/*' \) ! -path '*/attachments/*' \
		! -name attachments -iname '*o*' ! -name '*[^oO].json' -o -path '*/lists/*' -iname '*o*.json' \
		! -path '*/attachments/*'
	search "$S/sites/Intranet" travel
	assert_found "$S/sites/Intranet" -iname '*travel*' ! -path './subsites/*'
	search "$S/sites/Intranet/subsites/Human Resources" travel
	assert_found "$S/sites/Intranet/subsites/Human Resources" -iname '*travel*'
	no_saves
}

# Files, posts, replies and tabs of teams.
# each: v5 v6 v7 v8
test_teams() {
	local person
	latest_session "$1" vet
	search "$S" 'filename:p'
	assert_found "$S" \( -path '*/files/*' -o -path '*/tabs/*' \) -iname '*p*' ! -name '*[^p].json' -o -name 'P*.json'
	search "$S/teams/Marketing" 'subject:l'
	assert_found "$S/teams/Marketing" -path '*/posts/*' -name '*l*.msg'
	: >"$WORK/all"
	for person in 'Adele Vance' 'Alex Wilber' 'Zoë Müller' 'Nestor Wilke' 'Megan Bowen' 'Lee Gu' \
		'Priya Nair' '山田 太郎'; do
		search "$S" "author:\"$person\""
		cat "$FOUND" >>"$WORK/all"
	done
	LC_ALL=C sort "$WORK/all" >"$FOUND"
	assert_found "$S" -path '*/posts/*.msg' -o -path '*/files/*'
	assert_num "$(grep -c '\.re/' "$FOUND")" -ge 5 replies
	no_saves
}

# Mails of all mailboxes, of one, and of an archive under the same address.
# each: v4 v5 v6 v7 v8
test_mail() {
	local mailbox n=0
	latest_session "$1" vex --hostile
	search "$S" 'subject:aurora'
	assert_found "$S" -name '*[aA]urora*.msg'
	search "$S" 'subject:Größenangaben'
	assert_found "$S" -name '*Größenangaben*'
	search "$S" '会議'
	assert_found "$S" -name '*会議*'
	for mailbox in "$S"/mailboxes/*/; do
		search "$mailbox" i
		(cd "$mailbox" && find . -name '*[iI]*.msg' | grep -c .) >"$WORK/n" || :
		assert_eq "$(wc -l <"$FOUND")" "$(cat "$WORK/n")" "found in $mailbox"
		n=$((n + $(cat "$WORK/n")))
	done
	search "$S" i
	assert_eq "$(wc -l <"$FOUND")" "$n" 'found in all of them'
	while IFS= read -r mailbox; do [ -f "$S/$mailbox" ] || fail "not there: $mailbox"; done <"$FOUND"
	no_saves
}

# Versions without a search have no such file, anywhere.
# each: v1 v2 v3
test_not_before_v4() {
	sim
	mnt -o "api=$1"
	explore "2026.11.19 19:00:05$([ "$1" = v1 ] || echo ' type=vex')"
	S=$M/sessions/$SID
	ls "$S"/mailboxes/* >/dev/null
	assert_errno ENOENT stat "$S/search"
	assert_errno ENOENT stat "$(echo "$S"/mailboxes/alex*)/search"
}

# A document deep below folders that nobody has listed: each folder is asked for
# once, each directory on the way listed once, and the next time nothing but the search.
# each: v4 v6 v8
test_deep() {
	latest_session "$1" veod
	journal_mark
	search "$S/onedrives/Adele Vance" bottom
	assert_eq "$(cat "$FOUND")" Deep/a/b/c/d/e/f/g/h/bottom.txt found
	assert_requests 1 'POST'
	assert_requests 8 'GET [^ ]*/Folders/[^/ ?]+ '
	assert_requests 10 'GET [^ ]*/Folders\?'
	assert_requests 10 'GET [^ ]*/Documents\?'
	journal_mark
	search "$S/onedrives/Adele Vance" bottom
	assert_eq "$(cat "$FOUND")" Deep/a/b/c/d/e/f/g/h/bottom.txt 'found again'
	find "$S/onedrives/Adele Vance/Deep" >/dev/null
	assert_requests 1
}

# Where everything was looked at before, the lists in memory say it all.
test_after_find() {
	latest_session v8 veod
	find "$S/onedrives" >/dev/null
	journal_mark
	search "$S" 'ext:txt'
	assert_found "$S" -name '*.txt'
	assert_requests 1
}

# Several pages: all are read, those behind the first by its setId; E2BIG is far away.
# each: v4 v6 v8
test_pages() {
	latest_session "$1" veod --items 2500 --max-page 700
	search "$S/onedrives/Adele Vance" 'name:document-'
	assert_eq "$(wc -l <"$FOUND")" 2500 found
	assert_eq "$(sort -u "$FOUND" | wc -l)" 2500 'different ones'
	assert_found "$S/onedrives/Adele Vance" -name 'document-*'
	assert_requests 4 'POST [^ ]*/(search|[Aa]ction)\?[^ ]*offset='
	[ "$1" = v4 ] || assert_requests 3 'POST [^ ]*/search\?[^ ]*&setId=[0-9a-f-]{36}'
}

# A server that says less than it should: what can be found without is found, the rest is said to be lost.
# each: container parent self all
test_few_links() {
	recorded_sim
	mnt
	explore '2026-11-20T02:00:04Z type=veod'
	S=$M/sessions/$SID
	allow_log .
	case $1 in
	container) rewrite '/search' '"(oneDriveId|onedrive)":' '"x":' ;;
	parent) rewrite '/search' '"parent":' '"x":' ;;
	self) rewrite '/search' '"self":' '"x":' ;;
	all) rewrite '/search' '"_links":' '"x":' ;;
	esac
	search "$S/onedrives/Adele Vance" 'ext:txt'
	case $1 in
	container | self) assert_found "$S/onedrives/Adele Vance" -name '*.txt' ;;
	*)
		assert_eq "$(cat "$FOUND" | tr '\n' ' ')" 'Notes.txt empty.txt ' 'found at the top'
		assert_match "$(last_error)" '2 found .* no path' last_error
		;;
	esac
	search "$S" 'ext:txt'
	case $1 in
	container | self) assert_found "$S" -name '*.txt' ;;
	*) assert_match "$(last_error)" '[24] found .* no path' last_error ;;
	esac
}

# Found twice in one answer: one line.  Pages that hold the same again and again are an error.
test_twice() {
	recorded_sim
	mnt
	explore '2026-11-20T02:00:04Z type=veod'
	S=$M/sessions/$SID
	rewrite '/search' '"results":\s*\[(\{.*?\}\}\}),' '"results":[\1,\1,\1,'
	search "$S" Notes
	assert_eq "$(wc -l <"$FOUND")" 3 found
	assert_found "$S" -name Notes.txt
	norewrite
	allow_log .
	fault 'POST:*/search:endless'
	assert_errno EIO write "$S/search" 'Notes\n'
	assert_match "$(last_error)" 'other places from page to page' last_error
}

# Nothing found is no error, and nothing to read.
# each: vex veod vesp vet
test_nothing() {
	latest_session v8 "$1"
	search "$S" qwertzuiop
	assert_eq "$(cat "$FOUND")" '' found
}

# What the server cannot read is EINVAL in its words; what is no query is told before.
# each: v4 v8
test_bad_query() {
	latest_session "$1" vex
	allow_log .
	assert_errno EINVAL write "$S/search" 'a "b\n'
	assert_match "$(last_error)" 'EINVAL.*quotation mark' last_error
	assert_errno EINVAL write "$S/search" 'nokey:x\n'
	assert_match "$(last_error)" 'key that is not known' last_error
	journal_mark
	assert_errno EINVAL write "$S/search" '\n'
	assert_match "$(last_error)" 'write a query such as' last_error
	assert_errno EINVAL write "$S/search" 'a\nb\n'
	assert_errno EINVAL write "$S/search" 'a\x00b\n'
	assert_errno EINVAL write "$S/search" 'a\xffb\n'
	assert_errno E2BIG write "$S/search" "$(printf '%5000s' x)\n"
	assert_errno E2BIG write "$S/search" "$(printf '%4097s' x)\n"
	assert_requests 0
	(echo -n unfinished >"$S/search") 2>/dev/null || :
	assert_requests 0
	assert_errno OK write "$S/search" "$(printf '%4096s' x)\n"
	search "$S" 'subject:"RE: Aurora"'
	assert_num "$(wc -l <"$FOUND")" -ge 1 'found in the end'
}

# Quotes, backslashes and blanks reach the server as they were written.
test_verbatim() {
	recorded_sim
	mnt
	explore '2026-11-20T02:00:04Z type=veod'
	S=$M/sessions/$SID
	allow_log .
	search "$S" '  name:"Letter to Contoso" '
	assert_eq "$(wc -l <"$FOUND")" 3 found
	(echo 'a\b "' >"$S/search") 2>/dev/null && fail 'an open quotation mark was taken'
	recorded 'select(.path | test("/search")) | .body | fromjson | .query' >"$WORK/queries"
	assert_eq "$(sed -n 1p "$WORK/queries")" 'name:"Letter to Contoso"' 'first query'
	assert_eq "$(sed -n 2p "$WORK/queries")" 'a\b "' 'second query'
}

# Eight at once: each reads its own.
test_eight_at_once() {
	local i pids=() words=(Budget Invoice Aurora Travel Offsite Security Contract Lunch)
	latest_session v8 vex
	for i in "${!words[@]}"; do
		(
			exec 3<>"$S/search"
			echo "subject:${words[i]}" >&3
			cat <&3 >"$WORK/found.$i"
		) &
		pids+=($!)
	done
	for i in "${pids[@]}"; do wait "$i" || fail 'a search failed'; done
	for i in "${!words[@]}"; do
		(cd "$S" && find . -name "*${words[i]}*.msg" | sed 's#^\./##' | LC_ALL=C sort) >"$WORK/there"
		diff "$WORK/there" "$WORK/found.$i" || fail "what ${words[i]} found"
		assert_num "$(wc -l <"$WORK/there")" -ge 1 "${words[i]} at all"
	done
	assert_eq "$(requests 'POST [^ ]*/searchExchange')" 8 searches
}

# Lines are read as shells and programs read them; a second query on the same handle adds its own.
# each: bash dash busybox
test_reading() {
	local sh=("$1")
	[ "$1" != busybox ] || sh=(busybox sh)
	latest_session v8 veod
	cd "$S"
	"${sh[@]}" -c '
		exec 3<>search
		echo Notes >&3
		read -r first <&3 && read -r second <&3 && echo "$first" && echo "$second"
		echo figures >&3
		while read -r line <&3; do echo "$line"; done' >"$WORK/out"
	cd "$WORK"
	find "$S" -name Notes.txt -o -name '*figures*' | sed "s#^$S/##" | LC_ALL=C sort >"$WORK/there"
	LC_ALL=C sort "$WORK/out" | diff "$WORK/there" -
	assert_eq "$(sed -n 4p "$WORK/out" | grep -c figures)" 1 'the last line is of the second query'
	"$PY" -IS - "$S/search" >"$WORK/python" <<'P'
import sys
f = open(sys.argv[1], 'r+b', buffering=0)
f.write(b'Notes\n')
first = f.read(10) + f.read(100000)
f.seek(0)
assert f.read(100000) == first, 'the same from the beginning'
assert f.read(10) == b'', 'the end'
sys.stdout.write(first.decode())
P
	grep Notes "$WORK/there" | diff - "$WORK/python"
}

# A search breaks: on the way, in its second page, in a list that its paths need.
# The writer is told, there is nothing to read, and the next one works.
# each: POST:*/search:status=500 POST:*/search:reset-after POST:*/search:truncate POST:*/search:garbage POST:*/search:nullresults POST:*/search:status=503 POST:*/search:status=500,skip=1 GET:*/Folders:status=500 GET:*/Documents:truncate-json,skip=2 GET:*/Folders/*:reset-before
test_breaks() {
	latest_session v8 veod --items 1500
	allow_log .
	fault "$1"
	exec 4<>"$S/onedrives/Adele Vance/search"
	! echo t >&4 2>"$WORK/err" || fail "a search that broke succeeded ($1)"
	assert_match "$(last_error)" '(EIO|EBUSY|EAGAIN|EHOSTUNREACH).*(search|list)' last_error
	nofault
	assert_eq "$(cat <&4)" '' 'read after a failure'
	echo bottom >&4
	read -r line <&4
	exec 4>&-
	assert_eq "$line" Deep/a/b/c/d/e/f/g/h/bottom.txt 'found on the same handle, later'
}

# What the server finds and lists nowhere has no path: it is left out, and that is said.
test_without_a_path() {
	latest_session v8 veod
	allow_log .
	fault 'GET:*/Folders/*:status=404'
	search "$S/onedrives/Adele Vance" 'ext:txt'
	assert_eq "$(grep -c bottom "$FOUND" || :)" 0 'what cannot be found'
	assert_num "$(wc -l <"$FOUND")" -ge 2 'the others'
	assert_match "$(last_error)" "'ext:txt': 1 found .* have no path" last_error
}

# A session that has ended: ESTALE.
# each: v4 v8
test_ended() {
	latest_session "$1" veod
	allow_log .
	ls "$S/onedrives" >/dev/null
	ctl POST "/_sim/session/$SID" '{"state":"Stopped"}' >/dev/null
	assert_errno ESTALE write "$S/onedrives/Adele Vance/search" 'x\n'
	assert_match "$(last_error)" 'ended' last_error
	eventually 5 content_is "$S/state" Stopped
	assert_errno ESTALE write "$S/onedrives/Adele Vance/search" 'x\n'
	assert_errno ESTALE stat "$S/search"
}

# Ctrl-C ends the waiting at once and the search with it; the rest of the mount has not noticed.
test_interrupt() {
	latest_session v8 vex
	cat "$O/name" >/dev/null
	fault 'POST:*/searchExchange:hang'
	background sh -c 'exec 3<>"$1/search"; exec printf "Aurora\n" >&3' sh "$S"
	eventually 20 seen 1
	stat "$O" >/dev/null
	cat "$O/name" >/dev/null
	kill -INT "$BG"
	assert_status failure "$BG"
	nofault
	search "$S" Aurora
	assert_num "$(wc -l <"$FOUND")" -ge 1 'found afterwards'
}

# The mount ends while a search is under way: nothing holds it.
test_unmount() {
	latest_session v8 vex
	fault 'POST:*/searchExchange:hang'
	background sh -c 'exec 3<>"$1/search"; exec printf "Aurora\n" >&3' sh "$S"
	eventually 20 seen 1
	kill -TERM "$VPID"
	ended "$M"
	assert_status failure "$BG"
}

# A search changes nothing: it is allowed on a read-only mount, and saves nothing under content=off.
# each: ro content=off
test_options() {
	sim
	mnt
	explore '2026-11-20T02:00:04Z type=veod'
	unmount
	mnt -o "$1"
	S=$M/sessions/$SID
	search "$S" Notes
	assert_eq "$(wc -l <"$FOUND")" 3 found
	no_saves
}

# A new sign-in in the middle: the search goes on.
test_token_expires() {
	latest_session v8 veod
	fault 'POST:*/search:unauthorized-revoke,count=1'
	search "$S" Notes
	assert_eq "$(wc -l <"$FOUND")" 3 found
}

# Results that nobody reads are kept up to 16 MiB; then the write says so, and what is there can be read.
test_unread() {
	local n=0
	latest_session v8 vex --items 20000
	allow_log .
	exec 4<>"$S/search"
	while echo Message >&4 2>/dev/null; do
		n=$((n + 1))
		assert_num "$n" -lt 30 'searches that were kept'
	done
	assert_match "$(last_error)" 'E2BIG.*open the file anew' last_error
	assert_num "$n" -ge 5 'searches that were kept'
	assert_eq "$(wc -l <&4)" $((n * 20000)) 'lines'
	echo 'Message 000123' >&4
	assert_eq "$(wc -l <&4)" 1 'lines after that'
	exec 4>&-
}

# The example that saves what is found saves that and nothing else, and ends its session.
# each: veod vex
test_example() {
	local query=ext:xlsx name='*.xlsx' saved=3
	[ "$1" = veod ] || query='subject:"RE: Aurora"' name='*RE: Aurora.msg' saved=
	latest_session v8 "$1"
	"$SRC/mount-examples/found-by-search" "$M" contoso.onmicrosoft.com latest "$1" "$query" "$WORK/out"
	(cd "$S" && find . -name "$name" | LC_ALL=C sort) >"$WORK/there"
	(cd "$WORK/out" && find . -type f | LC_ALL=C sort) | diff "$WORK/there" -
	assert_eq "$(requests ' save$')" "${saved:-$(wc -l <"$WORK/there")}" saves
	while IFS= read -r file; do cmp "$S/$file" "$WORK/out/$file"; done <"$WORK/there"
	assert_eq "$(grep -lx Working "$M"/sessions/*/state | wc -l)" 1 'sessions that still work'
	assert_fails "$SRC/mount-examples/found-by-search" "$M" contoso.onmicrosoft.com latest "$1" 'a "b' "$WORK/out2"
	assert_match "$(cat "$WORK/.out")" 'quotation mark' 'why'
	allow_log .
}
