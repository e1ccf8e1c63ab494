#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a program says instead of a response is 502, none of it reaches the client, and the log shows
# what it was, escaped and bounded. A worker that said it serves on; what is merely odd is served.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script say <<'END'
#!/bin/sh
cat "$QUERY_STRING"
[ "$PATH_INFO" != /die ] || kill -SEGV $$
END
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"
get_ok /app/pid
worker=$(cut -d' ' -f1 "$T/body")

# says TEXT: both kinds of program answer with it (printf escapes).
says()
{
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$1" >"$T/mark/said"
}

# nonsense TEXT LOG: LOG is an extended expression.
nonsense()
{
	local path before
	says "$1"
	for path in /cgi-bin/say /app/say; do
		before=$(log_count "$2")
		get "$path?$T/mark/said"
		expect_status 502
		! grep -q 'INJECTED' "$T/head" "$T/body" || fail "it got through: $1"
		poll_for "[ \$(log_count '$2') -gt $before ]" || fail "$path, $1: not in the log: $2"
	done
}

T1='Content-Type: text/plain\n'

# ---- no response

nonsense 'Traceback (most recent call last):\n  File "x.py", line 1\n' \
	'its output ended within the header; it said "Traceback .most recent call last.:..0a  File .x.py., line 1..0a"'
nonsense 'sh: foo: not found\n\n' 'no Content-Type, Location or Status; it said "sh: foo: not found'
nonsense 'hello, world\n\n' 'header line 1 has no colon; it said "hello, world..0a..0a"'
nonsense "${T1}and then\n\n" 'header line 2 has no colon; it said "and then..0a..0a"'
nonsense "${T1}X y: z\n\n" 'header line 2 has a name that is no token; it said "X y: z'
nonsense "${T1}X : z\n\n" 'header line 2 has a name that is no token'
nonsense "${T1}: z\n\n" 'header line 2 has a name that is no token'
nonsense "${T1}X: y\n folded\n\n" 'header line 3 begins with white space; it said " folded'
nonsense "\n" 'no Content-Type, Location or Status; it said "..0a"'
nonsense "\n\n${T1}\nhello" 'no Content-Type, Location or Status; it said "..0a..0aContent-Type'
nonsense 'X-Own: y\n\nhello' 'no Content-Type, Location or Status; it said "X-Own: y'
nonsense "${T1}X: y" 'its output ended within the header; it said "Content-Type: text/plain..0aX: y"'
nonsense "${T1}" 'its output ended within the header'
nonsense '' 'it ended without any output'
nonsense 'Status: 103\n\n' 'it ended after interim responses'
nonsense '\177ELF\001\002\003\n\n' 'header line 1 has no colon; it said "..7fELF..01..02..03..0a'

# ---- what would be said to the client in our name

nonsense "${T1}X: a\rX-INJECTED: b\n\n" 'header line 2 has a control byte in its value; it said "X: a..0dX-INJECTED: b'
nonsense "${T1}X: a\000b\n\n" 'header line 2 has a control byte in its value; it said "X: a..00b'
nonsense "${T1}X: \033[31mINJECTED\n\n" 'header line 2 has a control byte in its value; it said "X: ..1b.31m'
nonsense "${T1}X-\000INJECTED: b\n\n" 'header line 2 has a name that is no token'
nonsense "${T1}Transfer-Encoding: chunked\n\n5\r\nhello\r\n0\r\n\r\n" 'header line 2 is a Transfer-Encoding'
nonsense "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" 'header line 2 is a Transfer-Encoding'
nonsense "${T1}Content-Length: 5\nContent-Length: 6\n\nhello" 'header line 3 repeats what may be said once'
nonsense "${T1}Content-Length: +5\n\nhello" 'header line 2 has a Content-Length that is no length'
nonsense "${T1}${T1}\nhello" 'header line 2 repeats what may be said once'
nonsense 'Status: 20\n\n' 'header line 1 has no status of three digits'
nonsense 'Status: 2000\n\n' 'header line 1 has more than three digits'
nonsense 'HTTP/1.1 OK\n\n' 'header line 1 has no status of three digits'
nonsense 'Location:\nStatus:\nContent-Type: \n\n' 'no Content-Type, Location or Status'
nonsense 'Status: 404\n\n<script>INJECTED</script>' 'it has a body, but no Content-Type; it said "<script>'

# ---- without end

many=$(yes 'X: y' | head -n 200)
nonsense "${T1}$many\n\n" 'header line 129 is one too many; it said "X: y..0aX: y'
long=$(head -c 70000 /dev/zero | tr '\0' z)
nonsense "${T1}X: $long\n\n" 'the header is longer than 65536 bytes; it said "Content-Type: text/plain..0aX: z+"\.\.\.'
nonsense "$long" 'the header is longer than 65536 bytes; it said "z{200}"\.\.\.'
[ "$(wc -L <"$LOG")" -lt 2000 ] || fail "a line of the log is too long"

# ---- how it ended is said; of a worker, which child it was, and it is still there

says ''
get "/cgi-bin/say/die?$T/mark/said"
expect_status 502
expect_log '\[pool scripts\] request [0-9a-f]{16}: script .*/cgi-bin/say( \(pid [0-9]+\))? \("GET /cgi-bin/say/die.*\): it ended without any output \(it exited on signal 11 \(SIGSEGV'
expect_log "\[pool app\] child $worker, request [0-9a-f]{16} \(\"GET /app/say.*\): it ended without any output"
get_ok /app/pid "$worker "

# ---- odd, and served

# odd TEXT STATUS BODY
odd()
{
	local path
	says "$1"
	for path in /cgi-bin/say /app/say; do
		get "$path?$T/mark/said"
		expect_status "$2"
		expect "$path, $1" "$(body)" "$3"
	done
}
odd "${T1}\nhello" 200 hello
odd 'Content-Type: text/plain\r\nX: y\n\r\nhello' 200 hello
odd 'Content-Type: text/plain\n\r\nhello' 200 hello
odd "content-type:text/plain\nSTATUS:404\n\nhello" 404 hello
odd "${T1}X:\nY: \t \nZ: \303\251\377\n\nhello" 200 hello
odd "${T1}Connection: close\nKeep-Alive: x\nUpgrade: y\nTrailer: z\nDate: never\nServer: me\n\nhello" 200 hello
[ "$(grep -ci '^Connection\|^Keep-Alive\|^Upgrade\|^Trailer\|never\|: me' "$T/head")" = 0 ] || fail "not ours: $(cat "$T/head")"
expect "dates" "$(grep -c '^Date: [A-Z][a-z][a-z], ' "$T/head")" 1
odd 'Status: 299 Mine\nX: y\n\n\r\n\n' 299 ""
odd 'Status: 299\nContent-Length: 2\n\n\r\n' 299 ""
expect "its length, and what curl says of it" "$(header Content-Length)$(cat "$T/curl.err")" 0
odd "${T1}Content-Length: 2\n\nhello" 200 he
expect_log '\[pool scripts\] request [0-9a-f]{16}: script .*/cgi-bin/say: more came than the declared Content-Length'
expect_log '\[pool app\] request [0-9a-f]{16}: script .*/app: more came than the declared Content-Length'
odd "${T1}\n" 200 ""
odd "${T1}X: $(head -c 60000 /dev/zero | tr '\0' z)\n\nhello" 200 hello
hearth_stop
