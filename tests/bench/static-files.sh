#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A file of 14 bytes and one of 100 KB at 32 keep-alive connections: hearth beside lighttpd and nginx,
# each with one event loop, in interleaved rounds. nginx-auto has a process for each processor.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk nginx:nginx-light lighttpd:lighttpd curl:curl

make_files
servers=(hearth lighttpd nginx-1 nginx-auto)
declare -A port
for name in "${servers[@]}"; do
	port[$name]=$(free_port)
	files_from "$name" "${port[$name]}"
done

for file in small.txt large.bin; do
	rm -f "$T"/*.rounds
	for ((round = 0; round < ROUNDS; round++)); do
		for name in "${servers[@]}"; do
			load "$name" "http://127.0.0.1:${port[$name]}/$file"
		done
	done
	echo "$file, $(stat -c %s "$T/www/$file") bytes"
	table "${servers[@]}"
	machine "static-${file%.*}" "${servers[@]}"
done
