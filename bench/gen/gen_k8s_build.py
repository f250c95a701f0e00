#!/usr/bin/env python3
"""A system of N services that becomes Kubernetes objects: as a spec for specc, and as data for programs that do the same.

    gen_k8s_build.py --services 100 --seed 1 --out DIR

writes DIR/specc with the spec and its configuration files, and DIR/peers with spec.json and the programs of bench/peers:
main.py (PyYAML), main.ncl (Nickel), main.cjs (cdk8s). What a person writes of a service is the same for all: image, port,
variables, secrets, replicas, limits, volume, configuration files. Every one makes of it a Deployment, a Service, a volume
claim and ConfigMaps; specc also judges them, and adds what a cluster needs besides (accounts, budgets, security contexts).
Deterministic by (services, seed). Standard library only.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import shutil

from gen_k8s import cpu, mount_path
from model import Service, system

PEERS = pathlib.Path(__file__).resolve().parent.parent / "peers"


def files(s: Service) -> dict[str, str]:
    return {c.rsplit("/", 1)[1]: f"# {h}\nlog_level: info\nlisten: 0.0.0.0:{s.port}\n" for h, c in s.binds}


def data(s: Service) -> dict:
    return {
        "kind": s.kind,
        "image": s.image,
        "port": s.port,
        "env_order": [v.name for v in s.env],
        "env": {v.name: v.default for v in s.env if not v.secret},
        "secrets": [v.name for v in s.env if v.secret],
        "replicas": s.replicas,
        "cpu": cpu(s),
        "memory_mb": s.memory_mb,
        "mount": mount_path(s),
        "files": files(s),
    }


def service(s: Service) -> list[str]:
    secrets = [v.name for v in s.env if v.secret]
    mounts = [f"./config/{s.name}/{name}:/etc/{s.name}/{name}:ro" for name in files(s)]
    lines = [
        f"  {s.name}:",
        f"    image: {json.dumps(s.image)}",
        f"    port: {s.port}",
        f"    replicas: {s.replicas}",
        f"    mounts: {json.dumps([f'{s.name}-data:{mount_path(s)}', *mounts])}",
        f"    resources: {{cpu: {cpu(s)}, memory: {s.memory_mb}m, reserve: {{cpu: 100m, memory: {max(64, s.memory_mb // 4)}m}}}}",
        f"    health: {{tcp: {s.port}, every: 30s, timeout: 10s, tries: 3, grace: 40s, restart: true}}",
        "    env:",
        # `${` would be a variable of the spec.
        *(f"      {v.name}: {json.dumps(v.default.replace('${', '$${'))}" for v in s.env if not v.secret),
    ]
    if secrets:
        lines.append(f"    vars: {json.dumps(secrets)}")
    return lines


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--services", type=int, required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", type=pathlib.Path, required=True)
    a = ap.parse_args()
    sysm = system(a.services, a.seed)
    peers, specc = a.out / "peers", a.out / "specc"
    for folder in (peers, specc):
        folder.mkdir(parents=True, exist_ok=True)
    spec = {"order": [s.name for s in sysm.services], "services": {s.name: data(s) for s in sysm.services}}
    (peers / "spec.json").write_text(json.dumps(spec, indent=1) + "\n")
    for name in ("py", "ncl", "cjs"):
        shutil.copy(PEERS / f"k8s_build.{name}", peers / f"main.{name}")
    secrets = sorted({v.name for s in sysm.services for v in s.env if v.secret})
    lines = ["specc: 1", f"system: {{name: bench-{sysm.n}}}", "vars:"]
    lines += ["  secrets:", *(f"    {name}: {{secret: true}}" for name in secrets)] if secrets else ["  none: {}"]
    lines += ["volumes:", *(f"  {s.name}-data: {{size: 10Gi, access: many}}" for s in sysm.services), "services:"]
    for s in sysm.services:
        lines += service(s)
        for name, text in files(s).items():
            path = specc / "config" / s.name / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    lines += ["environments: {cluster: {target: k8s, file: k8s.yaml}}", ""]
    (specc / "specc.yaml").write_text("\n".join(lines))


if __name__ == "__main__":
    main()
