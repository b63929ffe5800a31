# What nobody is to see, and what nobody is to be led to.  src/man/vbofs-security.7 names these cases.
# TIMEOUT=100
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016

NOBODY=65534

# ---- an ordinary user, also where the tests run as root ---------------------------

AS=()
[ "$(id -u)" != 0 ] || AS=(setpriv --reuid=$NOBODY --regid=$NOBODY --clear-groups --)

as_nobody() {
	"${AS[@]}" "$@"
}

comm_is() {
	[ "$(cat "/proc/$1/comm")" = "$2" ]
}

# A directory H of that user's, with the login of the simulator in it.
home_of_nobody() {
	H=$WORK/home
	mkdir "$H" "$H/m" "$H/spool"
	cp "$CREDS" "$H/login"
	[ -z "$CAFILE" ] || cp "$CAFILE" "$H/ca.pem"
	chmod 600 "$H/login"
	if [ "$(id -u)" = 0 ]; then
		chmod 711 "${WORK%/*}" "$WORK"
		chown -R $NOBODY:$NOBODY "$H"
	fi
	LOGIN=credentials=$H/login${CAFILE:+,cafile=$H/ca.pem}
}

# Where /dev/fuse is root's alone this case gets one with the usual mode, and the usual fuse.conf.
ordinary_fuse() {
	need_fuse
	: >"$WORK/fuse.conf"
	if [ "$(id -u)" = 0 ]; then
		mknod -m 666 "$WORK/fuse" c 10 229 && mount --bind "$WORK/fuse" /dev/fuse ||
			skip 'cannot give an ordinary user a /dev/fuse here'
		[ ! -e /etc/fuse.conf ] || mount --bind "$WORK/fuse.conf" /etc/fuse.conf
	fi
	as_nobody "$PY" -IS -c 'open("/dev/fuse", "r+b", 0)' 2>"$WORK/out" || skip "an ordinary user cannot open /dev/fuse"
}

plain_build() {
	case $BUILD in
	*-asan | *-tsan) skip 'a sanitizer looks into the memory itself' ;;
	esac
}

# vbofs --check of that user, signed in and waiting for an answer that does not come; sets CHECK.
hanging_check() {
	fault 'GET:*/organizations:delay-before=60000'
	(trap - ERR; cd "$H" && exec env "${AS[@]}" "$BUILD/vbofs" --check -o "$LOGIN" "$URL") >"$WORK/out" 2>&1 &
	CHECK=$!
	eventually 20 seen 1
	eventually 10 comm_is "$CHECK" vbofs
}

end_check() {
	kill "$CHECK"
	wait "$CHECK" 2>/dev/null || :
}

# ---- the process ------------------------------------------------------------------

# No other process of the same user sees its memory, environment or files; of an ordinary one all of that is to be seen.
test_memory_is_hidden() {
	local line
	plain_build
	sim
	home_of_nobody
	env "${AS[@]}" sleep 100 &
	eventually 10 comm_is $! sleep
	assert_eq "$(as_nobody "$PY" -IS "$SRC/tests/mount/peek.py" $! | grep -v ' OK$' || :)" '' 'ways that are shut to any process'
	kill $!
	hanging_check
	while read -r line; do
		assert_match "$line" ' (EACCES|EPERM)$' 'what was to be seen'
	done < <(as_nobody "$PY" -IS "$SRC/tests/mount/peek.py" "$CHECK")
	end_check
}

# Killed by a fault it leaves no core, where another program does.
test_no_core() {
	local status=0
	plain_build
	sim
	home_of_nobody
	ulimit -c unlimited || skip 'cores are not allowed here'
	(trap - ERR; cd "$H" && exec env "${AS[@]}" bash -c 'kill -SEGV $$') 2>/dev/null || status=$?
	assert_eq $status 139 'status of a program that is killed'
	if [ "$(cat /proc/sys/kernel/core_pattern)" = core ]; then
		rm "$H"/core* || fail 'no program leaves a core here'
	fi
	hanging_check
	kill -SEGV "$CHECK"
	status=0
	wait "$CHECK" 2>/dev/null || status=$?
	assert_eq $status 139 'status of vbofs'
	assert_eq "$(find "$H" -name 'core*')" '' cores
}

# A program that mounts nothing, or is root, gives up becoming more; an ordinary user's needs fusermount3.
test_no_new_privileges() {
	sim
	home_of_nobody
	hanging_check
	assert_match "$(grep NoNewPrivs "/proc/$CHECK/status")" '1$' 'vbofs --check'
	end_check
	nofault
	mnt
	assert_match "$(grep NoNewPrivs "/proc/$VPID/status")" "$([ "$(id -u)" = 0 ] && echo 1 || echo 0)\$" 'a mount'
	# it still takes its own mount down
	kill -TERM "$VPID"
	ended "$M"
}

# Position independent, relocations read-only at once, stack and libc calls guarded, no stack that runs code.
test_hardened_binary() {
	local program
	plain_build
	need readelf
	for program in vbofs vbosim; do
		readelf -hlWd --dyn-syms "$BUILD/$program" >"$WORK/elf"
		grep -q 'Type: *DYN' "$WORK/elf" || fail "$program is not position independent"
		grep -q 'FLAGS_1.*PIE' "$WORK/elf" || fail "$program is not marked as PIE"
		grep -q 'GNU_RELRO' "$WORK/elf" || fail "$program has no RELRO"
		grep -q 'FLAGS_1.*NOW' "$WORK/elf" || fail "$program binds its symbols late"
		grep -q '__stack_chk_fail' "$WORK/elf" || fail "$program has no stack protector"
		grep -qE '__(vs?n?printf|f?printf|snprintf|memcpy|read)_chk' "$WORK/elf" || fail "$program is not fortified"
		assert_match "$(grep GNU_STACK "$WORK/elf")" ' RW  ' "$program's stack"
		assert_no_match "$(cat "$WORK/elf")" 'RPATH|RUNPATH|TEXTREL' "$program"
	done
}

# ---- other users ------------------------------------------------------------------

# allow_other is for those whom the administrator of the host allows it.
test_allow_other_needs_the_right() {
	local status=0
	sim
	home_of_nobody
	ordinary_fuse
	as_nobody "$BUILD/vbofs" -o "$LOGIN,allow_other" "$URL" "$H/m" >"$WORK/out" 2>&1 || status=$?
	assert_ne $status 0 'status of a mount with allow_other'
	assert_match "$(cat "$WORK/out")" 'allow_other' 'what it said'
	! mounted "$H/m" || fail mounted
	# the same without it
	as_nobody "$BUILD/vbofs" -o "$LOGIN" "$URL" "$H/m"
	assert_eq "$(as_nobody ls "$H/m/orgs" | wc -l)" 2 organizations
	as_nobody fusermount3 -u "$H/m"
}

# Without being asked to, vbofs lets nobody else read anything.
test_modes() {
	sim --sessions 2
	mnt
	explore
	assert_eq "$(find "$M" ! -type l -perm /007 -printf '%p ')" '' 'open to others'
	assert_eq "$(find "$M" -type f -perm /0100 -printf '%p ')" '' 'to be run'
	assert_eq "$(find "$M" -perm /0222 ! -perm 600 ! -type l -printf '%p ')" '' 'to be written by more than the owner'
	assert_eq "$(find "$M" -maxdepth 3 -name explore -o -maxdepth 3 -name stop -o -name refresh | xargs stat -c %a | sort -u)" 600 \
		'control files'
}

# What is saved lies in files without a name, for this user alone.
test_spool_has_no_names() {
	local file fd
	sim
	mkdir "$WORK/spool"
	mnt -o "api=v8,spool=$WORK/spool"
	explore 'latest type=veod'
	file=$(find "$M/sessions/$SID/onedrives" -type f ! -name .index.tsv -size +16k | head -n 1)
	exec {fd}<"$file"
	head -c 1 <&"$fd" >/dev/null
	assert_eq "$(ls -A "$WORK/spool")" '' 'names in the spool'
	assert_eq "$(find "/proc/$VPID/fd" -lname "$WORK/spool/*(deleted)" 2>/dev/null | wc -l)" "$([ "$(id -u)" = 0 ] && echo 1 || echo 0)" 'files in the spool'
	if [ "$(id -u)" = 0 ]; then
		assert_eq "$(find "/proc/$VPID/fd" -lname "$WORK/spool/*(deleted)" -exec stat -Lc %a {} +)" 600 'its mode'
	fi
	exec {fd}<&-
}

# ---- the server --------------------------------------------------------------------

# STATUS STEP: start that server (elsewhere.py); sets URL, THERE and ASKED.
elsewhere() {
	local d=$WORK/.elsewhere
	sim --no-tls
	ASKED=$d/asked
	mkdir "$d"
	mkfifo "$d/ready"
	start "$d" "$d/ready" "$PY" -IS "$SRC/tests/mount/elsewhere.py" "$ASKED" "$@"
	exec {READY}<"$d/ready"
	read -r -t 30 -u "$READY" URL THERE || fail "elsewhere.py did not start: $(cat "$d/stderr")"
}

elsewhere_ends() {
	kill "$(cat "$WORK/.elsewhere/pid")"
	eventually 10 test -e "$WORK/.elsewhere/exit"
	rm -r "$WORK/.elsewhere"
}

assert_nothing_there() {
	assert_eq "$(grep '^there' "$ASKED" || :)" '' 'what the other server was told'
}

# A redirect is refused, whatever it is an answer to: the other server hears nothing.
# each: 301 302 303 307 308
test_redirects() {
	allow_log .
	elsewhere "$1" token
	mkdir "$WORK/m"
	assert_refused "$1" -o "credentials=$CREDS,api=v8" "$URL" "$WORK/m"
	assert_nothing_there
	elsewhere_ends
	elsewhere "$1" get
	mnt -o api=v8 "$URL"
	assert_errno EIO list "$M/orgs"
	assert_match "$(last_error)" 'redirect' last_error
	assert_nothing_there
	unmount
	elsewhere_ends
	elsewhere "$1" post
	mnt -o api=v8 "$URL"
	assert_errno EIO write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" 'redirect' last_error
	assert_eq "$(grep -c '^asked POST .*/explore' "$ASKED")" 1 POSTs
	assert_nothing_there
}

# Links and pages that point to another server are shown, and never followed.
test_links_elsewhere() {
	elsewhere 0 none
	mnt -o api=v8 "$URL"
	assert_eq "$(ls "$M/orgs" | wc -l)" 3 'organizations of both pages'
	assert_match "$(cat "$O/links/self")" "^$THERE/" 'the link'
	explore
	ls -lR "$M" >/dev/null
	find "$M/orgs" "$M/sessions" -type f ! -name explore ! -name stop -exec cat {} + >/dev/null
	ls "$M/sessions/$SID/mailboxes" >/dev/null
	echo x >"$M/sessions/$SID/stop"
	unmount
	assert_nothing_there
	assert_num "$(grep -c '^asked' "$ASKED")" -ge 5 'requests'
}

# A proxy of the environment is not asked for a server on this machine.
test_proxy_of_the_environment() {
	elsewhere 0 none
	mnt -o api=v8 -e "http_proxy=$THERE" -e "https_proxy=$THERE" -e "all_proxy=$THERE" -e "ALL_PROXY=$THERE" "$URL"
	assert_eq "$(ls "$M/orgs" | wc -l)" 3 organizations
	assert_nothing_there
}

# Another certificate than the one that was trusted gets neither password nor token, also later on.
test_impostor() {
	local first
	allow_log .
	sim
	first=$CAFILE
	wire
	mnt -o timeout=2 "$URL"
	ls "$M/orgs" >/dev/null
	cut_wire
	sim
	WIRE_PORT=${URL##*:}
	WIRE_PORT=$(grep -oE '[0-9]+ *$' <<<"$(grep -F " $M " /proc/self/mountinfo | grep -oE '127.0.0.1:[0-9]+')")
	wire
	refresh
	assert_errno EKEYREJECTED list "$M/sessions"
	assert_match "$(last_error)" 'certificate|SSL|TLS' last_error
	assert_ne "$first" "$CAFILE" 'the certificates'
	assert_requests 0
}

# Ids and names of every kind: no link leads out of the mount.
test_links_stay_inside() {
	local n=0 id link
	allow_log "cannot list restore points"   # an organization by such an id has none
	cat >"$WORK/names" <<-'END'
		"../../../etc/passwd"
		"/etc/passwd"
		".."
		"."
		"a/../../b"
		"%2e%2e"
		"\n/etc"
	END
	sim --names "$WORK/names" --sessions 4
	mnt
	ls "$M/orgs" >/dev/null
	for id in '../../../../../../etc' '/etc' '..' '.' 'a/b' $'\n' '%2E%2E' '~'; do
		link=$(find "$M/orgs" -mindepth 1 -maxdepth 1 -printf '%f\n' | sed -n "$((n + 1))p")
		case $link in *-*-*) ctl POST "/_sim/organization/$link" "$(jq -n --arg id "$id" '{id: $id}')" >/dev/null ;; esac
		n=$((n + 1))
	done
	refresh
	eventually 5 grep -qr '\.\./etc' "$M/orgs" --include=id
	"$PY" - "$M" <<-'END'
		import os, sys
		m = os.path.realpath(sys.argv[1])
		links = 0
		for where, directories, files in os.walk(m):
		    for name in directories + files:
		        path = os.path.join(where, name)
		        if os.path.islink(path):
		            links += 1
		            to = os.path.realpath(path)
		            if not to.startswith(m + '/'):
		                sys.exit('%r leads to %r' % (path, to))
		            if os.path.isabs(os.readlink(path)):
		                sys.exit('%r is absolute' % path)
		if links < 8:
		    sys.exit('only %d links' % links)
	END
}

# What a server says cannot act on a terminal: not in names, not in messages, not in the log.
test_terminals() {
	local seen=$WORK/seen
	allow_log .
	elsewhere 400 post
	mnt -o api=v8 "$URL"
	{
		find "$M" -printf '%p\n%l\n' | sed "s|$M||g"
		echo "$TS" >"$O/explore" || :
		cat "$M/.vbofs/last_error"
		printf 'now \e]0;pwned\a\n' >"$O/explore" || :
		cat "$M/.vbofs/last_error" "$M/.vbofs/log" "$V/stderr"
	} >"$seen" 2>&1
	assert_match "$(cat "$seen")" 'answered 400 .*pwned' 'the server in the log'
	assert_match "$(cat "$seen")" 'explore word .*pwned' 'the user in the log'
	assert_match "$(cat "$seen")" '/by-name/.*pwned' 'the name'
	"$PY" - "$seen" <<-'END'
		import sys, unicodedata
		for number, line in enumerate(open(sys.argv[1], encoding='utf-8', newline='\n'), 1):
		    for c in line.rstrip('\n'):
		        if unicodedata.category(c) in ('Cc', 'Zl', 'Zp') or c in '\u202e\u202d\u2066\u2067\u2068':
		            sys.exit('line %d holds %r: %r' % (number, c, line))
	END
	assert_eq "$(grep -c '^log: forged' "$seen" || :)" 0 'forged lines'
}

# ---- the threat model -----------------------------------------------------------------

# Every case that vbofs-security(7) names exists.
test_promises_have_tests() {
	local name n=0
	"$SRC/tests/run" --list "$BUILD" | sed 's/\.[a-z0-9=:/-]*$//' | sort -u >"$WORK/cases"
	while read -r name; do
		grep -qxF "$name" "$WORK/cases" || fail "vbofs-security(7) names $name, and there is no such case"
		n=$((n + 1))
	done < <(grep -E '^\.(Pq )?Li ' "$SRC/src/man/vbofs-security.7" | grep -oE '[a-z0-9]+/[a-z0-9_]+' | sort -u)
	assert_num "$n" -ge 20 'cases named'
}
