#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A libfcgi worker that answers without reading the body leaves nothing behind for the next request.
. "$(dirname "$0")/lib.sh"

{ head_of_conf; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

for size in 100 9000 60000 200000; do
	head -c $size /dev/zero >"$T/sent"
	for _ in 1 2 3; do
		get /app/hello --data-binary "@$T/sent"
		expect_status 200
		get_ok /app/hello hello
	done
done
hearth_stop
