#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A runner that has run a script has proved itself as a worker does by an answer: when young ones are killed
# again and again, each after its work, that is no failure of the pool, which is not shut.
. "$(dirname "$0")/lib.sh"

script hello <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\nhello\n'
END
{
	head_of_conf "threads = 1"
	script_pool "pm.max_children = 1" | sed '/^pm.max_children = 8/d'
} >"$T/conf"
hearth_start "$T/conf"

no_streak()
{
	ctl status --json && grep -q '"streak":0,' "$T/ctl.out"
}

for i in {1..5}; do
	get_ok /cgi-bin/hello hello
	wait_for no_streak # who is killed before it has told of the script's end has proved nothing
	runner=$(pids_of hearth-exec)
	[ -n "$runner" ] || fail "there is no runner"
	kill -KILL "$runner"
	wait_for "not_running $runner"
	wait_for "[ \"\$(log_count 'runner [0-9]+ exited on signal 9')\" = $i ]"
done
get_ok /cgi-bin/hello hello
expect_no_log 'is shut'
wait_for no_streak
hearth_stop
