#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Expect: 100-continue is answered before the body is read, and by the verdict if there is one; a
# refusal costs the connection only if a body is on its way.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script echo <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
cat
END
echo "a file" >"$T/www/file.txt"
{ head_of_conf "keepalive_timeout = 100ms" "body_timeout = 3s" "max_body = 100"; script_pool; } >"$T/conf"
hearth_start "$T/conf"

# say BYTES and hear N (bytes): on the connection $S.
meet()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
}
say()
{
	# shellcheck disable=SC2059
	printf "$1" >&"$S"
}
hear()
{
	timeout 40 head -c "$1" <&"$S"
}
rest()
{
	timeout 40 cat <&"$S" || fail "not closed"
	exec {S}>&-
}
post='POST /cgi-bin/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n'
continue=$'HTTP/1.1 100 Continue\r\n\r\n'

# The statuses that a message is answered with, until the end.
statuses()
{
	raw "$1" | grep -ao '^HTTP/1.1 [0-9]*' | cut -d' ' -f2 | tr '\n' ' '
}

for framing in 'Content-Length: 4' 'Transfer-Encoding: chunked'; do
	meet
	say "$post$framing\r\n\r\n"
	expect "$framing: the interim response" "$(hear 25; echo .)" "$continue."
	case $framing in
	C*) say 'body' ;;
	T*) say '4\r\nbody\r\n0\r\n\r\n' ;;
	esac
	rest >"$T/answer"
	head -n 1 "$T/answer" | grep -q '^HTTP/1.1 200' || fail "$framing: $(cat "$T/answer")"
	grep -q body "$T/answer" || fail "$framing: $(cat "$T/answer")"
done

expect "with the body" "$(statuses "${post}Content-Length: 4\r\n\r\nbody")" "200 "
expect "with some of the body" "$(statuses "${post}Transfer-Encoding: chunked\r\n\r\n1")" "408 "
expect "without a body" "$(statuses "${post}Content-Length: 0\r\n\r\n")" "200 "
expect "without a word of a body" "$(statuses "$post\r\n")" "200 "
expect "in another case" "$(statuses "POST /cgi-bin/echo HTTP/1.1\r\nHost: a\r\nexpect: 100-Continue\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx")" "200 "
expect "HTTP/1.0" "$(statuses 'POST /cgi-bin/echo HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab')" "200 "
expect "anything in HTTP/1.0" "$(statuses 'GET /file.txt HTTP/1.0\r\nExpect: the worst\r\n\r\n')" "200 "

# The verdict comes instead, and what was announced is not waited for.
expect "too large" "$(statuses "${post}Content-Length: 101\r\n\r\n")" "413 "
expect "nowhere" "$(statuses 'PUT /cgi-bin/none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')" "404 "
expect "to a file" "$(statuses 'PUT /file.txt HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n')" "405 "
raw 'PUT /file.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\n' >"$T/answer"
grep -aq '^Allow: GET, HEAD, OPTIONS' "$T/answer" || fail "405 without Allow: $(cat "$T/answer")"
expect "other expectations" "$(statuses 'POST /cgi-bin/echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue, the worst\r\nContent-Length: 4\r\n\r\n')" "417 "

# Without a body on its way a refusal is no reason to close.
get='GET /file.txt HTTP/1.1\r\nHost: a\r\n\r\n'
for refused in 'GET /none HTTP/1.1\r\nHost: a\r\n\r\n404' 'DELETE /file.txt HTTP/1.1\r\nHost: a\r\n\r\n405' \
	'GET /file.txt HTTP/1.1\r\nHost: a\r\nExpect: the worst\r\n\r\n417' 'GET /cgi-bin/none HTTP/1.1\r\nHost: a\r\n\r\n404' \
	'POST /cgi-bin/none HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody404' 'PUT /file.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody405' \
	'POST /cgi-bin/none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n404'; do
	status=${refused: -3}
	expect "behind $refused" "$(statuses "${refused%???}$get")" "$status 200 "
done
expect "behind a refused body that is no good" "$(statuses "POST /cgi-bin/none HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n$get")" "404 "
hearth_stop
