# explore: a timestamp in, a restore session out.
# shellcheck shell=bash source=tests/mount/lib.sh

# The founding example, typed as in the reference: one POST, and everything about the session is there without a further request.
test_founding_example() {
	local id s
	sim
	mnt -o api=v1
	ls "$M/orgs" >/dev/null
	journal_mark
	echo '2017.06.26 22:07:39' >"$M/orgs/380d7caf-6294-4a33-b50a-b8aeb13af58c/explore"
	id=$(cat "$M/orgs/380d7caf-6294-4a33-b50a-b8aeb13af58c/explore")
	s=$M/sessions/$id
	assert_eq "$(cat "$s/state")" Working state
	assert_eq "$(cat "$s/result")" Success result
	assert_eq "$(cat "$s/pointInTime")" 2017-06-26T22:07:39-07:00 pointInTime
	assert_eq "$(cat "$s/type")" Vex 'type'
	assert_eq "$(cat "$s/id")" "$id" id
	assert_match "$(cat "$s/creationTime")" '^20[0-9]{2}-' creationTime
	assert_match "$(cat "$s/links/self")" "^https://.*/v1/[Rr]estore[Ss]essions/$id\$"
	assert_match "$(cat "$s/links/organization")" "/v1/.*[Oo]rganization"
	assert_eq "$(readlink "$s/org")" "../../orgs/380d7caf-6294-4a33-b50a-b8aeb13af58c"
	assert_eq "$(cat "$s/org/name")" "$(cat "$O/name")" 'the name behind org'
	unmount
	assert_requests 1 "$(accepted)"
	assert_requests 1
}

# The same story in every version of the API.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_story() {
	sim
	mnt -o "api=$1"
	ls "$M/orgs" >/dev/null
	journal_mark
	echo '2017.06.26 22:07:39' >"$O/explore"
	SID=$(cat "$O/explore")
	assert_eq "$(cd "$M/sessions/$SID" && cat state type id)" $'Working\nVex\n'"$SID"
	assert_match "$(cat "$M/sessions/$SID/pointInTime")" '2017[.-]06[.-]26[T ]22:07:39'
	assert_match "$(cat "$M/sessions/$SID/creationTime")" '^20[0-9]{2}-'
	assert_match "$(cat "$M/sessions/$SID/links/self" "$M/sessions/$SID/links/organization")" "$SID"
	assert_eq "$(readlink "$M/sessions/$SID/org")" "../../orgs/$ORG"
	jq -e --arg id "$SID" '.id == $id' "$M/sessions/$SID/json" >/dev/null
	assert_requests 1 "$(accepted)"
	assert_requests 1
}

# A new session stands in listings that are already known, without a further request.
# each: v1 v5 v8
test_in_the_listing() {
	local before
	sim --sessions 7 --busy-working 0
	mnt -o "api=$1"
	ls "$M/orgs" "$O/sessions" >/dev/null
	before=$(ls "$M/sessions" | wc -l)
	journal_mark
	explore
	ls "$M/sessions" >"$WORK/sessions"
	ls "$O/sessions" >"$WORK/of_org"
	grep -qx "$SID" "$WORK/sessions"
	grep -qx "$SID" "$WORK/of_org"
	assert_eq "$(wc -l <"$WORK/sessions")" $((before + 1)) sessions
	assert_requests 1
}

# Every documented form of a zone-less time means those digits, in every version.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_zoneless_forms() {
	local form
	sim
	mnt -o "api=$1"
	for form in '2017.06.26 22:07:39' '2017.06.26 22:07' '2017-06-26 22:07:39' '2017-06-26T22:07:39' \
		'2017-06-26T22:07' '2017-06-26 22:07' '2017-06-26 22:07:39.123' '2017-06-26T22:07:39.1234567'; do
		explore "$form"
		assert_match "$(cat "$M/sessions/$SID/pointInTime")" '2017[.-]06[.-]26[T ]22:07(:|[^0-9]|$)' "$form"
		[ "$1" != v1 ] || assert_match "$(cat "$M/sessions/$SID/pointInTime")" '-07:00$' "$form"
	done
	assert_eq "$(requests "$(accepted)")" 8 POSTs
	assert_eq "$(requests "$(explore_post)")" 8 POSTs
}

# An instant, however it is written, opens that instant.
# each: v3 v4 v5 v6 v7 v8
test_instant_forms() {
	local form
	sim
	mnt -o "api=$1"
	for form in '2017-06-26T22:07:39Z' '2017-06-26 22:07:39Z' '2017-06-27T00:07:39+02:00' '2017-06-26T15:07:39-0700' \
		'2017.06.26 22:07:39Z' '2017.06.27 03:37:39+05:30' '2017-06-26T22:07:39.0000000Z' '@1498514859'; do
		explore "$form"
		assert_match "$(cat "$M/sessions/$SID/pointInTime")" '2017' "$form"
		same_instant "$(cat "$M/sessions/$SID/pointInTime")" 2017-06-26T22:07:39Z ||
			fail "$form became $(cat "$M/sessions/$SID/pointInTime")"
	done
}

# What is really sent for the reference's example, version by version.
test_bodies() {
	local v body
	for v in v1 v2 v3 v4 v5 v6 v7 v8; do
		recorded_sim
		mnt -d "$WORK/$v" -o "api=$v"
		explore
		body=$(recorded 'select(.method == "POST" and (.path | test("xplore|ction"))) | .body')
		echo "$v: $body"
		case $v in
		v1) assert_eq "$(jq -Sc . <<<"$body")" '{"explore":{"datetime":"2017.06.26 22:07:39"}}' ;;
		v2) assert_eq "$(jq -Sc . <<<"$body")" '{"explore":{"datetime":"2017.06.26 22:07:39","type":"vex"}}' ;;
		v3 | v4 | v5)
			jq -e '(keys == ["explore"]) and (.explore.type | ascii_downcase == "vex")
				and (.explore.datetime | test("^2017-06-26[T ]22:07:39(\\.0+)?Z?$"))' <<<"$body" >/dev/null ||
				fail "$v: body $body"
			;;
		*)
			jq -e '(has("explore") | not) and (.type == null or .type == "Vex")
				and (.dateTime | test("^2017-06-26T22:07:39(\\.0+)?Z$"))' <<<"$body" >/dev/null ||
				fail "$v: body $body"
			;;
		esac
		assert_match "$(recorded 'select(.method == "POST" and (.path | test("xplore|ction"))) | .headers["content-type"]')" \
			'^application/json'
	done
}

# type= reaches the server, and the session shows it.
# each: v2.vex v2.veod v2.vesp v3.veod v4.vesp v5.vex v5.vet v6.vex v6.vet v6.veod v7.vesp v7.vet v8.vex v8.veod v8.vesp v8.vet
test_type() {
	local type=${1#*.}
	sim
	mnt -o "api=${1%.*}"
	explore "$TS type=$type"
	assert_eq "$(cat "$M/sessions/$SID/type")" "${type^}"
	explore "$TS type=${type^^}"
	assert_eq "$(cat "$M/sessions/$SID/type")" "${type^}" 'typed in capitals'
}

# The other keys reach the server under their names.
test_keys_are_sent() {
	local v body
	for v in v3 v5 v6 v8; do
		recorded_sim
		mnt -d "$WORK/$v" -o "api=$v"
		explore "$TS showDeleted=true showAllVersions=true type=veod"
		explore "$TS showdeleted=false"
		body=$(recorded 'select(.method == "POST" and (.path | test("xplore|ction"))) | .body')
		jq -se '[.[0] | (.explore // .)] | .[0] | .showDeleted == true and .showAllVersions == true
			and (.type | ascii_downcase == "veod")' <<<"$body" >/dev/null || fail "$v: $body"
		jq -se '[.[1] | (.explore // .)] | .[0] | .showDeleted == false' <<<"$body" >/dev/null || fail "$v: $body"
	done
	explore "$TS repositoryId=0f0f0f0f-1111-2222-3333-444444444444"
	recorded 'select(.method == "POST" and (.path | test("xplore"))) | .body' | tail -n 1 |
		jq -e '.repositoryId == "0f0f0f0f-1111-2222-3333-444444444444"' >/dev/null
}

# A key that the version lacks is EOPNOTSUPP, before any request.
test_keys_of_other_versions() {
	local pair version words
	sim
	for pair in 'v1 type=veod' 'v1 showDeleted=true' 'v1 showAllVersions=true' 'v2 showDeleted=true' \
		'v2 showAllVersions=false' 'v2 type=vet' 'v4 type=vet' \
		'v5 repositoryId=0f0f0f0f-1111-2222-3333-444444444444' \
		'v7 repositoryId=0f0f0f0f-1111-2222-3333-444444444444'; do
		version=${pair%% *} words=${pair#* }
		mountpoint -q "$WORK/$version" || mnt -d "$WORK/$version" -o "api=$version"
		M=$WORK/$version
		ls "$M/orgs" >/dev/null
		journal_mark
		assert_errno EOPNOTSUPP,ENOTSUP write "$M/orgs/$ORG/explore" "$TS $words\\n"
		assert_match "$(last_error)" "${words%%=*}" "last_error after '$words' on $version"
		assert_requests 0
	done
}

# On v1 an instant is sent as digits of the server's zone, whatever that is: the same instant is opened.
# each: -07:00 +00:00 +05:30 +13:45 -09:30
test_instant_on_v1() {
	sim --tz "$1"
	mnt -o "api=v1,server-tz=$1"
	explore 2017-06-26T22:07:39Z
	same_instant "$(cat "$M/sessions/$SID/pointInTime")" 2017-06-26T22:07:39Z ||
		fail "opened $(cat "$M/sessions/$SID/pointInTime")"
	explore 2017-06-27T00:07:39+02:00
	same_instant "$(cat "$M/sessions/$SID/pointInTime")" 2017-06-26T22:07:39Z ||
		fail "opened $(cat "$M/sessions/$SID/pointInTime")"
	explore @1498514859
	same_instant "$(cat "$M/sessions/$SID/pointInTime")" 2017-06-26T22:07:39Z ||
		fail "opened $(cat "$M/sessions/$SID/pointInTime")"
	# Digits without a zone stay as they are.
	explore
	assert_eq "$(cat "$M/sessions/$SID/pointInTime")" "2017-06-26T22:07:39$1"
}

# On v2, too; there the server does not say, so the body is looked at.
test_instant_on_v2() {
	recorded_sim --tz +05:30
	mnt -o api=v2,server-tz=+05:30
	explore 2017-06-26T22:07:39Z
	assert_eq "$(recorded 'select(.path | test("ction$")) | .body | fromjson | .explore.datetime')" '2017.06.27 03:37:39'
}

# v1 without -o server-tz: the zone is learnt from a session that the server lists.
test_zone_learnt_from_a_listing() {
	sim --tz +05:30 --sessions 3
	mnt -o api=v1
	ls "$M/sessions" >/dev/null
	explore 2017-06-26T22:07:39Z
	same_instant "$(cat "$M/sessions/$SID/pointInTime")" 2017-06-26T22:07:39Z ||
		fail "opened $(cat "$M/sessions/$SID/pointInTime")"
}

# v1 and v2 with no way to know the zone: an instant is refused with the hint, before any POST.
# each: v1 v2
test_zone_unknown() {
	local words
	sim
	mnt -o "api=$1"
	ls "$M/orgs" "$M/sessions" >/dev/null
	for words in 2017-06-26T22:07:39Z 2017-06-26T22:07:39+02:00 @1498514859 now latest; do
		assert_errno EINVAL write "$O/explore" "$words\\n"
		assert_match "$(last_error)" 'server-tz' "last_error after '$words'"
	done
	assert_eq "$(requests "$(explore_post)")" 0 POSTs
	explore
	if [ "$1" = v1 ]; then
		# The server's answer has told its zone.
		explore 2017-06-26T22:07:39Z
		same_instant "$(cat "$M/sessions/$SID/pointInTime")" 2017-06-26T22:07:39Z ||
			fail "opened $(cat "$M/sessions/$SID/pointInTime")"
	fi
}

# v1: a server whose zone is not the one it was said to be is found out, and the log says so.
test_zone_wrong() {
	allow_log .
	sim --tz -07:00
	mnt -o api=v1,server-tz=+00:00
	explore 2017-06-26T22:07:39Z
	assert_match "$(grep "$SID" "$M/.vbofs/log")" 'server-tz' 'log'
}

# now is this moment.
# each: v1 v3 v8
test_now() {
	local before after at
	sim
	mnt -o "api=$1,server-tz=-07:00"
	before=$EPOCHSECONDS
	explore now
	after=$EPOCHSECONDS
	at=$(date -u -d "$(cat "$M/sessions/$SID/pointInTime")" +%s)
	assert_num "$at" -ge $((before - 1)) 'the moment'
	assert_num "$at" -le $((after + 1)) 'the moment'
}

# latest is the organization's last backup; ENODATA where there never was one, before any POST.
# each: v1 v3 v6 v7 v8
test_latest() {
	local other last at
	sim
	mnt -o "api=$1,server-tz=-07:00"
	explore latest
	last=$(date -u -d "$(cat "$O/lastBackuptime")" +%s)
	at=$(date -u -d "$(cat "$M/sessions/$SID/pointInTime")" +%s)
	# Where only whole seconds can be sent, the second must not begin before the backup.
	[ "$at" = "$last" ] || [ "$at" = $((last + 1)) ] || fail "opened $(cat "$M/sessions/$SID/pointInTime")"
	other=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG")
	journal_mark
	assert_errno ENODATA write "$other/explore" 'latest\n'
	assert_match "$(last_error)" 'backed up|backup' 'last_error'
	assert_requests 0
}

# latest with other words behind it.
test_latest_with_keys() {
	sim
	mnt
	explore 'latest type=vesp showDeleted=true'
	assert_eq "$(cat "$M/sessions/$SID/type")" Vesp
}

# Before the first and after the last backup the server decides; vbofs passes both on and notes it.
# each: v1 v2 v5 v8
test_outside_the_backups() {
	allow_log .
	sim
	mnt -o "api=$1"
	ls "$M/orgs" >/dev/null
	explore '2016.01.01 00:00:00'
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_match "$(cat "$M/.vbofs/log")" 'first backup|before' log
	explore '2199.01.01 00:00:00'
	assert_match "$(cat "$M/.vbofs/log")" 'last backup|after' log
	assert_eq "$(requests "$(accepted)")" 2 POSTs
}

# -o strict-time turns both into ERANGE, before any POST; between them nothing changes.
# each: v1 v8
test_strict_time() {
	sim
	mnt -o "api=$1,strict-time"
	ls "$M/orgs" >/dev/null
	journal_mark
	assert_errno ERANGE write "$O/explore" '2016.01.01 00:00:00\n'
	assert_match "$(last_error)" 'first backup' 'last_error'
	assert_errno ERANGE write "$O/explore" '2199.01.01 00:00:00\n'
	assert_match "$(last_error)" 'last backup' 'last_error'
	assert_requests 0
	explore
	assert_requests 1
}

# ... by what the server says now.
test_strict_time_is_fresh() {
	sim
	mnt -o strict-time
	ls "$M/orgs" >/dev/null
	ctl POST "/_sim/organization/$ORG" '{"lastBackuptime":"2100-01-01T00:00:00.0000000Z"}' >/dev/null
	assert_errno ERANGE write "$O/explore" '2099-12-31T00:00:00Z\n'
	refresh
	explore 2099-12-31T00:00:00Z
}

# Garbage is EINVAL from echo itself, and no request; last_error says what would be right.
test_garbage() {
	local line out
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	while IFS= read -r line; do
		if out=$(bash -c 'echo "$1" >"$2"' - "$line" "$O/explore" 2>&1); then
			fail "accepted: '$line'"
		fi
		assert_match "$out" 'Invalid argument' "'$line'"
		assert_match "$(last_error)" "orgs/$ORG/explore" "last_error after '$line'"
	done <<-'END'

		   
		rubbish
		2017
		2017.06
		2017.06.26
		2017-06-26
		22:07:39
		2017.13.01 00:00:00
		2017.00.01 00:00:00
		2017.06.31 00:00:00
		2017.02.30 00:00:00
		2017-02-29T00:00:00Z
		1900-02-29T00:00:00Z
		2017.06.26 24:00:00
		2017.06.26 22:60:00
		2017.06.26 22:07:60
		1969.12.31 23:59:59
		1970-01-01T00:00:00+01:00
		10000.01.01 00:00:00
		0000-00-00 00:00:00
		2017.6.26 22:07:39
		2017/06/26 22:07:39
		26.06.2017 22:07:39
		06/26/2017 10:07:39 PM
		2017.06.26 22:07:39 PM
		2017.06.26 22:07:39 UTC
		2017-06-26T22:07:39+25:00
		2017-06-26T22:07:39+02:60
		2017-06-26T22:07:39+2
		2017-06-26T22:07:39Zulu
		2017-06-26T22:07:39.Z
		2017-06-26T22:07:39.1234567890Z
		2017-06-26T22:07:39 type
		2017-W26-1T22:07:39Z
		20170626T220739Z
		２０１７.06.26 22:07:39
		now now
		latest latest
		now latest
		now +1
		nowtype=vex
		now type=
		now type=vexx
		now type=vex type=veod
		now kind=vex
		now showDeleted=maybe
		now repositoryId=1
		now repositoryId=../../x
		@
		@abc
		@1498514859x
		@-1
		@99999999999999999999
		yesterday
		+1 day
		{"explore":{"datetime":"2017.06.26 22:07:39"}}
		2017.06.26 22:07:39","x":"
		$(reboot)
	END
	assert_match "$(last_error)" '[0-9]{4}|yyyy|YYYY|latest' 'what would be right'
	assert_requests 0
}

# NUL bytes, escape sequences and invalid UTF-8 are refused as well, and do not reach a terminal through last_error.
test_binary_garbage() {
	local bytes
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	for bytes in '\x00\n' '2017.06.26 22:07:39\x00\n' 'now\x00type=vex\n' '\x1b[31mnow\n' '\xff\xfe\n' 'now\r\rx\n' 'now\x0btype=vex\n'; do
		assert_errno EINVAL write "$O/explore" "$bytes"
		if cat "$M/.vbofs/last_error" "$M/.vbofs/log" | LC_ALL=C grep -q $'[\x01-\x08\x0b-\x1f\x7f]'; then
			fail "raw bytes in last_error or the log after '$bytes'"
		fi
		"$PY" -c 'import sys; open(sys.argv[1], encoding="utf-8", errors="strict").read()' "$M/.vbofs/last_error"
	done
	assert_requests 0
}

# A carriage return at the end is what Windows' editors leave: harmless.
test_crlf() {
	sim
	mnt
	assert_errno OK write "$O/explore" "$TS\\r\\n"
	assert_requests 1 "$(accepted)"
}

# Blanks and tabs around and between the words do not matter.
test_blanks() {
	sim
	mnt -o api=v8
	assert_errno OK write "$O/explore" '  2017.06.26 22:07:39 \t type=veod \n'
	assert_eq "$(cat "$M/sessions/$(cat "$O/explore")/type")" Veod
}

# More than 4 KiB is E2BIG, before any request; 4 KiB of blanks behind a time are still one command.
test_too_long() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	assert_errno E2BIG write_size "$O/explore" "$TS" 5000
	assert_errno E2BIG write_size "$O/explore" x 70000
	assert_errno E2BIG,EINVAL write_size "$O/explore" x 4200
	assert_requests 0
	assert_errno OK write_size "$O/explore" "$TS" 4000
	assert_requests 1
}

# Two lines in one write are refused whole: no request.
test_two_lines() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	assert_errno EINVAL write "$O/explore" "$TS\\n$TS\\n"
	assert_errno EINVAL write "$O/explore" "$TS\\n\\n"
	assert_errno EINVAL write "$O/explore" "\\n$TS\\n"
	assert_match "$(last_error)" 'line' last_error
	assert_requests 0
}

# An empty write does nothing.
test_empty_write() {
	sim
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	: >"$O/explore"
	printf '' >"$O/explore"
	cat /dev/null >"$O/explore"
	assert_requests 0
	assert_eq "$(cat "$O/explore")" ''
}

# A fresh handle reads nothing before the first session, then the id of the last one started through this file.
test_reading_explore() {
	local first
	sim --sessions 4 --orgs 3
	mnt
	assert_eq "$(cat "$O/explore")" ''
	explore
	first=$SID
	assert_eq "$(cat "$O/explore")" "$first"
	explore
	assert_ne "$SID" "$first"
	assert_eq "$(cat "$O/explore")" "$SID"
	# of this file, not of another organization's
	local other
	for other in "$M"/orgs/*/explore; do
		[ "$other" = "$O/explore" ] || assert_eq "$(cat "$other")" '' "$other"
	done
}

# 404: an organization that the server has forgotten meanwhile.
test_unknown_organization() {
	local id
	allow_log .
	sim --orgs 3
	mnt
	id=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG" -printf '%f\n' -quit)
	ctl DELETE "/_sim/organization/$id" >/dev/null
	assert_errno ENOENT write "$M/orgs/$id/explore" "$TS\\n"
	assert_match "$(last_error)" "$id" last_error
}
