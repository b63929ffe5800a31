/*
 * content: looks at all that restore sessions of vbosim hold, searches it and
 * saves it, without vbofs; every operation of the document that vbosim has must
 * have been answered with a success in the end.
 */
'use strict';

const { Session } = require('./client');

const NOBODY = '00000000-1111-4222-8333-444444444444';
const INSTANT = '2026-11-19T19:00:05Z';
const ONES = 3;           /* members of a collection that are asked for by themselves */
const ROOT = '/RestoreSessions/{restoreSessionId}/organization';

/* Below a session, what vbosim has not: several at once, folders, exports of operators. */
const NOT_SIMULATED = [/\/(items|documents|attachments|posts|files)\/(save|export)$/i,
	/\/folders(\/\{\w+\}(\/versions\/\{\w+\})?)?\/save$/i, /\/(libraries|onedrives)\/\{\w+\}\/save$/i,
	/operatorExport/i];

function isContent(operation) {
	return operation.path.replace(/^\/v\d+/, '').toLowerCase().startsWith(`${ROOT}/`.toLowerCase()) &&
		(operation.method === 'GET' || /\/(search\w*|save|export)$/i.test(operation.path)) &&
		!NOT_SIMULATED.some((pattern) => pattern.test(operation.path));
}

const part = encodeURIComponent;
const id = (object) => part(object.id === undefined ? object.postId : object.id);

/* One who looks into a session; `done`: operations that had a success. */
class Visit {
	constructor(report, document, session, done) {
		this.report = report;
		this.document = document;
		this.session = session;
		this.done = done;
		this.number = Number(document.version.replace(/\D*(\d).*/, '$1'));
		this.root = this.number < 7 ? 'null' : 'root';
	}

	/* What was seen at a path must be so. */
	step(where, what, good, why = '') {
		this.report.step(`${this.session.version} ${where.replace(/[^/?=]{20,}/g, '{id}')}: ${what}`,
			good, why);
	}

	async ask(method, where, options) {
		const exchange = await this.session.ask(method, where, options);
		const pathname = `/${this.session.version}${where}`.replace(/\?.*/, '');
		const operation = this.document.at(pathname).find((o) => o.method === method);
		if (operation && exchange.status < 300)
			this.done.add(operation);
		return exchange;
	}

	async good(method, where, options) {
		const exchange = await this.ask(method, where, options);
		this.step(`${method} ${where}`, `must succeed, was answered ${exchange.status}`,
			exchange.status < 300, exchange.responseBody.toString());
		return exchange;
	}

	async get(where) {
		return JSON.parse((await this.good('GET', where)).responseBody);
	}

	/* All members of a collection, or all that a search finds, by the links of its pages. */
	async all(where, method = 'GET', options = {}) {
		const members = [];
		for (let target = where, n = 0; target && n < 50; n++) {
			const page = JSON.parse((await this.good(method, target, options)).responseBody);
			members.push(...page.results);
			target = page._links.next && page._links.next.href.replace(/^\/v\d+/, '');
		}
		return members;
	}

	/* All members; some by themselves. */
	async list(where, query = '') {
		const members = await this.all(where + query);
		this.step(where, 'has members', members.length > 0);
		for (const member of members.slice(0, ONES))
			await this.get(`${where}/${id(member)}`);
		return members;
	}

	/* Searches in the usual way, and some that are refused. */
	async search(where, word, more = {}, queries = []) {
		const json = { query: word, ...more };
		for (const query of ['?limit=3', ...queries.map((q) => `?${q}`)])
			await this.all(where + query, 'POST', { json });
		const none = await this.all(where, 'POST', { json: { ...json, query: 'nowhere at all' } });
		this.step(where, 'finds nothing that is nowhere', none.length === 0);
		for (const query of ['', 'x:', 'no:key', '"', 'body:x'])
			await this.ask('POST', where, { json: { ...json, query } });
		for (const options of [{ body: '' }, { json: [] }, { body: '{', type: 'application/json' }])
			await this.ask('POST', where, { ...options, bad: true });
	}

	async save(where, ...bodies) {
		for (const options of bodies)
			await this.good('POST', where, options);
	}
}

async function mail(v, top) {
	const [box] = (await v.list(`${top}/mailboxes`)).filter((m) => !m.isArchive);
	const at = `${top}/mailboxes/${id(box)}`;
	await v.get(at);
	const folders = await v.list(`${at}/folders`);
	const inbox = folders.find((f) => f.category === 'Inbox');
	for (const query of [`parentId=${v.root}`, `parentId=${id(inbox)}`, 'name=In*'])
		await v.all(`${at}/folders?${query}`);
	const items = await v.list(`${at}/items`);
	const classes = new Map(items.map((item) => [item.itemClass, item]));
	v.step(`${at}/items`, 'has mail of each class', classes.size >= 6, [...classes.keys()].join());
	for (const item of classes.values())
		await v.get(`${at}/items/${id(item)}`);
	for (const parent of [v.root, id(inbox)])
		await v.all(`${at}/items?${v.number === 6 ? 'folderId' : 'parentId'}=${parent}`);
	await v.save(`${at}/items/${id(items[0])}/save`, {});
	for (const where of [`${top}/searchExchange`, `${top}/mailboxes/search`, `${at}/search`,
		`${at}/folders/${id(inbox)}/search`])
		await v.search(where, 'subject:e', {}, where.endsWith('Exchange') ? [] : [`setId=${NOBODY}`]);
	for (const where of ['mailboxes', `mailboxes/${NOBODY}`, `${at}/folders/x`, `${at}/items/x`,
		`${at}/folders?parentId=x`])
		await v.ask('GET', where.startsWith('/') ? where : `${top}/${where}`);
	await v.ask('POST', `${at}/items/x/save`);
}

/* Documents, folders and items: lists of what earlier versions they have, and each of those. */
async function versions(v, collection, members, save) {
	let n = 0;
	for (const member of members) {
		const at = `${collection}/${id(member)}/Versions`;
		for (const { versionId } of await v.all(`${at}?limit=1`)) {
			await v.get(`${at}/${versionId}`);
			if (save)
				await v.save(`${at}/${versionId}/save`, { json: { asZip: false } },
					{ json: { asZip: true } });
			n++;
		}
		await v.ask('GET', `${at}/1`);
	}
	v.step(collection, 'has versions', n > 0);
}

/* The listings of a kind of objects, by the parents there are. */
async function entries(v, collection, parents) {
	const flags = v.number < 7 || /Folders$/.test(collection) ? [''] :
		['', '&includeFolders=true', '&includeFolders=false'];
	for (const parent of parents)
		for (const flag of flags)
			await v.all(`${collection}?parentId=${parent}${flag}`);
	await v.ask('GET', `${collection}?parentId=${NOBODY}`);
	await v.ask('GET', `${collection}/${NOBODY}`);
	return v.list(collection);
}

async function drives(v, top) {
	const drive = (await v.list(`${top}/OneDrives`)).find((d) => /Adele/.test(d.name));
	const at = `${top}/OneDrives/${id(drive)}`;
	const folders = await v.list(`${at}/Folders`);
	const parents = [v.root, id(folders[0])];
	await entries(v, `${at}/Folders`, parents);
	const documents = await entries(v, `${at}/Documents`, parents);
	await versions(v, `${at}/Documents`, documents, true);
	await versions(v, `${at}/Folders`, folders, false);
	const old = folders.find((f) => f.version !== '1.0');
	await v.get(`${at}/Folders/${id(old)}?versionId=${old.versionId}`);
	await v.save(`${at}/Documents/${id(documents[0])}/save`, { json: {} }, { json: { asZip: true } });
	for (const where of [`${top}/OneDrives`, at, `${at}/Folders/${id(folders[0])}`])
		await v.search(`${where}/search`, 'e', {}, ['itemType=All', 'itemType=Folders', 'itemType=Documents',
			`setId=${NOBODY}`]);
	await v.ask('POST', `${at}/search?itemType=Items`, { json: { query: 'e' }, bad: true });
}

async function sites(v, top) {
	const site = (await v.list(`${top}/Sites`)).find((s) => s.name === 'Intranet');
	for (const parent of [v.root, id(site)])
		await v.all(`${top}/Sites?parentId=${parent}`);
	const at = `${top}/Sites/${id(site)}`;
	const [library] = await v.list(`${at}/Libraries`);
	const [list] = await v.list(`${at}/Lists`);
	const folders = await entries(v, `${at}/Folders`, [id(library), id(list)]);
	const parents = [v.root, id(library), id(list), ...folders.map(id)];
	const documents = await entries(v, `${at}/Documents`, parents);
	const items = await entries(v, `${at}/Items`, parents);
	await versions(v, `${at}/Documents`, documents, true);
	await versions(v, `${at}/Folders`, folders, false);
	await versions(v, `${at}/Items`, items, false);
	await v.save(`${at}/Documents/${id(documents[0])}/save`, { json: {} }, { json: { asZip: true } });
	for (const item of items)
		await v.all(`${at}/Items/${id(item)}/Attachments?limit=1`);
	const photos = `${at}/Items/${id(items.find((i) => /Printer/.test(i.title)))}/Attachments`;
	const [photo] = await v.list(photos);
	await v.save(`${photos}/${id(photo)}/save`, {});
	for (const where of [`${top}/Sites`, at, `${at}/Libraries/${id(library)}`,
		`${at}/Lists/${id(list)}`, `${at}/Folders/${id(folders[0])}`])
		await v.search(`${where}/search`, 'e', {}, ['itemType=All', 'itemType=Folders', 'itemType=Items',
			`setId=${NOBODY}`]);
}

async function files(v, team, channel) {
	const list = `${team}/files`;
	const all = await v.all(list);
	const here = all.filter((f) => f._links.channel.href.endsWith(decodeURIComponent(channel)));
	const folder = here.find((f) => f.fileType === 'Folder');
	const flags = v.number < 7 ? [''] : ['', '&foldersOnly=true', '&foldersOnly=false'];
	for (const parent of [v.root, id(folder)])
		for (const flag of flags)
			await v.all(`${list}?channelId=${channel}&parentId=${parent}${flag}`);
	const at = v.number < 8 ? list : `${team}/channels/${channel}/files`;
	for (const file of here.filter((f) => f.fileType === 'File')) {
		await v.get(`${at}/${id(file)}`);
		if (v.number < 8)
			await v.get(`${at}/${id(file)}?channelId=${channel}`);
		if (v.number >= 7)
			await v.all(`${at}/${id(file)}/versions?limit=1`);
		await v.save(`${at}/${id(file)}/save`, { json: {} }, { json: { asZip: true } });
	}
	await v.ask('GET', `${at}/${NOBODY}`);
	await v.search(`${list}/search`, 'e', {}, v.number < 7 ? [] : [`channelId=${channel}`,
		`channelId=${channel}&parentId=root`, `parentId=${id(folder)}`]);
}

async function posts(v, team, channel) {
	const list = `${team}/posts`;
	const tops = await v.all(`${list}?parentId=-1`);
	let replies = 0;
	for (const post of tops)
		replies += (await v.all(`${list}?parentId=${id(post)}`)).length;
	v.step(list, 'posts have replies', replies > 0);
	for (const post of (await v.list(list, `?channelId=${channel}`)).slice(0, ONES)) {
		await v.get(`${list}/${id(post)}?channelId=${channel}`);
		await v.save(`${list}/${id(post)}/save`, {});
		await v.save(`${list}/${id(post)}/export`, {});
	}
	await v.ask('GET', `${list}/1`);
	await v.search(`${list}/search`, 'author:a', {}, v.number < 7 ? [] : [`channelId=${channel}`,
		'parentId=-1']);
}

async function teams(v, top) {
	const [one] = await v.list(`${top}/teams`, '?displayName=Market');
	const team = `${top}/teams/${id(one)}`;
	await v.all(`${team}/channels?displayName=Gen`);
	const channel = id((await v.list(`${team}/channels`)).find((c) => c.displayName === 'General'));
	if (v.number >= 7)
		await v.all(`${team}/channels/${channel}/children`);
	await files(v, team, channel);
	await posts(v, team, channel);
	await v.list(`${team}/channels/${channel}/tabs`);
	await v.search(`${team}/channels/${channel}/tabs/search`, 'name:k');
	for (const where of [`${top}/searchTeams`, `${team}/search`, `${team}/channels/${channel}/search`])
		for (const type of ['Files', 'Posts', 'Tabs'])
			await v.search(where, 'e', { type });
	await v.ask('POST', `${team}/search`, { json: { query: 'e' }, bad: true });
	await v.ask('POST', `${team}/search`, { json: { query: 'e', type: 'Chats' }, bad: true });
}

async function start(v, organization, type, dateTime) {
	const exchange = await v.session.ask('POST', `/Organizations/${organization}/explore`,
		{ json: { type, dateTime, showDeleted: true } });
	return JSON.parse(exchange.responseBody).id;
}

/* Tops of trees in sessions of another type, of a time without data, and stopped. */
async function refusals(v, organization, ids) {
	const tops = { Vex: 'mailboxes', Veod: 'OneDrives', Vesp: 'Sites', Vet: 'teams' };
	for (const [type, top] of Object.entries(tops)) {
		for (const session of ids.values())
			await v.ask('GET', `/RestoreSessions/${session}/organization/${top}`);
		const empty = await start(v, organization, type, '1999-01-01T00:00:00Z');
		const members = await v.all(`/RestoreSessions/${empty}/organization/${top}`);
		v.step(top, 'there are none before the first backup', members.length === 0);
		await v.session.ask('POST', `/RestoreSessions/${empty}/Stop`);
		await v.ask('GET', `/RestoreSessions/${empty}/organization/${top}`);
		await v.ask('GET', `/RestoreSessions/${NOBODY}/organization/${top}`);
	}
}

/* `fill(operation, document, known)` makes a path of an operation. */
async function visit(report, document, simulator, note, fill) {
	const session = new Session(simulator.url, document.version, note);
	const done = new Set();
	const v = new Visit(report, document, session, done);
	await session.signIn(simulator.admin);
	const organization = JSON.parse((await session.ask('GET', '/Organizations?extendedView=true'))
		.responseBody);
	const { id: organizationId } = (organization.results || organization)[0];
	const ids = new Map();
	for (const [type, look] of [['Vex', mail], ['Veod', drives], ['Vesp', sites], ['Vet', teams]]) {
		ids.set(type, await start(v, organizationId, type, INSTANT));
		await look(v, `/RestoreSessions/${ids.get(type)}/organization`);
	}
	await refusals(v, organizationId, ids);
	for (const operation of document.operations) {
		if (isContent(operation))
			report.step(`${document.version} ${operation.method} ${operation.path}: ` +
				'must have been answered with a success', done.has(operation));
		else if (NOT_SIMULATED.some((pattern) => pattern.test(operation.path)))
			await session.ask(operation.method, `/${fill(operation, document,
				{ restoreSessionId: ids.get('Veod') })}`, { bad: true });
	}
}

module.exports = { visit };
