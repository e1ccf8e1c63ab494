#!/bin/bash
# SPDX-License-Identifier: MIT
#
# X-Sendfile and X-Accel-Redirect: the answer is a file below the pool's sendfile_root, with what
# the program says of it; nothing else is to be had by them, and the headers are never seen.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir -p "$T/files/sub" "$T/next/sub"
printf 0123456789 >"$T/files/a b.txt"
printf 'the next' >"$T/next/a b.txt"
dd if=/dev/urandom of="$T/files/large" bs=1M count=12 status=none
echo secret >"$T/secret"
echo hidden >"$T/files/.hidden"
ln -s ../secret "$T/files/out"
ln -s files "$T/root"
script say <<'END'
#!/bin/sh
cat "$QUERY_STRING"
END
conf()
{
	head_of_conf "access.log = $T/access.log" "access.format = %{line}r %s %B" "threads = 1" # each of which may say it once
	script_pool "sendfile_root = $T/root"
	probe_pool app "pm = static" "pm.max_children = 1" "sendfile_root = $T/root"
	script_pool | sed "s/^\[scripts\]/[none]/; s|= /cgi-bin/|= /none/|"
}
conf >"$T/conf"
hearth_start "$T/conf"

# says POOL TEXT [CURL-ARGUMENT]...: a program answers with this text (printf escapes).
says()
{
	local path=/cgi-bin/say
	[ "$1" != app ] || path=/app/say
	[ "$1" != none ] || path=/none/say
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$2" >"$T/mark/said"
	get "$path?$T/mark/said" "${@:3}"
	! grep -qi '^X-Sendfile\|^X-Accel' "$T/head" || fail "the header was passed on: $(cat "$T/head")"
}

for pool in cgi app; do
	# In any spelling; the rest of what the program says is not sent, but for its headers.
	for name in "X-Sendfile: $T/root/a b.txt" "x-sendfile: a b.txt" "X-Sendfile: $T/files//./a b.txt" \
		'X-Accel-Redirect: /a%%20b.txt' 'X-Accel-Redirect: /a b.txt?x'; do
		says $pool "$name\nContent-Length: 3\nSet-Cookie: a\nSet-Cookie: b\n\nnot this"
		expect_status 200
		expect "$name" "$(body)" 0123456789
		expect "its length" "$(header Content-Length)" 10
		expect "its type" "$(header Content-Type)" "text/plain; charset=utf-8"
		expect "cookies" "$(grep -c '^Set-Cookie: [ab]' "$T/head")" 2
	done
	says $pool "X-Sendfile: a b.txt\nContent-Type: x/y\nETag: \"mine\"\nCache-Control: no-cache\nContent-Disposition: attachment; filename=x\n\n"
	expect "what is said of it" "$(header Content-Type) $(header ETag) $(header Cache-Control) $(header Content-Disposition)" 'x/y "mine" no-cache attachment; filename=x'
	says $pool 'X-Sendfile: a b.txt\nETag: "mine"\n\n' -H 'If-None-Match: "mine"'
	expect_status 304
	says $pool 'X-Sendfile: large\n\n'
	cmp "$T/body" "$T/files/large" || fail "a large file"
	says $pool 'X-Sendfile: large\n\n' -r 5000000-5999999
	expect_status 206
	cmp "$T/body" <(tail -c +5000001 "$T/files/large" | head -c 1000000) || fail "a part"
	says $pool 'X-Sendfile: large\n\n' -r 0-99999,5000000-5999999
	expect_status 206
	expect "parts" "$(grep -ac '^Content-Range: bytes \(0-99999\|5000000-5999999\)/12582912' "$T/body")" 2
	says $pool 'X-Sendfile: a b.txt\nContent-Range: bytes 5-6/7\nAccept-Ranges: none\n\n' -r 2-3
	expect "ranges are ours" "$(grep -c '^Content-Range: bytes 2-3/10\|^Accept-Ranges: bytes' "$T/head") $(grep -ci 'ranges\?:' "$T/head")" "2 2"
	says $pool 'X-Sendfile: large\n\n' -r 99999999-
	expect_status 416
	says $pool 'Status: 404\nX-Sendfile: a b.txt\n\n' -r 0-1
	expect_status 404
	expect "an error page" "$(body)" 0123456789
	says $pool 'X-Sendfile: large\n\n' --head
	expect "HEAD" "$(header Content-Length)" 12582912

	# Not there, or not to be had.
	for bad in 404:none 404:sub 403:/etc/passwd 403:../secret "403:$T/secret" 403:out 403:.hidden; do
		says $pool "X-Sendfile: ${bad#*:}\nSet-Cookie: a\n\n"
		expect_status "${bad%%:*}"
		expect "a cookie of what is not there" "$(header Set-Cookie)" ""
		! grep -q "secret\|$T" "$T/body" || fail "it tells: $(body)"
	done
	says $pool 'X-Accel-Redirect: none\n\n'
	expect_status 502
done
expect_log 'script .*/cgi-bin/say names the file "none": there is no such regular file'
expect_log 'script .*/app names the file "\.\./secret": it climbs'
expect_log 'names the file "out": a link leads out of sendfile_root'

# Where none is allowed, the header is removed, and what else was said is the answer.
for _ in 1 2 3; do
	says none "X-Sendfile: $T/secret\nContent-Type: text/plain\n\nplain words"
	expect_status 200
	expect "the answer" "$(body)" "plain words"
done
says none "X-Sendfile: $T/secret\n\n"
expect_status 502
expect "how often it is said" "$(log_count 'pool none.*names the file .*has no sendfile_root')" 1

# The root is a link, which comes to lead elsewhere.
ln -sfn next "$T/root"
expect_log 'sendfile_root .*/root is another directory now'
says cgi 'X-Sendfile: a b.txt\n\n'
expect "from there" "$(body)" "the next"
says cgi "X-Sendfile: $T/next/a b.txt\n\n"
expect_status 200
hearth_stop QUIT
expect "in the log" "$(grep -c ' 200 12582912$' "$T/access.log")" 2
