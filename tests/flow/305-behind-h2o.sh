#!/bin/bash
# SPDX-License-Identifier: MIT
#
# h2o in front, by examples/behind-h2o.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
needs h2o:h2o

behind
scripts_of_behind
moved behind-h2o/h2o.conf -e "s|port: 8080|port: $PORT|" >"$T/h2o.conf"
[ "$(id -u)" -ne 0 ] || echo "user: www-data" >>"$T/h2o.conf"
front h2o -c "$T/h2o.conf"
starts_before_hearth
expect_env "SCRIPT_NAME=" "PATH_INFO=/env" "REQUEST_URI=/env?a=b&c=%20d"
connects_for_each_request
