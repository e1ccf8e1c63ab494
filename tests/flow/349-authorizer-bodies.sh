#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Bodies of requests that an authorizer lets in or not: they are asked for and read behind his word,
# whether they are collected or passed on as they come.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script echo <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
cat
END
{
	head_of_conf "max_pipeline = 10"
	script_pool "authorizer = login"
	probe_pool app "authorizer = login"
	probe_pool stream "authorizer = login" "request_buffering = no"
	probe_pool login "request_buffering = no"
} >"$T/conf"
hearth_start "$T/conf"

# On the connection $S.
meet()
{
	exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
}
say()
{
	# shellcheck disable=SC2059
	printf "$1" >&"$S"
}
rest()
{
	timeout 40 cat <&"$S" || fail "not closed"
	exec {S}>&-
}
continue=$'HTTP/1.1 100 Continue\r\n\r\n'

for path in /app/echo /stream/echo /cgi-bin/echo; do
	for framing in 'Content-Length: 4' 'Transfer-Encoding: chunked'; do
		meet
		say "POST $path?$T/mark/asked HTTP/1.1\r\nHost: a\r\nX-Ask: held\r\nConnection: close\r\nExpect: 100-continue\r\n$framing\r\n\r\n"
		wait_for '[ -e "$T/mark/asked" ]'
		! read -rt 0 -u "$S" || fail "$path: a word before the authorizer's"
		rm "$T/mark/asked"
		expect "$path: the interim response" "$(timeout 40 head -c 25 <&"$S"; echo .)" "$continue."
		case $framing in
		C*) say 'body' ;;
		T*) say '4\r\nbody\r\n0\r\n\r\n' ;;
		esac
		rest >"$T/answer"
		head -n 1 "$T/answer" | grep -q '^HTTP/1.1 200' && grep -q body "$T/answer" || fail "$path, $framing: $(cat "$T/answer")"
	done

	# Denied: no word that the body is wanted, and the connection ends, as what follows may be it.
	meet
	say "POST $path HTTP/1.1\r\nHost: a\r\nX-Ask: 403\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
	rest >"$T/answer"
	expect "denied, $path" "$(grep -ac '^HTTP/1.1' "$T/answer") $(head -n 1 "$T/answer" | cut -c1-12)" "1 HTTP/1.1 403"
	grep -aq '^Connection: close' "$T/answer" || fail "$path: it is not said that the connection ends"
	# One that came with its head is out of the way.
	expect "another behind it, $path" "$(raw "POST $path HTTP/1.1\r\nHost: a\r\nX-Ask: 403\r\nContent-Length: 4\r\n\r\nbodyPOST $path HTTP/1.1\r\nHost: a\r\nX-Ask: yes\r\nContent-Length: 5\r\nConnection: close\r\n\r\nbody2" 40 |
		grep -ao 'HTTP/1.1 [0-9]*\|never\|body2' | tr '\n' ' ')" "HTTP/1.1 403 never HTTP/1.1 200 body2 "

	# Some of it with the head, and the rest when it may come.
	meet
	say "POST $path?$T/mark/asked HTTP/1.0\r\nHost: a\r\nX-Ask: held\r\nContent-Length: 10\r\n\r\nhere "
	wait_for '[ -e "$T/mark/asked" ]'
	say 'there'
	rm "$T/mark/asked"
	rest | grep -qx 'here there' || fail "$path: the body in two pieces"

	# The client breaks off within it: nobody has the request.
	meet
	say "POST $path HTTP/1.1\r\nHost: a\r\nX-Ask: yes\r\nContent-Length: 10\r\n\r\nhere"
	exec {S}>&-

	head -c 3000000 /dev/urandom >"$T/large"
	for framing in 'Expect:' 'Transfer-Encoding: chunked' 'Expect: 100-continue'; do
		get $path -H "$framing" -H 'X-Ask: yes' --data-binary "@$T/large"
		expect_status 200
		cmp "$T/large" "$T/body" || fail "$path, $framing: another body"
		get $path -H "$framing" -H 'X-Ask: 401' --data-binary "@$T/large"
		expect_status 401
	done
done

# What would be refused anyway is not asked about.
get /app/echo -H 'X-Ask: 403' -H 'Content-Length: 99999999999' -d x
expect_status 413
hearth_stop
