# -o tenant: an organization's own login sees the same tree with one organization, by the singular paths.
# shellcheck shell=bash source=tests/mount/lib.sh disable=SC2034

tenant() {
	CREDS=$TENANT
	mnt -o "tenant${1:+,$1}"
	T=$(ls "$M/orgs")
	assert_eq "$(wc -w <<<"$T")" 1 'organizations of a tenant'
	O=$M/orgs/$T
}

# The tree and the story, in every version that knows tenants.
# each: v2 v3 v4 v5 v6 v7 v8
test_story() {
	sim --orgs 5
	tenant "api=$1"
	assert_eq "$(cat "$O/id")" "$T"
	assert_eq "$(readlink "$M/by-name/$(cat "$O/name")")" "../orgs/$T"
	journal_mark
	explore
	assert_eq "$(cat "$M/sessions/$SID/state")" Working
	assert_eq "$(readlink "$M/sessions/$SID/org")" "../../orgs/$T"
	assert_eq "$(readlink "$O/sessions/$SID")" "../../../sessions/$SID"
	assert_eq "$(requests_since 'POST ')" 1 POSTs
	assert_eq "$(requests '/[Oo]rganizations[/? ].* 20[0-9] ')" 0 'plural paths that answered'
	assert_num "$(requests "GET /$1/[Oo]rganization[? ]")" -ge 1 'GETs of the organization'
	echo x >"$M/sessions/$SID/stop"
	eventually 10 content_is "$M/sessions/$SID/state" Stopped
}

# v1 starts a tenant's session below RestoreSessions.
test_v1() {
	sim
	tenant api=v1
	explore
	assert_eq "$(cat "$M/sessions/$SID/pointInTime")" 2017-06-26T22:07:39-07:00
	assert_eq "$(readlink "$M/sessions/$SID/org")" "../../orgs/$T"
	assert_requests 1 'POST /v1/[Rr]estore[Ss]essions/[Aa]ction 201 '
	assert_requests 1 'POST /v1/.*[Aa]ction'
}

# Values are right, and links, sizes and times as everywhere.
# each: v2 v8
test_values() {
	sim --orgs 3
	tenant "api=$1"
	explore
	"$PY" "$SRC/tests/mount/tree.py" "$O" "$M/sessions/$SID" || fail 'the tree is not the JSON'
}

# A broken connection, for a tenant.
test_adopted() {
	allow_log .
	sim
	tenant api=v8
	fault 'POST:*/organization/explore:reset-after,count=1'
	explore
	assert_requests 1 'POST .*/[Oo]rganization/[Ee]xplore'
}

# Errors have the errnos of the design, for a tenant.
# each: status=500=EIO status=409=EBUSY status=403=EACCES
test_errors() {
	allow_log .
	sim
	tenant api=v8
	fault "POST:*/organization/explore:${1%=*}"
	assert_errno "${1##*=}" write "$O/explore" "$TS\\n"
	assert_match "$(last_error)" "orgs/$T/explore" last_error
}

# api=auto finds the version for a tenant as well; --check counts one.
test_auto() {
	sim
	tenant ''
	assert_match "$(cat "$M/.vbofs/version")" v8
	vbofs --check -o "tenant,$(login)" "$URL"
	assert_eq "$STATUS" 0 "status ($ERR)"
}

# An administrator's login with -o tenant, and a tenant's login without it, do not work by accident.
test_wrong_role() {
	sim
	mkdir "$WORK/m"
	vbofs --check -o "tenant,$(login)" "$URL"
	echo "administrator as tenant: $STATUS $OUT $ERR"
	assert_ne "$STATUS" 0 'an administrator with -o tenant'
	CREDS=$TENANT
	vbofs --check -o "$(login)" "$URL"
	echo "tenant as administrator: $STATUS $OUT $ERR"
	assert_ne "$STATUS" 0 'a tenant without -o tenant'
}
