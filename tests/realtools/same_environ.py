#!/usr/bin/env python3
"""Compare what a process was given with what a spec says.   same_environ.py EXPECTED.json ENVIRON

EXPECTED.json maps names to values; ENVIRON is the content of /proc/PID/environ. Prints "same NAME" or
"differs NAME: ..." for each name, with the values as Python writes bytes, so that every byte is seen."""
import json
import sys

with open(sys.argv[1], encoding="utf-8") as file:
    expected = json.load(file)
with open(sys.argv[2], "rb") as file:
    got = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if b"=" in entry)
for name, value in expected.items():
    want, have = value.encode(), got.get(name.encode())
    print(f"same {name}" if have == want else f"differs {name}: wanted {want!r}, got {have!r}")
