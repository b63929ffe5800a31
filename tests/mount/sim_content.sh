# Versions, posts and single objects of the simulator's sessions.
# shellcheck shell=bash disable=SC2154
. "$SRC/tests/mount/sim_lib.sh"

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
# each: v6 v8
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
# each: v7 v8
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
# each: v5 v6 v8
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
# each: v1 v2 v5 v6 v8
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
