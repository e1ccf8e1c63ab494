#!/bin/bash
# SPDX-License-Identifier: MIT
#
# The samples that take something: the form, the upload, the guestbook and the hit counter answer
# right under what `make run` runs, also to forms that are too large, broken or none, to methods that
# they do not know, and to twenty at a time.
# variants: plain
. "$(dirname "$0")/lib.sh"
# shellcheck source=samples.sh
. "$(dirname "$0")/samples.sh"

# ---- form -------------------------------------------------------------------------------------

if installed form; then
	form=/cgi-bin/form
	for how in GET POST; do
		args=(-G)
		[ $how = GET ] || args=()
		get $form "${args[@]}" --data-urlencode 'text=a & <b> é' -d 'box=ticked&bad=%ff'
		expect_status 200
		expect_body "what came, by $how"
		expect_body '<th scope="row">text</th><td>a &#38; &#60;b&#62; é</td>'
		expect_body $'<th scope="row">bad</th><td>\xef\xbf\xbd</td>'
	done
	get_ok $form 'Fill in one of them'
	get_ok "$form?text=%zz" '<td>%zz</td>'
	refused 400 $form --data-binary $'text=\xff'
	refused 400 "$form?$(printf 'a=%s&' {1..101})"
	refused 413 $form --data-binary "@$T/large"
	refused 415 $form -d x -H 'Content-Type: text/plain'
	get $form -d '' -H 'Transfer-Encoding: chunked'
	expect_status 200
	only_get $form
fi

# ---- upload -----------------------------------------------------------------------------------

head -c 300000 /dev/urandom >"$T/random"
printf -- '--boundary\r\n\r\n--\r\n' >"$T/tricky <&>.bin"
get /cgi-bin/upload -F "file=@$T/random" -F "file=@$T/tricky <&>.bin" -F field=value -F 'file=;filename=empty'
expect_status 200
expect_body "<tr><td>random</td><td>300000 bytes</td><td>$(sha256sum <"$T/random" | cut -d' ' -f1)</td></tr>"
expect_body "<td>tricky &lt;&amp;&gt;.bin</td><td>18 bytes</td><td>$(sha256sum <"$T/tricky <&>.bin" | cut -d' ' -f1)</td>"
get_ok /cgi-bin/upload 'Choose a file'

# multipart STATUS TYPE BODY (printf's escapes)
multipart()
{
	# shellcheck disable=SC2059 # escapes are wanted
	printf -- "$3" >"$T/multipart"
	refused "$1" /cgi-bin/upload -H "Content-Type: multipart/form-data$2" --data-binary "@$T/multipart"
}
part='--b\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\ndata\r\n'
multipart 200 '; boundary=b' "$part--b--\r\n"
expect_body '<td>x</td><td>4 bytes</td>'
multipart 200 '; charset=x; boundary="b"' "preamble\r\n$part--b--"
expect_body '<td>x</td><td>4 bytes</td>'
multipart 400 '; boundary=b' "$part"
multipart 400 '; boundary=other' "$part--b--\r\n"
multipart 400 '; boundary=b' ''
multipart 415 '' "$part--b--\r\n"
multipart 415 "; boundary=$(head -c 71 "$T/large")" "$part--b--\r\n"
multipart 200 '; boundary=b' '--b\r\nno blank line\r\n--b--\r\n'
multipart 400 '; boundary=b' "$(printf "%.0s$part" {1..101})--b--\r\n"
refused 415 /cgi-bin/upload --data-binary "@$T/large"
get /cgi-bin/upload -H 'Content-Type: multipart/form-data; boundary=b' -H 'Content-Length: 70000000' -d x
expect_status 413
only_get /cgi-bin/upload

# ---- guestbook --------------------------------------------------------------------------------

if installed guestbook; then
	book=/cgi-bin/guestbook
	get_ok $book 'Nobody has been here yet'
	get $book --data-urlencode 'name=<b>Me' --data-urlencode $'text=two\nlines & \033[2J <script>'
	expect_status 303
	expect Location "$(header Location)" "http://127.0.0.1:$PORT$book"
	get_ok $book '&lt;b&gt;Me, 20'
	expect_body 'lines &amp; [2J &lt;script&gt;</p>'
	burst 20 $book -d 'text=hello'
	expect "answers of the guestbook" "$(burst_count 303)" 20
	get_ok $book
	expect "entries" "$(grep -c '<blockquote>' "$T/body")" 21
	refused 400 $book -d 'name=me&text=+'
	refused 400 $book -d "$(printf 'a=%s&' {1..11})"
	refused 413 $book --data-binary "@$T/large"
	refused 415 $book -d x -H 'Content-Type: text/plain'
	only_get $book
	get $book -d "text=$(head -c 10000 "$T/large")"
	get_ok $book
	! grep -q 'x\{501\}' "$T/body" || fail "an entry without bound"
	echo '{"broken' >"$T/state/book"
	refused 500 $book
	expect_log 'guestbook: '
	rm "$T/state/book"
fi

# ---- hitcounter -------------------------------------------------------------------------------

visits()
{
	sed -n 's/.*aria-label="visits: \([0-9]*\)".*/\1/p' "$T/body"
}
get_ok /cgi-bin/hitcounter '<svg xmlns="http://www.w3.org/2000/svg"'
before=$(visits)
burst 20 /cgi-bin/hitcounter
expect "answers of the hit counter" "$(burst_count 200)" 20
get_ok /cgi-bin/hitcounter
expect "visits" "$(visits)" $((before + 21))
well_formed
echo nonsense >"$T/state/count"
get_ok /cgi-bin/hitcounter 'aria-label="visits: 1"'

hearth_stop
all_were_installed
