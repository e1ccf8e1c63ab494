#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A setuid program makes nobody root in a pool, unless the pool says no_new_privs = no; then it has
# what it needs, and a process that does not execute it has nothing.
# variants: plain asan
. "$(dirname "$0")/lib.sh"

[ "$(id -u)" -eq 0 ] || skip "only root can make a setuid program for root"
cp "$BUILD/tools/portrait" "$T/bin/" || skip "the tools are not built"
mkdir -p "$T/www/cgi-bin"
cp "$T/bin/portrait" "$T/www/cgi-bin/"
cp /bin/cat "$T/bin/helper"
chmod 4755 "$T/bin/helper"
echo secret >"$T/secret"
chown daemon "$T/secret" # so that it takes a capability to read it
chmod 600 "$T/secret"
setpriv --reuid nobody --regid nogroup --clear-groups "$T/bin/helper" "$T/secret" >/dev/null 2>&1 ||
	skip "setuid programs do not work in this directory"
script try <<END
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
"$T/bin/helper" "$T/secret" 2>&1 || echo refused
END
# A FastCGI worker that tries before it listens.
cat >"$T/bin/worker" <<END
#!/bin/sh
"$T/bin/helper" "$T/secret" >"$T/mark/tried" 2>&1 || echo refused >"$T/mark/tried"
exec "$T/bin/portrait"
END
chmod 755 "$T/bin/worker"

# pools [LINE]...: the same for both kinds.
pools()
{
	head_of_conf
	script_pool "$@"
	printf '%s\n' "[app]" "command = $T/bin/worker" "route = /app/" "pm.max_children = 1" "user = nobody" "$@"
}

pools >"$T/conf"
hearth_start "$T/conf"
get_ok /app/x 'NoNewPrivs: 1'
expect "what a worker got" "$(tail -n 1 "$T/mark/tried")" refused
get_ok /cgi-bin/try refused
! grep -x secret "$T/body" || fail "a script could become root"
hearth_stop

rm "$T/mark/tried"
pools "no_new_privs = no" >"$T/conf"
"$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1 || fail "check says: $(cat "$T/said")"
hearth_start "$T/conf"
get_ok /app/x 'NoNewPrivs: 0'
for set in Inh Prm Eff Amb; do grep -qx "Cap$set: 0*" "$T/body" || fail "a worker has capabilities: $(grep ^Cap "$T/body")"; done
expect "what a worker got" "$(cat "$T/mark/tried")" secret
get_ok /cgi-bin/portrait 'NoNewPrivs: 0'
for set in Inh Prm Eff Amb; do grep -qx "Cap$set: 0*" "$T/body" || fail "a script has capabilities: $(grep ^Cap "$T/body")"; done
get_ok /cgi-bin/try secret
hearth_stop

# Where hearth itself may gain nothing, nobody else can.
setpriv --no-new-privs "$T/bin/hearth" check -c "$T/conf" >"$T/said" 2>&1 || fail "check says: $(cat "$T/said")"
expect "warnings" "$(grep -c "^$T/conf:[0-9]*: warning: no_new_privs = no of pool '[a-z]*' has no effect" "$T/said")" 2
