#!/bin/bash
# SPDX-License-Identifier: MIT
#
# umask and rlimit[...] hold for scripts and for FastCGI workers, and only there; a limit that
# nobody can give is refused with its line. CPU time counts for each script.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin"
cp "$T/bin/portrait" "$T/www/cgi-bin/"
script busy <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
echo begun
while :; do :; done
END
portrait_pool()
{
	echo "[app]"
	echo "command = $T/bin/portrait"
	echo "route = /app/"
	user_line
	echo "pm = static"
	echo "pm.max_children = 1"
	printf '%s\n' "$@"
}
has()
{
	grep -qx -- "$1" "$T/body" || fail "$PLACE: wanted '$1', got: $(grep "^${1% *}" "$T/body")"
}

# What everybody gets: the mask, and no more open files than select(2) can see.
hard=$(ulimit -Hn)
soft=1024
[ "$hard" = unlimited ] || [ "$hard" -ge 1024 ] || soft=$hard
{ head_of_conf; script_pool; portrait_pool; } >"$T/conf"
ulimit -Sn "$hard" # as in many containers
hearth_start "$T/conf"
for PLACE in /cgi-bin/portrait /app/x; do
	get_ok "$PLACE"
	has "umask 0022"
	has "limit nofile $soft $hard"
done

# What a pool says. None is more than a plain user may give.
limits=("umask = 0077" "rlimit[as] = 1g" "rlimit[core] = 0" "rlimit[cpu] = 1m:2m" "rlimit[data] = 512m:1g" "rlimit[fsize] = 1m"
	"rlimit[memlock] = 0" "rlimit[nofile] = 64:128" "rlimit[nproc] = 500" "rlimit[stack] = 1m:2m")
nproc=$(ulimit -Hu)
[ "$nproc" = unlimited ] || [ "$nproc" -ge 500 ] || skip "this user may not have 500 processes"
{ head_of_conf; script_pool "${limits[@]}"; portrait_pool "${limits[@]}"; } >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
all_of_it()
{
	has "umask 0077"
	has "limit as 1073741824 1073741824"
	has "limit core 0 0"
	has "limit cpu 60 120"
	has "limit data 536870912 1073741824"
	has "limit fsize 1048576 1048576"
	has "limit memlock 0 0"
	has "limit nofile 64 128"
	has "limit nproc 500 500"
	has "limit stack 1048576 2097152"
}
for PLACE in /cgi-bin/portrait /app/x; do
	limited()
	{
		get_ok "$PLACE"
		grep -qx "limit nofile 64 128" "$T/body"
	}
	wait_for limited
	all_of_it
done
# They are felt: a file may not become larger.
get '/cgi-bin/portrait?fill=2000000'
expect_log 'SIGXFSZ|signal 25'

# CPU time: a script that uses it up is ended by SIGXCPU, and the next has as much; the runner, which
# outlives them all, has none to lose.
{ head_of_conf; script_pool "rlimit[cpu] = 1"; portrait_pool; } >"$T/conf"
ctl reload || fail "reload: $(cat "$T/ctl.err")"
PLACE=/cgi-bin/portrait
one_second()
{
	get_ok "$PLACE"
	grep -qx "limit cpu 1 2" "$T/body"
}
wait_for one_second
runner=$(pids_of hearth-exec | tail -n 1)
for round in 1 2; do
	get "/cgi-bin/busy?$round"
	wait_for "! scripts_run"
done
get_ok /cgi-bin/portrait
has "limit cpu 1 2"
[ "$(pids_of hearth-exec | tail -n 1)" = "$runner" ] || fail "the runner is another one"
! grep '^Max cpu time  *[12] ' "/proc/$runner/limits" || fail "the runner is limited itself"

# More than there is: refused with file and line, by check, by reload and at the start.
{ head_of_conf; script_pool "rlimit[nofile] = 4000000000"; } >"$T/conf"
line=$(grep -n rlimit "$T/conf" | cut -d: -f1)
"$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1
expect "exit of check" $? 78
grep -q "^$T/conf:$line: rlimit\[nofile\] = 4000000000 of pool 'scripts' is more than the [0-9]* that hearth" "$T/said" ||
	fail "check says: $(cat "$T/said")"
! ctl reload || fail "reload took it"
grep -q "$T/conf:$line: rlimit\[nofile\]" "$T/ctl.err" || fail "reload says: $(cat "$T/ctl.err")"
get_ok /cgi-bin/portrait
hearth_stop
"$T/bin/hearth" run -c "$T/conf" >"$T/said" 2>&1
expect "exit of run" $? 78
grep -q "$T/conf:$line: rlimit\[nofile\]" "$T/said" || fail "run says: $(cat "$T/said")"
