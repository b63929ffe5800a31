# Downloads from the simulator, and what can be ordered to go wrong with them.
# shellcheck shell=bash disable=SC2154
. "$SRC/tests/mount/sim_lib.sh"

# A document of a OneDrive of a v8 session: sets OBJECT, SAVE, the path of its save, and SIZE.
document() {
	local drive
	session_of v8 veod "${@:2}"
	drive=$(member "$HOLDS/OneDrives" 'Adele Vance')
	OBJECT=$(listed "$drive/Documents" | jq -c --arg name "$1" 'select(.name == $name)')
	SAVE=$drive/Documents/$(jq -r .id <<<"$OBJECT")/save
	SIZE=$(jq .sizeBytes <<<"$OBJECT")
	ctl GET "/_sim/content/$(jq -r .id <<<"$OBJECT")?length=10000000" >"$WORK/truth"
}

# Starts a download in the background; SAVING is its pid, and its bytes go to $WORK/bytes.
download() {
	: >"$WORK/bytes"
	background curl -q -sS --noproxy '*' -X POST -N -D "$WORK/headers" -o "$WORK/bytes" \
		-H "Authorization: Bearer $TOKEN" "$URL/$API/$SAVE"
	SAVING=$BG
}

# The server works on nothing any more but this question.
idle() {
	[ "$(ctl GET /_sim/stats | jq .inFlight)" = 0 ]
}

# The bytes of a document are those that the manual page tells how to make.
test_bytes() {
	document Notes.txt
	ask POST "$SAVE"
	"$PY" -IS - "$(jq -r '"\(.id)/\(.version | tonumber)"' <<<"$OBJECT")" "$SIZE" >"$WORK/made" <<-'END'
		import sys
		mask = 2 ** 64 - 1
		def mix(x):
		    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9 & mask
		    x = (x ^ x >> 27) * 0x94d049bb133111eb & mask
		    return x ^ x >> 31
		key = 0xcbf29ce484222325
		for byte in sys.argv[1].encode():
		    key = (key ^ byte) * 0x100000001b3 & mask
		size, text = int(sys.argv[2]), ''
		for n in range(size // 64 + 1):
		    a = mix(key ^ n)
		    b = mix(a)
		    text += '%016x %016x %016x %012x\n' % (64 * n, a, b, mix(b) & 0xffffffffffff)
		sys.stdout.write(text[:size])
	END
	cmp "$WORK/made" "$WORK/reply"
}

# Saves that come whole but are not what they should be.
# each: short=10 long=10 json status=500 empty short=999999999
test_wrong_save() {
	document Notes.txt
	fault "POST:*/save:$1,count=1"
	ask POST "$SAVE"
	case $1 in
	short=10) assert_eq "$STATUS $MEDIA $(stat -c %s "$WORK/reply")" "200 application/octet-stream $((SIZE - 10))" ;;
	long=10) assert_eq "$STATUS $MEDIA $(stat -c %s "$WORK/reply")" "200 application/octet-stream $((SIZE + 10))" ;;
	json) assert_eq "$STATUS $MEDIA" '200 application/json; charset=utf-8' ;;
	status=500) assert_eq "$STATUS $MEDIA" '500 application/json; charset=utf-8' ;;
	*) assert_eq "$STATUS $(stat -c %s "$WORK/reply")" '200 0' ;;
	esac
	case $1 in
	json | status=500) assert_ne "$(jq -r .message "$WORK/reply")" null message ;;
	short=10 | long=10) cmp -n "$((SIZE - 10))" "$WORK/truth" "$WORK/reply" ;;
	esac
	ask POST "$SAVE"
	cmp "$WORK/truth" "$WORK/reply" || fail 'the next save is not right'
	assert_eq "$(requests ' save$')" 2 saves
}

# Saves that end in the middle, whether they said how long they are or not.
# each: truncate truncate,length=no cut=1000 cut=1000,length=no
test_broken_save() {
	document Notes.txt
	fault "POST:*/save:$1,count=1"
	download
	assert_status failure "$SAVING"
	assert_num "$(stat -c %s "$WORK/bytes")" -lt "$SIZE" 'bytes of a broken save'
	cmp -n "$(stat -c %s "$WORK/bytes")" "$WORK/truth" "$WORK/bytes"
	ask POST "$SAVE"
	cmp "$WORK/truth" "$WORK/reply" || fail 'the next save is not right'
}

# Saves that do not end; when the client goes away, so does the work.
# each: hang stall=1000 stall=1000,length=no drip=1 stall=0
test_endless_save() {
	document Notes.txt
	fault "POST:*/save:$1"
	download
	case $1 in
	hang) eventually 20 not idle ;;
	stall=0) eventually 20 grep -qi '^content-length' "$WORK/headers" ;;
	stall*) eventually 20 size_is "$WORK/bytes" 1000 ;;
	drip*) eventually 20 test -s "$WORK/bytes" ;;
	esac
	kill "$SAVING"
	assert_status 143 "$SAVING"
	eventually 20 idle
	assert_match "$(journal | tail -n 1)" ' (0|200) [0-9]+ [0-9]+ save$' 'journal of a save that was given up'
}

# With and without Content-Length: the same bytes.
test_save_length() {
	document Notes.txt --chunked
	download && wait "$SAVING"
	cmp "$WORK/truth" "$WORK/bytes"
	assert_eq "$(grep -ci '^content-length' "$WORK/headers" || :)" 0 'lengths told'
	fault 'POST:*/save:delay=0,length=yes'
	download && wait "$SAVING"
	cmp "$WORK/truth" "$WORK/bytes"
	assert_match "$(tr -d '\r' <"$WORK/headers")" "[Cc]ontent-[Ll]ength: $SIZE" 'the length told'
	nofault
	fault 'GET:*/onedrives:delay=0,length=no'
	get "$HOLDS/OneDrives"
	assert_eq "$(jq '.results | length' "$WORK/reply")" 3 'drives without Content-Length'
	ask POST /_sim/fault 'POST:*/save:delay=0,length=perhaps'
	assert_eq "$STATUS" 400 'status of a fault that is not right'
}

# Empty documents are empty, told their length or not.
test_save_empty() {
	document empty.txt
	ask POST "$SAVE"
	assert_eq "$STATUS $SIZE $(stat -c %s "$WORK/reply")" '200 0 0' 'an empty document'
	fault 'POST:*/save:delay=0,length=no'
	download && wait "$SAVING"
	assert_eq "$(stat -c %s "$WORK/bytes") $(grep -ci '^transfer-encoding: chunked' "$WORK/headers")" '0 1' \
		'an empty document without Content-Length'
}

# A document of many GiB is made on the fly: it takes no memory, and a reader that goes away ends it.
test_save_big() {
	local peak
	document big.bin --big 1099511627776
	assert_eq "$SIZE" 1099511627776 'size of the big document'
	download
	eventually 50 big_enough
	kill "$SAVING"
	assert_status 143 "$SAVING"
	eventually 20 idle
	cmp -n 10000000 "$WORK/truth" "$WORK/bytes"
	peak=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$(cat "$SIM/pid")/status")
	assert_num "$peak" -lt 150000 'kB of memory that the simulator ever had'
	assert_num "$(journal | tail -n 1 | cut -d' ' -f5)" -lt "$SIZE" 'bytes that went out'
}

big_enough() {
	[ "$(stat -c %s "$WORK/bytes")" -gt 200000000 ]
}
