#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What the benches stand on: a directory, servers in accounting groups of their own, load by wrk, and
# medians. Every server's processes are started here and ended here, by id.
# Environment: BUILD, ROUNDS (5), SECONDS_EACH (3), CONNECTIONS (32).
set -u

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=$(cd "${BUILD:-$ROOT/build}" && pwd)
ROUNDS=${ROUNDS:-5}
SECONDS_EACH=${SECONDS_EACH:-3}
CONNECTIONS=${CONNECTIONS:-32}
PROGRAM=fcgi-bench # what the workers are
T=$(mktemp -d /tmp/hearth-bench.XXXXXX)
chmod 755 "$T"
declare -A PIDS=() # of a server: the processes that we started for it

# Where CPU time of a whole tree is counted: cgroup v1, cgroup v2, or /proc if neither is ours.
if mkdir "/sys/fs/cgroup/cpuacct/${T##*/}" 2>/dev/null; then
	GROUPS_DIR=/sys/fs/cgroup/cpuacct/${T##*/} ACCOUNT=cpuacct.usage
elif [ -e /sys/fs/cgroup/cgroup.controllers ] && mkdir "/sys/fs/cgroup/${T##*/}" 2>/dev/null; then
	GROUPS_DIR=/sys/fs/cgroup/${T##*/} ACCOUNT=cpu.stat
else
	GROUPS_DIR='' ACCOUNT=''
fi

at_exit()
{
	local name
	trap - EXIT
	for name in "${!PIDS[@]}"; do
		end_server "$name"
	done
	[ -z "$GROUPS_DIR" ] || rmdir "$GROUPS_DIR" 2>/dev/null
	rm -rf "$T"
}
trap at_exit EXIT
trap 'exit 130' INT TERM

# needs COMMAND:PACKAGE...: leaves, without failure, if one is missing.
needs()
{
	local each missing=
	for each in "$@"; do
		PATH=$PATH:/usr/sbin command -v "${each%%:*}" >/dev/null || missing="$missing ${each#*:}"
	done
	[ -z "$missing" ] || { echo "skipped: this bench needs packages:$missing"; exit 0; }
}

# in_group NAME COMMAND...: starts it in the accounting group of that server, in the background.
in_group()
{
	local name=$1
	shift
	[ -z "$GROUPS_DIR" ] || mkdir -p "$GROUPS_DIR/$name"
	(
		[ -z "$GROUPS_DIR" ] || echo 0 >"$GROUPS_DIR/$name/cgroup.procs"
		exec "$@"
	) >>"$T/$name.log" 2>&1 </dev/null &
	PIDS[$name]="${PIDS[$name]:-} $!"
}

end_server()
{
	local pid
	for pid in ${PIDS[$1]:-}; do
		kill -TERM "$pid" 2>/dev/null
	done
	for pid in ${PIDS[$1]:-}; do
		wait "$pid" 2>/dev/null
	done
	unset "PIDS[$1]"
	# fcgiwrap goes, and leaves its children behind.
	[ -z "$GROUPS_DIR" ] || xargs -r kill -TERM <"$GROUPS_DIR/$1/cgroup.procs" 2>/dev/null
	[ -z "$GROUPS_DIR" ] || for _ in {1..50}; do
		rmdir "$GROUPS_DIR/$1" 2>/dev/null && break
		sleep 0.1
	done
}

# Microseconds of CPU that a server's tree has used.
cpu_us()
{
	case $ACCOUNT in
	cpuacct.usage) echo $(($(cat "$GROUPS_DIR/$1/cpuacct.usage") / 1000)) ;;
	cpu.stat) sed -n 's/^usage_usec //p' "$GROUPS_DIR/$1/cpu.stat" ;;
	*) tree_us "${PIDS[$1]}" ;;
	esac
}

# tree_us "PID...": what /proc knows of these and their descendants that still live.
tree_us()
{
	ps -e -o pid=,ppid=,cputimes= | awk -v roots="$1" '
		BEGIN { n = split(roots, r, " "); for (i = 1; i <= n; i++) in_tree[r[i]] = 1 }
		{ parent[$1] = $2; used[$1] = $3 }
		END {
			for (p in used) {
				for (q = p; q && !(q in in_tree); q = parent[q])
					;
				if (q) sum += used[p]
			}
			printf "%d\n", sum * 1000000
		}'
}

free_port()
{
	local port
	while port=$((20000 + (RANDOM * 32768 + RANDOM) % 10000)); do
		! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
	done
	echo "$port"
}

# until_served URL TEXT
until_served()
{
	for _ in {1..200}; do
		[ "$(curl -s --max-time 2 "$1")" = "$2" ] && return
		sleep 0.05
	done
	echo "failed: $1 does not answer" >&2
	tail -n 20 "$T"/*.log >&2
	exit 1
}

# load NAME URL: one round; appends "requests/s us-of-cpu/request errors p99-us" to $T/NAME.rounds.
load()
{
	local before after
	before=$(cpu_us "$1")
	wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" --latency "$2" >"$T/wrk" || { cat "$T/wrk"; exit 1; }
	after=$(cpu_us "$1")
	awk -v cpu=$((after - before)) '
		function us(t) { return t ~ /us$/ ? t + 0 : t ~ /ms$/ ? t * 1000 : t * 1000000 }
		$1 == "99%" { p99 = us($2) }
		/requests in/ { requests = $1 }
		/^Requests\/sec/ { rate = $2 }
		/Non-2xx|Socket errors/ { errors = 1 }
		END { print rate, requests ? cpu / requests : 0, errors + 0, p99 }' "$T/wrk" >>"$T/$1.rounds"
}

# tree_pss NAME: bytes of user-space memory of all processes of that server, shared pages shared out.
tree_pss()
{
	local pids
	pids=$(ps -e -o pid=,ppid= | awk -v roots="${PIDS[$1]}" '
		BEGIN { n = split(roots, r, " "); for (i = 1; i <= n; i++) in_tree[r[i]] = 1 }
		{ parent[$1] = $2 }
		END {
			for (p in parent) {
				for (q = p; q && !(q in in_tree); q = parent[q])
					;
				if (q) print p
			}
		}')
	for pid in $pids; do
		cat "/proc/$pid/smaps_rollup" 2>/dev/null
	done | awk '/^Pss:/ { n += $2 } END { print n * 1024 }'
}

# crowd_begins PORT PATH COUNT OPTION...: many clients with a habit (tests/bench/tools/crowd.c).
crowd_begins()
{
	rm -f "$T/crowd.in"
	mkfifo "$T/crowd.in"
	: >"$T/crowd.out"
	"$BUILD/tools/crowd" "$@" <"$T/crowd.in" >"$T/crowd.out" 2>&1 &
	crowd_pid=$!
	exec 9>"$T/crowd.in"
	for _ in {1..1200}; do
		grep -q ready "$T/crowd.out" && return
		kill -0 "$crowd_pid" 2>/dev/null || break
		sleep 0.1
	done
	echo "failed: crowd $*: $(cat "$T/crowd.out")" >&2
	exit 1
}

# Leaves what it says about its clients in crowd_says.
crowd_ends()
{
	exec 9>&-
	wait "$crowd_pid"
	crowd_says=$(tail -n 1 "$T/crowd.out")
}

# latency NAME URL CONNECTIONS: one round of a normal client; appends "requests/s p50-us p99-us errors".
latency()
{
	wrk -t1 -c"$3" -d"${SECONDS_EACH}s" --latency "$2" >"$T/wrk" || { cat "$T/wrk"; exit 1; }
	awk '
		function us(t) { return t ~ /us$/ ? t + 0 : t ~ /ms$/ ? t * 1000 : t * 1000000 }
		$1 == "50%" { p50 = us($2) }
		$1 == "99%" { p99 = us($2) }
		/^Requests\/sec/ { rate = $2 }
		/Non-2xx|Socket errors/ { errors = 1 }
		END { print rate, p50, p99, errors + 0 }' "$T/wrk" >>"$T/$1.rounds"
}

# median NAME COLUMN
median()
{
	sort -g -k"$2,$2" "$T/$1.rounds" | awk -v c="$2" '{ v[NR] = $c }
		END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# table NAME...: a row for each, ratios against the first.
table()
{
	local name base
	base=$(median "$1" 1)
	printf '%-28s %12s %16s %14s %8s %10s\n' server "requests/s" "CPU us/request" "$1 is" errors "p99 us"
	for name in "$@"; do
		awk -v name="$name" -v rate="$(median "$name" 1)" -v cpu="$(median "$name" 2)" -v base="$base" \
			-v errors="$(awk '{ n += $3 } END { print n }' "$T/$name.rounds")" -v p99="$(median "$name" 4)" 'BEGIN {
				printf "%-28s %12.0f %16.1f %13.2fx %8s %10.0f\n", name, rate, cpu, base / rate, errors ? "yes" : "none", p99 }'
	done
}

# machine BENCH NAME...: one line for programs; ratio is the first against the best of the others.
machine()
{
	local bench=$1 first=$2 name
	shift
	printf 'bench %s' "$bench"
	for name in "$@"; do
		printf ' %s=%.0f %s_cpu_us=%.1f' "${name//-/_}" "$(median "$name" 1)" "${name//-/_}" "$(median "$name" 2)"
	done
	shift
	for name in "$@"; do
		[[ $name == hearth* ]] || median "$name" 1
	done | sort -g | tail -n 1 | awk -v first="$(median "$first" 1)" '{ printf " ratio=%.3f\n", first / $1 }'
}

# ---- servers: N workers of the bench program behind each --------------------------------------

user_line()
{
	[ "$(id -u)" -ne 0 ] || echo "user = www-data"
}

# start_hearth NAME PORT WORKERS [LINE]: the line goes into the pool's section.
start_hearth()
{
	mkdir "$T/$1"
	cp "$BUILD"/hearth "$BUILD"/hearth-gateway "$BUILD"/hearth-exec "$BUILD/tools/$PROGRAM" "$T/$1/"
	cat >"$T/$1/conf" <<-END
		[global]
		error_log = stderr
		control = $T/$1/run/control.sock
		runtime_dir = $T/$1/run
		[gateway]
		listen = 127.0.0.1:$2
		$(user_line)
		[bench]
		command = $T/$1/$PROGRAM
		route = /bench/
		$(user_line)
		pm = static
		pm.max_children = $3
		${4:-}
	END
	in_group "$1" "$T/$1/hearth" run -c "$T/$1/conf"
	until_served "http://127.0.0.1:$2/bench/" hello
}

# start_nginx NAME PORT WORKERS PROCESSES KEEPALIVE(0: none) [WRAPPER]...: of the workers' command.
start_nginx()
{
	local socket=$T/$1/fcgi.sock
	mkdir -p "$T/$1"
	in_group "$1" "${@:6}" spawn-fcgi -n -s "$socket" -M 0777 -- "$(command -v multiwatch)" -f "$3" -- "$BUILD/tools/$PROGRAM"
	nginx_before "$1" "$2" "$4" "$socket" "$5"
	until_served "http://127.0.0.1:$2/bench/" hello
}

# nginx_before NAME PORT PROCESSES SOCKET KEEPALIVE [LINE]: nginx in front of what listens there.
nginx_before()
{
	local as_root=''
	mkdir -p "$T/$1/tmp"
	[ "$(id -u)" -ne 0 ] || as_root="user root;"
	cat >"$T/$1/conf" <<-END
		$as_root
		daemon off;
		worker_processes $3;
		pid $T/$1/pid;
		error_log $T/$1/error.log;
		events { worker_connections 1024; }
		http {
			access_log off;
			keepalive_requests 100000000;
			client_body_temp_path $T/$1/tmp/body;
			fastcgi_temp_path $T/$1/tmp/fastcgi;
			proxy_temp_path $T/$1/tmp/proxy;
			uwsgi_temp_path $T/$1/tmp/uwsgi;
			scgi_temp_path $T/$1/tmp/scgi;
			upstream workers { server unix:$4; $([ "$5" = 0 ] || echo "keepalive $5; keepalive_requests 100000000;") }
			server {
				listen 127.0.0.1:$2;
				location / {
					include /etc/nginx/fastcgi_params;
					fastcgi_pass workers;
					$([ "$5" = 0 ] || echo "fastcgi_keep_conn on;")
					${6:-}
				}
			}
		}
	END
	in_group "$1" "$(PATH=$PATH:/usr/sbin command -v nginx)" -c "$T/$1/conf" -e "$T/$1/error.log"
}

# start_behind NAME PORT WORKERS PROCESSES KEEPALIVE [LINE]: nginx in front of hearth's listener.
start_behind()
{
	local socket=$T/$1/fcgi.sock
	mkdir -p "$T/$1"
	cp "$BUILD"/hearth "$BUILD"/hearth-gateway "$BUILD"/hearth-exec "$BUILD/tools/$PROGRAM" "$T/$1/"
	cat >"$T/$1/hearth.conf" <<-END
		[global]
		error_log = stderr
		control = $T/$1/run/control.sock
		runtime_dir = $T/$1/run
		[gateway]
		listen =
		$(user_line)
		[bench]
		command = $T/$1/$PROGRAM
		listen = $socket
		listen.mode = 0666
		$(user_line)
		pm = static
		pm.max_children = $3
		${6:-}
	END
	in_group "$1" "$T/$1/hearth" run -c "$T/$1/hearth.conf"
	nginx_before "$1" "$2" "$4" "$socket" "$5"
	until_served "http://127.0.0.1:$2/bench/" hello
}

# ---- servers of files: $T/www ------------------------------------------------------------------

make_files()
{
	mkdir -p "$T/www"
	printf 'Hello, World!\n' >"$T/www/small.txt"
	head -c 102400 /dev/urandom >"$T/www/large.bin"
	head -c 1048576 /dev/urandom >"$T/www/huge.bin"
	chmod -R a+rX "$T/www"
}

# files_from NAME PORT: the kind of server is what its name begins with.
files_from()
{
	mkdir -p "$T/$1"
	"files_from_${1%%-*}" "$@"
	until_served "http://127.0.0.1:$2/small.txt" 'Hello, World!'
}

files_from_hearth()
{
	cp "$BUILD"/hearth "$BUILD"/hearth-gateway "$BUILD"/hearth-exec "$T/$1/"
	cat >"$T/$1/conf" <<-END
		[global]
		error_log = stderr
		control = $T/$1/run/control.sock
		runtime_dir = $T/$1/run
		[gateway]
		listen = 127.0.0.1:$2
		$(user_line)
		document_root = $T/www
		max_connections = 20000
	END
	in_group "$1" "$T/$1/hearth" run -c "$T/$1/conf"
}

files_from_lighttpd()
{
	cat >"$T/$1/conf" <<-END
		server.document-root = "$T/www"
		server.bind = "127.0.0.1"
		server.port = $2
		server.max-connections = 16000
		server.max-fds = 20000
		server.max-keep-alive-requests = 100000000
		server.max-keep-alive-idle = 300
		mimetype.assign = (".txt" => "text/plain", "" => "application/octet-stream")
	END
	in_group "$1" "$(PATH=$PATH:/usr/sbin command -v lighttpd)" -D -f "$T/$1/conf"
}

files_from_nginx()
{
	local as_root='' processes=1
	[ "$(id -u)" -ne 0 ] || as_root="user root;"
	[ "$1" != nginx-auto ] || processes=auto
	mkdir -p "$T/$1/tmp"
	cat >"$T/$1/conf" <<-END
		$as_root
		daemon off;
		worker_processes $processes;
		worker_rlimit_nofile 20000;
		pid $T/$1/pid;
		error_log $T/$1/error.log;
		events { worker_connections 16000; }
		http {
			access_log off;
			sendfile on;
			keepalive_requests 100000000;
			keepalive_timeout 300s;
			types { text/plain txt; }
			client_body_temp_path $T/$1/tmp/body;
			fastcgi_temp_path $T/$1/tmp/fastcgi;
			proxy_temp_path $T/$1/tmp/proxy;
			uwsgi_temp_path $T/$1/tmp/uwsgi;
			scgi_temp_path $T/$1/tmp/scgi;
			server { listen 127.0.0.1:$2; root $T/www; }
		}
	END
	in_group "$1" "$(PATH=$PATH:/usr/sbin command -v nginx)" -c "$T/$1/conf" -e "$T/$1/error.log"
}
