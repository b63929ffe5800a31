/*
 * direct: drives vbosim without vbofs, with good requests and bad ones, and
 * follows every link that the document knows.
 */
'use strict';

const { Session, send } = require('./client');

const NOBODY = '00000000-1111-4222-8333-444444444444';
const TYPES = ['Vex', 'Veod', 'Vesp', 'Vet'];
const LINKS_MAX = 400;

const results = (exchange) => {
	const value = JSON.parse(exchange.responseBody);
	return Array.isArray(value) ? value : value.results;
};

/* Asks, and fails the step unless the answer is a success. */
async function good(report, session, method, where, options) {
	const exchange = await session.ask(method, where, options);
	report.step(`${session.version} ${method} ${where.replace(/[0-9a-f-]{36}/g, '{id}')}: ` +
		`must succeed, was answered ${exchange.status}`, exchange.status < 400,
	exchange.responseBody.toString());
	return exchange;
}

/* From page to page by the links, until there is no next one. */
async function pages(report, session, where) {
	for (let target = where, n = 0; target && n < 50; n++) {
		const exchange = await good(report, session, 'GET', target);
		const links = JSON.parse(exchange.responseBody)._links || {};
		target = links.next ? `/${links.next.href}` : null;
	}
}

async function tokens(report, session, login) {
	const { version } = session;
	const anonymous = new Session(session.base, version, session.note);
	const json = { grant_type: 'password', ...login };
	await good(report, anonymous, 'POST', '/token', { json });
	const refresh = await good(report, anonymous, 'POST', '/token', { form: {
		grant_type: 'refresh_token', refresh_token: session.tokens.refresh_token } });
	session.tokens = JSON.parse(refresh.responseBody);
	session.token = session.tokens.access_token;
	const bad = [
		{ form: { ...json, password: 'wrong' } },
		{ form: { ...json, username: 'nobody' } },
		{ form: { grant_type: 'refresh_token', refresh_token: 'none' } },
		{ form: { grant_type: 'refresh_token' } },
		{ form: { grant_type: 'password' } },
		{ form: { grant_type: 'magic' } },
		{ form: { username: 'ada' } },
		{ body: '' },
		{ body: '{', type: 'application/json' },
		{ body: 'x', type: 'text/plain' },
	];
	for (const options of bad)
		await anonymous.ask('POST', '/token', { ...options, bad: true });
	await anonymous.ask('GET', '/token', { bad: true });
	if (version === 'v6')
		return;
	await good(report, session, 'POST', '/token/AuthCode');
	await anonymous.signIn(login);
	await good(report, anonymous, 'POST', '/token/logout');
	await anonymous.ask('GET', '/RestoreSessions');
}

async function organizations(report, session) {
	const { version } = session;
	for (const view of ['true', 'false'])
		await good(report, session, 'GET', `/Organizations?extendedView=${view}`);
	if (version !== 'v6')
		await good(report, session, 'GET', '/Organizations');
	if (version === 'v8') {
		await pages(report, session, '/Organizations?limit=1&extendedView=true');
		await good(report, session, 'GET', '/Organizations?offset=1000');
		await session.ask('GET', `/Organizations?msid=${NOBODY}`);
	}
	const list = results(await good(report, session, 'GET', '/Organizations?extendedView=true'));
	for (const { id } of list)
		for (const view of ['true', 'false'])
			await good(report, session, 'GET', `/Organizations/${id}?extendedView=${view}`);
	await session.ask('GET', `/Organizations/${NOBODY}?extendedView=true`);
	await session.ask('GET', `/Organizations/${list[0].id}`, { bad: version === 'v6' });
	const bad = ['/Organizations?extendedView=maybe', '/Organizations?limit=many',
		'/Organizations?limit=0', '/Organizations?limit=-1', '/Organizations?limit=99999999',
		'/Organizations?offset=-1', '/Organizations?unknown=1', '/Organizations/not-an-id',
		'/Organizations/%00', '/Organizations/..%2F..', '/Nothing', '/'];
	for (const where of bad)
		await session.ask('GET', where, { bad: true });
	return list;
}

async function explore(report, session, where) {
	const instants = ['2026-11-20T18:00:00Z', '2017-06-26T22:07:39.1234567Z',
		'2026-11-20T18:00:00+02:00', '1999-01-01T00:00:00Z', '2200-01-01T00:00:00Z', null];
	const started = [];
	for (const type of TYPES) {
		for (const dateTime of instants) {
			const json = { dateTime, type, showDeleted: true, showAllVersions: false };
			const exchange = await good(report, session, 'POST', where, { json });
			if (exchange.status < 400)
				started.push(JSON.parse(exchange.responseBody).id);
		}
	}
	await session.ask('POST', where, { json: {} });
	if (session.version === 'v8' && where.startsWith('/Organizations'))
		await session.ask('POST', where, { json: { type: 'Vex', repositoryId: NOBODY } });
	const bad = [{ json: { type: 'Vox' } }, { json: { dateTime: 'yesterday' } },
		{ json: { dateTime: 7 } }, { json: [] }, { json: { showDeleted: 'perhaps' } },
		{ body: '' }, { body: '{"type":', type: 'application/json' },
		{ body: 'type=Vex', type: 'application/x-www-form-urlencoded' }];
	for (const options of bad)
		await session.ask('POST', where, { ...options, bad: true });
	await session.ask('GET', where, { bad: true });
	return started;
}

async function sessions(report, session, started) {
	const { version } = session;
	for (const query of ['', '?limit=7&offset=3', '?offset=100000', '?limit=10000',
		'?startTimeFrom=2020-01-01T00:00:00Z&startTimeTo=2030-01-01T00:00:00Z'])
		await good(report, session, 'GET', `/RestoreSessions${query}`);
	if (version === 'v8')
		for (const query of ['orderBy=CreationTime&orderAsc=true', 'orderBy=EndTime',
			'endTimeFrom=2020-01-01T00:00:00Z&endTimeTo=2030-01-01T00:00:00Z'])
			await good(report, session, 'GET', `/RestoreSessions?${query}`);
	await pages(report, session, '/RestoreSessions?limit=9');
	for (const id of started) {
		await good(report, session, 'GET', `/RestoreSessions/${id}`);
		await good(report, session, 'GET', `/RestoreSessions/${id}/organization`);
	}
	for (const id of started.slice(0, started.length / 2)) {
		await good(report, session, 'POST', `/RestoreSessions/${id}/Stop`);
		await session.ask('POST', `/RestoreSessions/${id}/Stop`);
		await good(report, session, 'GET', `/RestoreSessions/${id}`);
		await session.ask('GET', `/RestoreSessions/${id}/organization`);
	}
	await session.ask('GET', `/RestoreSessions/${NOBODY}`);
	await session.ask('POST', `/RestoreSessions/${NOBODY}/Stop`);
	await session.ask('GET', `/RestoreSessions/${NOBODY}/organization`);
	const bad = ['?limit=x', '?limit=-5', '?offset=-5', '?limit=99999999999999999999',
		'?startTimeFrom=yesterday', '?orderBy=Nothing', '/not-an-id', '/not-an-id/organization'];
	for (const where of bad)
		await session.ask('GET', `/RestoreSessions${where}`, { bad: true });
	await session.ask('DELETE', `/RestoreSessions/${started[0]}`, { bad: true });
}

/* One of the simulator's controls; not of the vendor's API, so nobody checks it. */
async function control(session, method, where, json) {
	const { status, responseBody } = await send(session.base, { method,
		target: `/_sim/${where}`, body: Buffer.from(json ? JSON.stringify(json) : '') });
	if (status >= 400)
		throw new Error(`${method} /_sim/${where}: ${status} ${responseBody}`);
	return responseBody.length > 0 ? JSON.parse(responseBody) : null;
}

const HOSTILE = 'tab\t, newline\n, quote", \\, \u0001\u001b[31m \u202e \u{1f4a9}';
const STATUSES = ['Running', 'Success', 'Warning', 'Failed', 'Cancelled', 'Skipped'];
const KINDS = ['None', 'Save', 'Export', 'Send', 'Restore', 'View'];

/* What happened in sessions: those of earlier years, a new one, what was done to it since. */
async function events(report, session, started) {
	const id = started[started.length - 1];
	const where = `/RestoreSessions/${id}/Events`;
	for (const status of STATUSES)
		for (const type of KINDS)
			await control(session, 'POST', `session/${id}/events`, { type, status,
				itemName: HOSTILE, itemType: 'Document', itemSizeBytes: 2 ** 40,
				source: HOSTILE, target: HOSTILE, title: HOSTILE, message: HOSTILE });
	await control(session, 'POST', `session/${id}/events`, { count: 300 });
	for (const query of ['', '?limit=10000', '?limit=7&offset=3', '?offset=100000'])
		await good(report, session, 'GET', where + query);
	await pages(report, session, `${where}?limit=50`);
	const list = results(await good(report, session, 'GET', where));
	report.step(`${session.version}: the first event is the start of the session`,
		list[0].title === 'Restore session started' && list[0].order === 0);
	for (const event of list)
		await good(report, session, 'GET', `${where}/${event.id}`);
	const older = await good(report, session, 'GET', '/RestoreSessions?limit=100');
	for (const { id: other } of results(older)) {
		await good(report, session, 'GET', `/RestoreSessions/${other}/Events`);
		if (session.version === 'v8')
			await good(report, session, 'GET', `/RestoreSessions/${other}/Statistics`);
	}
	await session.ask('GET', `${where}/${NOBODY}`);
	await session.ask('GET', `/RestoreSessions/${NOBODY}/Events`);
	const bad = [`${where}?limit=x`, `${where}?limit=0`, `${where}?offset=-1`,
		`${where}/not-an-id`, '/RestoreSessions/not-an-id/Events',
		'/RestoreSessions/not-an-id/Statistics'];
	for (const target of bad)
		await session.ask('GET', target, { bad: true });
	await session.ask('POST', where, { bad: true });
}

const FILTERS = ['isLongTermCopy=true', 'isLongTermCopy=false', 'isRetrieved=true',
	'isRetrieved=false'];
const FILTERS_V6 = ['backupTime=2020-01-01T00:00:00Z'];
const FILTERS_V7 = ['orderAsc=true', 'orderAsc=false', 'isCopy=true', 'isCopy=false',
	'from=2018-01-01T00:00:00Z', 'to=2018-01-01T00:00:00Z', 'limit=2&offset=1', 'limit=10000',
	'from=2018-01-01T00:00:00Z&to=2024-01-01T00:00:00Z&orderAsc=true&isCopy=false'];

/* `organization`: one that was backed up. */
async function restorePoints(report, session, organization) {
	const { version } = session;
	const all = results(await good(report, session, 'GET',
		`/RestorePoints?organizationId=${organization}`));
	report.step(`${version}: there are restore points`, all.length > 0);
	const { repositoryId, jobId } = all[0];
	const filters = [...FILTERS, ...(version === 'v6' ? FILTERS_V6 : FILTERS_V7),
		`repositoryId=${repositoryId}`, `jobId=${jobId}`, `organizationId=${NOBODY}`];
	for (const filter of filters)
		await good(report, session, 'GET', `/RestorePoints?${filter}`);
	await pages(report, session, version === 'v6' ? '/RestorePoints' : '/RestorePoints?limit=3');
	for (const { id } of all)
		await good(report, session, 'GET', `/RestorePoints/${id}`);
	await session.ask('GET', '/RestorePoints/nothing');
	const bad = ['organizationId=x', 'jobId=x', 'repositoryId=x', 'isRetrieved=perhaps',
		...(version === 'v6' ? ['backupTime=yesterday'] :
			['from=yesterday', 'to=yesterday', 'orderAsc=2', 'isCopy=x', 'limit=x']),
		...(version === 'v8' ? ['userId=x', 'teamId=x'] : [])];
	for (const filter of bad)
		await session.ask('GET', `/RestorePoints?${filter}`, { bad: true });
}

/* Each kind of change there is, told page by page; and one while a request waits. */
async function feed(report, session, organization, started) {
	const ask = async (query) => JSON.parse((await good(report, session, 'GET',
		`/Events?${query}`)).responseBody);
	const from = (token) => `from=${encodeURIComponent(token)}`;
	const { nextChangeToken: before } = await ask('from=latest');
	const [stopped, gone] = started;
	const point = await control(session, 'POST', 'restore-points', { org: organization });
	await control(session, 'POST', `restore-point/${point.id}`, { isTeams: false });
	await control(session, 'DELETE', `restore-point/${point.id}`);
	await good(report, session, 'POST', `/RestoreSessions/${stopped}/Stop`);
	await control(session, 'DELETE', `session/${gone}`);
	let token = before;
	const told = [];
	for (let i = 0; i < 10; i++) {
		const page = await ask(`${from(token)}&limit=2`);
		told.push(...page.results.map((event) => event.eventType));
		token = page.nextChangeToken;
	}
	report.step('v8: the change feed tells every change once', told.join(' ') ===
		'RestorePointUpdate RestorePointObjectsChange RestorePointUpdate ' +
		'RestorePointDelete RestoreSessionUpdate RestoreSessionDelete', told.join(' '));
	const waiting = ask(`${from(token)}&timeoutSeconds=20&limit=10000`);
	while ((await control(session, 'GET', 'stats')).held === 0);
	await control(session, 'POST', `session/${stopped}`, { result: 'Failed' });
	const { results: [event] } = await waiting;
	report.step('v8: a change ends the wait', event && event.id === stopped);
	await ask('from=latest&timeoutSeconds=1');
	await control(session, 'DELETE', 'changes');
	const outdated = await session.ask('GET', `/Events?${from(token)}&timeoutSeconds=5`);
	report.step('v8: a token of forgotten changes is outdated',
		/"errorCode":"OutdatedChangeToken"/.test(outdated.responseBody));
	for (const query of ['', '?from=', '?from=x', '?from=latest&limit=0',
		'?from=latest&timeoutSeconds=-1', '?from=latest&timeoutSeconds=soon'])
		await session.ask('GET', `/Events${query}`, { bad: true });
}

/* A path of the document with something in place of each parameter. */
function filled(operation, document, known) {
	const value = (parameter) => {
		const schema = document.resolve(parameter.schema);
		if (known[parameter.name])
			return known[parameter.name];
		if (schema.enum)
			return schema.enum[0];
		return { integer: '1', boolean: 'true' }[schema.type] ||
			{ uuid: NOBODY, 'date-time': '2026-01-01T00:00:00Z' }[schema.format] || 'x';
	};
	const where = operation.path.replace(/\{([^}]*)\}/g, (whole, name) => encodeURIComponent(
		value(operation.parameters.find((p) => p.in === 'path' && p.name === name))));
	const query = operation.parameters.filter((p) => p.in === 'query' && p.required)
		.map((p) => `${p.name}=${encodeURIComponent(value(p))}`);
	return where + (query.length > 0 ? `?${query.join('&')}` : '');
}

/* Every GET there is in the document, and every link in every answer, once. */
async function sweep(session, document, known) {
	const todo = document.operations.filter((o) => o.method === 'GET')
		.map((o) => filled(o, document, known));
	const first = todo.length;
	const seen = new Set(todo);
	for (let i = 0; i < todo.length && i < first + LINKS_MAX; i++) {
		/* a link is the server's word: only what it answers is checked */
		const exchange = await session.ask('GET', `/${todo[i]}`, { bad: i >= first });
		const body = exchange.responseBody.toString();
		for (const [, href] of body.matchAll(/"href":"([^"\\]*)"/g)) {
			const declared = document.at(href.replace(/\?.*/, ''))
				.some((o) => o.method === 'GET');
			if (declared && !seen.has(href)) {
				seen.add(href);
				todo.push(href);
			}
		}
	}
}

async function refusals(session, organization, started) {
	const wheres = [['GET', '/ServiceInstance'], ['GET', '/Organizations?extendedView=true'],
		['GET', '/RestoreSessions'], ['GET', `/RestoreSessions/${started}`],
		['POST', `/RestoreSessions/${started}/Stop`], ['GET', '/Organization'],
		['GET', `/Organizations/${organization}?extendedView=true`]];
	for (const [method, where] of wheres)
		for (const bearer of ['', 'x', 'x.y.z', 'A'.repeat(5000)])
			await session.ask(method, where, { bearer });
}

async function asAdministrator(report, document, simulator, note) {
	const session = new Session(simulator.url, document.version, note);
	await session.signIn(simulator.admin);
	await tokens(report, session, simulator.admin);
	await good(report, session, 'GET', '/ServiceInstance');
	if (session.version === 'v8')
		await good(report, session, 'GET', '/Health', { bearer: '' });
	const list = await organizations(report, session);
	const started = await explore(report, session, `/Organizations/${list[0].id}/explore`);
	await session.ask('POST', `/Organizations/${NOBODY}/explore`, { json: { type: 'Vex' } });
	await sessions(report, session, started);
	await events(report, session, started);
	await restorePoints(report, session, list[0].id);
	if (session.version === 'v8')
		await feed(report, session, list[0].id, started.slice(started.length / 2));
	await session.ask('GET', '/Organization');
	await session.ask('POST', '/Organization/Explore', { json: { type: 'Vex' } });
	const last = started[started.length - 1];
	await refusals(session, list[0].id, last);
	await sweep(session, document, { organizationId: list[0].id, restoreSessionId: last,
		sessionId: last });
	return list[0].id;
}

async function asTenant(report, document, simulator, note, organization) {
	const session = new Session(simulator.url, document.version, note);
	await session.signIn(simulator.tenant);
	await good(report, session, 'GET', '/Organization');
	const started = await explore(report, session, '/Organization/Explore');
	await sessions(report, session, started);
	await events(report, session, started);
	await restorePoints(report, session, organization);
	if (session.version === 'v8')
		await feed(report, session, organization, started.slice(started.length / 2));
	await session.ask('GET', '/Organizations?extendedView=true');
	await session.ask('GET', `/Organizations/${organization}?extendedView=true`);
	await session.ask('POST', `/Organizations/${organization}/explore`, { json: { type: 'Vex' } });
	await session.ask('GET', '/ServiceInstance');
}

/* The backup proxy is away: some answers are errors then. */
async function proxyOffline(document, simulator, note) {
	const session = new Session(simulator.url, document.version, note);
	await session.signIn(simulator.admin);
	await session.ask('GET', '/Organizations?extendedView=true');
	await session.ask('GET', '/Organizations?extendedView=false');
}

module.exports = { asAdministrator, asTenant, filled, proxyOffline };
