# What is found by its name and not listed: earlier versions, posts as HTML; and the replies of posts.
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

# The id of a file in the index of its directory.
id_of() {
	awk -F'\t' -v name="${1##*/}" '$1 == name { print $4 }' "${1%/*}/.index.tsv"
}

# VERSION-FILE ID: it has the bytes and the size of that version, and no other.
assert_version() {
	local version=${1##*/}
	version=${version%%.*}
	ctl GET "/_sim/content/$2?version=$version" >"$WORK/truth"
	assert_eq "$(stat -c %s "$1")" "$(stat -c %s "$WORK/truth")" "size of $1"
	cmp "$WORK/truth" "$1" || fail "bytes of $1"
}

# Earlier versions of every document: bytes, sizes, times; the newest of them is older than the document.
# each: v6.veod v7.veod v8.veod v6.vesp v7.vesp v8.vesp
test_documents() {
	local file dir version n=0
	latest_session "${1%.*}" "${1#*.}"
	while IFS= read -r -d '' file; do
		dir=${file%/*}/.versions/${file##*/}
		for version in "$dir"/*; do
			[ -e "$version" ] || continue
			assert_eq "${version##*.}" "$([[ $file == *.* ]] && echo "${file##*.}" || echo 0)" extension
			assert_version "$version" "$(id_of "$file")"
			[ "$version" -ot "$file" ] || fail "$version is not older than $file"
			n=$((n + 1))
		done
	done < <(find "$S" \( -path '*/onedrives/*' -o -path '*/libraries/*' \) -type f ! -name .index.tsv ! -name search -print0)
	assert_num "$n" -ge 6 'versions in all'
	file=$(find "$S" -name Budget.xlsx -o -name Welcome.docx | sort | sed -n 1p)
	assert_eq "$(ls "${file%/*}/.versions/${file##*/}" | tr '\n' ' ')" \
		"$([[ $file == *Budget* ]] && echo '1.0.xlsx 2.0.xlsx 3.0.xlsx ' || echo '1.0.docx 2.0.docx ')" versions
}

# Nothing walks into them by itself; who types the name sees the files of the folder, each a directory.
# each: v6.veod v8.vesp v7.vet v8.vet
test_hidden() {
	local dir
	latest_session "${1%.*}" "${1#*.}" $([ "${1#*.}" = vet ] || echo --hostile)
	find "$S" ! -path "*/attachments/*" >"$WORK/all"
	! grep -qE "/\.(versions|html)(/|\$)" "$WORK/all" || fail "listed: $(grep -m 1 -E "/\.(versions|html)(/|\$)" "$WORK/all")"
	journal_mark
	while IFS= read -r dir; do
		[ -d "$dir/.versions" ] || continue
		find "$dir" -maxdepth 1 -mindepth 1 -type f ! -name .index.tsv ! -perm 0600 -printf '%f\n' | LC_ALL=C sort >"$WORK/files"
		find "$dir/.versions" -maxdepth 1 -mindepth 1 -type d -printf '%f\n' | LC_ALL=C sort | diff "$WORK/files" - ||
			fail "names in $dir/.versions"
		echo "$dir" >>"$WORK/had"
	done < <(find "$S" -type d)
	assert_num "$(wc -l <"$WORK/had")" -ge 5 'directories with versions'
	assert_requests 0
	assert_eq "$(requests ' save$')" 0 saves
}

# A document whose name a folder has too is called the same in .versions.
test_same_names() {
	local dir file
	latest_session v8 veod --hostile
	dir="$S/onedrives/Adele Vance/hostile"
	[ "$(find "$dir" -maxdepth 1 -name 'twice~*.txt' | wc -l)" = 3 ] || fail 'two documents and a folder are called twice.txt'
	for file in "$dir"/twice~*.txt; do
		if [ -f "$file" ]; then [ -d "$dir/.versions/${file##*/}" ] || fail "$file"; fi
		if [ -d "$file" ]; then [ ! -e "$dir/.versions/${file##*/}" ] || fail "$file is a folder"; fi
	done
}

# Looking costs one listing for each document, once, and no save; reading costs one.
test_cost() {
	local dir
	latest_session v8 veod
	dir="$S/onedrives/Adele Vance/Documents"
	ls "$dir" >/dev/null
	journal_mark
	ls "$dir/.versions" >/dev/null
	assert_requests 0
	ls -l "$dir"/.versions/* >/dev/null
	cat "$dir/.versions/Budget.xlsx/.index.tsv" >"$WORK/index"
	assert_requests 2 '/Versions\?'
	assert_requests 2
	assert_eq "$(cut -f 1,5 "$WORK/index" | tail -n +2 | tr '\t\n' ' ;')" '1.0.xlsx 1.0;2.0.xlsx 2.0;3.0.xlsx 3.0;' index
	find "$dir/.versions" -type f -printf '%s %t\n' >/dev/null
	assert_requests 2
	cat "$dir/.versions/Budget.xlsx/2.0.xlsx" | wc -c >/dev/null
	cat "$dir/.versions/Budget.xlsx/2.0.xlsx" | wc -c >/dev/null
	assert_requests 1 '/Versions/[0-9]+/save .* save$'
	assert_requests 3
}

# Versions of list items and of files of teams are what the server says of them, as JSON.
test_json() {
	local dir
	latest_session v8 vesp
	dir="$S/sites/Intranet/lists/Issues/.versions/Printer on floor 2.json"
	assert_eq "$(names "$dir")" '1.0.json 2.0.json ' 'versions of an item'
	assert_eq "$(jq -r .version "$dir/1.0.json")" 1.0 'version in it'
	explore '2026.11.20 02:00:04 type=vet'
	dir=$M/sessions/$SID/teams/Marketing/General/files/.versions
	assert_eq "$(names "$dir/Roadmap.pptx")" '.index.tsv 1.0.json 2.0.json ' 'versions of a file'
	assert_eq "$(jq -r .version "$dir/Roadmap.pptx/2.0.json")" 2 'version in it'
	assert_eq "$(names "$dir/Minutes.docx")" '.index.tsv ' 'versions of a file that has none'
	assert_eq "$(requests ' save$')" 0 saves
}

# API versions that have none have no such directory.
# each: v5.veod v5.vesp v6.vet v2.veod
test_not_before() {
	latest_session "${1%.*}" "${1#*.}"
	find "$S" -mindepth 2 -type d >"$WORK/dirs"
	assert_num "$(wc -l <"$WORK/dirs")" -ge 5 directories
	while IFS= read -r dir; do assert_errno ENOENT stat "$dir/.versions"; done < <(head -n 40 "$WORK/dirs")
}

# A list of versions that breaks is no empty directory.
# each: status=500 status=404 truncate-json nullresults
test_broken() {
	local dir
	latest_session v8 veod
	allow_log .
	dir="$S/onedrives/Adele Vance/Documents/.versions/Budget.xlsx"
	fault "GET:*/Versions:$1"
	assert_errno EIO,ESTALE list "$dir"
	nofault
	eventually 5 test -f "$dir/1.0.xlsx"
}

# content=off: earlier versions can be looked at as everything, and are not saved.
test_content_off() {
	local file
	sim
	mnt -o content=off
	explore '2026-11-20T02:00:04Z type=veod'
	allow_log .
	file="$M/sessions/$SID/onedrives/Adele Vance/Documents/.versions/Budget.xlsx/1.0.xlsx"
	assert_num "$(stat -c %s "$file")" -gt 0 size
	assert_errno EACCES read "$file"
	assert_eq "$(requests ' save$')" 0 saves
}

# ---- posts ----------------------------------------------------------------------

# Every reply is in the directory of the post that it answers, and a post without replies has none.
# each: v5 v6 v7 v8
test_replies() {
	local dir post n=0
	latest_session "$1" vet
	dir=$S/teams/Marketing/General/posts
	assert_eq "$(find "$dir" -maxdepth 1 -name '*.msg' | wc -l)" 8 posts
	assert_eq "$(find "$dir" -mindepth 2 -name '*.msg' | wc -l)" 12 replies
	assert_eq "$(find "$dir" -maxdepth 1 -name '*.re' | wc -l)" 6 'posts with replies'
	for post in "$dir"/*.re; do
		[ -f "${post%.re}.msg" ] || fail "$post without its post"
		find "$post" -name '*.msg' -printf '%f\n' | sort | while IFS= read -r reply; do
			[[ ${reply%%Z*} > $(basename "${post%%Z*}") ]] || fail "$reply is older than what it answers"
		done
		n=$((n + 1))
	done
	assert_eq "$n" 6 'directories of replies'
	# replies come ten minutes after the other
	post=$(find "$dir" -name '*Who has the key?.re')
	assert_eq "$(find "$post" -name '*.msg' | wc -l)" 3 'replies to one'
	assert_eq "$(head -c 8 "$(find "$post" -name '*.msg' | sort | sed -n 1p)" | od -An -tx1 | tr -d ' ')" \
		d0cf11e0a1b11ae1 'a reply is a .msg'
}

# One request for all the posts of a channel and what answers them, none for each post.
# each: v5 v8
test_replies_cost() {
	latest_session "$1" vet
	journal_mark
	find "$S/teams" -path '*/posts*' -printf '%s\n' >/dev/null
	assert_requests 4 'GET [^ ]*/posts\?'
	find "$S/teams" -name .index.tsv -exec cat {} + >/dev/null
	assert_requests 4 'GET [^ ]*/posts\?'
	assert_eq "$(requests ' save$')" 0 saves
}

# The same posts as HTML, exported when they are opened; each form has its own size.
# each: v5 v6 v7 v8
test_html() {
	local dir html msg
	latest_session "$1" vet
	dir=$S/teams/Marketing/General/posts
	(cd "$dir/.html" && find . -name '*.html' | sed 's/html$//' | sort) >"$WORK/html"
	(cd "$dir" && find . -name '*.msg' | sed 's/msg$//' | sort) | diff - "$WORK/html"
	assert_eq "$(wc -l <"$WORK/html")" 20 posts
	html=$(find "$dir/.html" -name '*Welcome.html' | sort | sed -n 1p)
	msg=$dir/$(basename "${html%.html}").msg
	cat "$html" >"$WORK/one.html"
	cat "$msg" >"$WORK/one.msg"
	assert_match "$(head -c 15 "$WORK/one.html")" '<!DOCTYPE html' 'beginning'
	assert_eq "$(head -c 8 "$WORK/one.msg" | od -An -tx1 | tr -d ' ')" d0cf11e0a1b11ae1 'magic of the other form'
	assert_eq "$(stat -c %s "$html")" "$(stat -c %s "$WORK/one.html")" 'size of one form'
	assert_eq "$(stat -c %s "$msg")" "$(stat -c %s "$WORK/one.msg")" 'size of the other'
	cmp "$html" "$WORK/one.html"
	refresh
	assert_eq "$(stat -c %s "$html")" "$(stat -c %s "$WORK/one.html")" 'size of one form, listed anew'
	assert_eq "$(stat -c %s "$msg")" "$(stat -c %s "$WORK/one.msg")" 'size of the other'
	assert_eq "$(requests ' save$')" 2 saves
}

# Where nothing says which post a reply answers, or each says the other, all of them are there, at the top.
# each: untold circle self
test_no_parents() {
	local dir one two
	recorded_sim
	mnt -o "api=$([ "$1" = untold ] && echo v6 || echo v8)"
	explore '2026-11-20T02:00:04Z type=vet'
	dir=$M/sessions/$SID/teams/Marketing/General/posts
	case $1 in
	untold) rewrite '/posts' '"parent":' '"x":' ;;
	self) rewrite '/posts' '"postId":(\d+)(.*?)"parentId":\w+' '"postId":\1\2"parentId":\1' ;;
	circle)
		ls "$dir" >/dev/null
		recorded 'select(.path | test("/posts")) | .answer | fromjson | .results[0, 1].postId' >"$WORK/ids"
		one=$(sed -n 1p "$WORK/ids") two=$(sed -n 2p "$WORK/ids")
		rewrite '/posts' "\"postId\":$one,(.*?)\"parentId\":\\w+" "\"postId\":$one,\\1\"parentId\":$two"
		rewrite '/posts' "\"postId\":$two,(.*?)\"parentId\":\\w+" "\"postId\":$two,\\1\"parentId\":$one"
		explore '2026-11-20T02:00:04Z type=vet'
		dir=$M/sessions/$SID/teams/Marketing/General/posts
		;;
	esac
	assert_eq "$(find "$dir" -name '*.msg' | wc -l)" 20 'posts and replies'
	[ "$1" != untold ] || assert_eq "$(find "$dir" -maxdepth 1 -name '*.msg' | wc -l)" 20 'at the top'
}

# Posts with names that are hard on file systems, twice the same among them: all there, in both forms.
test_hostile_posts() {
	local dir
	latest_session v8 vet --hostile
	dir=$S/teams/Engineering/hostile/posts
	assert_eq "$(find "$dir" -maxdepth 1 -name '*.msg' | wc -l)" 35 posts
	assert_eq "$(find "$dir/.html" -maxdepth 1 -type f -name "*.html" | wc -l)" 35 'posts as HTML'
	find "$dir" "$dir/.html" -maxdepth 1 -type f -exec stat -c %s {} + >/dev/null
}
