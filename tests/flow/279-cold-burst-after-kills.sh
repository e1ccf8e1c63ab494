#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Workers that are killed while they are idle, and the gateway with them, are no failure of their pool: a
# burst right behind that finds it cold, and none of it is lost.
. "$(dirname "$0")/lib.sh"
GATEWAY_MAY_DIE=yes

{
	head_of_conf "threads = 2"
	probe_pool app "pm = ondemand" "pm.max_children = 4" "pm.max_queue = 4" "pm.process_idle_timeout = 60s"
} >"$T/conf"
hearth_start "$T/conf"

# Which of a burst is older than the kill, nobody can tell: it comes when they are dead.
kill_all()
{
	local pid pids=$*
	# shellcheck disable=SC2086 # a list
	kill -KILL $pids
	for pid in $pids; do wait_for "not_running $pid"; done
}

all_idle()
{
	ctl status --json && grep -q '"busy":0,' "$T/ctl.out"
}

for i in {1..5}; do
	burst 8 /app/hello
	expect "served by burst $i" "$(burst_count 200)" 8
	wait_for all_idle
	workers=$(pids_of fcgi-probe)
	[ -n "$workers" ] || fail "there is no worker"
	if [ $((i % 2)) = 0 ]; then
		kill_all "$workers" "$(pids_of hearth-gateway)"
		wait_for "[ \"\$(log_count 'gateway [0-9]+ has taken over')\" = $((i / 2)) ]"
	else
		kill_all "$workers"
	fi
done
burst 8 /app/hello
expect "served" "$(burst_count 200)" 8
expect_no_log 'is shut'
hearth_stop
