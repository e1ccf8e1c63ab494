#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the samples leave to the server, and what they take out of its hands: a local redirect is
# followed here, an nph script's response arrives as it made it, and ends with the connection.
# variants: plain
. "$(dirname "$0")/lib.sh"
# shellcheck source=samples.sh
. "$(dirname "$0")/samples.sh"

if installed redirect; then
	get_ok /cgi-bin/redirect/local 'Hello from process '
	expect "Location of a local redirect" "$(header Location)" ''
fi

if installed nph-teapot; then
	raw 'GET /cgi-bin/nph-teapot HTTP/1.1\r\nHost: a\r\n\r\n' >"$T/body" || fail "the connection stays open"
	expect "status line" "$(head -n 1 "$T/body" | tr -d '\r')" "HTTP/1.1 418 I'm a teapot"
	expect "header fields" "$(sed '1d; /^\r$/,$d; s/:.*//' "$T/body" | paste -sd' ')" 'Date Content-Type Content-Length Connection'
	expect "body" "$(sed '1,/^\r$/d' "$T/body")" "I'm a teapot, short and stout."
	raw 'HEAD /cgi-bin/nph-teapot HTTP/1.1\r\nHost: a\r\n\r\n' >"$T/body"
	expect "body of HEAD" "$(sed '1,/^\r$/d' "$T/body")" ''
fi
hearth_stop
all_were_installed
