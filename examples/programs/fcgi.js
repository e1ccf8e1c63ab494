// SPDX-License-Identifier: MIT
//
// FastCGI for Node, with nothing but its own modules: serve(handler) listens on the socket that is descriptor 0
// and calls handler(request, response). request is a stream to read the body from, and has params; response is a
// stream to write the answer to, and has error(text). Any number of connections, and of requests on each; streams
// push back, so neither a large body nor a slow reader fills the memory.
'use strict';
const net = require('net');
const {Readable, Writable} = require('stream');

const [BEGIN, ABORT, END, PARAMS, STDIN, STDOUT, STDERR, , GET_VALUES, VALUES, UNKNOWN] =
	Array.from({length: 11}, (_, i) => i + 1);
const COMPLETE = 0, UNKNOWN_ROLE = 3;
const RESPONDER = 1, KEEP_CONN = 1;
const PARAMS_MAX = 1 << 20;

// The names and values of a PARAMS or GET_VALUES stream.
function pairs(data) {
	const found = {};
	let at = 0;
	const length = () => {
		const long = data[at] & 0x80;
		at += long ? 4 : 1;
		return long ? data.readUInt32BE(at - 4) & 0x7fffffff : data[at - 1];
	};
	while (at < data.length) {
		const n = length(), v = length();
		found[data.toString('latin1', at, at + n)] = data.toString('latin1', at + n, at += n + v);
	}
	return found;
}

function record(type, id, content) {
	const head = Buffer.from([1, type, id >> 8, id & 255, content.length >> 8, content.length & 255, 0, 0]);
	return Buffer.concat([head, content]);
}

function endOf(id, status, appStatus = 0) {
	return record(END, id, Buffer.from([0, 0, 0, appStatus, status, 0, 0, 0]));
}

class Response extends Writable {
	constructor(connection, id) {
		super();
		Object.assign(this, {connection, id});
	}

	_write(chunk, encoding, done) {
		this.send(STDOUT, chunk, done);
	}

	_final(done) {
		this.connection.socket.write(record(STDOUT, this.id, Buffer.alloc(0)));
		this.connection.finish(this.id);
		done();
	}

	send(type, chunk, done) {
		const {socket} = this.connection;
		for (let at = 0; at < chunk.length; at += 65528)
			socket.write(record(type, this.id, chunk.subarray(at, at + 65528)));
		if (done && socket.writableNeedDrain) {
			this.connection.waiting.push(done);
		} else if (done) {
			done();
		}
	}

	error(text) {
		this.send(STDERR, Buffer.from(text));
	}
}

class Connection {
	constructor(socket, handler) {
		Object.assign(this, {socket, handler, requests: new Map(), unread: Buffer.alloc(0), waiting: []});
		socket.on('data', (bytes) => this.take(bytes));
		socket.on('drain', () => this.waiting.splice(0).forEach((go) => go()));
		socket.on('end', () => this.ended());
		socket.on('error', () => socket.destroy());
		socket.on('close', () => this.requests.forEach((r) => r.body.destroy()));
	}

	take(bytes) {
		let data = this.unread.length ? Buffer.concat([this.unread, bytes]) : bytes;
		while (data.length >= 8) {
			const length = data.readUInt16BE(4), whole = 8 + length + data[6];
			if (data[0] !== 1) {
				this.socket.destroy();
				return;
			}
			if (data.length < whole)
				break;
			this.record(data[1], data.readUInt16BE(2), data.subarray(8, 8 + length));
			data = data.subarray(whole);
		}
		this.unread = data;
	}

	record(type, id, content) {
		if (id === 0)
			this.manage(type, content);
		else if (type === BEGIN)
			this.begin(id, content);
		else if (this.requests.has(id)) // else it has been answered already
			this.more(this.requests.get(id), type, id, content);
	}

	manage(type, content) {
		if (type !== GET_VALUES) {
			this.socket.write(record(UNKNOWN, 0, Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])));
			return;
		}
		const asked = 'FCGI_MPXS_CONNS' in pairs(content);
		this.socket.write(record(VALUES, 0, Buffer.from(asked ? '\x0f\x01FCGI_MPXS_CONNS1' : '')));
	}

	begin(id, content) {
		if (content.readUInt16BE(0) !== RESPONDER) {
			this.socket.write(endOf(id, UNKNOWN_ROLE));
			return;
		}
		const body = new Readable({read: () => this.socket.resume()});
		this.requests.set(id, {body, params: [], size: 0, keep: content[2] & KEEP_CONN});
	}

	more(r, type, id, content) {
		if (type === ABORT) {
			r.body.destroy();
			this.finish(id, 1);
		} else if (type === PARAMS && content.length) {
			r.params.push(content);
			if ((r.size += content.length) > PARAMS_MAX)
				this.socket.destroy();
		} else if (type === PARAMS) {
			r.body.params = pairs(Buffer.concat(r.params));
			this.handler(r.body, new Response(this, id));
		} else if (type === STDIN && !r.body.push(content.length ? Buffer.from(content) : null) && content.length) {
			this.socket.pause(); // until somebody reads
		}
	}

	finish(id, appStatus = 0) {
		const r = this.requests.get(id);
		if (!r)
			return;
		this.requests.delete(id);
		this.socket.write(endOf(id, COMPLETE, appStatus));
		this.socket.resume(); // what is left of its body is not wanted
		if (!r.keep || this.socket.readableEnded)
			this.socket.end();
	}

	// The other side has no more to say, but may be listening still.
	ended() {
		for (const [id, r] of this.requests) {
			if (!r.body.readableEnded && !r.body._readableState.ended)
				this.finish(id, 1);
		}
		if (this.requests.size === 0)
			this.socket.end();
	}
}

exports.serve = (handler) => {
	net.createServer({allowHalfOpen: true}, (socket) => new Connection(socket, handler)).listen({fd: 0});
};
