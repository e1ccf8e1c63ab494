#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A thousand scripts that leave children of every kind leave no zombie below a runner; and a child
# that keeps the output open does not hold the response for longer than a moment.
# variants: plain
. "$(dirname "$0")/lib.sh"

script forks <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nforks\n'
(: &)
(sleep 0.01 &)
setsid true &
exec true
END
script holds <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nheld\n'
(trap '' TERM; setsid sleep 1000 &)
END
{ head_of_conf; script_pool; } >"$T/conf"
hearth_start "$T/conf"

burst 1000 /cgi-bin/forks --parallel-max 16
expect "good answers" "$(burst_count 200)" 1000
# Nobody is below a runner, dead or alive.
no_children()
{
	local pid
	for pid in $(pids_of hearth-exec); do
		! pgrep -P "$pid" >/dev/null || return 1
	done
}
wait_for no_children
[ "$(count_of hearth-exec)" -gt 0 ] || fail "there is no runner"

# 1000 s otherwise.
get_ok /cgi-bin/holds held
wait_for no_children
hearth_stop
