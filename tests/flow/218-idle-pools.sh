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

# How often the manager has run: who hears nothing sleeps, and who is told of each pool each second
# runs at least as often as the gateway ticks. What it has to do after its start ends some time, and a
# crowded machine cuts one run into several: some eight ticks in a row are to be silent, not the first.
runs()
{
	awk '{ print $3 }' "/proc/$MANAGER/schedstat"
}
ticks()
{
	awk '{ n += $3 } END { print n }' "/proc/$gateway"/task/*/schedstat
}
for look in {1..10}; do
	was=$(runs)
	first=$(ticks)
	wait_for '[ "$(ticks)" -ge $((first + 8)) ]' 30
	ran=$(($(runs) - was))
	[ "$ran" -gt 3 ] || break
done
[ "$ran" -le 3 ] || fail "the manager ran $ran times while nobody asked for anything, at look $look too"

get_ok /app77/pid
worker=$(cut -d' ' -f1 "$T/body")
get_ok /cgi77/hello hello
wait_for "not_running $worker" 30
expect "workers" "$(count_of fcgi-probe)" 0
hearth_stop
