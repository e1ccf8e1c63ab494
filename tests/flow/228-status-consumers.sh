#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who watches a php-fpm watches a pool of hearth, unchanged: Monitorix and collectd and check_http of
# Debian over HTTP, cgi-fcgi over the pool's FastCGI listener, and the rules by which others read the page.
# variants: plain
. "$(dirname "$0")/lib.sh"

command -v cgi-fcgi >/dev/null || skip "cgi-fcgi (libfcgi-bin) is not installed"
RULES="/usr/bin/python3 -S $ROOT/tests/flow/tools/status-consumers.py"
MONITORIX=/usr/lib/monitorix COLLECTD=/usr/sbin/collectd CHECK_HTTP=/usr/lib/nagios/plugins/check_http
MISSING=()
[ -r $MONITORIX/phpfpm.pm ] || MISSING+=(monitorix)
[ -x $COLLECTD ] || MISSING+=(collectd-core)
[ -x $CHECK_HTTP ] || MISSING+=(monitoring-plugins-basic)

{
	head_of_conf
	probe_pool app "pm = static" "pm.max_children = 2" "pm.max_queue = 7" "pm.queue_timeout = 100s" "listen = $T/app.sock" \
		"listen.mode = 0666" "pm.status_path = /app/status" "ping.path = /app/ping" "slowlog = $T/slow" \
		"request_slowlog_timeout = 100ms"
} >"$T/conf"
hearth_start "$T/conf"
URL=http://127.0.0.1:$PORT

# What the pool is like when this is called: accepted, waiting, longest line, idle, active, slow.
figures()
{
	ACCEPTED=$1 WAITING=$2 LONGEST=$3 IDLE=$4 ACTIVE=$5 SLOW=$6
	FIGURES=("accepted conn=$1" "listen queue=$2" "max listen queue=$3" "listen queue len=7" "idle processes=$4"
		"active processes=$5" "total processes=2" "max active processes=2" "slow requests=$6")
	poll_for 'get "/app/status?json&full"; $RULES json "$T/body" "${FIGURES[@]}" 2>"$T/rules"' ||
		fail "$(cat "$T/rules" "$T/body")"
}

# ask PATH QUERY [NAME=VALUE]...: as the monitors that speak FastCGI do; the answer's body in $T/body
ask()
{
	env -i PATH="$PATH" SCRIPT_NAME="$1" SCRIPT_FILENAME="$1" QUERY_STRING="$2" REQUEST_METHOD=GET "${@:3}" \
		cgi-fcgi -bind -connect "$T/app.sock" >"$T/all" || fail "no answer to $1"
	sed '1,/^\r$/d' "$T/all" >"$T/body"
}

has()
{
	[[ " ${MISSING[*]} " != *" $1 "* ]]
}

by_rules()
{
	local page
	for page in "" full 'json&full' 'full&json'; do
		ask /app/status "$page"
		is_as_ruled "$page"
		get_ok "/app/status?$page"
		is_as_ruled "$page"
	done
	ask /app/status "" SCRIPT_FILENAME=app/status CONTENT_LENGTH=0 SERVER_PROTOCOL=HTTP/1.0
	is_as_ruled "as telegraf asks"
	tail -n +5 "$T/all" | tr -d '\r' >"$T/body" # php-fpm-healthcheck counts the lines of the head
	is_as_ruled "as php-fpm-healthcheck takes it"
	ask /app/ping ""
	expect "the pong" "$(cat "$T/body")" pong
}

is_as_ruled()
{
	local form=text
	[[ $1 != *json* ]] || form=json
	$RULES $form "$T/body" "${FIGURES[@]}" >"$T/rules" 2>&1 || fail "page '$1': $(cat "$T/rules" "$T/body")"
}

# Its module, with a configuration like that in its manual; what it would draw is what it writes down. Of
# the accepted it takes what has come since it last looked, when there were two, for that of a minute.
by_monitorix()
{
	rm -f "$T/phpfpm.rrd"
	# shellcheck disable=SC2016 # it is Perl
	perl -I$MONITORIX -e 'use Monitorix; use phpfpm;
		my $conf = {base_lib => "$ARGV[0]/", max_historic_years => 1, accept_selfsigned_certs => "n",
			phpfpm => {group => {0 => "here"}, list => {0 => "app"}, desc => {app => $ARGV[1]}}};
		phpfpm_init("phpfpm", $conf, 1);
		$conf->{phpfpm_hist}{"00aconn"} = 2;
		phpfpm_update("phpfpm", $conf, 1);
		my $saved = RRDs::info("$ARGV[0]/phpfpm.rrd");
		my %seen = map { $_ => $saved->{"ds[phpfpm0_${_}0].last_ds"} }
			qw(uptim aconn lqueu mlque iproc aproc mapro slreq);
		printf "%s, %.2f\n%s\n", $seen{uptim} < 100 ? "new" : "old", $seen{aconn} * 60,
			join " ", @seen{qw(lqueu mlque iproc aproc mapro slreq)};' \
		"$T" "$URL/app/status" >"$T/monitorix" 2>&1
	expect "what Monitorix saves ($(cat "$T/monitorix"))" "$(tail -n 2 "$T/monitorix")" \
		"new, $((ACCEPTED - 2)).00"$'\n'"$WAITING $LONGEST $IDLE $ACTIVE 2 $SLOW"
}

# Its readers of JSON and XML, which read every second and write a file a value.
start_collectd()
{
	local key
	{
		echo "Hostname \"here\""
		echo "Interval 1"
		echo "BaseDir \"$T\""
		echo "PIDFile \"$T/collectd.pid\""
		echo "TypesDB \"/usr/share/collectd/types.db\""
		printf 'LoadPlugin %s\n' csv curl_json curl_xml
		printf '<Plugin csv>\n\tDataDir "%s"\n\tStoreRates false\n</Plugin>\n' "$T/csv"
		printf '<Plugin curl_json>\n\t<URL "%s">\n\t\tInstance "app"\n' "$URL/app/status?json&full"
		for key in "accepted conn" "listen queue" "listen queue len" "idle processes" "active processes" \
			"slow requests" "processes/*/pid"; do
			printf '\t\t<Key "%s">\n\t\t\tType "gauge"\n\t\t</Key>\n' "$key"
		done
		printf '\t</URL>\n</Plugin>\n'
		printf '<Plugin curl_xml>\n\t<URL "%s">\n\t\tInstance "app"\n' "$URL/app/status?xml&full"
		printf '\t\t<XPath "/status">\n\t\t\tType "gauge"\n\t\t\tInstanceFrom "pool"\n'
		printf '\t\t\tValuesFrom "active-processes"\n\t\t</XPath>\n\t</URL>\n</Plugin>\n'
	} >"$T/collectd.conf"
	$COLLECTD -f -C "$T/collectd.conf" >"$T/collectd" 2>&1 &
	COLLECTD_PID=$!
}

# The last value in its files for today, of those of a reader and a name.
collected()
{
	cat "$T/csv/here/curl_$1-app/gauge-$2-2"* 2>/dev/null | sed -n '$ { s/.*,//; s/\..*//; p }'
}

collected_all()
{
	local key
	for key in "accepted conn=$ACCEPTED" "listen queue=$WAITING" "idle processes=$IDLE" "listen queue len=7" \
		"active processes=$ACTIVE" "slow requests=$SLOW"; do
		[ "$(collected json "${key%=*}")" = "${key#*=}" ] || return 1
	done
	[ "$(collected xml app)" = "$ACTIVE" ] &&
		[ "$({ collected json processes-0-pid; collected json processes-1-pid; } | sort -n)" = "$(pids_of fcgi-probe)" ]
}

by_collectd()
{
	poll_for collected_all || fail "collectd has not seen ${FIGURES[*]}: $(cat "$T/collectd"; tail -n 1 "$T"/csv/here/*/*)"
}

by_check_http()
{
	$CHECK_HTTP -I 127.0.0.1 -p "$PORT" -u /app/ping -e " 200 " -r '^pong$' -t 30 >"$T/check" ||
		fail "check_http: $(cat "$T/check")"
	$CHECK_HTTP -I 127.0.0.1 -p "$PORT" -u /app/status -t 30 -r "^active processes: +$ACTIVE\$" \
		>"$T/check" || fail "check_http: $(cat "$T/check")"
}

all()
{
	by_rules
	! has monitorix || by_monitorix
	! has collectd-core || by_collectd
	! has monitoring-plugins-basic || by_check_http
}

# Both workers are busy and slow, and one request waits: who watches needs no worker.
! has collectd-core || start_collectd
clients=()
for i in 1 2; do
	get_ok /app/hello
	curl -sS --max-time 50 -o /dev/null "$URL/app/held?$T/mark/held.$i" &
	clients+=($!)
	wait_for '[ -e "$T/mark/held.$i" ]'
done
curl -sS --max-time 50 -o /dev/null "$URL/app/hello" &
clients+=($!)
figures 5 1 1 0 2 2
all

rm "$T/mark/held.1" "$T/mark/held.2"
wait "${clients[@]}"
figures 5 0 1 2 0 2
all
if has collectd-core; then
	kill "$COLLECTD_PID"
	wait_quietly "$COLLECTD_PID"
fi
hearth_stop
[ ${#MISSING[@]} -eq 0 ] || skip "not asked, since not installed: ${MISSING[*]}"
