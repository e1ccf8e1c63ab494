#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A corpus of scripts that do everything wrong, and some that do unusual things right
# (tests/flow/data/torture): each gets the answer and the line in the log that are due, and leaves no
# process, descriptor or file behind.
# variants: plain
. "$(dirname "$0")/lib.sh"

# Scripts that git or an editor would not leave as they have to be.
mkdir -p "$T/www/cgi-bin/directory" "$T/spool"
cp "$(dirname "$0")"/data/torture/* "$T/www/cgi-bin/"
printf '#!/bin/sh\r\necho Content-Type: text/plain\r\necho\r\n' | script dos-line-ends
printf '#!/no/such/interpreter\n' | script no-interpreter
printf '#!\n' | script empty-interpreter
echo "echo 'Content-Type: text/plain'" | script no-interpreter-line
script empty </dev/null
printf '\177ELF and no more' | script no-program
cp "$T/www/cgi-bin/ok" "$T/www/cgi-bin/.hidden"
cp "$T/www/cgi-bin/ok" "$T/www/cgi-bin/not-executable"
chmod 644 "$T/www/cgi-bin/not-executable"
mkfifo "$T/www/cgi-bin/fifo"
chmod 1777 "$T/spool"

# What of the user's is there already, and some more.
user=$([ "$(id -u)" -eq 0 ] && echo nobody || id -un)
enough=$(($(ps -L -U "$user" -o pid= | wc -l) + 100))

# path | request | status | body | log. The status is followed by ! where the answer is cut. The body: a
# part of it, =N for so many bytes. The log: an expression for the lines about this request, - for none
# at all. Below /late/ a script has four seconds, below /cgi-bin/ as long as it likes; those below /alone/
# are asked one after the other, when all others have ended.
table="
/cgi-bin/ok | GET | 200 | fine | -
/cgi-bin/ok/more | POST 10 | 200 | fine | -
/cgi-bin/never-reads | POST 1000000 | 200 | unread | -
/cgi-bin/leaves-early | POST 10000000 | 200 | left | -
/cgi-bin/reads-on | POST 1000 | 200 | no more | -
/cgi-bin/echo | POST 5000000 | 200 | =5000000 | -
/cgi-bin/echo/nothing | GET | 200 | =0 | -
/cgi-bin/byte-by-byte | GET | 200 | =2000 | -
/cgi-bin/drip | GET | 200 | drops | -
/cgi-bin/large | GET | 200 | =104857600 | -
/cgi-bin/large/head | HEAD | 200 | =0 | *
/cgi-bin/binary | GET | 200 | =256 | -
/cgi-bin/bad-utf8 | GET | 200 | after | -
/cgi-bin/only-head | GET | 200 | =0 | -
/cgi-bin/crlf | GET | 200 | fine | -
/cgi-bin/mixed-ends | GET | 200 | fine | -
/cgi-bin/pipeline | GET | 200 | =100000 | -
/cgi-bin/own-exec | GET | 200 | turn 10 | -
/cgi-bin/elsewhere | GET | 200 | / | -
/cgi-bin/own-end?$T/mark | GET | 200 | gone | -
/cgi-bin/foreign-descriptors | GET | 200 | =5 | -
/cgi-bin/own-descriptors | GET | 200 | two | said into stderr: \"three\"
/cgi-bin/many-descriptors | GET | 200 | up to 10 | -
/cgi-bin/temp-files?$T/mark | GET | 200 | left | -
/cgi-bin/chroot | GET | 200 | refused | -
/cgi-bin/terminal | GET | 200 | none | -
/cgi-bin/hangup | GET | 200 | on | -
/cgi-bin/ignores-children | GET | 200 | fine | -
/cgi-bin/fails-late | GET | 200 | fine | NOTICE: .*exited with code 3$
/cgi-bin/dies-late | GET | 200 | fine | WARNING: .*exited on signal 11
/cgi-bin/works-on | GET | 200 | =5 | -

/cgi-bin/floods-stderr | GET | 200 | flooded | its further lines are dropped
/cgi-bin/floods-stderr-unended | GET | 200 | flooded | said into stderr: \"x{900,}\.\.\.\"
/cgi-bin/odd-stderr | GET | 200 | said | said into stderr: \"bell.x07 nul  escape.x1b\[31m half.xc3\"
/cgi-bin/holds-stderr | GET | 200 | held | -
/cgi-bin/stderr-is-stdout | GET | 502 | Bad Gateway | header line 1 has no colon

/cgi-bin/no-head | GET | 502 | Bad Gateway | header line 1 has no colon
/cgi-bin/no-end-of-head | GET | 502 | Bad Gateway | its output ended within the header; it said .Content-Type: text/plain.* .it exited with code 0
/cgi-bin/no-type | GET | 502 | Bad Gateway | Content-Type
/cgi-bin/flood | GET | 502 | Bad Gateway | header
/cgi-bin/huge-field | GET | 502 | Bad Gateway | header
/cgi-bin/many-fields | GET | 502 | Bad Gateway | header
/cgi-bin/nul-in-head | GET | 502 | Bad Gateway | header
/cgi-bin/control-in-head | GET | 502 | Bad Gateway | header
/cgi-bin/bare-cr | GET | 502 | Bad Gateway | header
/cgi-bin/injection | GET | 502 | Bad Gateway | header
/cgi-bin/folded | GET | 502 | Bad Gateway | header
/cgi-bin/space-before-colon | GET | 502 | Bad Gateway | header
/cgi-bin/no-name | GET | 502 | Bad Gateway | header
/cgi-bin/two-types | GET | 502 | Bad Gateway | header
/cgi-bin/two-statuses | GET | 502 | Bad Gateway | header
/cgi-bin/utf8-in-head | GET | 200 | fine | -

/cgi-bin/too-much | GET | 200 | =4 | more came than the declared Content-Length
/cgi-bin/too-little | GET | 200! | not that much | less came than the declared Content-Length
/cgi-bin/negative-length | GET | 502 | Bad Gateway | header
/cgi-bin/no-number | GET | 502 | Bad Gateway | header
/cgi-bin/two-lengths | GET | 502 | Bad Gateway | header
/cgi-bin/huge-length | GET | 502 | Bad Gateway | header
/cgi-bin/zero-length | GET | 200 | =0 | more came than the declared Content-Length
/cgi-bin/two-answers | GET | 200 | =6 | more came than the declared Content-Length

/cgi-bin/status-99 | GET | 502 | Bad Gateway | header
/cgi-bin/status-1000 | GET | 502 | Bad Gateway | header
/cgi-bin/status-abc | GET | 502 | Bad Gateway | header
/cgi-bin/status-none | GET | 200 | body | -
/cgi-bin/status-negative | GET | 502 | Bad Gateway | header
/cgi-bin/status-204 | GET | 204 | =0 | *
/cgi-bin/status-304 | GET | 304 | =0 | *
/cgi-bin/status-599 | GET | 599 | own | -
/cgi-bin/early-hints | GET | 200 | hinted | -
/cgi-bin/only-hints | GET | 502 | Bad Gateway | it ended after interim responses
/cgi-bin/status-line | GET | 418 | short | -
/cgi-bin/redirect | GET | 302 | =0 | -
/cgi-bin/redirect-with-document | GET | 303 | there | -
/cgi-bin/redirect-to-nothing | GET | 502 | Bad Gateway | no Content-Type, Location or Status; it said
/cgi-bin/redirect-twice | GET | 502 | Bad Gateway | header
/cgi-bin/redirect-here | GET | 200 | fine | -
/cgi-bin/redirect-round | GET | 502 | Bad Gateway | redirect
/cgi-bin/hop-by-hop | GET | 200 | fine | -
/cgi-bin/chunked | GET | 502 | Bad Gateway | Transfer-Encoding
/cgi-bin/nph-raw | GET | 299 | raw | -

/cgi-bin/dies-of-TERM | GET | 502 | Bad Gateway | it exited on signal 15
/cgi-bin/dies-of-KILL | GET | 502 | Bad Gateway | it exited on signal 9
/cgi-bin/dies-of-SEGV | GET | 502 | Bad Gateway | it exited on signal 11
/cgi-bin/dies-of-ABRT | GET | 502 | Bad Gateway | it exited on signal 6
/cgi-bin/dies-of-PIPE | GET | 502 | Bad Gateway | it exited on signal 13
/cgi-bin/dies-of-ALRM | GET | 502 | Bad Gateway | it exited on signal 14
/cgi-bin/group-dies | GET | 502 | Bad Gateway | it exited on signal 9
/cgi-bin/says-nothing | GET | 502 | Bad Gateway | it ended without any output .it exited with code 0
/cgi-bin/closes-stdout | GET | 502 | Bad Gateway | it ended without any output .it exited with code 0
/late/closes-all | GET | 504 | Gateway Timeout | request_terminate_timeout passed
/late/never-ends | GET | 504 | Gateway Timeout | request_terminate_timeout passed
/late/never-ends-late | GET | 200! | begun | request_terminate_timeout passed
/late/deaf | GET | 504 | Gateway Timeout | request_terminate_timeout passed
/late/stops | GET | 504 | Gateway Timeout | request_terminate_timeout passed
/late/spins | GET | 504 | Gateway Timeout | request_terminate_timeout passed
/late/endless | GET | 200! | y | request_terminate_timeout passed
/late/deep | GET | 200! | deep | request_terminate_timeout passed

/cgi-bin/daemon | GET | 200 | left | -
/cgi-bin/daemon-of-two-forks | GET | 200 | left | -
/cgi-bin/daemon-with-stdout | GET | 200 | left | -
/cgi-bin/deaf-daemon | GET | 200 | left | -
/cgi-bin/stopped-child | GET | 200 | left | -
/cgi-bin/bomb?$enough | GET | 200 | lit | *

/cgi-bin/dos-line-ends | GET | 500 | Internal Server Error | ends in CR
/cgi-bin/no-interpreter | GET | 500 | Internal Server Error | the interpreter /no/such/interpreter of .* does not exist
/cgi-bin/empty-interpreter | GET | 500 | Internal Server Error | names no interpreter
/cgi-bin/no-interpreter-line | GET | 500 | Internal Server Error | has no #! line
/cgi-bin/empty | GET | 500 | Internal Server Error | is empty
/cgi-bin/no-program | GET | 500 | Internal Server Error | not for this machine
/cgi-bin/not-executable | GET | 403 | Forbidden | *
/cgi-bin/fifo | GET | 403 | Forbidden | *
/cgi-bin/directory | GET | 404 | Not Found | -
/cgi-bin/.hidden | GET | 404 | Not Found | -
/cgi-bin/absent | GET | 404 | Not Found | -

/alone/orphan-parent?KILL | GET | 502 | Bad Gateway | the runner that held it is gone
/alone/orphan-parent/again?TERM | GET | 502 | Bad Gateway | the runner that held it is gone
/alone/ok | GET | 200 | fine | -
"
pool()
{
	script_pool "pm.max_children = 16" "kill_grace = 200ms" "${@:3}" |
		sed "/max_children = 8/d; s/^\[scripts\]/[$1]/; s|^route.*|route = $2|"
}
{
	head_of_conf "max_body = 20m" "spool_dir = $T/spool" "access.log = $T/access" "access.format = \"%L %r\""
	pool scripts /cgi-bin/ "request_terminate_timeout = 50s"
	pool late /late/ "request_terminate_timeout = 4s"
	pool alone /alone/ "request_terminate_timeout = 50s"
} >"$T/conf"
hearth_start "$T/conf"

# ---- asking -----------------------------------------------------------------------------------

ask()
{
	local path=$1 method=$2 size=$3 to=$4 how=()
	[ "$method" != HEAD ] || how=(--head)
	[ "$method" != POST ] || how=(-H Expect: --data-binary @-)
	head -c "${size:-0}" /dev/zero | curl -sS --max-time 55 "${how[@]}" -o "$to.body" -w '%{http_code}' \
		"http://127.0.0.1:$PORT$path" >"$to.status" 2>"$to.err" || printf '!' >>"$to.status"
	[ "$method" != HEAD ] || : >"$to.body" # curl takes the head for it
	[ -e "$to.body" ] || : >"$to.body"
}

# ask_all PATTERN AT-A-TIME: the rows whose path has the pattern.
ask_all()
{
	local path request rest n=0 method size
	while IFS='|' read -r path request rest; do
		n=$((n + 1))
		[[ $path =~ $1 ]] || continue
		while [ "$(jobs -rp | wc -l)" -gt "$2" ]; do wait -n; done
		read -r method size <<<"$request"
		ask "${path% }" "$method" "$size" "$T/answers/$n" &
		[ "$2" -gt 1 ] || wait $!
	done <<<"$table"
	while [ "$(jobs -rp | wc -l)" -gt 1 ]; do wait -n; done # the manager is one
}

# ---- judging ----------------------------------------------------------------------------------

bad=0
complain()
{
	echo "$*"
	bad=$((bad + 1))
}

lines_about()
{
	local id
	id=$(awk -v path="${1%%\?*}" '$2 == path { print $1 }' "$T/access")
	grep -a "request ${id:-none}" "$LOG"
}

# judge PATH STATUS BODY LOG FILES
judge()
{
	local got said
	got=$(cat "$5.status")
	[ "$got" = "$2" ] || complain "$1: status $got, not $2 ($(cat "$5.err"))"
	if [[ $3 == =* ]]; then
		got=$(wc -c <"$5.body")
		[ "$got" = "${3#=}" ] || complain "$1: $got bytes, not ${3#=}"
	else
		grep -aqF -- "$3" "$5.body" || complain "$1: no '$3' in $(head -c 200 "$5.body")"
	fi
	[ "$4" != '*' ] || return
	said=$(lines_about "$1")
	if [ "$4" = - ]; then
		[ -z "$said" ] || complain "$1: in the log: $(head -n 3 <<<"$said")"
	else
		poll_for "lines_about '$1' | grep -aEq -- '$4'" 10 || complain "$1: not '$4' in the log: $(head -n 3 <<<"$said")"
	fi
}

judge_all()
{
	local path request status body log n=0
	wait_for "[ \$(wc -l <'$T/access') -ge $(grep -c / <<<"$table") ]"
	while IFS='|' read -r path request status body log; do
		n=$((n + 1))
		[ -n "$path" ] || continue
		read -r path <<<"$path"; read -r status <<<"$status"; read -r body <<<"$body"; read -r log <<<"$log"
		judge "$path" "$status" "$body" "$log" "$T/answers/$n"
	done <<<"$table"
	[ $bad -eq 0 ] || fail "$bad of them"
}

# ---- what they leave --------------------------------------------------------------------------

descriptors()
{
	local pid
	for pid in $(pids_of 'hearth[a-z-]*'); do
		case $(cat "/proc/$pid/comm") in
		hearth-exec) ;; # they come and go with their pools
		*) echo "$pid $(find "/proc/$pid/fd" -mindepth 1 | wc -l)" ;;
		esac
	done
}

# Its own, the channel and the loop's: as many as when it was born.
runners_hold_nothing()
{
	local pid
	for pid in $(pids_of hearth-exec); do
		[ "$(find "/proc/$pid/fd" -mindepth 1 | wc -l)" -le 6 ] || return 1
	done
}

runners_have_nobody()
{
	local pid
	for pid in $(pids_of hearth-exec); do
		! pgrep -P "$pid" >/dev/null || return 1
	done
}

no_more_descriptors()
{
	paste <(echo "$before") <(descriptors) | awk '$4 > $2 { bad = 1 } END { exit bad }'
}

memory()
{
	sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\).*/\1/p' "/proc/$1/status" 2>/dev/null
}

mkdir "$T/answers"
get_ok /cgi-bin/ok fine
get_ok /late/ok fine
: >"$T/access"
ctl reopen
before=$(descriptors)
gateway=$(pids_of hearth-gateway)
kib=$(memory "$gateway")

ask_all '^/(cgi-bin|late)/' 12
wait_for runners_have_nobody
wait_for '! scripts_run'
ask_all '^/alone/' 1
judge_all

wait_for '! scripts_run'
wait_for runners_have_nobody
wait_for runners_hold_nothing
wait_for no_more_descriptors || fail "before: $before; after: $(descriptors)"
[ -z "$(ls -A "$T/spool")" ] || fail "spooled files are left: $(ls -A "$T/spool")"
[ -z "$(find "$T/run" -type f)" ] || fail "files are left: $(find "$T/run" -type f)"
[ $(($(memory "$gateway") - kib)) -lt 16384 ] || fail "the gateway grew from $kib to $(memory "$gateway") KiB"
for pid in $(pids_of hearth-exec); do
	kib=$(memory "$pid")
	[ -z "$kib" ] || [ "$kib" -lt 16384 ] || fail "a runner has $kib KiB" # an idle one may go
done
get_ok /cgi-bin/ok fine
hearth_stop
