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
connects_for_each_request
