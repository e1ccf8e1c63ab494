#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A client that closes within its answer leaves nothing behind, whatever kind of answer that is: no
# script, no busy worker, no spooled byte, no open file.
# variants: plain
. "$(dirname "$0")/lib.sh"

mkdir -m 1777 "$T/spool"
mkdir "$T/files"
truncate -s 1G "$T/files/hole"
script flood <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\n'
exec cat /dev/zero
END
script nph-flood <<'END'
#!/bin/sh
printf 'HTTP/1.1 200 OK\r\n\r\n'
exec cat /dev/zero
END
script file <<'END'
#!/bin/sh
printf 'X-Sendfile: hole\n\n'
END
script to-flood <<'END'
#!/bin/sh
printf 'Location: %s\n\n' "$QUERY_STRING"
END
script drip <<'END'
#!/bin/sh
printf 'Content-Type: text/event-stream\n\n'
while echo tick; do sleep 0.05; done
END
{
	head_of_conf "spool_dir = $T/spool"
	script_pool "max_spool = 16m" "sendfile_root = $T/files"
	script_pool "response_buffering = no" | sed "s/^\[scripts\]/[direct]/; s|= /cgi-bin/|= /direct/|"
	probe_pool app "pm = static" "pm.max_children = 1" "max_spool = 16m"
} >"$T/conf"
hearth_start "$T/conf"
gateway=$(pids_of hearth-gateway)
get_ok /app/pid "1"
worker=$(cut -d' ' -f1 "$T/body")

# Of the spool and of the files that programs name.
files_open()
{
	find "/proc/$gateway/fd" \( -lname "$T/spool/*" -o -lname "$T/files/hole*" \) | wc -l
}

for path in /cgi-bin/flood /direct/flood /cgi-bin/nph-flood /cgi-bin/file '/app/big?n=49999999' /cgi-bin/drip /direct/drip \
	'/cgi-bin/to-flood?/direct/flood' '/cgi-bin/to-flood?/cgi-bin/nph-flood' '/cgi-bin/to-flood?/cgi-bin/file'; do
	for _ in 1 2 3; do
		exec {S}<>"/dev/tcp/127.0.0.1/$PORT"
		printf 'GET %s HTTP/1.1\r\nHost: a\r\n\r\n' "$path" >&"$S"
		read -r -N 15 -t 40 _ <&"$S" || fail "$path: nothing came"
		exec {S}>&-
	done
	wait_for '! scripts_run' || fail "$path: a script is left"
	wait_for '[ "$(files_open)" = 0 ]'
	wait_for 'ctl status --json; ! grep -q "\"busy\":[1-9]" "$T/ctl.out"'
done
get_ok /app/pid "$worker "
expect_no_log 'ALERT|what it wrote may not be all'
hearth_stop
