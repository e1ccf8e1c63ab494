#!/bin/bash
# SPDX-License-Identifier: MIT
#
# examples/authorizer, as it stands: names and passwords before scripts; and an authorizer in PHP,
# which runs the file of its own route whatever is asked for.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"
perl -MFCGI -e 1 2>/dev/null || skip "not installed: libfcgi-perl"
needs openssl:openssl php-cgi:php-cgi

cp -r "$ROOT/examples/authorizer" "$T/bin/example"
example authorizer/hearth.conf >"$T/bin/example/hearth.conf"
echo "bob:$(openssl passwd -6 secret)" >>"$T/bin/example/users"
cat >"$T/www/check.php" <<'END'
<?php
if (($_SERVER['HTTP_X_TOKEN'] ?? '') === 'good')
	header('Variable-REMOTE_USER: php');
else
	header('Location: /login?for=' . urlencode($_SERVER['REQUEST_URI']), true, 303);
END
echo "<?php echo 'for ', \$_SERVER['REMOTE_USER'] ?? 'nobody';" >"$T/www/page.php"
cat >>"$T/bin/example/hearth.conf" <<END

[php]
command = php-cgi
route = *.php
authorizer = tokens
$(user_line)
pm.max_children = 2

[tokens]
command = php-cgi
route = =/check.php
$(user_line)
pm.max_children = 2
END
sed -i "s|^listen = .*|&\ndocument_root = $T/www|" "$T/bin/example/hearth.conf"
hearth_start "$T/bin/example/hearth.conf"

get /private/hello
expect_status 401
expect "the question" "$(header WWW-Authenticate)" 'Basic realm="example"'
for wrong in 'alice:' 'alice:open' 'eve:open sesame' ':' 'alice' 'alice:open sesame:x'; do
	get /private/hello -H "Authorization: Basic $(printf %s "$wrong" | base64)"
	expect_status 401
done
get /private/hello -u 'alice:open sesame'
expect_status 200
expect "who it is" "$(body)" "Hello alice."
get /private/hello -u bob:secret
expect "who else" "$(body)" "Hello bob."

get '/page.php?a=b'
expect_status 303
expect "where to log in" "$(header Location)" '/login?for=%2Fpage.php%3Fa%3Db'
get /page.php -H 'X-Token: good'
expect_status 200
expect "who it is for PHP" "$(body)" "for php"
hearth_stop
