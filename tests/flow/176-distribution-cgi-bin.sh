#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A pool over the distribution's own cgi-bin: programs in C, C++ and Perl, as old as CGI, that draw,
# search, convert and ask; each says what it says elsewhere, to many clients at once, and a program
# that says nothing without its arguments is a 502 with a line in the log.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"

{
	head_of_conf
	echo "[debian]"
	echo "type = cgi"
	echo "route = /cgi-bin/"
	echo "directory = /usr/lib/cgi-bin"
	user_line
	echo "pm.max_children = 8"
	echo "env[OMEGA_CONFIG_FILE] = $T/omega.conf"
} >"$T/conf"
hearth_start "$T/conf"

missing='' pages=()
has()
{
	[ -e "/usr/lib/cgi-bin/$1" ] || { missing="$missing $2"; return 1; }
}

# Pictures of formulas; the query is the formula, and no form.
if has mimetex.cgi mimetex; then
	get_ok '/cgi-bin/mimetex.cgi?%5cfrac%7b1%7d%7b%5csqrt%7bx%5e2+1%7d%7d' GIF87a
	expect "what a formula is" "$(header Content-Type)" image/gif
	for formula in 'x^2+y^2' '\int_0^1e^xdx' 'a&b=c'; do
		get "/cgi-bin/mimetex.cgi?$formula" --globoff
		expect_status 200
		cmp "$T/body" <(cd "$T" && QUERY_STRING="$formula" /usr/lib/cgi-bin/mimetex.cgi 2>"$T/err" | sed '1,/^$/d') || fail "the picture of $formula is another"
	done
	pages+=('/cgi-bin/mimetex.cgi?x%5e2' '/cgi-bin/mimetex.cgi?%5cint_0%5e1')
fi

# Manual pages by words in the query, or none; a path that is no page is its own 403.
if has man/man2html man2html; then
	get '/cgi-bin/man/man2html?1+bash'
	QUERY_STRING=1+bash SCRIPT_NAME=/cgi-bin/man/man2html /usr/lib/cgi-bin/man/man2html 2>"$T/err" | sed '1,/^$/d' >"$T/direct"
	cmp <(grep -v "Time:" "$T/body") <(grep -v "Time:" "$T/direct") || fail "the manual page of bash is another"
	get_ok /cgi-bin/man/man2html 'Manual Pages'
	get /cgi-bin/man/man2html/etc/passwd
	expect_status 403
	expect_body "Only man pages allowed"
	pages+=(/cgi-bin/man/man2html)
fi

# A form that is posted to its own address, and asks another server on behalf of the user.
if has cachemgr.cgi squid-cgi; then
	get_ok /cgi-bin/cachemgr.cgi '<FORM METHOD="POST"'
	get /cgi-bin/cachemgr.cgi -d "host=127.0.0.1&port=1&operation=menu&user_name=&passwd="
	expect_status 200
	expect_body "Cache Manager Error"
	pages+=(/cgi-bin/cachemgr.cgi)
fi

# A search engine over an index of its own.
if has omega/omega xapian-omega; then
	mkdir "$T/data" "$T/docs"
	for i in {1..40}; do
		echo "<html><head><title>page $i</title></head><body>every page has number$i in it</body></html>" >"$T/docs/$i.html"
	done
	omindex --db "$T/data/default" --url /docs "$T/docs" >"$T/said" 2>&1 || fail "omindex: $(cat "$T/said")"
	printf '%s\n' "database_dir $T/data" "template_dir /var/lib/xapian-omega/templates" "log_dir $T/data" \
		"cdb_dir $T/data" >"$T/omega.conf"
	get_ok '/cgi-bin/omega/omega?P=number17&FMT=xml' '<hit'
	expect_body '/docs/17.html'
	expect "what is found" "$(header Content-Type)" application/xml
	get /cgi-bin/omega/omega -d P=page -d HITSPERPAGE=50 -d FMT=xml
	expect_status 200
	expect "how much is found" "$(grep -c '<hit ' "$T/body")" 40
	pages+=('/cgi-bin/omega/omega?P=number17&FMT=xml')
fi

if has djvuserve djvuserve; then
	get /cgi-bin/djvuserve
	expect_status 502
	expect_log 'script /usr/lib/cgi-bin/djvuserve.*: it ended without any output \(it exited with code 10\)'
fi

[ ${#pages[@]} -lt 2 ] || VARIES='time=|[0-9][0-9]:[0-9][0-9]:[0-9][0-9]' crowd 64 "${pages[@]}"
no_script_is_left
hearth_stop
[ ${#pages[@]} -gt 0 ] || skip "none of them is installed:$missing"
[ -z "$missing" ] || skip "all is well, but these are not installed:$missing"
