# Who may do what: owner, other users, read-only mounts.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016

NOBODY=65534

# The sources may lie where only root can go.
nobody_sysop() {
	as_nobody "$PY" -IS - "$@" <"$SRC/tests/mount/sysop.py"
}

as_nobody() {
	setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups -- "$@"
}

# -o ro: every write is EROFS, nothing is sent; reading works.
test_read_only() {
	local id
	sim --sessions 2 --busy-working 2
	mnt -o ro
	id=$(find "$M/sessions" -mindepth 1 -maxdepth 1 -printf '%f\n' | head -n 1)
	ls -lR "$M" >/dev/null
	journal_mark
	assert_errno EROFS write "$O/explore" "$TS\\n"
	assert_errno EROFS write "$M/sessions/$id/stop" 'x\n'
	assert_errno "$REFUSED" mkdir "$M/x"
	assert_errno "$REFUSED" unlink "$O/name"
	assert_errno EROFS truncate "$O/explore" 0
	assert_fails bash -c "echo now >'$O/explore'"
	assert_requests 0 POST
}

# Without allow_other nobody else gets in.
test_private() {
	need_root
	sim
	mnt
	chmod 711 "${WORK%/*}" "$WORK"
	assert_fails as_nobody ls "$M"
	assert_fails as_nobody cat "$O/name"
	as_nobody ls -d "${M%/*}" >/dev/null
	assert_fails as_nobody bash -c 'echo now >"$1"' - "$O/explore"
	assert_requests 0 "$(explore_post)"
}

# allow_other forces default_permissions: others' writes to control files are EACCES, from the kernel.
test_allow_other() {
	local f
	need_root
	sim --sessions 1
	mnt -o allow_other
	chmod 711 "${WORK%/*}" "$WORK"
	explore
	journal_mark
	assert_match "$(grep -F " $M " /proc/self/mountinfo)" 'default_permissions' 'options of the mount'
	for f in "$O/explore" "$M/sessions/$SID/stop" "$M/.vbofs/refresh"; do
		assert_eq "$(nobody_sysop write "$f" 'now\n')" EACCES "$f by nobody"
	done
	assert_eq "$(nobody_sysop read "$O/explore" | head -n 1)" EACCES 'reading explore'
	assert_fails as_nobody chmod 666 "$O/explore"
	assert_requests 0
}

# uid= and gid= hand the tree over: that user may write, and root still may.
test_uid() {
	need_root
	sim
	mnt -o "allow_other,uid=$NOBODY,gid=$NOBODY"
	chmod 711 "${WORK%/*}" "$WORK"
	assert_eq "$(stat -c '%u %g' "$O/explore" "$O/name" "$M" "$M/sessions" | sort -u)" "$NOBODY $NOBODY" owners
	as_nobody cat "$O/name" >/dev/null
	as_nobody ls -l "$M/orgs" >/dev/null
	as_nobody bash -c 'echo "2017.06.26 22:07:39" >"$1"' - "$O/explore"
	as_nobody cat "$O/explore" >/dev/null
	assert_requests 1 "$(accepted)"
	echo "$TS" >"$O/explore"
}

# gid= alone: the group may read, not write.
test_gid() {
	need_root
	sim
	mnt -o "allow_other,gid=$NOBODY,umask=027"
	chmod 711 "${WORK%/*}" "$WORK"
	as_nobody cat "$O/name" >/dev/null
	as_nobody ls "$M/orgs" >/dev/null
	assert_eq "$(nobody_sysop write "$O/explore" 'now\n')" EACCES
	assert_requests 0 "$(explore_post)"
}

# umask takes rights away and never gives any.
test_umask() {
	local bits
	sim
	for bits in 077 027 000; do
		mnt -d "$WORK/m$bits" -o "umask=$bits"
		assert_eq "$(find "$M/orgs" "$M/.vbofs" -perm /022)" '' "writable for others with umask=$bits"
		assert_eq "$(stat -c %a "$O/explore")" 600 "explore with umask=$bits"
		if [ $bits = 077 ]; then
			assert_eq "$(find "$M/orgs" ! -type l -perm /077)" '' 'open to others with umask=077'
		fi
	done
}

# The files belong to whoever mounted.
test_owner() {
	sim
	mnt
	assert_eq "$(stat -c '%u %g' "$M" "$O" "$O/explore" "$O/name" "$M/README" | sort -u)" "$(id -u) $(id -g)" owners
}

# An ordinary user mounts, works and unmounts; root is not let in.
test_ordinary_user() {
	need_user
	sim
	mnt
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	unmount
}
