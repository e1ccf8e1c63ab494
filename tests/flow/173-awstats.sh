#!/bin/bash
# SPDX-License-Identifier: MIT
#
# awstats reads a log into its statistics and shows them from its place in the distribution's cgi-bin;
# its pages are frames that ask for each other, with pictures from the document root.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
needs /usr/lib/cgi-bin/awstats.pl:awstats

mkdir "$T/conf.d" "$T/data"
cat >"$T/conf.d/awstats.site.conf" <<END_OF_CONF
LogFile="$T/access.log"
LogFormat=1
SiteDomain="example.test"
HostAliases="localhost"
DirData="$T/data"
DirCgi="/cgi-bin"
DirIcons="/icon"
DNSLookup=0
AllowToUpdateStatsFromBrowser=1
END_OF_CONF
awk 'BEGIN {
	for (i = 0; i < 3000; i++)
		printf "10.0.%d.%d - - [%02d/Mar/2024:%02d:%02d:00 +0000] \"GET /page%d.html HTTP/1.1\" %d %d \"-\" \"Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0\"\n",
			i % 7, i % 31, 1 + i / 150, (i / 60) % 24, i % 60, i % 13, i % 50 ? 200 : 404, 1000 + i
}' | sort -k4 >"$T/access.log"
owned_by_pool "$T/data" "$T/conf.d"
{
	head_of_conf
	echo "[debian]"
	echo "type = cgi"
	echo "route = /cgi-bin/"
	echo "directory = /usr/lib/cgi-bin"
	user_line
	echo "pm.max_children = 8"
	echo "env[AWSTATS_ENABLE_CONFIG_DIR] = $T/conf.d"
	# Equals stand in the order of Perl's hashes: the same in every process, then.
	echo "env[PERL_HASH_SEED] = 0"
} >"$T/conf"
cp -r /usr/share/awstats/icon "$T/www/"
hearth_start "$T/conf"

page="/cgi-bin/awstats.pl?config=site&configdir=$T/conf.d"
get_ok "$page&update=1&framename=mainright&year=2024&month=03"
[ -s "$T/data/awstats032024.site.txt" ] || fail "there are no statistics: $(ls "$T/data") $(head -c 500 "$T/body")"
get_ok "$page&year=2024&month=03&framename=mainright" "/page7.html"
expect_body "example.test"
get_ok "$page&year=2024&month=03" "<frame"
get_ok "$page&year=2024&month=03&framename=mainleft" "mainright"
get_ok /icon/other/he.png
expect "what a picture is" "$(header Content-Type)" image/png
get_ok "/cgi-bin/awstats.pl?config=nowhere" "Error"
get_ok "$page&year=2024&month=03&output=errors404" "404"

VARIES='Last Update' crowd 16 "$page&year=2024&month=03&framename=mainright" "$page&year=2024&month=03&framename=mainleft" \
	"$page&year=2024&month=03&output=urldetail" "$page&year=2024&month=03&output=allhosts"
no_script_is_left
hearth_stop
