#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Servers of bad manners: a second answer to one request is never the first to another, be the server a
# worker or somebody else's; and one that has nothing but empty answers does not draw all requests.
# variants: plain
. "$(dirname "$0")/lib.sh"
PYTHON=/usr/bin/python3
[ -x "$PYTHON" ] || skip "python3 is not installed"
TOOLS=$(dirname "$0")/tools
cp "$TOOLS/fcgi_client.py" "$TOOLS/fcgi_odd.py" "$T/bin/"
chmod 644 "$T"/bin/*.py
"$PYTHON" -B "$T/bin/fcgi_odd.py" "$T/mark" "$T/odd.sock" &
ODD=$!
wait_for '[ -S "$T/odd.sock" ]'

{
	head_of_conf
	probe_pool probe "listen = $T/good.sock" "listen.mode = 0666"
	for kind in own other; do
		echo "[$kind]"
		echo "route = /$kind/"
		echo "pm.max_children = 1"
	done
	echo "type = external"
	echo "backend = unix:$T/odd.sock"
	echo "[own]"
	echo "command = $PYTHON -B $T/bin/fcgi_odd.py $T/mark"
	user_line
	echo "[pair]"
	echo "type = external"
	echo "backend = unix:$T/odd.sock unix:$T/good.sock"
	echo "route = /pair/"
	echo "pm.max_children = 4"
	echo "restart_backoff_max = 100ms"
} >"$T/conf"
hearth_start "$T/conf"

# The second request goes over the same connection, and has its answer over another; one that must not
# be sent again has none.
for kind in own other; do
	get_ok "/$kind/twice" first
	get_ok "/$kind/twice" first
	expect_log "\[pool $kind\] .* sent a record of id 2 though its request has id 3: request .* (goes to another|is tried again)"
	get "/$kind/twice" -d posted
	if [ "$STATUS" = 200 ]; then
		expect "what came back" "$(body)" first # a new connection, since the last was not at rest
	else
		expect_status 502
	fi
done

# Five empty answers, in turn with good ones; then one in each rest.
bad=0
while [ $bad -lt 5 ]; do
	expect_no_log '\[pool pair\] .* rests for'
	get /pair/hello
	[ "$STATUS" = 200 ] || bad=$((bad + 1))
done
expect_log "WARNING: .*\[pool pair\] unix:.*/odd.sock rests for [0-9]+ ms: its answers are no responses"
: >"$T/mark/well"
wait_for 'get /pair/hello; [ "$(body)" = well ]'
expect_log "NOTICE: .*\[pool pair\] unix:.*/odd.sock is back"
kill "$ODD"
hearth_stop
