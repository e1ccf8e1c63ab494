#!/bin/bash
# SPDX-License-Identifier: MIT
#
# slowlog_command: it gets pid, request id and script, what it says is in the record, escaped and bounded; one
# at a time; one that does not end is killed with its children; one that cannot be run is said so.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

look=$T/bin/look
cat >"$look" <<'END'
#!/bin/sh
echo "looks at $*"
printf 'a\033[2Jb\r\n[pool forged] pid 1\n'
id -u
echo "and complains" >&2
END
cat >"$T/bin/talks" <<'END'
#!/bin/sh
head -c 3000000 /dev/zero | tr '\0' x | fold -w 100
END
cat >"$T/bin/hangs" <<'END'
#!/bin/sh
echo begun
sleep 1000 &
wait
END
printf '#!/nonexistent/interpreter\n' >"$T/bin/cannot"
chmod 755 "$T"/bin/*
slow="request_slowlog_timeout = 200ms"
{
	head_of_conf
	probe_pool app "pm.max_children = 2" "$slow" "slowlog = $T/\$pool.slow" "slowlog_command = $look --pid %p \"%r %s\" 100%%"
	probe_pool loud "pm.max_children = 1" "$slow" "slowlog = $T/\$pool.slow" "slowlog_command = $T/bin/talks"
	probe_pool none "pm.max_children = 1" "$slow" "slowlog_command = $T/bin/cannot %p"
	probe_pool stuck "pm.max_children = 1" "$slow" "slowlog = $T/\$pool.slow" "slowlog_command = $T/bin/hangs"
} >"$T/conf"
hearth_start "$T/conf"

hold_worker app
wait_for "grep -q '^command = ' '$T/app.slow'"
release_worker
expect_held "the request" 200
pid=$(cut -d' ' -f1 "$T/held")
id=$(sed -n 's/^request_id = //p' "$T/app.slow")
grep -Fxq "| looks at --pid $pid $id $T/www/app 100%" "$T/app.slow" || fail "$(cat "$T/app.slow")"
grep -Fxq '| a\x1b[2Jb\x0d' "$T/app.slow" || fail "$(cat "$T/app.slow")"
grep -Fxq '| [pool forged] pid 1' "$T/app.slow" || fail "$(cat "$T/app.slow")"
grep -Fxq "| $(id -u)" "$T/app.slow" || fail "not as who we are: $(cat "$T/app.slow")"
grep -Fxq '| and complains' "$T/app.slow" || fail "$(cat "$T/app.slow")"
grep -Eq "^command = $look, exited with code 0 after [0-9]+\.[0-9]{3} sec\$" "$T/app.slow" || fail "$(cat "$T/app.slow")"
expect "lines with controls" "$(LC_ALL=C grep -ac '[^[:print:]]' "$T/app.slow")" 0
expect "records" "$(grep -c '^\[' "$T/app.slow")" 1

hold_worker loud
wait_for "grep -q '^command = ' '$T/loud.slow'" 30
release_worker
expect_held "the loud one" 200
grep -Eq '^command = .*, of its output the beginning$' "$T/loud.slow" || fail "$(grep '^command' "$T/loud.slow")"
[ "$(stat -c %s "$T/loud.slow")" -lt 200000 ] || fail "$(stat -c %s "$T/loud.slow") bytes"

hold_worker none
expect_log '\[pool none\] slow request [0-9a-f]{16}: command = [^ ]*/cannot, exec, for want of the loader or interpreter of [^ ]*/cannot: No such file or directory after '
release_worker
expect_held "that one" 200

# What hangs is ended with its child, and others come behind it.
hold_worker stuck
wait_for 'pgrep -f "$T/bin/hangs"'
release_worker
expect_held "the stuck one" 200
: >"$T/app.slow"
hold_worker app
wait_for "grep -q '^command = ' '$T/stuck.slow'" 30
release_worker
expect_held "the one behind" 200
grep -Eq '^command = .*/hangs, exited on signal 9 \(SIGKILL\) after 1[0-9]\.[0-9]{3} sec, as it took too long$' "$T/stuck.slow" || fail "$(cat "$T/stuck.slow")"
grep -Fxq '| begun' "$T/stuck.slow" || fail "$(cat "$T/stuck.slow")"
wait_for "grep -q '^command = ' '$T/app.slow'"
! pgrep -f "$T/bin/hangs" || fail "it is still there"

# One that runs when hearth stops goes with it.
hold_worker stuck
wait_for 'pgrep -f "$T/bin/hangs"'
release_worker
expect_held "the last one" 200
hearth_stop
grep -q 'was broken off, as hearth stops' "$T/stuck.slow" || fail "$(cat "$T/stuck.slow")"
