/* process: programs with deadlines, ended by their process id only. */
'use strict';

const { spawn } = require('child_process');

const started = new Set();

function end(child, signal) {
	if (child.exitCode === null && child.signalCode === null)
		child.kill(signal);
}

function ended(child) {
	return new Promise((resolve) => {
		if (child.exitCode !== null || child.signalCode !== null)
			resolve();
		else
			child.once('exit', resolve);
	});
}

/* Resolves to true when the program has ended in time. */
async function waitFor(child, milliseconds) {
	let timer;
	const late = new Promise((resolve) => {
		timer = setTimeout(() => resolve('late'), milliseconds);
	});
	const how = await Promise.race([ended(child), late]);
	clearTimeout(timer);
	return how !== 'late';
}

/* A program that goes on; what it prints is in .out and .err. */
function start(command, args, options = {}) {
	const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
	child.out = '';
	child.err = '';
	child.stdout.on('data', (part) => { child.out += part; });
	child.stderr.on('data', (part) => { child.err += part; });
	child.on('error', (error) => {
		child.err += error.message;
		child.exitCode = 127;
		child.emit('exit', 127, null);
	});
	started.add(child);
	ended(child).then(() => started.delete(child));
	return child;
}

async function stop(child, milliseconds = 5000) {
	end(child, 'SIGTERM');
	if (await waitFor(child, milliseconds))
		return true;
	end(child, 'SIGKILL');
	await waitFor(child, milliseconds);
	return false;
}

/* Runs to its end: { code, out, err, late }. */
async function run(command, args, milliseconds, options) {
	const child = start(command, args, options);
	const closed = new Promise((resolve) => child.once('close', resolve));
	const inTime = await waitFor(child, milliseconds);
	if (!inTime)
		await stop(child);
	else
		await Promise.race([closed, new Promise((resolve) => { setTimeout(resolve, 1000); })]);
	return { code: child.exitCode, out: child.out, err: child.err, late: !inTime };
}

/* Resolves to the match when the program has printed it, to null when it ends or time does. */
async function printed(child, pattern, milliseconds) {
	const until = Date.now() + milliseconds;
	while (Date.now() < until && child.exitCode === null && child.signalCode === null) {
		const match = pattern.exec(child.out);
		if (match)
			return match;
		await new Promise((resolve) => { setTimeout(resolve, 20); });
	}
	return pattern.exec(child.out);
}

/* Cut short: programs of ours tidy up when they are told to end. */
process.on('exit', () => started.forEach((child) => end(child, 'SIGTERM')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(signal, () => process.exit(1));

module.exports = { start, stop, run, printed, waitFor };
