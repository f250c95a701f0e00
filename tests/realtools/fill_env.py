#!/usr/bin/env python3
"""Make the env files that a user makes from the generated templates: `specc build --list` on stdin.

  fill_env.py DIR [VALUES.env]

For each environment, an env file that does not exist in DIR is written from the environment's template:
lines with a value stay, a line without one (`NAME=`, `NAME=<what to put here>`) gets a dummy, a commented
variable stays out unless the comment above it says that it is required. Lines of VALUES.env come first
(they replace a template's value, or are added). Generated files are never touched.
"""
import json
import os
import re
import sys

LINE = re.compile(r"(#\s*)?([A-Za-z_][A-Za-z0-9_]*)=(.*)")
NUMBER = re.compile(r"REPLICAS|PORT|COUNT|SIZE|TIMEOUT|WORKERS|CONCURRENCY|THREADS|SECONDS|LIMIT")
PLACEHOLDER = re.compile(r"""["']?<.*>["']?$""")


def dummy(name, number):
    if NUMBER.search(name):
        return str(20000 + number if "PORT" in name else 1)
    return "dummy-" + name.lower().replace("_", "-")


def filled(text, given, prefixes):
    """The store's names lose their prefix, as when the store is decrypted for an environment; the first wins."""
    given, out, required, seen = dict(given), [], False, set()
    for number, line in enumerate(text.splitlines()):
        match = LINE.fullmatch(line)
        if not match:
            required = bool(re.search(r"\brequired\b", line, re.I)) if line.startswith("#") else False
            out.append(line)
            continue
        commented, name, value = match.groups()
        name = prefixes.sub("", name)
        if name in seen:
            continue
        seen.add(name)
        if name in given:
            out.append(f"{name}={given.pop(name)}")
        elif commented and not required:
            out.append(line)
        elif value.strip() in ("", "''", '""') or PLACEHOLDER.match(value.strip()):
            out.append(f"{name}={dummy(name, number)}")
        else:
            out.append(f"{name}={value}")
        required = False
    out += [f"{name}={value}" for name, value in given.items()]
    return "\n".join(out) + "\n"


def main():
    directory, given = sys.argv[1], {}
    if len(sys.argv) > 2 and os.path.exists(sys.argv[2]):
        with open(sys.argv[2]) as file:
            given = dict(line.rstrip("\n").split("=", 1) for line in file if "=" in line and not line.startswith("#"))
    environments = json.load(sys.stdin)["environments"]
    names = [re.escape(env["name"].upper()) for env in environments if "name" in env]
    prefixes = re.compile("^(%s)_" % "|".join(names or ["(?!)"]))
    # An environment without a template shares the files of one that has one.
    for env in sorted(environments, key=lambda it: not it.get("template")):
        path = lambda name: os.path.join(directory, name)  # noqa: E731
        names = [it["path"] if isinstance(it, dict) else it for it in env.get("env_files") or []]
        missing = [name for name in names if not os.path.exists(path(name))]
        text = ""
        if env.get("template"):
            with open(path(env["template"])) as file:
                text = file.read()
        for name in missing:
            os.makedirs(os.path.dirname(path(name)) or ".", exist_ok=True)
            with open(path(name), "w") as file:
                # One template, several files: the last one wins where compose reads them.
                file.write(filled(text, given, prefixes) if name == missing[-1] else "")


main()
