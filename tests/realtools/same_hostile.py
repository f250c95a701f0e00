#!/usr/bin/env python3
"""What a container of hostile_spec.py has, against what the spec says. Usage: same_hostile.py EXPECTED.json DIRECTORY."""
import json
import pathlib
import sys

expected = json.load(open(sys.argv[1]))
root = pathlib.Path(sys.argv[2])
environ = dict(it.split(b"=", 1) for it in (root / "environ").read_bytes().split(b"\0") if b"=" in it)
arguments = (root / "cmdline").read_bytes().split(b"\0")


def tell(what, differing, n):
    print(f"differs {what}: {differing[:5]}" if differing else f"same {what}: {n} values byte for byte")


for what, prefix in (("through envFrom", ""), ("through env", "OWN_")):
    tell(what, [it for it, value in expected.items() if environ.get((prefix + it).encode()) != value.encode()], len(expected))
values = [it.encode() for it in expected.values()]
given = arguments[arguments.index(b"serve") + 1:][: len(values)] if b"serve" in arguments else []
tell("through args", [name for (name, value), got in zip(expected.items(), given + [None] * len(values)) if value.encode() != got], len(values))
secret = environ.get(b"PASSWORD", b"?")
tell("around a secret", [] if environ.get(b"WITH_SECRET") == b"a${PASSWORD} " + secret + b"$(PASSWORD)$" else ["WITH_SECRET"], 1)
for name in ("text.conf", "binary.bin", "status.yaml"):
    want = (root / "hostile/files" / name).read_bytes()
    tell(f"through a file, {name}", [] if (root / name).read_bytes() == want else [name], 1)
