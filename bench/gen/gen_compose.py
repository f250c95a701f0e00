#!/usr/bin/env python3
"""Compose project of N services: base file, dev and prod (Swarm) overlays, and the .env that they interpolate.

    gen_compose.py --services 100 --seed 1 --out DIR

writes DIR/docker-compose.yml, DIR/docker-compose.dev.yml, DIR/docker-compose.prod.yml, DIR/docker-compose.stack.yml (the
base with no build, no depends_on conditions and no ${VAR:?..}: what `docker stack config` accepts together with prod), DIR/.env
and the bind-mounted files under DIR/config/.

Realistic in shape: environment (literal, ${VAR}, ${VAR:-default}, ${VAR:?message}), healthchecks, depends_on with conditions,
networks, named volumes, read-only bind mounts, Traefik labels, deploy resources, logging, YAML anchors for the shared
parts, env_file. Deterministic by (services, seed). Standard library only.
"""

from __future__ import annotations

import argparse
import pathlib

from model import System, data_dir, system
from yamlout import dumps

ANCHORS = """\
x-logging: &default-logging
  driver: json-file
  options:
    max-size: "100m"
    max-file: "5"
x-restart: &default-restart
  restart: unless-stopped
"""


def labels(s) -> dict:
    out = {"com.example.team": s.kind, "com.example.service": s.name}
    if s.host:
        r = f"traefik.http.routers.{s.name}"
        out |= {
            "traefik.enable": "true",
            f"{r}.rule": f"Host(`{s.host}`)",
            f"{r}.entrypoints": "websecure",
            f"{r}.tls.certresolver": "letsencrypt",
            f"traefik.http.services.{s.name}.loadbalancer.server.port": str(s.port),
        }
    return out


def resources(s) -> dict:
    return {
        "limits": {"cpus": s.cpus, "memory": f"{s.memory_mb}M"},
        "reservations": {"cpus": "0.1", "memory": f"{max(64, s.memory_mb // 4)}M"},
    }


def service_lines(s, stack: bool) -> str:
    """One service of the base file; `stack` leaves out what Swarm does not take."""
    d: dict = {"image": s.image}
    if not stack and s.kind in ("api", "worker", "web", "cron"):
        d["build"] = {"context": f"./services/{s.name}", "dockerfile": "Dockerfile"}
    if s.kind == "worker":
        d["command"] = ["celery", "-A", "app", "worker", "--concurrency", "${%s_CONCURRENCY:-2}" % s.upper]
    d["environment"] = {v.name: ("${%s}" % v.setting if stack and v.form == "required" else v.compose_value()) for v in s.env}
    if s.depends_on:
        d["depends_on"] = list(s.depends_on) if stack else {x: {"condition": "service_healthy"} for x in s.depends_on}
    d["healthcheck"] = {
        "test": s.health,
        "interval": "30s",
        "timeout": "10s",
        "retries": 3,
        "start_period": "40s",
    }
    vols = [f"{host}:{cont}:ro" for host, cont in s.binds]
    if s.named_volume:
        vols.append(f"{s.named_volume}:{data_dir(s)}")
    if vols:
        d["volumes"] = vols
    d["networks"] = s.networks
    d["labels"] = labels(s)
    d["deploy"] = {"resources": resources(s)}
    body = dumps({s.name: d})
    text = "".join("  " + line + "\n" for line in body.splitlines())
    text += "    logging: *default-logging\n"
    if not stack:
        text += "    <<: *default-restart\n"
    return text


def base(sysm: System, stack: bool = False) -> str:
    head = ANCHORS.split("x-restart")[0] if stack else ANCHORS
    parts = [head, "services:\n"] + [service_lines(s, stack) for s in sysm.services]
    tail: dict = {"networks": {n: {"driver": "overlay" if stack else "bridge"} for n in sysm.networks}}
    if sysm.volumes:
        tail["volumes"] = {v: {"labels": {"com.example.backup": "daily"}} for v in sysm.volumes}
    return "".join(parts) + dumps(tail)


def dev(sysm: System) -> str:
    services = {}
    for s in sysm.services:
        d: dict = {"environment": {"ENVIRONMENT": "development", "DB_ECHO": "true", "RELOAD": "true"}}
        d["ports"] = [f"127.0.0.1:{s.host_port}:{s.port}"]
        if s.kind in ("api", "worker", "web", "cron"):
            d["volumes"] = [f"./services/{s.name}/src:/app/src:ro"]
        services[s.name] = d
    return dumps({"services": services})


def prod(sysm: System) -> str:
    services = {}
    for s in sysm.services:
        d: dict = {
            "environment": {"ENVIRONMENT": "production", "PYTHONOPTIMIZE": "2"},
            "deploy": {
                "replicas": s.replicas,
                "update_config": {"parallelism": 1, "order": "start-first", "failure_action": "rollback"},
                "restart_policy": {"condition": "on-failure", "delay": "5s", "max_attempts": 5},
                "labels": labels(s),
            },
        }
        services[s.name] = d
    return dumps({"services": services})


def dotenv(sysm: System) -> str:
    lines = ["# Generated: the settings that the compose files interpolate."]
    for v in sysm.settings:
        lines.append(f"{v.setting}={v.default or 'x'}")
    return "\n".join(lines) + "\n"


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--services", type=int, required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--dense-deps", action="store_true", help="each service depends on the three before it (worst case)")
    ap.add_argument("--out", type=pathlib.Path, required=True)
    a = ap.parse_args()
    sysm = system(a.services, a.seed, a.dense_deps)
    a.out.mkdir(parents=True, exist_ok=True)
    (a.out / "docker-compose.yml").write_text(base(sysm))
    (a.out / "docker-compose.dev.yml").write_text(dev(sysm))
    (a.out / "docker-compose.prod.yml").write_text(prod(sysm))
    (a.out / "docker-compose.stack.yml").write_text(base(sysm, stack=True))
    (a.out / ".env").write_text(dotenv(sysm))
    for host in sysm.binds:
        p = a.out / host
        p.parent.mkdir(parents=True, exist_ok=True)
        p.write_text(f"# {host}\nlog_level: info\n")


if __name__ == "__main__":
    main()
