#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a request costs the gateway in a pool of 5 workers and in one of 500 (MANY), at the same 32
# keep-alive connections, in interleaved rounds: CPU time of the gateway alone, all its threads. Fails if
# the many cost more than MOST (1.10) times as much. A pool of 32 shows what is due to more workers than 5
# being at work at once, and not to those that are there besides.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk curl:curl

MANY=${MANY:-500}
servers=(few all many)
declare -A workers=([few]=5 [all]=32 [many]=$MANY) url=() gateway=()
for name in "${servers[@]}"; do
	port=$(free_port)
	url[$name]=http://127.0.0.1:$port/bench/
	start_hearth "$name" "$port" "${workers[$name]}" "pm.max_spawn_rate = 10000"
	gateway[$name]=$(find /proc -maxdepth 2 -regex '/proc/[0-9]+/exe' -lname "$T/$name/hearth-gateway" -printf '%f %h\n' 2>/dev/null | head -n 1)
	gateway[$name]=${gateway[$name]##*/}
	[ -n "${gateway[$name]}" ] || { echo "failed: $name has no gateway"; exit 1; }
	for _ in {1..600}; do
		"$T/$name/hearth" status -s "$T/$name/run/control.sock" --json | grep -Eq "\"idle\": *${workers[$name]}," && break
		sleep 0.1
	done
done

# Nanoseconds of CPU that the threads of this process have used.
threads_ns()
{
	cat "/proc/$1"/task/*/schedstat | awk '{ n += $1 } END { printf "%.0f\n", n }'
}

# round NAME: appends "requests/s us-of-the-gateway/request errors" to $T/NAME.rounds.
round()
{
	local before after
	before=$(threads_ns "${gateway[$1]}")
	wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" "${url[$1]}" >"$T/wrk" || { cat "$T/wrk"; exit 1; }
	after=$(threads_ns "${gateway[$1]}")
	awk -v ns=$((after - before)) '
		/requests in/ { requests = $1 }
		/^Requests\/sec/ { rate = $2 }
		/Non-2xx|Socket errors/ { errors = 1 }
		END { print rate, requests ? ns / 1000 / requests : 0, errors + 0 }' "$T/wrk" >>"$T/$1.rounds"
}

for ((i = 0; i < ROUNDS; i++)); do
	for name in "${servers[@]}"; do
		round "$name"
	done
done

table "${servers[@]}"
few=$(median few 2) all=$(median all 2) many=$(median many 2)
awk -v few="$few" -v all="$all" -v many="$many" -v n="$MANY" -v most="${MOST:-1.10}" 'BEGIN {
	printf "bench many-workers few_us=%.2f all_us=%.2f many_us=%.2f workers=%d ratio=%.3f\n", few, all, many, n, many / few
	if (many > few * most) {
		printf "failed: with %d workers a request costs %.2f times as much\n", n, many / few
		exit 1
	}
}'
