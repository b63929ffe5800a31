# The disk below the spool: full, limited, without holes, not there.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2154
# TIMEOUT=120

# All of MANY, one after the other: each is what it is.
all_are_right() {
	(cd "$MANY" && cat document-*) | sha256sum >"$WORK/got"
	find "$MANY" -name 'document-*' | sort | while IFS= read -r file; do true_bytes "$file"; done |
		sha256sum | cmp - "$WORK/got"
}

# A disk that is nearly full: what is read one after the other finds room, for what is whole
# makes it; when the disk has room again all of it is kept.
test_full_disk() {
	local fd
	need_root
	mkdir "$WORK/disk"
	mount -t tmpfs -o size=12m none "$WORK/disk"
	head -c 9M /dev/zero >"$WORK/disk/filler"
	exec {fd}<"$WORK/disk"
	umount -l "$WORK/disk"     # it lives as long as that is open
	sim --items 60 --item-size 100000
	open_session v8 veod "spool=/proc/$$/fd/$fd"
	MANY=$(echo "$S"/*/*/many)
	all_are_right
	assert_num "$(metric vbofs_spool_bytes)" -lt 5000000 'bytes kept'
	assert_num "$(metric vbofs_spool_bytes)" -gt 2000000 'bytes kept'
	rm "/proc/$$/fd/$fd/filler"
	echo 3 >/proc/sys/vm/drop_caches
	all_are_right
	assert_eq "$(metric vbofs_spool_bytes)" 6000000 'bytes kept'
}

# A limit on the size of files ends neither the daemon nor a read.
test_file_size_limit() {
	need_root
	sim --items 100 --item-size 100000
	open_session v8 veod
	MANY=$(echo "$S"/*/*/many)
	prlimit --pid "$VPID" --fsize=2000000:2000000
	all_are_right
	kill -0 "$VPID"
}

# More documents that need a file of their own than there are descriptors: all are read.
test_few_descriptors() {
	sim --items 400 --item-size 140000
	# the hard limit is what the daemon cannot raise
	(ulimit -Sn 100 && ulimit -Hn 200 && exec "$BUILD/vbofs" -o "$(login),api=v8" "$URL" "$(mkdir -p "$WORK/m" && echo "$WORK/m")")
	M=$WORK/m O=$M/orgs/$ORG
	more_session v8 veod
	MANY=$(echo "$S"/*/*/many)
	all_are_right
	assert_requests 400 ' save$'
	fusermount3 -u "$M"
}

# The spool's files have no names; a directory that is not there is said when it is needed,
# and is not taken for a document that is not there.
test_spool_directory() {
	allow_log EIO
	mkdir "$WORK/spool"
	sim
	open_session v8 veod "spool=$WORK/spool"
	DRIVE="$S/onedrives/Adele Vance"
	cat "$DRIVE/Pictures/Site plan.png" >/dev/null
	assert_eq "$(names "$WORK/spool")" '' 'what the spool leaves in its directory'
	rmdir "$WORK/spool"
	assert_errno EIO read "$DRIVE/Documents/Letter to Contoso.docx"
	assert_match "$(last_error)" "EIO: spool in '$WORK/spool': No such file" last_error
	mkdir "$WORK/spool"
	true_bytes "$DRIVE/Documents/Letter to Contoso.docx" | cmp - "$DRIVE/Documents/Letter to Contoso.docx"
}
