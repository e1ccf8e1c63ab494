#!/bin/bash
# SPDX-License-Identifier: MIT
#
# Who workers and scripts are, as they see it themselves: ids, supplementary groups and nothing of
# hearth's own, no capability to have or to gain, the parent-death signal.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin"
cp "$T/bin/portrait" "$T/www/cgi-bin/"

# pools [LINE]...: the same for both kinds.
pools()
{
	head_of_conf
	script_pool "$@"
	printf '%s\n' "[app]" "command = $T/bin/portrait" "route = /app/" "pm.max_children = 1" "user = nobody" "$@"
}
has()
{
	grep -qxE -- "$1" "$T/body" || fail "$PLACE: wanted '$1', got: $(grep "^${1%% *}" "$T/body")"
}
# groups_are GID...: the supplementary ones, in any order.
groups_are()
{
	expect "groups at $PLACE" "$(sed -n 's/^groups *//p' "$T/body" | tr ' ' '\n' | sort -n | tr '\n' ' ')" \
		"$(printf '%s\n' "$@" | sort -n | tr '\n' ' ')"
}
# With groups of our own, in a namespace that is nobody else's.
start_with_groups()
{
	cp /etc/group "$T/group"
	printf 'hearth-one:x:54321:nobody\nhearth-two:x:54322:root,nobody\nhearth-not:x:54323:root\n' >>"$T/group"
	: >"$LOG"
	unshare -m bash -c 'mount --bind "$1/group" /etc/group && exec "$1/bin/hearth" run -c "$1/conf"' - "$T" \
		>"$T/stdout" 2>>"$LOG" </dev/null &
	MANAGER=$!
	expect_log 'ready to handle connections' 30
}
unshare -m true 2>/dev/null || skip "there are no mount namespaces here"
uid=$(id -u nobody) gid=$(id -g nobody)

pools >"$T/conf"
start_with_groups
for PLACE in /app/x /cgi-bin/portrait; do
	get_ok "$PLACE"
	has "user $uid $uid"
	has "gid $gid $gid"
	groups_are "$gid" 54321 54322
	for set in Inh Prm Eff Bnd Amb; do has "Cap$set: 0*"; done
	has 'NoNewPrivs: 1'
	has 'securebits [1-9][0-9]*'
done
# A worker dies at once with its manager, a script with its runner.
PLACE=/app/x
get_ok "$PLACE"
has 'parent-death 9'
PLACE=/cgi-bin/portrait
get_ok "$PLACE"
has 'parent-death 9'
hearth_stop

# Another group takes the place of the user's own; the others he keeps.
www=$(id -g www-data)
pools "group = www-data" >"$T/conf"
start_with_groups
for PLACE in /app/x /cgi-bin/portrait; do
	get_ok "$PLACE"
	has "user $uid $uid"
	has "gid $www $www"
	groups_are "$www" 54321 54322
done
hearth_stop

# Numbers that no name belongs to have no groups but the one.
pools | sed 's/^user = nobody/user = 54320/' >"$T/conf"
start_with_groups
for PLACE in /app/x /cgi-bin/portrait; do
	get_ok "$PLACE"
	has "user 54320 54320"
	has "gid 54320 54320"
	groups_are 54320
done
hearth_stop
