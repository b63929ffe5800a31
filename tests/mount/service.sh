# As a service: sd_notify, the watchdog, credentials from the manager, the units that ship.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016
. "$SRC/tests/mount/sbin.bash"

UNITS=$SRC/mount-examples/systemd

# manager [NAME]: listens; sets NOTIFY (for $NOTIFY_SOCKET) and HEARD (a file, a line for each message).
manager() {
	local d=$WORK/.manager
	NOTIFY=${1:-$d/socket}
	HEARD=$d/heard
	mkdir -p "$d"
	chmod 711 "$d"
	: >"$HEARD"
	mkfifo "$d/ready"
	start "$d" "$d/ready" "$PY" -IS "$SRC/tests/mount/manager.py" "$NOTIFY" "$HEARD"
	exec {READY}<"$d/ready"
	read -r -t 30 -u "$READY" _ || fail "the manager did not start: $(cat "$d/stderr")"
}

heard() {
	grep -qE -- "$1" "$HEARD"
}

# READY comes after the mount, STATUS tells how it goes, STOPPING comes at the end.
# each: path abstract
test_notify() {
	local name=
	[ "$1" = path ] || name=@vbofs-test-$$
	sim
	manager $name
	mnt -e "NOTIFY_SOCKET=$NOTIFY"
	eventually 10 heard "^READY=1\|MAINPID=$VPID$"
	assert_match "$(head -n 1 "$HEARD")" '^STATUS=signing in at https://' 'the first message'
	ls "$M/orgs" "$M/sessions" >/dev/null
	eventually 10 heard '^STATUS=2 organizations, 0 sessions'
	explore
	eventually 10 heard '^STATUS=2 organizations, 1 sessions'
	unmount
	assert_eq "$(tail -n 1 "$HEARD")" STOPPING=1 'the last message'
	assert_eq "$(grep -c '^READY=1' "$HEARD")" 1 'READY messages'
}

# READY means that the mount is there: a program that waits for it finds it.
test_ready_after_mount() {
	sim --latency 300
	manager
	mkdir "$WORK/m"
	mkfifo "$WORK/ready"
	"$PY" -ISc 'import os, socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(sys.argv[1]); print("ready", flush=True)
while not s.recv(65536).startswith(b"READY=1"): pass
print("found" if os.path.exists(sys.argv[2] + "/README") else "not there", flush=True)' \
		"$WORK/socket" "$WORK/m" >"$WORK/ready" &
	exec {READY}<"$WORK/ready"
	read -r -u "$READY" _
	mnt -e "NOTIFY_SOCKET=$WORK/socket"
	read -r -t 30 -u "$READY" line
	assert_eq "$line" found 'the mount at READY'
}

# A start that fails tells why; no READY.
test_notify_failure() {
	sim
	manager
	mkdir "$WORK/m"
	NOTIFY_SOCKET=$NOTIFY vbofs -f -o "credentials=$CREDS" "$URL" "$WORK/m"
	assert_ne "$STATUS" 0 status
	eventually 10 heard '^STATUS=.*certificate.*\|ERRNO=[0-9]+$'
	! heard '^READY' || fail 'READY although it failed'
}

# SIGHUP: RELOADING with the time, then READY, and what is read afterwards is new.
test_reload() {
	sim
	manager
	mnt -e "NOTIFY_SOCKET=$NOTIFY"
	ls "$M/orgs" >/dev/null
	journal_mark
	kill -HUP "$VPID"
	eventually 10 heard '^RELOADING=1\|MONOTONIC_USEC=[0-9]+$'
	eventually 10 heard '^READY=1$'
	ls -l "$M/orgs" >/dev/null
	eventually 10 requests_reach 1 "$(orgs_get)"
}

# The watchdog hears from a loop that turns, again and again; not where it is meant for another process.
test_watchdog() {
	sim
	manager
	mnt -e "NOTIFY_SOCKET=$NOTIFY" -e WATCHDOG_USEC=200000
	three() { [ "$(grep -c '^WATCHDOG=1' "$HEARD")" -ge 3 ]; }
	eventually 20 three
	unmount
	: >"$HEARD"
	mnt -e "NOTIFY_SOCKET=$NOTIFY" -e WATCHDOG_USEC=200000 -e WATCHDOG_PID=1
	ls "$M/orgs" >/dev/null
	nap 0.5
	! heard WATCHDOG || fail 'a sign of life for somebody else'
}

# A server that goes away and comes back shows in the status.
test_status_circuit() {
	allow_log .
	sim
	wire
	manager
	mnt -e "NOTIFY_SOCKET=$NOTIFY" -o timeout=2
	cut_wire
	gone() { cat "$O/name" >/dev/null 2>&1 || :; refresh; heard 'the server does not answer'; }
	eventually 30 gone
	wire
	back() { ls "$M/orgs" >/dev/null 2>&1 || :; tail -n 1 "$HEARD" | grep -q '^STATUS=[^;]*$'; }
	eventually 30 back
}

# A manager that is not there, or went away, is no reason to fail.
test_no_manager() {
	sim
	mnt -e "NOTIFY_SOCKET=$WORK/nobody"
	unmount
	mnt -e NOTIFY_SOCKET=rubbish
	unmount
	manager
	mnt -e "NOTIFY_SOCKET=$NOTIFY"
	kill -KILL "$(cat "$WORK/.manager/pid")"
	kill -HUP "$VPID"
	ls "$M/orgs" >/dev/null
}

# systemd finds nothing to complain of in the units, as they are.
# each: vbofs@contoso.service media-vbo.mount media-vbo.automount vbofs-metrics@contoso.timer
test_units_verify() {
	command -v systemd-analyze >/dev/null || skip 'no systemd-analyze here'
	mkdir "$WORK/units" "$WORK/bin"
	cp "$UNITS"/* "$WORK/units"
	# the program is not installed here
	sed -i "s,/usr/bin/vbofs,$BUILD/vbofs,; s,/usr/local/bin/vbofs-textfile,$SRC/mount-examples/prometheus/vbofs-textfile," "$WORK"/units/*
	cp "$WORK/units/vbofs@.service" "$WORK/units/vbofs@contoso.service"
	cp "$WORK/units/vbofs-metrics@.service" "$WORK/units/vbofs-metrics@contoso.service"
	cp "$WORK/units/vbofs-metrics@.timer" "$WORK/units/vbofs-metrics@contoso.timer"
	run systemd-analyze verify --man=no "$WORK/units/$1"
	if [[ $OUT =~ (initialize|cgroup|bus).*manager|Failed\ to\ initialize ]]; then
		skip "systemd-analyze does not run here: $OUT"
	fi
	assert_eq "$STATUS $OUT" '0 ' "systemd-analyze verify $1"
}

# As hardened as a program that mounts can be; nothing that would hide the mount from others.
test_unit_hardening() {
	local word
	for word in ProtectSystem ProtectHome PrivateTmp PrivateDevices PrivateMounts ProtectProc ProcSubset DynamicUser \
		ProtectKernelTunables ProtectKernelModules ProtectKernelLogs ProtectControlGroups ReadOnlyPaths \
		ReadWritePaths InaccessiblePaths BindPaths TemporaryFileSystem PrivateIPC PrivateUsers RootDirectory; do
		assert_eq "$(grep -c "^$word=" "$UNITS/vbofs@.service" || :)" 0 "$word= (gives a view of the mounts of its own)"
	done
	command -v systemd-analyze >/dev/null || skip 'no systemd-analyze here'
	mkdir "$WORK/units"
	sed "s,/usr/bin/vbofs,$BUILD/vbofs," "$UNITS/vbofs@.service" >"$WORK/units/vbofs@contoso.service"
	run systemd-analyze security --offline=true --threshold=40 "$WORK/units/vbofs@contoso.service"
	[[ ! $OUT =~ 'unrecognized option' ]] || skip 'this systemd-analyze cannot look at units offline'
	assert_eq "$STATUS" 0 "exposure ($(tail -n 1 <<<"$OUT"))"
}

# The service's command, under the service's user, its one capability, and no new privileges, mounts and unmounts for all to see.
test_unit_runs() {
	local unit=$UNITS/vbofs@.service words cap dir=$WORK/m
	need_root
	sim
	manager
	chmod 711 "${WORK%/*}" "$WORK" "${CREDS%/*}"
	mknod "$WORK/.fuse" c 10 229
	chmod 666 "$WORK/.fuse"
	mount --bind "$WORK/.fuse" /dev/fuse
	chmod a+r "$CAFILE"
	mkdir "$WORK/credentials" "$WORK/cache" "$dir"
	chown $NOBODY "$WORK/cache"
	install -o $NOBODY -m 440 "$CREDS" "$WORK/credentials/vbofs"
	cap=$(sed -n 's/^AmbientCapabilities=CAP_//p' "$unit" | tr '[:upper:]' '[:lower:]')
	assert_eq "$(sed -n 's/^CapabilityBoundingSet=CAP_//p' "$unit" | tr '[:upper:]' '[:lower:]')" "$cap" 'the bounding set'
	# ExecStart as systemd expands it
	words=$(sed -n 's/^ExecStart=//p' "$unit")
	assert_match "$words" '^/usr/bin/vbofs -f ' ExecStart
	words=${words//'${URL}'/$URL}
	words=${words//'${MOUNTPOINT}'/$dir}
	words=${words//'${OPTIONS}'/cafile=$CAFILE,allow_other,gid=$NOBODY,umask=027}
	read -ra words <<<"${words/'/usr/bin/vbofs'/$BUILD/vbofs}"
	V=$WORK/.vbofs/unit
	mkdir "$V"
	echo 'vbofs as a service' >"$V/what"
	echo "$dir" >"$V/mountpoint"
	start "$V" "$V/stdout" setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups --inh-caps="-all,+$cap" \
		--ambient-caps="-all,+$cap" --bounding-set="-all,+$cap" --no-new-privs \
		env -i "NOTIFY_SOCKET=$NOTIFY" "CREDENTIALS_DIRECTORY=$WORK/credentials" \
		"CACHE_DIRECTORY=$WORK/cache" ${ASAN_OPTIONS:+"ASAN_OPTIONS=$ASAN_OPTIONS"} "${words[@]}"
	ready_or_dead() { heard '^READY=1' || [ -e "$V/exit" ]; }
	eventually 30 ready_or_dead
	[ ! -e "$V/exit" ] || fail "vbofs ended with $(cat "$V/exit"): $(cat "$V/stderr")"
	M=$dir O=$M/orgs/$ORG
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	explore 'latest type=veod'
	# not one of those that are kept in memory
	cat "$(find "$M/sessions/$SID/onedrives" -type f -size +20k ! -name .index.tsv -print -quit)" >/dev/null
	assert_match "$(ls -l "/proc/$(cat "$V/pid")/fd")" "$WORK/cache/.*deleted" 'where it keeps what it saved'
	kill -TERM "$(cat "$V/pid")"
	ended "$dir"
}

# The system calls it makes are those that the unit allows.
test_unit_syscalls() {
	local unit=$UNITS/vbofs@.service
	need_root      # who is traced gets no setuid program, such as fusermount3
	command -v strace >/dev/null || skip 'no strace here'
	systemd-analyze syscall-filter >"$WORK/sets" 2>/dev/null || skip 'no systemd-analyze here'
	[[ $BUILD != *-[at]san ]] || skip 'a sanitizer makes calls of its own'
	sim
	mkdir "$WORK/m"
	strace -f -qq -o "$WORK/trace" "$BUILD/vbofs" -f -o "$(login)" "${URL/127.0.0.1/localhost}" "$WORK/m" 2>/dev/null &
	M=$WORK/m O=$M/orgs/$ORG
	eventually 30 test -e "$M/.vbofs/version"
	ls -lR "$M" >/dev/null
	explore 'latest type=veod'
	cat "$(find "$M/sessions/$SID/onedrives" -type f -size +0 ! -name .index.tsv -print -quit)" >/dev/null
	cat "$M/.vbofs/metrics" >/dev/null
	fusermount3 -u "$M"
	wait $!
	sed -nE 's/^[0-9]+ +([a-z_0-9]+)\(.*/\1/p' "$WORK/trace" | sort -u >"$WORK/calls"
	assert_num "$(wc -l <"$WORK/calls")" -gt 30 'different system calls'
	"$PY" -IS - "$unit" "$WORK/sets" "$WORK/calls" <<-'END' || fail 'calls that the unit forbids'
		import re, sys
		unit, sets, calls = (open(p).read() for p in sys.argv[1:])
		members, name = {}, None
		for line in sets.splitlines():
		    if line.startswith('@'):
		        name = line.strip()
		        members[name] = []
		    elif line.strip() and not line.strip().startswith('#') and name:
		        members[name].append(line.strip())
		def flat(name):
		    if not name.startswith('@'):
		        return {name}
		    return set().union(*(flat(m) for m in members[name]))
		allowed = flat('@default')
		for line in re.findall(r'^SystemCallFilter=(.*)$', unit, re.M):
		    named = set().union(*(flat(w) for w in line.lstrip('~').split()))
		    allowed = allowed - named if line[0] == '~' else allowed | named
		wrong = set(calls.split()) - allowed
		print(' '.join(sorted(wrong)))
		sys.exit(bool(wrong))
	END
}

# The mount unit mounts when it is run as systemd does: mount(8) and umount(8) with these words, and no environment.
test_mount_unit_runs() {
	local unit=$UNITS/media-vbo.mount where=$WORK/m words
	with_helpers
	open_fuse
	sim
	mkdir "$WORK/etc" "$where"
	install -m 600 "$CREDS" "$WORK/etc/vbo.cred"
	install -m 644 "$CAFILE" "$WORK/etc/vbo.pem"
	of() { sed -n "s/^$1=//p" "$unit"; }
	assert_eq "$(of Where)" "$(sed -n 's/^Where=//p' "$UNITS/media-vbo.automount")" 'where the automount looks'
	words=$(of Options)
	env -i /bin/mount "$URL" "$where" -t "$(of Type)" -o "${words//\/etc\/vbofs/$WORK/etc}"
	assert_eq "$(setpriv --reuid=$NOBODY --regid=34 --clear-groups ls "$where/orgs" | wc -l)" 2 'organizations for the group'
	assert_match "$(of What)" '^https://' What=
	env -i /bin/umount "$where" -c
	! mounted "$where" || fail 'still mounted'
}

# The metrics unit, as its timer starts it for a mountpoint, writes what the collector reads.
test_metrics_unit_runs() {
	local words
	need_root
	words=$(sed -n 's/^ExecStart=//p' "$UNITS/vbofs-metrics@.service")
	assert_eq "$words" '/usr/local/bin/vbofs-textfile %f' ExecStart=
	sim
	mnt
	# where node_exporter's package has its directory
	mount -t tmpfs var /var/lib
	mkdir -p /var/lib/prometheus/node-exporter
	env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		"$SRC/mount-examples/prometheus/vbofs-textfile" "$M"
	assert_match "$(cat /var/lib/prometheus/node-exporter/*.prom)" "vbofs_up\\{mount=\"$M\"\\} 1" 'what was written'
}

# systemd makes of the example's fstab lines what their author meant.
test_fstab_generator() {
	local generator=/lib/systemd/system-generators/systemd-fstab-generator out=$WORK/units
	[ -x $generator ] || skip 'no systemd-fstab-generator here'
	mkdir "$out"
	SYSTEMD_FSTAB=$SRC/mount-examples/fstab $generator "$out" "$out" "$out" >"$WORK/said" 2>&1 ||
		skip "the generator does not run here: $(head -n 1 "$WORK/said")"
	assert_eq "$(sed -n 's/^What=//p' "$out/media-vbo.mount")" https://vbo.example:4443 What=
	assert_eq "$(sed -n 's/^Type=//p' "$out/media-vbo.mount")" vbofs Type=
	assert_eq "$(sed -n 's/^TimeoutIdleSec=//p' "$out/media-vbo.automount")" 10min TimeoutIdleSec=
	[ -L "$out/remote-fs.target.wants/media-vbo.automount" ] || fail 'the automount is not wanted by remote-fs.target'
	[ ! -e "$out/local-fs.target.requires/media-vbo.mount" ] || fail 'a boot would wait for the server'
	[ ! -e "$out/local-fs.target.requires" ] || fail "a boot would fail: $(ls "$out/local-fs.target.requires")"
}
