# The tree: names, values, sizes, times, modes, inode numbers.
# shellcheck shell=bash source=tests/mount/lib.sh

# A fresh mount shows exactly the top level that is promised, and README says what to type.
test_top_level() {
	sim
	mnt
	assert_eq "$(names "$M")" '.vbofs README by-name orgs sessions ' 'the top level'
	assert_eq "$(names "$M/.vbofs")" 'last_error log metrics refresh version ' '.vbofs'
	assert_num "$(wc -l <"$M/README")" -ge 8 'lines of README'
	assert_num "$(wc -l <"$M/README")" -le 48 'lines of README'
	assert_match "$(cat "$M/README")" 'explore'
	assert_match "$(cat "$M/README")" 'echo .*explore'
}

# Each organization and session shows every scalar of its JSON in a file of its own, exact, and nothing else.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_values() {
	local before
	sim --sessions 40 --busy-working 3 --orgs 6
	mnt -o "api=$1"
	before=$(ls "$M/sessions" | wc -l)
	assert_num "$before" -ge 10 sessions
	explore
	"$PY" "$SRC/tests/mount/tree.py" "$M"/orgs/* "$M"/sessions/* || fail 'the tree is not the JSON'
	assert_eq "$(ls "$M/orgs" | wc -l)" 6 organizations
	assert_eq "$(ls "$M/sessions" | wc -l)" $((before + 1)) sessions
}

# `json` is the server's own object.
# each: v1 v5 v8
test_json_is_the_servers() {
	local token own
	sim
	mnt -o "api=$1"
	explore
	token=$(token_of "$1")
	own=$(curl -q -sS -k -H "Authorization: Bearer $token" "$URL/$1/RestoreSessions/$SID")
	assert_eq "$(jq -S . "$M/sessions/$SID/json")" "$(jq -S . <<<"$own")" 'the session'
	own=$(curl -q -sS -k -H "Authorization: Bearer $token" "$URL/$1/Organizations/$ORG?extendedView=true")
	assert_eq "$(jq -S . "$O/json")" "$(jq -S . <<<"$own")" 'the organization'
}

# The reference's organization has the reference's times, verbatim and as its mtime.
test_reference_organization() {
	sim
	mnt
	assert_eq "$(cat "$O/firstBackuptime")" 2017-05-14T09:17:45.8491057Z
	assert_eq "$(cat "$O/id")" "$ORG"
	assert_eq "$(cat "$O/isBackedup")" true
	assert_eq "$(stat -c %Y "$O")" "$(date -u -d "$(cat "$O/lastBackuptime")" +%s)" 'mtime of the organization'
}

# An organization that was never backed up has no files for the missing times; they are ENOENT, and its mtime is not now.
test_never_backed_up() {
	local other
	sim
	mnt
	other=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG" -printf '%f\n')
	assert_eq "$(wc -w <<<"$other")" 1 'other organizations'
	assert_errno ENOENT stat "$M/orgs/$other/lastBackuptime"
	assert_errno ENOENT stat "$M/orgs/$other/firstBackuptime"
	assert_errno OK read "$M/orgs/$other/name"
	assert_num "$(stat -c %Y "$M/orgs/$other")" -lt $((EPOCHSECONDS - 3600)) 'mtime'
	assert_num "$(stat -c %Y "$M/orgs/$other/name")" -lt $((EPOCHSECONDS - 3600)) 'mtime'
}

# Times are the server's everywhere, never now.
test_no_time_is_now() {
	local recent
	sim --sessions 5 --busy-working 0
	mnt
	recent=$(find "$M/orgs" "$M/sessions" -mindepth 1 -newermt '1 hour ago' ! -path '*/.vbofs/*')
	assert_eq "$recent" '' 'changed within the last hour'
}

# by-name holds relative links to the organizations, and they lead there.
test_by_name() {
	local name
	sim --orgs 5
	mnt
	name=$(cat "$O/name")
	assert_eq "$(readlink "$M/by-name/$name")" "../orgs/$ORG"
	assert_eq "$(cat "$M/by-name/$name/id")" "$ORG"
	assert_eq "$(ls "$M/by-name" | wc -l)" 5 'names'
	assert_errno ENOENT lstat "$M/by-name/nobody.example"
}

# A session links its organization, the organization its sessions, and both links resolve.
test_links_between() {
	sim --sessions 12 --orgs 3
	mnt
	explore
	assert_eq "$(readlink "$M/sessions/$SID/org")" "../../orgs/$ORG"
	assert_eq "$(cat "$M/sessions/$SID/org/id")" "$ORG"
	assert_eq "$(readlink "$O/sessions/$SID")" "../../../sessions/$SID"
	assert_eq "$(cat "$O/sessions/$SID/id")" "$SID"
	# Every session is linked in one organization: its own.
	assert_eq "$(find "$M"/orgs/*/sessions -type l | wc -l)" 13 'links to sessions, of all organizations'
	local link
	for link in "$M"/orgs/*/sessions/*; do
		assert_eq "$(readlink -f "$link/org")" "${link%/sessions/*}" "$link"
	done
}

# links/self and links/organization hold the hrefs; they are shown, not followed.
# each: v1 v5 v6 v8
test_hrefs() {
	sim
	mnt -o "api=$1"
	explore
	assert_match "$(cat "$M/sessions/$SID/links/self")" "/$SID\$"
	assert_match "$(cat "$M/sessions/$SID/links/organization")" '/[Oo]rganization'
	assert_match "$(cat "$O/links/self")" "$ORG"
}

# Sizes are exact, page cache or not: stat, wc, cat, cp, dd, tail, cmp, mmap and busybox agree.
test_sizes_are_exact() {
	local f n
	need busybox
	sim --sessions 3
	mnt
	for f in "$O/name" "$O/json" "$O/links/self" "$M/README" "$M/.vbofs/version" "$M"/sessions/*/state \
		"$M"/sessions/*/json; do
		n=$(stat -c %s "$f")
		assert_eq "$(cat "$f" | wc -c)" "$n" "$f by cat"
		assert_eq "$(wc -c <"$f")" "$n" "$f by wc"
		assert_eq "$(busybox cat "$f" | wc -c)" "$n" "$f by busybox"
		assert_eq "$(dd if="$f" bs=3 status=none | wc -c)" "$n" "$f by dd"
		assert_eq "$(tail -c 1 "$f" | od -An -c | tr -d ' ')" '\n' "the end of $f"
		cp -f "$f" "$WORK/copy"
		cmp "$f" "$WORK/copy"
		[ -s "$f" ] || fail "$f looks empty"
	done
	assert_errno OK mmap "$O/name"
	assert_eq "$(sysop mmap "$O/name" | tail -n +2)" "$(cat "$O/name")" 'by mmap'
}

# tar and rsync bring values home complete.
test_tar_and_rsync() {
	need rsync tar
	sim
	mnt
	mkdir "$WORK/rsync" "$WORK/tar"
	rsync -a --exclude explore "$O/" "$WORK/rsync/"
	tar -C "$O" --exclude ./explore -cf - . | tar -C "$WORK/tar" -xf -
	diff -r --no-dereference --exclude explore "$O" "$WORK/rsync"
	diff -r --no-dereference --exclude explore "$O" "$WORK/tar"
	assert_eq "$(rsync -ain --exclude explore "$O/" "$WORK/rsync/")" '' 'what a second rsync would do'
}

# Inode numbers come from the ids: the same after a remount, and readdir says the same as stat.
test_inode_numbers() {
	sim --sessions 8
	mnt
	explore
	inodes >"$WORK/first"
	unmount
	mnt
	ls "$M/sessions" >/dev/null
	inodes >"$WORK/second"
	diff "$WORK/first" "$WORK/second" || fail 'inode numbers changed with the remount'
	assert_eq "$(cut -d' ' -f1 "$WORK/second" | sort | uniq -d)" '' 'inode numbers that occur twice'
}

inodes() {
	"$PY" - "$M" <<-'END'
		import os, sys
		for top, dirs, files in os.walk(sys.argv[1]):
		    dirs.sort()
		    for e in sorted(os.scandir(top), key=lambda e: e.name):
		        if e.inode() != os.lstat(e.path).st_ino:
		            sys.exit('%s: readdir says %d, stat %d' % (e.path, e.inode(), os.lstat(e.path).st_ino))
		        # What was asked for is known to the mount that asked.
		        if e.name != 'pointInTime':
		            print(e.inode(), os.path.relpath(e.path, sys.argv[1]))
	END
}

# A control file keeps its inode number, although every lookup gives a fresh node.
test_control_files_keep_their_inode_number() {
	sim
	mnt
	assert_eq "$(stat -c %i "$O/explore")" "$(stat -c %i "$O/explore")" 'inode of explore'
	assert_eq "$(ls -i "$O" | awk '$2 == "explore" { print $1 }')" "$(stat -c %i "$O/explore")" 'inode in ls -i'
}

# Directories have sane types, modes and link counts; find and du walk the whole tree without a complaint.
test_find_and_du() {
	sim --sessions 5
	mnt
	find "$M" -ls >"$WORK/find" 2>"$WORK/find.err"
	assert_eq "$(cat "$WORK/find.err")" '' "find's complaints"
	du -a "$M" >/dev/null
	find "$M" -type f -o -type d -o -type l | sort >"$WORK/typed"
	find "$M" | sort >"$WORK/all"
	cmp "$WORK/typed" "$WORK/all"
	find -L "$M/by-name" -maxdepth 2 -name id | grep -q . || fail 'find -L does not get through by-name'
	assert_eq "$(find "$M" ! -type l -perm /022)" '' 'writable for others'
	assert_eq "$(find "$M" -type f -perm /0111)" '' 'executable files'
}

# grep -r over everything works, control files and all.
test_grep_r() {
	sim --sessions 5
	mnt
	grep -r --devices=skip . "$M/orgs" "$M/sessions" "$M/by-name" >"$WORK/grep"
	grep -q "/orgs/$ORG/id:$ORG" "$WORK/grep"
	assert_eq "$(requests 'POST .*([Aa]ction|xplore|top)')" 0 'POSTs caused by reading'
}

# Missing names are ENOENT on every level, and cost nothing once the listing is known.
test_missing_names() {
	sim --sessions 2
	mnt
	ls "$M/orgs" "$M/sessions" >/dev/null
	journal_mark
	assert_errno ENOENT stat "$M/nothing"
	assert_errno ENOENT stat "$M/orgs/00000000-0000-0000-0000-000000000000"
	assert_errno ENOENT stat "$M/orgs/$ORG/nothing"
	assert_errno ENOENT stat "$M/orgs/$ORG/links/nothing"
	assert_errno ENOENT stat "$M/sessions/00000000-0000-0000-0000-000000000000"
	assert_errno ENOENT stat "$M/.vbofs/nothing"
	assert_errno ENOTDIR stat "$M/README/x"
	assert_errno ENAMETOOLONG,ENOENT stat "$M/orgs/$(printf 'x%.0s' {1..300})"
	# but for the list of sessions, which is good for 2 s
	assert_requests 0 "$(orgs_get)"
	assert_requests 0 "$(session_get)"
}

# poll on a value is always ready to read, as in sysfs, and never "not supported".
test_poll() {
	sim
	mnt
	explore
	assert_match "$(sysop poll "$M/sessions/$SID/state" 0 read)" 'in' 'poll of state'
	assert_match "$(sysop poll "$O/name" 0)" 'in' 'poll of a plain value'
	assert_no_match "$(sysop poll "$M/sessions/$SID/state" 0 read)" 'pri|nval|hup' 'poll of an unchanged state'
}

# Two reads at offset 0 on one handle both get the value (scripts that watch a file do that).
test_reads_at_offset_zero() {
	sim
	mnt
	explore
	assert_eq "$(sysop pread_twice "$M/sessions/$SID/state")" $'OK\nWorking\nWorking'
}

# Extended attributes: none unless asked for, and the file system then says that it has none.
test_no_xattrs_by_default() {
	sim
	mnt
	assert_errno ENOTSUP,EOPNOTSUPP getxattr "$O" user.vbofs.id
	assert_eq "$(sysop listxattr "$O/name" | tail -n +2)" '' 'list of attributes'
	assert_errno "$REFUSED,ENOTSUP,EOPNOTSUPP" setxattr "$O/name" user.x y
}

# -o xattr: provenance that cp -a would carry along.
test_xattrs() {
	sim
	mnt -o xattr
	explore
	assert_eq "$(sysop getxattr "$M/sessions/$SID" user.vbofs.id)" $'OK\n'"$SID"
	assert_eq "$(sysop getxattr "$O" user.vbofs.id)" $'OK\n'"$ORG"
	assert_match "$(sysop listxattr "$M/sessions/$SID")" 'user\.vbofs\.id'
	assert_errno ENODATA getxattr "$O" user.vbofs.nothing
	assert_errno ENODATA,ENOTSUP,EOPNOTSUPP getxattr "$O" security.selinux
	assert_errno "$REFUSED,ENOTSUP,EOPNOTSUPP" setxattr "$O" user.vbofs.id y
}

# .vbofs: a version, metrics, a log, the last error; all free of charge.
test_service_files() {
	sim
	mnt
	journal_mark
	assert_match "$(cat "$M/.vbofs/version")" '[0-9]+\.[0-9]+'
	assert_match "$(cat "$M/.vbofs/metrics")" '[a-z_]+.* [0-9]'
	cat "$M/.vbofs/log" >/dev/null
	assert_eq "$(cat "$M/.vbofs/last_error")" '' 'last_error before the first error'
	assert_fails bash -c "echo rubbish > '$O/explore'"
	assert_match "$(cat "$M/.vbofs/last_error")" "orgs/$ORG/explore" 'last_error'
	assert_eq "$(requests_since 'POST|RestoreSessions')" 0 'requests for service files'
}

# Values do not change under a reader: what is larger after a refresh is never cut at the old size.
test_value_grows() {
	local short long got i
	sim
	mnt
	short=$(cat "$O/name")
	long="$short-and-now-a-name-that-is-quite-a-bit-longer-than-before"
	cat "$O/name" >/dev/null
	ctl POST "/_sim/organization/$ORG" "{\"name\":\"$long\"}" >/dev/null
	refresh
	for ((i = 0; i < 200; i++)); do
		got=$(cat "$O/name")
		[ "$got" = "$short" ] || [ "$got" = "$long" ] || fail "cut value: '$got'"
		[ "$got" != "$long" ] || break
		nap 0.02
	done
	assert_eq "$(cat "$O/name")" "$long"
	eventually 5 size_is "$O/name" $((${#long} + 1))
	assert_eq "$(readlink "$M/by-name/$long")" "../orgs/$ORG" 'the new name'
	# and smaller again
	ctl POST "/_sim/organization/$ORG" '{"name":"x"}' >/dev/null
	refresh
	eventually 5 grep -qx x "$O/name"
	eventually 5 size_is "$O/name" 2
	assert_no_match "$(names "$M/by-name")" "$long" 'the old name'
}

# A property that appears, disappears and appears again does so in the tree.
test_property_comes_and_goes() {
	sim
	mnt
	assert_errno ENOENT stat "$O/officeName2"
	ctl POST "/_sim/organization/$ORG" '{"officeName2":"here"}' >/dev/null
	refresh
	assert_match " $(names "$O") " ' officeName2 ' 'the listing after a refresh'
	eventually 10 grep -qx here "$O/officeName2"
	ctl POST "/_sim/organization/$ORG" '{"officeName2":null}' >/dev/null
	refresh
	assert_no_match "$(names "$O")" 'officeName2' 'the listing after a refresh'
	eventually 10 not test -e "$O/officeName2"
}

# Organizations that come and go on the server do so after a refresh, in orgs and in by-name.
test_organization_comes_and_goes() {
	local id
	sim
	mnt
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	ctl POST /_sim/organizations '{"name":"fresh.example"}' >/dev/null
	refresh
	eventually 5 test -e "$M/by-name/fresh.example"
	assert_eq "$(ls "$M/orgs" | wc -l)" 3 organizations
	id=$(cat "$M/by-name/fresh.example/id")
	ctl DELETE "/_sim/organization/$id" >/dev/null
	refresh
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	eventually 10 not test -e "$M/orgs/$id"
	assert_errno ENOENT lstat "$M/by-name/fresh.example"
}

# Names of properties are the server's too: odd ones neither break the listing nor leave the directory.
test_hostile_properties() {
	sim
	mnt
	ctl POST "/_sim/organization/$ORG" '{"a/b":"slash","..":"up","":"empty","%41":"percent","explore":"mine","json":"mine","sessions":"mine"}' >/dev/null
	refresh
	eventually 5 grep -rqx slash "$O" --include='*b'
	ls -la "$O" >"$WORK/ls"
	assert_eq "$(stat -c %F "$O/sessions")" directory
	jq -e . "$O/json" >/dev/null
	assert_eq "$(stat -c %a "$O/explore")" 600 'mode of explore'
	explore
	assert_errno ENOENT stat "$O/a"
}
