#!/usr/bin/env python3
""".env files with N variables: .env.template, .env.dev and .env.prod, with a known drift between them.

    gen_env.py --vars 1000 --seed 1 --out DIR

DIR/specc.yaml asks for the check. DIR/truth.json lists the planted faults: variables missing from .env.prod, extra in .env.prod, duplicated in .env.dev.
Deterministic by (vars, seed). Standard library only.
"""

from __future__ import annotations

import argparse
import json
import pathlib
import random

from model import VAR_STEMS


def names(n: int) -> list[tuple[str, str, bool]]:
    """n distinct settings: (NAME, default, secret?)."""
    out = []
    for i in range(n):
        stem, default, secret = VAR_STEMS[i % len(VAR_STEMS)]
        out.append((f"APP{i // len(VAR_STEMS):04d}_{stem}", default, secret))
    return out


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--vars", type=int, required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--out", type=pathlib.Path, required=True)
    a = ap.parse_args()
    rng = random.Random(f"env/{a.seed}/{a.vars}")
    every = names(a.vars)
    k = max(1, a.vars // 100)
    missing = sorted(rng.sample([n for n, _, _ in every], k))
    duplicated = sorted(rng.sample([n for n, _, _ in every], k))
    extra = [f"LEGACY_{i:05d}_FLAG" for i in range(k)]
    a.out.mkdir(parents=True, exist_ok=True)

    def write(fname: str, secret_value: str, skip=(), dup=(), more=()) -> None:
        lines, group = [], None
        for name, default, secret in every:
            if name in skip:
                continue
            prefix = name.split("_", 1)[0]
            if prefix != group:
                if group:
                    lines.append("")
                lines.append(f"# --- {prefix} ---")
                group = prefix
            value = secret_value if secret else default
            lines.append(f"{name}={json.dumps(value) if ' ' in value or ',' in value else value}")
            if name in dup:
                lines.append(f"{name}=again")
        if more:
            lines += ["", "# --- left over ---"] + [f"{m}=1" for m in more]
        (a.out / fname).write_text("\n".join(lines) + "\n")

    write(".env.template", "")
    write(".env.dev", "dev-secret", dup=set(duplicated))
    write(".env.prod", "prod-secret", skip=set(missing), more=extra)
    (a.out / "specc.yaml").write_text("specc: 1\ncheck: {}\n")
    truth = {"vars": a.vars, "missing_in_prod": missing, "extra_in_prod": extra, "duplicated_in_dev": duplicated}
    (a.out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")


if __name__ == "__main__":
    main()
