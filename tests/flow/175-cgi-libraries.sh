#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What scripts are written with: the CGI libraries of Perl, Python, PHP, Ruby, Tcl and haserl read the
# same request in the same way: path, query, cookies, forms, and a file that is uploaded, with a length and
# in chunks; and their way to redirect and to fail arrives.
# variants: plain
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/real.sh"

# Each says PATH_INFO, the field q, the cookie c, and of the file f its name, size and MD5.
script says.pl <<'END_OF_SCRIPT'
#!/usr/bin/perl
use CGI;
use Digest::MD5;
my $q = CGI->new;
if ($q->path_info eq '/away') {
	print $q->redirect(-uri => $q->url(-base => 1) . '/elsewhere?a=b', -status => 303);
	exit;
}
my $said = sprintf "%s|%s|%s", $q->path_info, scalar $q->param('q'), scalar $q->cookie('c');
if (my $f = $q->upload('f')) {
	local $/;
	my $all = <$f>;
	$said .= sprintf "|%s|%d|%s", scalar $q->param('f'), length $all, Digest::MD5::md5_hex($all);
}
print $q->header(-type => 'text/plain', -charset => 'utf-8', -cookie => $q->cookie(-name => 'd', -value => 'e f'), -status => '299 Said'), "$said\n";
END_OF_SCRIPT
script says.php <<'END_OF_SCRIPT'
<?php
header('Content-Type: text/plain;charset=utf-8');
setcookie('d', 'e f');
http_response_code(299);
echo $_SERVER['PATH_INFO'] ?? '', '|', $_REQUEST['q'] ?? '', '|', $_COOKIE['c'] ?? '';
if (isset($_FILES['f']))
	echo '|', $_FILES['f']['name'], '|', $_FILES['f']['size'], '|', md5_file($_FILES['f']['tmp_name']);
echo "\n";
END_OF_SCRIPT
script says.rb <<'END_OF_SCRIPT'
#!/usr/bin/ruby
require 'cgi'
require 'digest'
cgi = CGI.new
q = cgi.params['q'].first
said = [cgi.path_info.to_s, q.respond_to?(:read) ? q.read : q.to_s, cgi.cookies['c'].first.to_s]
if (f = cgi.params['f'].first)
  all = f.read
  said += [f.original_filename, all.bytesize, Digest::MD5.hexdigest(all)]
end
cgi.out('type' => 'text/plain', 'charset' => 'utf-8', 'status' => '299 Said', 'cookie' => [CGI::Cookie.new('d', 'e f')]) { said.join('|') + "\n" }
END_OF_SCRIPT
script says.py <<'END_OF_SCRIPT'
#!/usr/bin/python3
import email.parser, email.policy, hashlib, http.cookies, urllib.parse
from wsgiref.handlers import CGIHandler

def app(env, start):
    if env.get('PATH_INFO') == '/boom':
        raise ValueError('boom')
    kind = env.get('CONTENT_TYPE', '')
    body = env['wsgi.input'].read(int(env.get('CONTENT_LENGTH') or 0))
    fields = dict(urllib.parse.parse_qsl(env['QUERY_STRING']))
    more = ''
    if kind.startswith('multipart/'):
        whole = b'Content-Type: ' + kind.encode() + b'\r\n\r\n' + body
        for part in email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(whole).iter_parts():
            data = part.get_payload(decode=True)
            if part.get_filename():
                more = '|%s|%d|%s' % (part.get_filename(), len(data), hashlib.md5(data).hexdigest())
            else:
                fields[part.get_param('name', header='Content-Disposition')] = data.decode()
    elif kind:
        fields.update(urllib.parse.parse_qsl(body.decode()))
    cookies = http.cookies.SimpleCookie(env.get('HTTP_COOKIE', ''))
    cookie = cookies['c'].value if 'c' in cookies else ''
    start('299 Said', [('Content-Type', 'text/plain; charset=utf-8'), ('Set-Cookie', 'd=e+f')])
    return ['{}|{}|{}{}\n'.format(env.get('PATH_INFO', ''), fields.get('q', ''), cookie, more).encode()]

CGIHandler().run(app)
END_OF_SCRIPT
script says.tcl <<'END_OF_SCRIPT'
#!/usr/bin/tclsh
package require ncgi
package require md5
fconfigure stdin -translation binary
::ncgi::parse
set said [list [expr {[info exists env(PATH_INFO)] ? $env(PATH_INFO) : ""}] [::ncgi::value q] [::ncgi::cookie c]]
if {[string match multipart/* [::ncgi::type]]} {
	set all [::ncgi::value f]
	lappend said [::ncgi::importFile -client f] [string length $all] [string tolower [::md5::md5 -hex $all]]
}
puts "Status: 299 Said\nContent-Type: text/plain; charset=utf-8\nSet-Cookie: d=e%20f\n"
puts [join $said |]
END_OF_SCRIPT
script says.haserl <<'END_OF_SCRIPT'
#!/usr/bin/haserl --upload-limit=2000 --upload-dir=/tmp
<% f=
[ -z "$HASERL_f_path" ] || f="|$FORM_f_name|$(stat -c %s "$HASERL_f_path")|$(md5sum <"$HASERL_f_path" | cut -c1-32)"
printf 'Status: 299 Said\nContent-Type: text/plain; charset=utf-8\nSet-Cookie: d=e%%20f\n\n'
echo "$PATH_INFO|$FORM_q|$COOKIE_c$f"
[ -z "$HASERL_f_path" ] || rm "$HASERL_f_path" %>
END_OF_SCRIPT
# The one that has no #! line, and so no execute bit: by its extension.
chmod 644 "$T/www/cgi-bin/says.php"
{ head_of_conf; script_pool; [ ! -x /usr/bin/php-cgi ] || echo "interpreter[.php] = /usr/bin/php-cgi"; } >"$T/conf"
hearth_start "$T/conf"
head -c 100000 /dev/urandom >"$T/up.bin"
md5=$(md5sum <"$T/up.bin" | cut -c1-32)

# says PATH WANTED [CURL-OPTION]...
says()
{
	get "/cgi-bin/$1" "${@:3}" -H 'Cookie: b=1; c=cookie'
	expect "what $1 says to ${*:3}" "$STATUS $(body)" "299 $2"
	[[ $(header Set-Cookie) == d=e[+%\ ]* ]] || fail "its cookie: $(header Set-Cookie)"
	[[ $(header Content-Type | tr -d ' ' | tr '[:upper:]' '[:lower:]') == 'text/plain;charset=utf-8' ]] || fail "its type: $(header Content-Type)"
}

missing=''
tried=0
while read -r name interpreter package; do
	[ -e "$interpreter" ] || { missing="$missing $package"; continue; }
	tried=$((tried + 1))
	says "$name?q=a%20%26+b" "|a & b|cookie"
	says "$name/some/pa%20th?q=1" "/some/pa th|1|cookie"
	says "$name" "|a = b & c|cookie" --data-urlencode 'q=a = b & c'
	says "$name" "|of a form|cookie|up.bin|100000|$md5" -F 'q=of a form' -F "f=@$T/up.bin"
	says "$name" "|of a form|cookie|up.bin|100000|$md5" -F 'q=of a form' -F "f=@$T/up.bin" -H 'Transfer-Encoding: chunked'
done <<'END_OF_LIST'
says.pl /usr/share/perl5/CGI.pm libcgi-pm-perl
says.py /usr/bin/python3 python3
says.php /usr/bin/php-cgi php-cgi
says.rb /usr/bin/ruby ruby
says.tcl /usr/share/doc/tcllib tcllib
says.haserl /usr/bin/haserl haserl
END_OF_LIST
if [ -e /usr/share/perl5/CGI.pm ]; then
	get /cgi-bin/says.pl/away
	expect_status 303
	expect "where CGI.pm leads" "$(header Location)" "http://127.0.0.1:$PORT/elsewhere?a=b"
fi
if [ -e /usr/bin/python3 ]; then
	get /cgi-bin/says.py/boom
	expect_status 500
	expect_body "A server error occurred"
	expect_log 'request [0-9a-f]+: script .*/says.py.* said into stderr: "ValueError: boom"'
fi
hearth_stop
[ $tried -gt 0 ] || skip "none of them is installed:$missing"
[ -z "$missing" ] || skip "all is well, but these are not installed:$missing"
