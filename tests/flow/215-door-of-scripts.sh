#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A cgi pool whose runner cannot start: 503 quickly, and not after pm.queue_timeout; it serves again when
# what is wrong is mended.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello from a script\n'
END
{
	head_of_conf
	script_pool "restart_backoff_max = 1s"
	probe_pool well "pm = static" "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"
chmod 644 "$T/bin/hearth-exec" # which is to be started when the first request comes

burst 4 /cgi-bin/hello --max-time 20
expect "answers" "$(burst_count 503)" 4
wait_for 'get /cgi-bin/hello --max-time 20; [ "$STATUS" = 503 ]'
[ "$(header Retry-After)" -ge 1 ] || fail "Retry-After: '$(header Retry-After)'"
get_ok /well/hello hello

chmod 755 "$T/bin/hearth-exec"
wait_for 'get /cgi-bin/hello --max-time 20; [ "$STATUS" = 200 ]' 20
burst 10 /cgi-bin/hello --max-time 20
expect "answers when it is mended" "$(burst_count 200)" 10
hearth_stop
