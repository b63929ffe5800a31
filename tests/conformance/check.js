/*
 * check: what is wrong with one exchange of a request and its response.
 *
 * An exchange: { method, target, headers, body, status, responseHeaders,
 * responseBody }; header names are lower case, bodies are Buffers.
 */
'use strict';

const MEDIA = /^\s*([^;\s]+)/;

function mediaType(headers) {
	const match = MEDIA.exec(headers['content-type'] || '');
	return match ? match[1].toLowerCase() : '';
}

function parseJson(body, what, complaints) {
	try {
		return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
	} catch (error) {
		complaints.push(`${what} is not JSON: ${error.message}`);
		return undefined;
	}
}

/* Text from a path, a query or a form as the value that the schema's type has. */
function fromText(text, schema) {
	if ((schema.type === 'integer' || schema.type === 'number') &&
	    /^-?\d+(\.\d+)?$/.test(text))
		return Number(text);
	if (schema.type === 'boolean' && (text === 'true' || text === 'false'))
		return text === 'true';
	return text;
}

function checkValue(document, parameter, text, complaints) {
	const value = fromText(text, document.resolve(parameter.schema));
	for (const problem of document.problems(parameter.schema, value, 'request'))
		complaints.push(`request: ${parameter.in} parameter '${parameter.name}' ` +
			`${problem.replace(/^\/: /, '')}`);
}

function checkPath(document, operation, pathname, complaints) {
	pathname.split('/').slice(1).forEach((segment, i) => {
		if (operation.segments[i] !== null)
			return;
		const parameter = operation.parameters.find((p) => p.in === 'path' &&
			p.name === operation.names[i]);
		if (!parameter)
			complaints.push(`document: ${operation.path} does not declare ` +
				`'${operation.names[i]}'`);
		else
			checkValue(document, parameter, decodeURIComponent(segment), complaints);
	});
}

function checkQuery(document, operation, query, complaints) {
	const declared = operation.parameters.filter((p) => p.in === 'query');
	const seen = new Set();
	for (const [name, text] of query) {
		const parameter = declared.find((p) => p.name === name);
		if (seen.has(name))
			complaints.push(`request: query parameter '${name}' is given twice`);
		seen.add(name);
		if (!parameter)
			complaints.push(`request: query parameter '${name}' is not declared`);
		else
			checkValue(document, parameter, text, complaints);
	}
	for (const parameter of declared)
		if (parameter.required && !seen.has(parameter.name))
			complaints.push(`request: query parameter '${parameter.name}' is required`);
}

function parseForm(document, schema, body, complaints) {
	const { properties = {} } = document.resolve(schema);
	const form = {};
	for (const [name, text] of new URLSearchParams(body.toString('utf8'))) {
		if (name in form)
			complaints.push(`request: form field '${name}' is given twice`);
		form[name] = name in properties ?
			fromText(text, document.resolve(properties[name])) : text;
	}
	return form;
}

function checkRequestBody(document, operation, exchange, complaints) {
	const { requestBody } = operation;
	if (exchange.body.length === 0) {
		if (requestBody && requestBody.required)
			complaints.push('request: the body is required');
		return;
	}
	const type = mediaType(exchange.headers);
	if (!requestBody) {
		complaints.push('request: a body is not declared');
		return;
	}
	const content = requestBody.content[type];
	if (!content) {
		complaints.push(`request: content type '${type}' is not declared`);
		return;
	}
	const value = type === 'application/x-www-form-urlencoded' ?
		parseForm(document, content.schema, exchange.body, complaints) :
		parseJson(exchange.body, 'request: body', complaints);
	if (value !== undefined)
		for (const problem of document.problems(content.schema, value, 'request'))
			complaints.push(`request: body ${problem}`);
}

const isToken = (operation) => operation && /^\/v\d\/token$/i.test(operation.path);

/* RFC 6749, 5.2: what token endpoints answer in place of the document's errors. */
function isOAuthError(value) {
	return value !== null && typeof value === 'object' && typeof value.error === 'string' &&
		Object.entries(value).every(([name, text]) => typeof text === 'string' &&
			['error', 'error_description', 'error_uri'].includes(name));
}

function checkError(document, operation, exchange, complaints) {
	if (exchange.responseBody.length === 0) {
		if (exchange.status !== 401 && exchange.method !== 'HEAD')
			complaints.push(`response: ${exchange.status} has no body`);
		return;
	}
	const value = parseJson(exchange.responseBody, 'response: body', complaints);
	if (value === undefined || (isToken(operation) && isOAuthError(value)))
		return;
	if (mediaType(exchange.responseHeaders) !== 'application/json')
		complaints.push(`response: content type '${mediaType(exchange.responseHeaders)}' ` +
			'is not declared for errors');
	const schema = { $ref: '#/components/schemas/RESTExceptionInfo' };
	for (const problem of document.problems(schema, value, 'response'))
		complaints.push(`response: error body ${problem}`);
	if (typeof value.message !== 'string' || value.message === '')
		complaints.push('response: error body has no message');
}

function checkDeclared(document, response, exchange, complaints) {
	const { content } = response;
	const empty = exchange.responseBody.length === 0;
	if (!content) {
		if (!empty)
			complaints.push(`response: ${exchange.status} declares no body`);
		return;
	}
	const type = mediaType(exchange.responseHeaders);
	const media = content[type] || content['*/*'];
	if (!media) {
		complaints.push(`response: content type '${type}' is not declared for ` +
			`${exchange.status}`);
		return;
	}
	if (!media.schema || type === 'application/octet-stream')
		return;
	const value = parseJson(exchange.responseBody, 'response: body', complaints);
	if (value !== undefined)
		for (const problem of document.problems(media.schema, value, 'response'))
			complaints.push(`response: body ${problem}`);
}

function checkResponse(document, operation, exchange, complaints) {
	const response = operation && operation.responses[String(exchange.status)];
	if (response)
		checkDeclared(document, response, exchange, complaints);
	else if (exchange.status >= 400)
		checkError(document, operation, exchange, complaints);
	else
		complaints.push(`response: status ${exchange.status} is not declared`);
}

/*
 * Returns { endpoint, version, complaints }.  A request that is meant to be bad
 * is not checked itself, its response is.
 */
function check(documents, exchange, meantBad = false) {
	const complaints = [];
	const [pathname, search = ''] = exchange.target.split(/\?(.*)/s);
	const version = (/^\/(v\d+)\//i.exec(pathname) || ['', ''])[1].toLowerCase();
	const document = documents.get(version);
	if (!document)
		return { endpoint: `${exchange.method} ${pathname}`, version,
			complaints: [`request: '${pathname}' is of no version there is a document for`] };
	const candidates = document.at(pathname);
	const operation = candidates.find((o) => o.method === exchange.method);
	if (!meantBad && !operation)
		complaints.push(candidates.length > 0 ?
			`request: method ${exchange.method} is not declared for '${pathname}'` :
			`request: path '${pathname}' is not in the document`);
	if (!meantBad && operation) {
		checkPath(document, operation, pathname, complaints);
		checkQuery(document, operation, new URLSearchParams(search), complaints);
		checkRequestBody(document, operation, exchange, complaints);
	}
	if (exchange.status !== 0)
		checkResponse(document, operation, exchange, complaints);
	const shown = operation ? operation.path.replace(/^\/v\d+/i, '') : '(not in the document)';
	return { endpoint: `${exchange.method} ${shown}`, version, complaints };
}

module.exports = { check };
