/*
 * selfcheck: exchanges that the proxy breaks on purpose.  Each must be reported,
 * and the same exchange unbroken must not be.
 */
'use strict';

const { Session } = require('./client');
const { Proxy } = require('./proxy');
const { check } = require('./check');

const UUID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

/* Changes the JSON body of a response or a request. */
function body(change) {
	return (exchange) => {
		const key = exchange.responseBody ? 'responseBody' : 'body';
		const value = JSON.parse(exchange[key]);
		exchange[key] = Buffer.from(JSON.stringify(change(value) || value));
	};
}

const list = { method: 'GET', where: () => '/RestoreSessions?limit=3' };
const one = { method: 'GET', where: (ids) => `/RestoreSessions/${ids.session}` };
const none = { method: 'GET', where: () => '/RestoreSessions/00000000-1111-4222-8333-444444444444' };
const all = { method: 'GET', where: () => '/Organizations?extendedView=true' };
const token = { method: 'POST', where: () => '/token',
	options: (ids) => ({ form: { grant_type: 'password', ...ids.login } }) };
const explore = { method: 'POST', where: (ids) => `/Organizations/${ids.organization}/explore`,
	options: () => ({ json: { type: 'Vex', dateTime: '2026-11-20T18:00:00Z' } }) };

const contents = { method: 'GET', where: (ids) => `${ids.drive}/Documents?limit=3` };
const hits = { method: 'POST', where: (ids) => `${ids.drive}/search?itemType=Documents`,
	options: () => ({ json: { query: 'e' } }) };
const bytes = { method: 'POST', where: (ids) => `${ids.document}/save`,
	options: () => ({ json: { asZip: false } }) };
const posts = { method: 'GET', where: (ids) => `${ids.team}/posts?parentId=-1` };
const files = { method: 'POST', where: (ids) => `${ids.team}/search`,
	options: () => ({ json: { query: 'e', type: 'Files' } }) };

const RESPONSES = [
	['a required field dropped', one, body((o) => { delete o.state; }),
		/required property 'state'/],
	['a required field dropped in a list', list, body((o) => { delete o.results[1].id; }),
		/\/results\/1: .*required property 'id'/],
	['a required field of the envelope dropped', list, body((o) => { delete o.offset; }),
		/required property 'offset'/],
	['a wrong type', list, body((o) => { o.offset = 'zero'; }), /\/offset: must be integer/],
	['null where none may be', one, body((o) => { o.id = null; }), /\/id: must be string/],
	['an object for a list', list, body((o) => { o.results = {}; }), /\/results: must be array/],
	['a wrong enum', one, body((o) => { o.state = 'Paused'; }), /\/state: .*allowed values/],
	['a wrong date-time', one, body((o) => { o.creationTime = '2026-11-20 18:00:00'; }),
		/creationTime: must match format "date-time"/],
	['a wrong uuid', one, body((o) => { o.id = 'x'; }), /\/id: must match format "uuid"/],
	['a number out of range', list, body((o) => { o.limit = 2 ** 31; }),
		/\/limit: must match format "int32"/],
	['an undeclared property', one, body((o) => { o.surprise = 1; }),
		/property 'surprise' is not declared/],
	['an undeclared property of a link', one, body((o) => { o._links.self.rel = 'x'; }),
		/\/_links\/self: property 'rel' is not declared/],
	['an undeclared status', one, (e) => { e.status = 202; }, /status 202 is not declared/],
	['a redirect', one, (e) => { e.status = 302; }, /status 302 is not declared/],
	['another content type', one, (e) => { e.responseHeaders['content-type'] = 'text/html'; },
		/content type 'text\/html' is not declared/],
	['no JSON', one, (e) => { e.responseBody = Buffer.from('<html>'); }, /is not JSON/],
	['no UTF-8', one, (e) => { e.responseBody = Buffer.from([0x22, 0xff, 0x22]); }, /is not JSON/],
	['an empty body', one, (e) => { e.responseBody = Buffer.alloc(0); }, /is not JSON/],
	['an empty error', none, (e) => { e.responseBody = Buffer.alloc(0); }, /has no body/],
	['an error without its message', none, body((o) => { delete o.message; }), /no message/],
	['an error of another kind', none, body(() => ({ error: 'x' })),
		/property 'error' is not declared/],
	['a token without its lifetime', token, body((o) => { delete o.expires_in; }),
		/required property 'expires_in'/],
	['a document without its maker', contents, body((o) => { delete o.results[0].createdBy; }),
		/\/results\/0: .*required property 'createdBy'/],
	['a document without zone', contents, body((o) => {
		o.results[2].modificationTime = '2026-11-20T18:00:00'; }), /must match format "date-time"/],
	['an undeclared property of what was found', hits, body((o) => { o.results[1].surprise = 1; }),
		/property 'surprise' is not declared/],
	['bytes of another content type', bytes,
		(e) => { e.responseHeaders['content-type'] = 'application/zip'; },
		/content type 'application\/zip' is not declared/],
	['a post with text for its number', posts, body((o) => { o.results[0].postId = 'x'; }),
		/\/postId: must be integer/],
	['a file of another kind', files, body((o) => { o.results[0].fileType = 'Link'; }),
		/\/fileType: .*allowed values/],
];

const REQUESTS = [
	['an unknown query parameter', list, (e) => { e.target += '&bogus=1'; },
		/query parameter 'bogus' is not declared/],
	['a query parameter twice', list, (e) => { e.target += '&limit=4'; }, /given twice/],
	['a wrong query parameter', list, (e) => { e.target = e.target.replace('limit=3', 'limit=x'); },
		/query parameter 'limit' must be integer/],
	['a wrong path parameter', one, (e) => { e.target = e.target.replace(UUID, 'not-a-uuid'); },
		/path parameter '\w+' must match format "uuid"/],
	['an unknown path', one, (e) => { e.target += '/Nothing'; }, /is not in the document/],
	['an unknown version', one, (e) => { e.target = e.target.replace(/v\d/, 'v9'); },
		/of no version/],
	['another method', one, (e) => { e.method = 'PUT'; }, /method PUT is not declared/],
	['a body that is not wanted', one, (e) => { e.body = Buffer.from('{}'); },
		/a body is not declared/],
	['no body', explore, (e) => { e.body = Buffer.alloc(0); }, /the body is required/],
	['another content type', explore, (e) => { e.headers['content-type'] = 'text/plain'; },
		/content type 'text\/plain' is not declared/],
	['an unknown body property', explore, body((o) => { o.bogus = 1; }),
		/property 'bogus' is not declared/],
	['a body property in other letters', explore, body((o) => { o.datetime = o.dateTime; }),
		/property 'datetime' is not declared/],
	['a wrong enum', explore, body((o) => { o.type = 'vex'; }), /\/type: .*allowed values/],
	['a time without zone', explore, body((o) => { o.dateTime = '2026-11-20T18:00:00'; }),
		/\/dateTime: must match format "date-time"/],
	['a search without its type', files, body((o) => { delete o.type; }),
		/required property 'type'/],
	['a search for a wrong type', hits, (e) => { e.target = e.target.replace('Documents', 'Items'); },
		/query parameter 'itemType' must be equal to one of the allowed values/],
	['a search with no query', hits, (e) => { e.body = Buffer.alloc(0); }, /the body is required/],
	['an undeclared option of a save', bytes, body((o) => { o.zip = true; }),
		/property 'zip' is not declared/],
	['text for the number of a post', posts, (e) => { e.target = e.target.replace('-1', 'root'); },
		/query parameter 'parentId' must be integer/],
	['an unknown form field', token, (e) => { e.body = Buffer.from(`${e.body}&bogus=1`); },
		/property 'bogus' is not declared/],
	['a form without its grant type', token,
		(e) => { e.body = Buffer.from(`${e.body}`.replace(/grant_type=\w+&/, '')); },
		/required property 'grant_type'/],
];

/* Only v6 wants it. */
const REQUESTS_V6 = [
	['a required query parameter dropped', all,
		(e) => { e.target = e.target.replace(/\?.*/, ''); }, /'extendedView' is required/],
];

/* All that is found wrong with one exchange through a proxy that spoils it so. */
async function found(documents, simulator, version, ids, request, spoil) {
	const complaints = [];
	let told = 0;
	const proxy = new Proxy(simulator.url, (exchange, trouble) => {
		told++;
		complaints.push(...(exchange ? check(documents, exchange).complaints : [trouble]));
	}, spoil);
	const session = new Session(await proxy.start(), version, () => {});
	session.token = ids.token;
	const options = request.options ? request.options(ids) : {};
	await session.ask(request.method, request.where(ids), options);
	await proxy.stop();
	if (told !== 1)
		complaints.push(`proxy: one request, noted ${told} times`);
	return complaints;
}

/* Paths of a drive and a document in it, and of a team. */
async function holdings(session, organization) {
	const first = async (where) =>
		JSON.parse((await session.ask('GET', where)).responseBody).results[0];
	const start = async (type) => {
		const { responseBody } = await session.ask('POST', `/Organizations/${organization}/explore`,
			{ json: { type, dateTime: '2026-11-19T19:00:05Z' } });
		return `/RestoreSessions/${JSON.parse(responseBody).id}/organization`;
	};
	const drives = `${await start('Veod')}/OneDrives`;
	const teams = `${await start('Vet')}/teams`;
	const drive = `${drives}/${(await first(drives)).id}`;
	return { drive, document: `${drive}/Documents/${(await first(`${drive}/Documents`)).id}`,
		team: `${teams}/${(await first(teams)).id}` };
}

async function selfCheck(report, documents, simulator, version) {
	const session = new Session(simulator.url, version, () => {});
	await session.signIn(simulator.admin);
	const get = async (where) => {
		const value = JSON.parse((await session.ask('GET', where)).responseBody);
		return (Array.isArray(value) ? value : value.results)[0].id;
	};
	const ids = { token: session.token, login: simulator.admin,
		organization: await get('/Organizations?extendedView=true'),
		session: await get('/RestoreSessions?limit=1') };
	Object.assign(ids, await holdings(session, ids.organization));
	const rows = [
		...RESPONSES.map((row) => ['response', ...row]),
		...REQUESTS.map((row) => ['request', ...row]),
		...(version === 'v6' ? REQUESTS_V6.map((row) => ['request', ...row]) : []),
	];
	for (const [side, name, request, spoil, expected] of rows) {
		const what = `${version} self-check, ${side} with ${name}`;
		const before = await found(documents, simulator, version, ids, request, {});
		report.step(`${what}: nothing is found before it is broken`, before.length === 0,
			before.join('\n'));
		const after = await found(documents, simulator, version, ids, request,
			{ [side]: spoil });
		report.step(`${what}: it is found`, after.some((text) => text.startsWith(`${side}: `) &&
			expected.test(text)), after.join('\n') || 'nothing was found');
	}
}

module.exports = { selfCheck };
