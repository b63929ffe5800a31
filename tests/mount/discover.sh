# A person who has nothing but ls and cat finds the way, and is told what went wrong.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2016

# Each command of README in the mount works as it stands, in its order, for who puts in a name and an id.
test_readme() {
	local line command n=0
	sim
	mnt
	assert_match "$(ls "$M")" README 'what ls shows'
	SID=
	while IFS= read -r line; do
		command=${line:2}
		command=${command%%  *}
		[ -n "$SID" ] || SID=$(cat "$O/explore")
		command=${command//NAME/contoso.onmicrosoft.com}
		command=${command//FOLDER/sessions/ID/onedrives/*}
		command=${command//ID/$SID}
		(cd "$M" && bash -c "$command") >"$WORK/out" 2>&1 || fail "README's '$command': $(cat "$WORK/out")"
		[[ $command == echo* || $command == *last_error ]] || [ -s "$WORK/out" ] || fail "README's '$command' shows nothing"
		n=$((n + 1))
	done < <(sed -n '/Where to go/,/list-tree/p' "$M/README" | grep -E '^  [a-z]')
	assert_num $n -ge 10 'commands in README'
	assert_eq "$(cat "$M/.vbofs/last_error")" '' last_error
	assert_num "$(wc -L <"$M/README")" -le 80 'columns of README'
	assert_num "$(wc -l <"$M/README")" -le 48 'lines of README'
}

# Every form of a time and every word that README shows for explore is understood.
test_readme_grammar() {
	local word
	sim
	mnt
	sed -n '/^explore takes/,/^search takes/p' "$M/README" | sed -nE 's/^  ([^ ].*[^ ])  +.*/\1/p' >"$WORK/forms"
	assert_num "$(wc -l <"$WORK/forms")" -ge 10 forms
	while IFS= read -r word; do
		case $word in
		*ID) continue ;;
		*=*\|*) word="latest ${word%%|*}" ;;
		*=*) word="latest $word" ;;
		esac
		explore "$word"
	done <"$WORK/forms"
}

# last_error names the file, the errno, what was wrong and what would be right.
test_last_error() {
	local what pattern
	allow_log .
	sim
	mnt
	ls "$M/orgs" >/dev/null
	while IFS='|' read -r what pattern; do
		assert_fails bash -c "printf '%b' '$what' >'$O/explore'"
		assert_match "$(last_error)" "^20[0-9-]+T[0-9:.]+Z orgs/$ORG/explore: $pattern" "after '$what'"
		assert_eq "$(last_error | wc -l)" 1 "lines after '$what'"
	done <<-'END'
		yesterday\n|EINVAL: .*yesterday.*@SECONDS, now or latest
		2026-02-30T00:00:00Z\n|EINVAL: .*
		now type=xyz\n|EINVAL: .*(vex|veod)
		now colour=red\n|EINVAL: .*(type|showDeleted)
		now\\nnow\n|EINVAL: .*
	END
	fault 'POST:*/organizations/*:status=403'
	assert_fails bash -c "echo now >'$O/explore'"
	assert_match "$(last_error)" "orgs/$ORG/explore: EACCES: .*403" 'after a 403'
	nofault
	fault 'GET:*/restoresessions*:status=500'
	refresh
	assert_fails ls "$M/sessions"
	assert_match "$(last_error)" 'sessions.*: EIO: .*restore sessions.*500' 'after a 500'
	assert_eq "$(cat "$M/.vbofs/log" | tail -n 1 | cut -d' ' -f 3-)" "$(last_error | cut -d' ' -f 2-)" 'the last line of the log'
}

# Reading refused content says which option does it.
test_last_error_content() {
	local file
	allow_log .
	sim
	mnt -o content=off
	explore 'latest type=veod'
	file=$(find "$M/sessions/$SID/onedrives" -type f -size +0 ! -name .index.tsv -print -quit)
	assert_fails cat "$file"
	assert_match "$(last_error)" "sessions/$SID/onedrives/.*: EACCES: .*content=off" last_error
}

# Who tries what a directory usually lets them do is told what to do instead.
test_last_error_refused() {
	local what pattern
	allow_log .
	sim
	mnt
	cd "$M"
	ls orgs sessions by-name >/dev/null
	while IFS='|' read -r what pattern; do
		assert_fails bash -c "$what"
		# the kernel answers an ordinary user by itself: no right to write
		[ "$(id -u)" = 0 ] || continue
		assert_match "$(last_error)" "^20[0-9-]+T[0-9:.]+Z $pattern" "after '$what'"
	done <<-'END'
		touch notes|notes: EPERM: nothing can be created.*orgs/ID/explore
		mkdir sessions/mine|sessions/mine: EPERM: nothing can be created.*orgs/ID/explore
		rm README|README: EPERM: nothing can be.*removed
		mv README READ|README: EPERM: nothing can be.*renamed
		ln -s README orgs/x|orgs/x: EPERM: nothing can be created
		chmod 777 README|README: EPERM: this cannot be changed here
		echo x >README|README: EPERM: this cannot be changed here
	END
	cd "$WORK"
	unmount
	mnt -o ro
	assert_fails mkdir "$M/sessions/mine"
	[ "$(id -u)" != 0 ] || assert_match "$(last_error)" 'sessions/mine: EROFS: .*-o ro' 'on a read-only mount'
}

# .vbofs says what it is: version, server and API.
test_version() {
	sim
	mnt
	assert_match "$(cat "$M/.vbofs/version")" "vbofs [0-9.]+
api v8
server $URL" version
}
