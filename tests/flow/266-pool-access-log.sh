#!/bin/bash
# SPDX-License-Identifier: MIT
#
# access.log and access.format of a pool: its lines are there and not in that of [gateway]; lines that wait for
# a script's exit too; access.suppress_path leaves out checks that went well; a reload takes a log away.
# variants: plain asan tsan
. "$(dirname "$0")/lib.sh"

echo "a file" >"$T/www/file.txt"
script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\n\nhello\n'
END
conf()
{
	head_of_conf "access.log = $T/access" "access.format = %r%Q%q %s" "access.suppress_path[] = /file.txt" "threads = 2"
	probe_pool app "pm.max_children = 1" "access.suppress_path[] = /app/hello" "access.suppress_path[] = /app/pid" "$@"
	probe_pool plain "pm.max_children = 1"
	script_pool "access.log = $T/\$pool.access" "access.format = json"
}
conf "access.log = $T/\$pool.access" "access.format = %n %m %r %s %p" >"$T/conf"
hearth_start "$T/conf"

get_ok /app/slow?ms=1
pid=$(cut -d' ' -f1 "$T/body")
get_ok /plain/slow?ms=1
get_ok /cgi-bin/hello hello
get /missing
wait_for "grep -qx 'app GET /app/slow 200 $pid' '$T/app.access'"
wait_for "grep -qx '/plain/slow?ms=1 200' '$T/access'"
wait_for "grep -qx '/missing 404' '$T/access'"
wait_for "grep -q '\"pool\":\"scripts\"' '$T/scripts.access'"
perl -MJSON::PP -ne 'my $o = decode_json($_); die "$_" unless $o->{pool} eq "scripts" && $o->{memory} > 0' "$T/scripts.access" || fail "$(cat "$T/scripts.access")"
! grep -q '/app/\|cgi-bin' "$T/access" || fail "lines of the pools: $(cat "$T/access")"

# Left out, if there is nothing to tell.
get_ok /app/hello
get_ok /app/pid
get /app/hello -I
get_ok /file.txt
get_ok "/app/hello?all"
get /app/hello -X POST -d x=1
get_ok "/file.txt?x"
hold_worker app
kill -KILL "$pid"
expect_held "the one whose worker died" 502
get_ok "/app/status?200" ''
wait_for "grep -q 'GET /app/status 200' '$T/app.access'"
expect "lines of /app/hello" "$(grep -c ' /app/hello ' "$T/app.access")" 2
expect "lines of /app/pid" "$(grep -c ' /app/pid ' "$T/app.access")" 0
wait_for "grep -qx '/file.txt?x 200' '$T/access'"
expect "lines of /file.txt" "$(grep -c '^/file.txt ' "$T/access")" 0

# Many at once, from more than one lane: not a line is lost or torn.
before=$(wc -l <"$T/app.access")
burst 60 "/app/slow?ms=1"
expect "good answers" "$(burst_count 200)" 60
wait_for '[ "$(wc -l <"$T/app.access")" = $((before + 60)) ]'
expect "lines like others" "$(grep -cvE '^app (GET|POST) /app/[a-z]+ [0-9]+ [0-9]+$' "$T/app.access")" 0

# Without a log of its own the pool's lines are in the gateway's, and there too without such checks.
conf >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
lines=$(wc -l <"$T/app.access")
get_ok "/app/hello"
get_ok "/app/hello?now-here"
wait_for "grep -qx '/app/hello?now-here 200' '$T/access'"
expect "lines of /app/hello" "$(grep -cx '/app/hello 200' "$T/access")" 0
expect "lines in the log of before" "$(wc -l <"$T/app.access")" "$lines"
hearth_stop
