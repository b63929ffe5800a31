# mount(8), umount(8) and fstab: what they hand over is understood or ignored, and they get the statuses they know.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016
. "$SRC/tests/mount/sbin.bash"

# mount -t vbofs and -t fuse.vbofs mount; df and umount know the source by the name that was given.
# each: vbofs fuse.vbofs
test_type() {
	local dir=$WORK/m
	with_helpers
	sim
	mkdir "$dir"
	mount -t "$1" "$URL" "$dir" -o "$(login)"
	assert_eq "$(ls "$dir/orgs" | wc -l)" 2 organizations
	assert_match "$(mount_line "$dir")" ' - fuse\.vbofs '"$URL"' ' 'mount table'
	assert_eq "$(df --output=source "$dir" | tail -n 1)" "$URL" 'source in df'
	umount_dir "$dir"
	mount -t "$1" "$URL" "$dir" -o "$(login)"
	umount "$URL"
	! mounted "$dir" || fail 'umount does not know the source'
}

# Every word that an fstab line may hold for mount(8), systemd and autofs.
test_fstab_words() {
	local dir=$WORK/m words
	with_helpers
	sim
	mkdir "$dir"
	# mount(8), "filesystem-independent mount options", and what libmount and systemd know beside them
	words=defaults,async,atime,noatime,auto,noauto,dev,nodev,diratime,nodiratime,dirsync,exec,noexec,group,nogroup
	words+=,iversion,noiversion,mand,nomand,_netdev,nofail,relatime,norelatime,strictatime,nostrictatime,lazytime
	words+=,nolazytime,suid,nosuid,silent,loud,owner,noowner,rw,sync,user,nouser,users,nousers,nosymfollow,symfollow
	words+=,user=ada,comment=backups,uhelper=udisks2,fail,private
	words+=,x-systemd.automount,x-systemd.idle-timeout=10min,x-systemd.requires=network-online.target
	words+=,x-systemd.mount-timeout=1min,x-systemd.device-timeout=1,x-systemd.rw-only,x-initrd.mount
	words+=,x-gvfs-show,x-gvfs-name=Backups,X-mount.mkdir
	fstab "$URL $dir vbofs $words,$(login) 0 0"
	run mount "$dir"
	assert_eq "$STATUS" 0 "status of mount ($OUT)"
	assert_eq "$OUT" '' 'what mount said'
	assert_eq "$(ls "$dir/orgs" | wc -l)" 2 organizations
	assert_match "$(mount_line "$dir")" "$dir rw,nosuid,nodev,noexec,noatime" 'flags, whatever the line says'
	umount_dir "$dir"
	# libmount keeps some to itself; other mount programs hand over all of them
	run /sbin/mount.vbofs "$URL" "$dir" -o "${words/,private/},$(login)"
	assert_eq "$STATUS" 0 "status of mount.vbofs ($OUT)"
	umount_dir "$dir"
}

# mount -a mounts what is not noauto, once, however often it is run; umount -a takes it down.
test_mount_all() {
	with_helpers
	sim
	mkdir "$WORK/a" "$WORK/b" "$WORK/c"
	fstab "$URL $WORK/a vbofs _netdev,nofail,$(login) 0 0" \
		"$URL/ $WORK/b fuse.vbofs ro,$(login) 0 0" \
		"$URL $WORK/c vbofs noauto,$(login) 0 0"
	mount -a
	mount -a
	assert_eq "$(grep -c "fuse.vbofs $URL" /proc/self/mountinfo)" 2 mounts
	mounted "$WORK/a" || fail 'a is not mounted'
	mounted "$WORK/b" || fail 'b is not mounted'
	assert_errno EROFS write "$WORK/b/orgs/$ORG/explore" 'now\n'
	umount -a -t fuse.vbofs
	! mounted "$WORK/a" || fail 'a is still mounted'
}

# Addresses as people write them into the first column.
test_fstab_addresses() {
	local address
	with_helpers
	sim
	mkdir "$WORK/m"
	for address in "$URL" "$URL/" "${URL#https://}" "${URL#https://}/" "HTTPS://localhost:$PORT"; do
		fstab "$address $WORK/m vbofs $(login) 0 0"
		mount "$WORK/m"
		ls "$WORK/m/orgs" >/dev/null
		assert_match "$(mount_line "$WORK/m")" " $address " 'source'
		umount_dir "$WORK/m"
	done
}

# A path with a blank, as fstab escapes it.
test_fstab_blanks() {
	with_helpers
	sim
	mkdir "$WORK/a b"
	cp -p "$CREDS" "$WORK/log in"
	fstab "$URL $WORK/a\\040b vbofs credentials=$WORK/log\\040in,cafile=$CAFILE 0 0"
	mount "$WORK/a b"
	ls "$WORK/a b/orgs" >/dev/null
	umount "$WORK/a b"
}

# systemd starts helpers with an empty environment: no PATH, no HOME.
test_empty_environment() {
	with_helpers
	sim
	mkdir "$WORK/m"
	env -i /sbin/mount.vbofs "$URL" "$WORK/m" -o "rw,$(login)"
	ls "$WORK/m/orgs" >/dev/null
	assert_eq "$(readlink "/proc/$(daemon_of "$WORK/m")/cwd")" / 'its directory'
	umount_dir "$WORK/m"
}

# The statuses of mount(8): 1 usage, 32 the mount failed; one line says why.
test_statuses() {
	with_helpers
	sim
	mkdir "$WORK/m"
	expect() { # STATUS ERE ARGUMENT...
		local status=$1 pattern=$2
		shift 2
		run /sbin/mount.vbofs "$@"
		assert_eq "$STATUS" "$status" "status of mount.vbofs $* ($OUT)"
		assert_match "$OUT" "$pattern" "message of mount.vbofs $*"
		assert_eq "$(wc -l <"$WORK/.out")" 1 "lines said by mount.vbofs $*"
		! mounted "$WORK/m" || fail 'mounted'
	}
	expect 1 nosuch "$URL" "$WORK/m" -o "nosuch,$(login)"
	expect 1 mountpoint "$URL" -o "$(login)"
	expect 1 address
	expect 1 setuid "$URL" "$WORK/m" -o "setuid=nosuchuser,$(login)"
	expect 1 remount "$URL" "$WORK/m" -o "remount,ro,$(login)"
	expect 1 nsenter "$URL" "$WORK/m" -N /proc/1/ns/mnt -o "$(login)"
	expect 32 "$WORK/none" "$URL" "$WORK/none" -o "$(login)"
	expect 32 "$WORK/none" "$URL" "$WORK/m" -o "credentials=$WORK/none"
	expect 32 "$URL.*certificate" "$URL" "$WORK/m" -o "credentials=$CREDS"
	sed 's/^password=.*/password=wrong/' "$CREDS" >"$WORK/wrong"
	chmod 600 "$WORK/wrong"
	expect 32 'credentials' "$URL" "$WORK/m" -o "cafile=$CAFILE,credentials=$WORK/wrong"
	cp "$CAFILE" "$WORK/ca.pem"
	sim_stop
	expect 32 "$URL" "$URL" "$WORK/m" -o "cafile=$WORK/ca.pem,credentials=$WORK/wrong,timeout=2"
	run mount -t vbofs "$URL" "$WORK/m" -o "cafile=$WORK/ca.pem,credentials=$WORK/wrong,timeout=2"
	assert_eq "$STATUS" 32 'status of mount(8)'
}

# Status 2: it is the system that fails, because it starts no process or because that one dies.
test_system_failures() {
	local pid
	with_helpers
	sim --latency 10000
	mkdir "$WORK/m"
	# the search for leaks starts a process, too
	ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0 run prlimit --nproc=0:0 /sbin/mount.vbofs "$URL" "$WORK/m" -o "setuid=$(id -un $NOBODY),$(login)"
	assert_eq "$STATUS" 2 "status where no process can be started ($OUT)"
	assert_match "$OUT" '^vbofs: cannot detach: .*unavailable' message
	assert_requests 0
	/sbin/mount.vbofs "$URL" "$WORK/m" -o "$(login)" 2>"$WORK/said" &
	pid=$!
	eventually 20 pgrep -P $pid
	kill -KILL "$(pgrep -P $pid)"
	assert_status 2 $pid
	assert_eq "$(cat "$WORK/said")" 'vbofs: the mounting process died' message
	! mounted "$WORK/m" || fail mounted
}

# mount -f only looks at the line; -s lets unknown words pass; -n and -v are no trouble.
test_switches() {
	with_helpers
	sim
	mkdir "$WORK/m"
	mount -f -t vbofs "$URL" "$WORK/m" -o "$(login)"
	! mounted "$WORK/m" || fail 'mount -f mounted'
	assert_requests 0
	run mount -f -t vbofs "$URL" "$WORK/m" -o "nosuch,$(login)"
	assert_eq "$STATUS" 1 'status of mount -f with an unknown word'
	mount -s -n -v -t vbofs "$URL" "$WORK/m" -o "nosuch,$(login)" >/dev/null
	ls "$WORK/m/orgs" >/dev/null
	run mount -o remount,ro "$WORK/m"
	assert_ne "$STATUS" 0 'status of remount'
	assert_match "$OUT" 'unmount it and mount it again' 'message of remount'
	assert_eq "$(grep -c " $WORK/m " /proc/self/mountinfo)" 1 'mounts after remount'
	umount_dir "$WORK/m"
}

# "user" in fstab: an ordinary user mounts and unmounts, with no rights of root's.
test_user_mount() {
	local pid
	with_helpers
	open_fuse
	sim
	chmod 711 "${SIM%/*}" "${CREDS%/*}"
	chmod a+r "$CAFILE"
	install -o $NOBODY -m 600 "$CREDS" "$WORK/login"
	install -o $NOBODY -d "$WORK/m"
	fstab "$URL $WORK/m vbofs user,noauto,cafile=$CAFILE,credentials=$WORK/login 0 0"
	run as_nobody mount "$WORK/m"
	assert_eq "$STATUS" 0 "status of mount ($OUT)"
	as_nobody ls "$WORK/m/orgs" >/dev/null
	pid=$(daemon_of "$WORK/m")
	assert_match "$(cat "/proc/$pid/status")" $'\nUid:\t65534\t65534\t65534\t65534\n' 'its user'
	run as_nobody umount "$WORK/m"
	assert_eq "$STATUS" 0 "status of umount ($OUT)"
	eventually 20 not kill -0 "$pid"
}

# setuid=: credentials are read by root, everything else is done by that user, whose the files are.
# each: vbofs fuse.vbofs
test_setuid() {
	local pid
	with_helpers
	open_fuse
	sim
	chmod 711 "${SIM%/*}" "${CREDS%/*}"
	chmod a+r "$CAFILE"
	chmod 600 "$CREDS"
	install -o $NOBODY -d "$WORK/m"
	run mount -t "$1" "$URL" "$WORK/m" -o "setuid=nobody,$(login)"
	assert_eq "$STATUS" 0 "status of mount ($OUT)"
	pid=$(daemon_of "$WORK/m")
	assert_match "$(cat "/proc/$pid/status")" $'\nUid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\n' 'its user'
	assert_match "$(cat "/proc/$pid/status")" $'\nCapEff:\t0000000000000000\n' 'its capabilities'
	assert_eq "$(as_nobody stat -c %u "$WORK/m/orgs")" $NOBODY 'owner of the files'
	as_nobody bash -c 'echo now >"$1"' - "$WORK/m/orgs/$ORG/explore"
	assert_fails ls "$WORK/m"
	umount_dir "$WORK/m"
	run as_nobody "$BUILD/vbofs" "$URL" "$WORK/m" -o "setuid=root,$(login)"
	assert_ne "$STATUS" 0 'status for who is not root'
}

# Without our helper: mount.fuse of libfuse starts vbofs from its own idea of a PATH.
test_mount_fuse() {
	with_helpers vbofs
	[ -x /sbin/mount.fuse.vbofs ] && fail 'the helper is there'
	[ -x /sbin/mount.fuse ] || [ -x /sbin/mount.fuse3 ] || skip 'no mount.fuse here'
	sim
	mkdir "$WORK/m"
	mount -t fuse.vbofs "$URL" "$WORK/m" -o "_netdev,nofail,user,x-systemd.automount,rw,$(login)"
	ls "$WORK/m/orgs" >/dev/null
	umount "$WORK/m"
}

# A mount whose program died is named as what it is, with what to do.
test_dead_mount() {
	sim
	mnt
	echo 137 >"$V/allow_exit"
	kill -KILL "$VPID"
	eventually 20 test -e "$V/exit"
	vbofs -o "$(login)" "$URL" "$M"
	assert_ne "$STATUS" 0 'status of mounting over it'
	assert_match "$ERR" "$M.*fusermount3 -u" message
	fusermount3 -u "$M"
}
