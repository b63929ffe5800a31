# The restore points of an organization: known points in time that explore takes as they are.
# TIMEOUT=90
# shellcheck shell=bash source=tests/mount/lib.sh

points_get() {
	echo "GET /v[678]/RestorePoints\?[^ ]*organizationId=${1:-[0-9a-f-]+}[^ ]* "
}

# What the server lists, one object a line.
server_points() { # API
	local more='&limit=10000'
	[ "$1" != v6 ] || more=
	server_says "$1" "RestorePoints?organizationId=$ORG$more" | jq -c '(.results? // .)[]'
}

# Of that, the points that a session can be opened at: instant and services.
expected() { # API
	server_points "$1" | jq -r 'select((.isCopy or .isLongTermCopy or .isRetrieved) | not) |
		[.backupTime, (if .isExchange then "exchange" else empty end), (if .isOneDrive then "onedrive" else empty end),
			(if .isSharePoint then "sharepoint" else empty end), (if .isTeams then "teams" else empty end)] | join(" ")'
}

# The same as the directory has it.
shown() { # DIR
	local point
	for point in "$1"/*Z; do
		[ ! -e "$point" ] || echo "${point##*/} $(tr '\n' ' ' <"$point")"
	done | sed 's/ *$//'
}

add_point() {
	ctl POST /_sim/restore-points "{\"org\":\"$ORG\",$1}" | jq -r .id
}

# One file for each point in time, named by it, holding the services; no copies; the instant is its mtime.
# each: v6 v7 v8
test_points() {
	local point
	sim --restore-points 40
	mnt -o "api=$1"
	expected "$1" | sort -u >"$WORK/expected"
	assert_num "$(wc -l <"$WORK/expected")" -ge 10 'points that can be opened'
	shown "$O/restore-points" | sort -u | diff "$WORK/expected" -
	for point in "$O"/restore-points/*; do
		assert_eq "$(stat -c %.9Y "$point")" "$(date -u -d "${point##*/}" +%s.%N)" "mtime of ${point##*/}"
		assert_eq "$(stat -c %s "$point")" "$(cat "$point" | wc -c)" "size of ${point##*/}"
	done
	assert_num "$(server_points "$1" | wc -l)" -gt "$(expected "$1" | wc -l)" 'points, copies and all'
}

# Several points of one instant are one file that holds what they hold together.
# each: v6 v8
test_one_instant() {
	sim
	mnt -o "api=$1"
	add_point '"backupTime":"2026-05-01T10:00:00.1234567Z","isExchange":true,"isOneDrive":false,"isSharePoint":false,"isTeams":false' >/dev/null
	add_point '"backupTime":"2026-05-01T10:00:00.1234567Z","isExchange":false,"isOneDrive":false,"isSharePoint":false,"isTeams":true' >/dev/null
	add_point '"backupTime":"2026-05-01T10:00:00.1234568Z","isExchange":false,"isOneDrive":true,"isSharePoint":false,"isTeams":false' >/dev/null
	assert_eq "$(cat "$O/restore-points/2026-05-01T10:00:00.1234567Z")" $'exchange\nteams'
	assert_eq "$(cat "$O/restore-points/2026-05-01T10:00:00.1234568Z")" onedrive
	assert_eq "$(find "$O/restore-points" -name '2026-05-01*' | wc -l)" 2 files
}

# explore takes each name as it is, and opens exactly that instant.
# each: v6 v7 v8
test_explore_each() {
	local t n=0
	recorded_sim
	mnt -o "api=$1" "$URL"
	cd "$O"
	for t in restore-points/*; do
		basename "$t" >explore
		assert_eq "$(cat "$M/sessions/$(cat explore)/pointInTime")" "$(basename "$t")" pointInTime
		n=$((n + 1))
	done
	cd "$WORK"
	assert_num "$n" -ge 5 points
	recorded 'select(.path | test("/explore$")) | .body | fromjson | .dateTime' >"$WORK/sent"
	for t in "$O"/restore-points/*; do
		echo "${t##*/}"
	done | diff - "$WORK/sent"
	# Those are the server's own instants, to the last digit.
	expected "$1" | cut -d ' ' -f 1 | sort -u | diff "$WORK/sent" -
}

# `latest` links the newest; it is not listed, so that a loop meets each point once.
# each: v6 v8
test_latest() {
	local other
	sim
	mnt -o "api=$1"
	assert_eq "$(readlink "$O/restore-points/latest")" "$(expected "$1" | sort | tail -n 1 | cut -d ' ' -f 1)"
	assert_eq "$(cat "$O/restore-points/latest")" "$(cat "$O/restore-points/$(readlink "$O/restore-points/latest")")"
	assert_no_match " $(names "$O/restore-points")" ' latest ' 'the listing'
	assert_eq "$(stat -c %.9Y "$O/restore-points/latest")" "$(stat -c %.9Y "$O/restore-points/$(readlink "$O/restore-points/latest")")" mtime
	# a copy is none, however new
	add_point '"backupTime":"2026-11-22T10:00:00Z","isLongTermCopy":true' >/dev/null
	[ "$1" = v6 ] || add_point '"backupTime":"2026-11-22T10:00:00Z","isCopy":true' >/dev/null
	add_point '"backupTime":"2026-11-21T10:00:00.5Z"' >/dev/null
	refresh
	assert_eq "$(readlink "$O/restore-points/latest")" 2026-11-21T10:00:00.5Z 'after another backup'
	other=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG")
	assert_errno ENOENT lstat "$other/restore-points/latest"
	assert_eq "$(names "$other/restore-points")" '' 'of an organization that was never backed up'
}

# API versions before v6 have none.
# each: v1 v5
test_none_before_v6() {
	sim
	mnt -o "api=$1"
	assert_errno ENOENT stat "$O/restore-points"
	assert_no_match " $(names "$O")" ' restore-points ' 'the listing'
}

# One request for one organization, when somebody looks; none for those nobody looks at, and none again within its time.
# each: v6 v7 v8
test_budget() {
	sim --orgs 20
	mnt -o "api=$1"
	ls -l "$M/orgs" "$O" "$M"/orgs/*/ >/dev/null
	cat "$M"/orgs/*/lastBackuptime >/dev/null
	assert_requests 0 "$(points_get)"
	ls "$O/restore-points" >/dev/null
	ls -l "$O/restore-points/" >/dev/null
	cat "$O"/restore-points/* >/dev/null
	readlink "$O/restore-points/latest" >/dev/null
	assert_errno ENOENT stat "$O/restore-points/2000-01-01T00:00:00Z"
	assert_requests 1 "$(points_get)"
	assert_requests 1 "$(points_get "$ORG")"
	nap 5
	ls -l "$O/restore-points/" >/dev/null
	assert_requests 1 "$(points_get)"
}

# Thousands of points, in pages or as one array.
# each: v6 v7 v8
test_many() {
	local options=()
	[ "$1" != v6 ] || options=(--arrays paged --default-page 100000 --max-page 100000)
	sim --restore-points 4000 "${options[@]}"
	mnt -o "api=$1"
	expected "$1" | cut -d ' ' -f 1 | sort -u >"$WORK/expected"
	ls "$O/restore-points" | diff "$WORK/expected" -
	assert_num "$(wc -l <"$WORK/expected")" -ge 2000 points
}

# A time that is none makes no file and hides no other.
test_bad_points() {
	local id n
	sim
	mnt
	n=$(find "$O/restore-points" -type f | wc -l)
	for time in '"yesterday"' null 17 '""' '"0001-01-01T00:00:00Z"' '"../../x"' '{}' '"2026-02-30T00:00:00Z"'; do
		id=$(add_point '"backupTime":"2026-11-21T10:00:00Z"')
		ctl POST "/_sim/restore-point/$(jq -rn --arg s "$id" '$s | @uri')" "{\"backupTime\":$time}" >/dev/null
	done
	add_point '"backupTime":"2026-11-22T10:00:00+02:00","isExchange":"yes","isTeams":null' >/dev/null
	refresh
	assert_eq "$(find "$O/restore-points" -type f | wc -l)" $((n + 1)) files
	assert_errno OK stat "$O/restore-points/2026-11-22T08:00:00Z"
}

# A failure is an error, never an empty directory.
# each: status=500 status=404 status=403 garbage empty truncate-json html reset-after
test_faults() {
	local want=EIO n
	allow_log .
	[ "$1" != status=403 ] || want=EACCES
	[ "$1" != reset-after ] || want=EHOSTUNREACH,EIO,ETIMEDOUT
	sim
	mnt -o timeout=3
	fault "GET:*/restorepoints:$1"
	assert_errno "$want" list "$O/restore-points"
	assert_errno "$want" stat "$O/restore-points/2017-05-14T09:17:45.8491057Z"
	assert_errno "$want" readlink "$O/restore-points/latest"
	assert_match "$(last_error)" "orgs/$ORG/restore-points" last_error
	ls -l "$O" >/dev/null
	nofault
	eventually 20 cat "$O/restore-points/2017-05-14T09:17:45.8491057Z"
	# those that are known stay while the server fails
	n=$(find "$O/restore-points" -type f | wc -l)
	fault "GET:*/restorepoints:$1"
	assert_eq "$(find "$O/restore-points" -type f | wc -l)" "$n" 'files within their time'
}

# A tenant sees those of its own organization, where the server lets it.
test_tenant() {
	sim
	CREDS=$TENANT
	mnt -o tenant
	assert_errno OK stat "$O/restore-points/latest"
	assert_num "$(find "$O/restore-points" -type f | wc -l)" -ge 5 points
}
