#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Checks a page of metrics against OpenMetrics 1.0 strictly, and prints samples.

    openmetrics.py FILE                     nothing, or what is wrong and exit 1
    openmetrics.py FILE NAME [LABEL=VALUE]  the sum of the samples of that name with those labels
"""
import re
import sys

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[n"\\])*)"'
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)\}})? (\S+)")
NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
SUFFIXES = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"],
            "info": ["_info"], "stateset": [""]}


class Wrong(Exception):
    pass


def need(good, what):
    if not good:
        raise Wrong(what)


class Family:
    def __init__(self, name):
        self.name, self.type, self.unit, self.help, self.samples = name, None, None, None, []


def read(text):
    need(text.endswith("# EOF\n"), "it does not end with # EOF")
    need(text.count("# EOF") == 1, "# EOF is not only at the end")
    families, family = {}, None
    for line in text.split("\n")[:-2]:
        need(line == line.strip() and line, f"an empty line, or blanks around it: {line!r}")
        if line.startswith("#"):
            family = read_comment(line, families, family)
        else:
            read_sample(line, family)
    return families


def read_comment(line, families, family):
    m = re.fullmatch(rf"# (TYPE|UNIT|HELP) ({NAME}) (.+)", line)
    need(m, f"no TYPE, UNIT or HELP: {line}")
    what, name, value = m.groups()
    if not family or family.name != name:
        need(name not in families, f"{name} comes in two pieces")
        family = families[name] = Family(name)
    need(not family.samples, f"{what} behind samples of {name}")
    need(getattr(family, what.lower()) is None, f"{name} has two of {what}")
    need(what != "TYPE" or value in SUFFIXES, f"no such type: {line}")
    need(what != "UNIT" or name.endswith("_" + value), f"{name} does not end with its unit {value}")
    need(what != "HELP" or re.fullmatch(r'(?:[^"\\]|\\[n"\\])*', value), f"not escaped: {line}")
    setattr(family, what.lower(), value)
    return family


def read_sample(line, family):
    m = SAMPLE.fullmatch(line)
    need(m, f"no sample: {line}")
    need(family and family.type, f"a sample without a TYPE: {line}")
    name, labels, value = m.group(1), m.group(2), m.group(m.re.groups)
    need(NUMBER.fullmatch(value), f"no number: {line}")
    suffix = name[len(family.name):]
    need(name.startswith(family.name) and suffix in SUFFIXES[family.type],
         f"{name} does not belong to {family.name}, a {family.type}")
    pairs = [(p[0], p[1]) for p in re.findall(LABEL, labels or "")]
    need(len(dict(pairs)) == len(pairs), f"a label twice: {line}")
    key = (suffix, tuple(sorted(pairs)))
    need(key not in [s[0] for s in family.samples], f"a sample twice: {line}")
    family.samples.append((key, dict(pairs), suffix, value))


def check_histogram(family):
    groups = {}
    for _, labels, suffix, value in family.samples:
        rest = tuple(sorted((k, v) for k, v in labels.items() if k != "le"))
        groups.setdefault(rest, []).append((suffix, labels.get("le"), value))
    for rest, samples in groups.items():
        buckets = [(le, int(v)) for s, le, v in samples if s == "_bucket"]
        need(buckets and buckets[-1][0] == "+Inf", f"{family.name}{rest}: the last bucket is not +Inf")
        bounds = [float(le) for le, _ in buckets]
        need(bounds == sorted(set(bounds)), f"{family.name}{rest}: bounds do not grow")
        need(all("." in le for le, _ in buckets[:-1]), f"{family.name}{rest}: bounds are no floats")
        counts = [n for _, n in buckets]
        need(counts == sorted(counts), f"{family.name}{rest}: buckets do not add up")
        rest_of = {s: v for s, _, v in samples if s != "_bucket"}
        need(rest_of.get("_count") == str(counts[-1]), f"{family.name}{rest}: the count is not that of +Inf")
        need("_sum" in rest_of, f"{family.name}{rest}: no sum")


def check(families):
    for family in families.values():
        need(family.type and family.help, f"{family.name} lacks something")
        if family.type == "histogram":
            check_histogram(family)
        if family.type == "stateset":
            need(all(family.name in labels and value in "01" for _, labels, _, value in family.samples),
                 f"{family.name} is no set of states")
        if family.type == "info":
            need(all(value == "1" for *_, value in family.samples), f"{family.name} is not 1")


def main():
    with open(sys.argv[1], encoding="utf-8", newline="") as file:
        families = read(file.read())
    check(families)
    if len(sys.argv) == 2:
        return
    name, wanted = sys.argv[2], dict(a.split("=", 1) for a in sys.argv[3:])
    found = [float(value) for family in families.values() for _, labels, suffix, value in family.samples
             if family.name + suffix == name and wanted.items() <= labels.items()]
    print(f"{sum(found):g}" if found else "none")


try:
    main()
except Wrong as wrong:
    sys.exit(f"openmetrics: {wrong}")
