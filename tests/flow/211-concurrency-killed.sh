#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A worker that ends with requests in all its seats: each of them has one answer, whether it was killed
# or ended for the one that overran; another worker takes its place, and other pools notice nothing.
. "$(dirname "$0")/lib.sh"

threads()
{
	sed 's/^command.*/& threads=4/'
}

{
	head_of_conf "threads = 2" "access.log = $T/access.log"
	probe_pool app "pm = static" "pm.max_children = 1" "pm.concurrency = 4" | threads
	probe_pool brief "pm = static" "pm.max_children = 1" "pm.concurrency = 4" \
		"request_terminate_timeout = 2s" | threads
	probe_pool other "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'

# in_all_seats POOL: four requests that are in its worker; their statuses come to $T/seat.1 and so on.
in_all_seats()
{
	local i
	SEATS=()
	for i in {1..4}; do
		curl -sS --max-time 50 -o "$T/seat.$i.body" -w '%{http_code}\n' \
			"http://127.0.0.1:$PORT/$1/held?$T/mark/$i" >"$T/seat.$i" 2>/dev/null &
		SEATS+=($!)
	done
	wait_for '[ "$(ls "$T/mark" | wc -l)" = 4 ]'
}

# ... in $ANSWERS, when all have come.
wait_for_seats()
{
	wait "${SEATS[@]}"
	rm -f "$T"/mark/*
	ANSWERS=$(sort "$T"/seat.[1-4] | tr '\n' ' ')
}

get_ok /app/pid
victim=$(cut -d' ' -f1 "$T/body")
in_all_seats app
hold /app/pid # nobody has a seat for it
wait_for 'ctl status --json app; grep -Eq "\"waiting\": *1," "$T/ctl.out"'
kill -KILL "$victim"
wait_for_seats
expect "answers" "$ANSWERS" "502 502 502 502 "
expect_held "the one that waited" 200
[ "$(cut -d' ' -f1 "$T/held")" != "$victim" ] || fail "it was in the worker that was killed"
expect "obituaries" "$(log_count "child $victim .*(signal 9|SIGKILL)")" 1
wait_for '[ "$(grep -c "GET /app/held" "$T/access.log")" = 4 ]'

# One overruns, and the others go with it: 502, or 504 if their own time was over as well.
in_all_seats brief
wait_for_seats
[[ $ANSWERS =~ ^(50[24]\ ){4}$ && $ANSWERS == *504* ]] || fail "answers: $ANSWERS"
get_ok /brief/hello hello
# Once, or once more where somebody came so late that he had a worker of his own.
expect_log 'child [0-9]+ exited on signal 9.*request_terminate_timeout'
get_ok /other/pid
expect "requests of the other pool's worker" "$(cut -d' ' -f2 "$T/body")" 1
wait_for '[ "$(count_of fcgi-probe)" = 3 ]'
hearth_stop
