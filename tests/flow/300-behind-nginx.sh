#!/bin/bash
# SPDX-License-Identifier: MIT
#
# nginx in front, by examples/behind-nginx; and with connections that are not kept, and buffered.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
. "$(dirname "$0")/nginx.sh"
needs nginx:nginx-light

behind
scripts_of_behind
mkdir -m 777 "$T/nginx"
cp /etc/nginx/fastcgi_params "$T/nginx/"
SINGLE=$(new_port) BUFFERED=$(new_port)
# variant NAME PORT LINE: the same without that line.
variant()
{
	sed -e "s|127.0.0.1:$PORT|127.0.0.1:$2|; s|upstream app|upstream $1|; s|fastcgi_pass app|fastcgi_pass $1|; /$3/d" "$T/site"
}
moved behind-nginx/site.conf -e 's|^\tlocation / {|\tlocation /file/ { internal; alias '"$T"'/www/; }\n&|' >"$T/site"
nginx_conf <<END
include $T/site;
$(variant single "$SINGLE" "keepalive\|keep_conn")
$(variant buffered "$BUFFERED" "fastcgi_buffering")
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

# Other ways: a connection for each request; and answers that nginx collects.
(PORT=$SINGLE serves_the_program && PORT=$SINGLE streams_answers) || exit 1
(PORT=$BUFFERED serves_the_program) || exit 1

# What is said to nginx itself.
echo "the file itself" >"$T/www/file"
printf 'X-Accel-Redirect: /file/file\r\nContent-Type: text/plain\r\n\r\n' >"$T/mark/accel"
printf 'Location: /hello\r\n\r\n' >"$T/mark/location"
get_ok "/say?$T/mark/accel" "the file itself"
get "/say?$T/mark/location"
expect_status 302

# What nginx lets through does no harm: odd requests, and clients that leave.
for odd in 'GET /%%00 HTTP/1.1\r\nHost: x\r\n\r\n' 'GET /../../x HTTP/1.1\r\nHost: x\r\n\r\n' \
	'GET /hello HTTP/1.1\r\nHost: x\r\nX: \x01\r\n\r\n' 'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\nabc'; do
	raw "$odd" 0.3 >/dev/null
done
get_ok /hello hello
refuses
front_stop
hearth_stop
