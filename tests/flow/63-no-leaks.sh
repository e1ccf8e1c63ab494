#!/bin/bash
# SPDX-License-Identifier: MIT
#
# 10,000 requests of every kind (2,000 under a sanitizer) leave as many descriptors open as there were before.
. "$(dirname "$0")/lib.sh"

script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello\n'
END
echo "a file" >"$T/www/file.txt"
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 2"; } >"$T/conf"
hearth_start "$T/conf"

round()
{
	local url=http://127.0.0.1:$PORT
	curl -sS -Z --parallel-max 4 --max-time 50 -o /dev/null "$url/app/hello?[1-$1]" "$url/file.txt?[1-$(($1 / 4))]" \
		"$url/nowhere?[1-$(($1 / 20))]" "$url/cgi-bin/hello?[1-$(($1 / 20))]" || fail "curl: $?"
	curl -sS --max-time 50 -o /dev/null -d 'a body' "$url/app/echo?[1-$(($1 / 20))]"
	curl -sS -H 'Connection: close' --max-time 50 -o /dev/null "$url/app/hello?[1-$(($1 / 50))]"
	for _ in 1 2 3; do
		curl -s --max-time 0.05 -o /dev/null "$url/app/slow?ms=200" # a client that leaves
	done
}

descriptors()
{
	local pid
	for pid in $(pids_of 'hearth[a-z-]*'); do
		echo "$(cat "/proc/$pid/comm") $(find "/proc/$pid/fd" -mindepth 1 | wc -l)"
	done
}

settled()
{
	local before
	before=$(descriptors)
	sleep 0.3
	[ "$(descriptors)" = "$before" ]
}

case $BUILD in
*/asan | */tsan) many=1400 ;; # whose programs are slow
*) many=7200 ;;
esac
round 200
wait_for settled
before=$(descriptors)
round $many
# Fewer is no leak; connections may close a little later.
no_more()
{
	paste <(echo "$before") <(descriptors) | awk '$4 > $2 { bad = 1 } END { exit bad }'
}
wait_for no_more || fail "before: $before; after: $(descriptors)"
hearth_stop
