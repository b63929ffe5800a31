/*
 * proxy: stands between a client and a server on loopback, passes everything on,
 * and notes each exchange.  `spoil`, if there is one, breaks exchanges on purpose:
 * spoil.request(exchange) before the request is noted and sent on,
 * spoil.response(exchange) before the response is noted and passed back.
 */
'use strict';

const http = require('http');
const { collect, send } = require('./client');

const HOP_BY_HOP = ['connection', 'keep-alive', 'transfer-encoding', 'content-length', 'te',
	'trailer', 'upgrade', 'proxy-connection', 'expect'];

function withoutHops(headers) {
	return Object.fromEntries(Object.entries(headers)
		.filter(([name]) => !HOP_BY_HOP.includes(name)));
}

class Proxy {
	constructor(upstream, note, spoil = {}) {
		this.upstream = upstream;
		this.note = note;
		this.spoil = spoil;
		this.server = http.createServer((request, response) =>
			this.pass(request, response).catch((error) => {
				this.note(null, `proxy: ${request.method} ${request.url}: ${error.message}`);
				request.socket.destroy();
			}));
	}

	async start() {
		await new Promise((resolve) => this.server.listen(0, '127.0.0.1', resolve));
		this.url = `http://127.0.0.1:${this.server.address().port}`;
		return this.url;
	}

	async pass(request, response) {
		const asked = { method: request.method, target: request.url,
			headers: withoutHops(request.headers), body: await collect(request) };
		if (this.spoil.request)
			this.spoil.request(asked);
		const exchange = await send(this.upstream, asked, response);
		if (exchange.status === 0) {   /* a standing request that its client gave up */
			this.note(exchange);
			return;
		}
		if (this.spoil.response)
			this.spoil.response(exchange);
		this.note(exchange);
		response.writeHead(exchange.status, { ...withoutHops(exchange.responseHeaders),
			...(exchange.status === 204 ? {} :
				{ 'content-length': exchange.responseBody.length }) });
		response.end(exchange.responseBody);
	}

	async stop() {
		this.server.closeAllConnections();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

module.exports = { Proxy };
