#!/bin/bash
# SPDX-License-Identifier: MIT
#
# clear_env = no: workers and scripts get hearth's own environment, below what env and hearth itself
# set; what is for hearth alone, or no name of a variable, stays out. With yes they get nothing of
# it but what env[NAME] = $NAME copies.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin"
cp "$T/bin/portrait" "$T/www/cgi-bin/"
export OWN=of-hearth BOTH=of-hearth EMPTY='' LINES_=$'one\ntwo' PATH=/opt/hearth-test:$PATH
export REMOTE_ADDR=forged QUERY_STRING=forged HTTP_ACCEPT=of-hearth LOGNAME=somebody NOTIFY_SOCKET=/run/x LISTEN_FDS=0
our_path=$PATH
user=$(id -un) && [ "$(id -u)" -ne 0 ] || user=nobody

# pools [LINE]...: the same for both kinds.
pools()
{
	head_of_conf
	script_pool "env[BOTH] = of-the-pool" 'env[COPY] = $OWN' 'env[NONE] = $NO_SUCH_VARIABLE' "$@"
	printf '%s\n' "[app]" "command = $T/bin/portrait" "route = /app/" "pm.max_children = 1" "$(user_line)" \
		"env[BOTH] = of-the-pool" 'env[COPY] = $OWN' 'env[NONE] = $NO_SUCH_VARIABLE' "$@"
}
has()
{
	grep -qxF -- "$1" "$T/body" || fail "$PLACE: wanted '$1', got: $(grep "^${1%%=*}=" "$T/body")"
}
lacks()
{
	! grep "^env $1=" "$T/body" || fail "$PLACE: it has $1"
}
# 'a%b' has no place in a shell's environment, but in others'.
start()
{
	: >>"$LOG"
	env 'a%b=odd' 'BASH_FUNC_x%%=() { :; }' "$T/bin/hearth" run -c "$T/conf" >"$T/stdout" 2>>"$LOG" </dev/null &
	MANAGER=$!
	expect_log 'ready to handle connections' 30
}

pools >"$T/conf"
start
for PLACE in /app/x /cgi-bin/portrait; do
	get_ok "$PLACE"
	has 'env COPY=of-hearth'
	has 'env NONE='
	has 'env BOTH=of-the-pool'
	has 'env PATH=/usr/local/bin:/usr/bin:/bin'
	for name in OWN EMPTY LINES_ LOGNAME NOTIFY_SOCKET LISTEN_FDS 'a%b'; do lacks "$name"; done
done
hearth_stop

: >"$LOG"
pools "clear_env = no" >"$T/conf"
start
for PLACE in /app/x /cgi-bin/portrait; do
	get_ok "$PLACE"
	has 'env OWN=of-hearth'
	has 'env EMPTY='
	has 'env LINES_=one'
	has 'two'
	has 'env BOTH=of-the-pool'
	has 'env COPY=of-hearth'
	has "env PATH=$our_path"
	has "env USER=$user"
	for name in LOGNAME NOTIFY_SOCKET LISTEN_FDS 'a%b' 'BASH_FUNC_x%%'; do lacks "$name"; done
	! sed -n 's/^env \([^=]*\)=.*/\1/p' "$T/body" | sort | uniq -d | grep . || fail "$PLACE: it stands there twice"
done
# What hearth says of a request is not to be had from elsewhere, nor what a client says of itself.
has 'env REMOTE_ADDR=127.0.0.1'
has 'env QUERY_STRING='
has 'env HTTP_ACCEPT=of-hearth'
hearth_stop
