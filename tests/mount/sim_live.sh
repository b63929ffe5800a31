# The simulator alone: events and statistics of sessions, restore points, and the change feed.
# shellcheck shell=bash source=tests/mount/lib.sh

# [VERSION] [CREDENTIALS]: sets TOKEN.
sign_in() {
	local file=${2:-$CREDS} field
	for field in username password; do
		printf '%s=%s&' "$field" "$(sed -n "s/^$field=//p" "$file" | jq -Rr @uri)"
	done >"$WORK/.login"
	TOKEN=$(curl -q -sS -f --noproxy '*' -k --data "@$WORK/.login" -d grant_type=password \
		-d disable_antiforgery_token=true "$CONTROL/${1:-v8}/token" | jq -r .access_token)
}

# METHOD PATH [BODY]: the answer's body, whatever its status.
api() {
	local method=$1 path=$2
	shift 2
	[ $# = 0 ] || set -- -H 'Content-Type: application/json' --data-binary "$1"
	curl -q -sS --noproxy '*' -k -X "$method" -H "Authorization: Bearer $TOKEN" "$@" "$CONTROL$path"
}

get() {
	api GET "$1"
}

# PATH: the status of a GET.
status() {
	curl -q -s --noproxy '*' -k -o "$WORK/.body" -w '%{http_code}' \
		-H "Authorization: Bearer $TOKEN" "$CONTROL$1" || :
}

# [TYPE] [TIME]: sets SID.
start_session() {
	SID=$(api POST "/v8/Organizations/$ORG/explore" \
		"{\"type\":\"${1:-Vex}\"${2:+,\"dateTime\":\"$2\"}}" | jq -r .id)
	assert_match "$SID" '^[0-9a-f-]{36}$' 'the new session'
}

# VERSION FILTER: jq over the events of SID.
events() {
	get "/$1/RestoreSessions/$SID/Events?limit=10000" | jq -c "$2"
}

add_events() {
	ctl POST "/_sim/session/${2:-$SID}/events" "$1" >/dev/null
}

# A document of a OneDrive of SID, as its path below the organization.
document() {
	local drives drive
	drives=/v8/RestoreSessions/$SID/organization/OneDrives
	drive=$(get "$drives" | jq -r '.results[0].id')
	echo "OneDrives/$drive/Documents/$(get "$drives/$drive/Documents" | jq -r '.results[0].id')"
}

# Start, save and stop are events, in each version as it shows them; v1 has none.
# each: v2 v3 v4 v5 v6 v7 v8
test_events() {
	local document name zone='[-]07:00' save
	sim
	sign_in
	start_session Veod
	document=$(document)
	name=$(get "/v8/RestoreSessions/$SID/organization/$document" | jq .name)
	save=save
	case $1 in
	v[2-5]) save=Action ;;
	v[678]) zone=Z ;;
	esac
	api POST "/$1/RestoreSessions/$SID/organization/$document/$save" '{"save":null}' >"$WORK/saved"
	api POST "/v8/RestoreSessions/$SID/Stop" ''
	assert_eq "$(events "$1" '[.results[]|.type, .status, .order]')" \
		'["None","Success",0,"Save","Success",1,"None","Success",2]'
	assert_eq "$(events "$1" '.results[0].title')" '"Restore session started"'
	assert_eq "$(events "$1" '.results[].startTime' | grep -cE "^\"2[0-9T:.-]*$zone\"\$")" 3 'times with their zone'
	assert_match "$(events "$1" '.results[0].duration')" '^"00:00:00"$'
	if [ "$zone" = Z ]; then
		assert_eq "$(events "$1" '.results[1]|[.itemName, .itemType, .itemSizeBytes]')" \
			"[$name,\"Document\",$(stat -c %s "$WORK/saved")]"
	else
		assert_eq "$(events "$1" '[.results[]|has("itemName") or has("organizationId")]|any')" false
	fi
	assert_eq "$(events "$1" '[.results[]|.organizationId]|unique')" \
		"[$([ "$1" = v8 ] && echo "\"$ORG\"" || echo null)]"
	get "/$1/RestoreSessions/$SID/Events" | jq -r '.results[1]|.id, ._links.self.href' >"$WORK/second"
	assert_eq "$(get "/$1/RestoreSessions/$SID/Events/$(head -n 1 "$WORK/second")" | jq .order)" 1
	assert_match "$(tail -n 1 "$WORK/second")" "/$1/[Rr]estore[Ss]essions/$SID/[Ee]vents/$(head -n 1 "$WORK/second")\$"
	assert_eq "$(status "/v1/RestoreSessions/$SID/Events")" 404
}

# A download runs until the server has the bytes together; one that nobody waits for is cancelled.
test_event_of_a_running_save() {
	local document
	sim --save-latency 600000
	sign_in
	start_session Veod
	document=$(document)
	background curl -q -s --noproxy '*' -k -o /dev/null -X POST -H "Authorization: Bearer $TOKEN" \
		"$CONTROL/v8/RestoreSessions/$SID/organization/$document/save"
	eventually 20 running_events 1
	assert_eq "$(events v8 '.results[1]|has("endTime")')" false
	kill "$BG"
	eventually 20 running_events 0
	assert_eq "$(events v8 '.results[1].status')$(events v5 '.results[1].status')" '"Cancelled""Failed"'
}

running_events() {
	[ "$(events v8 '[.results[]|select(.status == "Running")]|length')" = "$1" ]
}

# 10,000 events with hostile texts come back whole, page by page.
test_events_in_pages() {
	local offset=0 text='tab\t nl\n esc\u001b[31m \u202e \ud83d\udca9 \\ \"'
	sim
	sign_in
	start_session
	add_events "{\"count\":9999,\"itemName\":\"$text {n}\",\"message\":\"$text\",\"status\":\"Running\",\"type\":\"Save\"}"
	: >"$WORK/pages"
	while get "/v8/RestoreSessions/$SID/Events?limit=1000&offset=$offset" >"$WORK/page" &&
		[ "$(jq '.results|length' "$WORK/page")" != 0 ]; do
		jq -c '.results[]|[.order, .id, .itemName]' "$WORK/page" >>"$WORK/pages"
		offset=$((offset + $(jq '.results|length' "$WORK/page")))
	done
	assert_eq "$offset" 10000 events
	assert_eq "$(jq '.[0]' "$WORK/pages" | tr '\n' ' ')" "$(seq -s ' ' 0 9999) " 'their order'
	assert_eq "$(jq '.[1]' "$WORK/pages" | sort -u | wc -l)" 10000 'different ids'
	assert_eq "$(sed -n '43p' "$WORK/pages" | jq -c '.[2]')" "$(jq -nc "\"$text 42\"")"
	assert_eq "$(get "/v8/RestoreSessions/$SID/Events" | jq '.results|length')" 30 'the default page'
	assert_eq "$(ctl POST "/_sim/session/$SID/finish" '{"status":"Warning"}')" '{"finished":9999}'
	running_events 0
}

# An event changes, and is what it was made; what the simulator does not understand overrides.
test_changed_event() {
	local id
	sim
	sign_in
	start_session
	add_events '{"status":"Running","startTime":"2026-11-20T10:00:00Z"}'
	id=$(events v8 '.results[1].id' | jq -r .)
	ctl POST "/_sim/session/$SID/events/$id" \
		'{"status":"Failed","endTime":"2026-11-21T11:01:02.5Z","message":null,"order":"first"}' >/dev/null
	assert_eq "$(events v8 '.results[1]|[.status, .duration, .message, .order]')" \
		'["Failed","1.01:01:02.5000000",null,"first"]'
	assert_match "$(api POST "/_sim/session/$SID/events/$SID" '{}')" 'no such event'
}

# Sessions of earlier years have events that agree with their result, the same each time.
test_events_of_earlier_sessions() {
	local i
	sim --sessions 100 --busy-working 0
	sign_in
	get '/v8/RestoreSessions?limit=100' | jq -r '.results[]|.result + " " + .id' >"$WORK/sessions"
	sed "s|.* \(.*\)|url=\"$CONTROL/v8/RestoreSessions/\1/Events\"|" "$WORK/sessions" >"$WORK/urls"
	for i in 1 2; do
		curl -q -sS --noproxy '*' -k -H "Authorization: Bearer $TOKEN" -K "$WORK/urls" |
			jq -c '[.results[]|{id, title, status}]' >"$WORK/events.$i"
	done
	cmp "$WORK/events.1" "$WORK/events.2"
	assert_eq "$(jq -r '.[0].title, .[-1].title' "$WORK/events.1" | sort | uniq -c | tr -s ' ')" \
		$' 100 Restore session started\n 100 Restore session stopped'
	jq -r 'map(.status)|if index("Failed") then "Failed" elif index("Warning") then "Warning" else "Success" end' \
		"$WORK/events.1" >"$WORK/worst"
	assert_eq "$(cat "$WORK/worst")" "$(cut -d ' ' -f 1 "$WORK/sessions")" 'worst status'
	assert_eq "$(sort -u "$WORK/worst" | wc -l)" 3 'kinds of results'
}

# Statistics count the events, and have their warnings and errors.
test_statistics() {
	local status
	sim
	sign_in
	start_session Vesp
	for status in Running Success Success Warning Failed Skipped; do
		add_events "{\"status\":\"$status\",\"message\":\"$status\\tit is\",\"itemName\":\"x\"}"
	done
	add_events '{"type":"View","status":"Success"}'
	assert_eq "$(get "/v8/RestoreSessions/$SID/Statistics" | jq -c \
		'[.totalItemsCount, .restoredItemsCount, .failedItemsCount, .skippedItemsCount, .warnings, .errors, (.items|length)]')" \
		'[6,3,1,1,["Warning\tit is"],["Failed\tit is"],5]'
	assert_eq "$(status "/v7/RestoreSessions/$SID/Statistics")" 404
}

# Restore points from the first backup to the last, an array in v6 and pages later; two in one second,
# a copy of one instant, several repositories; none where there was no backup.
# each: v6 v7 v8
test_restore_points() {
	local all
	sim --orgs 5
	sign_in
	all=$(get "/$1/RestorePoints?organizationId=$ORG")
	[ "$1" = v6 ] || all=$(jq .results <<<"$all")
	echo "$all" >"$WORK/all"
	assert_eq "$(jq -c '[length, .[0].backupTime, .[-1].backupTime]' "$WORK/all")" \
		'[8,"2026-11-20T02:00:03.453Z","2017-05-14T09:17:45.8491057Z"]'
	assert_num "$(jq '[.[].backupTime[:19]]|unique|length' "$WORK/all")" -lt 8 'different seconds'
	assert_num "$(jq '[.[].repositoryId]|unique|length' "$WORK/all")" -ge 2 repositories
	assert_eq "$(jq '[.[]|.isExchange or .isSharePoint or .isOneDrive or .isTeams]|all' "$WORK/all")" true
	assert_eq "$(jq '[.[]|.isExchange and .isSharePoint and .isOneDrive and .isTeams]|all' "$WORK/all")" false
	assert_eq "$(jq -c '[.[]|has("isCopy"), has("eTag")]|unique' "$WORK/all")" "$(
		case $1 in v6) echo '[false]' ;; v7) echo '[false,true]' ;; *) echo '[true]' ;; esac)"
	assert_eq "$(get "/$1/RestorePoints/$(jq -r '.[3].id' "$WORK/all")" | jq .backupTime)" "$(jq '.[3].backupTime' "$WORK/all")"
	assert_eq "$(status "/$1/RestorePoints/nothing")" 404
	assert_eq "$(status /v5/RestorePoints)" 404
	assert_eq "$(get '/v6/RestorePoints' | jq -c '[.[].organizationId]|unique')" \
		"$(get '/v6/Organizations?extendedView=true' | jq -c '[.[]|select(.isBackedup).id]|unique')" 'organizations with a backup'
	sign_in "$1" "$TENANT"
	assert_eq "$(get "/v6/RestorePoints" | jq -c '[.[].organizationId]|unique')" "[\"$ORG\"]"
}

# The filters of each version.
# each: v6 v7 v8
test_restore_point_filters() {
	local v=$1 middle
	sim --orgs 4 --restore-points 40
	sign_in
	chosen >"$WORK/all"
	middle=$(jq -r '.[20].backupTime' "$WORK/all")
	if [ "$1" = v6 ]; then
		assert_eq "$(chosen "backupTime=$middle")" "$(jq -c "[.[]|select(.backupTime > \"$middle\")]" "$WORK/all")"
	else
		assert_eq "$(chosen "from=$middle")" "$(jq -c "[.[]|select(.backupTime > \"$middle\")]" "$WORK/all")"
		assert_eq "$(chosen "to=$middle")" "$(jq -c "[.[]|select(.backupTime < \"$middle\")]" "$WORK/all")"
		assert_eq "$(chosen isCopy=true)" "$(jq -c '[.[]|select(.isCopy)]' "$WORK/all")"
		assert_eq "$(chosen orderAsc=true | jq -c reverse)" "$(cat "$WORK/all")"
		assert_eq "$(get "/$v/RestorePoints?organizationId=$ORG&limit=7&offset=30" | jq -c .results)" \
			"$(jq -c '.[30:37]' "$WORK/all")"
	fi
	assert_eq "$(chosen isRetrieved=true)" "$(jq -c '[.[]|select(.retrievalId)]' "$WORK/all")"
	assert_eq "$(chosen isLongTermCopy=false)" "$(jq -c '[.[]|select(.isLongTermCopy|not)]' "$WORK/all")"
	assert_eq "$(jq -c '[.[]|select(.isLongTermCopy)]|length > 0' "$WORK/all")" true
	middle=$(jq -r '.[20]|.repositoryId, .jobId' "$WORK/all")
	assert_eq "$(chosen "repositoryId=${middle%$'\n'*}")" "$(jq -c "[.[]|select(.repositoryId == \"${middle%$'\n'*}\")]" "$WORK/all")"
	assert_eq "$(chosen "jobId=${middle#*$'\n'}")" "$(jq -c "[.[]|select(.jobId == \"${middle#*$'\n'}\")]" "$WORK/all")"
	assert_eq "$(status "/$1/RestorePoints?organizationId=x")$(status "/$1/RestorePoints?isRetrieved=x")" 400400
	[ "$1" != v8 ] || assert_eq "$(status "/v8/RestorePoints?teamId=x")" 501
}

# [FILTER]: the organization's points that the version in v chooses by it.
chosen() {
	get "/$v/RestorePoints?organizationId=$ORG&limit=10000${1:+&$1}" | jq -c '.results? // .'
}

# An explore of each point opens exactly that instant.
test_explore_of_restore_points() {
	local time
	sim
	sign_in
	for time in $(get '/v8/RestorePoints' | jq -r '.results[].backupTime'); do
		start_session Vex "$time"
		assert_eq "$("$PY" -c 'import sys, datetime
print(sys.argv[1].partition(".")[2].rstrip("Z"))' "$time")" \
			"$(get "/v1/RestoreSessions/$SID" | jq -r .pointInTime | sed -n 's/.*\.\([0-9]*\).*/\1/p')" 'fraction'
		same_instant "$time" "$(get "/v1/RestoreSessions/$SID" | jq -r .pointInTime)" || fail "$time"
	done
}

# Restore points come and go from outside, the organization's first and last backup with them.
test_changed_restore_points() {
	local id v=v8
	sim
	sign_in
	id=$(ctl POST /_sim/restore-points "{\"org\":\"$ORG\",\"backupTime\":\"2026-11-23T02:00:00.0000001Z\",\"isTeams\":false}" | jq -r .id)
	assert_eq "$(last_backup) $(chosen | jq -c '.[0]|[.backupTime, .isTeams]')" \
		'2026-11-23T02:00:00.0000001Z ["2026-11-23T02:00:00.0000001Z",false]'
	ctl POST "/_sim/restore-point/$id" '{"backupTime":"2026-11-22T02:00:00Z","isTeams":true}' >/dev/null
	assert_eq "$(last_backup) $(chosen | jq -c '.[0].isTeams')" '2026-11-22T02:00:00Z true'
	ctl DELETE "/_sim/restore-point/$id"
	assert_eq "$(last_backup) $(chosen | jq length)" '2026-11-20T02:00:03.453Z 8'
	# The other way round: the organization's times decide.
	ctl POST "/_sim/organization/$ORG" '{"lastBackuptime":"2020-01-01T00:00:00Z"}' >/dev/null
	assert_eq "$(chosen | jq -c '[.[0].backupTime, .[-1].backupTime]')" '["2020-01-01T00:00:00Z","2017-05-14T09:17:45.8491057Z"]'
	ctl POST "/_sim/organization/$ORG" '{"lastBackuptime":null}' >/dev/null
	assert_eq "$(chosen)" '[]'
}

last_backup() {
	get "/v8/Organizations/$ORG?extendedView=true" | jq -r .lastBackuptime
}

# Many points, page by page.
test_many_restore_points() {
	sim --restore-points 20000
	sign_in
	truth v8 RestorePoints "$WORK/ids"
	assert_eq "$(wc -l <"$WORK/ids")" 20000 points
	assert_eq "$(get /v7/RestorePoints | jq -c '[.totalCount, (.results|length)]')" '[20000,30]'
}

# ---- the change feed ------------------------------------------------------------

# [MORE]: from the token of KEY, as JSON.
feed() {
	get "/v8/Events?from=$(jq -Rr @uri <<<"$KEY")${1:+&$1}"
}

# Sets KEY to the newest token.
latest() {
	KEY=$(get '/v8/Events?from=latest' | jq -r .nextChangeToken)
}

# Start waiting for a change in the background; the answer will be in $WORK/fed.
wait_for_change() {
	local before
	before=$(held)
	background curl -q -sS --noproxy '*' -k -o "$WORK/fed" -H "Authorization: Bearer $TOKEN" \
		"$CONTROL/v8/Events?from=$(jq -Rr @uri <<<"$KEY")&timeoutSeconds=${1:-3000}"
	eventually 20 held_is $((before + 1))
}

held() {
	ctl GET /_sim/stats | jq .held
}

held_is() {
	[ "$(held)" = "$1" ]
}

# WHAT ID: the wait is over because of it; goes on from there.
assert_fed() {
	assert_status 0 "$BG"
	assert_eq "$(jq -c '[.results[]|[.eventType, .id]]' "$WORK/fed")" "[[\"$1\",\"$2\"]]"
	KEY=$(jq -r .nextChangeToken "$WORK/fed")
}

# A request waits for a change and is answered when there is one, whatever it is.
test_feed_wakes() {
	local id
	sim
	sign_in
	latest
	wait_for_change
	start_session
	assert_fed RestoreSessionUpdate "$SID"
	assert_eq "$(jq '.results[0].eTag' "$WORK/fed")" "$(get "/v8/RestoreSessions/$SID" | jq .eTag)" eTag
	wait_for_change
	api POST "/v8/RestoreSessions/$SID/Stop" ''
	assert_fed RestoreSessionUpdate "$SID"
	wait_for_change
	ctl POST "/_sim/session/$SID" '{"result":"Failed"}' >/dev/null
	assert_fed RestoreSessionUpdate "$SID"
	assert_eq "$(jq '.results[0].eTag' "$WORK/fed")" "$(get "/v8/RestoreSessions/$SID" | jq .eTag)" eTag
	wait_for_change
	ctl DELETE "/_sim/session/$SID"
	assert_fed RestoreSessionDelete "$SID"
	assert_eq "$(status "/v8/RestoreSessions/$SID") $(get /v8/RestoreSessions | jq -c .results)" '404 []'
	wait_for_change
	id=$(ctl POST /_sim/restore-points "{\"org\":\"$ORG\"}" | jq -r .id)
	assert_fed RestorePointUpdate "$id"
	wait_for_change
	ctl DELETE "/_sim/restore-point/$id"
	assert_fed RestorePointDelete "$id"
	wait_for_change
	id=$(somebody "$ORG" veod 2026-11-20T00:00:00Z)
	assert_fed RestoreSessionUpdate "$id"
}

# What has changed since the token is told at once, in parts if there is a limit, each change once and in order.
test_feed_catches_up() {
	local i
	sim
	sign_in
	latest
	for i in 1 2 3 4 5; do
		somebody "$ORG" vex 2026-11-20T00:00:00Z
	done >"$WORK/ids"
	assert_eq "$(feed timeoutSeconds=3000 | jq -r '.results[].id')" "$(cat "$WORK/ids")"
	: >"$WORK/told"
	for i in 1 2 3; do
		feed 'limit=2&timeoutSeconds=3000' >"$WORK/fed"
		assert_eq "$(jq .limit "$WORK/fed")" 2
		jq -r '.results[].id' "$WORK/fed" >>"$WORK/told"
		KEY=$(jq -r .nextChangeToken "$WORK/fed")
	done
	assert_eq "$(cat "$WORK/told")" "$(cat "$WORK/ids")"
	assert_eq "$(feed | jq -c .results)" '[]'
}

# Where nothing happens the answer is empty: at once, or when the time is over; its token goes on.
test_feed_times_out() {
	sim
	sign_in
	latest
	assert_eq "$(feed | jq -c .results)$(feed timeoutSeconds=0 | jq -c .results)" '[][]'
	feed timeoutSeconds=1 >"$WORK/fed"
	assert_eq "$(jq -c .results "$WORK/fed")" '[]'
	KEY=$(jq -r .nextChangeToken "$WORK/fed")
	start_session
	assert_eq "$(feed | jq -r '.results[].id')" "$SID"
	assert_eq "$(status '/v8/Events')$(status '/v8/Events?from=x')$(status '/v8/Events?from=latest&timeoutSeconds=-1')" 400400400
	assert_eq "$(status '/v7/Events?from=latest')" 404
}

# Each login hears of what it sees, and of nothing else.
test_feed_of_a_tenant() {
	local other
	sim --orgs 4
	sign_in
	other=$(get '/v8/RestorePoints' | jq -r "[.results[].organizationId|select(. != \"$ORG\")][0]")
	sign_in v8 "$TENANT"
	latest
	wait_for_change
	ctl POST /_sim/sessions "{\"org\":\"$ORG\"}" >/dev/null
	ctl POST /_sim/restore-points "{\"org\":\"$other\"}" >/dev/null
	SID=$(ctl POST /_sim/sessions "{\"org\":\"$ORG\",\"login\":\"$(sed -n 's/^username=//p' "$TENANT")\"}" | jq -r .id)
	assert_fed RestoreSessionUpdate "$SID"
}

# Events of a session are no change of it, unless that is asked for: what a real server does is not known.
test_feed_and_events() {
	sim
	sign_in
	start_session
	latest
	add_events '{}'
	assert_eq "$(feed | jq -c .results)" '[]'
	sim_stop
	sim --event-updates
	sign_in
	start_session
	latest
	wait_for_change
	add_events '{"count":100,"status":"Running"}'
	assert_fed RestoreSessionUpdate "$SID"
	wait_for_change
	ctl POST "/_sim/session/$SID/finish" '{}' >/dev/null
	assert_fed RestoreSessionUpdate "$SID"
}

# 300 requests that wait take no work: their threads do not run; others are answered; one change answers all.
test_feed_of_many() {
	local i n=300 from
	sim --no-tls
	sign_in
	latest
	from=$(jq -Rr @uri <<<"$KEY")
	for ((i = 0; i < n; i++)); do
		printf 'url = "%s/v8/Events?from=%s&timeoutSeconds=3000"\noutput = "%s"\n' \
			"$CONTROL" "$from" "$WORK/fed.$i"
	done >"$WORK/urls"
	background curl -q -sS --no-progress-meter --noproxy '*' -H "Authorization: Bearer $TOKEN" \
		--parallel --parallel-immediate --parallel-max "$n" -K "$WORK/urls"
	eventually 50 held_is "$n"
	switches >"$WORK/before"
	sleep 1
	# A sanitizer has a thread of its own.
	assert_num "$(switches | diff "$WORK/before" - | grep -c '^>')" -lt 10 'threads that ran'
	start_session
	assert_status 0 "$BG"
	assert_eq "$(jq -r '.results[].id' "$WORK"/fed.* | sort | uniq -c | tr -s ' ')" " $n $SID"
	held_is 0
}

# Of each thread of the simulator but the first, how often it has run.
switches() {
	local pid task
	pid=$(cat "$SIM/pid")
	for task in /proc/"$pid"/task/*; do
		[ "${task##*/}" = "$pid" ] ||
			sed -n "s|^.*voluntary_ctxt_switches:|${task##*/} |p" "$task/status"
	done
}

# A client that goes away, and the end of the server, end the wait.
test_feed_ends() {
	sim
	sign_in
	latest
	wait_for_change
	kill "$BG"
	eventually 20 held_is 0
	assert_requests 1 'GET /v8/Events.* 0 0 '
	wait_for_change
	sim_stop
	assert_status failure "$BG"
}

# A token of an earlier start of the server, or of changes that it has forgotten, is outdated.
test_feed_outdated() {
	local i
	sim --feed-history 3
	sign_in
	latest
	for i in 1 2 3; do somebody "$ORG" vex 2026-11-20T00:00:00Z >/dev/null; done
	assert_eq "$(feed | jq '.results|length')" 3 changes
	somebody "$ORG" vex 2026-11-20T00:00:00Z >/dev/null
	assert_eq "$(feed | jq -r .errorCode)" OutdatedChangeToken
	latest
	wait_for_change
	ctl DELETE /_sim/changes
	assert_status 0 "$BG"
	assert_eq "$(jq -r .errorCode "$WORK/fed")" OutdatedChangeToken
	latest
	assert_eq "$(feed | jq -c .results)" '[]'
	sim_stop
	sim
	sign_in
	assert_eq "$(feed | jq -r .errorCode)" OutdatedChangeToken
}

# Faults of the feed lose nothing: the same token tells it afterwards.
# each: status=500 status=400,errorcode=OutdatedChangeToken garbage empty truncate reset-after break=50 hang
test_feed_faults() {
	sim
	sign_in
	latest
	fault "GET:/v8/Events:$1,count=1"
	if [ "$1" = hang ]; then
		background curl -q -s --noproxy '*' -k -H "Authorization: Bearer $TOKEN" \
			"$CONTROL/v8/Events?from=$(jq -Rr @uri <<<"$KEY")&timeoutSeconds=1"
		eventually 20 seen 1
		start_session
		kill "$BG"
		assert_status failure "$BG"
	else
		[[ $1 == break=* ]] || start_session
		status "/v8/Events?from=$(jq -Rr @uri <<<"$KEY")&timeoutSeconds=3000" >"$WORK/status"
		[[ $1 == break=* ]] && start_session
		assert_match "$1 $(cat "$WORK/status")" '^(status=(...).* \2|(garbage|empty|truncate) 200|(reset-after|break=50) 000)$'
	fi
	assert_eq "$(feed | jq -r '.results[].id')" "$SID"
}

# With the fault "break" a change that comes in time is told.
test_feed_cut_in_time() {
	sim
	sign_in
	latest
	fault 'GET:/v8/Events:break=50000'
	wait_for_change
	start_session
	assert_fed RestoreSessionUpdate "$SID"
}

# The fault "raw" leaves control characters in JSON as they are.
test_raw_control_characters() {
	sim
	sign_in
	start_session
	add_events '{"message":"a\tb\u0001c\nd"}'
	fault 'GET:*/Events:raw,count=1'
	get "/v8/RestoreSessions/$SID/Events" >"$WORK/raw"
	assert_fails "$PY" -c 'import json, sys; json.load(open(sys.argv[1]))' "$WORK/raw"
	assert_eq "$("$PY" -c 'import json, sys
print(repr(json.load(open(sys.argv[1], newline=""), strict=False)["results"][1]["message"]))' "$WORK/raw")" \
		"'a\\tb\\x01c\\nd'"
}

# --keep: killed and started again it is the same server, with the sessions that it had confirmed.
test_kept_sessions() {
	local before
	sim --keep "$WORK/kept" --sessions 5
	sign_in
	api POST "/v8/Organizations/$ORG/explore" '{"type":"Vex"}' | jq -r .id >"$WORK/first"
	api POST "/v8/Organizations/$ORG/explore" '{"type":"Veod"}' | jq -r .id >"$WORK/second"
	api POST "/v8/RestoreSessions/$(cat "$WORK/second")/stop" ''
	api POST "/v8/Organizations/$ORG/explore" '{"type":"Vet"}' | jq -r .id >"$WORK/third"
	ctl DELETE "/_sim/session/$(cat "$WORK/third")" >/dev/null
	before=$(get '/v8/RestoreSessions?limit=100' | jq -S '.results | sort_by(.id)')
	sim_kill
	sim --keep "$WORK/kept" --sessions 5
	sign_in
	assert_eq "$(get '/v8/RestoreSessions?limit=100' | jq -S '.results | sort_by(.id)')" "$before" sessions
	assert_eq "$(get "/v8/RestoreSessions/$(cat "$WORK/first")" | jq -r .state)" Working
	assert_eq "$(get "/v8/RestoreSessions/$(cat "$WORK/second")" | jq -r .state)" Stopped
	assert_eq "$(status "/v8/RestoreSessions/$(cat "$WORK/third")")" 404
	# a new one has an id of its own
	api POST "/v8/Organizations/$ORG/explore" '{"type":"Vet"}' | jq -r .id >"$WORK/fourth"
	assert_eq "$(cat "$WORK"/{first,second,third,fourth} | sort -u | wc -l)" 4 'different ids'
}

# Two simulators do not share a port: the second says so; after the first has ended the port is free at once.
test_port() {
	local port
	sim
	port=$PORT
	assert_fails "$BUILD/vbosim" --port "$port"
	assert_match "$(cat "$WORK/.out")" "^vbosim: cannot listen on port $port: Address already in use$" message
	ctl GET /_sim/stats >/dev/null
	sim_stop
	sim --port "$port"
	assert_eq "$PORT" "$port" port
}
