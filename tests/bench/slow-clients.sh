#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Two workers, and CLIENTS (1,000) clients that send 100 KB at 1 KB/s and read 1 MB at 10 KB/s: what
# does a normal client of the same workers feel? hearth and nginx, first without the crowd, then while
# it uploads, then while it reads. The crowd gets CROWD_S (20) seconds to get going.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk nginx:nginx-light spawn-fcgi:spawn-fcgi multiwatch:multiwatch curl:curl

CLIENTS=${CLIENTS:-1000}
CROWD_S=${CROWD_S:-20}
PROGRAM=fcgi-bulk
ulimit -Sn "$(ulimit -Hn)"
servers=(hearth nginx)
declare -A port
for name in "${servers[@]}"; do
	port[$name]=$(free_port)
	case $name in
	hearth) start_hearth "$name" "${port[$name]}" 2 "max_spool = 4g" ;;
	nginx) start_nginx "$name" "${port[$name]}" 2 1 0 ;;
	esac
done

# normal WHAT: rounds of a normal client at each server, kept under NAME-WHAT.
normal()
{
	for ((round = 0; round < ROUNDS; round++)); do
		latency "$name-$1" "http://127.0.0.1:${port[$name]}/bench/" 4
	done
}

printf '%-28s %12s %10s %10s %8s\n' "server, crowd" "requests/s" "p50 us" "p99 us" errors
line="bench slow-clients clients=$CLIENTS"
for name in "${servers[@]}"; do
	normal none
	crowd_begins "${port[$name]}" /bench/ "$CLIENTS" body=102400 body-rate=1024 read-rate=10240 again
	sleep "$CROWD_S"
	normal sending
	crowd_ends
	crowd_begins "${port[$name]}" /bench/ "$CLIENTS" body=102400 read-rate=10240 again
	sleep "$CROWD_S"
	normal reading
	crowd_ends
	for what in none sending reading; do
		printf '%-28s %12.0f %10.0f %10.0f %8s\n' "$name, $what" "$(median "$name-$what" 1)" \
			"$(median "$name-$what" 2)" "$(median "$name-$what" 3)" \
			"$(awk '{ n += $4 } END { print n ? "yes" : "none" }' "$T/$name-$what.rounds")"
		line="$line ${name}_$what=$(median "$name-$what" 1) ${name}_${what}_p99_us=$(median "$name-$what" 3)"
	done
	echo "  the last crowd: $crowd_says"
done
echo "$line"
