/* report: collects what was checked and prints it. */
'use strict';

const VERSIONS = ['v6', 'v7', 'v8'];
const BODY_SHOWN = 300;

function snippet(exchange) {
	const body = exchange.responseBody.toString('utf8').replace(/[^\x20-\x7e]/g, '?');
	return `${exchange.method} ${exchange.target} -> ${exchange.status} ${body.slice(0, BODY_SHOWN)}`;
}

class Report {
	constructor() {
		this.passed = 0;
		this.failed = 0;
		this.seen = new Map();       /* endpoint -> who -> version -> count */
		this.failures = new Map();   /* text -> { count, example } */
	}

	pass() {
		this.passed++;
	}

	fail(text, example = '') {
		this.failed++;
		const known = this.failures.get(text);
		if (known)
			known.count++;
		else
			this.failures.set(text, { count: 1, example });
	}

	/* One exchange that `who` (vbosim driven directly, or vbofs) took part in. */
	exchange(who, exchange, { endpoint, version, complaints }) {
		const key = `${endpoint} ${who}`;
		const counts = this.seen.get(key) || {};
		counts[version] = (counts[version] || 0) + 1;
		this.seen.set(key, counts);
		if (complaints.length === 0)
			this.pass();
		else
			this.failed++;
		for (const complaint of complaints) {
			const text = `${version} ${endpoint} (${who}): ${complaint}`;
			const known = this.failures.get(text);
			if (known)
				known.count++;
			else
				this.failures.set(text, { count: 1, example: snippet(exchange) });
		}
	}

	/* Has `who` been seen at such an endpoint? */
	saw(who, version, endpoint) {
		for (const [key, counts] of this.seen)
			if (key.endsWith(` ${who}`) && endpoint.test(key) && counts[version])
				return true;
		return false;
	}

	step(text, good, example = '') {
		if (good)
			this.pass();
		else
			this.fail(text, example);
	}

	print() {
		const rows = [...this.seen].sort(([a], [b]) => (a < b ? -1 : 1));
		const width = Math.max(10, ...rows.map(([key]) => key.length));
		console.log(`${'endpoint'.padEnd(width)} ${VERSIONS.map((v) => v.padStart(6)).join('')}`);
		for (const [key, counts] of rows)
			console.log(`${key.padEnd(width)} ${VERSIONS
				.map((v) => String(counts[v] || '-').padStart(6)).join('')}`);
		for (const [text, { count, example }] of this.failures) {
			console.log(`\nfailed${count > 1 ? ` (${count} times)` : ''}: ${text}`);
			if (example)
				console.log(`    ${example.trim().replace(/\n/g, '\n    ')}`);
		}
		console.log('');
		console.log(`${this.passed} passed, ${this.failed} failed`);
	}
}

module.exports = { Report, VERSIONS };
