# The command line: what is wrong is said in one clear line, with a non-zero status, before detaching.
# shellcheck shell=bash source=tests/mount/lib.sh

# --version, --help and --list-tree answer on stdout and need nothing.
test_information() {
	vbofs --version
	assert_eq "$STATUS" 0
	assert_match "$OUT" '^vbofs [0-9]+\.[0-9]+\.[0-9]+'
	vbofs -V
	assert_match "$OUT" '^vbofs [0-9]'
	vbofs --help
	assert_eq "$STATUS" 0
	assert_eq "$ERR" '' 'stderr of --help'
	local word
	for word in credentials= cafile= pinnedpubkey= insecure api= timeout= strict-time tenant server-tz= \
		explore-timeout= stop-on-unmount xattr --check --list-tree allow_other; do
		assert_match "$OUT" "$word" --help
	done
	vbofs --list-tree
	assert_eq "$STATUS" 0
	for word in explore by-name sessions state stop links README .vbofs last_error refresh latest type= \
		search .versions .html subject:; do
		assert_match "$OUT" "$word" --list-tree
	done
}

# --list-tree and the mount agree about what there is.
test_list_tree_is_true() {
	local word
	sim
	mnt
	explore
	vbofs --list-tree
	while read -r word; do
		assert_match "$OUT" "$word" '--list-tree'
	done < <(ls -A "$M"; ls -A "$M/.vbofs"; echo json; echo links; echo explore; echo stop; echo org)
}

# --check signs in, counts the organizations and names the version; no mountpoint.
# each: v1 v8 auto
test_check() {
	sim --orgs 45
	vbofs --check -o "$(login),api=$1" "$URL"
	assert_eq "$STATUS" 0 "status ($ERR)"
	assert_match "$OUT" '45'
	[ "$1" = auto ] && assert_match "$OUT" v8 || assert_match "$OUT" 'v[18]'
	assert_eq "$ERR" '' stderr
}

# --check fails where a mount would.
test_check_fails() {
	sim
	sed 's/^password=.*/password=wrong/' "$CREDS" >"$WORK/login"
	chmod 600 "$WORK/login"
	vbofs --check -o "credentials=$WORK/login,cafile=$CAFILE" "$URL"
	assert_ne "$STATUS" 0 status
	assert_eq "$(wc -l <"$WORK/.err")" 1 'lines on stderr'
	vbofs --check -o "$(login),api=v9" "$URL"
	assert_ne "$STATUS" 0 status
}

# A credentials file that is missing, readable by others, a directory or malformed.
test_credentials() {
	sim
	mkdir "$WORK/m" "$WORK/dir"
	local options="cafile=$CAFILE" mode text
	assert_refused 'no such file|not exist' -o "$options,credentials=$WORK/none" "$URL" "$WORK/m"
	assert_refused "$WORK/dir" -o "$options,credentials=$WORK/dir" "$URL" "$WORK/m"
	for mode in 644 640 604 622 660; do
		install -m "$mode" "$CREDS" "$WORK/open"
		assert_refused "$WORK/open.*(600|mode|chmod)" -o "$options,credentials=$WORK/open" "$URL" "$WORK/m"
	done
	while IFS= read -r text; do
		printf '%b' "$text" >"$WORK/bad"
		chmod 600 "$WORK/bad"
		assert_refused "$WORK/bad|username|password|line" -o "$options,credentials=$WORK/bad" "$URL" "$WORK/m"
		assert_no_match "$ERR" 's3cret' 'the message'
	done <<-'END'

		rubbish
		username=admin\\n
		password=s3cret\\n
		username=admin\\npassword=s3cret\\ncolour=red\\n
		username=\\npassword=s3cret\\n
		user name s3cret\\n
		\\x00\\xff\\n
	END
	head -c 100000 /dev/zero | tr '\0' x >"$WORK/big"
	chmod 600 "$WORK/big"
	assert_refused "$WORK/big" -o "$options,credentials=$WORK/big" "$URL" "$WORK/m"
}

# Forms of a credentials file that are right: comments, blank lines, CR, spaces around the key, domain.
test_credentials_forms() {
	local user password
	sim
	user=$(sed -n 's/^username=//p' "$CREDS")
	password=$(sed -n 's/^password=//p' "$CREDS")
	printf '# login of the simulator\n\nusername=%s\r\n  password = %s' "$user" "$password" >"$WORK/login1"
	printf 'password=%s\nusername=%s\n' "$password" "$user" >"$WORK/login2"
	sed -i "s/  password = /  password =/" "$WORK/login1"
	chmod 600 "$WORK"/login?
	CREDS=$WORK/login2
	mnt -d "$WORK/b"
	ls "$M/orgs" >/dev/null
	CREDS=$WORK/login1
	mnt -d "$WORK/a"
	ls "$M/orgs" >/dev/null
}

# $CREDENTIALS_DIRECTORY/vbofs, as systemd hands it over, is found without an option.
test_credentials_directory() {
	sim
	mkdir "$WORK/credentials" "$WORK/m"
	install -m 400 "$CREDS" "$WORK/credentials/vbofs"
	CREDENTIALS_DIRECTORY=$WORK/credentials vbofs --check -o "cafile=$CAFILE" "$URL"
	assert_eq "$STATUS" 0 "status ($ERR)"
	chmod 440 "$WORK/credentials/vbofs"
	CREDENTIALS_DIRECTORY=$WORK/credentials vbofs --check -o "cafile=$CAFILE" "$URL"
	assert_eq "$STATUS" 0 "status ($ERR)"
	chmod 444 "$WORK/credentials/vbofs"
	CREDENTIALS_DIRECTORY=$WORK/credentials assert_refused 'mode|chmod|read' -o "cafile=$CAFILE" "$URL" "$WORK/m"
}

# No credentials at all and no terminal to ask on.
test_no_credentials() {
	sim
	mkdir "$WORK/m"
	assert_refused 'credentials' -o "cafile=$CAFILE" "$URL" "$WORK/m"
}

# A wrong password or user.
# each: v1 v6 v8
test_wrong_password() {
	sim
	mkdir "$WORK/m"
	sed 's/^password=.*/password=wr0ng/' "$CREDS" >"$WORK/login"
	chmod 600 "$WORK/login"
	assert_refused 'sign|login|password|grant|denied|credential' -o "credentials=$WORK/login,cafile=$CAFILE,api=$1" "$URL" "$WORK/m"
	assert_no_match "$ERR" 'wr0ng' 'the message'
	sed 's/^username=.*/username=nobody/' "$CREDS" >"$WORK/login"
	assert_refused 'sign|login|password|grant|denied|credential' -o "credentials=$WORK/login,cafile=$CAFILE,api=$1" "$URL" "$WORK/m"
}

# A host that does not exist, a port where nobody listens, an address where nobody answers.
test_unreachable() {
	local port
	sim
	mkdir "$WORK/m"
	assert_refused 'nosuch.invalid|resolve' -o "$(login),timeout=5" https://nosuch.invalid:4443 "$WORK/m"
	port=$("$PY" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	assert_refused 'refused|connect|reach' -o "$(login),timeout=5" "https://127.0.0.1:$port" "$WORK/m"
}

# A server that accepts and never says a word: the deadline ends it.
test_silent_server() {
	local server port
	sim
	mkdir "$WORK/m"
	mkfifo "$WORK/port"
	"$PY" -c 'import socket, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(8)
print(s.getsockname()[1], flush=True)
time.sleep(600)' >"$WORK/port" &
	server=$!
	read -r port <"$WORK/port"
	assert_refused 'time|silent|answer' -o "$(login),timeout=2" "https://127.0.0.1:$port" "$WORK/m"
	assert_refused 'time|silent|answer' -o "credentials=$CREDS,timeout=2" "http://127.0.0.1:$port" "$WORK/m"
	kill "$server"
}

# Something answers that is no such server at all.
# each: status=404 status=500 html garbage empty redirect=https://127.0.0.1:1/
test_not_the_server() {
	sim --fault "*:/v*:$1"
	mkdir "$WORK/m"
	assert_refused '127.0.0.1|server|answer|version|api' -o "$(login),timeout=2" "$URL" "$WORK/m"
	assert_refused '127.0.0.1|server|answer|version|api|token|sign' -o "$(login),timeout=2,api=v8" "$URL" "$WORK/m"
}

# A version that the server does not have.
test_version_not_served() {
	sim --api v1,v2
	mkdir "$WORK/m"
	assert_refused 'v8' -o "$(login),api=v8" "$URL" "$WORK/m"
}

# Certificates: unknown ones are refused; so is the wrong host's.
test_untrusted_certificate() {
	local other
	sim
	other=$CAFILE
	sim
	mkdir "$WORK/m"
	assert_refused 'certificate|tls|ssl' -o "credentials=$CREDS" "$URL" "$WORK/m"
	assert_refused 'certificate|tls|ssl' -o "credentials=$CREDS,cafile=$other" "$URL" "$WORK/m"
	assert_refused "cafile|$WORK/none|certificate" -o "credentials=$CREDS,cafile=$WORK/none" "$URL" "$WORK/m"
	echo rubbish >"$WORK/rubbish.pem"
	assert_refused 'cafile|rubbish.pem|certificate' -o "credentials=$CREDS,cafile=$WORK/rubbish.pem" "$URL" "$WORK/m"
	assert_eq "$(requests 'oken')" 0 'passwords sent to a server that is not trusted'
	sim --cert-host elsewhere.example
	assert_refused 'certificate|host|name' -o "$(login)" "$URL" "$WORK/m"
}

# The fingerprint of the server's key, in curl's form.
pin() {
	need openssl
	"$PY" -c 'import ssl, sys; print(ssl.get_server_certificate(("127.0.0.1", int(sys.argv[1]))))' "$PORT" >"$WORK/pem"
	openssl x509 -pubkey -noout -in "$WORK/pem" | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
}

# pinnedpubkey: the right one mounts, a wrong one is refused although the certificate is trusted.
test_pinned() {
	local right wrong
	sim
	right=$(pin)
	mnt -o "pinnedpubkey=sha256//$right"
	ls "$M/orgs" >/dev/null
	unmount
	wrong=$(echo -n wrong | openssl dgst -sha256 -binary | base64)
	assert_refused 'pin|key|certificate' -o "$(login),pinnedpubkey=sha256//$wrong" "$URL" "$M"
	assert_refused 'pin|key' -o "$(login),pinnedpubkey=md5//$wrong" "$URL" "$M"
	assert_refused 'pin|key' -o "$(login),pinnedpubkey=rubbish" "$URL" "$M"
}

# insecure has to be typed, works, and warns.
test_insecure() {
	allow_log .
	sim
	CAFILE=''
	mnt -o insecure
	ls "$M/orgs" >/dev/null
	assert_match "$(cat "$V/stderr")" 'insecure|not verified|unverified|verif' 'the warning'
}

# http:// is for loopback only, unless insecure is typed; then it works.
test_http() {
	allow_log .
	sim --no-tls
	mkdir -p "$WORK/m"
	assert_refused 'http|https|insecure|loopback' -o "credentials=$CREDS,timeout=2" http://192.0.2.1:80 "$WORK/m"
	assert_refused 'http|https|insecure|loopback' -o "credentials=$CREDS,timeout=2" http://localhost.example.com:80 "$WORK/m"
	assert_refused 'http|https|insecure|loopback' -o "credentials=$CREDS,timeout=2" http://127.0.0.1.example.com:80 "$WORK/m"
	mnt "http://localhost:$PORT"
	ls "$M/orgs" >/dev/null
	unmount
	mnt "http://127.0.0.1:$PORT/"
	ls "$M/orgs" >/dev/null
}

# URLs that are none, or hold more than a server: refused; a login in the URL is never accepted or repeated.
test_urls() {
	local url
	sim
	mkdir "$WORK/m"
	for url in '' rubbish ftp://127.0.0.1/ https:// https://:4443 "https://127.0.0.1:port" "https://127.0.0.1:99999" \
		"$URL?x=y" "$URL#x" "file:///etc/passwd" "https://127.0.0.1:4443 x"; do
		assert_refused 'url|server|https' -o "$(login),timeout=2" "$url" "$WORK/m"
	done
	assert_refused 'url|login|password|credential' -o "$(login)" "https://admin:s3cret@127.0.0.1:$PORT" "$WORK/m"
	assert_no_match "$ERR" s3cret 'the message'
}

# The mountpoint: missing, a file, not given, already a mount of ours is left alone.
test_mountpoints() {
	sim
	assert_refused "$WORK/none|mountpoint|no such" -o "$(login)" "$URL" "$WORK/none"
	echo x >"$WORK/file"
	assert_refused "$WORK/file|not a directory" -o "$(login)" "$URL" "$WORK/file"
	vbofs -o "$(login)" "$URL"
	assert_ne "$STATUS" 0 'status without a mountpoint'
	vbofs
	assert_ne "$STATUS" 0 'status without arguments'
	assert_match "$ERR" '[Uu]sage|help' 'message without arguments'
	vbofs -o "$(login)" "$URL" "$WORK/file" "$WORK/file"
	assert_ne "$STATUS" 0 'status with too many arguments'
	assert_eq "$(requests 'oken 200')" "$(requests 'ogout')" 'logins that were not logged out'
}

# Unknown options and values that make no sense.
test_options() {
	local option
	sim
	mkdir "$WORK/m"
	for option in nosuchoption nosuch=1 api=v9 api=1 api= timeout=abc timeout=0 timeout=-1 timeout= timeout=99999999999999999999 \
		explore-timeout=x server-tz=bad server-tz=+25:00 server-tz= credentials= uid=x umask=9; do
		assert_refused "${option%%=*}" -o "$(login),$option" "$URL" "$WORK/m"
	done
	vbofs --nosuch "$URL" "$WORK/m"
	assert_ne "$STATUS" 0 'status with an unknown flag'
	! mounted "$WORK/m" || fail 'mounted'
}

# What mount(8), fstab and systemd add is ignored or understood.
test_options_of_mount() {
	sim
	mnt -o rw,nosuid,nodev,noexec,noatime,_netdev,nofail,noauto,user,x-systemd.automount,x-systemd.idle-timeout=10min
	ls "$M/orgs" >/dev/null
}

# Without -f it returns when mounted, and what it leaves behind is a daemon: no terminal, no open output, not in anybody's directory.
test_detaches() {
	local out pid
	need_fuse
	sim
	mkdir "$WORK/m"
	out=$("$BUILD/vbofs" -o "$(login)" "$URL" "$WORK/m" 2>&1)
	M=$WORK/m
	assert_eq "$out" '' 'what it said'
	mounted "$M" || fail 'not mounted when it returned'
	pid=$(daemon_pid "$M")
	assert_eq "$(wc -w <<<"$pid")" 1 'daemons'
	assert_ne "$(ps -o sid= -p "$pid" | tr -d ' ')" "$(ps -o sid= -p $$ | tr -d ' ')" 'its session'
	if [ "$(id -u)" = 0 ]; then
		assert_eq "$(readlink "/proc/$pid/cwd")" / 'its directory'
		assert_eq "$(readlink "/proc/$pid/fd/0" "/proc/$pid/fd/1" "/proc/$pid/fd/2" | sort -u)" /dev/null 'stdin, stdout, stderr'
	fi
	echo "$TS" >"$M/orgs/$ORG/explore"
	fusermount3 -u "$M"
	eventually 20 not kill -0 "$pid"
	! mounted "$M" || fail 'still mounted'
}

# Started with no standard streams at all, as some supervisors do: none of its own files takes their place.
# each: foreground detached
test_without_standard_streams() {
	local flag=() pid fd
	need_fuse
	need_root     # /proc/PID/fd of a program that cannot be dumped is root's
	sim
	mkdir "$WORK/m"
	M=$WORK/m
	[ "$1" = detached ] || flag=(-f)
	"$BUILD/vbofs" "${flag[@]}" -o "$(login)" "$URL" "$M" <&- >&- 2>&- &
	eventually 20 test -e "$M/.vbofs/version"
	pid=$(daemon_pid "$M")
	for fd in 0 1 2; do
		assert_eq "$(readlink "/proc/$pid/fd/$fd")" /dev/null "descriptor $fd"
	done
	echo "$TS" >"$M/orgs/$ORG/explore"
	fusermount3 -u "$M"
	eventually 20 not kill -0 "$pid"
}

# Whoever ends the first process before the mount is there ends it altogether.
test_first_process_killed() {
	local pid
	need_fuse
	sim
	mkdir "$WORK/m"
	fault 'POST:*/token:delay=3000'
	echo -15 >"$WORK/.allow_end"     # as the first process, so the second
	"$BUILD/vbofs" -o "$(login)" "$URL" "$WORK/m" 2>/dev/null &
	pid=$!
	eventually 10 seen 1
	kill "$pid"
	wait "$pid" || :
	eventually 10 no_daemon "$WORK/m"
	nap 3
	! mounted "$WORK/m" || fail 'mounted all the same'
}

no_daemon() {
	[ -z "$(daemon_pid "$1")" ]
}

# Detached, too, errors come before detaching, with the status.
test_detached_errors() {
	sim
	mkdir "$WORK/m"
	assert_refused 'api' -o "$(login),api=v9" "$URL" "$WORK/m"
	assert_eq "$(daemon_pid "$WORK/m")" '' 'daemons left'
}

# Relative paths of mountpoint and credentials count from where the command was typed.
test_relative_paths() {
	need_fuse
	sim
	mkdir "$WORK/m"
	cp -p "$CREDS" "$WORK/login"
	cp "$CAFILE" "$WORK/ca.pem"
	(cd "$WORK" && "$BUILD/vbofs" -o credentials=login,cafile=ca.pem "$URL" m)
	assert_eq "$(ls "$WORK/m/orgs" | wc -l)" 2 organizations
	fusermount3 -u "$WORK/m"
}

# A mountpoint with blanks, quotes, commas and letters of other scripts.
test_odd_mountpoint() {
	sim
	mnt -d "$WORK/a b, ü'\"x"
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
}

# No /dev/fuse: one clear line that names it.
test_no_dev_fuse() {
	need_root
	sim
	mkdir "$WORK/m" "$WORK/dev"
	local status=0 node
	for node in null zero full random urandom tty; do : >"$WORK/dev/$node"; done
	unshare --mount --propagation private bash -c '
		for n in null zero full random urandom tty; do mount --bind "/dev/$n" "$1/dev/$n"; done
		mount --rbind "$1/dev" /dev
		exec "$2" -o "$3" "$4" "$1/m"' - "$WORK" "$BUILD/vbofs" "$(login)" "$URL" \
		>"$WORK/out" 2>"$WORK/err" || status=$?
	assert_ne "$status" 0 status
	assert_match "$(cat "$WORK/err")" '/dev/fuse' message
	assert_eq "$(wc -l <"$WORK/err")" 1 'lines on stderr'
}

# The mount is known by a name that people recognise, and shows no secret.
test_mount_table() {
	local line
	sim
	mnt
	line=$(grep -F " $M " /proc/self/mountinfo)
	assert_match "$line" 'fuse.vbofs' type
	assert_match "$line" "127.0.0.1:$PORT" source
	assert_match "$line" 'nosuid' flags
	assert_match "$line" 'nodev' flags
	assert_no_match "$line" 'password|credentials'
	assert_match "$(df "$M" | tail -n 1)" "$M" df
}
