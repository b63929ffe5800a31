# What is told of content without saving any: the index of a directory, extended attributes.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2154

# A simulator, mounted, with a session after the last backup; S is its directory.
latest_session() { # API TYPE [mount options]
	sim --hostile
	mnt -o "api=$1${3:+,$3}"
	explore "2026.11.20 02:00:04$([ "$1" = v1 ] || echo " type=$2")"
	S=$M/sessions/$SID
}

# Every index has eight columns, one line for each entry, sorted by name, whatever the names are.
# each: v1.vex v8.vex v2.veod v8.veod v8.vesp v5.vet v8.vet
test_index() {
	local index n=0
	latest_session "${1%.*}" "${1#*.}"
	while IFS= read -r -d '' index; do
		awk -F'\t' 'NF != 8 { exit 1 }' "$index" || fail "columns of $index"
		assert_eq "$(sed -n 1p "$index")" $'name\tsize\tmodified\tid\tversion\tfrom\tto\tsubject' header
		tail -n +2 "$index" | cut -f 1 | sed 's#/$##' >"$WORK/names"
		LC_ALL=C sort -c "$WORK/names" || fail "order of $index"
		find "${index%/*}" -mindepth 1 -maxdepth 1 ! -name .index.tsv ! -perm 0600 -printf '%f\n' | LC_ALL=C sort >"$WORK/there"
		# parts of a site or channel are no entries
		diff "$WORK/there" "$WORK/names" >"$WORK/diff" ||
			! grep -qv '^[0-9,d]*$\|^< \(libraries\|lists\|subsites\|attachments\|files\|posts\|tabs\)$' "$WORK/diff" ||
			fail "entries of $index: $(cat "$WORK/diff")"
		n=$((n + 1))
	done < <(find "$S" -name .index.tsv -type f -perm 0440 -print0)
	assert_num "$n" -ge 5 indexes
	assert_eq "$(requests ' save$')" 0 saves
}

# The columns say what stat says, and of mails who wrote what to whom.
test_columns() {
	local name size modified id rest n=0
	latest_session v8 veod
	while IFS=$'\t' read -r name size modified id rest; do
		[[ $name != */ && $name != name ]] || continue
		assert_eq "$size" "$(stat -c %s "$S/onedrives/Adele Vance/Documents/$name")" "size of $name"
		same_instant "$modified" "@$(stat -c %Y "$S/onedrives/Adele Vance/Documents/$name")" || fail "time of $name"
		assert_match "$id" '^[0-9a-f-]{36}$' id
		n=$((n + 1))
	done <"$S/onedrives/Adele Vance/Documents/.index.tsv"
	assert_eq "$n" 2 documents
	explore '2026.11.20 02:00:04 type=vex'
	S=$M/sessions/$SID
	awk -F'\t' '$8 == "RE: Aurora" && $6 ~ /@/ && $7 ~ /@/ && $2 == "" { n++ } END { exit n == 0 }' \
		"$S"/mailboxes/*/Inbox/.index.tsv || fail 'no mail about Aurora has all its columns'
	# a tab and a newline in a subject are no tab and newline of the index
	grep -q 'tab\\tnewline\\nreturn\\x0d' "$S"/mailboxes/adele*/hostile/.index.tsv || fail 'escapes'
	explore '2026.11.20 02:00:04 type=vet'
	awk -F'\t' 'NR > 1 && $4 !~ /^[0-9]+$/ { exit 1 }' "$M/sessions/$SID"/teams/Marketing/General/posts/.index.tsv ||
		fail 'ids of posts'
}

# diff of the indexes of two nights names what came, went and changed, and costs no save.
test_two_nights() {
	local one two where='onedrives/Adele Vance'
	sim
	mnt
	explore '2026-11-16T02:00:00Z type=veod'
	one=$M/sessions/$SID
	explore '2026-11-20T02:00:04Z type=veod'
	two=$M/sessions/$SID
	(cd "$one/$where" && find . -name .index.tsv | sort | xargs -d '\n' cat) >"$WORK/one"
	(cd "$two/$where" && find . -name .index.tsv | sort | xargs -d '\n' cat) >"$WORK/two"
	diff "$WORK/one" "$WORK/two" >"$WORK/diff" && fail 'nothing changed in four nights'
	# the same as a comparison of names, sizes and times says
	(cd "$one/$where" && find . -type f ! -name .index.tsv ! -name search -printf '%f %s %T@\n' | sort) >"$WORK/a"
	(cd "$two/$where" && find . -type f ! -name .index.tsv ! -name search -printf '%f %s %T@\n' | sort) >"$WORK/b"
	assert_eq "$(sed -n 's/^< \([^\t]*[^/\t]\)\t.*/\1/p' "$WORK/diff" | sort)" \
		"$(comm -23 "$WORK/a" "$WORK/b" | sed 's/ [0-9]* [0-9.]*$//')" 'gone or changed'
	assert_eq "$(sed -n 's/^> \([^\t]*[^/\t]\)\t.*/\1/p' "$WORK/diff" | sort)" \
		"$(comm -13 "$WORK/a" "$WORK/b" | sed 's/ [0-9]* [0-9.]*$//')" 'new or changed'
	assert_eq "$(requests ' save$')" 0 saves
	find "$one" "$two" -name .index.tsv -exec cat {} + >"$WORK/again"
	journal_mark
	refresh
	find "$one" "$two" -name .index.tsv -exec cat {} + | cmp - "$WORK/again"
}

value() {
	sysop getxattr "$1" "user.vbofs.$2" | tail -n +2
}

# -o xattr: where a file comes from; its digest once it has been saved whole, and not before.
# each: v1.vex v8.vex v6.veod v8.veod v8.vesp v7.vet
test_xattrs() {
	local file version=
	latest_session "${1%.*}" "${1#*.}" xattr
	file=$(find "$S" -type f -size +0 \( -name '*.docx' -o -name '*Aurora.msg' -o -name Minutes.docx \) | sort | sed -n 1p)
	assert_eq "$(value "$file" id)" "$(awk -F'\t' -v name="${file##*/}" '$1 == name { print $4 }' "${file%/*}/.index.tsv")" id
	assert_eq "$(value "$file" session)" "$SID" session
	assert_eq "$(value "$file" point_in_time)" "$(cat "$S/pointInTime")" point_in_time
	version=$(awk -F'\t' -v name="${file##*/}" '$1 == name { print $5 }' "${file%/*}/.index.tsv")
	if [ -n "$version" ]; then
		assert_eq "$(value "$file" version)" "$version" version
	else
		assert_errno ENODATA getxattr "$file" user.vbofs.version
	fi
	assert_match "$(value "$file" href)" "/$SID/[Oo]rganization/" href
	assert_errno ENODATA getxattr "$file" user.vbofs.sha256
	assert_eq "$(requests ' save$')" 0 saves
	cat "$file" >"$WORK/copy"
	assert_eq "$(value "$file" sha256)" "$(sha256sum <"$WORK/copy" | cut -d ' ' -f 1)" sha256
	assert_match "$(sysop listxattr "$file" | tr '\n' ' ')" 'user\.vbofs\.id .*user\.vbofs\.sha256' list
	assert_eq "$(requests ' save$')" 1 'saves in the end'
}

# An earlier version has the id of its document, its own version and digest.
test_xattrs_of_versions() {
	local dir
	latest_session v8 veod xattr
	dir="$S/onedrives/Adele Vance/Documents"
	assert_eq "$(value "$dir/.versions/Budget.xlsx/1.0.xlsx" id)" "$(value "$dir/Budget.xlsx" id)" id
	assert_eq "$(value "$dir/.versions/Budget.xlsx/1.0.xlsx" version)" 1.0 version
	cat "$dir/.versions/Budget.xlsx/1.0.xlsx" >"$WORK/one"
	assert_eq "$(value "$dir/.versions/Budget.xlsx/1.0.xlsx" sha256)" "$(sha256sum <"$WORK/one" | cut -d ' ' -f 1)" sha256
	assert_errno ENODATA getxattr "$dir/Budget.xlsx" user.vbofs.sha256
}

# Looking at the attributes of everything costs no save and, after the listing, no request.
test_xattrs_cost() {
	latest_session v8 veod xattr
	find "$S/onedrives" >/dev/null
	journal_mark
	"$PY" -IS - "$S/onedrives" <<'P' >"$WORK/n"
import os, sys
n = 0
for top, dirs, files in os.walk(sys.argv[1]):
    for name in dirs + files:
        path = os.path.join(top, name)
        for attribute in os.listxattr(path):
            assert os.getxattr(path, attribute)
            n += 1
print(n)
P
	assert_num "$(cat "$WORK/n")" -ge 200 attributes
	assert_requests 0
	assert_eq "$(requests ' save$')" 0 saves
}

# cp -a and rsync -X carry them along.
test_xattrs_travel() {
	local dir
	: >"$WORK/probe"
	sysop setxattr "$WORK/probe" user.x y | grep -q OK || skip "no user attributes in $WORK"
	latest_session v8 veod xattr
	dir="$S/onedrives/Adele Vance/Documents"
	cp -a "$dir/Budget.xlsx" "$WORK/copy"
	assert_eq "$(value "$WORK/copy" id)" "$(value "$dir/Budget.xlsx" id)" 'id of the copy'
	assert_eq "$(value "$WORK/copy" point_in_time)" "$(cat "$S/pointInTime")" 'point_in_time of the copy'
	assert_eq "$(value "$WORK/copy" sha256)" "$(sha256sum <"$WORK/copy" | cut -d ' ' -f 1)" 'digest of the copy'
	# rsync cannot write into its copy of a read-only directory that has attributes, but as root
	rsync -aX --chmod=Du+w "$dir/" "$WORK/tree/"
	assert_eq "$(value "$WORK/tree/Reports/2016.pdf" href)" "$(value "$dir/Reports/2016.pdf" href)" 'link of what rsync took'
}
