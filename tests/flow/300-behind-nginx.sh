#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nginx in front, by examples/behind-nginx.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
needs nginx:nginx-light

behind
scripts_of_behind
mkdir -m 777 "$T/nginx"
cp /etc/nginx/fastcgi_params "$T/nginx/"
moved behind-nginx/site.conf >"$T/nginx/site"
cat >"$T/nginx/conf" <<END
daemon off;
pid $T/nginx/pid;
error_log $T/nginx/error.log;
$([ "$(id -u)" -ne 0 ] || echo "user www-data;")
worker_processes 1;
events {}
http {
	access_log off;
	client_max_body_size 10m;
	client_body_temp_path $T/nginx/a; fastcgi_temp_path $T/nginx/b; proxy_temp_path $T/nginx/c;
	uwsgi_temp_path $T/nginx/d; scgi_temp_path $T/nginx/e;
	include $T/nginx/site;
}
END
front nginx -c "$T/nginx/conf" -e "$T/nginx/error.log"
starts_before_hearth
expect_env "SCRIPT_NAME=/env" "REQUEST_URI=/env?a=b&c=%20d" "DOCUMENT_ROOT=$T/www"
serves_the_program
expect_script_env
serves_scripts
streams_answers
notices_who_leaves
ends_scripts_of_who_leaves
keeps_connections
page_is_there
loses_nothing_in_reloads
hearth_comes_back
refuses
front_stop
hearth_stop
