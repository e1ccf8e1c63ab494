#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What ondemand pools cost while nobody asks: memory and processor time of manager and gateway, how long they take to
# start and to reload, by POOLS ("1 100 1000"). A route and, with SOCKETS=1, a listener of its own for each.
# IDLE_SECONDS (10) is how long the processor is watched.
. "$(dirname "$0")/lib.sh"
needs curl:curl

POOLS=${POOLS:-1 100 1000}
IDLE_SECONDS=${IDLE_SECONDS:-10}
PROGRAM=fcgi-bench

# conf FILE PORT POOLS [LINE]: the line goes into the pool in the middle.
conf()
{
	local i
	cat >"$1" <<-END
		[global]
		error_log = stderr
		control = $T/hearth/run/control.sock
		runtime_dir = $T/hearth/run
		[gateway]
		listen = 127.0.0.1:$2
		$(user_line)
	END
	for ((i = 1; i <= $3; i++)); do
		cat <<-END
			[pool$i]
			command = $T/hearth/$PROGRAM
			route = /pool$i/
			$user
			pm = ondemand
			pm.max_children = 4
		END
		[ -z "${SOCKETS:-}" ] || echo "listen = $T/hearth/pool$i.sock"
		[ "$i" -ne $((($3 + 1) / 2)) ] || echo "${4:-}"
	done >>"$1"
}

now_ms()
{
	echo $((${EPOCHREALTIME/./} / 1000))
}

# took COMMAND...: its milliseconds.
took()
{
	local begun
	begun=$(now_ms)
	"$@" >>"$T/took.log" 2>&1 || { echo "failed: $*" >&2; tail -n 5 "$T/took.log" >&2; exit 1; }
	echo $(($(now_ms) - begun))
}

# Hundredths of a second of manager and gateway.
ticks()
{
	cat "/proc/$manager/stat" "/proc/$gateway/stat" | sed 's/.*) //' | awk '{ print $12 + $13 }' | paste -sd' '
}

pss_kb()
{
	awk '/^Pss:/ { print $2 }' "/proc/$1/smaps_rollup"
}

user=$(user_line)
mkdir "$T/hearth"
cp "$BUILD"/hearth "$BUILD"/hearth-gateway "$BUILD"/hearth-exec "$BUILD/tools/$PROGRAM" "$T/hearth/"
printf '%6s %9s %9s %11s %11s %11s %11s %11s\n' pools "manager" "gateway" "CPU of both" "check" "ready" "reload" "one changed"
printf '%6s %9s %9s %11s %11s %11s %11s %11s\n' "" KiB KiB "ms / ${IDLE_SECONDS} s" ms ms ms ms
line="bench idle-pools"
for n in $POOLS; do
	port=$(free_port)
	conf "$T/hearth/conf" "$port" "$n"
	check=$(took "$T/hearth/hearth" check -c "$T/hearth/conf") || exit 1
	: >"$T/hearth.log"
	begun=$(now_ms)
	in_group hearth "$T/hearth/hearth" run -c "$T/hearth/conf"
	manager=${PIDS[hearth]// /}
	until grep -q 'ready to handle connections' "$T/hearth.log"; do
		kill -0 "$manager" 2>/dev/null || { cat "$T/hearth.log"; exit 1; }
		sleep 0.005
	done
	ready=$(($(now_ms) - begun))
	gateway=$(pgrep -P "$manager" -f hearth-gateway)
	sleep 1
	read -r m0 g0 <<<"$(ticks)"
	sleep "$IDLE_SECONDS"
	read -r m1 g1 <<<"$(ticks)"
	cpu=$((10 * (m1 - m0 + g1 - g0)))
	m_kb=$(pss_kb "$manager") g_kb=$(pss_kb "$gateway")
	same=$(took "$T/hearth/hearth" reload -s "$T/hearth/run/control.sock") || exit 1
	conf "$T/hearth/conf" "$port" "$n" "env[ROUND] = two"
	changed=$(took "$T/hearth/hearth" reload -s "$T/hearth/run/control.sock") || exit 1
	[ "$(curl -s "http://127.0.0.1:$port/pool$n/")" = hello ] || { echo "failed: pool$n does not answer"; exit 1; }
	printf '%6d %9d %9d %11d %11d %11d %11d %11d\n' "$n" "$m_kb" "$g_kb" "$cpu" "$check" "$ready" "$same" "$changed"
	line="$line pools${n}_kb=$((m_kb + g_kb)) pools${n}_cpu_ms=$cpu pools${n}_ready_ms=$ready"
	end_server hearth
done
echo "$line"
