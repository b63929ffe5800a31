/*
 * main: validates every response of vbosim and every request of vbofs, for the
 * API versions that there is a document for.  Exit code 1 when anything is wrong.
 */
'use strict';

const fs = require('fs');
const os = require('os');
const path = require('path');
const { check } = require('./check');
const content = require('./content');
const direct = require('./direct');
const mounted = require('./mounted');
const { load } = require('./openapi');
const { Proxy } = require('./proxy');
const { Report, VERSIONS } = require('./report');
const { selfCheck } = require('./selfcheck');
const { Simulator } = require('./simulator');

const SEED = ['--orgs', '3', '--sessions', '40'];
/* Pages short enough that what a session shows, and what a search finds, has several. */
const PAGED = [...SEED, '--max-page', '12'];

class Run {
	constructor(build, documents, folder) {
		this.build = build;
		this.documents = documents;
		this.folder = folder;
		this.report = new Report();
	}

	/* Who hears of each exchange; `counter.n` counts them. */
	note(who, counter) {
		return (exchange, bad) => {
			if (exchange === null) {
				this.report.fail(bad);
				return;
			}
			counter.n++;
			const result = check(this.documents, exchange, bad === true);
			const served = exchange.status !== 404 || who !== 'vbosim';
			this.report.exchange(who, exchange, served ? result :
				{ ...result, endpoint: `${exchange.method} (what is answered 404)` });
		};
	}

	/* Calls use(simulator, counter); no request may have come that was not noted. */
	async withSimulator(what, args, use) {
		const counter = { n: 0 };
		let simulator;
		try {
			simulator = await Simulator.start(this.build, this.folder, args);
			await use(simulator, counter);
		} catch (error) {
			this.report.fail(what, error.stack);
		}
		if (!simulator)
			return;
		const wrong = await simulator.stop();
		this.report.step(`${what}: vbosim ends cleanly`, wrong === '', wrong);
		const had = simulator.requests();
		if (counter.n > 0)
			this.report.step(`${what}: every request is checked`, had === counter.n,
				`vbosim had ${had}, ${counter.n} were checked`);
	}

	async drive(version) {
		const document = this.documents.get(version);
		await this.withSimulator(`${version} direct`, SEED, async (simulator, counter) => {
			const note = this.note('vbosim', counter);
			const id = await direct.asAdministrator(this.report, document, simulator, note);
			await direct.asTenant(this.report, document, simulator, note, id);
		});
		const hostile = [...SEED, '--hostile'];
		await this.withSimulator(`${version} content`, hostile, (simulator, counter) =>
			content.visit(this.report, document, simulator, this.note('vbosim', counter),
				direct.filled));
		await this.withSimulator(`${version} proxy offline`, ['--proxy-offline'],
			(simulator, counter) => direct.proxyOffline(document, simulator,
				this.note('vbosim', counter)));
	}

	async mount(version) {
		await this.withSimulator(`${version} vbofs`, PAGED, async (simulator, counter) => {
			const proxy = new Proxy(simulator.url, this.note('vbofs', counter));
			const url = await proxy.start();
			for (const tenant of [false, true])
				await mounted.useMount(this.report, this.build, this.folder, simulator,
					url, version, tenant);
			await mounted.useCheck(this.report, this.build, simulator, url);
			await proxy.stop();
			mounted.checkContent(this.report, version);
		});
	}

	async all() {
		const withMounts = fs.existsSync(path.join(this.build, 'vbofs'));
		for (const version of VERSIONS) {
			await this.withSimulator(`${version} self-check`, SEED, (simulator) =>
				selfCheck(this.report, this.documents, simulator, version));
			await this.drive(version);
			if (withMounts)
				await this.mount(version);
		}
		if (!withMounts)
			console.log(`mounts: skipped, there is no ${path.join(this.build, 'vbofs')}`);
	}
}

async function main([build, openapi]) {
	const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vbofs-conformance-'));
	process.on('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
	const run = new Run(path.resolve(build), load(openapi), folder);
	await run.all();
	run.report.print();
	process.exitCode = run.report.failed === 0 ? 0 : 1;
}

main(process.argv.slice(2)).catch((error) => {
	console.error(`conformance: ${error.stack}`);
	process.exit(1);
});
