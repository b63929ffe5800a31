# mount-examples/: every file of it, run as far as a machine without a server, a cluster or a boot can.
# TIMEOUT=100
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016
. "$SRC/tests/mount/sbin.bash"

EXAMPLES=$SRC/mount-examples
NAME=contoso.onmicrosoft.com

# A document that the last backup holds: sets OWNER, DOCUMENT (its path below the owner) and SUM.
some_document() {
	local path
	explore 'latest type=veod'
	path=$(cd "$M/sessions/$SID/onedrives" && find . -type f -size +0 ! -name .index.tsv -print -quit)
	path=${path#./}
	OWNER=${path%%/*}
	DOCUMENT=${path#*/}
	SUM=$(sha256sum <"$M/sessions/$SID/onedrives/$path")
	echo >"$M/sessions/$SID/stop"
}

# All sessions that were started here have been stopped again.
all_stopped() {
	local state
	refresh
	for state in "$M"/sessions/*/state; do
		[ "$(cat "$state")" = Stopped ] || return 1
	done
}

# No file of mount-examples without a test: each is named in some case, and found in the list of them.
test_complete() {
	local file
	while read -r file; do
		grep -qF -- "${file##*/}" "$SRC"/tests/mount/*.sh || fail "no test runs mount-examples/$file"
		grep -qF -- "${file%%/*}" "$EXAMPLES/README.md" || fail "README.md does not name $file"
	done < <(cd "$EXAMPLES" && find . -type f ! -name README.md -printf '%P\n')
}

# demo shows the reference's own example, unmounts and ends well.
test_demo() {
	need_fuse
	run "$EXAMPLES/demo" "$BUILD"
	assert_eq "$STATUS" 0 "status ($OUT)"
	assert_match "$OUT" 'result:Success' 'what it showed'
}

# one-file-back: the document as it was; a path that is not there is an error and leaves no session open.
test_one_file_back() {
	sim
	mnt
	some_document
	mkdir "$WORK/out"
	"$EXAMPLES/one-file-back" "$M" $NAME latest "$OWNER" "$DOCUMENT" "$WORK/out/"
	assert_eq "$(sha256sum <"$WORK/out/${DOCUMENT##*/}")" "$SUM" 'the document'
	assert_fails "$EXAMPLES/one-file-back" "$M" $NAME latest "$OWNER" 'no such document' "$WORK/out/"
	assert_fails "$EXAMPLES/one-file-back" "$M" $NAME 'no time' "$OWNER" "$DOCUMENT" "$WORK/out/"
	assert_match "$(cat "$WORK/.out")" 'EINVAL' 'what it said'
	eventually 10 all_stopped
}

# leaver-onedrive: everything, with a manifest that holds; a second run saves nothing again.
test_leaver_onedrive() {
	local saves
	sim
	mnt
	some_document
	"$EXAMPLES/leaver-onedrive" "$M" $NAME "$OWNER" "$WORK/out"
	assert_eq "$(sha256sum <"$WORK/out/$DOCUMENT")" "$SUM" 'a document'
	(cd "$WORK/out" && sha256sum --quiet -c MANIFEST.sha256)
	saves=$(sed -n 's/^vbofs_saves_total //p' "$M/.vbofs/metrics")
	"$EXAMPLES/leaver-onedrive" "$M" $NAME "$OWNER" "$WORK/out"
	assert_eq "$(sed -n 's/^vbofs_saves_total //p' "$M/.vbofs/metrics")" "$saves" 'saves after the second run'
	eventually 10 all_stopped
}

# mails-of-sender: only mails of that sender, and only they are saved.
test_mails_of_sender() {
	local index mailbox sender n
	sim
	mnt
	explore 'latest type=vex'
	while IFS= read -r index; do
		sender=$(awk -F'\t' 'NR > 1 && $6 != "" { print $6; exit }' "$index")
		[ -z "$sender" ] || break
	done < <(find "$M/sessions/$SID/mailboxes" -mindepth 2 -name .index.tsv)
	[ -n "$sender" ] || fail 'no mail has a sender'
	mailbox=${index#"$M/sessions/$SID/mailboxes/"}
	mailbox=${mailbox%%/*}
	n=$(find "$M/sessions/$SID/mailboxes/$mailbox" -name .index.tsv -exec cat {} + |
		awk -F'\t' -v s="$sender" 'index(tolower($6), tolower(s))' | wc -l)
	"$EXAMPLES/mails-of-sender" "$M" $NAME latest "$mailbox" "$sender" "$WORK/out"
	assert_num "$(ls "$WORK/out" | wc -l)" -ge 1 'mails'
	assert_eq "$(sed -n 's/^vbofs_saves_total //p' "$M/.vbofs/metrics")" "$n" saves
}

# changed-between: says what came, went and changed, by the listings alone.
test_changed_between() {
	sim
	mnt
	some_document
	run "$EXAMPLES/changed-between" "$M" $NAME "$OWNER" latest latest
	assert_eq "$STATUS $OUT" '0 ' 'nothing changes in no time'
	journal_mark
	run "$EXAMPLES/changed-between" "$M" $NAME "$OWNER" 2017-06-26T22:07:39Z latest
	assert_eq "$STATUS" 0 "status ($OUT)"
	assert_requests 0 '[Ss]ave'
	refresh
	assert_eq "$(cat "$M"/sessions/*/state | sort -u)" Stopped 'sessions left'
}

# wait-for-session: waits while it works, tells the result; gives up when the time is over.
test_wait_for_session() {
	local pid
	sim
	mnt
	mkdir "$WORK/bin"
	ln -s "$BUILD/vbofs" "$WORK/bin/"
	PATH=$WORK/bin:$PATH
	explore
	run "$EXAMPLES/wait-for-session" "$M" "$SID" 0
	assert_eq "$STATUS" 1 'status when the time is up'
	assert_match "$OUT" "$SID/state.*Working" 'what it said'
	run "$EXAMPLES/wait-for-session" "$M" no-such-session
	assert_eq "$STATUS" 2 'status without such a session'
	"$EXAMPLES/wait-for-session" "$M" "$SID" >"$WORK/result" &
	pid=$!
	eventually 20 pgrep -P $pid vbofs
	assert_eq "$(cat "$WORK/result")" '' 'told while it works'
	echo >"$M/sessions/$SID/stop"
	wait $pid
	assert_eq "$(cat "$WORK/result")" Success result
}

# sessions-csv: a table that a CSV parser takes, a line for each session, those of a time alone on request.
test_sessions_csv() {
	sim --sessions 12
	mnt
	explore
	"$EXAMPLES/sessions-csv" "$M" >"$WORK/all.csv"
	(cd "$WORK" && "$EXAMPLES/sessions-csv" m -newermt '2026-11-01' >"$WORK/new.csv")
	"$PY" -IS - "$WORK/all.csv" "$WORK/new.csv" "$SID" "$ORG" <<-'END' || fail 'the table'
		import csv, sys
		every, new = (list(csv.DictReader(open(p, newline=''))) for p in sys.argv[1:3])
		assert len(every) == 13, len(every)
		ours = [r for r in every if r['id'] == sys.argv[3]]
		assert len(ours) == 1 and ours[0]['state'] == 'Working' and ours[0]['organization'], ours
		assert all(None not in r and r['creationTime'] for r in every)
		assert 1 <= len(new) < 13 and new[0]['id'] == sys.argv[3], new
	END
}

# verify-sample: content with every length right passes; a document that cannot be read is named, with a failure.
test_verify_sample() {
	allow_log .
	sim
	mnt
	run "$EXAMPLES/verify-sample" "$M" $NAME 5 1
	assert_eq "$STATUS" 0 "status ($OUT)"
	assert_match "$OUT" '^5 documents read$' 'what it said'
	fault 'POST:*/save:status=500'
	run "$EXAMPLES/verify-sample" "$M" $NAME 3 1
	assert_eq "$STATUS" 1 "status with a broken server ($OUT)"
	assert_match "$OUT" 'bad: .*/onedrives/.*EIO' 'what it said'
	nofault
	eventually 10 all_stopped
}

# The line for cron.d is one: five times, a user, a command that is there.
test_cron() {
	local line words
	line=$(grep -vE '^(#|[A-Z]+=|$)' "$EXAMPLES/cron/vbofs-verify")
	assert_eq "$(wc -l <<<"$line")" 1 'lines for cron'
	read -ra words <<<"${line//\*/x}"
	assert_match "${words[*]:0:6}" '^([0-9x/,-]+ ){5}root$' 'times and user'
	[ -x "$EXAMPLES/${words[6]}" ] || fail "no such example: ${words[6]}"
	sim
	mnt
	mkdir "$WORK/bin"
	ln -s "$EXAMPLES/${words[6]}" "$WORK/bin/"
	# the command as cron runs it, for the mount that is here
	line=${line#*root}
	run env -i "PATH=$WORK/bin:/usr/bin:/bin" sh -c "${line//\/media\/vbo/$M}"
	assert_eq "$OUT" '' 'what cron would mail'
}

# fstab: each of its lines, at the simulator's address, with what it is for.
test_fstab() {
	local line user pid
	with_helpers
	open_fuse
	sim
	chmod 711 "${SIM%/*}" "${CREDS%/*}"
	mkdir -p "$WORK/etc" "$WORK/m" "$WORK/t"
	install -o $NOBODY -d "$WORK/own" "$WORK/home" "$WORK/home/vbo"
	install -m 600 "$CREDS" "$WORK/etc/vbo.cred"
	install -m 600 "$TENANT" "$WORK/etc/tenant-a.cred"
	install -m 644 "$CAFILE" "$WORK/etc/vbo.pem"
	install -o $NOBODY -m 600 "$CREDS" "$WORK/home/.vbo.cred"
	user=$(id -un $NOBODY)
	grep -v '^#' "$EXAMPLES/fstab" | sed "s,/etc/vbofs,$WORK/etc,g; s,https://vbo.example:4443,$URL,; s, /media/vbo , $WORK/m ,
		s, /media/tenant-a , $WORK/t ,; s, /srv/vbo , $WORK/own ,; s,setuid=vbofs,setuid=$user,; s,/home/ada,$WORK/home,g" >"$WORK/lines"
	assert_eq "$(grep -c . "$WORK/lines")" 4 lines
	assert_eq "$(awk 'NF && NF != 6' "$WORK/lines" | wc -l)" 0 'lines that have not six fields'
	mapfile -t line < <(grep . "$WORK/lines")
	fstab "${line[@]}"
	# for the group backup
	mount "$WORK/m"
	assert_eq "$(setpriv --reuid=$NOBODY --regid=34 --clear-groups ls "$WORK/m/orgs" | wc -l)" 2 'organizations for the group'
	assert_fails as_nobody ls "$WORK/m/orgs"
	umount_dir "$WORK/m"
	# at boot, by a user without rights
	run mount -a
	assert_eq "$STATUS" 0 "status of mount -a ($OUT)"
	pid=$(daemon_of "$WORK/own")
	assert_match "$(cat "/proc/$pid/status")" $'\nUid:\t65534\t65534\t65534\t65534\n' 'whose program it is'
	assert_eq "$(as_nobody ls "$WORK/own/orgs" | wc -l)" 2 'organizations for that user'
	mounted "$WORK/m" && fail 'mount -a has mounted what is noauto'
	umount_dir "$WORK/own"
	# the tenant: nothing starts, stops or is saved
	mount "$WORK/t"
	assert_eq "$(ls "$WORK/t/orgs" | wc -l)" 1 'organizations of the tenant'
	assert_errno EROFS write "$(echo "$WORK"/t/orgs/*)/explore" 'now\n'
	umount_dir "$WORK/t"
	# by a user of his own
	run as_nobody mount "$WORK/home/vbo"
	assert_eq "$STATUS" 0 "status of the user's mount ($OUT)"
	assert_eq "$(as_nobody ls "$WORK/home/vbo/orgs" | wc -l)" 2 'organizations for the user'
	run as_nobody umount "$WORK/home/vbo"
	assert_eq "$STATUS" 0 "status of the user's umount ($OUT)"
}

# autofs: mounted by the first look, with the map as it stands.
test_autofs() {
	local daemon=/usr/sbin/automount pid
	need_root
	[ -x $daemon ] || skip 'no autofs here'
	grep -qw autofs /proc/filesystems && [ -e /dev/autofs ] || skip 'the kernel has no autofs'
	with_helpers
	sim
	mkdir -p "$WORK/etc" "$WORK/vbo"
	install -m 600 "$CREDS" "$WORK/etc/vbo.cred"
	install -m 644 "$CAFILE" "$WORK/etc/vbo.pem"
	sed "s,/etc/vbofs,$WORK/etc,g; s,https\\\\://vbo.example\\\\:4443,${URL//:/\\\\:}," "$EXAMPLES/autofs/auto.vbo" >"$WORK/etc/auto.vbo"
	sed "s,^/vbo ,$WORK/vbo ,; s,/etc/auto.vbo,$WORK/etc/auto.vbo," "$EXAMPLES/autofs/vbo.autofs" >"$WORK/etc/auto.master"
	# in a process group of its own: for the daemon's the kernel mounts nothing
	setsid $daemon --foreground --verbose --pid-file "$WORK/pid" "$WORK/etc/auto.master" >"$WORK/autofs.log" 2>&1 &
	pid=$!
	eventually 20 mounted "$WORK/vbo"
	run ls "$WORK/vbo/contoso/orgs"
	assert_eq "$(grep -c . <<<"$OUT")" 2 "organizations ($OUT; $(cat "$WORK/autofs.log"))"
	assert_match "$(mount_line "$WORK/vbo/contoso")" "fuse.vbofs $URL" 'mount table'
	umount "$WORK/vbo/contoso"
	kill -TERM $pid
	wait $pid || :
	! mounted "$WORK/vbo" || umount "$WORK/vbo"
}

# container: as process 1 of its own pid namespace, with a container's capabilities and the ones that the
# Containerfile adds, the login as a secret: mounts, and ends when it is told to.
test_container() {
	local caps=-all,+chown,+dac_override,+fowner,+fsetid,+kill,+net_bind_service,+setfcap,+setgid,+setpcap,+setuid,+sys_chroot
	need_root
	assert_match "$(cat "$EXAMPLES/container/Containerfile")" '--device /dev/fuse --cap-add SYS_ADMIN ' 'what it asks for'
	assert_match "$(cat "$EXAMPLES/container/Containerfile")" 'ENTRYPOINT \["/usr/bin/vbofs", "-f"\]' 'what it runs'
	sim
	mkdir "$WORK/secrets" "$WORK/m" "$WORK/.vbofs/1"
	install -m 400 "$CREDS" "$WORK/secrets/vbofs"
	install -m 444 "$CAFILE" "$WORK/secrets/vbo.pem"
	V=$WORK/.vbofs/1 M=$WORK/m
	echo 'vbofs as process 1' >"$V/what"
	echo "$M" >"$V/mountpoint"
	start "$V" "$V/stdout" unshare --pid --fork --kill-child setpriv --bounding-set=$caps,+sys_admin \
		--inh-caps=-all -- env -i "CREDENTIALS_DIRECTORY=$WORK/secrets" \
		"$BUILD/vbofs" -f -o "cafile=$WORK/secrets/vbo.pem,allow_other" "$URL" "$M"
	eventually 30 test -e "$M/.vbofs/version"
	assert_match "$(cat "/proc/$(daemon_of "$M")/status")" $'NSpid:\t[0-9]+\t1\n' 'its pid'
	cat "$M/.vbofs/version" >/dev/null
	kill -TERM "$(daemon_of "$M")"
	ended "$M"
}

# container/pod.yaml: parses, and its two containers share the mount as the kernel wants it; its arguments mount.
test_pod() {
	"$PY" -c 'import yaml' 2>/dev/null || skip 'no python3-yaml here'
	"$PY" - "$EXAMPLES/container/pod.yaml" >"$WORK/args" <<-'END' || fail 'pod.yaml'
		import sys, yaml
		secret, pod = yaml.safe_load_all(open(sys.argv[1]))
		assert secret['kind'] == 'Secret' and 'vbofs' in secret['stringData']
		spec = pod['spec']
		volumes = {v['name'] for v in spec['volumes']}
		fs, worker = spec['containers']
		for c in (fs, worker):
		    assert {m['name'] for m in c['volumeMounts']} <= volumes
		shared = [m for m in fs['volumeMounts'] if m['name'] == 'backups'][0]
		assert shared['mountPropagation'] == 'Bidirectional' and fs['securityContext']['privileged'] is True
		assert [m for m in worker['volumeMounts']][0]['mountPropagation'] == 'HostToContainer'
		assert fs['args'][-1] == shared['mountPath']
		login = [v for v in spec['volumes'] if v['name'] == 'login'][0]['secret']
		assert login['secretName'] == secret['metadata']['name'] and login['defaultMode'] & 0o77 == 0
		print(fs['args'][1])
	END
	sim
	mkdir "$WORK/login"
	install -m 400 "$CREDS" "$WORK/login/vbofs"
	CREDS='' CAFILE_OF_SIM=$CAFILE
	vbofs --check -o "$(sed "s,/login/vbo.pem,$CAFILE_OF_SIM,; s/,uid=1000//" "$WORK/args")" "$URL" || :
	assert_match "$ERR" credentials 'without the login'
	CREDENTIALS_DIRECTORY=$WORK/login vbofs --check -o "$(sed "s,/login/vbo.pem,$CAFILE_OF_SIM," "$WORK/args")" "$URL"
	assert_eq "$STATUS" 0 "status of --check with the pod's options ($ERR)"
}

# samba/vbofs.conf: testparm takes it, as it stands.
test_samba() {
	command -v testparm >/dev/null || skip 'no testparm here'
	printf '[global]\n\tworkgroup = TEST\n\tprivate dir = %s\n\tlock directory = %s\n\tinclude = %s\n' "$WORK" "$WORK" \
		"$EXAMPLES/samba/vbofs.conf" >"$WORK/smb.conf"
	run testparm -s --section-name=backups "$WORK/smb.conf"
	assert_eq "$STATUS" 0 "status ($OUT)"
	assert_no_match "$OUT" '[Uu]nknown|[Ii]gnoring|ERROR|Global parameter' 'what testparm said'
	assert_match "$OUT" 'path = /media/vbo/sessions' 'the share'
	assert_match "$OUT" 'veto files = /.index.tsv/explore/stop/search' 'the share'
}

# samba/vbofs.conf, by a real smbd: a member of the group reads what is in a session, and changes nothing.
test_samba_serves() {
	local port what
	need_root
	command -v smbd >/dev/null && command -v smbclient >/dev/null || skip 'no samba and smbclient here'
	id backup >/dev/null 2>&1 || skip 'no user backup here'
	sim
	mnt -o "allow_other,gid=$(id -g backup),umask=027"
	some_document
	explore 'latest type=veod'
	chmod 711 "${WORK%/*}" "$WORK"
	mkdir -p "$WORK/samba/rpc"
	port=$("$PY" -ISc 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	{
		printf '[global]\n\tsmb ports = %s\n\tinterfaces = lo\n\tbind interfaces only = yes\n' "$port"
		printf '\tpassdb backend = smbpasswd:%s/samba/users\n\tload printers = no\n\tdisable spoolss = yes\n' "$WORK"
		printf "\t%s = $WORK/samba\n" 'private dir' 'lock directory' 'state directory' 'cache directory' 'pid directory'
		printf '\tncalrpc dir = %s/samba/rpc\n\tlog file = %s/samba/log\n' "$WORK" "$WORK"
		sed "s,/media/vbo,$M," "$EXAMPLES/samba/vbofs.conf"
	} >"$WORK/smb.conf"
	printf 'secret\nsecret\n' | smbpasswd -c "$WORK/smb.conf" -a -s backup >/dev/null 2>&1
	# in a process group of its own, which it ends with it
	smbd --foreground --configfile "$WORK/smb.conf" </dev/null >"$WORK/said" 2>&1 &
	share() {
		smbclient --configfile "$WORK/smb.conf" -p "$port" -U backup%secret //127.0.0.1/backups -c "$1"
	}
	eventually 30 share ls
	run share "cd $SID; ls"
	assert_match "$OUT" $'\n  state  ' 'the session'
	assert_no_match "$OUT" $'\n  (stop|search|json|links) ' 'the session'
	run share "get \"$SID/onedrives/$OWNER/$DOCUMENT\" $WORK/got"
	assert_eq "$(sha256sum <"$WORK/got")" "$SUM" "the document ($OUT)"
	for what in "put $WORK/got x" "del $SID/state" "mkdir x"; do
		run share "$what"
		assert_match "$OUT" NT_STATUS_ACCESS_DENIED "$what"
	done
	run share "get $SID/stop $WORK/stop"
	assert_match "$OUT" NT_STATUS_OBJECT_NAME_NOT_FOUND 'a control file'
	kill $!
	wait $! || :
	# it is let go of
	eventually 20 fusermount3 -u "$M"
	ended "$M"
}

# ansible/restore.yml: restores a document with nothing but shell, slurp and stat; says why where it cannot.
test_ansible() {
	assert_eq "$(grep -oE '^ +(ansible\.builtin\.[a-z]+):' "$EXAMPLES/ansible/restore.yml" | tr -d ' ' | sort -u | tr -d '\n')" \
		'ansible.builtin.shell:ansible.builtin.slurp:ansible.builtin.stat:' 'modules'
	command -v ansible-playbook >/dev/null || skip 'no ansible here: the modules were checked, it was not run'
	sim
	mnt
	some_document
	mkdir "$WORK/out"
	play() {
		env ANSIBLE_NOCOLOR=1 ANSIBLE_LOCALHOST_WARNING=false ansible-playbook -i localhost, -c local \
			"$EXAMPLES/ansible/restore.yml" -e "{\"mount\": \"$M\", \"organization\": \"$NAME\", \"when\": \"$1\",
			\"owner\": \"$OWNER\", \"document\": \"$DOCUMENT\", \"destination\": \"$WORK/out\",
			\"ansible_python_interpreter\": \"$PY\"}"
	}
	run play latest
	assert_eq "$STATUS" 0 "status ($OUT)"
	assert_eq "$(sha256sum <"$WORK/out/${DOCUMENT##*/}")" "$SUM" 'the document'
	eventually 10 all_stopped
	run play rubbish
	assert_ne "$STATUS" 0 'status with a time that is none'
	assert_match "$OUT" "orgs/$ORG/explore: EINVAL: " 'why'
}
