#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 1,500 requests of every kind to scripts (good, bad, killed, left, with children, with bodies) leave
# gateway, manager and runners with the descriptors and the memory that they had, and with no zombie.
# As a bench (tests/bench/cgi-leaks.sh) it makes more of them and prints the numbers: REQUESTS=100000.
# variants: plain
. "$(dirname "$0")/lib.sh"

case $BUILD in
*/asan | */tsan) requests=${REQUESTS:-1000} ;; # whose programs are slow, and hold memory back
*) requests=${REQUESTS:-1500} ;;
esac
script good <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\ngood\n'
END
script reads <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
cat >/dev/null
END
script leaves-child <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nleft\n'
setsid sleep 1000 >/dev/null 2>&1 </dev/null &
END
script fails <<'END'
#!/bin/sh
echo 'some words' >&2
kill -KILL $$
END
script waits <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nbegun\n'
sleep 1000
END
script no-interpreter <<'END'
#!/no/such/interpreter
END
mkdir -m 1777 "$T/spool"
{
	head_of_conf "max_body = 1m" "spool_dir = $T/spool" "access.log = $T/access" "access.format = json"
	script_pool "kill_grace = 100ms" "request_terminate_timeout = 20s"
	script_pool "request_buffering = no" "kill_grace = 100ms" |
		sed 's/^\[scripts\]/[streamed]/; s|^route.*|route = /streamed/|'
} | sed 's/^pm = ondemand/pm = static/' >"$T/conf"
hearth_start "$T/conf"
head -c 200000 /dev/zero >"$T/sent"
url=http://127.0.0.1:$PORT

# ask N PATH [CURL-ARGUMENT]...: so many, $AT_ONCE at a time.
ask()
{
	[ "$1" -eq 0 ] || curl -sS -Z --no-progress-meter --parallel-max "$AT_ONCE" --max-time 3000 -o /dev/null "${@:3}" "$url$2?[1-$1]" 2>>"$T/curl.err"
}

leave()
{
	local i
	for ((i = 0; i < $1; i++)); do
		curl -s --max-time 0.5 -o /dev/null "$url/cgi-bin/waits"
		curl -s --max-time 0.5 -o /dev/null --limit-rate 100k -H Expect: -T "$T/sent" "$url/streamed/reads"
	done
}

# round N: so many requests.
round()
{
	local n=$1
	leave $((n / 200)) &
	local leaver=$!
	ask $((n * 59 / 100)) /cgi-bin/good
	ask $((n * 10 / 100)) /cgi-bin/reads --data-binary "@$T/sent"
	ask $((n * 10 / 100)) /streamed/reads -H 'Transfer-Encoding: chunked' --data-binary "@$T/sent"
	ask $((n * 10 / 100)) /cgi-bin/fails
	ask $((n * 5 / 100)) /cgi-bin/leaves-child
	ask $((n * 5 / 100)) /cgi-bin/no-interpreter
	wait $leaver
}

# One line a process: name, descriptors, KiB of memory that is its own, zombies below it.
state()
{
	local pid
	for pid in $(pids_of 'hearth[a-z-]*'); do
		echo "$(cat "/proc/$pid/comm") $(find "/proc/$pid/fd" -mindepth 1 | wc -l)" \
			"$(awk '/^Private/ { n += $2 } END { print n }' "/proc/$pid/smaps_rollup")" \
			"$(ps --ppid "$pid" -o stat= | awk '/Z/ { n++ } END { print n + 0 }')"
	done
}

runners_have_nobody()
{
	local pid
	for pid in $(pids_of hearth-exec); do
		! pgrep -P "$pid" >/dev/null || return 1
	done
}

settle()
{
	wait_for runners_have_nobody
	wait_for '! scripts_run'
}

# Spare buffers of 64 KiB fill up, quickly at first; what grows in the second half by more than some of
# them is a leak: 2 MB are 40 bytes a request in the long run. A sanitizer keeps what is freed, so its
# memory says nothing.
no_growth()
{
	local least=2048
	[[ $BUILD != */[at]san ]] || least=1000000
	paste -d' ' <(echo "$before") <(state) |
		awk -v least=$least '$1 != $5 || $6 > $2 || $7 > $3 + least || $8 > 0 { bad = 1 } END { exit bad }'
}

# At first more at a time, so that there is what a moment of many needs.
AT_ONCE=8 round $((requests / 2))
settle
before=$(state)
AT_ONCE=4 round $((requests / 2))
settle
poll_for no_growth || fail "name, descriptors, KiB, zombies: before
$before
after
$(state)"
[ -z "${REQUESTS:-}" ] || paste -d' ' <(echo "$before") <(state) | awk -v n="$requests" '
	BEGIN { printf "%-16s %13s %14s %9s, after %d and %d requests\n", "", "descriptors", "KiB", "zombies", n / 2, n }
	{ printf "%-16s %6d %6d %7d %6d %4d %4d\n", $1, $2, $6, $3, $7, $4, $8 }'
[ -z "$(ls -A "$T/spool")" ] || fail "spooled files are left"
hearth_stop
