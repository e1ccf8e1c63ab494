#!/bin/bash
# SPDX-License-Identifier: MIT
#
# For tests of PHP, sourced behind lib.sh and real.sh: the web servers that stand before it.

. "$(dirname "${BASH_SOURCE[0]}")/nginx.sh"

# php_pool [LINE]...: php-cgi behind the socket $T/hearth.sock.
php_pool()
{
	echo "[php]"
	echo "command = $(command -v php-cgi)"
	echo "listen = $T/hearth.sock"
	echo "listen.mode = 0666"
	user_line
	printf '%s\n' "pm = static" "pm.max_children = 2" "$@"
}

# fpm_start: php-fpm behind $T/fpm.sock.
fpm_start()
{
	{
		printf '%s\n' "[global]" "error_log = $T/fpm.log" "daemonize = no" "[www]"
		[ "$(id -u)" -ne 0 ] || printf '%s\n' "user = nobody" "group = nogroup"
		printf '%s\n' "listen = $T/fpm.sock" "listen.mode = 0666" "pm = static" "pm.max_children = 1"
	} >"$T/fpm.conf"
	php-fpm8.2 -F -y "$T/fpm.conf" -p "$T" >/dev/null 2>&1 &
	FPM=$!
	wait_for '[ -S "$T/fpm.sock" ]'
}

# apache_start: what is behind its modules is standard input; $APACHE is its pid.
apache_start()
{
	local module
	mkdir -m 777 "$T/apache"
	{
		echo "ServerRoot $T/apache"
		echo "PidFile $T/apache/pid"
		echo "DefaultRuntimeDir $T/apache"
		echo "ErrorLog $T/apache/error.log"
		[ "$(id -u)" -ne 0 ] || printf '%s\n' "User nobody" "Group nogroup"
		for module in mpm_event authz_core dir env alias rewrite proxy proxy_fcgi; do
			echo "LoadModule ${module}_module /usr/lib/apache2/modules/mod_$module.so"
		done
		echo "StartServers 1"
		cat
	} >"$T/apache/conf"
	cp "$(command -v apache2)" "$T/bin/apache2"
	"$T/bin/apache2" -X -f "$T/apache/conf" &
	APACHE=$!
}

# php_stop PID...: web servers and php-fpm.
php_stop()
{
	local pid
	for pid in "$@"; do
		kill "$pid"
		wait_quietly "$pid"
	done
}

# php_site [SED-ARGUMENT]...: the site in $T/www by examples/php: hearth on $PORT, and nginx before it on
# $BY_NGINX.
php_site()
{
	mkdir -p "$T/sessions"
	owned_by_pool "$T/sessions"
	example php/hearth.conf -e "s|/srv/www|$T/www|; s|/usr/bin/php-cgi|$(command -v php-cgi) -d session.save_path=$T/sessions|" \
		-e 's|^listen.group = .*|listen.mode = 0666|' "$@" >"$T/conf"
	hearth_start "$T/conf"
	BY_NGINX=$(new_port)
	nginx_start < <(sed -e "s|127.0.0.1:80;|127.0.0.1:$BY_NGINX;|; s|/srv/www|$T/www|; s|/run/hearth|$T/run|" \
		-e 's|include fastcgi.conf|include /etc/nginx/fastcgi.conf|' "$ROOT/examples/php/nginx.conf")
	wait_for "curl -s -o /dev/null http://127.0.0.1:$BY_NGINX/"
}

# site [ARGUMENT]...: a visitor (tools/site_client.py), a program on standard input; sys.argv[1:] are the
# arguments.
site()
{
	{
		echo "import re, sys"
		echo "from site_client import Site"
		cat
	} >"$T/site.py"
	PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$ROOT/tests/flow/tools timeout 100 /usr/bin/python3 "$T/site.py" "$@" || fail "the visitor"
}
