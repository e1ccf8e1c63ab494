#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Caddy in front, by examples/behind-caddy.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/behind.sh"
needs caddy:caddy

behind
scripts_of_behind
{
	printf '{\n\tadmin off\n}\n'
	moved behind-caddy/Caddyfile
} >"$T/Caddyfile"
export HOME=$T XDG_DATA_HOME=$T XDG_CONFIG_HOME=$T
front caddy run --adapter caddyfile --config "$T/Caddyfile"
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
