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
	found "$site/Folders/$(listed "$site/Folders" | jq -r 'select(.name == "Policies").id' | sed -n 1p)" \
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
	assert_match "$(sed -n 1,5p "$WORK/got" | climb team | sort -u)" "^[^ ]*/${team##*/}\$" 'team above posts'
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
		object=$(listed "$site/$kind" | jq -c 'select(.version != "1.0")' | sed -n 1p)
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

# Replies are the children of their post; each post is saved as MSG and exported as HTML.
# each: v5 v6 v7 v8
test_posts() {
	local team post reply n=0
	session_of "$1" vet
	team=$(member "$HOLDS/teams" Marketing)
	listed "$team/posts" >"$WORK/all"
	listed "$team/posts?parentId=-1" >"$WORK/tops"
	assert_num "$(wc -l <"$WORK/tops")" -ge 3 posts
	cp "$WORK/tops" "$WORK/sum"
	while IFS= read -r post; do
		listed "$team/posts?parentId=$(jq .postId <<<"$post")" >"$WORK/replies"
		cat "$WORK/replies" >>"$WORK/sum"
		[ ! -s "$WORK/replies" ] || n=$((n + 1)) reply=$(tail -n 1 "$WORK/replies")
		jq -r '._links.parent.href' "$WORK/replies" | sort -u >"$WORK/parents"
		[ ! -s "$WORK/replies" ] ||
			assert_eq "$(<"$WORK/parents")" "$(jq -r ._links.self.href <<<"$post")" 'parent of the replies'
		[ "${1#v}" -lt 7 ] || assert_eq "$(jq -r .parentId <<<"$post")" null 'parentId of a post'
	done <"$WORK/tops"
	assert_same "$WORK/sum" "$WORK/all" 5
	assert_num $n -ge 2 'posts with replies'
	assert_num $n -lt "$(wc -l <"$WORK/tops")" 'posts with replies'
	for post in "$(head -n 1 "$WORK/tops")" "$reply"; do
		get "$team/posts/$(jq .postId <<<"$post")"
		assert_eq "$(jq -cS . "$WORK/reply")" "$(jq -cS . <<<"$post")" 'one post'
		save_post "$team/posts/$(jq .postId <<<"$post")" save
		assert_eq "$(head -c 8 "$WORK/reply" | od -An -tx1 | tr -d ' ')" d0cf11e0a1b11ae1 'magic of a MSG'
		cp "$WORK/reply" "$WORK/first"
		save_post "$team/posts/$(jq .postId <<<"$post")" save
		cmp "$WORK/first" "$WORK/reply"
		save_post "$team/posts/$(jq .postId <<<"$post")" export
		assert_match "$(<"$WORK/reply")" '^<!DOCTYPE html>.*</html>' 'an exported post'
		assert_match "$(<"$WORK/reply")" "$(jq -r .author <<<"$post")" 'its author'
	done
	assert_eq "$(requests ' save$')" 6 saves
	ask GET "$team/posts?parentId=12345"
	assert_eq "$STATUS" 404 'status of replies to no post'
}

# PATH VERB: the version's way to ask for it.
save_post() {
	if [ "${API#v}" -lt 6 ]; then
		ask POST "$1/Action" "{\"$2\":null}"
	else
		ask POST "$1/$2"
	fi
	assert_eq "$STATUS $MEDIA" '200 application/octet-stream' "answer of $2"
}

# Whatever a listing shows can be asked for by itself, and is the same then.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_single_objects() {
	local type collection object shown href kinds=vex n=0
	[ "${1#v}" -lt 2 ] || kinds+=' veod vesp'
	[ "${1#v}" -lt 5 ] || kinds+=' vet'
	for type in $kinds; do
		session_of "$1" "$type"
		collections "$type" >"$WORK/collections"
		while IFS= read -r collection; do
			# v8 says in the listing alone of what type a channel is
			shown=.
			[[ $collection != */channels ]] || shown='del(.type)'
			listed "$collection" | sed -n 1,2p >"$WORK/objects"
			while IFS= read -r object; do
				href=$(jq -r ._links.self.href <<<"$object")
				get "${href#"$URL"}"
				assert_eq "$(jq -cS . "$WORK/reply")" "$(jq -cS "$shown" <<<"$object")" "$href"
				n=$((n + 1))
			done <"$WORK/objects"
			assert_num "$(wc -l <"$WORK/objects")" -ge 1 "objects of $collection"
		done <"$WORK/collections"
	done
	assert_num $n -ge 4 objects
}

# TYPE: a collection of each kind that a session of that type holds.
collections() {
	local at item
	case $1 in
	vex)
		at=$(member "$HOLDS/mailboxes" 'Adele Vance')
		printf '%s\n' "$HOLDS/mailboxes" "$at/folders" "$at/items"
		;;
	veod)
		at=$(member "$HOLDS/OneDrives" 'Adele Vance')
		printf '%s\n' "$HOLDS/OneDrives" "$at/Folders" "$at/Documents"
		;;
	vesp)
		at=$(member "$HOLDS/Sites" Intranet)
		item=$(member "$at/Items" 'Printer on floor 2')
		printf '%s\n' "$HOLDS/Sites" "$HOLDS/Sites?parentId=${at##*/}" "$at/Libraries" "$at/Lists" \
			"$at/Folders" "$at/Documents" "$at/Items" "$item/Attachments"
		;;
	vet)
		at=$(member "$HOLDS/teams" Marketing)
		item=$(member "$at/channels" General)
		printf '%s\n' "$HOLDS/teams" "$at/channels" "$at/files" "$at/posts" "$item/tabs"
		;;
	esac
}

# A document of a OneDrive of a v8 session: sets SAVE, the path of its save, and SIZE.
document() {
	local drive object
	session_of v8 veod "${@:2}"
	drive=$(member "$HOLDS/OneDrives" 'Adele Vance')
	object=$(listed "$drive/Documents" | jq -c --arg name "$1" 'select(.name == $name)')
	SAVE=$drive/Documents/$(jq -r .id <<<"$object")/save
	SIZE=$(jq .sizeBytes <<<"$object")
	ctl GET "/_sim/content/$(jq -r .id <<<"$object")?length=10000000" >"$WORK/truth"
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
