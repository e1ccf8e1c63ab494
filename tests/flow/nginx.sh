# shellcheck shell=bash
# SPDX-License-Identifier: MIT
#
# For tests with nginx in front, sourced behind lib.sh: what it needs to run as a part of a test,
# whatever it serves.

PATH=$PATH:/usr/sbin

# nginx_conf: $T/nginx/conf; what stands in its http section is standard input.
nginx_conf()
{
	mkdir -p "$T/nginx"
	chmod 777 "$T/nginx"
	{
		[ "$(id -u)" -ne 0 ] || echo "user www-data;"
		echo "daemon off; pid $T/nginx/pid; error_log $T/nginx/error.log info; worker_processes 1; events {}"
		echo "http { access_log off; types { text/css css; image/png png; } client_max_body_size 10m;"
		echo "client_body_temp_path $T/nginx/a; fastcgi_temp_path $T/nginx/b; proxy_temp_path $T/nginx/c;"
		echo "uwsgi_temp_path $T/nginx/d; scgi_temp_path $T/nginx/e;"
		cat
		echo "}"
	} >"$T/nginx/conf"
}

# nginx_start: likewise, and $NGINX is its pid.
nginx_start()
{
	nginx_conf
	cp "$(command -v nginx)" "$T/bin/nginx"
	"$T/bin/nginx" -c "$T/nginx/conf" -e "$T/nginx/error.log" &
	NGINX=$!
}

nginx_stop()
{
	kill "$NGINX"
	wait_quietly "$NGINX"
}
