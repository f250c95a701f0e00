"""Deterministic in-memory model of a system of N services.

Every generator of this folder draws from this one model, so that the compose files, the spec, the .env files and the
Settings classes describe the same system, and a comparison of two tools compares the same work.

The model is a function of (n, seed) only: no clock, no environment, no hash randomisation. Standard library only.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

KINDS = ("api", "worker", "web", "cron", "db", "cache", "proxy", "search")
KIND_WEIGHTS = (30, 25, 10, 8, 10, 8, 4, 5)

IMAGES = {
    "api": "ghcr.io/example/{name}:{tag}",
    "worker": "ghcr.io/example/{name}:{tag}",
    "web": "ghcr.io/example/{name}:{tag}",
    "cron": "ghcr.io/example/{name}:{tag}",
    "db": "pgvector/pgvector:pg17",
    "cache": "redis:7-alpine",
    "proxy": "traefik:v3.6",
    "search": "qdrant/qdrant:v1.7.4",
}

HEALTH = {
    "api": ["CMD", "curl", "-f", "http://localhost:{port}/healthz"],
    "worker": ["CMD-SHELL", "celery -A app inspect ping -d celery@$$HOSTNAME || exit 1"],
    "web": ["CMD", "wget", "-q", "--spider", "http://localhost:{port}/"],
    "cron": ["CMD-SHELL", "test -f /tmp/beat.pid && kill -0 $$(cat /tmp/beat.pid)"],
    "db": ["CMD-SHELL", "pg_isready -U app -d app || exit 1"],
    "cache": ["CMD", "redis-cli", "ping"],
    "proxy": ["CMD", "traefik", "healthcheck", "--ping"],
    "search": ["CMD-SHELL", "bash -c ':> /dev/tcp/127.0.0.1/{port}' || exit 1"],
}

DATA_DIR = {
    "db": "/var/lib/postgresql/data",
    "cache": "/data",
    "search": "/qdrant/storage",
}

# Stems of variable names; (stem, default value, secret?)
VAR_STEMS = (
    ("LOG_LEVEL", "info", False),
    ("DATABASE_URL", "postgresql://app:app@db:5432/app", False),
    ("REDIS_URL", "redis://redis:6379/0", False),
    ("QDRANT_HOST", "qdrant", False),
    ("JWT_SECRET_KEY", "change-me", True),
    ("API_TOKEN", "change-me", True),
    ("S3_ENDPOINT", "https://s3.example.com", False),
    ("S3_BUCKET", "course-supporter", False),
    ("DB_POOL_SIZE", "20", False),
    ("DB_MAX_OVERFLOW", "40", False),
    ("DB_POOL_TIMEOUT", "30", False),
    ("MAX_JOBS", "2", False),
    ("JOB_TIMEOUT", "1800", False),
    ("HEAVY_WINDOW_ENABLED", "false", False),
    ("HEAVY_WINDOW_START", "02:00", False),
    ("HEAVY_WINDOW_TZ", "UTC", False),
    ("SENTRY_DSN", "", True),
    ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel-collector:4317", False),
    ("CORS_ORIGINS", "https://app.example.com,https://admin.example.com", False),
    ("DEFAULT_MODEL", "Qwen/Qwen3-Embedding-0.6B", False),
    ("ENABLE_METRICS", "true", False),
    ("CACHE_TTL_SECONDS", "3600", False),
    ("STRIPE_WEBHOOK_SECRET", "change-me", True),
    ("SMTP_HOST", "smtp.example.com", False),
)


@dataclass
class Var:
    """One environment variable of a service: NAME of the global setting, and how compose passes it on."""

    name: str  # the name inside the container, e.g. LOG_LEVEL
    setting: str  # the project-wide setting it comes from, e.g. SVC00012_LOG_LEVEL
    default: str
    secret: bool
    form: str  # "literal" | "interp" | "default" | "required"

    def compose_value(self) -> str:
        if self.form == "literal":
            return self.default
        if self.form == "interp":
            return "${%s}" % self.setting
        if self.form == "default":
            return "${%s:-%s}" % (self.setting, self.default)
        return "${%s:?%s must be set}" % (self.setting, self.setting)


@dataclass
class Service:
    name: str
    kind: str
    image: str
    port: int
    host_port: int
    env: list[Var]
    depends_on: list[str]
    networks: list[str]
    named_volume: str | None
    binds: list[tuple[str, str]]  # (host path below the project, container path), read only
    replicas: int
    cpus: str
    memory_mb: int
    host: str | None  # the public host name, for services behind the proxy
    health: list[str]
    gpu: bool = False

    @property
    def upper(self) -> str:
        return self.name.upper().replace("-", "_")


@dataclass
class System:
    n: int
    seed: int
    services: list[Service] = field(default_factory=list)
    networks: list[str] = field(default_factory=list)

    @property
    def volumes(self) -> list[str]:
        return [s.named_volume for s in self.services if s.named_volume]

    @property
    def settings(self) -> list[Var]:
        """The project-wide settings: every variable that compose interpolates, in first-use order."""
        return [v for s in self.services for v in s.env if v.form != "literal"]

    @property
    def binds(self) -> list[str]:
        return sorted({host for s in self.services for host, _ in s.binds})


TIER = {"db": 0, "cache": 0, "search": 0, "api": 1, "worker": 1, "cron": 1, "web": 2, "proxy": 3}


def depends_on(sysm: System, i: int, kind: str, rng: random.Random, dense: bool) -> list[str]:
    """Names of at most three earlier services. Normally of a lower tier (stores <- apps <- web <- proxy: depth at most 3), out of
    the last 30; `dense` takes any of the last three, a deep graph in which the number of paths grows exponentially with n."""
    if dense:
        return [s.name for s in sysm.services[-3:]]
    pool = [s.name for s in sysm.services[-30:] if TIER[s.kind] < TIER[kind]]
    return rng.sample(pool, min(len(pool), rng.randint(1, 3))) if pool else []


def system(n: int, seed: int = 1, dense: bool = False) -> System:
    """A system of n services. Dependencies always point to earlier services, so there is no cycle."""
    rng = random.Random(f"specc-bench/{seed}/{n}")
    n_nets = max(2, min(64, n // 20))
    sysm = System(n=n, seed=seed, networks=["frontend", "backend"] + [f"net{i:02d}" for i in range(2, n_nets)])
    width = max(3, len(str(n - 1)))
    for i in range(n):
        kind = rng.choices(KINDS, KIND_WEIGHTS)[0]
        name = f"{kind}-{i:0{width}d}"
        upper = name.upper().replace("-", "_")
        port = rng.choice((8000, 8080, 3000, 5432, 6379, 9000))
        stems = rng.sample(VAR_STEMS, rng.randint(5, 14))
        env = []
        for stem, default, secret in stems:
            form = "required" if secret else rng.choices(("literal", "interp", "default"), (35, 15, 50))[0]
            env.append(Var(stem, f"{upper}_{stem}", default, secret, form))
        deps = depends_on(sysm, i, kind, rng, dense)
        nets = ["backend"] + ([rng.choice(sysm.networks)] if rng.random() < 0.5 else [])
        nets = list(dict.fromkeys(nets + (["frontend"] if kind in ("api", "web", "proxy") else [])))
        binds = []
        for b in range(rng.choice((0, 1, 1, 2))):
            binds.append((f"./config/{name}/{('app', 'extra')[b]}.yaml", f"/etc/{name}/{('app', 'extra')[b]}.yaml"))
        sysm.services.append(
            Service(
                name=name,
                kind=kind,
                image=IMAGES[kind].format(name=name, tag=f"1.{rng.randint(0, 40)}.{rng.randint(0, 9)}"),
                port=port,
                host_port=10000 + i,
                env=env,
                depends_on=deps,
                networks=nets,
                named_volume=f"{name}-data" if kind in DATA_DIR else None,
                binds=binds,
                replicas=1 if kind in DATA_DIR or kind == "cron" else rng.choice((1, 2, 2, 3)),
                cpus=rng.choice(("0.5", "1", "2")),
                memory_mb=rng.choice((256, 512, 1024, 2048, 4096)),
                host=f"{name}.example.com" if kind in ("api", "web") else None,
                health=[w.replace("{port}", str(port)) for w in HEALTH[kind]],
                gpu=kind == "worker" and rng.random() < 0.2,
            )
        )
    return sysm


def data_dir(s: Service) -> str:
    return DATA_DIR[s.kind]
