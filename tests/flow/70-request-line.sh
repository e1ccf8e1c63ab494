#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The request line, the head and the number of its fields have limits of their own: 414, 431.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"

# status_of TARGET-LENGTH [FIELDS [FIELD-LENGTH]]
status_of()
{
	local fields='' i
	for ((i = 2; i < ${2:-2}; i++)); do fields+="X-$i: $(long "${3:-1}")\r\n"; done
	raw "GET /file.txt?$(long "$1") HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n" | sed -n '1s/^HTTP\/1\.1 \([0-9]*\).*/\1/p'
}
long()
{
	printf '%*s' "$1" '' | tr ' ' a
}

# Without the rest, a request line has 25 bytes: GET /file.txt? HTTP/1.1 CR LF.
head_of_conf >"$T/conf"
hearth_start "$T/conf"
expect "16k by default" "$(status_of 16359)" 200
expect "and not one more" "$(status_of 16360)" 414
expect "a long field" "$(status_of 1 3 20000)" 200
expect "a head of more than 32k" "$(status_of 1 4 17000)" 431
expect "100 fields by default" "$(status_of 1 100)" 200
expect "and not one more" "$(status_of 1 101)" 431

head_of_conf "max_request_line = 100" "max_header_size = 1k" "max_headers = 3" >"$T/conf"
hearth_stop
hearth_start "$T/conf"
expect "a line of 100 bytes" "$(status_of 75)" 200
expect "of 101" "$(status_of 76)" 414
expect "a field longer than that" "$(status_of 1 3 500)" 200
expect "a head of more than 1k" "$(status_of 1 3 1024)" 431
expect "3 fields" "$(status_of 1 3)" 200
expect "4 fields" "$(status_of 1 4)" 431
hearth_stop
