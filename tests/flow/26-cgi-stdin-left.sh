#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A script that has ended its answer but still reads its body sees the body's end: it, and its permit, do not wait for ever.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

script early <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nearly\n'
exec >&- 2>&-
exec cat >/dev/null
END
head -c 3000000 /dev/zero >"$T/sent"
{ head_of_conf; script_pool "pm.max_children = 1"; } | sed '/max_children = 8/d' >"$T/conf"
hearth_start "$T/conf"

for _ in 1 2 3; do
	get /cgi-bin/early --data-binary "@$T/sent"
	expect_status 200
	expect_body early
done
wait_for '! scripts_run'
hearth_stop
