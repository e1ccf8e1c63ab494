#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What every flow test stands on; sourced as its first command. A test gets a directory of its own
# ($T), a port of its own ($PORT), a configuration to add to, and at its end proof that none of its
# processes is left and that no sanitizer has complained. All programs of a test are copied below
# $T, so "a process of this test" is one whose program, directory or arguments lie there: nothing
# else is ever signalled. Environment: BUILD (build directory), KEEP=1 (leave $T behind).
set -u

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "${BUILD:-$ROOT/build}" && pwd)
T=$(mktemp -d "${FLOW_TMP:-/tmp}/flow.XXXXXX")
LOG=$T/log
MANAGER='' STATUS='' EXIT='' HELD='' KEYS='' GATEWAY_MAY_DIE=''
export ASAN_OPTIONS="abort_on_error=0:exitcode=99:log_path=$T/san/asan:detect_stack_use_after_return=1"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$T/san/ubsan"
# At exit it would wait a second for other threads, which is as long as hearth waits for a gateway.
export TSAN_OPTIONS="exitcode=99:log_path=$T/san/tsan:second_deadlock_stack=1:atexit_sleep_ms=0"
# A process that changed its user is not dumpable, and then the leak checker cannot look.
[ $EUID -ne 0 ] || ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

# ---- endings ----------------------------------------------------------------------------------

skip()
{
	echo "$*"
	exit 77
}

fail()
{
	local i=0
	while [ "${BASH_SOURCE[i]}" = "${BASH_SOURCE[0]}" ]; do i=$((i + 1)); done
	echo "failed: $* (line ${BASH_LINENO[i - 1]})"
	exit 1
}

# Pids of this test's processes, the test itself and what it pipes through not among them.
ours()
{
	local pid comm
	for pid in $({
		find /proc/[0-9]*/exe /proc/[0-9]*/cwd -maxdepth 0 -printf '%h %l\n' 2>/dev/null | grep -F " $T"
		grep -lFa -- "$T/" /proc/[0-9]*/cmdline 2>/dev/null
	} | sed 's|^/proc/\([0-9]*\).*|\1|' | sort -u); do
		comm=''
		{ read -r comm <"/proc/$pid/comm"; } 2>/dev/null
		case $comm in
		find | grep | sed | sort | '') continue ;;
		esac
		not_running "$pid" || echo "$pid"
	done
}

nothing_left()
{
	[ -z "$(ours)" ]
}

# Reports, not remarks: the address sanitizer also says when it gives up on a vforked child.
sanitizers_are_silent()
{
	local reports
	reports=$(grep -lEr 'ERROR: (Address|Leak|Thread)Sanitizer|WARNING: ThreadSanitizer|runtime error:' "$T/san" "$T"/log* 2>/dev/null)
	[ -z "$reports" ] || { xargs -d '\n' head -n 60 <<<"$reports"; return 1; }
}

# A gateway that dies is replaced so quickly that clients hardly notice; tests must. One that stood still
# when all was to stop was killed, and has done nothing wrong.
gateway_is_the_first()
{
	[ -n "$GATEWAY_MAY_DIE" ] || ! grep -aE 'gateway [0-9]+ has taken over|gateway [0-9]+ exited on signal' "$T"/log* 2>/dev/null |
		grep -v 'exited on signal 9 .*, as asked: stop$'
}

at_exit()
{
	local code=$? pid
	trap - EXIT
	cd / || exit 1
	[ -z "$MANAGER" ] || { kill -TERM "$MANAGER" 2>/dev/null; wait_quietly "$MANAGER"; }
	if ! poll_for nothing_left 20; then
		echo "left behind:"
		for pid in $(ours); do
			tr '\0' ' ' <"/proc/$pid/cmdline"
			echo "(pid $pid)"
			kill -KILL "$pid"
		done
		[ $code -ne 0 ] || code=1
	fi
	[ $code -eq 77 ] || { sanitizers_are_silent && gateway_is_the_first; } || code=1
	if [ $code -ne 0 ] && [ $code -ne 77 ] && [ -s "$LOG" ]; then
		echo "---- the log's end:"
		tail -n 40 "$LOG"
	fi
	rm -rf "${PORTS:?}"/*/"$$"
	find "$PORTS" -mindepth 1 -maxdepth 1 -type d -empty -delete 2>/dev/null
	if [ "${KEEP:-}" = 1 ]; then echo "kept: $T"; else rm -rf "$T"; fi
	exit $code
}

# Waits up to 30 s for a child of ours, then kills it; its exit status goes to $EXIT.
wait_quietly()
{
	local pid=$1
	poll_for "not_running $pid" || kill -KILL "$pid" 2>/dev/null
	{ wait "$pid"; EXIT=$?; } 2>/dev/null
}

not_running()
{
	local line=''
	{ read -r line <"/proc/$1/stat"; } 2>/dev/null
	line=${line##*) } # behind the name, which may be anything
	[ -z "$line" ] || [ "${line%% *}" = Z ]
}

# ---- waiting ----------------------------------------------------------------------------------
#
# Machines that run tests stand still for seconds now and then. So nothing is expected within a moment:
# half a minute is how long it takes to say that something will never come, and costs nobody anything
# who has not failed. What is asked again and again is asked less often after a while: it takes the
# processors from those who are waited for.

poll_for()
{
	local end=$((${EPOCHREALTIME/./} + ${2:-30} * 1000000)) nap=0.01
	until eval "$1" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt $end ] || return 1
		sleep $nap
		case $nap in 0.01) nap=0.02 ;; 0.02) nap=0.04 ;; *) nap=0.07 ;; esac
	done
}

# wait_for CONDITION [SECONDS]: a condition is shell code.
wait_for()
{
	poll_for "$@" || fail "waited ${2:-30} s for: $1"
}

expect_log()
{
	poll_for "grep -aEq -- '$1' '$LOG'" "${2:-30}" || fail "not in the log: $1"
}

expect_no_log()
{
	! grep -aE -- "$1" "$LOG" || fail "in the log: $1"
}

# How many lines of the log match.
log_count()
{
	grep -aEc -- "$1" "$LOG"
}

# expect WHAT GOT WANTED
expect()
{
	[ "$2" = "$3" ] || fail "$1: expected '$3', got '$2'"
}

# ---- ports ------------------------------------------------------------------------------------

# A test owns a port while it holds the directory of that name; the kernel is asked as well. Ports
# are taken below the ephemeral range, so no client's socket sits on one.
PORTS=/tmp/hearth-flow-ports.$EUID

new_port()
{
	local port owner
	mkdir -p "$PORTS"
	while :; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 10000))
		if ! mkdir "$PORTS/$port" 2>/dev/null; then
			owner=$(ls "$PORTS/$port")
			[ -n "$owner" ] && ! kill -0 "$owner" 2>/dev/null && rm -rf "${PORTS:?}/$port"
			continue
		fi
		mkdir "$PORTS/$port/$$" 2>/dev/null || continue
		! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
	done
	echo "$port"
}

# ---- configuration ----------------------------------------------------------------------------

# As root, pools must name a user and the gateway gets one; a plain user has no choice.
user_line()
{
	[ $EUID -ne 0 ] || echo "user = ${1:-nobody}"
}

# global_section [LINE]...
global_section()
{
	echo "[global]"
	echo "error_log = stderr"
	echo "control = $T/run/control.sock"
	echo "runtime_dir = $T/run"
	printf '%s\n' "$@"
}

# gateway_section [LINE]...
gateway_section()
{
	echo "[gateway]"
	echo "listen = 127.0.0.1:$PORT"
	user_line www-data
	echo "document_root = $T/www"
	printf '%s\n' "$@"
}

# head_of_conf [GATEWAY-LINE]...: a [global] and a [gateway] that suit most tests.
head_of_conf()
{
	global_section ""
	gateway_section "$@"
}

# probe_pool NAME [LINE]...: a FastCGI pool of the probe below /NAME/.
probe_pool()
{
	local name=$1
	shift
	echo "[$name]"
	echo "command = $T/bin/fcgi-probe"
	echo "route = /$name/"
	user_line
	printf '%s\n' "$@"
}

# script_pool [LINE]...: the scripts in $T/www/cgi-bin.
script_pool()
{
	echo "[scripts]"
	echo "type = cgi"
	echo "route = /cgi-bin/"
	echo "directory = $T/www/cgi-bin"
	user_line
	echo "pm = ondemand"
	echo "pm.max_children = 8"
	printf '%s\n' "$@"
}

# script NAME: an executable script from standard input.
script()
{
	mkdir -p "$T/www/cgi-bin"
	cat >"$T/www/cgi-bin/$1"
	chmod 755 "$T/www/cgi-bin/$1"
}

# ---- the daemon -------------------------------------------------------------------------------

# hearth_launch CONF [ARGUMENT]...: starts it and does not wait; $MANAGER is its pid.
hearth_launch()
{
	local conf=$1
	shift
	: >>"$LOG"
	"$T/bin/hearth" run -c "$conf" "$@" >"$T/stdout" 2>>"$LOG" </dev/null &
	MANAGER=$!
}

# hearth_start CONF [ARGUMENT]...: ... and waits until it says that it is ready.
hearth_start()
{
	local before
	before=$(grep -ac 'ready to handle connections' "$LOG" 2>/dev/null)
	hearth_launch "$@"
	poll_for "[ \$(log_count 'ready to handle connections') -gt ${before:-0} ] || not_running $MANAGER"
	[ "$(log_count 'ready to handle connections')" -gt "${before:-0}" ] || fail "hearth did not start"
}

# serve [ARGUMENT]...: hearth serve in the background, until it serves or has ended; $MANAGER. What it
# says first is in $T/stdout, its lines are in the log.
serve()
{
	: >"$T/stdout"
	"$T/bin/hearth" serve "$@" >"$T/stdout" 2>>"$LOG" </dev/null &
	MANAGER=$!
	poll_for "grep -q '^hearth: serving' '$T/stdout' || not_running $MANAGER"
}

# serve_on_terminal [ARGUMENT]...: the same on a pseudo-terminal, whose screen is the file $T/screen; what
# is written to descriptor $KEYS is typed. $MANAGER is script(1), which ends with it.
serve_on_terminal()
{
	local words
	printf -v words ' %q' "$T/bin/hearth" serve "$@"
	: >"$T/screen"
	[ -p "$T/keys" ] || mkfifo "$T/keys"
	exec {KEYS}<>"$T/keys"
	SHELL=/bin/bash command script -qefc "exec$words" "$T/screen" <"$T/keys" >"$T/out" &
	MANAGER=$!
	poll_for "grep -aq 'hearth: serving' '$T/screen' || not_running $MANAGER"
}

# hearth_stop [SIGNAL] [STATUS]: TERM leaves the gateway a second; who wants its last lines asks by QUIT.
hearth_stop()
{
	kill "-${1:-TERM}" "$MANAGER"
	wait_quietly "$MANAGER"
	MANAGER=
	expect "exit status of hearth" "$EXIT" "${2:-0}"
	wait_for nothing_left
}

# ctl COMMAND...: as an operator would; output in $T/ctl.out and $T/ctl.err, status in $EXIT.
ctl()
{
	"$T/bin/hearth" "$1" -s "$T/run/control.sock" "${@:2}" >"$T/ctl.out" 2>"$T/ctl.err"
	EXIT=$?
	return $EXIT
}

# Pids of this test's processes whose program has this name, youngest last. Linux hides the program
# of a process that cannot be traced from plain users: the manager's own children they know by name.
pids_of()
{
	{
		find /proc/[0-9]*/exe -maxdepth 0 -printf '%h %l\n' 2>/dev/null |
			sed -n "s|^/proc/\([0-9]*\) $T/bin/$1\( (deleted)\)\?$|\1|p"
		[ $EUID -eq 0 ] || [ -z "$MANAGER" ] ||
			ps --ppid "$MANAGER" -o pid=,comm= | sed -n "s/^ *\([0-9]*\) $1$/\1/p"
	} | sort -nu
}

# Is any process left in the directory of the scripts?
scripts_run()
{
	find /proc/[0-9]*/cwd -maxdepth 0 -lname "$T/www/cgi-bin" 2>/dev/null | grep -q .
}

# How many processes have this name.
count_of()
{
	pids_of "$1" | wc -l
}

# ---- the client -------------------------------------------------------------------------------

# get PATH [CURL-ARGUMENT]...: $STATUS, $T/body, $T/head.
get()
{
	local path=$1
	shift
	STATUS=$(curl -sS --path-as-is --max-time 50 -o "$T/body" -D "$T/head" -w '%{http_code}' "$@" \
		"http://127.0.0.1:$PORT$path" 2>"$T/curl.err")
}

body()
{
	cat "$T/body"
}

# header NAME: its value in the last response.
header()
{
	tr -d '\r' <"$T/head" | sed -n "s/^$1:[[:space:]]*//Ip" | tail -n 1
}

expect_status()
{
	[ "$STATUS" = "$1" ] || fail "status $STATUS where $1 was expected: $(head -c 300 "$T/body" 2>/dev/null) $(cat "$T/curl.err")"
}

expect_body()
{
	grep -aqF -- "$1" "$T/body" || fail "the body lacks '$1': $(head -c 300 "$T/body")"
}

# get_ok PATH [TEXT]
get_ok()
{
	get "$1"
	expect_status 200
	[ $# -lt 2 ] || expect_body "$2"
}

# burst N PATH [CURL-ARGUMENT]...: N requests at once; their status codes, one a line, in $T/burst and
# their bodies in $T/burst.1 and so on. PATH may hold a query.
burst()
{
	local n=$1 path=$2 mark='?'
	shift 2
	[[ $path != *\?* ]] || mark='&'
	rm -f "$T"/burst*
	curl -sS -Z --no-progress-meter --parallel-immediate --parallel-max "$n" --max-time 50 -o "$T/burst.#1" \
		-w '%{http_code}\n' "$@" "http://127.0.0.1:$PORT$path${mark}i=[1-$n]" >"$T/burst" 2>"$T/curl.err"
}

# How many answers of the burst had this status.
burst_count()
{
	grep -cx "$1" "$T/burst"
}

# hold PATH: a request in the background; its pid is $HELD, its answer $T/held and $T/held.status.
hold()
{
	rm -f "$T/held" "$T/held.status"
	curl -sS --max-time 50 -o "$T/held" -w '%{http_code}' "http://127.0.0.1:$PORT$1" >"$T/held.status" 2>"$T/held.err" &
	HELD=$!
}

# hold_worker POOL: a request that is in a worker of this pool, and stays there until released.
hold_worker()
{
	rm -f "$T/mark/held"
	hold "/$1/held?$T/mark/held"
	wait_for '[ -e "$T/mark/held" ]'
}

release_worker()
{
	rm "$T/mark/held"
}

# expect_held WHAT STATUS: waits for it.
expect_held()
{
	wait "$HELD"
	expect "$1" "$(cat "$T/held.status")" "$2"
}

# raw TEXT [SECONDS]: sends bytes (printf escapes) in one piece, prints what comes until the server
# closes; fails if it has not by then.
raw()
{
	local s code piece=$T/raw.$BASHPID
	# shellcheck disable=SC2059 # escapes are wanted
	printf "$1" >"$piece"
	exec {s}<>"/dev/tcp/127.0.0.1/$PORT"
	cat "$piece" >&"$s"
	timeout "${2:-30}" cat <&"$s"
	code=$?
	exec {s}>&-
	return $code
}

# ---- begin ------------------------------------------------------------------------------------

trap at_exit EXIT
trap 'fail "it was told to end"' TERM INT
mkdir -m 1777 "$T/san" "$T/mark"
mkdir -p "$T/bin" "$T/www"
chmod 755 "$T" "$T/bin" "$T/www"
cp "$BUILD"/hearth "$BUILD"/hearth-gateway "$BUILD"/hearth-exec "$T/bin/" || skip "hearth is not built"
cp "$BUILD"/tools/fcgi-probe "$T/bin/" || skip "the tools are not built"
PORT=$(new_port)
