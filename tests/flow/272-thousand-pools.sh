#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 1,000 ondemand pools: asleep they cost manager and gateway together at most 48 MB, all of them wake for a
# request each, and go to sleep again; a reload that changes one of them touches no other.
# (tests/bench/idle-pools.sh prints how long things take.)
# variants: plain
# limit: 240
. "$(dirname "$0")/lib.sh"

POOLS=1000

# conf IDLE-TIMEOUT LINE-OF-POOL-500
conf()
{
	head_of_conf
	for ((i = 1; i <= POOLS; i++)); do
		probe_pool "pool$i" "pm = ondemand" "pm.max_children = 4" "pm.process_idle_timeout = $1"
		[ "$i" -ne 500 ] || echo "${2:-}"
	done
}

# KiB of manager and gateway, shared pages shared out; or, for who may not see that, counted in full.
memory()
{
	local pid
	for pid in "$MANAGER" "$(pids_of hearth-gateway)"; do
		{ cat "/proc/$pid/smaps_rollup" || cat "/proc/$pid/status"; } 2>/dev/null | awk '/^(Pss|VmRSS):/ { print $2 }'
	done | awk '{ n += $1 } END { print NR == 2 ? n : "unknown" }'
}

small_enough()
{
	local kib
	kib=$(memory)
	[ "$kib" -le $((48 * 1024)) ] || fail "$1: manager and gateway have $kib KiB"
}

all_asleep()
{
	[ "$(count_of fcgi-probe)" = 0 ]
}

# ask N: so many pools answer one request each; what they say goes to $T/answers.
ask()
{
	curl -sS -Z --no-progress-meter --parallel-max 8 --max-time 200 -o /dev/null -w '%{http_code}\n' \
		"http://127.0.0.1:$PORT/pool[1-$1]/hello" >"$T/answers" 2>"$T/curl.err"
	expect "answers of $1 pools" "$(sort "$T/answers" | uniq -c | xargs)" "$1 200"
}

conf 1s >"$T/conf"
hearth_start "$T/conf"
all_asleep || fail "pools are awake"
small_enough "asleep"

ask 200
wait_for all_asleep 60
small_enough "asleep again"

# Awake, all at once; then one pool changes.
conf 1h >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
ask $POOLS
expect "workers" "$(count_of fcgi-probe)" $POOLS
small_enough "with $POOLS workers"
before=$(pids_of fcgi-probe)
conf 1h "env[ROUND] = two" >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
wait_for '[ "$(count_of fcgi-probe)" = 999 ]' 60
get_ok /pool500/hello hello
expect "workers that stayed" "$(comm -12 <(sort <<<"$before") <(pids_of fcgi-probe | sort) | wc -l)" 999
hearth_stop
