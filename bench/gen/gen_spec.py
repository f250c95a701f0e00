#!/usr/bin/env python3
"""The specc.yaml of the same system of N services that gen_compose.py writes as compose files.

    gen_spec.py --services 100 --seed 1 [--dense-deps] --out DIR

writes DIR/specc.yaml with a base, a dev overlay and a prod overlay, and the bind-mounted files under DIR/config/. What the compose
files interpolate are variables of the spec; labels, anchors and the repeated logging section follow from it.
Deterministic by (services, seed). Standard library only.
"""

from __future__ import annotations

import argparse
import pathlib

from model import Service, System, data_dir, system
from yamlout import dumps

BUILT = ("api", "worker", "web", "cron")


def variables(s: Service) -> dict:
    """The settings of one service: only interpolated, never handed to a container as they are."""
    group: dict = {}
    for v in s.env:
        if v.form != "literal":
            group[v.setting] = {"scope": "deploy"} | ({"secret": True, "required": True} if v.secret else {"default": v.default})
    if s.kind == "worker":
        group[f"{s.upper}_CONCURRENCY"] = {"default": "2", "scope": "deploy"}
    return group


def health(s: Service) -> dict:
    words = [w.replace("$$", "$") for w in s.health]
    probe = {"shell": words[1]} if words[0] == "CMD-SHELL" else {"cmd": words[1:]}
    return probe | {"every": "30s", "timeout": "10s", "tries": 3, "grace": "40s"}


def service(s: Service) -> dict:
    d: dict = {"build": s.name} if s.kind in BUILT else {"image": s.image}
    if s.kind == "worker":
        d["run"] = ["celery", "-A", "app", "worker", "--concurrency", "${%s_CONCURRENCY:-2}" % s.upper]
    if s.named_volume:
        d["stateful"] = True
    d["port"] = s.port
    d["env"] = {v.name: v.compose_value() for v in s.env}
    if s.depends_on:
        d["needs"] = {x: "healthy" for x in s.depends_on}
    d["health"] = health(s)
    mounts = [f"{host}:{cont}:ro" for host, cont in s.binds]
    if s.named_volume:
        mounts.append(f"{s.named_volume}:{data_dir(s)}")
    if mounts:
        d["mounts"] = mounts
    d["networks"] = s.networks
    d["labels"] = {"com.example.team": s.kind, "com.example.service": s.name}
    if s.host:
        d["routes"] = [{"match": [{"host": s.host}]}]
    d["resources"] = {"cpu": float(s.cpus), "memory": f"{s.memory_mb}M", "reserve": {"cpu": 0.1, "memory": f"{max(64, s.memory_mb // 4)}M"}}
    return d


def spec(sysm: System) -> str:
    dev, prod = {}, {}
    for s in sysm.services:
        dev[s.name] = {"env": {"ENVIRONMENT": "development", "DB_ECHO": "true", "RELOAD": "true"}, "publish": [f"127.0.0.1:{s.host_port}:{s.port}"]}
        prod[s.name] = {"env": {"ENVIRONMENT": "production", "PYTHONOPTIMIZE": "2"}, "replicas": s.replicas}
        if not s.named_volume:
            prod[s.name]["rollout"] = {"order": "start-first", "parallel": 1, "rollback": True}
    overlay = {"target": "compose", "layer": "overlay", "env_files": [".env"]}
    tree = {
        "specc": 1,
        "system": {"name": f"bench-{sysm.n}"},
        "vars": {s.name: group for s in sysm.services if (group := variables(s))},
        "images": {s.name: {"context": f"./services/{s.name}", "ref": s.image} for s in sysm.services if s.kind in BUILT},
        "networks": {n: {} for n in sysm.networks},
        "ingress": {"kind": "traefik", "owner": "elsewhere", "network": "frontend", "entrypoints": {"websecure": {"port": 443}}, "tls": "edge"},
        "services": {s.name: service(s) for s in sysm.services},
        "environments": {
            "base": {"target": "compose", "layer": "base", "file": "docker-compose.yml", "env_files": [".env"]},
            "dev": overlay | {"file": "docker-compose.dev.yml", "services": dev},
            "prod": overlay | {"file": "docker-compose.prod.yml", "services": prod},
        },
    }
    return dumps(tree)


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


if __name__ == "__main__":
    main()
