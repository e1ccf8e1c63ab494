#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The response half of RFC 3875, one row a clause: tests/flow/data/rfc3875-response says what scripts
# say, what their clients must get for it, and what the log shows.
# variants: plain
. "$(dirname "$0")/lib.sh"

script say <<'END'
#!/bin/sh
cat "$QUERY_STRING"
END
cp "$T/www/cgi-bin/say" "$T/www/cgi-bin/nph-say"
mkdir "$T/www/dir"
printf 0123456789 >"$T/www/file.txt"
{ head_of_conf; script_pool; probe_pool app "pm = static" "pm.max_children = 1"; } >"$T/conf"
hearth_start "$T/conf"

CLAUSE='' HOW='' ANSWERED='' RAN=0 WRONG=0

wrong()
{
	echo "$PATH_ASKED, $CLAUSE: $*"
	echo "        it said: $(tr '\n\r' '$!' <"$T/mark/said" | head -c 200)"
	WRONG=$((WRONG + 1))
}

# What is wanted is a file of lines that begin with their marks.
check_lines()
{
	local line mark rest bodied=''
	while IFS= read -r line; do
		mark=${line:0:1} rest=${line:2}
		case $mark in
		'<') [[ "$(head -n 1 "$T/head" | tr -d '\r') " == "HTTP/1.1 $rest "* ]] || wrong "wanted $rest, got $(head -n 1 "$T/head")" ;;
		=) grep -aqxF -- "$rest"$'\r' "$T/head" || wrong "the head lacks $rest: $(cat "$T/head")" ;;
		!) ! grep -aqi -- "^$rest:" "$T/head" || wrong "the head has $rest" ;;
		:) bodied=1
			# shellcheck disable=SC2059 # escapes are wanted
			printf "$rest" | cmp -s - "$T/body" || wrong "the body is $(od -c "$T/body" | head -n 3)" ;;
		'*') bodied=1
			# shellcheck disable=SC2059 # escapes are wanted
			printf "$rest" | cmp -s - "$T/raw.got" || wrong "what came is $(od -c "$T/raw.got" | head -n 5)" ;;
		'~') poll_for "tail -c +$((LOG_FROM + 1)) '$LOG' | grep -aqE -- \"\$rest\"" 5 || wrong "not in the log: $rest" ;;
		esac
	done <"$T/wanted"
	[ -n "$bodied" ] || [[ $(sed -n 's/^HTTP[^ ]* //p' "$T/head") =~ ^[345] ]] || [ ! -s "$T/body" ] || wrong "there is a body"
	! grep -aqv $'\r$' "$T/head" || wrong "a line of the head does not end with CR LF"
}

# ask PATH: $T/head and $T/body.
ask()
{
	local args=()
	PATH_ASKED=$1
	LOG_FROM=$(wc -c <"$LOG")
	rm -f "$T/head" "$T/body"
	case $HOW in
	nph | HEAD)
		raw "${HOW/nph/GET} $1?$T/mark/said HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" >"$T/raw.got" || wrong "it was not closed"
		sed '/^\r$/q' "$T/raw.got" >"$T/head"
		tail -c +$(($(wc -c <"$T/head") + 1)) "$T/raw.got" >"$T/body"
		return
		;;
	1.0) args=(--http1.0) ;;
	POST) args=(-d body) ;;
	esac
	get "$1?$T/mark/said" "${args[@]}"
}

# What was read so far of an answer is asked for, and looked at.
run_answer()
{
	[ -n "$ANSWERED" ] || return 0
	RAN=$((RAN + 1))
	ANSWERED=''
	if [ "$HOW" = nph ]; then
		ask /cgi-bin/nph-say
		grep -q '^[*]' "$T/wanted" || check_lines
		! grep -q '^[*]' "$T/wanted" || { printf 'HTTP/1.1 \r\n\r\n' >"$T/head"; check_lines; }
		return
	fi
	for path in /cgi-bin/say /app/say; do
		ask $path
		check_lines
	done
}

while IFS= read -r line; do
	case $line in
	'#'* | '') ;;
	'>'*)
		run_answer
		# shellcheck disable=SC2059 # escapes are wanted
		printf "${line:2}" >"$T/mark/said"
		: >"$T/wanted"
		HOW='' ANSWERED=1
		;;
	'? '*) HOW=${line:2} ;;
	[0-9]*)
		run_answer
		CLAUSE=$line
		;;
	*) printf '%s\n' "$line" >>"$T/wanted" ;;
	esac
done <"$ROOT/tests/flow/data/rfc3875-response"
run_answer
[ $WRONG = 0 ] || fail "$WRONG of $RAN answers are wrong"
[ $RAN -gt 60 ] || fail "only $RAN answers were asked for"
hearth_stop
