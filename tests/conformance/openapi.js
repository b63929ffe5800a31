/*
 * openapi: one of the vendor's OpenAPI 3.0 documents, ready to be asked which
 * operation a request is, and with a validator for each of its schemas.
 *
 * OpenAPI 3.0 is not JSON Schema: `nullable` becomes a type of its own, what
 * stands beside a $ref is dropped, and an object that names its properties and
 * says nothing of others allows no others (the documents are generated from the
 * server's own classes, so an undeclared property is a mistake of somebody).
 */
'use strict';

const fs = require('fs');
const path = require('path');
const Ajv = require('ajv');
const addFormats = require('ajv-formats');

const METHODS = ['get', 'put', 'post', 'delete', 'patch', 'head', 'options'];
const KEPT = ['type', 'enum', 'format', 'minimum', 'maximum', 'minLength', 'maxLength', 'pattern',
	'minItems', 'maxItems', 'required'];

/* Properties that only the other side may send. */
function foreign(property, direction) {
	return direction === 'request' ? property.readOnly === true : property.writeOnly === true;
}

function convertObject(schema, direction, out) {
	const properties = Object.entries(schema.properties || {})
		.filter(([, value]) => !foreign(value, direction));
	if (schema.properties) {
		out.properties = Object.fromEntries(
			properties.map(([name, value]) => [name, convert(value, direction)]));
		out.additionalProperties = false;
	}
	if (schema.required)
		out.required = schema.required.filter((name) => !schema.properties ||
			!schema.properties[name] || !foreign(schema.properties[name], direction));
	if (schema.additionalProperties !== undefined)
		out.additionalProperties = typeof schema.additionalProperties === 'boolean' ?
			schema.additionalProperties : convert(schema.additionalProperties, direction);
}

function orNull(schema) {
	if (typeof schema.type !== 'string')
		return { anyOf: [schema, { type: 'null' }] };
	const out = { ...schema, type: [schema.type, 'null'] };
	if (out.enum && !out.enum.includes(null))
		out.enum = [...out.enum, null];
	return out;
}

/* A property says which schema an object has to meet beside this one. */
function convertDiscriminator({ propertyName, mapping = {} }, direction) {
	return Object.entries(mapping).map(([name, ref]) => ({
		if: { properties: { [propertyName]: { const: name } }, required: [propertyName] },
		then: convert({ $ref: ref }, direction),
	}));
}

/* An OpenAPI 3.0 schema as JSON Schema, for what is sent in one direction. */
function convert(schema, direction) {
	if (schema.$ref)
		return { $ref: schema.$ref.replace('#/components/schemas/', `${direction}#/$defs/`) };
	let out = {};
	for (const key of KEPT)
		if (schema[key] !== undefined)
			out[key] = schema[key];
	if (schema.type === 'object' || schema.properties)
		convertObject(schema, direction, out);
	if (schema.items)
		out.items = convert(schema.items, direction);
	for (const key of ['allOf', 'anyOf', 'oneOf'])
		if (schema[key])
			out[key] = schema[key].map((part) => convert(part, direction));
	if (schema.discriminator)
		out.allOf = [...(out.allOf || []),
			...convertDiscriminator(schema.discriminator, direction)];
	if (out.allOf && out.allOf.length === 1 && Object.keys(out).length === 1)
		out = out.allOf[0];
	return schema.nullable ? orNull(out) : out;
}

function makeAjv(document) {
	const ajv = new Ajv({ allErrors: true, strict: false, verbose: true });
	addFormats(ajv);
	/* RFC 3339 as OpenAPI means it; the package also takes a blank for the T. */
	const { validate } = ajv.formats['date-time'];
	ajv.addFormat('date-time', (text) => text[10] === 'T' && validate(text));
	for (const direction of ['request', 'response'])
		ajv.addSchema({
			$id: direction,
			$defs: Object.fromEntries(Object.entries(document.components.schemas)
				.map(([name, schema]) => [name, convert(schema, direction)])),
		});
	return ajv;
}

/* "/v6/Organizations/{id}" as ["v6", "organizations", null]. */
function template(text) {
	return text.split('/').slice(1)
		.map((segment) => (/^\{.*\}$/.test(segment) ? null : segment.toLowerCase()));
}

function operationsOf(document) {
	const operations = [];
	for (const [where, item] of Object.entries(document.paths))
		for (const method of METHODS)
			if (item[method])
				operations.push({
					method: method.toUpperCase(),
					path: where,
					segments: template(where),
					names: where.split('/').slice(1).map((segment) => segment.slice(1, -1)),
					parameters: [...(item.parameters || []),
						...(item[method].parameters || [])],
					requestBody: item[method].requestBody,
					responses: item[method].responses,
				});
	return operations;
}

class Document {
	constructor(file) {
		this.raw = JSON.parse(fs.readFileSync(file, 'utf8'));
		this.version = this.raw.info.version;
		this.ajv = makeAjv(this.raw);
		this.operations = operationsOf(this.raw);
		this.validators = new Map();
	}

	/* All the operations of a path, the most literal path first. */
	at(pathname) {
		const segments = pathname.split('/').slice(1);
		const literal = (operation) => operation.segments.filter((s) => s !== null).length;
		return this.operations
			.filter((operation) => operation.segments.length === segments.length &&
				operation.segments.every((s, i) => (s === null ? segments[i] !== '' :
					s === segments[i].toLowerCase())))
			.sort((a, b) => literal(b) - literal(a));
	}

	/* Follows $ref to what stands there. */
	resolve(schema) {
		while (schema.$ref)
			schema = this.raw.components.schemas[schema.$ref.split('/').pop()];
		return schema;
	}

	/* What is wrong with the value: a list of sentences. */
	problems(schema, value, direction) {
		const key = direction + JSON.stringify(schema);
		if (!this.validators.has(key))
			this.validators.set(key, this.ajv.compile(convert(schema, direction)));
		const validate = this.validators.get(key);
		if (validate(value))
			return [];
		return validate.errors.filter((e) => !['anyOf', 'if'].includes(e.keyword)).map(explain);
	}
}

function explain(error) {
	const where = error.instancePath || '/';
	const what = error.keyword === 'additionalProperties' ?
		`property '${error.params.additionalProperty}' is not declared` : error.message;
	const allowed = error.keyword === 'enum' ? ` (${error.params.allowedValues.join(', ')})` : '';
	const shown = JSON.stringify(error.data);
	const got = ['enum', 'type', 'format'].includes(error.keyword) && shown !== undefined ?
		`, got ${shown.slice(0, 80)}` : '';
	return `${where}: ${what}${allowed}${got}`;
}

/* Reads v6.json, v7.json and v8.json of a folder: a map from "v6" to its document. */
function load(folder) {
	return new Map(['v6', 'v7', 'v8'].map((version) =>
		[version, new Document(path.join(folder, `${version}.json`))]));
}

module.exports = { load, Document };
