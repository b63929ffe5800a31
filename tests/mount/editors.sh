# What editors and tools do around a write: harmless, or refused; never another request.
# shellcheck shell=bash source=tests/mount/lib.sh

# vim :wq, swap file, backup and all: one command.
test_vim() {
	need vim
	sim
	mnt -o api=v1
	vim -es -i NONE -c "call setline(1, '$TS')" -c wq "$O/explore" </dev/null || fail "vim: $?; $(last_error)"
	assert_requests 1 "$(explore_post)"
	assert_eq "$(cat "$M/sessions/$(cat "$O/explore")/pointInTime")" 2017-06-26T22:07:39-07:00
}

# vim on a file that already shows an id: what counts is what was typed.
test_vim_again() {
	need vim
	sim
	mnt -o api=v1
	explore
	vim -es -i NONE -c '%d' -c "call setline(1, '2017.06.27 01:02:03')" -c wq "$O/explore" </dev/null || fail "vim: $?; $(last_error)"
	assert_requests 2 "$(accepted)"
	assert_eq "$(cat "$M/sessions/$(cat "$O/explore")/pointInTime")" 2017-06-27T01:02:03-07:00
}

# vim tells the user when the server's side said no.
test_vim_error() {
	need vim
	sim
	mnt
	if vim -es -i NONE -c "call setline(1, 'rubbish')" -c wq "$O/explore" </dev/null >"$WORK/vim" 2>&1; then
		fail 'vim did not notice'
	fi
	assert_requests 0 "$(explore_post)"
}

# vim looks at values without harm (read only, swap file refused).
test_vim_view() {
	need vim
	sim
	mnt
	vim -es -R -i NONE -c "w! $WORK/copy" -c 'q!' "$O/name" </dev/null || :
	assert_eq "$(cat "$WORK/copy")" "$(cat "$O/name")"
}

# touch, truncate, O_TRUNC, utimes, chmod to the same and fsync on a control file succeed and do nothing.
test_harmless() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	touch "$O/explore"
	touch -d 2001-01-01 "$O/explore"
	truncate -s 0 "$O/explore"
	truncate -s 100 "$O/explore"
	chmod 600 "$O/explore"
	: >"$O/explore"
	assert_errno OK ftruncate "$O/explore" 0
	assert_errno OK truncate "$O/explore" 7
	assert_errno OK utime "$O/explore"
	assert_errno OK fsync "$O/explore"
	assert_errno OK open "$O/explore" wt
	assert_errno OK open "$O/explore" wa
	assert_errno OK open "$O/explore" rw
	assert_eq "$(stat -c %a "$O/explore")" 600 mode
	assert_eq "$(cat "$O/explore")" ''
	assert_requests 0
}

# Everything else that would change something is refused with EPERM, and nothing changes.
test_refused() {
	local before
	sim --sessions 3
	mnt
	explore
	before=$(find "$M" ! -path '*/.vbofs/*' | sort)
	journal_mark
	local f
	for f in "$O/explore" "$O/name" "$M/README" "$M/sessions/$SID/stop" "$M/sessions/$SID/org" "$M/.vbofs/log"; do
		assert_errno "$REFUSED" unlink "$f"
		assert_errno "$REFUSED" rename "$f" "$f.new"
		assert_errno "$REFUSED" rename "$f" "$M/README2"
		[ -L "$f" ] || assert_errno "$REFUSED" link "$f" "$f.link"
	done
	for f in "$M" "$M/orgs" "$O" "$O/links" "$O/sessions" "$M/sessions" "$M/sessions/$SID" "$M/.vbofs" "$M/by-name"; do
		assert_errno "$REFUSED" mkdir "$f/new"
		assert_errno "$REFUSED" mknod "$f/new"
		assert_errno "$REFUSED" open "$f/new" wc
		assert_errno "$REFUSED" open "$f/new" wx
		assert_errno "$REFUSED" symlink target "$f/new"
	done
	for f in "$O" "$M/sessions/$SID" "$O/links"; do
		assert_errno "$REFUSED" rmdir "$f"
		assert_errno "$REFUSED" rename "$f" "$f.new"
	done
	for f in "$O/name" "$O/json" "$M/README" "$M/sessions/$SID/state" "$M/.vbofs/version"; do
		assert_errno "$REFUSED,EACCES" open "$f" w
		assert_errno "$REFUSED,EACCES" open "$f" wt
		assert_errno "$REFUSED,EACCES" truncate "$f" 0
		assert_errno "$REFUSED" chmod "$f" 777
		assert_errno "$REFUSED" utime "$f"
	done
	assert_errno "$REFUSED" chmod "$O/explore" 666
	assert_errno "$REFUSED" chmod "$O" 700
	assert_eq "$(find "$M" ! -path '*/.vbofs/*' | sort)" "$before" 'the tree'
	assert_requests 0 POST
}

# chown to somebody else is refused, for root as well.
test_chown() {
	need_root
	sim
	mnt
	assert_errno "$REFUSED" chown "$O/explore" 65534 65534
	assert_errno "$REFUSED" chown "$O" 65534 -1
	assert_eq "$(stat -c %u "$O/explore")" 0
}

# sed -i, mv, install, rm and friends fail with a message and start nothing.
test_tools_refused() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	echo "$TS" >"$WORK/command"
	assert_fails sed -i s/x/y/ "$O/name"
	assert_fails sed -i "1i $TS" "$O/explore"
	assert_fails mv "$WORK/command" "$O/explore"
	echo "$TS" >"$WORK/command"
	assert_fails mv "$O/name" "$WORK/name"
	assert_fails mv "$O/explore" "$O/explore2"
	assert_fails install -m 600 "$WORK/command" "$O/explore"
	assert_fails rm "$O/explore"
	assert_fails rm -rf "$M/orgs"
	assert_fails rmdir "$O"
	assert_fails mkdir "$O/at"
	assert_fails ln "$O/name" "$O/name2"
	assert_fails ln -s x "$O/name2"
	assert_fails touch "$O/newfile"
	assert_fails cp "$WORK/command" "$O/newfile"
	assert_fails bash -c "echo x >'$O/newfile'"
	assert_fails bash -c "echo x >'$O/name'"
	assert_eq "$(names "$M/orgs" | wc -w)" 2 organizations
	[ -e "$O/name" ] || fail 'name is gone'
	assert_requests 0 POST
}

# rsync --inplace and cp into control files: what they do around the write neither fails nor repeats it.
test_rsync_inplace() {
	need rsync
	sim
	mnt
	echo "$TS" >"$WORK/explore"
	rsync --inplace --no-times --no-perms --whole-file "$WORK/explore" "$O/explore" >"$WORK/rsync" 2>&1 || :
	assert_requests 1 "$(explore_post)"
}
