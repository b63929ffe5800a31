# Signing in: tokens that end, tokens that are taken away, and secrets that stay secret.
# TIMEOUT=100
# shellcheck shell=bash source=tests/mount/lib.sh

token_post() {
	echo 'POST /v[0-9]/[Tt]oken '
}

# A token that lives 2 s: renewed in time, nobody notices.
# each: v1 v6 v8
test_expiry() {
	local end=$((EPOCHSECONDS + 30))
	sim --token-lifetime 2
	mnt -o "api=$1"
	while [ "$(requests "$(token_post)200 ")" -lt 4 ]; do
		[ $EPOCHSECONDS -lt $end ] || fail 'no token was renewed'
		refresh
		assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
		nap 0.2
	done
	explore
	assert_eq "$(cat "$M/.vbofs/last_error")" '' last_error
	# One mount signs in with the password once; the rest are refreshes.
	assert_eq "$(requests "$(token_post)[45]")" 0 'refused tokens'
}

# An idle mount does not keep itself signed in.
test_idle_does_not_renew() {
	sim --token-lifetime 1
	mnt
	ls "$M/orgs" >/dev/null
	journal_mark
	sleep 4
	assert_eq "$(requests_since)" 0 'requests of an idle mount'
	refresh
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
}

# 401 on a GET: one re-login, then the answer.
# each: v1 v8
test_one_401() {
	sim
	mnt -o "api=$1"
	journal_mark
	fault "GET:*/organizations:status=401,count=1"
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	assert_requests 1 "$(token_post)200 "
	assert_requests 2 "$(orgs_get)"
}

# Tokens that the server has taken back: the next reader signs in again and notices nothing.
# each: v1 v7 v8
test_revoked() {
	allow_log .
	sim --sessions 3 --busy-working 0
	mnt -o "api=$1"
	ls "$M/orgs" >/dev/null
	ctl POST /_sim/revoke >/dev/null
	assert_eq "$(ls "$M/sessions" | wc -l)" 3 sessions
	ctl POST /_sim/revoke >/dev/null
	refresh
	assert_eq "$(ls "$M/orgs" | wc -l)" 2 organizations
	assert_eq "$(cat "$O/id")" "$ORG"
}

# A taken-back token under a POST: it is started once or refused, and the next one works.
test_revoked_before_explore() {
	local rc=0
	allow_log .
	sim
	mnt
	ls "$M/orgs" >/dev/null
	ctl POST /_sim/revoke >/dev/null
	bash -c 'echo now >"$1"' - "$O/explore" || rc=$?
	assert_requests $((rc == 0)) "$(accepted)"
	explore
	assert_requests $(((rc == 0) + 1)) "$(accepted)"
}

# A server that answers 401 for ever: EACCES, after one new login, and not a storm of them.
test_401_for_ever() {
	local i
	allow_log .
	sim
	mnt
	journal_mark
	fault 'GET:*/organizations:status=401'
	for i in 1 2 3; do assert_errno EACCES list "$M/orgs" || fail "try $i"; done
	assert_match "$(last_error)" '401|sign|login|denied|access' last_error
	assert_num "$(requests_since "$(token_post)")" -le 4 'logins'
	nofault
	eventually 20 count_is "$M/orgs" 2
}

# The token ends in the middle of a listing of many pages: complete, each session once.
test_expiry_in_a_listing() {
	sim --sessions 300 --max-page 30 --token-lifetime 1
	mnt
	fault 'GET:*/restoresessions:delay-before=300'
	assert_eq "$(ls -AU "$M/sessions" | sort -u | wc -l)" 300 sessions
}

# The account is locked meanwhile (invalid_grant): EACCES and a reason; unlocked, the mount recovers.
test_locked_out() {
	allow_log .
	sim
	mnt -o timeout=3
	fault 'POST:*/token:status=400'
	ctl POST /_sim/revoke >/dev/null
	assert_errno EACCES list "$M/orgs"
	assert_match "$(last_error)" 'sign|login|token|password|grant' last_error
	nofault
	# Not at once: a refused password is not tried again and again.
	eventually 80 count_is "$M/orgs" 2
}

# A slow sign-in holds up only those who need it.
test_slow_signin() {
	sim --sessions 3 --busy-working 0
	mnt
	ls "$M/orgs" >/dev/null
	cat "$O/name" >/dev/null
	ctl POST /_sim/revoke >/dev/null
	fault 'POST:*/token:delay-before=60000'
	background ls "$M/sessions"
	eventually 10 waiting "$BG"
	cat "$O/name" "$M/.vbofs/version" >/dev/null
	df "$M" >/dev/null
	kill -0 "$BG" || fail 'did not wait'
	kill -INT "$BG"
	assert_status failure "$BG"
	nofault
}

# 20 readers meet an expired token: one new login.
test_one_login_for_many() {
	local i
	sim --sessions 3 --busy-working 0
	mnt
	ls "$M/orgs" >/dev/null
	ctl POST /_sim/revoke >/dev/null
	journal_mark
	fault 'POST:*/token:delay=300'
	for ((i = 0; i < 20; i++)); do background ls "$M/sessions"; done
	for i in "${BGS[@]}"; do assert_status 0 "$i"; done
	assert_num "$(requests_since "$(token_post)")" -le 2 'logins'
}

# What is sent: the form of each version, a bearer with everything else, nothing to the anonymous probe.
# each: v1 v2 v3 v4 v5 v6 v7 v8
test_token_request() {
	local form
	recorded_sim
	mnt -o "api=$1"
	ls "$M/orgs" >/dev/null
	explore
	unmount
	form=$(recorded 'select(.path | test("/token$"; "i")) | .body' | head -n 1)
	assert_match "$form" 'grant_type=password' form
	assert_match "$form" 'username=' form
	case $1 in
	v7 | v8) assert_match "$form" 'disable_antiforgery_token=true' form ;;
	*) assert_no_match "$form" 'antiforgery' form ;;
	esac
	assert_eq "$(recorded 'select(.path | test("/token$"; "i")) | .headers | has("authorization")' | sort -u)" false \
		'a bearer on the token request'
	assert_eq "$(recorded 'select(.path | test("/(organizations|restoresessions)"; "i"))
		| select(.status < 300) | .headers.authorization | test("^Bearer .")' | sort -u)" true 'bearers'
	assert_eq "$(recorded 'select(.status == 401 or .status == 404) | .headers | has("authorization")' | grep -c true || :)" 0 \
		'bearers on probes'
	assert_eq "$(recorded 'select(.headers.expect) | .path')" '' 'requests that expect 100-continue'
}

# Renewal uses the refresh token, the newest one.
test_refresh_grant() {
	local end=$((EPOCHSECONDS + 30))
	recorded_sim --token-lifetime 2
	mnt
	while [ "$(requests "$(token_post)200 ")" -lt 3 ]; do
		[ $EPOCHSECONDS -lt $end ] || fail 'no token was renewed'
		refresh
		ls "$M/orgs" >/dev/null
		nap 0.2
	done
	recorded 'select(.path | test("/token$"; "i")) | [(.body | capture("grant_type=(?<g>[a-z_]+)").g), .status] | join(" ")' >"$WORK/grants"
	assert_eq "$(head -n 1 "$WORK/grants")" 'password 200'
	assert_eq "$(sed 1d "$WORK/grants" | sort -u)" 'refresh_token 200'
	# each with the token of the answer before
	recorded 'select(.path | test("/token$"; "i")) | .answer | fromjson | .refresh_token' >"$WORK/given"
	recorded 'select(.path | test("/token$"; "i")) | .body | capture("refresh_token=(?<t>[^&]+)$|refresh_token=(?<t>[^&]+)&").t' \
		>"$WORK/used" || :
	"$PY" - "$WORK/given" "$WORK/used" <<-'END'
		import sys, urllib.parse
		given = open(sys.argv[1]).read().split()
		used = [urllib.parse.unquote_plus(u) for u in open(sys.argv[2]).read().split() if u != 'null']
		if used != given[:len(used)]:
		    sys.exit('used %r, were given %r' % (used, given))
	END
}

# Secrets appear nowhere: not in arguments, environment, files of the mount, stderr, the journal's paths or /proc/mounts.
test_secrets() {
	local password user word
	allow_log .
	recorded_sim
	mnt -x -d
	ls -lR "$M" >/dev/null
	explore
	fault "$EXPLORE:status=500,count=1"
	echo "$TS" >"$O/explore" 2>/dev/null || :
	fault 'GET:*/organizations:status=401,count=1'
	refresh
	ls "$M/orgs" >/dev/null
	password=$(sed -n 's/^password=//p' "$CREDS")
	user=$(sed -n 's/^username=//p' "$CREDS")
	[ -n "$password" ] && [ -n "$user" ] || fail 'no login in the credentials file'
	recorded 'select(.path | test("/token$"; "i")) | .answer | fromjson | .access_token, .refresh_token' >"$WORK/secrets"
	echo "$password" >>"$WORK/secrets"
	assert_num "$(wc -l <"$WORK/secrets")" -ge 3 'known secrets'
	{
		tr '\0' '\n' <"/proc/$VPID/cmdline"
		tr '\0' '\n' <"/proc/$VPID/environ" || :
		cat "$M/.vbofs/log" "$M/.vbofs/last_error" "$M/.vbofs/metrics" "$M/.vbofs/version" "$M/README"
		grep -F "$M" /proc/self/mountinfo
		grep -r . "$M/orgs" "$M/sessions"
	} >"$WORK/seen" 2>/dev/null
	unmount
	cat "$V/stderr" "$V/stdout" "$JOURNAL" >>"$WORK/seen"
	while read -r word; do
		if grep -nF -- "$word" "$WORK/seen"; then fail 'a secret is to be seen'; fi
	done <"$WORK/secrets"
}

# The memory of the daemon is not for others of the same user: no core, no ptrace.
test_not_dumpable() {
	need_user
	sim
	mnt
	assert_fails cat "/proc/$VPID/environ"
	assert_fails head -c 1 "/proc/$VPID/mem"
}

# Logout at unmount where the version has it.
# each: v1 v5 v6 v7 v8
test_logout() {
	sim
	mnt -o "api=$1"
	ls "$M/orgs" >/dev/null
	unmount
	case $1 in
	v7 | v8) assert_requests 1 "POST /$1/[Tt]oken/[Ll]ogout 20[04] " ;;
	*) assert_requests 0 '[Ll]ogout' ;;
	esac
}
