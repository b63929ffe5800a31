/* simulator: a vbosim of its own, in plain HTTP, with its logins. */
'use strict';

const fs = require('fs');
const path = require('path');
const { printed, start, stop } = require('./process');

const READY = /^ready url=(\S+) cafile=\S+ credentials=(\S+)$/m;
const DEADLINE = 15000;

function readLogin(file) {
	return Object.fromEntries(fs.readFileSync(file, 'utf8').split('\n')
		.filter((line) => line.includes('='))
		.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

class Simulator {
	static async start(build, folder, args = []) {
		const simulator = new Simulator();
		simulator.journal = path.join(folder, 'journal');
		simulator.child = start(path.join(build, 'vbosim'), ['--port', '0', '--no-tls',
			'--api', 'v6,v7,v8', '--journal', simulator.journal, ...args]);
		const ready = await printed(simulator.child, READY, DEADLINE);
		if (!ready)
			throw new Error(`vbosim did not get ready: ${simulator.child.err}`);
		[, simulator.url, simulator.credentials] = ready;
		simulator.tenantCredentials = path.join(path.dirname(simulator.credentials),
			'tenant-credentials');
		simulator.admin = readLogin(simulator.credentials);
		simulator.tenant = readLogin(simulator.tenantCredentials);
		return simulator;
	}

	/* How many requests it has had. */
	requests() {
		return fs.readFileSync(this.journal, 'utf8').split('\n').length - 1;
	}

	/* Resolves to what is wrong with its end, '' if nothing. */
	async stop() {
		const inTime = await stop(this.child);
		if (!inTime)
			return 'it did not end within 5 s';
		if (this.child.exitCode !== 0)
			return `exit code ${this.child.exitCode}, signal ${this.child.signalCode}`;
		return this.child.err;
	}
}

module.exports = { Simulator };
