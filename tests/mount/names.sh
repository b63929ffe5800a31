# Names from the server are hostile: all are listed, all are reachable, none does harm.
# shellcheck shell=bash source=tests/mount/lib.sh

# JSON strings, one a line, to organizations named so.
named() {
	cat >"$WORK/names"
	sim --names "$WORK/names" --orgs $(($(wc -l <"$WORK/names") + 1))
	mnt
	assert_eq "$(ls "$M/orgs" | wc -l)" $(($(wc -l <"$WORK/names") + 1)) organizations
	assert_eq "$(ls_count "$M/by-name")" "$(ls "$M/orgs" | wc -l)" 'names in by-name'
	all_reachable
}

ls_count() {
	find "$1" -mindepth 1 -maxdepth 1 -printf x | wc -c
}

# Every entry of by-name is a link to an organization, a different one each.
all_reachable() {
	"$PY" - "$M" <<-'END'
		import os, sys
		m = os.fsencode(sys.argv[1])
		found = set()
		for name in os.listdir(m + b'/by-name'):
		    link = os.readlink(m + b'/by-name/' + name)
		    if not link.startswith(b'../orgs/') or b'/' in link[8:]:
		        sys.exit('%r leads to %r' % (name, link))
		    with open(m + b'/by-name/' + name + b'/id', 'rb') as f:
		        id = f.read().strip()
		    if link != b'../orgs/' + id:
		        sys.exit('%r leads to %r' % (name, id))
		    if len(name) > 255 or any(c < 32 or c == 127 for c in name):
		        sys.exit('%r is no good name' % name)
		    name.decode('utf-8')
		    found.add(id)
		missing = set(os.listdir(m + b'/orgs')) - found
		if missing:
		    sys.exit('no name leads to %r' % missing)
	END
}

# id of the organization with that name on the server
id_of() {
	"$PY" - "$M" "$1" <<-'END'
		import json, os, sys
		for id in os.listdir(sys.argv[1] + '/orgs'):
		    with open(sys.argv[1] + '/orgs/' + id + '/json') as f:
		        if json.load(f).get('name') == json.loads(sys.argv[2]):
		            print(id)
	END
}

# Slashes, percent signs, controls, blanks at the ends, dots: escaped as %XX, and the value file is verbatim.
test_escapes() {
	named <<-'END'
		"a/b"
		"100%"
		"."
		".."
		" lead"
		"trail "
		"two\nlines"
		"\u001b[31mred\u001b[0m"
		"tab\there"
		"del\u007f"
		"in side"
	END
	local pair
	for pair in 'a%2Fb="a/b"' '100%25="100%"' '%2E="."' '%2E%2E=".."' '%20lead=" lead"' 'trail%20="trail "' \
		'two%0Alines="two\nlines"' '%1B[31mred%1B[0m="\u001b[31mred\u001b[0m"' 'tab%09here="tab\there"' \
		'del%7F="del\u007f"' 'in side="in side"'; do
		assert_eq "$(readlink "$M/by-name/${pair%%=*}")" "../orgs/$(id_of "${pair#*=}")" "${pair%%=*}"
	done
	assert_eq "$(cat "$M/by-name/two%0Alines/name")" $'two\nlines' 'the value'
}

# Bidirectional and line-separator characters would let a name lie: escaped. Other scripts and emoji stay.
test_unicode() {
	named <<-'END'
		"\u202eevil"
		"iso\u2066late"
		"line\u2028sep"
		"c1\u0085x"
		"Grüße"
		"日本語株式会社"
		"😀.example"
		"e\u0301"
		"é"
	END
	assert_errno OK lstat "$M/by-name/%E2%80%AEevil"
	assert_errno OK lstat "$M/by-name/iso%E2%81%A6late"
	assert_errno OK lstat "$M/by-name/line%E2%80%A8sep"
	assert_errno OK lstat "$M/by-name/c1%C2%85x"
	assert_errno OK lstat "$M/by-name/Grüße"
	assert_errno OK lstat "$M/by-name/日本語株式会社"
	assert_errno OK lstat "$M/by-name/😀.example"
	assert_eq "$(cat "$M/by-name/😀.example/name")" '😀.example'
}

# Names of 300 bytes are cut on a character boundary, and all with the same beginning are told apart.
test_long() {
	local a b u
	a=$(printf 'a%.0s' {1..300})
	b=$(printf 'b%.0s' {1..255})
	u=$(printf 'ü%.0s' {1..200})
	printf '"%s"\n' "$a" "$a" "${a}b" "$u" "${a:0:255}" "${a:0:256}" "$b" >"$WORK/list"
	named <"$WORK/list"
	# 255 bytes are not too long; a cut name always carries its id.
	assert_eq "$(readlink "$M/by-name/$b")" "../orgs/$(id_of "\"$b\"")"
	assert_eq "$(find "$M/by-name" -name 'a*' ! -name '*~????????*')" '' 'cut names without an id'
}

# Equal names all get ~ and the first eight characters of their id; the plain name leads nowhere.
test_duplicates() {
	local id
	named <<-'END'
		"twin"
		"twin"
		"twin"
		"other"
	END
	assert_errno ENOENT lstat "$M/by-name/twin"
	for id in $(id_of '"twin"'); do
		assert_eq "$(readlink "$M/by-name/twin~${id:0:8}")" "../orgs/$id"
	done
	assert_errno OK lstat "$M/by-name/other"
}

# Names that differ only once escaped or only in case are no duplicates.
test_near_duplicates() {
	named <<-'END'
		"a%2Fb"
		"a/b"
		"Case"
		"case"
	END
	assert_eq "$(readlink "$M/by-name/a%252Fb")" "../orgs/$(id_of '"a%2Fb"')"
	assert_eq "$(readlink "$M/by-name/a%2Fb")" "../orgs/$(id_of '"a/b"')"
	assert_errno OK lstat "$M/by-name/Case"
	assert_errno OK lstat "$M/by-name/case"
}

# A collision that is made on purpose (a name that looks like another's suffix) hides nobody.
test_forged_suffix() {
	local id
	sim
	mnt
	ctl POST /_sim/organizations '{"name":"twin"}' >/dev/null
	ctl POST /_sim/organizations '{"name":"twin"}' >/dev/null
	refresh
	eventually 5 count_is "$M/orgs" 4
	read -r id < <(id_of '"twin"' | sort)
	ctl POST /_sim/organizations "{\"name\":\"twin~${id:0:8}\"}" >/dev/null
	refresh
	eventually 5 count_is "$M/orgs" 5
	assert_eq "$(ls_count "$M/by-name")" 5 'names'
	all_reachable
}

# No name at all, an empty one, one that is not a string: listed, reachable, the others unharmed.
test_no_name() {
	local id name
	named <<-'END'
		""
		"fine"
	END
	id=$(id_of '""')
	assert_errno OK lstat "$M/by-name/fine"
	for name in null 17 '{"x":1}'; do
		ctl POST "/_sim/organization/$id" "{\"name\":$name}" >/dev/null
		refresh
		eventually 5 grep -qE "\"name\": ?[n1{]" "$M/orgs/$id/json"
		assert_eq "$(ls_count "$M/by-name")" 3 "names, one is $name"
		all_reachable
	done
}

# Names do not depend on the order of the listing: the same after other organizations came.
test_stable() {
	named <<-'END'
		"twin"
		"twin"
		"alone"
	END
	find "$M/by-name" -type l -printf '%f %l\n' | sort >"$WORK/before"
	ctl POST /_sim/organizations '{"name":"twin"}' >/dev/null
	refresh
	eventually 5 count_is "$M/orgs" 5
	find "$M/by-name" -type l -printf '%f %l\n' | sort >"$WORK/after"
	comm -23 "$WORK/before" "$WORK/after" >"$WORK/gone"
	assert_eq "$(cat "$WORK/gone")" '' 'names that changed although their object did not'
}

# One bad object among the organizations (no id) does not fail the listing.
# each: v1 v8
test_bad_object() {
	local id
	sim --orgs 4
	mnt -o "api=$1"
	id=$(find "$M/orgs" -mindepth 1 -maxdepth 1 ! -name "$ORG" -printf '%f\n' -quit)
	ctl POST "/_sim/organization/$id" '{"lastBackuptime":"not a time","type":[1,2],"name":{"deep":{"er":1}}}' >/dev/null
	refresh
	eventually 5 grep -q 'not a time' "$M/orgs/$id/json"
	assert_eq "$(ls "$M/orgs" | wc -l)" 4 organizations
	assert_eq "$(cat "$M/orgs/$id/lastBackuptime")" 'not a time'
	ls -l "$M/orgs/$id" "$M/orgs" >/dev/null
}
