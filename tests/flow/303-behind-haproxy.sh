#!/bin/bash
# SPDX-License-Identifier: MIT
#
# HAProxy's fcgi-app in front, many requests at once on a connection, by examples/behind-haproxy.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
needs haproxy:haproxy

behind
scripts_of_behind
moved behind-haproxy/haproxy.cfg >"$T/haproxy.cfg"
# Many requests are on the connection that there is. (Each of HAProxy's threads has its own.)
shares_connections()
{
	burst 20 "/held?$T/mark/crowd" &
	BURST=$!
	wait_for "get '/pool-status?json'; grep -Eq '\"listen queue\":1[0-9],' '$T/body'" 20
	[ "$(connections)" -le 3 ] || fail "$(connections) connections for twenty requests"
	until not_running "$BURST"; do
		rm -f "$T"/mark/crowd*
		sleep 0.02
	done
	expect "at once" "$(burst_count 200)" 20
}

printf 'global\n\tnbthread 1\n' >"$T/one.cfg"
front haproxy -db -f "$T/one.cfg" -f "$T/haproxy.cfg"
starts_before_hearth
expect_env "SCRIPT_NAME=/env" "REQUEST_URI=/env?a=b&c=%20d" "DOCUMENT_ROOT=$T/www"
CHUNKED=400 # a body without a length must fit into its buffer
AT_ONCE=20  # of more than 32 that begin in one moment on one connection it answers some 500
serves_the_program
expect_script_env
serves_scripts
streams_answers
ends_scripts_of_who_leaves
keeps_connections
shares_connections
page_is_there
loses_nothing_in_reloads
hearth_comes_back
OTHERS=502 # it breaks off what else is on the connection
refuses
front_stop
hearth_stop
