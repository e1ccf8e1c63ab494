#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads status pages of every format strictly, and prints what is in them in one form.

    status-pages.py keys FORMAT FILE        the keys, in order, one a line; of processes behind "process "
    status-pages.py same FORMAT THEIRS OURS     says in what ours is another page than php-fpm's
    status-pages.py get FORMAT FILE KEY     the value of a key of the pool
    status-pages.py processes FORMAT FILE KEY   that of each process, one a line
    status-pages.py one KEY VALUE FILE.FORMAT...    says which page has not one process, and of it this value
"""
import difflib
import html.parser
import json
import re
import sys
import xml.etree.ElementTree as xml

OURS = {"max children", "starting processes", "refused", "queue timeouts", "cold starts", "terminated",
        "died", "memory peak", "request id"}


class Table(html.parser.HTMLParser):
    """Rows of cells, table by table; every tag has to be closed in its turn."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.tables, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> out of turn"

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.tables[-1][-1][-1] += data


def read_text(raw):
    blocks = raw.decode().split("\n************************\n")
    pairs = []
    for block in blocks:
        lines = block.split("\n")
        assert lines.pop() == "", "no end of line at the end"
        pairs.append([re.fullmatch(r"([^:]+):( +)(.*)", line).group(1, 3) for line in lines])
        assert all(re.match(r".{22}\S|.{22}$", line) or len(line.split(":")[0]) > 20 for line in lines)
    lower = [[(k.lower(), v) for k, v in block] for block in pairs]
    return lower[0], lower[1:]


def read_json(raw):
    page = json.loads(raw, object_pairs_hook=lambda pairs: pairs)
    processes = [p for k, v in page if k == "processes" for p in v]
    return [(k, v) for k, v in page if k != "processes"], processes


def read_xml(raw):
    root = xml.fromstring(raw)
    assert root.tag == "status"
    pool = [(e.tag.replace("-", " "), e.text) for e in root if e.tag != "processes"]
    found = root.find("processes")
    return pool, [[(e.tag.replace("-", " "), e.text) for e in p] for p in (found if found is not None else [])]


def read_html(raw):
    table = Table()
    table.feed(raw.decode())
    assert not table.open, table.open
    pool = [(row[0], row[1]) for row in table.tables[0]]
    if len(table.tables) == 1:
        return pool, []
    head, *rows = table.tables[1]
    assert all(len(row) == len(head) for row in rows)
    return pool, [list(zip(head, row)) for row in rows]


def read_openmetrics(raw):
    text = raw.decode()
    assert text.endswith("# EOF\n")
    return [tuple(line.split(" ")) for line in text.splitlines() if line[0] != "#"], []


READERS = {"text": read_text, "json": read_json, "xml": read_xml, "html": read_html,
           "openmetrics": read_openmetrics}


def shape_of(raw, form):
    """Our own keys taken out, values blanked: what is left must be php-fpm's to the byte."""
    text = raw.decode()
    for key in OURS:
        tag = key.replace(" ", "-")
        if form == "text":
            text = re.sub(rf"(?m)^{key}: .*\n", "", text)
        elif form == "json":
            text = re.sub(rf',"{key}":("[^"]*"|[0-9.]+)', "", text)
        elif form == "xml":
            text = re.sub(rf"<{tag}>[^<]*</{tag}>\n?", "", text)
        elif form == "html":
            text = re.sub(rf"<tr><th>{key}</th><td>[^<]*</td></tr>\n", "", text)
            text = re.sub(rf"<th>{key}</th>", "", text)
    if form == "html":  # the last cell of each process is ours
        text = re.sub(r"<td>[0-9a-f]{16}</td></tr>", "</tr>", text)
        text = re.sub(r"<td>-</td></tr>", "</tr>", text)
    if form == "openmetrics":
        text = re.sub(r"(?m)^(# (HELP|TYPE) )?(hearth_|phpfpm_memory_peak).*\n", "", text)
        return re.sub(r"(?m)^(phpfpm_\S+) .*$", r"\1 N", re.sub(r"Could pool .* be", "Could pool be", text))
    text = re.sub(r"\d\d/\w\w\w/\d\d\d\d:\d\d:\d\d:\d\d [+-]\d\d\d\d", "DATE", text)
    if form == "text":
        return re.sub(r"(?m)^([^:*]+:\s+).*$", r"\1V", text)
    if form == "json":
        text = re.sub(r':"(\\.|[^"\\])*"', ':"S"', text)
        return re.sub(r":[0-9]+(\.[0-9][0-9])?", lambda m: ":F" if m[1] else ":N", text)
    return re.sub(r">[^<>\n]+</(td|[a-z-]+)>", r">V</\1>", text) if form == "xml" else \
        re.sub(r"<td>[^<]*</td>", "<td>V</td>", text)


def bytes_of(name):
    with open(name, "rb") as file:
        return file.read()


def keys_of(raw, form):
    pool, processes = READERS[form](raw)
    return [k for k, _ in pool], [k for p in processes for k, _ in p]


def is_same(form, theirs, ours):
    """The same bytes, but for values; and theirs come first, in their order, behind which there is more."""
    shapes = [shape_of(raw, form).splitlines() for raw in (theirs, ours)]
    print(*difflib.unified_diff(*shapes, "theirs", "ours", lineterm="", n=0), sep="\n")
    (pool, processes), (our_pool, our_processes) = keys_of(theirs, form), keys_of(ours, form)
    print("keys:", *(pool + ["of processes:"] + processes), "ours:", *(our_pool + ["of processes:"] + our_processes))
    return shapes[0] == shapes[1] and our_pool[: len(pool)] == pool and len(our_pool) > len(pool) and \
        our_processes[: len(processes)] == processes


def is_one(name, key, value):
    processes = READERS[name.rpartition(".")[2]](bytes_of(name))[1]
    found = [dict(p)[key] for p in processes]
    print(name, found)
    return found == [value]


def main():
    what, form, name, *rest = sys.argv[1:]
    if what == "one":
        sys.exit(not all(is_one(file, form, name) for file in rest))
    raw = bytes_of(name)
    if what == "same":
        sys.exit(not is_same(form, raw, bytes_of(rest[0])))
    pool, processes = READERS[form](raw)
    if what == "keys":
        print("\n".join([k for k, _ in pool] + ["process " + k for p in processes for k, _ in p]))
    elif what == "get":
        print(dict(pool)[rest[0]])
    else:
        for process in processes:
            print(dict(process)[rest[0]])


main()
