# What the cases of tests/mount are written with.  bash; sourced by tests/run,
# which also gives BUILD, SRC and WORK, takes everything down afterwards and
# judges the daemons that were started here.
# shellcheck shell=bash disable=SC2034
#
#   sim [OPTION...]         start a simulator; sets URL CAFILE CREDS TENANT SIM JOURNAL PORT
#   mnt [-d DIR] [-o OPTS] [-e NAME=VALUE] [-x FLAG] [URL]
#                           mount it; sets M (the mountpoint) VPID V (its directory)
#   unmount [DIR]           unmount; vbofs has to end with 0
#   fault SPEC...  nofault  make the simulator misbehave, and behave again
#   ctl METHOD PATH [BODY]  the simulator's controls
#   requests [ERE]          how many requests it got, of those journal lines that match
#   journal_mark, requests_since [ERE]       the same, from here on
#   assert_*, eventually, skip, need_root, need_user, allow_log: see below

ORG=380d7caf-6294-4a33-b50a-b8aeb13af58c     # the simulator's first organization, always there
TS='2017.06.26 22:07:39'                     # the API reference's own example
PY=/usr/bin/python3
SIMS=0 MNTS=0 MARK=0

# What a change of the tree is refused with; the kernel tells an ordinary user EACCES first.
REFUSED=EPERM,EROFS
[ "$(id -u)" = 0 ] || REFUSED+=,EACCES

# ---- verdicts -----------------------------------------------------------------

begin_case() {
	mkdir -p "$WORK/.sim" "$WORK/.vbofs"
	mkfifo "$WORK/.never"     # opened by us, written by nobody: reading it takes as long as it may
	exec {NEVER}<>"$WORK/.never"
	trap 'echo "${BASH_SOURCE[0]##*/}:$LINENO: status $?: $BASH_COMMAND" >&2' ERR
}

fail() {
	local i
	echo "failed: $*"
	for ((i = 1; i < ${#FUNCNAME[@]} - 1; i++)); do
		echo "  at ${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]} (${FUNCNAME[i]})"
	done
	trap - ERR
	exit 1
} >&2

skip() {
	echo "$*" >"$WORK/.skip"
	trap - ERR
	exit 77
}

need_root() {
	[ "$(id -u)" = 0 ] || skip 'needs root'
}

need_user() {
	[ "$(id -u)" != 0 ] || skip 'needs an ordinary user (VBOFS_TEST_USER=name)'
}

need_fuse() {
	(: <>/dev/fuse) 2>/dev/null || skip 'cannot open /dev/fuse: it needs to be readable and writable here'
}

need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || fail "'$tool' is not installed (tests/packages)"
	done
}

# Lines on stderr of the daemons that match one of these are in order in this case.
allow_log() {
	printf '%s\n' "$@" >>"$WORK/.allow_log"
}

assert_eq() {
	[ "$1" = "$2" ] || fail "${3:-values}: expected '$2', got '$1'"
}

assert_ne() {
	[ "$1" != "$2" ] || fail "${3:-values}: both are '$1'"
}

# TEXT ERE [WHAT]
assert_match() {
	[[ $1 =~ $2 ]] || fail "${3:-text}: expected something like '$2', got '$1'"
}

assert_no_match() {
	[[ ! $1 =~ $2 ]] || fail "${3:-text}: '$2' must not be in '$1'"
}

# NUMBER OPERATOR NUMBER [WHAT], operators of test(1)
assert_num() {
	test "$1" "$2" "$3" || fail "${4:-number}: expected $2 $3, got $1"
}

# The command fails by itself, not by a signal or because it is missing.
assert_fails() {
	local status=0
	"$@" >"$WORK/.out" 2>&1 || status=$?
	[ $status != 0 ] || fail "succeeded: $*"
	[ $status -lt 124 ] || fail "status $status: $*: $(cat "$WORK/.out")"
}

# ERRNO[,ERRNO...] OPERATION ARGUMENT...: one system call (or a few) of sysop.py;
# the error has to be one of those; OK is success.
assert_errno() {
	local want=$1 got
	shift
	got=$("$PY" -IS "$SRC/tests/mount/sysop.py" "$@") || fail "sysop.py $*"
	got=${got%%$'\n'*}
	[[ ,$want, == *,$got,* ]] || fail "$*: expected $want, got $got; last_error: $(last_error)"
}

sysop() {
	"$PY" -IS "$SRC/tests/mount/sysop.py" "$@"
}

# SECONDS COMMAND...: wait until it succeeds, where nothing tells us.
eventually() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || fail "never came true: $*"
		nap 0.02
	done
}

not() {
	! "$@"
}

# Conditions to wait for.
count_is() {
	[ "$(find "$1" -mindepth 1 -maxdepth 1 -printf x | wc -c)" = "$2" ]
}

size_is() {
	[ "$(stat -c %s "$1")" = "$2" ]
}

content_is() {
	[ "$(cat "$1")" = "$2" ]
}

# N ERE: at least so many
requests_reach() {
	[ "$(requests_since "${2:-.}")" -ge "$1" ]
}

# Wait without a process.
nap() {
	read -r -t "$1" -u "$NEVER" || :
}

# Milliseconds, for ratios.
now_ms() {
	echo $((${EPOCHREALTIME/./} / 1000))
}

# ---- the simulator ------------------------------------------------------------

# start DIR STDOUT PROGRAM ARGUMENT...: in the background, as from a shell with
# job control (SIGINT not ignored); its pid and exit status are written down.
start() {
	local d=$1 out=$2
	shift 2
	(
		trap - ERR
		echo "$BASHPID" >"$d/wrapper"
		status=0
		(
			echo "$BASHPID" >"$d/pid.new"
			mv "$d/pid.new" "$d/pid"
			exec env --default-signal=INT,QUIT,PIPE -- "$@"
		) || status=$?
		echo $status >"$d/exit.new"
		mv "$d/exit.new" "$d/exit"
	) </dev/null 2>"$d/stderr" >"$out" &
}

sim() {
	local line word
	SIMS=$((SIMS + 1))
	SIM=$WORK/.sim/$SIMS
	mkdir "$SIM"
	echo "vbosim $*" >"$SIM/what"
	JOURNAL=$SIM/journal
	MARK=0
	: >"$JOURNAL"
	mkfifo "$SIM/ready"
	start "$SIM" "$SIM/ready" "$BUILD/vbosim" --port 0 --journal "$JOURNAL" "$@"
	exec {READY}<"$SIM/ready"
	read -r -t 30 -u "$READY" line || fail "vbosim $* did not start: $(cat "$SIM/stderr")"
	URL='' CAFILE='' CREDS=''
	for word in $line; do
		case $word in
		url=*) URL=${word#*=} ;;
		cafile=*) CAFILE=${word#*=} ;;
		credentials=*) CREDS=${word#*=} ;;
		esac
	done
	[[ $line == ready\ * && -n $URL && -n $CREDS ]] || fail "not a ready line: $line"
	[[ " $* " != *' --no-tls '* ]] || CAFILE=''
	TENANT=${CREDS%/*}/tenant-credentials
	PORT=${URL##*:}
	PORT=${PORT%%/*}
	CONTROL=$URL
}

# A simulator behind a proxy that writes down what it is really sent: $RECORD,
# one JSON object for each request (recorder.py).
recorded_sim() {
	local d
	sim --no-tls "$@"
	d=$WORK/.recorder$SIMS
	RECORD=$d/record
	mkdir "$d"
	mkfifo "$d/ready"
	start "$d" "$d/ready" "$PY" "$SRC/tests/mount/recorder.py" "$CONTROL" "$RECORD"
	exec {READY}<"$d/ready"
	read -r -t 30 -u "$READY" URL || fail "the recorder did not start: $(cat "$d/stderr")"
}

# PATH-ERE TEXT-ERE REPLACEMENT: how the recorder changes what the simulator answers from now on.
rewrite() {
	printf '%s\t%s\t%s\n' "$@" >>"$RECORD.rules"
}

norewrite() {
	rm -f "$RECORD.rules"
}

# JQ-FILTER: of the requests recorded so far.
recorded() {
	grep -v '"path": "/_sim/' "$RECORD" | jq -rc "$1"
}

# Stop the simulator as its user would; wait until it is gone.
sim_stop() {
	kill "$(cat "$SIM/pid")"
	eventually 20 test -e "$SIM/exit"
	assert_eq "$(cat "$SIM/exit")" 0 'exit status of vbosim'
}

# Stop it without giving it the time to say goodbye.
sim_kill() {
	echo 137 >"$SIM/allow_exit"
	kill -KILL "$(cat "$SIM/pid")"
	eventually 20 test -e "$SIM/exit"
}

ctl() {
	local method=$1 path=$2
	shift 2
	if [ $# -gt 0 ]; then
		set -- --data-binary "$1"
	fi
	curl -q -sS -f --noproxy '*' -k -X "$method" "$@" "$CONTROL$path" ||
		fail "the simulator refused $method $path"
}

fault() {
	ctl POST /_sim/fault "$(printf '%s\n' "$@")" >/dev/null
}

nofault() {
	ctl DELETE /_sim/fault >/dev/null
}

# The journal has a line when a request is over.  One more round trip puts all
# those that were answered before it there.
journal() {
	[ ! -e "$SIM/exit" ] && ctl GET /_sim/stats >/dev/null
	grep -v ' /_sim/' "$JOURNAL" || :
}

requests() {
	journal | grep -cE -- "${1:-.}" || :
}

journal_mark() {
	MARK=$(journal | wc -l)
}

journal_since() {
	journal | tail -n +$((MARK + 1))
}

requests_since() {
	journal_since | grep -cE -- "${1:-.}" || :
}

# N [ERE]: exactly so many since the mark; waits for those that are still under way.
assert_requests() {
	local n=$1 what=${2:-.} i got=0
	for ((i = 0; i < 100; i++)); do
		got=$(requests_since "$what")
		[ "$got" -lt "$n" ] || break
		nap 0.05
	done
	[ "$got" = "$n" ] || fail "expected $n requests like '$what', got $got:
$(journal_since | tail -n 30)"
}

# Of one version, what the tests talk about: an ERE for journal lines.
explore_post() {
	echo 'POST /v[0-9]+/[Oo]rganizations?(/[^/ ]+)?/([Aa]ction|[Ee]xplore)'
}

orgs_get() {
	echo 'GET /v[0-9]+/[Oo]rganizations(\?[^ ]*)? '
}

sessions_get() {
	echo 'GET /v[0-9]+/[Rr]estore[Ss]essions(\?[^ ]*)? '
}

session_get() {
	echo "GET /v[0-9]+/[Rr]estore[Ss]essions/${1:-[0-9a-f-]+} "
}

stop_post() {
	echo "POST /v[0-9]+/[Rr]estore[Ss]essions/${1:-[0-9a-f-]+}/([Aa]ction|[Ss]top) "
}

# The version's answer to an explore that was accepted.
accepted() {
	echo "$(explore_post) 20[01] "
}

# Glob of the explore POST's path, for fault specs, with its method.
EXPLORE='POST:*/organizations/*'

# An instant in the form the server writes, from what date(1) understands.
instant() {
	date -u -d "$1" +%Y-%m-%dT%H:%M:%S.0000000Z
}

# somebody ORG TYPE TIME: another person starts a session; prints its id.
somebody() {
	ctl POST /_sim/sessions "{\"org\":\"$1\",\"type\":\"$2\",\"pointInTime\":\"$3\"}" | jq -r .id
}

# VERSION COLLECTION FILE: what the server lists, asked for without vbofs.
truth() {
	"$PY" -IS "$SRC/tests/mount/truth.py" "$CONTROL" "$1" "$CREDS" "$2" >"$3"
}

# DIR VERSION COLLECTION: the directory has exactly the server's members.
assert_complete() {
	truth "$2" "$3" "$WORK/.truth"
	ls -AU -- "$1" >"$WORK/.listed"
	[ "$(wc -l <"$WORK/.listed")" = "$(sort -u "$WORK/.listed" | wc -l)" ] || fail "$1 lists names twice"
	LC_ALL=C sort "$WORK/.listed" | diff "$WORK/.truth" - >"$WORK/.diff" ||
		fail "$1 is not what the server lists: $(wc -l <"$WORK/.truth") there, $(wc -l <"$WORK/.listed") here:
$(head -n 5 "$WORK/.diff")"
}

# VERSION: a token of our own, past vbofs.
token_of() {
	local user password more=()
	[ "$1" != v8 ] || more=(-d disable_antiforgery_token=true)
	user=$(sed -n 's/^username=//p' "$CREDS")
	password=$(sed -n 's/^password=//p' "$CREDS")
	curl -q -sS -k --data-urlencode grant_type=password --data-urlencode "username=$user" \
		--data-urlencode "password=$password" "${more[@]}" \
		"$CONTROL/$1/token" | jq -r .access_token
}

# VERSION PATH: what the server says there, asked for without vbofs.
server_says() {
	curl -q -sS -f --noproxy '*' -k -H "Authorization: Bearer $(token_of "$1")" "$CONTROL/$1/$2" ||
		fail "the server refused /$1/$2"
}

# A wire between vbofs and the simulator that can be cut and mended; sets URL.
wire() {
	local d=$WORK/.wire port=${WIRE_PORT:-0}
	mkdir -p "$d"
	rm -f "$d/ready" "$d/exit"
	mkfifo "$d/ready"
	start "$d" "$d/ready" "$PY" -IS "$SRC/tests/mount/relay.py" "$port" "$PORT"
	exec {READY}<"$d/ready"
	read -r -t 30 -u "$READY" WIRE_PORT || fail "the relay did not start: $(cat "$d/stderr")"
	URL=${CONTROL%:*}:$WIRE_PORT
}

cut_wire() {
	kill -KILL "$(cat "$WORK/.wire/pid")"
	eventually 10 test -e "$WORK/.wire/exit"
}

# ---- the mount ----------------------------------------------------------------

# One -o word with what the simulator printed; no cafile where it has no TLS.
login() {
	echo "credentials=$CREDS${CAFILE:+,cafile=$CAFILE}"
}

mnt() {
	local dir=$WORK/m url=$URL options environment=() flags=() o
	options=$(login)
	OPTIND=1
	while getopts d:o:e:x: o; do
		case $o in
		d) dir=$OPTARG ;;
		o) options+=,$OPTARG ;;
		e) environment+=("$OPTARG") ;;
		x) flags+=("$OPTARG") ;;
		*) fail 'mnt: usage' ;;
		esac
	done
	shift $((OPTIND - 1))
	[ $# = 0 ] || url=$1
	need_fuse
	mkdir -p "$dir"
	MNTS=$((MNTS + 1))
	V=$WORK/.vbofs/$MNTS
	mkdir "$V"
	echo "vbofs $MNTS (${flags[*]} ${options#"$(login)"})" | sed 's/[ ,]*)$/)/; s/( ,*/(/; s/ ()//' >"$V/what"
	echo "$dir" >"$V/mountpoint"
	start "$V" "$V/stdout" env "${environment[@]}" "$BUILD/vbofs" -f "${flags[@]}" -o "$options" "$url" "$dir"
	until [ -e "$dir/.vbofs/version" ]; do
		[ ! -e "$V/exit" ] || fail "vbofs ended with $(cat "$V/exit"): $(cat "$V/stderr")"
		nap 0.002
	done
	M=$dir
	O=$M/orgs/$ORG
	VPID=$(cat "$V/pid")
}

# The directory of what is known about the mount at DIR.
mount_record() {
	local d found=
	for d in "$WORK"/.vbofs/*; do
		[ "$(cat "$d/mountpoint")" != "$1" ] || found=$d
	done
	[ -n "$found" ] || fail "$1 was not mounted by mnt"
	echo "$found"
}

mounted() {
	grep -qF " $1 " /proc/self/mountinfo
}

# Wait for the vbofs of DIR to end, and with 0.
ended() {
	local d
	d=$(mount_record "$1")
	eventually 30 test -e "$d/exit"
	assert_eq "$(cat "$d/exit")" 0 "exit status of vbofs ($(tail -n 3 "$d/stderr"))"
	! mounted "$1" || fail "$1 is still mounted"
}

unmount() {
	local dir=${1:-$M}
	fusermount3 -u "$dir" || fail "cannot unmount $dir: $(find /proc/[0-9]*/cwd /proc/[0-9]*/fd -lname "$dir*" 2>/dev/null)"
	ended "$dir"
}

# Run vbofs as a command that is expected to end by itself; sets STATUS OUT ERR.
vbofs() {
	STATUS=0
	"$BUILD/vbofs" "$@" >"$WORK/.out" 2>"$WORK/.err" || STATUS=$?
	OUT=$(<"$WORK/.out")
	ERR=$(<"$WORK/.err")
}

# PATTERN ARGUMENT...: vbofs refuses in one line that says so, and nothing is mounted.
assert_refused() {
	local pattern=$1
	shift
	vbofs "$@"
	assert_ne "$STATUS" 0 "exit status of vbofs $*"
	assert_num "$STATUS" -lt 124 "exit status of vbofs $*"
	assert_eq "$(grep -c . "$WORK/.err" || :)" 1 "lines on stderr of vbofs $* ($ERR)"
	assert_match "${ERR,,}" "$pattern" "message of vbofs $*"
	assert_eq "$OUT" '' "stdout of vbofs $*"
	! grep -qF " $WORK/" /proc/self/mountinfo || fail "vbofs $* left something mounted"
}

# The pids of the processes that were given this mountpoint.
daemon_pid() {
	local p args
	for p in /proc/[0-9]*; do
		[ "$(cat "$p/comm" 2>/dev/null)" = vbofs ] || continue
		mapfile -d '' -t args <"$p/cmdline" 2>/dev/null || continue
		[ "${args[-1]-}" != "$1" ] || echo "${p#/proc/}"
	done
}

last_error() {
	[ -n "${M-}" ] && cat "$M/.vbofs/last_error" 2>/dev/null || :
}

refresh() {
	echo refresh >"$M/.vbofs/refresh"
}

# explore [WORDS] [FILE]: start a session; sets SID, read back on the same handle.
explore() {
	local fd file=${2:-$O/explore}
	exec {fd}<>"$file"
	echo "${1:-$TS}" >&"$fd" || fail "explore '${1:-$TS}': $(last_error)"
	read -r SID <&"$fd" || fail "no id to read after '${1:-$TS}'"
	exec {fd}>&-
	assert_match "$SID" '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' 'the new session'
}

# ---- what sessions hold --------------------------------------------------------

# open_session API TYPE [MOUNT-OPTIONS]: mount the simulator and start a session; S is its directory.
open_session() {
	mnt -o "api=$1${3:+,$3}"
	more_session "$1" "$2"
}

# Another session in the same mount.
more_session() {
	explore "2026.11.19 19:00:05$([ "$1" = v1 ] || echo " type=$2")"
	S=$M/sessions/$SID
}

# restore_truth API: what S holds, had without vbofs, in $TRUTH; $HELD is where it is mounted.
restore_truth() {
	TRUTH=$WORK/truth.$SID
	"$PY" -IS "$SRC/tests/mount/restore.py" "$CONTROL" "$1" "$CREDS" "$SID" "$TRUTH" || fail 'restore.py'
	TRUTH=$(echo "$TRUTH"/*)
	HELD=$S/${TRUTH##*/}
}

# The saves that the server has seen.
saves() {
	journal | grep -c ' save$' || :
}

# A column of a file's line in the index of its directory: 4 is the id, 5 the version.
in_index() {
	awk -F'\t' -v name="${1##*/}" -v column="$2" '$1 == name { print $column }' "${1%/*}/.index.tsv"
}

# true_bytes FILE [QUERY]: the bytes of a document as the server has them.
true_bytes() {
	local version
	version=$(in_index "$1" 5)
	ctl GET "/_sim/content/$(jq -rn --arg s "$(in_index "$1" 4)" '$s | @uri')?${version:+version=$version&}${2-}"
}

# The value of a metric that has one.
metric() {
	awk -v name="$1" '$1 == name { print $2; exit }' "$M/.vbofs/metrics"
}

# background COMMAND...: as a shell with job control would run it, so that
# SIGINT ends it; sets BG and adds to BGS.
BGS=()
background() {
	env --default-signal=INT,QUIT,PIPE -- "$@" </dev/null &
	BG=$!
	BGS+=("$BG")
}

# STATUS PID: wait for that background command; STATUS may be "failure".
assert_status() {
	local status=0
	wait "$2" 2>/dev/null || status=$?
	if [ "$1" = failure ]; then
		assert_ne "$status" 0 "status of background process $2"
	else
		assert_eq "$status" "$1" "status of background process $2"
	fi
}

# All of these processes wait for an answer of the mount.
waiting() {
	local pid
	for pid; do
		[[ $(cat "/proc/$pid/wchan" 2>/dev/null) =~ fuse|request_wait|folio_wait ]] || return 1
	done
}

# The first fault has met N requests: they are at the server, and under way.
seen() {
	[ "$(ctl GET /_sim/stats | jq '.faults[0].seen')" -ge "$1" ]
}

# Names in a directory, as one line.
names() {
	ls -A -- "$1" | tr '\n' ' '
}

# Same moment?  Two timestamps in forms that date(1) knows.
same_instant() {
	[ "$(date -u -d "$1" +%s)" = "$(date -u -d "$2" +%s)" ]
}
