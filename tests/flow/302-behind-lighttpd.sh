#!/bin/bash
# SPDX-License-Identifier: MIT
#
# lighttpd's mod_fastcgi in front, by examples/behind-lighttpd.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
needs lighttpd:lighttpd

behind
scripts_of_behind
mkdir -m 777 "$T/lighttpd"
moved behind-lighttpd/lighttpd.conf -e "s|= 8080|= $PORT|" >"$T/lighttpd/conf"
cat >>"$T/lighttpd/conf" <<END
server.upload-dirs = ( "$T/lighttpd" )
server.errorlog = "$T/lighttpd/error.log"
$([ "$(id -u)" -ne 0 ] || printf 'server.username = "www-data"\nserver.groupname = "www-data"\n')
END
front lighttpd -D -f "$T/lighttpd/conf"
starts_before_hearth
expect_env "SCRIPT_NAME=" "PATH_INFO=/env" "REQUEST_URI=/env?a=b&c=%20d" "DOCUMENT_ROOT=$T/www"
serves_the_program
expect_script_env
serves_scripts
streams_answers
ends_scripts_of_who_leaves
keeps_no_connections
page_is_there
loses_nothing_in_reloads
hearth_comes_back
refuses
front_stop
hearth_stop
