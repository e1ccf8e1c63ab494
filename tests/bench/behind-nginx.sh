#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the hop costs: nginx -> hearth -> four libfcgi workers against nginx -> the same workers, at 32
# keep-alive connections, in interleaved rounds; one process of nginx everywhere.
#   hearth         kept-open connections to hearth, as many as nginx likes: they pin nobody
#   hearth-plain   the same, and workers that are not scheduled as a batch
#   direct         a connection for each request, as nginx's users run it
#   direct-kept    kept connections, as many as there are workers: more would pin them
#   direct-batch   a connection for each request, and workers scheduled as a batch
# As a single-threaded program that waits is what a manager of processes is for, fairness is told too:
# the last table is of times, of requests of 32 clients.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk nginx:nginx-light spawn-fcgi:spawn-fcgi multiwatch:multiwatch curl:curl

servers=(hearth direct direct-kept direct-batch hearth-plain)
declare -A url
for name in "${servers[@]}"; do
	port=$(free_port)
	url[$name]=http://127.0.0.1:$port/bench/
	case $name in
	hearth) start_behind "$name" "$port" 4 1 32 ;;
	hearth-plain) start_behind "$name" "$port" 4 1 32 "process.batch = no" ;;
	direct) start_nginx "$name" "$port" 4 1 0 ;;
	direct-kept) start_nginx "$name" "$port" 4 1 4 ;;
	direct-batch) start_nginx "$name" "$port" 4 1 0 chrt -b 0 ;;
	esac
done

for ((round = 0; round < ROUNDS; round++)); do
	for name in "${servers[@]}"; do
		load "$name" "${url[$name]}"
	done
done

table "${servers[@]}"
machine behind-nginx "${servers[@]}"
