#!/usr/bin/env python3
"""Compare two `docker compose config --format json` outputs; print one line a difference, exit 1 if any.

  same_project.py MERGED.json STANDALONE.json

Lists whose order says nothing to compose (ports, volumes, networks as lists, ...) are compared sorted; the
order of command, entrypoint, healthcheck test and env files is kept, since there it means something.
With --no-interpolate compose leaves some values as they were written, or as its merge left them: those are
brought into one form first.
"""
import json
import sys

UNORDERED = {"ports", "volumes", "expose", "cap_add", "cap_drop", "security_opt", "profiles", "secrets", "configs",
             "devices", "extra_hosts", "dns", "tmpfs", "group_add"}


PAIRS = {"environment", "labels", "args"}


def long_port(port):
    """A port in the short form, which compose keeps for a whole list if one of them holds a variable."""
    if not isinstance(port, str):
        return port
    rest, _, protocol = port.partition("/")
    rest, _, target = rest.rpartition(":")
    host, _, published = rest.rpartition(":")
    if "$" in host:
        host, published = "", rest
    long = {"mode": "ingress", "protocol": protocol or "tcp", "published": published, "target": int(target)}
    return {**long, "host_ip": host.strip("[]")} if host else long


def one_form(value, key):
    if isinstance(value, list) and key in PAIRS:
        return dict(it.split("=", 1) if "=" in it else (it, None) for it in value)
    return [long_port(it) for it in value] if isinstance(value, list) and key == "ports" else value


def differences(a, b, path=""):
    a, b = (one_form(x, path.rsplit(".", 1)[-1]) for x in (a, b))
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
