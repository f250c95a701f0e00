#!/usr/bin/env python3
"""Holds what specc writes against the compose files that a person would have written of the same system.

    same_system.py SPEC_DIR COMPOSE_DIR

Both are read by docker compose itself (`config --format json`, base + dev and base + prod), so the comparison knows nothing of either
notation. What may differ is listed here, and nothing else: specc adds what keeps a deployment safe, and leaves out what compose ignores.
"""

from __future__ import annotations

import json
import pathlib
import shutil
import subprocess
import sys

BASE, OVERLAYS = "docker-compose.yml", ("docker-compose.dev.yml", "docker-compose.prod.yml")
# Only `docker stack` reads these; compose takes `restart` and has one way to replace containers.
SWARM_ONLY = ("update_config", "restart_policy", "labels")


def picture(directory: pathlib.Path, overlay: str, project: str) -> dict:
    """What docker compose makes of a base and an overlay, less what may differ."""
    command = ["docker-compose", "-p", project, "-f", BASE, "-f", overlay, "config", "--format", "json"]
    out = subprocess.run(command, cwd=directory, check=True, capture_output=True, text=True).stdout
    system = json.loads(out.replace(str(directory.resolve()), "<here>"))
    # Where anchors stand: no part of the system.
    system = {key: it for key, it in system.items() if not key.startswith("x-")}
    for service in system["services"].values():
        for key in SWARM_ONLY:
            service.get("deploy", {}).pop(key, None)
        for mount in service.get("volumes", []):
            # specc: a missing source is an error instead of an empty directory that root owns.
            mount.pop("bind", None)
        service["volumes"] = sorted(service.get("volumes", []), key=lambda it: it["target"])
        service["labels"] = {key: it for old, it in service.get("labels", {}).items() if (key := label(old, project))}
    return system


def label(key: str, project: str) -> str | None:
    """A label's key as a person writes it: specc puts the project before router names, says `tls` beside the resolver, and adds the
    hash of mounted configuration, so that its change recreates the container."""
    if key == "specc.files" or key.endswith(".tls"):
        return None
    return key.replace(f"traefik.http.routers.{project}-", "traefik.http.routers.").replace(f"traefik.http.services.{project}-", "traefik.http.services.")


def check(spec: pathlib.Path, compose: pathlib.Path, n: int) -> None:
    """Raises unless both directories describe one system."""
    shutil.copy(compose / ".env", spec / ".env")
    for overlay in OVERLAYS:
        ours, theirs = (picture(it, overlay, f"bench-{n}") for it in (spec, compose))
        if ours == theirs:
            continue
        for name in sorted(ours["services"].keys() | theirs["services"].keys()):
            one, other = ours["services"].get(name), theirs["services"].get(name)
            if one != other:
                keys = [it for it in sorted((one or {}).keys() | (other or {}).keys()) if (one or {}).get(it) != (other or {}).get(it)]
                shown = "".join(f"\n  {it}\n    specc:   {(one or {}).get(it)}\n    compose: {(other or {}).get(it)}" for it in keys)
                raise SystemExit(f"not the same system: {BASE} + {overlay}, service {name}{shown}")
        rest = {it for it in ours.keys() | theirs.keys() if ours.get(it) != theirs.get(it)}
        raise SystemExit(f"not the same system: {BASE} + {overlay}: {sorted(rest)}")


if __name__ == "__main__":
    one, other = map(pathlib.Path, sys.argv[1:3])
    count = len(json.loads(subprocess.run(["docker-compose", "-f", BASE, "config", "--format", "json"], cwd=other, check=True, capture_output=True, text=True).stdout)["services"])
    check(one, other, count)
    print(f"{one} and {other} are one system of {count} services")
