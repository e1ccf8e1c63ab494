#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Apache's mod_proxy_fcgi in front, with the event MPM, by examples/behind-apache.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
needs apache2:apache2-bin
MODULES=/usr/lib/apache2/modules

behind
scripts_of_behind
mkdir -m 777 "$T/apache"
moved behind-apache/site.conf >"$T/apache/site"
{
	for each in mpm_event authz_core proxy proxy_fcgi; do
		echo "LoadModule ${each}_module $MODULES/mod_$each.so"
	done
	[ "$(id -u)" -ne 0 ] || printf 'User www-data\nGroup www-data\n'
	cat <<END
ServerName localhost
DefaultRuntimeDir $T/apache
PidFile $T/apache/pid
ErrorLog $T/apache/error.log
StartServers 1
Include $T/apache/site
END
} >"$T/apache/conf"
front apache2 -d "$T/apache" -f "$T/apache/conf" -D FOREGROUND
starts_before_hearth
expect_env "SCRIPT_NAME=/env" "REQUEST_URI=/env?a=b&c=%20d"
serves_the_program
expect_script_env
serves_scripts
streams_answers
ends_scripts_of_who_leaves
keeps_connections
page_is_there
loses_nothing_in_reloads
hearth_comes_back
refuses
front_stop
hearth_stop
