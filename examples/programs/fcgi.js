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

// The names and values of a PARAMS or GET_VALUES stream; null if it is none.
function pairs(data) {
	const found = {};
	let at = 0;
	const length = () => {
		const size = data[at] & 0x80 ? 4 : 1;
		at += size;
		if (at > data.length)
			return NaN;
		return size === 4 ? data.readUInt32BE(at - 4) & 0x7fffffff : data[at - 1];
	};
	while (at < data.length) {
		const n = length(), v = length();
		if (!(at + n + v <= data.length))
			return null;
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
	constructor(connection, id, request) {
		super();
		Object.assign(this, {connection, id, request});
	}

	_write(chunk, encoding, done) {
		this.send(STDOUT, chunk, done);
	}

	_final(done) {
		for (const type of this.said ? [STDOUT, STDERR] : [STDOUT])
			this.put(type, Buffer.alloc(0));
		this.connection.finish(this.request, 0);
		done();
	}

	_destroy(error, done) {
		this.connection.finish(this.request, 1);
		done(error);
	}

	// Nothing any more if the request is over, since its id may be another's.
	put(type, content) {
		if (this.connection.requests.get(this.id) === this.request)
			this.connection.socket.write(record(type, this.id, content));
	}

	send(type, chunk, done) {
		for (let at = 0; at < chunk.length; at += 65528)
			this.put(type, chunk.subarray(at, at + 65528));
		if (this.connection.socket.writableNeedDrain)
			this.connection.waiting.push(done);
		else
			done();
	}

	error(text) {
		this.said = true;
		this.send(STDERR, Buffer.from(text), () => {});
	}
}

class Connection {
	constructor(socket, handler) {
		Object.assign(this, {socket, handler, requests: new Map(), unread: Buffer.alloc(0), waiting: []});
		socket.on('data', (bytes) => this.take(bytes));
		socket.on('drain', () => this.waiting.splice(0).forEach((go) => go()));
		socket.on('end', () => this.ended());
		socket.on('error', () => socket.destroy());
		socket.on('close', () => this.closed());
	}

	closed() {
		this.requests.forEach((r) => r.body.destroy());
		this.requests.clear();
		this.waiting.splice(0).forEach((go) => go());
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
			this.more(this.requests.get(id), type, content);
	}

	manage(type, content) {
		if (type !== GET_VALUES) {
			this.socket.write(record(UNKNOWN, 0, Buffer.from([type, 0, 0, 0, 0, 0, 0, 0])));
			return;
		}
		const asked = 'FCGI_MPXS_CONNS' in (pairs(content) || {});
		this.socket.write(record(VALUES, 0, Buffer.from(asked ? '\x0f\x01FCGI_MPXS_CONNS1' : '')));
	}

	begin(id, content) {
		if (this.requests.has(id) || content.length < 8) {
			this.socket.destroy();
			return;
		}
		if (content.readUInt16BE(0) !== RESPONDER) {
			this.socket.write(endOf(id, UNKNOWN_ROLE));
			return;
		}
		const body = new Readable({read: () => this.socket.resume()});
		this.requests.set(id, {id, body, params: [], size: 0, ended: false, keep: content[2] & KEEP_CONN});
	}

	more(r, type, content) {
		if (type === ABORT) {
			r.body.destroy();
			this.finish(r, 1);
		} else if (type === PARAMS && !r.body.params) {
			this.param(r, content);
		} else if (type === STDIN && !r.ended) {
			r.ended = content.length === 0;
			if (!r.body.push(r.ended ? null : Buffer.from(content)) && !r.ended && !r.body.destroyed)
				this.socket.pause(); // until somebody reads
		}
	}

	param(r, content) {
		r.params.push(content);
		r.size += content.length;
		if (content.length === 0)
			r.body.params = pairs(Buffer.concat(r.params));
		if (r.size > PARAMS_MAX || r.body.params === null)
			this.socket.destroy();
		else if (r.body.params)
			this.handler(r.body, new Response(this, r.id, r));
	}

	finish(r, appStatus) {
		if (this.requests.get(r.id) !== r)
			return;
		this.requests.delete(r.id);
		this.socket.write(endOf(r.id, COMPLETE, appStatus));
		this.socket.resume(); // what is left of its body is not wanted
		if (!r.keep || this.socket.readableEnded)
			this.socket.end();
	}

	// The other side has no more to say, but may be listening still.
	ended() {
		for (const r of [...this.requests.values()].filter((each) => !each.ended)) {
			r.body.destroy();
			this.finish(r, 1);
		}
		if (this.requests.size === 0)
			this.socket.end();
	}
}

exports.serve = (handler) => {
	net.createServer({allowHalfOpen: true}, (socket) => new Connection(socket, handler)).listen({fd: 0});
};
