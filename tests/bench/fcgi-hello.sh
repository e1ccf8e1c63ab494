#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The same four libfcgi workers behind hearth and behind nginx, at 32 keep-alive connections, in
# interleaved rounds. nginx as its users run it: one process, one a core, and one with kept upstream
# connections (as many as there are workers: more would pin them). As hearth schedules its workers as
# a batch, both are also shown with the other's way: hearth-plain without, nginx-batch with it.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk nginx:nginx-light spawn-fcgi:spawn-fcgi multiwatch:multiwatch curl:curl

servers=(nginx-1 nginx-auto nginx-keepalive nginx-batch)
[ "${WITHOUT_HEARTH:-}" = 1 ] || servers=(hearth "${servers[@]}" hearth-plain)
declare -A url
for name in "${servers[@]}"; do
	port=$(free_port)
	url[$name]=http://127.0.0.1:$port/bench/
	case $name in
	hearth) start_hearth "$name" "$port" 4 ;;
	hearth-plain) start_hearth "$name" "$port" 4 "process.batch = no" ;;
	nginx-1) start_nginx "$name" "$port" 4 1 0 ;;
	nginx-auto) start_nginx "$name" "$port" 4 auto 0 ;;
	nginx-keepalive) start_nginx "$name" "$port" 4 1 4 ;;
	nginx-batch) start_nginx "$name" "$port" 4 1 0 chrt -b 0 ;;
	esac
done

for ((round = 0; round < ROUNDS; round++)); do
	for name in "${servers[@]}"; do
		load "$name" "${url[$name]}"
	done
done

table "${servers[@]}"
machine fcgi-hello "${servers[@]}"
