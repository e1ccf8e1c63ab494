#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The page of metrics is OpenMetrics to the letter, before and after a load, and its counters add up.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

script hello <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello\n'
EOF
script slow <<'EOF'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nbegun\n'
exec sleep 30
EOF
{
	head_of_conf "threads = 2"
	probe_pool app "pm = ondemand" "pm.max_children = 2" "pm.max_queue = 100"
	probe_pool brief "pm = ondemand" "request_terminate_timeout = 1s" "response_header_timeout = 0"
	probe_pool idle "pm = ondemand"
	script_pool
} >"$T/conf"
hearth_start "$T/conf"

metrics()
{
	get /hearth/metrics
	expect_status 200
	expect "its type" "$(header Content-Type)" "application/openmetrics-text; version=1.0.0; charset=utf-8"
	/usr/bin/python3 "$ROOT/tests/flow/tools/openmetrics.py" "$T/body" || fail "no OpenMetrics, see above"
	! /usr/bin/python3 -c 'import prometheus_client' 2>/dev/null || /usr/bin/python3 -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read
list(read(open(sys.argv[1], newline="").read()))' "$T/body" || fail "prometheus_client cannot read it, see above"
}
value()
{
	/usr/bin/python3 "$ROOT/tests/flow/tools/openmetrics.py" "$T/body" "$@"
}
is()
{
	local wanted=$1
	shift
	expect "$*" "$(value "$@")" "$wanted"
}

metrics
is 0 hearth_pool_requests_total pool=app
is 0 hearth_pool_spawn_seconds_count pool=app
is 1 hearth_pool_door pool=app hearth_pool_door=open
is none hearth_pool_responses_total pool=app

burst 20 /app/hello
expect "answers" "$(burst_count 200)" 20
for _ in 1 2 3; do get '/app/status?404'; done
get /app/garbage
expect_status 502
get /app/crash
expect_status 502
get '/app/echo' -d 0123456789
get_ok /cgi-bin/hello
get_ok /cgi-bin/hello
# It is killed at its time.
get /brief/silent
expect_status 504
# Its client leaves; what it has not read makes that a reset.
exec {s}<>"/dev/tcp/127.0.0.1/$PORT"
printf 'GET /cgi-bin/slow HTTP/1.1\r\nHost: a\r\n\r\n' >&"$s"
wait_for 'read -r -t 0 -u "$s"'
exec {s}>&-
wait_for '! scripts_run'
settled()
{
	metrics
	[ "$(value hearth_pool_workers state=busy)" = 0 ] && [ "$(value hearth_pool_responses_total)" = 30 ] &&
		[ "$(value hearth_pool_ended_total pool=brief reason=terminate_timeout)" = 1 ]
}
wait_for settled

is 26 hearth_pool_requests_total pool=app
is 26 hearth_pool_responses_total pool=app
is 21 hearth_pool_responses_total pool=app code=200
is 3 hearth_pool_responses_total pool=app code=404
is 2 hearth_pool_responses_total pool=app code=502
is 1 hearth_pool_responses_total pool=brief code=504
is 26 hearth_pool_request_seconds_count pool=app
is 26 hearth_pool_request_seconds_bucket pool=app le=+Inf
is 10 hearth_pool_received_bytes_total pool=app
is 1 hearth_pool_ended_total pool=brief reason=terminate_timeout
is 0 hearth_pool_ended_total pool=brief reason=header_timeout
is 1 hearth_pool_ended_total pool=app reason=nonsense
is 1 hearth_pool_ended_total pool=app reason=crashed
is 1 hearth_pool_ended_total pool=scripts reason=client_left
is 3 hearth_pool_requests_total pool=scripts
is 2 hearth_pool_responses_total pool=scripts code=200
is 1 hearth_pool_responses_total pool=scripts code=499
is 3 hearth_pool_spawn_seconds_count pool=scripts
is 3 hearth_pool_queue_seconds_count pool=scripts
is 3 hearth_pool_first_byte_seconds_count pool=scripts
[ "$(value hearth_pool_max_busy pool=app)" -ge 1 ] || fail "nobody was ever busy"
[ "$(value hearth_pool_cold_starts_total pool=app)" -ge 1 ] || fail "no cold start"
[ "$(value hearth_pool_spawn_seconds_count pool=app)" -ge 2 ] || fail "no worker was started"
[ "$(value hearth_pool_max_waiting pool=app)" -ge 1 ] || fail "nobody ever waited"
# Every request that came to a pool is over, and was counted once.
expect "all requests" "$(value hearth_pool_responses_total)" "$(value hearth_pool_requests_total)"
is 0 hearth_pool_requests_total pool=idle
is 0 hearth_pool_waiting
hearth_stop
