#!/bin/bash
# SPDX-License-Identifier: MIT
#
# System calls of the gateway per request, at 32 keep-alive connections on four libfcgi workers: by a
# prefix, and by a suffix, where the file is looked for as for PHP. Fails above MOST (6) a request, or if
# calls grow with requests that should not.
. "$(dirname "$0")/lib.sh"
needs strace:strace wrk:wrk curl:curl

port=$(free_port)
mkdir "$T/www"
: >"$T/www/page.bench"
chmod -R a+rX "$T/www"
start_hearth hearth "$port" 4 "
		[gateway]
		document_root = $T/www
		[by-suffix]
		command = $T/hearth/$PROGRAM
		route = *.bench
		$(user_line)
		pm = static
		pm.max_children = 4"
until_served "http://127.0.0.1:$port/page.bench" hello
gateway=$(find /proc -maxdepth 2 -regex '/proc/[0-9]+/exe' -lname "$T/hearth/hearth-gateway" -printf '%h\n' 2>/dev/null | head -n 1)
gateway=${gateway#/proc/}
[ -n "$gateway" ] || { echo "failed: there is no gateway"; exit 1; }

# count PATH
# Attached before the load, detached after it: connecting is counted too, but only once a client.
count()
{
	local tracer requests
	strace -f -c -U calls,name -o "$T/calls" -p "$gateway" 2>"$T/strace.err" &
	tracer=$!
	for _ in {1..100}; do
		grep -q attached "$T/strace.err" && break
		sleep 0.05
	done
	grep -q attached "$T/strace.err" || { echo "skipped: strace may not attach: $(cat "$T/strace.err")"; exit 0; }
	wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" "http://127.0.0.1:$port$1" >"$T/wrk"
	kill -INT "$tracer"
	wait "$tracer"
	requests=$(awk '/requests in/ { print $1 }' "$T/wrk")

	awk -v path="$1" -v requests="$requests" -v most="${MOST:-6}" -v connections="$CONNECTIONS" '
		$1 ~ /^[0-9]+$/ && $2 != "total" {
			calls[$2] = $1
			total += $1
		}
		END {
			if (!requests || !total) {
				print "failed: nothing was counted"
				exit 1
			}
			for (name in calls)
				if (calls[name] > requests / 100)
					printf "%-16s %8.3f per request\n", name, calls[name] / requests
			each = total / requests
			printf "%-16s %8.3f per request of %s (%d at most), %d requests\n", "all", each, path, most, requests
			if (each > most)
				bad = bad " too many calls;"
			split("openat connect accept4 epoll_ctl timerfd_settime timerfd_create", never, " ")
			for (i in never)
				if (calls[never[i]] > connections * 8 + requests / 1000)
					bad = bad " " never[i] " grows with requests (" calls[never[i]] ");"
			printf "bench syscalls path=%s per_request=%.3f requests=%d\n", path, each, requests
			if (bad) {
				print "failed:" bad
				exit 1
			}
		}' "$T/calls"
}

count /bench/ && count /page.bench
