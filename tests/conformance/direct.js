/*
 * direct: drives vbosim without vbofs, with good requests and bad ones, and
 * follows every link that the document knows.
 */
'use strict';

const { Session } = require('./client');

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
