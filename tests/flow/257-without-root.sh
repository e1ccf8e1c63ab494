#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A plain user who asks for what takes root is told in one line what of it has no effect, and by
# check with file and line; the rest works.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

as_nobody=()
if [ "$(id -u)" -eq 0 ]; then
	as_nobody=(setpriv --reuid nobody --regid nogroup --clear-groups)
	mkdir "$T/run" && chown nobody "$T/run"
fi
me=$("${as_nobody[@]}" id -u)
cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin" "$T/jail"
cp "$T/bin/portrait" "$T/www/cgi-bin/"
base=$(nice)
[ "$base" -le 10 ] || skip "there is no nicer value to test with"
"${as_nobody[@]}" nice -n -1 true 2>&1 | grep -q . || skip "this user may be nicer to itself"

# pools [LINE]...: the same for both kinds.
pools()
{
	head_of_conf | grep -v '^user = '
	script_pool "$@" | grep -v '^user = nobody'
	printf '%s\n' "[app]" "command = $T/bin/portrait" "route = /app/" "pm.max_children = 1" "$@"
}
start()
{
	: >"$LOG"
	"${as_nobody[@]}" "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>>"$LOG" </dev/null &
	MANAGER=$!
	expect_log 'ready to handle connections' 30
}
both_have()
{
	local line
	for PLACE in /app/x /cgi-bin/portrait; do
		get_ok "$PLACE"
		for line in "$@"; do
			grep -qxE -- "$line" "$T/body" || fail "$PLACE: wanted '$line', got: $(grep "^${line% *}" "$T/body")"
		done
	done
}

# Nothing is asked for that cannot be had.
pools "umask = 0077" "rlimit_files = 100" "process.priority = $((base + 5))" >"$T/conf"
start
expect_log "NOTICE: not started by root: all programs run as user $me\$"
both_have "umask 0077" "limit nofile 100 100" "nice $((base + 5))" "user $me $me" "NoNewPrivs: 1" "limit core 0 0" \
	"parent-death 9" "fds 0 1 2"
hearth_stop
pools "no_new_privs = no" "clear_env = no" "process.dumpable = yes" >"$T/conf"
start
both_have "NoNewPrivs: 0" "env HOME=.*"
hearth_stop

# And what cannot.
pools "process.priority = $((base - 1))" >"$T/conf"
sed -i "s|^\[app\]|&\nuser = root\ngroup = root\nchroot = $T/jail\nlisten = $T/run/app.sock\nlisten.owner = root|" "$T/conf"
sed -i "s|^\[gateway\]|&\nuser = root|" "$T/conf"
start
expect_log "WARNING: not started by root: user \(\[gateway\], app\), group \(app\), chroot \(app\), process.priority below $base \(scripts, app\), listen.owner \(app\) have no effect; all programs run as user $me\$"
expect "lines about that" "$(log_count '\] [A-Z]*: not started by root')" 1
both_have "nice $base" "user $me $me" "root $(stat -c '%d:%i' /)" "cwd (/|$T/www/cgi-bin)"
"${as_nobody[@]}" "$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1
expect "exit of check" $? 0
# warned LINE-OF TEXT
warned()
{
	local line
	for line in $(grep -n "^$1" "$T/conf" | cut -d: -f1); do
		grep -qx "$T/conf:$line: warning: $2 has no effect: hearth was not started by root" "$T/said" ||
			fail "no word about line $line ($1): $(cat "$T/said")"
	done
}
warned 'group = root' "group of pool 'app'"
warned 'chroot' "chroot of pool 'app'"
warned 'listen.owner' "listen.owner of pool 'app'"
warned 'process.priority' "process.priority below $base of pool '[a-z]*'"
expect "warnings" "$(grep -c warning "$T/said")" 7
hearth_stop
