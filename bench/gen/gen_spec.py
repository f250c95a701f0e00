#!/usr/bin/env python3
"""The specc.yaml of the same system of N services that gen_compose.py writes as compose files.

    gen_spec.py --services 100 --seed 1 [--dense-deps] --out DIR

writes DIR/specc.yaml with a base, a dev overlay and a prod overlay, and what its services mount and build. It is written as a person
would write it: short forms where the language has them, and what many services share once, as an anchor (as the compose files do too).
same_system.py holds what comes of it against the compose files.
Deterministic by (services, seed). Standard library only.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import re

from model import Service, System, data_dir, system
from yamlout import scalar

BUILT = ("api", "worker", "web", "cron")

SHARED = """\
x-probe: &probe {every: 30s, timeout: 10s, tries: 3, grace: 40s}
x-log: &log {max_size: 100m, max_files: "5"}
x-rolling: &rolling {order: start-first, parallel: 1, rollback: true}
x-dev: &dev {ENVIRONMENT: development, DB_ECHO: "true", RELOAD: "true"}
x-prod: &prod {ENVIRONMENT: production, PYTHONOPTIMIZE: "2"}
x-backup: &backup {labels: {com.example.backup: daily}}
"""


class Alias(str):
    """A value that an anchor has: written as it is."""


def flow(value) -> str:
    """A value on one line."""
    if isinstance(value, Alias):
        return value
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k if k == '<<' else scalar(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    text = scalar(value)
    return json.dumps(value) if isinstance(value, str) and text == value and re.search(r"[,\[\]{}]", value) else text


def block(value: dict, deep: tuple[str, ...] = (), indent: int = 0) -> str:
    """A map with a line for each entry; those in `deep` are maps with a line for each entry themselves."""
    pad, out = " " * indent, []
    for key, it in value.items():
        nested = isinstance(it, dict) and not isinstance(it, Alias) and it and (key in deep or "*" in deep)
        out.append(f"{pad}{scalar(key)}:\n{block(it, deep[1:] if '*' in deep else (), indent + 2)}" if nested else f"{pad}{scalar(key)}: {flow(it)}\n")
    return "".join(out)


def variables(s: Service) -> dict:
    """The settings of one service: only interpolated, never handed to a container as they are."""
    group: dict = {}
    for v in s.env:
        if v.form != "literal":
            group[v.setting] = {"secret": True, "required": True} if v.secret else v.default
    if s.kind == "worker":
        group[f"{s.upper}_CONCURRENCY"] = "2"
    return group


def health(s: Service) -> dict:
    words = [w.replace("$$", "$") for w in s.health]
    return {"<<": Alias("*probe")} | ({"shell": words[1]} if words[0] == "CMD-SHELL" else {"cmd": words[1:]})


def service(s: Service) -> dict:
    d: dict = {"build": s.name} if s.kind in BUILT else {"image": s.image}
    if s.kind == "worker":
        d["run"] = ["celery", "-A", "app", "worker", "--concurrency", "${%s_CONCURRENCY:-2}" % s.upper]
    if s.named_volume:
        d["stateful"] = True
    d["port"] = s.port
    d["env"] = {v.name: v.compose_value() for v in s.env}
    if s.depends_on:
        d["needs"] = s.depends_on
    d["health"] = health(s)
    mounts = [f"{host}:{cont}:ro" for host, cont in s.binds]
    if s.named_volume:
        mounts.append(f"{s.named_volume}:{data_dir(s)}")
    if mounts:
        d["mounts"] = mounts
    d["networks"] = s.networks
    d["labels"] = {"com.example.team": s.kind, "com.example.service": s.name}
    if s.host:
        d["routes"] = [{"match": {"host": s.host}}]
    d["resources"] = {"cpu": float(s.cpus), "memory": f"{s.memory_mb}M", "reserve": {"cpu": 0.1, "memory": f"{max(64, s.memory_mb // 4)}M"}}
    d["log"] = Alias("*log")
    return d


def dev(s: Service) -> dict:
    sources = {"mounts": [f"./services/{s.name}/src:/app/src:ro"]} if s.kind in BUILT else {}
    return {"env": Alias("*dev"), "publish": [f"127.0.0.1:{s.host_port}:{s.port}"]} | sources


def prod(s: Service) -> dict:
    rolling = {} if s.named_volume else {"rollout": Alias("*rolling")}
    return {"env": Alias("*prod"), "replicas": s.replicas} | rolling


def spec(sysm: System) -> str:
    groups = {s.name: group for s in sysm.services if (group := variables(s))}
    images = {s.name: {"context": f"./services/{s.name}", "ref": s.image} for s in sysm.services if s.kind in BUILT}
    overlay = {"target": "compose", "layer": "overlay", "env_files": [".env"]}
    head = {
        "specc": 1,
        "system": {"name": f"bench-{sysm.n}"},
        "ingress": {"kind": "traefik", "owner": "elsewhere", "entrypoints": {"websecure": {"port": 443}}, "tls": {"acme": "letsencrypt"}},
        "networks": {n: {"driver": "bridge"} for n in sysm.networks},
        "images": images,
        "raw": {"compose": {"volumes": {v: Alias("*backup") for v in sysm.volumes}}} if sysm.volumes else {},
    }
    environments = {
        "base": {"target": "compose", "layer": "base", "file": "docker-compose.yml", "env_files": [".env"]},
        "dev": overlay | {"file": "docker-compose.dev.yml", "services": {s.name: dev(s) for s in sysm.services}},
        "prod": overlay | {"file": "docker-compose.prod.yml", "services": {s.name: prod(s) for s in sysm.services}},
    }
    services = "".join(f"  {s.name}:\n{block(service(s), ('env',), 4)}" for s in sysm.services)
    return "".join([
        SHARED,
        block(head, ("networks", "images")),
        "vars:\n", block(groups, ("*",), 2),
        "services:\n", services,
        "environments:\n", *(f"  {name}:\n{block(it, ('services',), 4)}" for name, it in environments.items()),
    ])


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--services", type=int, required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--dense-deps", action="store_true", help="each service depends on the three before it (worst case)")
    ap.add_argument("--out", type=pathlib.Path, required=True)
    a = ap.parse_args()
    sysm = system(a.services, a.seed, a.dense_deps)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "specc.yaml").write_text(spec(sysm))
    for host in sysm.binds:
        p = a.out / host
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_text(f"# {host}\nlog_level: info\n")
    for s in sysm.services:
        if s.kind in BUILT:
            (a.out / "services" / s.name / "src").mkdir(parents=True, exist_ok=True)


if __name__ == "__main__":
    main()
