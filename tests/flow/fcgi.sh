#!/bin/bash
# SPDX-License-Identifier: MIT
#
# For tests of a pool's FastCGI listener, sourced behind lib.sh: a configuration without HTTP, and a
# client that speaks FastCGI record by record (tools/fcgi_client.py).

[ -x /usr/bin/python3 ] || skip "python3 is not installed"
SOCKET=$T/app.sock

# fcgi_pool [LINE]...: a pool of the probe that is reached by $SOCKET alone.
fcgi_pool()
{
	echo "[app]"
	echo "command = $T/bin/fcgi-probe"
	echo "listen = $SOCKET"
	user_line
	printf '%s\n' "$@"
}

# fcgi_conf [POOL-LINE]...: whom a crowded machine makes slow is not late.
fcgi_conf()
{
	global_section "process_control_timeout = 60s"
	echo "[gateway]"
	echo "listen ="
	echo "header_timeout = 60s"
	echo "body_timeout = 60s"
	user_line www-data
	fcgi_pool "$@"
}

# client [ARGUMENT]...: a program of the client's, from standard input; sys.argv[1:] are the arguments.
client()
{
	{
		echo "from fcgi_client import *"
		echo "import os, sys, time"
		echo "SOCKET, T = '$SOCKET', '$T'"
		cat <<-'END'
			# until(CONDITION, WHAT): waits for it.
			def until(condition, what):
			    end = time.monotonic() + 30
			    while not condition():
			        assert time.monotonic() < end, "waited in vain: " + what
			        time.sleep(0.01)
			def count_in(file, words):
			    return open(T + "/" + file, errors="replace").read().count(words)
		END
		cat
	} >"$T/client.py"
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$ROOT/tests/flow/tools timeout 100 python3 -S "$T/client.py" "$@" || fail "the client"
}
