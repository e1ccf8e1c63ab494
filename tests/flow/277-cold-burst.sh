#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A burst on a cold pool loses none: requests for which a worker can still be started take no place in the
# waiting line, so that a pool without a process takes as many as one whose workers are all there.
. "$(dirname "$0")/lib.sh"

# Nobody is done before we say so.
cat >"$T/bin/app" <<END
#!/bin/sh
until [ -e "$T/mark/go" ]; do sleep 0.02; done
exec "$T/bin/fcgi-probe" "\$@"
END
chmod 755 "$T/bin/app"
script hello <<END
#!/bin/sh
until [ -e "$T/mark/go" ]; do sleep 0.02; done
printf 'Content-Type: text/plain\r\n\r\nhello\n'
END

pool()
{
	probe_pool "$1" "pm = ondemand" "pm.process_idle_timeout = 200ms" "${@:2}" |
		sed "s|^command = .*|command = $T/bin/app threads=${threads:-1}|"
}

{
	head_of_conf
	pool app "pm.max_children = 4" "pm.max_queue = 4"
	pool none "pm.max_children = 2" "pm.max_queue = 0"
	threads=3 pool seats "pm.max_children = 1" "pm.max_queue = 1" "pm.concurrency = 3"
	script_pool "pm.max_queue = 0" "pm.process_idle_timeout = 200ms"
} >"$T/conf"
hearth_start "$T/conf"

# cold_burst POOL PATH PLACES: two more than find a place.
cold_burst()
{
	rm -f "$T/mark/go"
	burst $(($3 + 2)) "$2" &
	load=$!
	wait_for "ctl status --json; grep -q '{\"name\":\"$1\"[^{]*\"refused\":2,' '$T/ctl.out'"
	touch "$T/mark/go"
	wait "$load"
	expect "served by pool $1" "$(burst_count 200)" "$3"
	expect "refused by pool $1" "$(burst_count 503)" 2
}

cold_burst app /app/hello 8
cold_burst none /none/hello 2
cold_burst seats /seats/hello 4
cold_burst scripts /cgi-bin/hello 8

# And once more, when it has been warm.
wait_for '[ "$(count_of fcgi-probe)" = 0 ]'
burst 8 /app/hello
expect "served" "$(burst_count 200)" 8
hearth_stop
