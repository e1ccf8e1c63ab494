#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Workers that end by themselves after some requests (php-cgi does after PHP_FCGI_MAX_REQUESTS) are
# replaced at once: the pool is not taken for a broken one.
. "$(dirname "$0")/lib.sh"

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 1" "pm.queue_timeout = 40s"
} >"$T/conf"
hearth_start "$T/conf"
for _ in {1..15}; do
	get_ok /app/exit hello
done
get_ok /app/hello hello
expect_no_log 'is shut,'
hearth_stop
