#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The request half of RFC 3875 as a table, data/rfc3875-request: what a client sends and what its
# script must see, for each MUST and for each SHOULD that is kept. Rows that fail are shown with
# their clauses, all of them.
# variants: plain
. "$(dirname "$0")/lib.sh"

cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin/sub" "$T/www/dir.cgi"
for name in see sub/see one "an odd+name%" ../dir.cgi/one.cgi; do cp "$T/bin/portrait" "$T/www/cgi-bin/$name"; done
script method <<'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\nX-Method: %s\r\n\r\n' "$REQUEST_METHOD"
END
# pool NAME ROUTE [LINE]...
pool()
{
	script_pool "${@:3}" | sed "s|^\[.*|[$1]|; s|^route = .*|route = $2|"
}
{
	head_of_conf "max_body = 1000"
	pool scripts /cgi-bin/
	pool search /search/ "isindex = yes"
	pool secret /secret/ "pass_authorization = yes"
	pool one =/one
	pool suffix '*.cgi' | sed "s|^directory = .*|directory = $T/www|"
} >"$T/conf"
hearth_start "$T/conf"

ROW='' FAILED=0 ROWS=0 CHECKS=0 ASKED='' SAID='' CODE='' WANTED=200
LONG=$(printf '%01000d' 0)

# wrong WHAT: to be shown with the row it is about.
wrong()
{
	[ "$FAILED_ROW" = "$ROW" ] || echo "$ROW"
	FAILED_ROW=$ROW
	FAILED=$((FAILED + 1))
	echo "    > $ASKED"
	echo "      $*"
}

# What the last request has been answered; after all that is wanted of it was read.
finish_request()
{
	[ -z "$ASKED" ] || [ "$CODE" = "$WANTED" ] || wrong "status $CODE where $WANTED is wanted"
	ASKED='' WANTED=200
}

# ask TEXT: in printf's escapes.
ask()
{
	local text=$1 fields='Connection: close\r\n'
	[[ $text == *$'Host:'* ]] || fields="Host: here.test:$PORT\r\n$fields"
	[[ $text != *' HTTP/1.1\r\n'* ]] || text="${text/ HTTP\/1.1\\r\\n/ HTTP\/1.1\\r\\n$fields}"
	ASKED=$1
	SAID=$(raw "${text//%/%%}" | tr -d '\r') || wrong "no end of the answer"
	CODE=$(sed -n '1s/^HTTP.1.1 //; 1s/ .*//p' <<<"${SAID#*HTTP/1.1 100 Continue$'\n\n'}")
	case $'\n'$SAID in *$'\narg 1 '*) ;; *) SAID=$SAID$'\n'"no arguments" ;; esac
	case $'\n'$SAID$'\n' in *$'\nstdin \n'*) SAID=$SAID$'\n'"no body" ;; esac
	SAID=$'\n'$SAID$'\n'
}

has_line()
{
	[[ $SAID == *$'\n'"$1"$'\n'* ]]
}

# The value of a variable in the last answer.
variable()
{
	sed -n "s/^env $1=//p" <<<"$SAID"
}

encode()
{
	perl -pe 's|([^A-Za-z0-9/_.~-])|sprintf "%%%02X", ord $1|ge' <<<"$1" | sed 's/%0A$//'
}

# The Script-URI of the last answer: asked for, it gives the same.
lead_back()
{
	local names=(SCRIPT_NAME PATH_INFO QUERY_STRING SERVER_NAME SERVER_PORT) name before=() i=0 asked=$ASKED query
	for name in "${names[@]}"; do before+=("$(variable "$name")"); done
	query=${before[2]}
	ask "GET $(encode "${before[0]}${before[1]}")${query:+?$query} HTTP/1.1\r\nHost: ${before[3]}:${before[4]}\r\n\r\n"
	for name in "${names[@]}"; do
		[ "$(variable "$name")" = "${before[i]}" ] ||
			wrong "$name of the Script-URI is '$(variable "$name")', and was '${before[i]}'"
		i=$((i + 1))
	done
	ASKED=$asked
}

FAILED_ROW=''
while IFS= read -r line; do
	line=${line//@PORT/$PORT} line=${line//@ROOT/$T/www} line=${line//@LONG/$LONG}
	is=${line#? }
	[[ $line == [0-9\>]* || $line == \#* || -z $line ]] || CHECKS=$((CHECKS + 1))
	case $line in
	'' | '#'*) ;;
	'> '*) finish_request && ask "$is" ;;
	'= '*) has_line "env $is" || wrong "$is is wanted, and it is '$(variable "${is%%=*}")'" ;;
	'! '*) [[ $SAID != *$'\n'"env $is="* ]] || wrong "$is is set, to '$(variable "$is")'" ;;
	': '*) has_line "$is" || wrong "no line '$is', but '$(grep -a "^${is%%[ :]*}" <<<"$SAID")'" ;;
	'~ '*) grep -aqE -- "$is" <<<"$SAID" || wrong "no line matches $is" ;;
	'< '*) WANTED=$is ;;
	'@') lead_back ;;
	[0-9]*) finish_request && ROW=$line ROWS=$((ROWS + 1)) ;;
	*) fail "a line of the table that is none: $line" ;;
	esac
done <"$ROOT/tests/flow/data/rfc3875-request"
finish_request
hearth_stop
[ "$FAILED" -eq 0 ] || fail "$FAILED of $CHECKS checks"
[ "$ROWS" -ge 40 ] && [ "$CHECKS" -ge 100 ] || fail "only $ROWS rows with $CHECKS checks were read"
