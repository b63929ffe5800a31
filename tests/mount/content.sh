# What a session shows: names, sizes, times and bytes of mail, documents, sites and teams, as
# they are had from the server without vbofs (restore.py).
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2154
# TIMEOUT=120

# Files whose size is known when they have been saved: mails, posts, packed attachments.
MEASURED=(-name '*.msg' -o -name '*.zip')

# Names, types, times of all, and sizes but of MEASURED, below a directory.
attributes() {
	(cd "$1" && find . -mindepth 1 \( -type d -o "${MEASURED[@]}" \) -printf '%P %y %T@\n' \
		-o -printf '%P %y %T@ %s\n' | LC_ALL=C sort)
}

all_attributes() {
	(cd "$1" && find . -mindepth 1 -type d -printf '%P %y %T@\n' -o -printf '%P %y %T@ %s\n' |
		LC_ALL=C sort)
}

# WHAT TRUTH SEEN: two files of lines.
assert_same_lines() {
	diff "$2" "$3" >"$WORK/diff" || fail "$1: $(head -n 10 "$WORK/diff")"
}

# Files that cost a save: all but those that are made of listings, and empty documents.
count_saved() {
	find "$1" -type f ! -name .index.tsv ! -name '*.json' -size +0 -printf x | wc -c
}

# Every version that has a type of session: all of it is the server's, and saved once.
# each: v1-vex v2-vex v3-vex v4-vex v5-vex v6-vex v7-vex v8-vex v2-veod v3-veod v4-veod v5-veod v6-veod v7-veod v8-veod
# each: v2-vesp v3-vesp v4-vesp v5-vesp v6-vesp v7-vesp v8-vesp v5-vet v6-vet v7-vet v8-vet
test_versions() {
	local api=${1%-*} type=${1#*-}
	sim
	open_session "$api" "$type"
	restore_truth "$api"
	journal_mark
	attributes "$TRUTH" >"$WORK/a"
	attributes "$HELD" >"$WORK/b"
	assert_same_lines 'names, times and sizes before anything is opened' "$WORK/a" "$WORK/b"
	assert_num "$(wc -l <"$WORK/b")" -ge 50 'entries'
	assert_requests 0 ' save$'
	cp -a "$HELD" "$WORK/copy"
	diff -r "$TRUTH" "$WORK/copy" || fail 'bytes of the copy'
	all_attributes "$TRUTH" >"$WORK/a"
	all_attributes "$WORK/copy" >"$WORK/b"
	assert_same_lines 'names, times and sizes of the copy' "$WORK/a" "$WORK/b"
	all_attributes "$HELD" >"$WORK/b"
	assert_same_lines 'names, times and sizes after everything was opened' "$WORK/a" "$WORK/b"
	diff -r "$TRUTH" "$HELD" || fail 'bytes in the mount'
	assert_requests "$(count_saved "$TRUTH")" ' save$'
}

# Names that are hard on file systems: all of it is there and is the server's.
# each: vex veod vesp vet
test_hostile() {
	sim --hostile
	open_session v8 "$1"
	restore_truth v8
	cp -a "$HELD" "$WORK/copy"
	diff -r "$TRUTH" "$WORK/copy" || fail 'bytes of the copy'
	all_attributes "$TRUTH" >"$WORK/a"
	all_attributes "$WORK/copy" >"$WORK/b"
	assert_same_lines 'names, times and sizes' "$WORK/a" "$WORK/b"
	assert_num "$(grep -c hostile "$WORK/a")" -ge 35 'hard names'
}

# ---- tools --------------------------------------------------------------------------

# One session of each type in one mount: ALL_HELD and, in the same order, TRUTHS.
hold_all() {
	local type
	sim
	mnt -o api=v8
	ALL_HELD=() TRUTHS=()
	for type in vex veod vesp vet; do
		more_session v8 $type
		restore_truth v8
		ALL_HELD+=("$HELD")
		TRUTHS+=("$TRUTH")
	done
}

# Some tools believe the size they were told before they opened a file: then it must be known.
open_each() {
	local held
	for held in "${ALL_HELD[@]}"; do
		find "$held" \( "${MEASURED[@]}" \) -exec cat {} + >/dev/null
	done
}

# The copies are the server's, bytes, sizes and times.
assert_copies() {
	local i
	for i in "${!ALL_HELD[@]}"; do
		diff -r "${TRUTHS[i]}" "$WORK/to/$i" || fail "bytes that $1 copied"
		all_attributes "${TRUTHS[i]}" >"$WORK/a"
		all_attributes "$WORK/to/$i" >"$WORK/b"
		assert_same_lines "names, times and sizes that $1 copied" "$WORK/a" "$WORK/b"
	done
}

# Programs that copy trees, mails never opened before.
# each: rsync cp tar
test_copying() {
	local i
	hold_all
	mkdir "$WORK/to"
	for i in "${!ALL_HELD[@]}"; do
		mkdir "$WORK/to/$i"
		case $1 in
		rsync) rsync -a "${ALL_HELD[i]}/" "$WORK/to/$i/" ;;
		cp) cp -a "${ALL_HELD[i]}/." "$WORK/to/$i" ;;
		tar) tar -C "${ALL_HELD[i]}" --format=posix -cf - . | tar -C "$WORK/to/$i" -xf - ;;
		esac || fail "$1 ${ALL_HELD[i]}"
	done
	assert_copies "$1"
}

# Programs that copy what lstat told them: right once the sizes are known.
# each: bsdtar busybox-tar busybox-cp
test_copying_by_size() {
	local i
	hold_all
	open_each
	mkdir "$WORK/to"
	for i in "${!ALL_HELD[@]}"; do
		mkdir "$WORK/to/$i"
		case $1 in
		bsdtar) bsdtar -C "${ALL_HELD[i]}" --format=pax -cf - . | bsdtar -C "$WORK/to/$i" -xpf - ;;
		busybox-tar) busybox tar -C "${ALL_HELD[i]}" -cf - . | tar -C "$WORK/to/$i" -xf - ;;
		busybox-cp) busybox cp -a "${ALL_HELD[i]}/." "$WORK/to/$i" ;;
		esac || fail "$1 ${ALL_HELD[i]}"
	done
	# busybox knows whole seconds only
	[[ $1 != busybox* ]] || find "$WORK/to" "${TRUTHS[@]}" -exec touch -hd @0 {} +
	assert_copies "$1"
}

# python's open().read(), and through mmap, of every file below a directory.
read_all() {
	"$PY" -IS - "$@" <<-'END'
		import hashlib, mmap, os, sys
		how, top = sys.argv[1:]
		for where, dirs, names in os.walk(top):
		    dirs.sort()
		    for name in sorted(names):
		        with open(os.path.join(where, name), 'rb') as f:
		            size = os.fstat(f.fileno()).st_size
		            if how == 'mmap' and size and not name.endswith(('.msg', '.zip')):
		                data = bytes(mmap.mmap(f.fileno(), 0, access=mmap.ACCESS_READ))
		            else:
		                data = f.read()
		        assert len(data) == size, (name, size, len(data))
		        print(hashlib.sha256(data).hexdigest(), name)
	END
}

# What a reading program says of the whole tree.
say() {
	case $1 in
	sha256sum) (cd "$2" && find . -type f -print0 | sort -z | xargs -0 sha256sum) ;;
	cat) (cd "$2" && find . -type f -print0 | sort -z | xargs -0 cat | sha256sum) ;;
	dd) (cd "$2" && find . -type f -print0 | sort -z | xargs -0 -I {} dd if={} bs=1000 status=none | sha256sum) ;;
	busybox-cat) (cd "$2" && find . -type f -print0 | sort -z | xargs -0 busybox cat | sha256sum) ;;
	grep) (cd "$2" && grep -rac . . | sort; cd "$2" && { grep -rl Contoso . || :; } | sort) ;;
	python | mmap) read_all "$1" "$2" ;;
	esac
}

# Programs that read, mails never opened before, say the same of the mount as of the truth.
# each: sha256sum cat dd grep python mmap
test_reading() {
	local i
	hold_all
	for i in "${!ALL_HELD[@]}"; do
		say "$1" "${TRUTHS[i]}" >"$WORK/a" || fail "$1"
		say "$1" "${ALL_HELD[i]}" >"$WORK/b" || fail "$1 ${ALL_HELD[i]}"
		assert_same_lines "what $1 says" "$WORK/a" "$WORK/b"
	done
}

# busybox cat reads as much as it was told: right once the sizes are known.
test_reading_by_size() {
	local i
	hold_all
	open_each
	for i in "${!ALL_HELD[@]}"; do
		say busybox-cat "${TRUTHS[i]}" >"$WORK/a"
		say busybox-cat "${ALL_HELD[i]}" >"$WORK/b"
		assert_same_lines 'what busybox cat says' "$WORK/a" "$WORK/b"
	done
}

# cmp, file by file, mails never opened before; then diff -r, find -newermt and du of the known sizes.
test_comparing() {
	local i file
	hold_all
	for i in "${!ALL_HELD[@]}"; do
		while IFS= read -r -d '' file; do
			cmp "${TRUTHS[i]}/$file" "${ALL_HELD[i]}/$file" || fail "cmp $file"
		done < <(cd "${TRUTHS[i]}" && find . -type f -print0)
		diff -r "${TRUTHS[i]}" "${ALL_HELD[i]}" || fail 'diff -r'
		(cd "${TRUTHS[i]}" && find . -newermt 2026-11-01 | sort) >"$WORK/a"
		(cd "${ALL_HELD[i]}" && find . -newermt 2026-11-01 | sort) >"$WORK/b"
		assert_same_lines 'find -newermt' "$WORK/a" "$WORK/b"
		assert_num "$(wc -l <"$WORK/a")" -ge 2 'what is new'
		(cd "${TRUTHS[i]}" && find . -type f -exec du -b {} + | sort) >"$WORK/a"
		(cd "${ALL_HELD[i]}" && find . -type f -exec du -b {} + | sort) >"$WORK/b"
		assert_same_lines 'du' "$WORK/a" "$WORK/b"
	done
}

# rsync takes everything, and the second time nothing, of mail as well; resumed it takes the rest.
test_rsync_twice() {
	local i
	hold_all
	for i in "${!ALL_HELD[@]}"; do
		rsync -a "${ALL_HELD[i]}/" "$WORK/to.$i/"
		journal_mark
		rsync -a --out-format='%n' "${ALL_HELD[i]}/" "$WORK/to.$i/" >"$WORK/second"
		assert_eq "$(cat "$WORK/second")" '' "what rsync does to ${ALL_HELD[i]} the second time"
		assert_requests 0 'organization/'
		chmod -R u+w "$WORK/to.$i"
		find "$WORK/to.$i" -name '*a*' ! -type d -delete
		rsync -a "${ALL_HELD[i]}/" "$WORK/to.$i/"
		diff -r "${TRUTHS[i]}" "$WORK/to.$i" || fail 'bytes after the third time'
		assert_requests 0 ' save$'
	done
}

# ---- looking ------------------------------------------------------------------------

# Everything that looks at a session without opening a document.
look() {
	ls -lR "$S" >/dev/null
	find "$S" -newermt 2020-01-01 >/dev/null
	du -s "$S" >/dev/null
	find "$S" -exec stat -c %s {} + >/dev/null
	find "$S" -exec getfattr -d {} + >"$WORK/xattrs" 2>/dev/null || :   # not without -o xattr
	find "$S" -name .index.tsv -exec cat {} + >"$WORK/index"
}

# Looking costs no save and each list once, with extended attributes as well; a second look nothing.
# each: vex veod vesp vet
test_looking_is_free() {
	sim --default-page 7
	open_session v8 "$1" xattr
	restore_truth v8
	journal_mark
	look
	assert_num "$(wc -l <"$WORK/index")" -ge 20 'lines of the indexes'
	assert_num "$(grep -c '^user.vbofs.id=' "$WORK/xattrs")" -ge 20 'extended attributes'
	assert_requests 0 ' save$'
	journal_since | grep -o 'GET [^ ]*/organization/[^ ]*' | sort >"$WORK/listed"
	assert_num "$(wc -l <"$WORK/listed")" -ge 5 'lists asked for'
	assert_eq "$(uniq -d "$WORK/listed")" '' 'lists asked for twice'
	assert_eq "$(grep -vE '[?&](limit=|[a-zA-Z]+Id=)' "$WORK/listed" || :)" '' 'lists of more than one directory'
	journal_mark
	look
	assert_requests 0 'organization'
}

# All attributes of a mail, a document and a directory come without a save, and cp carries them.
test_xattr() {
	local file
	sim
	open_session v8 veod xattr
	file=$(find "$S/onedrives" -name Budget.xlsx | sed -n 1p)
	assert_eq "$(getfattr --only-values -n user.vbofs.id "$file")" "$(in_index "$file" 4)" id
	assert_eq "$(getfattr --only-values -n user.vbofs.session "$file")" "$SID" session
	assert_eq "$(saves)" 0 saves
	# where copies go may have none
	cp -a "$file" "$WORK/copy"
	if setfattr -n user.test -v x "$WORK/copy" 2>/dev/null; then
		assert_eq "$(getfattr --only-values -n user.vbofs.session "$WORK/copy")" "$SID" 'session of the copy'
	fi
}

# Two points in time are compared by their indexes alone.
test_index_of_two_nights() {
	local first
	sim
	open_session v8 veod
	first=$S
	explore '2017-06-01T00:00:00Z type=veod'
	S=$M/sessions/$SID
	for s in "$first" "$S"; do
		(cd "$s/onedrives" && find . -name .index.tsv -exec cat {} + | cut -f 1-3,5 | sort) >"$WORK/index.${s##*/}"
	done
	assert_fails diff "$WORK/index.${first##*/}" "$WORK/index.$SID"
	assert_match "$(cat "$WORK/.out")" 'Draft for Friday.docx' 'what is new'
	assert_eq "$(saves)" 0 saves
}

# More directories than names are kept of; all can be looked at again without a request.
test_many_directories() {
	local i
	sim --hostile
	mnt -o api=v8
	for i in 1 2 3; do
		more_session v8 veod
		find "$S/onedrives" | sed "s|^$S||" | sort >"$WORK/found.$i"
		more_session v8 vex
		find "$S/mailboxes" >/dev/null
	done
	assert_num "$(find "$M/sessions" -type d -path '*/*' | wc -l)" -gt 300 directories
	cmp "$WORK/found.1" "$WORK/found.2"
	journal_mark
	for S in "$M"/sessions/*; do
		[ ! -d "$S/onedrives" ] || find "$S/onedrives" | sed "s|^$S||" | sort | cmp - "$WORK/found.1"
	done
	stat "$M"/sessions/*/onedrives/*/Documents/Reports/2016.pdf >/dev/null
	assert_requests 0 'organization'
}

# refresh: the lists are asked for again, and the kernel's copies of them are not shown.
test_refresh() {
	local drive
	recorded_sim
	open_session v8 veod
	drive="$S/onedrives/Adele Vance"
	assert_match "$(names "$drive")" 'Notes.txt'
	cat "$drive/Notes.txt" >/dev/null
	rewrite '/Documents[?]' 'Notes.txt' 'Other.txt'
	assert_match "$(names "$drive")" 'Notes.txt'
	refresh
	assert_match "$(names "$drive")" 'Other.txt'
	assert_no_match "$(names "$drive")" 'Notes.txt'
	assert_eq "$(head -c 100 "$drive/Other.txt" | wc -c)" 100 'bytes of it'
	assert_eq "$(saves)" 1 saves
}

# An index that is open or known stays what it was when the lists are forgotten and the session changes:
# it never looks empty, and a listing that is had again gives it anew.
test_index_after_refresh() {
	local index before size fd
	recorded_sim
	open_session v8 veod
	index="$S/onedrives/.index.tsv"
	before=$(cat "$index")
	size=$(wc -c <"$index")
	assert_num "$(wc -l <"$index")" -gt 1 'lines'
	exec {fd}<"$index"
	refresh
	ctl POST "/_sim/session/$SID" '{"reason":"another"}' >/dev/null
	eventually 10 content_is "$S/reason" another
	forget_pages "$fd"
	assert_eq "$(cat <&"$fd")" "$before" 'the index that was open'
	assert_eq "$(stat -L -c %s "/proc/self/fd/$fd")" "$size" 'its size'
	rewrite '/OneDrives[?]' 'Adele Vance' 'Adele Other'
	assert_match "$(names "$S/onedrives")" 'Adele Other'
	assert_match "$(cat "$index")" 'Adele Other'
	# a longer one is had to its end
	refresh
	norewrite
	rewrite '/OneDrives[?]' 'Adele Vance' 'Adele Vance, and whoever else there is'
	assert_match "$(names "$S/onedrives")" 'whoever else'
	assert_eq "$(wc -l <"$index")" "$(wc -l <<<"$before")" 'lines of the longer index'
}

# The kernel gives up what it has of the open file.
forget_pages() {
	"$PY" -c 'import os, sys; os.posix_fadvise(int(sys.argv[1]), 0, 0, os.POSIX_FADV_DONTNEED)' "$1"
}

# Without content: everything can be looked at, documents and mails are refused, nothing is saved.
test_content_off() {
	local file mail
	sim
	allow_log 'EACCES'
	open_session v8 veod content=off
	file=$(find "$S/onedrives" -type f -size +1M)
	look
	assert_errno EACCES read "$file"
	assert_match "$(last_error)" 'Site plan.png.*content=off' last_error
	more_session v8 vex
	look
	mail=$(find "$S/mailboxes" -name '*.msg' | sed -n 1p)
	assert_errno EACCES read "$mail"
	assert_match "$(last_error)" '\.msg.*content=off' last_error
	assert_eq "$(saves)" 0 saves
}

# A folder of 100,000 items is listed completely, by its pages once, and compared with the server.
# each: vex veod
test_hundred_thousand() {
	local many list
	sim --items 100000
	open_session v8 "$1"
	many=$(echo "$S"/*/*/many)
	assert_eq "$(ls -U "$many" | wc -l)" 100000 names
	assert_eq "$(ls -lU "$many" | wc -l)" 100001 'lines of ls -l'
	# 1,000 a page, each once
	list=$(journal | grep -oE '/organization/[^ ]*limit=1000&offset=99000 ' | sed 's/99000 $//')
	assert_eq "$(journal | grep -cF -- "$list")" 100 'pages asked for'
	journal_mark
	assert_eq "$(find "$many" -name '*000777*' -printf x)" x 'one of them'
	assert_eq "$(wc -l <"$many/.index.tsv")" 100001 'lines of the index'
	assert_requests 0 'organization'
	cut -f 4 "$many/.index.tsv" | sort -u >"$WORK/ids"
	assert_eq "$(wc -l <"$WORK/ids")" 100001 ids
	assert_eq "$(saves)" 0 saves
}
