#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the hop costs: nginx -> hearth -> four libfcgi workers against nginx -> the same workers, at 32
# keep-alive connections, in interleaved rounds; one process of nginx everywhere.
#   hearth         kept-open connections to hearth, as many as nginx likes: they pin nobody
#   hearth-plain   the same, and workers that are not scheduled as a batch
#   direct         a connection for each request, as nginx's users run it
#   direct-batch   the same, and workers scheduled as a batch
#   direct-kept    kept connections, as many as there are workers
# The honest comparison is with direct. A program that serves one connection at a time is the own of
# whoever has kept one to it: with direct-kept four clients are served (requests/s times the mean time
# of one is 4), and 28 get no answer at all, which no figure of wrk shows.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk nginx:nginx-light spawn-fcgi:spawn-fcgi multiwatch:multiwatch curl:curl

servers=(hearth direct direct-batch direct-kept hearth-plain)
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
machine behind-nginx hearth direct
