#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The same script of PHP by HTTP: four php-cgi behind hearth, and nginx with a static php-fpm of four, at 32
# keep-alive connections, in interleaved rounds, medians. nginx is one process that connects for each
# request, as its users run it; nginx-kept keeps as many connections as there are workers.
# WITHOUT=words leaves servers out.
. "$(dirname "$0")/lib.sh"
needs wrk:wrk curl:curl nginx:nginx-light php-cgi:php-cgi
for FPM in /usr/sbin/php-fpm*; do [ -x "$FPM" ] || needs php-fpm:php-fpm; done

mkdir "$T/www"
cat >"$T/www/index.php" <<'END'
<?php
header('Content-Type: text/plain');
echo "hello\n";
END
chmod -R a+rX "$T/www"

php_behind_hearth()
{
	mkdir "$T/$1"
	cp "$BUILD"/hearth "$BUILD"/hearth-gateway "$BUILD"/hearth-exec "$T/$1/"
	cat >"$T/$1/conf" <<-END_OF_CONF
		[global]
		error_log = stderr
		control = $T/$1/run/control.sock
		runtime_dir = $T/$1/run
		[gateway]
		listen = 127.0.0.1:$2
		$(user_line)
		document_root = $T/www
		[php]
		command = $(command -v php-cgi)
		route = *.php
		$(user_line)
		pm = static
		pm.max_children = 4
		env[PHP_FCGI_MAX_REQUESTS] = 0
	END_OF_CONF
	in_group "$1" "$T/$1/hearth" run -c "$T/$1/conf"
}

php_behind_nginx()
{
	local as_root='' who='' kept=0
	mkdir "$T/$1"
	[ "$(id -u)" -ne 0 ] || as_root=-R who=$'user = www-data\ngroup = www-data'
	[ "$1" = nginx ] || kept=4
	cat >"$T/$1/fpm.conf" <<-END_OF_CONF
		[global]
		error_log = $T/$1/fpm.log
		daemonize = no
		[www]
		$who
		listen = $T/$1/fpm.sock
		listen.mode = 0666
		pm = static
		pm.max_children = 4
	END_OF_CONF
	# shellcheck disable=SC2086
	in_group "$1" "$FPM" -F $as_root -y "$T/$1/fpm.conf"
	nginx_before "$1" "$2" 1 "$T/$1/fpm.sock" "$kept" "fastcgi_param SCRIPT_FILENAME $T/www\$fastcgi_script_name;"
}

servers=()
declare -A url
for name in hearth nginx nginx-kept; do
	case " ${WITHOUT:-} " in *" $name "*) continue ;; esac
	servers+=("$name")
	port=$(free_port)
	url[$name]=http://127.0.0.1:$port/index.php
	case $name in
	hearth) php_behind_hearth "$name" "$port" ;;
	nginx*) php_behind_nginx "$name" "$port" ;;
	esac
	until_served "${url[$name]}" hello
done

for ((round = 0; round < ROUNDS; round++)); do
	for name in "${servers[@]}"; do
		load "$name" "${url[$name]}"
	done
done

table "${servers[@]}"
machine php "${servers[@]}"
