#!/bin/bash
# SPDX-License-Identifier: MIT
#
# hearth serve takes directories of any name that a line can hold, and refuses the others.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

# site NAME: a directory with a file and a script.
site()
{
	mkdir -p "$T/$1/cgi-bin"
	printf '#!/bin/sh\nprintf "Content-Type: text/plain\\r\\n\\r\\nscript\\n"\n' >"$T/$1/cgi-bin/hello"
	chmod 755 "$T/$1/cgi-bin/hello"
	echo file >"$T/$1/one.txt"
}

serve_here()
{
	serve "$1" -l "127.0.0.1:$PORT"
}

# Names that mean something in a configuration.
# shellcheck disable=SC2016
for name in 'a b #c;' '$pool' '"quoted' ' ends ' "it's" '100%s' $'h\xc3\xbctte'; do
	site "$name"
	serve_here "$T/$name"
	get_ok /one.txt file
	get_ok / && grep -q 'href="one.txt"' "$T/body" || fail "a directory without an index is not listed"
	get_ok /cgi-bin/hello script
	hearth_stop
done
# shellcheck disable=SC2016
serve_here "$T/\$pool/cgi-bin"
get_ok /cgi-bin/hello script
hearth_stop

site $'two\n[gateway]'
serve_here "$T/"$'two\n[gateway]'
wait_quietly "$MANAGER"
MANAGER=
expect "exit status" "$EXIT" 1
expect_log 'hearth: the path of DIR has a control character'
