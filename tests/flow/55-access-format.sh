#!/bin/bash
# SPDX-License-Identifier: MIT
#
# access.format: placeholders and JSON, for files, workers, scripts, and what was no request; a
# reload changes it, a bad one changes nothing.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
printf '#!/bin/sh\necho "Content-Type: text/x-c"; echo X-Mark: yes; echo; echo $$\n' | script pid

conf()
{
	head_of_conf "access.log = $T/access.log" "access.format = $1"
	probe_pool app "pm = static" "pm.max_children = 1"
	script_pool "env[COLOUR] = red"
}

last_line()
{
	wait_for "grep -aq -- '$1' '$T/access.log'"
	tail -n 1 "$T/access.log"
}

like()
{
	[[ $1 =~ $2 ]] || fail "'$1' is not like '$2'"
}

# fresh FORMAT: another format, and an empty log.
fresh()
{
	conf "$1" >"$T/conf"
	ctl reload || fail "reload: $(cat "$T/ctl.err")"
	: >"$T/access.log"
}

conf '%R|%m|%r%Q%q|%{target}r|%H|%v|%s|%B|%n|%f|%p|%{COLOUR}e|%{X-Test}i|%{Content-Type}o|%l|%u|%X|%{word}X|' >"$T/conf"
hearth_start "$T/conf"
get '/file.txt?a=b' -H 'Host: Example.org:80' -H 'X-Test: a "b"'
line=$(last_line file.txt)
like "$line" '^127\.0\.0\.1\|GET\|/file\.txt\?a=b\|/file\.txt\?a=b\|HTTP/1\.1\|[Ee]xample\.org\|200\|7\|-\|-\|-\|-\|a \\x22b\\x22\|text/plain[^|]*\|0\|-\|\+\|kept\|$'

get_ok /app/pid
like "$(last_line app)" "^127\.0\.0\.1\|GET\|/app/pid\|/app/pid\|HTTP/1\.1\|127\.0\.0\.1\|200\|[0-9]+\|app\|[^|]*\|$(cut -d' ' -f1 "$T/body")\|-\|-\|[^|]+\|0\|-\|\+\|kept\|$"

get '/cgi-bin/%70id' -d 1234567 -H 'Connection: close' -0
like "$(last_line cgi)" "^127\.0\.0\.1\|POST\|/cgi-bin/pid\|/cgi-bin/%70id\|HTTP/1\.0\|127\.0\.0\.1\|200\|[0-9]+\|scripts\|$T/www/cgi-bin/pid\|[0-9]+\|red\|-\|text/x-c\|7\|-\|-\|closed\|$"
expect "pid of the script" "$(tail -n 1 "$T/access.log" | cut -d'|' -f11)" "$(body)"

raw 'G\033ET\r\n\r\n' >/dev/null
like "$(last_line '|400|')" '^127\.0\.0\.1\|-\|-\|-\|-\|-\|400\|[0-9]+\|-\|-\|-\|-\|-\|[^|]*\|0\|-\|-\|closed\|$'

# Times, and what was sent.
fresh '%d %{milli}d %{micro}d|%W|%S|%F|%O|%L|%t|%{%Y}T|%{iso}t|%P|%c|%C|%M'
get_ok /app/hello
like "$(last_line .)" "^[0-9]+\.[0-9]{3} [0-9]+\.[0-9]{3} [0-9]+\|[0-9.]+\|[0-9.]+\|[0-9.]+\|[0-9]+\|[0-9a-f]{16}\|[0-9]{2}/[A-Z][a-z]{2}/[0-9]{4}:[0-9:]{8} [+-][0-9]{4}\|20[0-9]{2}\|20[0-9-]{8}T[0-9:]{8}\.[0-9]{3}[+-][0-9:]{5}\|$MANAGER\|[0-9]{4,5}\|-\|-$"
expect "bytes with the head" "$(tail -n 1 "$T/access.log" | cut -d'|' -f5)" $(($(stat -c %s "$T/head") + $(stat -c %s "$T/body")))

# A worker whose first byte comes late, and one that is waited for.
: >"$T/access.log"
hold_worker app
get_ok /file.txt
curl -sS -o "$T/second" --max-time 50 "http://127.0.0.1:$PORT/app/hello?second" &
second=$!
wait_for 'ctl status --json app; grep -q "\"waiting\":1" "$T/ctl.out"'
sleep 0.2
release_worker
expect_held "the first" 200
wait $second
wait_for '[ "$(wc -l <"$T/access.log")" = 3 ]'
longest=$(cut -d'|' -f2 "$T/access.log" | sort -n | tail -n 1)
like "$longest" '^([1-9][0-9]*\.|0\.[1-9])'

# JSON, whatever the client sends.
fresh json
get '/file.txt?"x"\y' -A $'\xff\xc3\xbc\xe2\x80\xa8"\\' -e ''
get /app/hello
raw '\x16\x03\x01\xff\r\n\r\n' >/dev/null
wait_for '[ "$(wc -l <"$T/access.log")" = 3 ]'
iconv -f utf-8 -t utf-8 "$T/access.log" >/dev/null || fail "not UTF-8"
perl -MJSON::PP -ne '
	my $o = JSON::PP->new->utf8->decode($_);
	die "keys" unless keys %$o == 25;
	die "numbers: $_" if /"(status|bytes|duration|bytes_sent|client_port)":"/;
	print join("|", map { defined $o->{$_} ? $o->{$_} : "null" } qw(method target status pool end)), "\n";
' "$T/access.log" >"$T/seen" || fail "no JSON: $(cat "$T/access.log")"
expect "what JSON says" "$(cat "$T/seen")" 'GET|/file.txt?"x"\y|200|null|kept
GET|/app/hello|200|app|kept
null|null|400|null|closed'
grep -aqF '"user_agent":"\\xff'$'\xc3\xbc''\u2028\"\\","pool"' "$T/access.log" || fail "$(cat "$T/access.log")"

# A format that is none is refused, and the one before stays.
conf '%z' >"$T/conf"
! ctl reload || fail "a bad format was taken"
grep -q "access.format: '%z' is not a placeholder" "$T/ctl.err" "$LOG" || fail "no reason: $(cat "$T/ctl.err")"
get_ok /file.txt
wait_for '[ "$(grep -c "\"status\":200" "$T/access.log")" -ge 3 ]'
hearth_stop
