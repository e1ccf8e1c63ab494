#!/bin/bash
# SPDX-License-Identifier: MIT
#
# While logs are rotated again and again, each request leaves exactly one whole line, however large.
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
head_of_conf "access.log = $T/access.log" "threads = 3" >"$T/conf"
hearth_start "$T/conf"

case $BUILD in
*/asan | */tsan) each=120 ;; # whose programs are slow
*) each=350 ;;
esac
# Six clients with so many requests each; the lines of two are larger than a lane's buffer.
long=$(printf 'x%.0s' {1..9000})
clients=
for i in 1 2 3 4 5 6; do
	[ $i -lt 5 ] && agent=agent || agent=$long
	curl -sS -o /dev/null --max-time 50 -A "$agent" -e "$agent" "http://127.0.0.1:$PORT/file.txt?$i-[1-$each]" &
	clients="$clients $!"
done
for i in {1..20}; do
	wait_for '[ -s "$T/access.log" ] || not_running '"${clients##* }"
	mv "$T/access.log" "$T/access.log.$i"
	if ((i % 2)); then kill -USR1 "$MANAGER"; else ctl reopen || fail "reopen: $(cat "$T/ctl.err")"; fi
	wait_for '[ -e "$T/access.log" ]'
done
# shellcheck disable=SC2086 # pids are words
wait $clients || fail "a client"
hearth_stop QUIT

expect "lines" "$(cat "$T"/access.log* | wc -l)" $((6 * each))
expect "requests" "$(cat "$T"/access.log* | cut -d' ' -f7 | sort -u | wc -l)" $((6 * each))
cat "$T"/access.log* | perl -ne '
	next if m{^127\.0\.0\.1 - - \[[^]]+\] "GET /file\.txt\?[1-6]-[0-9]+ HTTP/1\.1" 200 7 "(x+\.\.\.|agent)" "(x+\.\.\.|agent)"$} &&
		$1 eq $2 && (length $1 == 5 || length $1 == 4096 + 3);
	die "a line like no other: $_";' || fail "a torn line"
[ "$(find "$T" -name 'access.log*' -size +0 | wc -l)" -ge 5 ] || fail "all went into few files"
