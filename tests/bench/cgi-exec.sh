#!/bin/bash
# SPDX-License-Identifier: MIT
#
# One process a request: a static C program as CGI behind hearth (four at a time), lighttpd's mod_cgi,
# nginx with fcgiwrap (four), Apache's mod_cgid under the event MPM, and Go's net/http/cgi if there is a
# compiler for it; beside them a bare loop of posix_spawn, four at a time, which serves nobody. 16
# keep-alive connections, interleaved rounds, medians. WITHOUT=words leaves servers out.
CONNECTIONS=${CONNECTIONS:-16}
. "$(dirname "$0")/lib.sh"
needs wrk:wrk curl:curl lighttpd:lighttpd nginx:nginx-light fcgiwrap:fcgiwrap apache2:apache2-bin

mkdir "$T/scripts"
cp "$BUILD/tools/cgi-hello" "$BUILD/tools/spawn-loop" "$T/scripts/"
chmod -R a+rX "$T/scripts"
as_nginx='' as_lighttpd='' as_apache=''
[ "$(id -u)" -ne 0 ] || as_nginx="user root;" as_lighttpd='server.username = "www-data"' as_apache=$'User www-data\nGroup www-data'

cgi_from_hearth()
{
	cp "$BUILD"/hearth "$BUILD"/hearth-gateway "$BUILD"/hearth-exec "$T/$1/"
	cat >"$T/$1/conf" <<-END_OF_CONF
		[global]
		error_log = stderr
		control = $T/$1/run/control.sock
		runtime_dir = $T/$1/run
		[gateway]
		listen = 127.0.0.1:$2
		$(user_line)
		[bench]
		type = cgi
		directory = $T/scripts
		route = /bench/
		$(user_line)
		pm = static
		pm.max_children = 4
	END_OF_CONF
	in_group "$1" "$T/$1/hearth" run -c "$T/$1/conf"
}

cgi_from_lighttpd()
{
	cat >"$T/$1/conf" <<-END_OF_CONF
		server.modules = ("mod_alias", "mod_cgi")
		server.document-root = "$T/$1"
		server.bind = "127.0.0.1"
		server.port = $2
		server.max-keep-alive-requests = 100000000
		$as_lighttpd
		alias.url = ("/bench/" => "$T/scripts/")
		cgi.assign = ("" => "")
	END_OF_CONF
	in_group "$1" "$(PATH=$PATH:/usr/sbin command -v lighttpd)" -D -f "$T/$1/conf"
}

cgi_from_fcgiwrap()
{
	local socket=$T/$1/fcgi.sock
	mkdir "$T/$1/tmp"
	in_group "$1" "$(PATH=$PATH:/usr/sbin command -v fcgiwrap)" -c 4 -s "unix:$socket"
	for _ in {1..100}; do [ ! -S "$socket" ] || break; sleep 0.05; done
	cat >"$T/$1/conf" <<-END_OF_CONF
		$as_nginx
		daemon off;
		worker_processes 1;
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
			server {
				listen 127.0.0.1:$2;
				location /bench/ {
					include /etc/nginx/fastcgi_params;
					fastcgi_param SCRIPT_FILENAME $T/scripts/cgi-hello;
					fastcgi_pass unix:$socket;
				}
			}
		}
	END_OF_CONF
	in_group "$1" "$(PATH=$PATH:/usr/sbin command -v nginx)" -c "$T/$1/conf" -e "$T/$1/error.log"
}

cgi_from_apache()
{
	cat >"$T/$1/conf" <<-END_OF_CONF
		ServerRoot $T/$1
		ServerName localhost
		PidFile $T/$1/pid
		ErrorLog $T/$1/error.log
		Listen 127.0.0.1:$2
		LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
		LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
		LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so
		LoadModule cgid_module /usr/lib/apache2/modules/mod_cgid.so
		ScriptSock $T/$1/cgid.sock
		$as_apache
		KeepAlive On
		MaxKeepAliveRequests 0
		ScriptAlias /bench/ $T/scripts/
		<Directory $T/scripts>
			Options ExecCGI
			Require all granted
		</Directory>
	END_OF_CONF
	in_group "$1" /usr/sbin/apache2 -D FOREGROUND -f "$T/$1/conf"
}

cgi_from_go()
{
	cat >"$T/$1/main.go" <<-END_OF_GO
		package main

		import (
			"net/http"
			"net/http/cgi"
			"os"
		)

		func main() {
			http.ListenAndServe(os.Args[1], &cgi.Handler{Path: os.Args[2], Root: "/bench/"})
		}
	END_OF_GO
	(cd "$T/$1" && HOME=$T/$1 go build -o server main.go) || { echo "failed: go build" >&2; exit 1; }
	in_group "$1" "$T/$1/server" "127.0.0.1:$2" "$T/scripts/cgi-hello"
}

# bare NAME: one round of the loop.
bare()
{
	local before
	before=$(cpu_us "$1")
	in_group "$1" "$T/scripts/spawn-loop" "$T/scripts/cgi-hello" 4 "$SECONDS_EACH"
	wait "${PIDS[$1]##* }"
	PIDS[$1]=''
	awk -v cpu=$(($(cpu_us "$1") - before)) -v s="$SECONDS_EACH" '{ line = $0 } END {
		split(line, v, " "); print v[1], cpu / (v[1] * s), 0, v[2], v[3] }' "$T/$1.log" >>"$T/$1.rounds"
}

# served NAME URL: one round; the columns of load, and p50 and p99 in microseconds.
served()
{
	local before
	before=$(cpu_us "$1")
	wrk -t1 -c"$CONNECTIONS" -d"${SECONDS_EACH}s" --latency "$2" >"$T/wrk" || { cat "$T/wrk"; exit 1; }
	awk -v cpu=$(($(cpu_us "$1") - before)) '
		function us(t) { return t ~ /us$/ ? t + 0 : t ~ /ms$/ ? t * 1000 : t * 1000000 }
		/requests in/ { requests = $1 }
		$1 == "50%" { p50 = us($2) }
		$1 == "99%" { p99 = us($2) }
		/^Requests\/sec/ { rate = $2 }
		/Non-2xx|Socket errors/ { errors = 1 }
		END { print rate, requests ? cpu / requests : 0, errors + 0, p50, p99 }' "$T/wrk" >>"$T/$1.rounds"
}

servers=(hearth lighttpd fcgiwrap apache)
! command -v go >/dev/null || servers+=(go)
for word in ${WITHOUT:-}; do
	read -ra servers <<<"$(printf '%s\n' "${servers[@]}" | grep -vx "$word" | paste -sd' ')"
done
declare -A url
if [ -n "$GROUPS_DIR" ]; then
	mkdir "$GROUPS_DIR/loop"
else
	echo "note: no accounting group can be made here, so scripts that have ended are not in the CPU times"
fi
for name in "${servers[@]}"; do
	port=$(free_port)
	url[$name]=http://127.0.0.1:$port/bench/cgi-hello
	mkdir "$T/$name"
	"cgi_from_$name" "$name" "$port"
	until_served "${url[$name]}" hello
done
for ((round = 0; round < ROUNDS; round++)); do
	bare loop
	for name in "${servers[@]}"; do
		served "$name" "${url[$name]}"
	done
done

table "${servers[@]}" loop
printf '%-28s %12s %16s\n' "" "p50 ms" "p99 ms"
for name in "${servers[@]}" loop; do
	awk -v name="$name" -v p50="$(median "$name" 4)" -v p99="$(median "$name" 5)" \
		'BEGIN { printf "%-28s %12.2f %16.2f\n", name, p50 / 1000, p99 / 1000 }'
done
# Of the loop round by round: what else the machine does then hits both alike.
paste -d' ' "$T/${servers[0]}.rounds" "$T/loop.rounds" | awk '{ print $1 / $6 }' >"$T/of_loop.rounds"
machine cgi-exec "${servers[@]}"
printf 'bench cgi-exec-latency'
for name in "${servers[@]}"; do
	printf ' %s_p50_us=%.0f %s_p99_us=%.0f' "$name" "$(median "$name" 4)" "$name" "$(median "$name" 5)"
done
printf '\nbench cgi-exec-loop loop=%.0f loop_cpu_us=%.1f of_loop=%.3f\n' "$(median loop 1)" "$(median loop 2)" "$(median of_loop 1)"
