# Searches in the simulator's sessions.
# shellcheck shell=bash disable=SC2154
. "$SRC/tests/mount/sim_lib.sh"

# Searches of mail find exactly the items that the listing shows to match, page by page.
# each: v4 v6 v8
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
# each: v4 v7 v8
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
# each: v4 v6 v8
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
# each: v5 v6 v8
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
# each: v5 v6 v8
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
