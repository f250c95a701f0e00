#!/usr/bin/env python3
"""Python Settings classes (pydantic-settings) with N fields, and the .env.template that should match them.

    gen_settings.py --fields 1000 --seed 1 --out DIR

writes DIR/app/config.py (classes of at most 40 fields, with env_prefix, alias, nested defaults, validators), DIR/.env.template,
DIR/docker-compose.yml (the `environment:` that passes them on), DIR/specc.yaml (asks for the check) and DIR/truth.json (planted drift: fields with no
variable, variables with no field). Deterministic by (fields, seed). Standard library only.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random

STEMS = (
    ("log_level", "str", '"info"'),
    ("database_url", "PostgresDsn", '"postgresql://app:app@db:5432/app"'),
    ("redis_url", "str", '"redis://localhost:6379/0"'),
    ("jwt_secret_key", "SecretStr", None),
    ("db_pool_size", "int", "20"),
    ("db_pool_timeout", "float", "30.0"),
    ("enable_metrics", "bool", "True"),
    ("s3_bucket", "str | None", "None"),
    ("cors_origins", "list[str]", "Field(default_factory=list)"),
    ("cache_ttl_seconds", "int", 'Field(default=3600, ge=0, description="Seconds to keep an entry")'),
    ("stripe_webhook_secret", "SecretStr | None", "None"),
    ("quantization", 'Literal["float32", "float16", "int8"]', '"float16"'),
)
PER_CLASS = 40


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--fields", type=int, required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", type=pathlib.Path, required=True)
    a = ap.parse_args()
    rng = random.Random(f"settings/{a.seed}/{a.fields}")
    src = [
        '"""Application settings (generated for a benchmark)."""',
        "",
        "from typing import Literal",
        "",
        "from pydantic import AliasChoices, Field, PostgresDsn, SecretStr, field_validator",
        "from pydantic_settings import BaseSettings, SettingsConfigDict",
        "",
    ]
    env_names: list[str] = []
    n_classes = -(-a.fields // PER_CLASS)
    left = a.fields
    for c in range(n_classes):
        prefix = f"APP{c:03d}_"
        src += ["", f"class Settings{c:03d}(BaseSettings):", f'    """Settings of part {c}."""', ""]
        src += [f'    model_config = SettingsConfigDict(env_prefix="{prefix}", env_file=".env", extra="ignore")', ""]
        for i in range(min(PER_CLASS, left)):
            stem, typ, default = STEMS[(c + i) % len(STEMS)]
            name = f"{stem}_{i:02d}"
            if i % 13 == 7:
                alias = f"{prefix}ALT_{name.upper()}"
                simple = default is not None and not default.startswith("Field(")
                first_arg = f"default={default}, " if simple else ""
                src.append(f'    {name}: {typ} = Field({first_arg}validation_alias=AliasChoices("{alias}"))')
                env_names.append(alias)
            else:
                src.append(f"    {name}: {typ}" + (f" = {default}" if default is not None else ""))
                env_names.append(prefix + name.upper())
            if i % 10 == 9:
                src += ["", f"    # Group {i // 10} ends here; see docs/configuration.md.", ""]
        left -= min(PER_CLASS, left)
        first = f"{STEMS[c % len(STEMS)][0]}_00"
        src += [
            "",
            f'    @field_validator("{first}")',
            "    @classmethod",
            "    def check_first(cls, value: object) -> object:",
            "        if value is None:",
            '            raise ValueError("must be set")',
            "        return value",
            "",
        ]
    src += ["", "class Settings(BaseSettings):", '    """All parts."""', ""]
    src += [f"    part{c:03d}: Settings{c:03d} = Field(default_factory=Settings{c:03d})" for c in range(n_classes)]
    k = max(1, a.fields // 100)
    unset = sorted(rng.sample(env_names, k))
    dead = [f"OLD_{i:04d}_FLAG" for i in range(k)]
    present = [n for n in env_names if n not in set(unset)] + dead
    (a.out / "app").mkdir(parents=True, exist_ok=True)
    (a.out / "app" / "config.py").write_text("\n".join(src) + "\n")
    (a.out / ".env.template").write_text("".join(f"{n}=x\n" for n in present))
    compose = ["services:", "  app:", "    image: ghcr.io/example/app:1.0.0", "    environment:"]
    compose += [f"      {n}: ${{{n}}}" for n in present]
    (a.out / "docker-compose.yml").write_text("\n".join(compose) + "\n")
    spec = ["specc: 1", "check:", "  settings:"] + [f"    - class: app/config.py:Settings{c:03d}" for c in range(n_classes)]
    (a.out / "specc.yaml").write_text("\n".join(spec) + "\n")
    truth = {"fields": a.fields, "fields_without_variable": unset, "variables_without_field": dead}
    (a.out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
