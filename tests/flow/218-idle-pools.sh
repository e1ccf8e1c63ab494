#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A thousand pools that nobody asks for cost neither the gateway nor the manager anything: there is no
# news of them. And one of them, when somebody asks, starts its worker and lets it go again in time.
# variants: plain
. "$(dirname "$0")/lib.sh"
[ -r /proc/self/schedstat ] || skip "this kernel does not count the time of threads"

script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello\n'
END
# One pool of each kind, and 500 like it.
{
	probe_pool appNN "pm = ondemand" "pm.process_idle_timeout = 1s"
	script_pool | sed 's|\[scripts\]|[scriptsNN]|; s|route = .*|route = /cgiNN/|'
} >"$T/pools"
{
	head_of_conf "threads = 2"
	awk '{ all = all $0 "\n" } END { for (i = 1; i <= 500; i++) { some = all; gsub(/NN/, i, some); print some } }' "$T/pools"
} >"$T/conf"
hearth_start "$T/conf"
gateway=$(pids_of hearth-gateway)

# Microseconds of CPU that both have used.
used()
{
	cat "/proc/$gateway"/task/*/schedstat "/proc/$MANAGER"/task/*/schedstat |
		awk '{ n += $1 } END { printf "%d\n", n / 1000 }'
}

used >"$T/before"
sleep 3
spent=$(($(used) - $(cat "$T/before")))
# A letter for each pool each second was 18,000.
[ $spent -lt 9000 ] || fail "idle for 3 s, they used $spent us"

get_ok /app77/hello hello
expect "workers" "$(count_of fcgi-probe)" 1
get_ok /cgi77/hello hello
wait_for '[ "$(count_of fcgi-probe)" = 0 ]' 6
hearth_stop
