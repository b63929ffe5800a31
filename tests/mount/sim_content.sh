# What the simulator's sessions hold, asked for with curl: no mount is involved.
# shellcheck shell=bash

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

# Searches of mail find exactly the items that the listing shows to match, page by page.
# each: v4 v5 v6 v7 v8
test_search_mail() {
	local box folder key
	session_of "$1" vex
	box=$(member "$HOLDS/mailboxes" 'Adele Vance')
	listed "$box/items" >"$WORK/all"
	jq -c 'select(.subject // "" | ascii_downcase | contains("budget"))' "$WORK/all" >"$WORK/want"
	found "$box" subject:BUDGET >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 2
	found "$box" bud >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want"
	jq -c 'select((.subject // "" | contains("on Friday")) and (.from // "" | contains("Adele")))' \
		"$WORK/all" >"$WORK/want"
	found "$box" 'subject: "on friday" from:adele' >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want"
	jq -c 'select(.to // "" | contains("zoe@"))' "$WORK/all" >"$WORK/want"
	found "$box" to:zoe@ >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want"
	jq -c 'select(.attachments // [] | length > 0)' "$WORK/all" >"$WORK/want"
	found "$box" hasattachments:true >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want"
	tail -n 5 "$WORK/got" | climb mailbox | sort -u >"$WORK/tops"
	assert_match "$(<"$WORK/tops")" "^[^ ]*/${box##*/}\$" 'mailbox above all that was found'
	# one folder, and what is below it
	folder=$(listed "$box/folders" | jq -r 'select(.name == "Inbox").id')
	key=$([ "${1#v}" -le 6 ] && echo folderId || echo parentId)
	found "$box/folders/$folder" from:a >"$WORK/got"
	listed "$box/items?$key=$folder" >"$WORK/want"
	assert_num "$(jq -r .id "$WORK/got" "$WORK/want" | sort | uniq -d | wc -l)" -ge 3 'found in the folder'
	found "$HOLDS/mailboxes" subject:budget >"$WORK/got"
	assert_num "$(jq -r ._links.mailbox.href "$WORK/got" | sort -u | wc -l)" -ge 2 'mailboxes found in'
	if [ "${1#v}" -ge 6 ]; then
		found "$HOLDS/searchExchange" subject:budget >"$WORK/want"
		assert_same "$WORK/got" "$WORK/want" 2
	fi
	assert_eq "$(requests ' save$')" 0 saves
}

# What the query language refuses, and what it does not know.
# each: v4 v5 v6 v7 v8
test_search_refused() {
	local query
	session_of "$1" vex
	for query in '' '  ' 'subject:' 'subject: "Budget' '"' 'sbject:budget' 'subject:""'; do
		search "$HOLDS/mailboxes" "$query"
		assert_eq "$STATUS" 400 "status of the search for '$query'"
		assert_ne "$(jq -r .message "$WORK/reply")" null 'message'
	done
	[ "$1" != v8 ] ||
		assert_eq "$(jq -r .errorCode "$WORK/reply")" ParameterValidationFailure errorCode
	search "$HOLDS/mailboxes" body:secret
	assert_eq "$STATUS" 501 'status of a key that is not simulated'
	found "$HOLDS/mailboxes" '"no such subject"' >"$WORK/got"
	assert_eq "$(cat "$WORK/got")" '' 'found by what is nowhere'
	ask POST "$HOLDS/mailboxes/$([ "${1#v}" -lt 6 ] && echo Action || echo search)" '{}'
	assert_eq "$STATUS" 400 'status of a search without query'
}

# The versions before v4 do not search.
# each: v1 v2 v3
test_search_absent() {
	local box
	session_of "$1" vex
	box=$(member "$HOLDS/mailboxes" 'Adele Vance')
	search "$box" budget
	assert_eq "$STATUS" 404 'status of the search'
	ask POST "$box/search" '{"query":"budget"}'
	assert_eq "$STATUS" 404 'status of the search'
}

# Searches of OneDrives: documents and folders, in one, below a folder, or in all.
# each: v4 v5 v6 v7 v8
test_search_onedrive() {
	local drive folder
	session_of "$1" veod
	drive=$(member "$HOLDS/OneDrives" 'Adele Vance')
	listed "$drive/Documents" >"$WORK/documents"
	listed "$drive/Folders" >"$WORK/folders"
	jq -c 'select(.name | ascii_downcase | contains("re"))' "$WORK/documents" "$WORK/folders" >"$WORK/want"
	found "$drive" name:re >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 3
	found "$drive" filename:RE >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want"
	assert_match "$(climb onedrive <"$WORK/got" | sort -u)" "^[^ ]*/${drive##*/}\$" 'drive above all that was found'
	found "$drive" ext:PDF >"$WORK/got"
	jq -c 'select(.name | endswith(".pdf"))' "$WORK/documents" >"$WORK/want"
	assert_same "$WORK/got" "$WORK/want" 2
	found "$drive" 'author:a 20' >"$WORK/got"
	jq -c 'select((.name | contains("20")) and (.createdBy | ascii_downcase | contains("a")))' \
		"$WORK/documents" "$WORK/folders" >"$WORK/want"
	assert_same "$WORK/got" "$WORK/want" 1
	folder=$(jq -r 'select(.name == "Documents").id' "$WORK/folders")
	found "$drive/Folders/$folder" name:re >"$WORK/got"
	assert_num "$(wc -l <"$WORK/got")" -ge 1 'found below the folder'
	assert_eq "$(jq -r .name "$WORK/got" | grep -c Attachments)" 0 'found beside the folder'
	found "$HOLDS/OneDrives" name:Budget >"$WORK/got"
	assert_eq "$(wc -l <"$WORK/got")" 3 'drives with a budget'
	[ "${1#v}" -ge 6 ] || return 0
	found "$drive?itemType=Folders" name:re >"$WORK/got"
	jq -c 'select(.name | ascii_downcase | contains("re"))' "$WORK/folders" >"$WORK/want"
	assert_same "$WORK/got" "$WORK/want" 1
	search "$drive?itemType=Items" name:re
	assert_eq "$STATUS" 400 'status of a type that OneDrives do not have'
}

# Searches of SharePoint: all sites, one site without its subsites, a library, a list, a folder.
# each: v4 v5 v6 v7 v8
test_search_sites() {
	local site library list
	session_of "$1" vesp
	site=$(member "$HOLDS/Sites" Intranet)
	library=$(member "$site/Libraries" Documents)
	list=$(member "$site/Lists" Issues)
	listed "$site/Documents" | jq -c 'select(.name | contains("Travel"))' >"$WORK/want"
	found "$site" 'filename:"travel policy"' >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 2
	assert_match "$(climb site <"$WORK/got" | sort -u)" "^[^ ]*/${site##*/}\$" 'site above all that was found'
	found "$library" travel >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 2
	found "$HOLDS/Sites" travel >"$WORK/got"
	assert_eq "$(jq -r ._links.site.href "$WORK/got" | sort -u | wc -l)" 3 'sites with a travel policy'
	listed "$site/Items" | jq -c 'select(.title | contains("Wi-Fi"))' >"$WORK/want"
	found "$list" title:wi-fi >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 1
	found "$library" wi-fi >"$WORK/got"
	assert_eq "$(cat "$WORK/got")" '' 'items found in a library'
	found "$site/Folders/$(listed "$site/Folders" | jq -r 'select(.name == "Policies").id' | head -n 1)" \
		policy >"$WORK/got"
	assert_num "$(wc -l <"$WORK/got")" -ge 2 'found in a folder'
}

# Searches of teams: files, posts and tabs, in one, in a channel, in each of them.
# each: v5 v6 v7 v8
test_search_teams() {
	local team channel all
	session_of "$1" vet
	all=$HOLDS/$([ "$1" = v5 ] && echo || echo searchTeams)
	team=$(member "$HOLDS/teams" Marketing)
	channel=$(member "$team/channels" General)
	listed "$team/files" | jq -c 'select(.name | ascii_downcase | contains("plan"))' >"$WORK/want"
	found "$team" plan files >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 2
	assert_match "$(climb team <"$WORK/got" | sort -u)" "^[^ ]*/${team##*/}\$" 'team above all that was found'
	found "$team/files" filename:plan >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want"
	listed "$team/posts" | jq -c 'select(.author | ascii_downcase | contains("a"))' >"$WORK/want"
	found "$team/posts" author:a >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 2
	assert_match "$(head -n 5 "$WORK/got" | climb team | sort -u)" "^[^ ]*/${team##*/}\$" 'team above posts'
	found "$team" author:a Posts >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want"
	listed "$channel/tabs" | jq -c 'select(.displayName == "Wiki")' >"$WORK/want"
	found "$channel" wiki Tabs >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 1
	found "$channel/tabs" name:wiki >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 1
	found "${all%/}" ext:mpp Files >"$WORK/got"
	assert_eq "$(jq -r ._links.team.href "$WORK/got" | sort -u | wc -l)" 2 'teams with such a file'
	search "$team" plan
	assert_eq "$STATUS" 400 'status of a search without type'
	search "$team" plan Channels
	assert_eq "$STATUS" 400 'status of a search for what there is not'
	[ "${1#v}" -ge 7 ] || return 0
	listed "$team/files?channelId=${channel##*/}&parentId=root" | jq -c 'select(.name | contains("o"))' >"$WORK/want"
	found "$team/files?channelId=${channel##*/}&parentId=root" name:o >"$WORK/got"
	assert_same "$WORK/got" "$WORK/want" 1
}

# Searching and listing give no time to a session from before the first backup: it is empty.
test_search_empty() {
	session_of v8 vex
	ask POST "Organizations/$ORG/explore" '{"dateTime":"2000-01-01T00:00:00Z","type":"Vex"}'
	found "RestoreSessions/$(jq -r .id "$WORK/reply")/organization/searchExchange" budget >"$WORK/got"
	assert_eq "$(cat "$WORK/got")" '' 'found in an empty session'
}

# PATH-OF-A-DOCUMENT OBJECT: its earlier versions are as many as its number says, each with its own
# size and bytes, listed, asked for and saved alike; prints how many there are.
assert_versions() {
	local path=$1 id number n=0 version
	id=$(jq -r .id <<<"$2") number=$(jq -r '.version | tonumber' <<<"$2")
	listed "$path/Versions" >"$WORK/versions"
	while IFS= read -r version; do
		n=$((n + 1))
		assert_eq "$(jq -r '.version | tonumber' <<<"$version")" $((number - n)) "version of $path"
		assert_ne "$(jq -r .versionId <<<"$version")" "$(jq -r .versionId <<<"$2")" versionId
		get "$path/Versions/$(jq -r .versionId <<<"$version")"
		assert_eq "$(jq -cS . "$WORK/reply")" "$(jq -cS . <<<"$version")" 'one version'
		get "$(jq -r ._links.self.href <<<"$version")"
		assert_eq "$(jq -cS . "$WORK/reply")" "$(jq -cS . <<<"$version")" 'the link of one version'
		ask POST "$path/Versions/$(jq -r .versionId <<<"$version")/save" '{"asZip":false}'
		assert_eq "$STATUS $MEDIA" '200 application/octet-stream' 'answer of a save'
		assert_eq "$(stat -c %s "$WORK/reply")" "$(jq -r .sizeBytes <<<"$version")" 'size of a version'
		ctl GET "/_sim/content/$id?version=$((number - n))" | cmp - "$WORK/reply" || fail 'bytes of a version'
	done <"$WORK/versions"
	assert_eq $n $((number - 1)) "versions of $path"
	assert_eq "$(jq -s 'map(.sizeBytes) | unique | length' "$WORK/versions")" $n "sizes of versions"
	ask GET "$path/Versions/$(jq -r .versionId <<<"$2")"
	assert_eq "$STATUS" 404 'status of the present version among the earlier ones'
	echo "$n"
}

# Documents of a OneDrive have none to several earlier versions, and so have its folders.
# each: v6 v7 v8
test_versions_onedrive() {
	local drive object
	session_of "$1" veod
	drive=$(member "$HOLDS/OneDrives" 'Adele Vance')
	listed "$drive/Documents" >"$WORK/documents"
	while IFS= read -r object; do
		assert_versions "$drive/Documents/$(jq -r .id <<<"$object")" "$object" >>"$WORK/counts"
	done < <(jq -c 'select(.name | test("Budget|Notes|Letter|2016"))' "$WORK/documents")
	assert_eq "$(sort -u "$WORK/counts" | tr '\n' ' ')" '0 1 2 3 ' 'numbers of earlier versions'
	assert_eq "$(requests ' save$')" 6 saves
	object=$(listed "$drive/Folders" | jq -c 'select(.name == "Documents")')
	listed "$drive/Folders/$(jq -r .id <<<"$object")/Versions" >"$WORK/versions"
	assert_eq "$(jq -r .version "$WORK/versions")" 1.0 'the earlier version of a folder'
	get "$drive/Folders/$(jq -r .id <<<"$object")/Versions/$(jq .versionId "$WORK/versions")"
	assert_eq "$(jq -cS . "$WORK/reply")" "$(jq -cS . "$WORK/versions")" 'one version of a folder'
}

# The same of SharePoint's documents, folders and items.
# each: v6 v7 v8
test_versions_sites() {
	local site kind object
	session_of "$1" vesp
	site=$(member "$HOLDS/Sites" Intranet)
	listed "$site/Documents" >"$WORK/documents"
	while IFS= read -r object; do
		assert_versions "$site/Documents/$(jq -r .id <<<"$object")" "$object" >>"$WORK/counts"
	done < <(jq -c 'select(.name | test("Welcome|Org chart|policy.pdf"))' "$WORK/documents")
	assert_eq "$(sort -u "$WORK/counts" | tr '\n' ' ')" '0 1 2 ' 'numbers of earlier versions'
	for kind in Folders Items; do
		object=$(listed "$site/$kind" | jq -c 'select(.version != "1.0")' | head -n 1)
		listed "$site/$kind/$(jq -r .id <<<"$object")/Versions" >"$WORK/versions"
		assert_eq "$(wc -l <"$WORK/versions")" "$(jq -r '(.version | tonumber) - 1' <<<"$object")" "of $kind"
		get "$site/$kind/$(jq -r .id <<<"$object")/Versions/$(jq .versionId "$WORK/versions" | tail -n 1)"
		assert_eq "$(jq -r .version "$WORK/reply")" 1.0 "the first version of $kind"
	done
}

# Files of teams list theirs from v7 on, in v8 under the channel; no version can be saved by itself.
# each: v6 v7 v8
test_versions_teams() {
	local team channel file path
	session_of "$1" vet
	team=$(member "$HOLDS/teams" Marketing)
	channel=$(member "$team/channels" General)
	file=$(listed "$team/files?channelId=${channel##*/}" | jq -c 'select(.name == "Roadmap.pptx")')
	path=$team/files/$(jq -r .id <<<"$file")
	[ "$1" != v8 ] || path=$channel/files/$(jq -r .id <<<"$file")
	get "$path"
	assert_eq "$(jq -cS . "$WORK/reply")" "$(jq -cS . <<<"$file")" 'one file'
	if [ "$1" = v6 ]; then
		ask GET "$path/versions"
		assert_eq "$STATUS" 404 'status of versions in v6'
		return
	fi
	listed "$path/versions" >"$WORK/versions"
	assert_eq "$(jq -r .version <<<"$file")" 3 'present version'
	assert_eq "$(jq -r .version "$WORK/versions" | tr '\n' ' ')" '2 1 ' 'earlier versions'
	assert_eq "$(jq -s 'map(.sizeBytes) | unique | length' "$WORK/versions")" 2 'sizes of them'
	ask GET "$team/files/$(jq -r .id <<<"$file")/versions"
	assert_eq "$STATUS" "$([ "$1" = v8 ] && echo 404 || echo 200)" 'status of the path of v7'
}

# A session of an earlier time shows the version of that time as the present one.
test_versions_at_a_time() {
	local drive document
	session_of v8 veod
	ask POST "Organizations/$ORG/explore" '{"dateTime":"2017-06-01T00:00:00Z","type":"Veod"}'
	HOLDS=RestoreSessions/$(jq -r .id "$WORK/reply")/organization
	drive=$(member "$HOLDS/OneDrives" 'Adele Vance')
	document=$(listed "$drive/Documents" | jq -c 'select(.name == "Budget.xlsx")')
	assert_eq "$(assert_versions "$drive/Documents/$(jq -r .id <<<"$document")" "$document")" 0 \
		'earlier versions at that time'
	ask POST "$drive/Documents/$(jq -r .id <<<"$document")/save"
	assert_eq "$(stat -c %s "$WORK/reply")" "$(jq .sizeBytes <<<"$document")" 'size then'
}
