# SPDX-License-Identifier: MIT
"""A browser without a screen: cookies, forms, uploads, redirects.

For the flow tests of web applications, which import it from their directory of tools. Knows nothing of
hearth nor of any application.
"""
import http.cookiejar
import urllib.error
import urllib.parse
import urllib.request
from html.parser import HTMLParser


class _Forms(HTMLParser):
    """Every form of a page with the fields that it would send."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self.area = None

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append((a.get("action", ""), {}))
        elif not self.forms:
            return
        elif tag == "textarea":
            self.area = a.get("name")
            self.forms[-1][1][self.area] = ""
        elif tag == "input" and a.get("name") and a.get("type") not in ("submit", "button", "image", "checkbox", "radio", "file"):
            self.forms[-1][1][a["name"]] = a.get("value") or ""

    def handle_data(self, data):
        if self.area:
            self.forms[-1][1][self.area] += data

    def handle_endtag(self, tag):
        if tag == "textarea":
            self.area = None


class Site:
    def __init__(self, port):
        self.base = "http://127.0.0.1:%s" % port
        self.jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.url = self.base
        self.code, self.raw, self.headers = 0, b"", {}

    @property
    def text(self):
        return self.raw.decode("utf-8", "replace")

    def _open(self, url, body=None, headers=None):
        self.url = urllib.parse.urljoin(self.url, url)
        try:
            answer = self.opener.open(urllib.request.Request(self.url, body, headers or {}), timeout=50)
        except urllib.error.HTTPError as e:
            answer = e
        self.url, self.code, self.headers = answer.geturl(), answer.getcode(), answer.headers
        self.raw = answer.read()
        return self

    def get(self, url):
        return self._open(url)

    def post(self, url, fields):
        return self._open(url, urllib.parse.urlencode(fields).encode())

    def upload(self, url, fields, name, filename, content):
        """A form with a file in it."""
        mark = "----a-line-that-no-file-has"
        body = b"".join(
            ('--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (mark, n, v)).encode()
            for n, v in fields.items()
        )
        body += ('--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n' % (mark, name, filename)).encode()
        body += b"Content-Type: application/octet-stream\r\n\r\n" + content + ("\r\n--%s--\r\n" % mark).encode()
        return self._open(url, body, {"Content-Type": "multipart/form-data; boundary=" + mark})

    def form(self, *wanted):
        """Of the last page: the action and the fields of the first form that has all of these."""
        forms = _Forms()
        forms.feed(self.text)
        for action, fields in forms.forms:
            if all(w in fields for w in wanted):
                return action, fields
        raise AssertionError("no form with %s on %s (%s): %s" % (wanted, self.url, self.code, self.text[:2000]))
