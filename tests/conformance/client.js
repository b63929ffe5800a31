/* client: one HTTP request, as an exchange that check can judge. */
'use strict';

const http = require('http');

const DEADLINE = 30000;   /* milliseconds of silence */

function collect(stream) {
	return new Promise((resolve, reject) => {
		const parts = [];
		stream.on('data', (part) => parts.push(part));
		stream.on('end', () => resolve(Buffer.concat(parts)));
		stream.on('error', reject);
		stream.on('aborted', () => reject(new Error('the body was cut off')));
	});
}

/* `asker`, if there is one: its end cuts the request; the exchange then has no answer (status 0). */
function send(base, { method = 'GET', target, headers = {}, body = Buffer.alloc(0) }, asker) {
	const { hostname, port } = new URL(base);
	const length = body.length > 0 || method === 'POST' ? { 'content-length': body.length } : {};
	return new Promise((resolve, reject) => {
		const request = http.request({ hostname, port, method, path: target, agent: false,
			headers: { ...headers, ...length } }, async (response) => {
			try {
				resolve({ method, target, headers, body, status: response.statusCode,
					responseHeaders: response.headers,
					responseBody: await collect(response) });
			} catch (error) {
				reject(error);
			}
		});
		request.setTimeout(DEADLINE, () => request.destroy(new Error('no answer in time')));
		request.on('error', reject);
		if (asker)
			asker.once('close', () => {
				request.destroy();
				resolve({ method, target, headers, body, status: 0, responseHeaders: {},
					responseBody: Buffer.alloc(0) });
			});
		request.end(body);
	});
}

/* Someone who is signed in, or is not, at a server. */
class Session {
	constructor(base, version, note) {
		this.base = base;
		this.version = version;
		this.note = note;      /* note(exchange, meantBad) is told of each exchange */
		this.token = null;
	}

	/* `options`: form or json or body+type; bad: the request is meant to be bad. */
	async ask(method, where, { form, json, body, type, bad = false, bearer } = {}) {
		const headers = {};
		const authorization = bearer === undefined ? this.token : bearer;
		if (authorization)
			headers.authorization = `Bearer ${authorization}`;
		if (form) {
			body = new URLSearchParams(form).toString();
			type = 'application/x-www-form-urlencoded';
		} else if (json !== undefined) {
			body = JSON.stringify(json);
			type = 'application/json';
		}
		if (type)
			headers['content-type'] = type;
		const target = where.startsWith('//') ? where.slice(1) : `/${this.version}${where}`;
		const exchange = await send(this.base, { method, target, headers,
			body: Buffer.from(body || '') });
		this.note(exchange, bad);
		return exchange;
	}

	async signIn({ username, password }) {
		const form = { grant_type: 'password', username, password };
		if (this.version !== 'v6')
			form.disable_antiforgery_token = 'true';
		const exchange = await this.ask('POST', '/token', { form });
		this.tokens = JSON.parse(exchange.responseBody);
		this.token = this.tokens.access_token;
	}
}

module.exports = { Session, collect, send };
