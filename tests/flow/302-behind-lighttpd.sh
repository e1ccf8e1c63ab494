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
connects_for_each_request
