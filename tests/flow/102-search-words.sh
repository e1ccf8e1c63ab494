#!/bin/bash
# SPDX-License-Identifier: MIT
#
# isindex: the words of a query become arguments of a script if its pool says so, all of them or
# none, and never those of an interpreter that was named for it (RFC 3875 4.4).
# variants: plain asan
. "$(dirname "$0")/lib.sh"

cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin" "$T/www/search"
cp "$T/bin/portrait" "$T/www/cgi-bin/words"
cp "$T/bin/portrait" "$T/www/search/words"
# A program that is a script's interpreter by its #! line has the script before the words; one that
# the configuration names has none.
printf '#!%s/bin/portrait -x\n' "$T" >"$T/www/search/by-line"
chmod 755 "$T/www/search/by-line"
echo text >"$T/www/search/named.txt"
{
	head_of_conf
	script_pool
	script_pool "isindex = yes" "interpreter[.txt] = $T/bin/portrait" |
		sed "s|^\[.*|[search]|; s|/cgi-bin/|/search/|; s|/cgi-bin$|/search|"
} >"$T/conf"
hearth_start "$T/conf"

# words PATH?QUERY WANTED [CURL-ARGUMENT]...: the arguments behind the program, with | around each.
words()
{
	get "$1" "${@:3}"
	expect_status 200
	expect "words of $1" "|$(sed -n 's/^arg [1-9][0-9]* //p' "$T/body" | tr '\n' '|')" "|$2"
	expect "query of $1" "$(sed -n 's/^env QUERY_STRING=//p' "$T/body")" "${1#*\?}"
}
words '/search/words?one+two' 'one|two|'
words '/search/words?one%20word+%C3%BC+a%2Bb+c%3Dd' 'one word|ü|a+b|c=d|'
words '/search/words?a%26b;c+$(d)' 'a\&b\;c|\$\(d\)|'
words '/search/words?%2520' '%20|'
words '/search/words/path/info?word' 'word|'
for none in '' a=b 'a+b=c' '=' + a++b -s %2Ds a+-s a%00 a%0A a%1b%5B2J a% a%zz; do
	words "/search/words?$none" ''
done
words "/search/words?$(seq -s+ 64)" "$(seq -s'|' 64)|"
words "/search/words?$(seq -s+ 65)" ''

# A form is none, by whatever it is sent.
words '/search/words?word' '' -d x
words '/search/words?word' '' -X PUT

# Interpreters.
words '/search/by-line?word+-s' "-x|$T/www/search/by-line|"
words '/search/by-line?word' "-x|$T/www/search/by-line|word|"
words '/search/named.txt?word' "$T/www/search/named.txt|"
words '/search/named.txt?-s' "$T/www/search/named.txt|"

# By default nobody gets any.
words '/cgi-bin/words?one+two' ''
hearth_stop
