/*
 * mounted: real mounts of vbofs, through the proxy.  This process serves the
 * proxy, so it never touches the mount itself: programs do.
 */
'use strict';

const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
const { run, start, stop, waitFor } = require('./process');

const DEADLINE = 30000;
const REPOSITORY = '5f8a6f2e-6d0c-4f0e-9a53-0b1f5b6d7c11';
const mounts = new Set();

process.on('exit', () => mounts.forEach((where) =>
	spawnSync('fusermount3', ['-u', '-z', where], { stdio: 'ignore' })));

function isMounted(where) {
	return fs.readFileSync('/proc/self/mountinfo', 'utf8').split('\n')
		.some((line) => line.split(' ')[4] === where);
}

async function mount(build, url, where, options) {
	const child = start(path.join(build, 'vbofs'), ['-f', '-o', options, url, where]);
	const until = Date.now() + DEADLINE;
	while (Date.now() < until && !(await waitFor(child, 20)))
		if (isMounted(where)) {
			mounts.add(where);
			return child;
		}
	await stop(child);
	throw new Error(`vbofs did not mount: ${child.err.trim() || 'not in time'}`);
}

async function unmount(report, what, child, where) {
	const before = `before: ${isMounted(where) ? '' : 'not '}mounted, vbofs ` +
		`${child.exitCode === null ? 'runs' : `had ended with ${child.exitCode}`}`;
	const left = await run('fusermount3', ['-u', where], DEADLINE);
	report.step(`${what}: fusermount3 -u`, left.code === 0,
		`${left.err}${before}\n${child.err}`);
	if (left.code !== 0)
		await run('fusermount3', ['-u', '-z', where], DEADLINE);
	const inTime = await waitFor(child, DEADLINE);
	if (!inTime)
		await stop(child);
	mounts.delete(where);
	report.step(`${what}: vbofs ends by itself with exit code 0`,
		inTime && child.exitCode === 0, child.err);
}

/* All but what sessions hold, which is looked at once for each type. */
const ALL_NAMES = 'ls -lR "$1/orgs" "$1/by-name" "$1/.vbofs" >/dev/null && ' +
	'find "$1/sessions" -maxdepth 2 -ls >/dev/null';
const ALL_VALUES = 'find "$1" -path "$1/sessions/*/*" -type d ! -name links -prune -o ' +
	'-type f ! -name explore ! -name stop ! -name refresh -exec cat {} + >/dev/null';
const ALL_CONTENT = `
	for type in mailboxes onedrives sites teams; do
		set -- "$1" "$1"/sessions/*/$type/
		ls -lR "$2" >/dev/null && find "$2" -type f -exec cat {} + >/dev/null || exit 1
	done`;

/* Searches with every `search` there is, and looks up what they found. */
const SEARCHES = `
	for dir in "$1"/sessions/*/ "$1"/sessions/*/*/*/; do
		[ ! -f "$dir/search" ] || printf '%s\n' "$dir/search"
	done >"$1.searches"
	[ -s "$1.searches" ] || exit 1
	while IFS= read -r file; do
		for query in a "$2"; do
			exec 3<>"$file" && printf '%s\n' "$query" >&3 || exit 1
			while IFS= read -r path <&3; do
				[ -e "$(dirname "$file")/$path" ] || { echo "$file: $path" >&2; exit 1; }
			done
			exec 3>&-
		done
	done <"$1.searches"
	rm "$1.searches"`;

/* Earlier versions and posts as HTML, which are not listed. */
const HIDDEN = `
	find "$1/sessions" -type d >"$1.directories"
	while IFS= read -r dir; do
		for hidden in "$dir/.versions" "$dir/.html"; do
			[ ! -d "$hidden" ] || find "$hidden" -type f -exec cat {} + || exit 1
		done
	done <"$1.directories" >/dev/null
	rm "$1.directories"`;

/* Writes $2 to the explore of the first organization with a backup; prints the new id. */
const EXPLORE = `
	org=$(dirname "$(ls "$1"/orgs/*/lastBackuptime | head -n 1)")
	exec 3<>"$org/explore" && printf '%s\\n' "$2" >&3 && read -r id <&3 && exec 3>&- || {
		cat "$1/.vbofs/last_error" >&2
		exit 1
	}
	cat "$1/sessions/$id/state" "$1/sessions/$id/type" >/dev/null && printf '%s\\n' "$id"`;

/* Twice, for the second time asks only for what came behind the last event. */
const EVENTS = 'grep -q "Restore session started" "$1/sessions/$2/events" && sleep 2.1 && ' +
	'grep -q "Restore session started" "$1/sessions/$2/events"';

const STATISTICS = `
	grep -q '^totalItemsCount ' "$1/sessions/$2/statistics" || exit 1
	for lines in errors warnings; do
		[ ! -e "$1/sessions/$2/statistics.$lines" ] || cat "$1/sessions/$2/statistics.$lines"
	done`;

const POINTS = `
	org=$(dirname "$(ls "$1"/orgs/*/lastBackuptime | head -n 1)") && cd "$org" &&
	[ -e "restore-points/$(readlink restore-points/latest)" ] &&
	grep -q exchange restore-points/latest && for point in restore-points/*; do
		basename "$point" >explore || exit 1
		grep -qx "$(basename "$point")" "sessions/$(cat explore)/pointInTime" || exit 1
	done && [ "$(cat latest/state)" = Working ]`;

const MUST_FAIL = 'for org in "$1"/orgs/*/; do ! printf \'%s\\n\' "$2" >"$org/explore" || exit 1; done';

class Steps {
	constructor(report, what, where) {
		this.report = report;
		this.what = what;
		this.where = where;
	}

	async shell(name, script, ...args) {
		const done = await run('bash', ['-c', script, 'bash', this.where, ...args], DEADLINE);
		const why = done.late ? 'not done in time' : done.err;
		this.report.step(`${this.what}: ${name}`, done.code === 0, why);
		return done.out.trim();
	}

	async look() {
		await this.shell('ls -lR', ALL_NAMES);
		await this.shell('cat of every value', ALL_VALUES);
	}
}

/* Only v8's administrators may name a repository. */
function exploreLines(version, tenant) {
	const lines = ['now', 'latest', '2017.06.26 22:07:39', '2017.06.26 22:07',
		'2026-11-20T18:00:00.1234567Z', '2026-11-20T18:00:00-07:00', '@1498514859'];
	for (const type of ['vex', 'veod', 'vesp', 'vet'])
		for (const flag of ['true', 'false'])
			lines.push(`latest type=${type} showDeleted=${flag} showAllVersions=${flag}`);
	const withRepository = `latest repositoryId=${REPOSITORY}`;
	if (version === 'v8' && !tenant)
		lines.push(withRepository);
	return { lines, refused: ['yesterday', '2017-02-30 10:00', 'now type=vox',
		...(lines.includes(withRepository) ? [] : [withRepository])] };
}

async function useLive(steps, version, id) {
	await steps.shell('events', EVENTS, id);
	if (version === 'v8')
		await steps.shell('statistics', STATISTICS, id);
	await steps.shell('restore points', POINTS);
	await steps.shell('the latest', '[ -e "$1/sessions/latest/state" ]');
}

async function use(steps, version, tenant) {
	await steps.look();
	const ids = [];
	const { lines, refused } = exploreLines(version, tenant);
	for (const line of lines)
		ids.push(await steps.shell(`explore '${line}'`, EXPLORE, line));
	for (const line of refused)
		await steps.shell(`refuse to explore '${line}'`, MUST_FAIL, line);
	await useLive(steps, version, ids[0]);
	await steps.look();
	await steps.shell('search', SEARCHES, 'budget');
	await steps.shell('earlier versions and HTML', HIDDEN);
	await steps.shell('all that a session of each type holds', ALL_CONTENT);
	for (const id of ids.filter((text) => text !== '').slice(0, 4)) {
		await steps.shell('stop', 'echo x >"$1/sessions/$2/stop"', id);
		await steps.shell('stopped', '[ "$(cat "$1/sessions/$2/state")" = Stopped ]', id);
	}
	await steps.shell('refresh', 'echo x >"$1/.vbofs/refresh"');
	await steps.look();
}

async function useMount(report, build, folder, simulator, url, version, tenant) {
	const what = `${version} mount${tenant ? ' as tenant' : ''}`;
	const where = fs.mkdtempSync(path.join(folder, 'mount-'));
	const login = tenant ? `tenant,credentials=${simulator.tenantCredentials}` :
		`credentials=${simulator.credentials}`;
	let child;
	try {
		child = await mount(build, url, where, `api=${version},${login}`);
	} catch (error) {
		report.fail(what, error.message);
		return;
	}
	report.pass();
	await use(new Steps(report, what, where), version, tenant);
	await unmount(report, what, child, where);
	fs.rmdirSync(where);
}

/* What vbofs asks for what sessions hold, below a session's organization. */
const CONTENT = ['GET mailboxes', 'GET mailboxes/{}/folders', 'GET mailboxes/{}/items',
	'POST mailboxes/{}/items/{}/save', 'GET OneDrives', 'GET OneDrives/{}/Folders',
	'GET OneDrives/{}/Documents', 'POST OneDrives/{}/Documents/{}/save', 'GET Sites',
	'GET Sites/{}/Libraries', 'GET Sites/{}/Lists', 'GET Sites/{}/Folders', 'GET Sites/{}/Documents',
	'GET Sites/{}/Items', 'GET Sites/{}/Items/{}/Attachments', 'POST Sites/{}/Documents/{}/save',
	'POST Sites/{}/Items/{}/Attachments/{}/save', 'GET teams', 'GET teams/{}/channels',
	'GET teams/{}/channels/{}/tabs', 'GET teams/{}/files', 'GET teams/{}/posts',
	'POST teams/{}/posts/{}/save'];
const TEAM_FILE = { v6: 'POST teams/{}/files/{}/save', v7: 'POST teams/{}/files/{}/save',
	v8: 'POST teams/{}/channels/{}/files/{}/save' };

/* Every list and every save of content was among the requests that were checked. */
function checkContent(report, version) {
	for (const endpoint of [...CONTENT, TEAM_FILE[version]]) {
		const [method, where] = endpoint.split(' ');
		const pattern = new RegExp(`^${method} /RestoreSessions/[^/]+/organization/` +
			`${where.replaceAll('{}', '[^/]+')} vbofs$`, 'i');
		report.step(`${version} vbofs asks ${endpoint}`, report.saw('vbofs', version, pattern));
	}
}

/* Finds the newest version by itself. */
async function useCheck(report, build, simulator, url) {
	const done = await run(path.join(build, 'vbofs'), ['--check', '-o',
		`api=auto,credentials=${simulator.credentials}`, url], DEADLINE);
	report.step('vbofs --check -o api=auto', done.code === 0, done.err);
}

module.exports = { useMount, useCheck, checkContent };
