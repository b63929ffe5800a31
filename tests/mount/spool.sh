# Saved documents and mails on their way through the spool: streamed, shared, cut, bounded,
# and never a wrong file that looks whole.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2154
# TIMEOUT=120

GIB4=4294967296

# open_drive MOUNT-OPTIONS [SIMULATOR-OPTION...]: DRIVE is the OneDrive that has everything.
open_drive() {
	local options=$1
	shift
	sim "$@"
	open_session v8 veod "$options"
	DRIVE="$S/onedrives/Adele Vance"
	PLAN="$DRIVE/Pictures/Site plan.png"
}

# Bytes that the server sent of its saves, each on a line, once they have ended.
sent() {
	journal | awk '/ save$/ { print $5 }'
}

nothing_in_flight() {
	[ "$(ctl GET /_sim/stats | jq .inFlight)" = 0 ]
}

sanitized() {
	[[ $BUILD == *-asan || $BUILD == *-tsan ]]
}

# Peak of the daemon's resident memory, in KiB.
assert_memory_below() {
	sanitized || assert_num "$(awk '/^VmHWM/ { print $2 }' "/proc/$VPID/status")" -lt "$1" 'KiB resident'
}

# assert_range FILE OFFSET LENGTH: those bytes are the server's.
assert_range() {
	true_bytes "$1" "offset=$2&length=$3" >"$WORK/truth"
	"$PY" -IS -c 'import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
sys.stdout.buffer.write(os.pread(fd, int(sys.argv[3]), int(sys.argv[2])))' "$1" "$2" "$3" >"$WORK/got"
	cmp "$WORK/truth" "$WORK/got" || fail "$3 bytes of $1 at $2"
}

# ---- streaming ------------------------------------------------------------------------

# The first MiB of 4 GiB is there long before the rest could be; then the transfer is cut.
test_first_bytes() {
	open_drive '' --big $GIB4 --save-rate 10000000
	assert_eq "$(stat -c %s "$DRIVE/big.bin")" $GIB4 size
	head -c 1M "$DRIVE/big.bin" >"$WORK/got"
	true_bytes "$DRIVE/big.bin" length=1048576 | cmp - "$WORK/got"
	eventually 20 nothing_in_flight
	assert_eq "$(saves)" 1 saves
	assert_num "$(sent)" -lt $((GIB4 / 16)) 'bytes that were sent'
	assert_memory_below 65536
}

# Any part of 4 GiB can be read while it comes, by many on one download, in little memory.
test_random_access() {
	open_drive spool-size=5G --big $GIB4
	"$PY" -IS - "$DRIVE/big.bin" "$WORK/parts" <<-'END'
		import os, sys, threading
		fd = os.open(sys.argv[1], os.O_RDONLY)
		parts = [(300 << 20, 70000), (5, 10), (120 << 20, 1 << 20), (0, 3), (299 << 20, 4096)]
		got = {}
		def read(part):
		    with open(sys.argv[1], 'rb') as f:
		        f.seek(part[0])
		        got[part] = f.read(part[1])
		threads = [threading.Thread(target=read, args=(part,)) for part in parts]
		[t.start() for t in threads]
		[t.join() for t in threads]
		with open(sys.argv[2], 'wb') as f:
		    f.write(b''.join(got[part] for part in parts))
	END
	for part in "$((300 << 20)) 70000" '5 10' "$((120 << 20)) 1048576" '0 3' "$((299 << 20)) 4096"; do
		true_bytes "$DRIVE/big.bin" "offset=${part% *}&length=${part#* }"
	done | cmp - "$WORK/parts" || fail 'parts of the document'
	assert_eq "$(saves)" 1 saves
	eventually 20 nothing_in_flight
	assert_memory_below 65536
}

# Who reads only the end waits for all of it, also without Content-Length.
# each: plain chunked
test_tail() {
	open_drive '' --big 30000001 $([ "$1" = plain ] || echo --chunked)
	tail -c 1000 "$DRIVE/big.bin" >"$WORK/got"
	true_bytes "$DRIVE/big.bin" offset=29999001 | cmp - "$WORK/got"
	assert_eq "$(sent)" 30000001 'bytes that were sent'
	true_bytes "$DRIVE/big.bin" | cmp - "$DRIVE/big.bin"
	assert_eq "$(saves)" 1 saves
}

# Twenty readers at once of one document and of one mail: one save each, and none afterwards.
test_one_save() {
	local i mail
	open_drive '' --save-latency 300
	for ((i = 0; i < 20; i++)); do background sha256sum "$PLAN"; done >"$WORK/sums"
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_eq "$(sort -u "$WORK/sums" | wc -l)" 1 'different sums'
	assert_eq "$(cut -d ' ' -f 1 "$WORK/sums" | head -n 1)" "$(true_bytes "$PLAN" | sha256sum | cut -d ' ' -f 1)" sum
	cat "$PLAN" >/dev/null
	assert_eq "$(saves)" 1 'saves of the document'
	more_session v8 vex
	mail=$(find "$S/mailboxes" -name '*.msg' | sed -n 1p)
	BGS=()
	for ((i = 0; i < 20; i++)); do background sha256sum "$mail"; done >"$WORK/sums"
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_eq "$(sort -u "$WORK/sums" | wc -l)" 1 'different sums'
	cat "$mail" >/dev/null
	assert_eq "$(saves)" 2 'saves of both'
}

# ---- readers that go ----------------------------------------------------------------------

# A reader that is killed while it waits far ahead ends the transfer.
# each: KILL INT TERM QUIT
test_reader_goes() {
	open_drive '' --big $GIB4 --save-rate 20000000
	ulimit -c 0
	background tail -c +$((1 << 30)) "$DRIVE/big.bin" >/dev/null
	eventually 20 seen_save
	eventually 20 waiting "$BG"
	kill "-$1" "$BG"
	assert_status failure "$BG"
	eventually 20 nothing_in_flight
	assert_num "$(sent)" -lt $((1 << 30)) 'bytes that were sent'
	# and the next reader begins anew
	assert_range "$DRIVE/big.bin" 5 100000
	assert_eq "$(saves)" 2 saves
}

seen_save() {
	[ "$(metric vbofs_saves_total)" -ge 1 ]
}

# Programs that handle SIGINT themselves are heard as well, while the server lets them wait; so are
# those that wait far ahead in a document that comes.
# each: rsync dd python far
test_reader_is_told() {
	open_drive timeout=300 --big $GIB4 --save-rate 20000000
	[ "$1" = far ] || fault 'POST:*/save:hang'
	case $1 in
	rsync) background setsid rsync -a "$PLAN" "$WORK/" ;;
	dd) background setsid dd if="$PLAN" of="$WORK/copy" bs=1M status=none ;;
	python) background setsid "$PY" -IS -c 'import sys; open(sys.argv[1], "rb").read()' "$PLAN" ;;
	far) background setsid dd if="$DRIVE/big.bin" bs=1M skip=1024 count=1 of="$WORK/copy" status=none ;;
	esac
	eventually 20 seen_save
	eventually 20 waiting "$BG"
	kill -INT -- "-$BG"
	assert_status failure "$BG"
	eventually 20 nothing_in_flight
	[ "$1" != far ] || assert_num "$(sent)" -lt $((1 << 30)) 'bytes that were sent'
}

# Small documents stay in memory while there is room for them, the others in one file: each has its own
# bytes, and is saved once.
test_small_ones() {
	local i
	open_drive '' --items 1100 --item-size 16384
	cat "$DRIVE"/many/*.txt >"$WORK/all"
	assert_eq "$(stat -c %s "$WORK/all")" $((1100 * 16384)) bytes
	for i in 000000 000001 000700 001099; do
		assert_range "$DRIVE/many/document-$i.txt" 0 16384
	done
	cat "$DRIVE"/many/*.txt | cmp - "$WORK/all"
	assert_eq "$(saves)" 1100 saves
	assert_eq "$(metric vbofs_spool_bytes)" $((1100 * 16384)) 'bytes kept'
	# what memory had no room for is in it: 76 of them
	assert_eq "$(find "/proc/$VPID/fd" -lname '*(deleted)' | wc -l)" 1 files
	assert_eq "$(stat -Lc %s "$(find "/proc/$VPID/fd" -lname '*(deleted)')")" $((76 * 16384)) 'its size'
}

# Signals of another kind leave a reader alone: it gets its bytes, and no error.
test_other_signals() {
	open_drive '' --big 40000000 --save-rate 10000000
	"$PY" -IS - "$DRIVE/big.bin" "$WORK/got" <<-'END'
		import ctypes, os, signal, sys
		fd = os.open(sys.argv[1], os.O_RDONLY)
		signal.signal(signal.SIGALRM, lambda *_: None)
		signal.signal(signal.SIGCHLD, lambda *_: None)
		signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
		pid = os.fork()
		if pid == 0:
		    os._exit(0)
		# read() itself: python's would be begun again after an interruption
		libc = ctypes.CDLL(None, use_errno=True)
		buf = ctypes.create_string_buffer(70000)
		got = libc.pread(fd, buf, 70000, ctypes.c_long(20000000))
		signal.setitimer(signal.ITIMER_REAL, 0)
		assert got == 70000, (got, ctypes.get_errno())
		open(sys.argv[2], 'wb').write(buf.raw)
	END
	true_bytes "$DRIVE/big.bin" 'offset=20000000&length=70000' | cmp - "$WORK/got"
}

# A reader that has only mapped the document ends the transfer as well when it is killed.
test_mapped_reader_goes() {
	open_drive '' --big $GIB4 --save-rate 20000000
	background "$PY" -IS -c 'import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
m = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
os.close(fd)
m[1 << 30]' "$DRIVE/big.bin"
	eventually 20 seen_save
	eventually 20 waiting "$BG"
	kill -KILL "$BG"
	assert_status failure "$BG"
	eventually 20 nothing_in_flight
	assert_num "$(sent)" -lt $((1 << 30)) 'bytes that were sent'
}

# A killed reader does not end the transfer while another one reads on; that one gets the right bytes.
test_one_of_two_goes() {
	local first
	open_drive '' --big 40000000 --save-rate 5000000
	background tail -c +39000000 "$DRIVE/big.bin" >/dev/null
	first=$BG
	background sha256sum "$DRIVE/big.bin" >"$WORK/sum"
	eventually 20 seen_save
	eventually 20 waiting "$first" "$BG"
	kill -KILL "$first"
	assert_status failure "$first"
	assert_status 0 "$BG"
	assert_eq "$(cut -d ' ' -f 1 "$WORK/sum")" "$(true_bytes "$DRIVE/big.bin" | sha256sum | cut -d ' ' -f 1)" sum
	assert_eq "$(saves)" 1 saves
}

# One open file that two processes share: that one of them closes it does not disturb the other.
test_shared_open_file() {
	open_drive '' --big 40000000 --save-rate 20000000
	"$PY" -IS - "$DRIVE/big.bin" "$WORK/got" <<-'END'
		import os, sys, threading, time
		fd = os.open(sys.argv[1], os.O_RDONLY)
		done = threading.Event()
		def close_copies():
		    while not done.wait(0.05):
		        os.close(os.dup(fd))
		threading.Thread(target=close_copies).start()
		with open(sys.argv[2], 'wb') as f:
		    f.write(os.pread(fd, 70000, 30000000))
		done.set()
	END
	true_bytes "$DRIVE/big.bin" 'offset=30000000&length=70000' | cmp - "$WORK/got"
	assert_eq "$(saves)" 1 saves
}

# A mail's reader is interrupted while the server prepares it: at once, and the save is cut.
test_interrupt_in_open() {
	local mail
	sim
	open_session v8 vex
	mail=$(find "$S/mailboxes" -name '*.msg' | sed -n 1p)
	fault 'POST:*/save:hang'
	background cat "$mail"
	eventually 20 seen 1
	kill -INT "$BG"
	assert_status failure "$BG"
	eventually 20 nothing_in_flight
	nofault
	cat "$mail" >"$WORK/copy"
	true_bytes "$mail" | cmp - "$WORK/copy"
}

# ---- saves that go wrong --------------------------------------------------------------------

# What the journal of a failed document says: an error for the reader with the file's name, then a good try.
assert_recovers() { # FILE
	assert_match "$(last_error)" "${1##*/}: E[A-Z]+: " last_error
	nofault
	true_bytes "$1" | cmp - "$1" || fail "bytes of the next try"
	assert_eq "$(stat -c %s "$1")" "$(true_bytes "$1" | wc -c)" 'size after the next try'
}

# A document whose save fails is an error, never a short or wrong file; the next open tries again.
# each: status=500 status=404 status=403 status=400 status=409 status=204 truncate reset-after reset-before
# each: close garbage html empty deep short=10 short=1000000 long=1 long=300000 truncate-json
test_bad_document() {
	allow_log E
	open_drive timeout=5
	fault "POST:*/save:$1"
	assert_errno EIO,EACCES,EINVAL,EBUSY read "$PLAN"
	assert_fails sha256sum "$PLAN"
	assert_fails cp "$PLAN" "$WORK/copy"
	assert_recovers "$PLAN"
}

# The same of a mail, whose size nobody knows before.
# each: status=500 status=404 status=503 truncate reset-after close garbage html empty short=100000000
test_bad_mail() {
	local mail wanted=EIO
	allow_log E
	sim
	open_session v8 vex timeout=5
	mail=$(find "$S/mailboxes" -name '*.msg' | sed -n 1p)
	fault "POST:*/save:$1"
	# to save is to read: busy is EAGAIN, not what a write is told
	[ "$1" != status=503 ] || wanted=EAGAIN
	assert_errno "$wanted" read "$mail"
	assert_eq "$(stat -c %s "$mail")" 4096 'size while it is not known'
	assert_recovers "$mail"
}

# The server stops in the middle: the reader gets an error when its patience ends.
test_stall() {
	allow_log E
	open_drive timeout=2
	fault 'POST:*/save:stall=1000000'
	assert_errno ETIMEDOUT read "$PLAN"
	assert_recovers "$PLAN"
}

# The sign-in was revoked, the server is busy for a moment: asked again, the reader sees nothing of it.
# each: 401 429 503
test_asked_again() {
	open_drive ''
	ls "$DRIVE/Pictures" >/dev/null
	case $1 in
	401) ctl POST /_sim/revoke >/dev/null ;;
	*) fault "POST:*/save:status=$1,count=1,retry-after=1" ;;
	esac
	true_bytes "$PLAN" | cmp - "$PLAN"
	assert_eq "$(journal | grep -c ' 200 .* save$')" 1 'saves that were done'
	assert_eq "$(saves)" 2 'saves that were asked for'
}

# What the reader sees of lengths that were not as listed.
# each: smaller larger
test_size_that_lies() {
	allow_log EIO
	recorded_sim
	open_session v8 veod
	[ "$1" = smaller ] || rewrite '/Documents[?]' '"sizeBytes": *3145745' '"sizeBytes": 3145746'
	[ "$1" = larger ] || rewrite '/Documents[?]' '"sizeBytes": *3145745' '"sizeBytes": 3145744'
	PLAN="$S/onedrives/Adele Vance/Pictures/Site plan.png"
	assert_num "$(stat -c %s "$PLAN")" -ne 3145745 'size that is listed'
	assert_errno EIO read "$PLAN"
	assert_match "$(last_error)" 'Site plan.png: EIO: .*bytes.*listed' last_error
	assert_match "$(tail -n 3 "$M/.vbofs/log")" 'Site plan.png: EIO' log
}

# A document that is listed without a size is had when it is opened, as a mail is.
test_size_that_is_missing() {
	recorded_sim
	rewrite '/Documents[?]' '"sizeBytes": *[0-9]+,?' ''
	open_session v8 veod
	PLAN="$S/onedrives/Adele Vance/Pictures/Site plan.png"
	assert_eq "$(stat -c %s "$PLAN")" 4096 'size that nobody knows'
	assert_eq "$(saves)" 0 saves
	cp -a "$PLAN" "$WORK/copy"
	true_bytes "$PLAN" | cmp - "$WORK/copy"
	assert_eq "$(stat -c %s "$PLAN")" 3145745 'size after it was opened'
	assert_eq "$(stat -c %s "$S/onedrives/Adele Vance/empty.txt")" 4096 'size of another one'
	assert_eq "$(cat "$S/onedrives/Adele Vance/empty.txt")" '' 'bytes of an empty one'
	assert_eq "$(stat -c %s "$S/onedrives/Adele Vance/empty.txt")" 0 'size of an empty one'
}

# Bytes of a save that failed are not taken for the document later: the kernel's pages are dropped.
test_wrong_bytes_are_dropped() {
	allow_log EIO
	recorded_sim
	open_session v8 veod
	PLAN="$S/onedrives/Adele Vance/Pictures/Site plan.png"
	true_bytes "$PLAN" >"$WORK/truth"
	rewrite '/save$' '(?s)\A.{100000}' 'WRONG'
	assert_errno EIO read "$PLAN"
	assert_fails cp "$PLAN" "$WORK/copy"
	assert_eq "$(head -c 5 "$WORK/copy")" WRONG 'what came of the wrong bytes'
	norewrite
	cmp "$WORK/truth" "$PLAN"
}

# ... nor those of one that was cut; those of a whole one stay, also when the spool no longer has it.
test_pages() {
	open_drive spool-size=4M --big 3500000
	fault 'POST:*/save:stall=1000000'
	head -c 100K "$PLAN" >/dev/null
	eventually 20 nothing_in_flight
	head -c 100K "$PLAN" >/dev/null
	eventually 20 nothing_in_flight
	assert_eq "$(saves)" 2 'saves, each cut'
	nofault
	cat "$PLAN" >/dev/null
	cat "$DRIVE/big.bin" >/dev/null
	assert_eq "$(metric vbofs_spool_bytes)" 3500000 'bytes in the spool'
	true_bytes "$PLAN" | cmp - "$PLAN"
	assert_eq "$(saves)" 4 'saves in the end'
}

# A handle that has read of one download never goes on with another one.
test_handle_keeps_its_download() {
	allow_log E
	open_drive timeout=2 --big 50000000
	fault 'POST:*/save:stall=20000000,count=1'
	"$PY" -IS - "$DRIVE/big.bin" <<-'END'
		import errno, os, sys
		fd = os.open(sys.argv[1], os.O_RDONLY)
		first = os.pread(fd, 1000, 0)
		for offset in (40000000, 30000000, 45000000):
		    try:
		        os.pread(fd, 1000, offset)
		        sys.exit('read at %d of a download that had failed' % offset)
		    except OSError as e:
		        assert e.errno == errno.ETIMEDOUT, e
		again = os.open(sys.argv[1], os.O_RDONLY)
		assert os.pread(again, 1000, 0) == first and os.pread(again, 1000, 40000000)
	END
	assert_eq "$(saves)" 2 saves
}

# ---- sessions that end --------------------------------------------------------------------------

# A session that ended under its reader: ESTALE and why, whatever status says so; values stay.
# each: 400 404 500
test_session_ended() {
	allow_log ESTALE
	open_drive '' --stopped-status "$1"
	find "$S" >/dev/null
	cat "$DRIVE/Notes.txt" >"$WORK/notes"
	ctl POST "/_sim/session/$SID" '{"state":"Stopped"}' >/dev/null
	assert_errno ESTALE read "$PLAN"
	assert_match "$(last_error)" 'Site plan.png: ESTALE: .*ended' last_error
	assert_eq "$(cat "$S/state")" Stopped state
	assert_match "$(cat "$S/id" "$S/json")" "$SID" values
	# what was saved before is still there
	cmp "$WORK/notes" "$DRIVE/Notes.txt"
	assert_errno ESTALE read "$DRIVE/Documents/Budget.xlsx"
	assert_errno ESTALE read "$DRIVE/Deep/a/b/c/d/e/f/g/h/bottom.txt"
}

# ... under one who lists, and one who comes later.
# each: 400 404 500
test_listing_of_an_ended_session() {
	allow_log ESTALE
	open_drive '' --stopped-status "$1"
	(
		cd "$DRIVE/Documents"
		ctl POST "/_sim/session/$SID" '{"state":"Stopped"}' >/dev/null
		journal_mark
		assert_errno ESTALE list .
		assert_match "$(last_error)" 'onedrives/Adele Vance/Documents: ESTALE: .*ended' last_error
		assert_requests 1 "/organization/.* $1 "
	)
	mnt -d "$WORK/m2" -o api=v8
	assert_errno ESTALE list "$M/sessions/$SID/onedrives"
	assert_match "$(last_error)" 'onedrives: ESTALE: .*ended' last_error
	assert_no_match "$(names "$M/sessions/$SID")" onedrives 'what an ended session lists'
}

# ---- room ----------------------------------------------------------------------------------------

# Bytes in deleted files that the daemon holds open, at one moment; for those who may look.
on_disk() {
	local fd n=0
	kill -STOP "$VPID"
	for fd in "/proc/$VPID/fd"/*; do
		[[ $(readlink "$fd") != *'(deleted)' ]] || n=$((n + $(stat -Lc %s "$fd")))
	done
	kill -CONT "$VPID"
	echo $n
}

# A document that is larger than the spool: its beginning can be read, all of it is ENOSPC; others go on.
test_larger_than_the_spool() {
	allow_log ENOSPC
	open_drive spool-size=1M
	true_bytes "$PLAN" length=500000 >"$WORK/truth"
	head -c 500000 "$PLAN" | cmp - "$WORK/truth"
	assert_errno ENOSPC read "$PLAN"
	assert_match "$(last_error)" 'Site plan.png: ENOSPC: .*spool-size' last_error
	true_bytes "$DRIVE/Notes.txt" | cmp - "$DRIVE/Notes.txt"
	assert_errno ENOSPC read "$PLAN"
	assert_num "$(metric vbofs_spool_bytes)" -le 1048576 'bytes in the spool'
}

# What is open keeps the room it was promised; what no longer fits is refused before it is asked for.
test_room_is_promised() {
	allow_log ENOSPC
	open_drive spool-size=4M --big 3000000
	fault 'POST:*/save:stall=1000000'
	background cat "$DRIVE/big.bin" >/dev/null
	eventually 20 seen 1
	eventually 20 waiting "$BG"
	nofault
	assert_errno ENOSPC read "$PLAN"
	assert_match "$(last_error)" 'Site plan.png: ENOSPC: .* 3000000 belong to what is open' last_error
	assert_eq "$(metric vbofs_saves_total)" 1 saves
	true_bytes "$DRIVE/Notes.txt" | cmp - "$DRIVE/Notes.txt"
	kill -KILL "$BG"
	eventually 20 nothing_in_flight
	true_bytes "$PLAN" | cmp - "$PLAN"
	# one that is whole and open keeps its room as well; one that is closed makes place
	exec {held}<"$PLAN"
	cat "$PLAN" >/dev/null
	assert_errno ENOSPC read "$DRIVE/big.bin"
	exec {held}<&-
	true_bytes "$DRIVE/big.bin" | cmp - "$DRIVE/big.bin"
}

# 50 readers at once, who keep their files open, of a spool that holds a few: each gets all of
# its document or ENOSPC, the limit holds, and when they have gone there is room again.
# each: documents mails
test_fifty_readers() {
	local type=veod limit=32768 many
	allow_log ENOSPC
	[ "$1" = documents ] || type=vex limit=262144
	sim --items 60
	open_session v8 $type spool-size=$limit
	many=$(echo "$S"/*/*/many)
	find "$many" -type f ! -name .index.tsv | sort >"$WORK/all"
	head -n 50 "$WORK/all" >"$WORK/list"
	mkfifo "$WORK/go"
	cat >"$WORK/readers.py" <<-'END'
		import errno, hashlib, os, sys, threading
		names, go, out = sys.argv[1:]
		lines, opened, failed = {}, [], []
		def read(name):
		    try:
		        f = open(name, "rb", buffering=0)
		        opened.append(f)
		        lines[name] = hashlib.sha256(f.readall()).hexdigest()
		    except OSError as e:
		        lines[name] = errno.errorcode[e.errno]
		threads = [threading.Thread(target=read, args=(line.rstrip("\n"),)) for line in open(names)]
		[t.start() for t in threads]
		[t.join() for t in threads]
		with open(out + ".new", "w") as f:
		    f.writelines("%s %s\n" % (said, name) for name, said in sorted(lines.items()))
		os.rename(out + ".new", out)
		open(go).read()
	END
	background "$PY" -IS "$WORK/readers.py" "$WORK/list" "$WORK/go" "$WORK/said"
	eventually 60 test -e "$WORK/said"
	assert_num "$(metric vbofs_spool_bytes)" -le $limit 'bytes in the spool'
	[ "$(id -u)" != 0 ] || assert_num "$(on_disk)" -le $limit 'bytes on disk'
	echo >"$WORK/go"
	assert_status 0 "$BG"
	assert_num "$(grep -c ^ENOSPC "$WORK/said")" -ge 10 'readers without room'
	assert_num "$(grep -vc ^ENOSPC "$WORK/said" || :)" -ge 2 'readers that had room'
	while read -r said file; do
		[ "$said" = ENOSPC ] || assert_eq "$said" "$(true_bytes "$file" | sha256sum | cut -d ' ' -f 1)" "sum of $file"
	done <"$WORK/said"
	tail -n 3 "$WORK/list" | while IFS= read -r file; do true_bytes "$file" | cmp - "$file"; done
}

# 50 readers, room for all: all are at the server at once; then all bytes, and a save each.
test_fifty_readers_with_room() {
	local i many
	sim --items 60
	open_session v8 veod
	many=$(echo "$S"/*/*/many)
	find "$many" -type f ! -name .index.tsv | sort >"$WORK/all"
	head -n 50 "$WORK/all" >"$WORK/list"
	fault 'POST:*/save:hang'
	while IFS= read -r i; do background cat "$i"; done <"$WORK/list"
	eventually 60 seen 50
	kill -KILL "${BGS[@]}"
	eventually 20 nothing_in_flight
	nofault
	BGS=()
	journal_mark
	mkdir "$WORK/copies"
	while IFS= read -r i; do background cp -p "$i" "$WORK/copies/"; done <"$WORK/list"
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_requests 50 ' save$'
	while IFS= read -r i; do true_bytes "$i" | cmp - "$WORK/copies/${i##*/}"; done <"$WORK/list"
}
