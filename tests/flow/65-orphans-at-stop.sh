#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A process that hides in a session of its own and sheds orphans all the time does not keep hearth
# from exiting.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cat >"$T/bin/shedder" <<'END'
#!/bin/bash
if [ "$1" = hidden ]; then
	while [ ! -e "$2" ]; do
		(sleep 0.02 &)
		sleep 0.01
	done
	exit
fi
setsid "$0" hidden "$1" >/dev/null 2>&1 &
exec sleep 1000
END
chmod 755 "$T/bin/shedder"
{
	head_of_conf
	echo "[app]"
	echo "command = $T/bin/shedder $T/mark/end"
	echo "route = /app/"
	user_line
	echo "pm = static"
	echo "pm.max_children = 1"
} >"$T/conf"
hearth_start "$T/conf"
wait_for 'pgrep -f "shedder hidden $T/mark/end"'
kill -TERM "$MANAGER"
poll_for "not_running $MANAGER"
gone=$?
: >"$T/mark/end"
expect "hearth is gone" "$gone" 0
hearth_stop
