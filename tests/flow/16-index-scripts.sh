#!/bin/bash
# SPDX-License-Identifier: MIT
#
# index names that a route claims: the first that is there answers, be it a script or a file.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

mkdir "$T/www/both" "$T/www/php" "$T/www/html" "$T/www/none"
echo "<?php SECRET ?>" | tee "$T/www/both/index.php" >"$T/www/php/index.php"
echo "page" | tee "$T/www/both/index.html" >"$T/www/html/index.html"
conf()
{
	head_of_conf "$1"
	probe_pool php "pm = ondemand" "pm.max_children = 1" | sed 's|^route = .*|route = *.php|'
}
conf "index = index.php index.html" >"$T/conf"
hearth_start "$T/conf"

# The probe has no deed for an empty PATH_INFO, but it is the probe that says so.
by_the_script()
{
	get "$@"
	expect "the script's answer to $1" "$(body)" "no such deed"
}
by_the_script /both/
by_the_script /php/
by_the_script /php/ -d "body=1"
get_ok /html/ page
get /none/
expect_status 404
get /php
expect_status 301
expect Location "$(header Location)" /php/

conf "index = index.html index.php" >"$T/conf"
hearth=$MANAGER
kill -HUP "$hearth"
wait_for 'get /both/; [ "$(body)" = page ]'
by_the_script /php/
hearth_stop
