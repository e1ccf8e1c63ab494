#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Reads a status page as the monitors do that Debian does not have: the names that each looks for, and
what it takes for a number, as published. Exits 1 if one of them would miss something or see something else.

    status-consumers.py text|json FILE KEY=NUMBER...

The given figures are those of the pool; names that are not given need only be numbers.
"""
import json
import sys

FIGURES = ["start since", "accepted conn", "listen queue", "max listen queue", "listen queue len",
           "idle processes", "active processes", "total processes", "max active processes",
           "max children reached", "slow requests"]
STATES = {"Idle", "Running", "Reading headers", "Info", "Getting request informations", "Finishing", "Ending"}
# Of the JSON page: the monitor, the type of each name of the pool, and that of each of a process.
WHOLE, REAL, TEXT = (int,), (int, float), (str,)
JSON_RULES = [
    ("netdata go.d",
     dict.fromkeys(["active processes", "max active processes", "idle processes", "accepted conn",
                    "max children reached", "slow requests"], WHOLE),
     {"pid": WHOLE, "state": TEXT, "request duration": WHOLE, "last request cpu": REAL,
      "last request memory": WHOLE}),
    ("php-fpm_exporter",
     {**dict.fromkeys(FIGURES, WHOLE), "pool": TEXT, "process manager": TEXT, "start time": WHOLE},
     {**dict.fromkeys(["pid", "start time", "start since", "requests", "request duration", "content length",
                       "last request memory"], WHOLE),
      **dict.fromkeys(["state", "request method", "request uri", "user", "script"], TEXT),
      "last request cpu": REAL}),
    ("telegraf, JSON",
     {**dict.fromkeys(FIGURES, WHOLE), "pool": TEXT, "process manager": TEXT, "start time": WHOLE},
     {**dict.fromkeys(["pid", "start time", "start since", "requests", "request duration", "content length"],
                      WHOLE),
      "last request cpu": REAL, "last request memory": REAL, "request uri": TEXT, "state": TEXT}),
    ("Datadog",
     {**dict.fromkeys(["listen queue", "idle processes", "active processes", "total processes",
                       "accepted conn", "max children reached", "slow requests"], WHOLE), "pool": TEXT}, {}),
    ("Zabbix", {**dict.fromkeys(FIGURES, WHOLE), "pool": TEXT, "process manager": TEXT}, {}),
]


def of_type(monitor, holder, rules):
    for name, types in rules.items():
        assert name in holder, f"{monitor} misses '{name}'"
        assert type(holder[name]) in types, f"{monitor}: '{name}' is {holder[name]!r}"


def read_json(page):
    """As the monitors' libraries do: by name, whatever else there is."""
    pool = json.loads(page)
    assert page.lstrip().startswith("{") and pool["processes"], "it has no processes"
    for monitor, rules, of_process in JSON_RULES:
        of_type(monitor, pool, rules)
        for process in pool["processes"]:
            of_type(monitor, process, of_process)
    states = [process["state"] for process in pool["processes"]]
    assert set(states) <= STATES, states
    # The exporter counts the states for itself, and netdata asks those that are idle how long they took.
    assert states.count("Idle") == pool["idle processes"], states
    assert states.count("Running") == pool["active processes"], states
    return pool


def read_telegraf(page):
    """The name before the first colon, a whole number between it and the next; nothing before a pool."""
    pools, figures = {}, None
    for line in page.splitlines():
        name, colon, value = (line + ":").partition(":")
        value = value.split(":")[0].strip(" ")
        if not colon or not value:
            continue
        if name.strip(" ") == "pool":
            figures = pools.setdefault(value, {})
        elif name.strip(" ") in FIGURES:
            assert figures is not None, "telegraf: a figure of no pool"
            figures[name.strip(" ")] = int(value)
    assert len(pools) == 1, f"telegraf sees the pools {list(pools)}"
    figures, = pools.values()
    assert set(figures) == set(FIGURES), f"telegraf misses {set(FIGURES) - set(figures)}"
    return figures


def read_healthcheck(page):
    """Lines that begin so; what is behind the first colon, without its spaces, is compared by the shell."""
    found = {}
    for name in ["accepted conn", "listen queue len", "active processes", "slow requests"]:
        lines = [line for line in page.splitlines() if line.startswith(name)]
        assert len(lines) == 1, f"php-fpm-healthcheck finds '{name}' in {lines}"
        found[name] = int(lines[0].split(":")[1].replace(" ", ""))
    return found


def main():
    form, name, *wanted = sys.argv[1:]
    with open(name, encoding="utf-8") as file:
        page = file.read()
    readers = [read_json] if form == "json" else [read_telegraf, read_healthcheck]
    for reader in readers:
        seen = reader(page)
        for key, value in (word.split("=") for word in wanted):
            assert seen.get(key, int(value)) == int(value), f"{reader.__name__}: {key} is {seen[key]}, not {value}"


try:
    main()
except AssertionError as error:
    sys.exit(f"{error}")
