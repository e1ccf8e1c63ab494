#!/bin/bash
# SPDX-License-Identifier: MIT
#
# CLIENTS (1,000) connections that send heads, send bodies, or read answers at a few bytes a second:
# the 99th percentile of other clients must not change by more than a quarter. With and without the
# crowd in turns, which gets CROWD_S (5) seconds to get going; nginx beside it.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk nginx:nginx-light curl:curl

CLIENTS=${CLIENTS:-1000}
CROWD_S=${CROWD_S:-5}
ulimit -Sn "$(ulimit -Hn)"
make_files
declare -A habit=(
	[heads]="/small.txt $CLIENTS head-rate=10 again"
	[bodies]="/small.txt $CLIENTS body=100000 body-rate=10 again"
	[reading]="/huge.bin $CLIENTS read-rate=1024 again"
)

printf '%-28s %12s %10s %10s %8s\n' "server, crowd" "requests/s" "p50 us" "p99 us" p99
line="bench slowloris clients=$CLIENTS"
for name in hearth nginx-1; do
	port=$(free_port)
	files_from "$name" "$port"
	for what in heads bodies reading; do
		for ((round = 0; round < ROUNDS; round++)); do
			latency "$name-$what-none" "http://127.0.0.1:$port/small.txt" 8
			# shellcheck disable=SC2086 # the words of a habit
			crowd_begins "$port" ${habit[$what]}
			sleep "$CROWD_S"
			latency "$name-$what" "http://127.0.0.1:$port/small.txt" 8
			crowd_ends
		done
		ratio=$(awk -v a="$(median "$name-$what" 3)" -v b="$(median "$name-$what-none" 3)" 'BEGIN { printf "%.2f", a / b }')
		printf '%-28s %12.0f %10.0f %10.0f %7sx\n' "$name, $what" "$(median "$name-$what" 1)" \
			"$(median "$name-$what" 2)" "$(median "$name-$what" 3)" "$ratio"
		line="$line ${name//-/_}_$what=$ratio"
	done
	end_server "$name"
done
echo "$line"
