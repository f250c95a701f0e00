#!/usr/bin/env python3
"""Compare two `docker compose config --format json` outputs; print one line a difference, exit 1 if any.

  same_project.py MERGED.json STANDALONE.json

Lists whose order says nothing to compose (ports, volumes, networks as lists, ...) are compared sorted; the
order of command, entrypoint, healthcheck test and env files is kept, since there it means something.
"""
import json
import sys

UNORDERED = {"ports", "volumes", "expose", "cap_add", "cap_drop", "security_opt", "profiles", "secrets", "configs",
             "devices", "extra_hosts", "dns", "tmpfs", "group_add"}


def differences(a, b, path=""):
    if isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}):
            where = f"{path}.{key}".lstrip(".")
            if key not in a:
                yield f"{where}: only in the standalone file: {json.dumps(b[key])}"
            elif key not in b:
                yield f"{where}: only in the merged files: {json.dumps(a[key])}"
            else:
                yield from differences(a[key], b[key], where)
        return
    if isinstance(a, list) and isinstance(b, list) and path.rsplit(".", 1)[-1] in UNORDERED:
        a, b = (sorted(x, key=lambda v: json.dumps(v, sort_keys=True)) for x in (a, b))
    if a != b:
        yield f"{path}: merged {json.dumps(a)}, standalone {json.dumps(b)}"


with open(sys.argv[1]) as first, open(sys.argv[2]) as second:
    found = list(differences(json.load(first), json.load(second)))
print("\n".join(found[:10]))
sys.exit(1 if found else 0)
