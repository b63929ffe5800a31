# For cases that ask the simulator itself what its sessions hold, with curl: no mount is involved.
# shellcheck shell=bash disable=SC2034

# VERSION TYPE [OPTION...]: a simulator and a session of that version; sets API TOKEN HOLDS,
# the path of what the session holds.
session_of() {
	local form id body
	API=$1 body="\"dateTime\":\"2026-11-19T19:00:05Z\",\"type\":\"$2\""
	shift 2
	sim --no-tls "$@"
	form=$(sed -n 's/^username=//p; s/^password=//p' "$CREDS" | jq -Rrs 'split("\n") |
		"grant_type=password&disable_antiforgery_token=true&username=\(.[0] | @uri)&password=\(.[1] | @uri)"')
	TOKEN=
	ask POST token "$form" 'application/x-www-form-urlencoded'
	TOKEN=$(jq -r .access_token "$WORK/reply")
	if [ "${API#v}" -lt 6 ]; then
		ask POST "Organizations/$ORG/Action" "{\"explore\":{$body}}"
	else
		ask POST "Organizations/$ORG/explore" "{$body}"
	fi
	assert_match "$STATUS" '^20[01]$' 'status of explore'
	id=$(jq -r .id "$WORK/reply")
	HOLDS=RestoreSessions/$id/organization
}

# METHOD PATH [BODY [TYPE]]: sets STATUS and MEDIA; the body is in $WORK/reply.
ask() {
	local method=$1 path=$2 url=$URL/$API/$2
	[[ $path != /* ]] || url=$URL$path
	[ $# -lt 3 ] || set -- "$@" "${4:-application/json}"
	STATUS=$(curl -q -sS --noproxy '*' -X "$method" -o "$WORK/reply" -w '%{http_code} %{content_type}' \
		${TOKEN:+-H "Authorization: Bearer $TOKEN"} \
		${3+--data-binary "$3" -H "Content-Type: $4"} "$url")
	MEDIA=${STATUS#* } STATUS=${STATUS%% *}
}

# The same, and it must succeed.
get() {
	ask GET "$1"
	assert_eq "$STATUS" 200 "status of GET $1 ($(head -c 300 "$WORK/reply"))"
}

# A path with one more parameter in its query.
with() {
	if [[ $1 == *\?* ]]; then echo "$1&$2"; else echo "$1?$2"; fi
}

# PATH: the members of a collection, one JSON object a line.
listed() {
	local offset=0
	while :; do
		get "$(with "$1" "limit=40&offset=$offset")"
		jq -c '.results[]' "$WORK/reply"
		offset=$((offset + 40))
		grep -q '"next":{' "$WORK/reply" || return 0
	done
}

# PATH NAME: the path of the member with that name.
member() {
	echo "$1/$(listed "$1" | jq -r --arg name "$2" 'select((.name // .displayName) == $name).id')"
}

# PATH QUERY [TYPE]: sends one search, in the form of its version.
search() {
	local options verb=search path=${1%%\?*} query=
	[[ $1 != *\?* ]] || query="?${1#*\?}"
	options=$(jq -nc --arg q "$2" --arg t "${3-}" '{query: $q} + if $t == "" then {} else {type: $t} end')
	if [ "${API#v}" -lt 6 ]; then
		verb=Action options="{\"search\":$options}"
	fi
	[[ $path == */search* ]] && verb='' || verb=/$verb
	ask POST "$path$verb$query" "$options"
}

# PATH QUERY [TYPE]: what a search finds, one JSON object a line, by pages of 6.
found() {
	local path=$1 offset=0
	shift
	while :; do
		search "$(with "$path" "limit=6&offset=$offset")" "$@"
		assert_eq "$STATUS" 200 "status of the search for $1 ($(head -c 300 "$WORK/reply"))"
		jq -c '.results[]' "$WORK/reply"
		offset=$((offset + 6))
		grep -q '"next":{' "$WORK/reply" || return 0
	done
}

# FILE FILE [NUMBER]: the same objects in any order, and no fewer than that.
assert_same() {
	jq -S . "$1" | jq -cs 'sort_by(.id // .postId)[]' >"$WORK/.left"
	jq -S . "$2" | jq -cs 'sort_by(.id // .postId)[]' >"$WORK/.right"
	diff "$WORK/.left" "$WORK/.right" >"$WORK/.diff" || fail "$1 and $2: $(head -c 1000 "$WORK/.diff")"
	assert_num "$(wc -l <"$1")" -ge "${3:-1}" "objects in $1"
}

# KEY: climbs by the links from each object of stdin to where there is no parent; prints KEY of
# the last one's links.
climb() {
	local object href
	while IFS= read -r object; do
		while :; do
			href=$(jq -r '._links.parent.href // empty' <<<"$object")
			[ -n "$href" ] || break
			get "${href#"$URL"}"
			object=$(<"$WORK/reply")
		done
		jq -r --arg key "$1" '._links[$key].href' <<<"$object"
	done
}
