#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What a script sees of its paths under php-fpm and under hearth with php-cgi is the same, behind one
# and the same configuration of nginx and of Apache; and what it sees by the HTTP front alone.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
. "$(dirname "$0")/php.sh"
needs php-cgi:php-cgi php-fpm8.2:php-fpm nginx:nginx-light apache2:apache2

cat >"$T/www/show.php" <<'EOF'
<?php
header('Content-Type: text/plain');
foreach (['SCRIPT_NAME', 'SCRIPT_FILENAME', 'PATH_INFO', 'PATH_TRANSLATED', 'PHP_SELF', 'REQUEST_URI', 'DOCUMENT_ROOT',
	'QUERY_STRING', 'REDIRECT_URL'] as $name)
	echo "$name=", $_SERVER[$name] ?? '(none)', "\n";
EOF
mkdir "$T/www/sub"
cp "$T/www/show.php" "$T/www/a b.php"
cp "$T/www/show.php" "$T/www/sub/index.php"
cp "$T/www/show.php" "$T/www/up.jpg"
FRONT=$PORT
{
	head_of_conf "index = index.php"
	php_pool "route = *.php"
} >"$T/conf"
hearth_start "$T/conf"
fpm_start

# ---- nginx: as it is, with fastcgi_split_path_info, and as many are told to do it -------------------

nginx_server()
{
	cat <<EOF
server {
	listen 127.0.0.1:$PORT; server_name $1.$2; root $T/www; index index.php;
	location ~ \.php(/|\$) {
		$3
		fastcgi_param QUERY_STRING \$query_string; fastcgi_param REQUEST_METHOD \$request_method;
		fastcgi_param CONTENT_TYPE \$content_type; fastcgi_param CONTENT_LENGTH \$content_length;
		fastcgi_param SCRIPT_NAME \$fastcgi_script_name; fastcgi_param REQUEST_URI \$request_uri;
		fastcgi_param DOCUMENT_ROOT \$document_root; fastcgi_param SERVER_PROTOCOL \$server_protocol;
		fastcgi_param SCRIPT_FILENAME \$document_root\$fastcgi_script_name;
		fastcgi_param REDIRECT_STATUS 200;
		fastcgi_pass unix:$T/$2.sock;
	}
}
EOF
}
PORT=$(new_port)
BY_NGINX=$PORT
nginx_start < <(for to in fpm hearth; do
	nginx_server plain $to ""
	nginx_server split $to 'fastcgi_split_path_info ^(.+?\.php)(/.*)$; fastcgi_param PATH_INFO $fastcgi_path_info;'
	nginx_server debian $to 'fastcgi_split_path_info ^(.+?\.php)(/.*)$; try_files $fastcgi_script_name =404;
		set $path_info $fastcgi_path_info; fastcgi_param PATH_INFO $path_info;'
	nginx_server whole $to 'fastcgi_param PATH_INFO $fastcgi_script_name;'
	nginx_server translated $to 'fastcgi_split_path_info ^(.+?\.php)(/.*)$; fastcgi_param PATH_INFO $fastcgi_path_info;
		fastcgi_param PATH_TRANSLATED $document_root$fastcgi_path_info;'
done)

# ---- Apache: by ProxyPassMatch, by SetHandler, and behind a rule that rewrites ----------------------

apache_host()
{
	printf '%s\n' "<VirtualHost 127.0.0.1:$PORT>" "ServerName $1.$2" "DocumentRoot $T/www" "DirectoryIndex index.php" \
		"<Directory $T/www>" "Require all granted" "AllowOverride None" "${4:-}" "</Directory>" "$3" "</VirtualHost>"
}
PORT=$(new_port)
BY_APACHE=$PORT
apache_start < <(
	echo "Listen 127.0.0.1:$PORT"
	echo "ServerName localhost"
	for to in fpm hearth; do
		handler="<FilesMatch \"\\.(php|jpg)\$\">
SetHandler \"proxy:unix:$T/$to.sock|fcgi://localhost\"
</FilesMatch>"
		apache_host pass $to "ProxyPassMatch \"^/(.*\\.php(/.*)?)\$\" \"unix:$T/$to.sock|fcgi://localhost$T/www/\$1\""
		apache_host handler $to "$handler"
		apache_host rewritten $to "$handler" "RewriteEngine on
RewriteRule ^nice/(.*)\$ show.php/\$1?by=rule [QSA,L]
RewriteRule ^plain\$ show.php [L]"
		apache_host generic $to "$handler
<Proxy \"fcgi://localhost\">
ProxyFCGIBackendType GENERIC
</Proxy>"
	done
)
wait_for "curl -s -o /dev/null http://127.0.0.1:$BY_NGINX/"
wait_for "curl -s -o /dev/null http://127.0.0.1:$BY_APACHE/"

# ---- side by side -----------------------------------------------------------------------------------

# What differs, and why. The page that says that there is no script is php-cgi's own; its status is the same.
# Where it is hearth's, it is php-fpm's with the request's id behind it.
explained()
{
	grep -qx 'File not found.' "$2" && grep -qx 'No input file specified.' "$3" && return
	diff "$2" <(grep -vE '^<p>Request [0-9a-f]{16}</p>$' "$3") >/dev/null && return
	# Of those that Apache splits, REDIRECT_URL would have php-cgi forget PATH_INFO again: hearth leaves it out.
	[ "$1" = rewritten ] && diff <(grep -v ^REDIRECT_URL= "$2") <(grep -v ^REDIRECT_URL= "$3") >/dev/null &&
		grep -q '^PATH_INFO=/' "$3"
}

# ask_all HOST PATH...: bodies into $T/HOST.0 and so on, statuses into $T/HOST
ask_all()
{
	local i host=$1
	shift
	for ((i = 1; i <= $#; i++)); do
		printf 'url = "http://127.0.0.1:%s%s"\noutput = "%s"\n' "$PORT" "${!i}" "$T/$host.$i"
	done | curl -sS --path-as-is --max-time 30 -H "Host: $host" -w '%{http_code}\n' -K - >"$T/$host" 2>"$T/curl.err"
	expect "answers of $host" "$(wc -l <"$T/$host")" $#
}

# same WAY PATH...
same()
{
	local way=$1 i
	shift
	ask_all "$way.fpm" "$@"
	ask_all "$way.hearth" "$@"
	for ((i = 1; i <= $#; i++)); do
		# ProxyPassMatch encodes the path; php-fpm decodes it from 8.3 on, hearth where there is such a file.
		[[ $way = pass && ${!i} = /a%20b.php* && $(sed -n "${i}p" "$T/$way.fpm"),$(sed -n "${i}p" "$T/$way.hearth") = 404,200 ]] && continue
		expect "status of ${!i}, $way" "$(sed -n "${i}p" "$T/$way.hearth")" "$(sed -n "${i}p" "$T/$way.fpm")"
		cmp -s "$T/$way.fpm.$i" "$T/$way.hearth.$i" || explained "$way" "$T/$way.fpm.$i" "$T/$way.hearth.$i" ||
			fail "$way ${!i}: $(diff "$T/$way.fpm.$i" "$T/$way.hearth.$i")"
	done
	! grep -x 502 "$T/$way.hearth" || fail "$way: 502"
}
paths=('/show.php' '/show.php?x=y' '/show.php/a/b?x=y' '/show.php/' '/show.php/a%20b/c' '/a%20b.php' '/a%20b.php/c%20d'
	'/sub/' '/sub/index.php/x/show.php' '/none.php' '/none.php/a' '/sub/none.php' '/up.jpg/x.php' '/show.php//a' '/sub.php/../show.php/z')
PORT=$BY_NGINX
for way in plain split debian whole translated; do
	same $way "${paths[@]}"
done
get /show.php/a/b?x=y -H "Host: split.hearth"
expect_status 200
expect "PATH_INFO behind nginx" "$(grep ^PATH_INFO "$T/body")" "PATH_INFO=/a/b"
expect "SCRIPT_NAME behind nginx" "$(grep ^SCRIPT_NAME "$T/body")" "SCRIPT_NAME=/show.php"
PORT=$BY_APACHE
for way in pass handler generic; do
	same $way "${paths[@]}" /up.jpg
done
same rewritten /nice/a/b /nice/up.jpg /plain '/nice/?q=1' /nice/a%20b
for way in pass handler; do
	get '/show.php/a/b?x=y' -H "Host: $way.hearth"
	for line in SCRIPT_NAME=/show.php PATH_INFO=/a/b "SCRIPT_FILENAME=$T/www/show.php" 'REQUEST_URI=/show.php/a/b?x=y' QUERY_STRING=x=y; do
		grep -qxF "$line" "$T/body" || fail "Apache, $way: no $line in $(body)"
	done
done

# ---- the HTTP front alone ---------------------------------------------------------------------------

PORT=$FRONT
# front PATH SCRIPT_NAME PATH_INFO PATH_TRANSLATED QUERY_STRING
front()
{
	get "$1"
	expect_status 200
	expect "$1 by HTTP" "$(body)" "SCRIPT_NAME=$2
SCRIPT_FILENAME=$T/www$2
PATH_INFO=$3
PATH_TRANSLATED=$4
PHP_SELF=$2${3#(none)}
REQUEST_URI=$1
DOCUMENT_ROOT=$T/www
QUERY_STRING=$5
REDIRECT_URL=(none)"
}
front /show.php /show.php '(none)' '(none)' ''
front '/show.php/a/b?x=y' /show.php /a/b "$T/www/a/b" x=y
front '/a%20b.php/c%20d' '/a b.php' '/c d' "$T/www/c d" ''
front '/sub/?q' /sub/index.php '(none)' '(none)' q
get /up.jpg/x.php
expect_status 404
get /none.php
expect_status 404
php_stop "$NGINX" "$APACHE" "$FPM"
hearth_stop
