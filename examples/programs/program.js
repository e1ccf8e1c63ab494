#!/usr/bin/node
// SPDX-License-Identifier: MIT
//
// Node, whose one thread serves all requests in turn as their events come: pm.concurrency may be large, as long
// as no page computes for long. FastCGI itself is in fcgi.js beside this file.
'use strict';
const {pipeline} = require('stream');
const {serve} = require('./fcgi.js');

let atWork = 0;

function begin(response, type) {
	response.write(`Content-Type: ${type}\r\n\r\n`);
}

const pages = {
	'/hello'(request, response) {
		begin(response, 'text/plain');
		response.end(`Hello from Node, process ${process.pid}\n`);
	},

	'/env'({params}, response) {
		begin(response, 'text/plain');
		response.end(Object.keys(params).sort().map((name) => `${name}=${params[name]}\n`).join(''), 'latin1');
	},

	'/echo'(request, response) {
		begin(response, 'application/octet-stream');
		pipeline(request, response, () => {});
	},

	'/slow'({params}, response) {
		const ms = Number(new URLSearchParams(params.QUERY_STRING).get('ms'));
		atWork++;
		setTimeout(() => {
			begin(response, 'text/plain');
			response.end(`${ms} ms, ${atWork--} at once\n`);
		}, ms);
	},

	'/crash'() {
		process.kill(process.pid, 'SIGKILL');
	},

	'/say'(request, response) {
		response.error('Node has something to say\n');
		begin(response, 'text/plain');
		response.end('said\n');
	},
};

function lost(request, response) {
	response.write('Status: 404 Not Found\r\n');
	begin(response, 'text/plain');
	response.end('no such page\n');
}

serve((request, response) => (pages[request.params.PATH_INFO] || lost)(request, response));
