#!/usr/bin/env python3
"""`specc build --list --format json` on stdin to one line an environment, as examples.sh reads them:
name|target|layer|files|env files|project, where files are in the order of -f."""
import json
import sys

listing = json.load(sys.stdin)
assert listing["version"] == 1, f"unknown version of the listing: {listing['version']}"
for env in listing["environments"]:
    env_files = [it["path"] if isinstance(it, dict) else it for it in env.get("env_files") or []]
    fields = (env["name"], env["target"], env["layer"], " ".join(env["files"]),
              " ".join(env_files), env.get("project") or "")
    print("|".join(fields))
