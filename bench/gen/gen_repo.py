#!/usr/bin/env python3
"""A synthetic repository of F files (py, ts, yaml, md, sh) for a stale-reference scan, with a known number of stale references.

    gen_repo.py --files 10000 --seed 1 [--stale 200] [--git] --out DIR

DIR/repo          the tree: F files in packages of about 40 files, sizes log-normal (median 2.5 KB, mean about 5 KB, as in
                  five real repositories of this kind), plus docker-compose.yml, docker-compose.prod.yml, .env.dev,
                  .env.prod, .env.template, scripts/deploy.sh, .gitignore, specc.yaml (asks for the check)
DIR/truth.json    every stale path reference (file, line, path), every variable that is read but declared nowhere, every
                  variable declared but read nowhere, the number of live references
DIR/removed.txt   the names of the removed files, one a line, without folders: for `rg -F -f`, the question of a person
                  who has just deleted K files ("who still refers to them?")

Live references name files that exist; stale ones name files that do not. How a reference is written depends on the file's
kind: open("..."), import text, compose bind mounts, Markdown links (relative to the file), scp / source / cp in shell.
Paths are relative to the repository root, except in Markdown links. Stale names are unique words that occur nowhere else.
Deterministic by (files, seed, stale). Standard library only.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import subprocess

EXTS = (("py", 40), ("ts", 25), ("md", 15), ("yaml", 10), ("sh", 10))
WORDS = (
    "account adapter archive batch billing broker buffer builder cache catalog channel checkout client cluster codec collector "
    "composer config connector consumer container context controller course crawler cursor daemon dataset decoder deploy digest "
    "document driver embed encoder engine entity episode event export fabric feature fetcher field filter fixture folder gateway "
    "graph handler harvest health history image import index ingest invoice job journal kernel ledger lesson limiter loader locale "
    "logger mapper market matcher media merge metric migrate model module monitor network notifier object offset operator orchestr "
    "order package parser partner payload pipeline player policy portal price process producer profile project proxy publish query "
    "queue quota ranking reader record registry relay render replica report request resolver result retry route runner sampler "
    "scanner scheduler schema search secret segment sender server service session shard signal snapshot socket source storage "
    "stream submit support switch symbol syncer table target tenant ticket token topic tracker trainer transfer trigger tunnel "
    "update upload usage vector verify version video volume walker wallet watcher webhook window worker writer"
).split()
VAR_TAILS = ("URL", "HOST", "PORT", "TOKEN", "SECRET", "TIMEOUT", "BUCKET", "ENABLED", "LEVEL", "POOL_SIZE", "PATH", "KEY")

# Lines of ordinary text, chosen to look like code and to hold no path and no variable.
FILLER = {
    "py": (
        "    {a}_{b} = compute_{c}({a}, limit={n}, strict=True)",
        "    for item in {a}.values():",
        "        {b}.append(normalize(item.{c}))",
        "    if {a} is None or not {b}:",
        '        raise ValueError(f"bad {a}: {{{b}!r}} at {n}")',
        "    return {a}.merge({b}, on={n})",
        "def {a}_{b}_{c}(self, {a}: int = {n}, *, {b}: str | None = None) -> bool:",
        '    """Check the {a} of the {b} before the {c} starts."""',
        "    # The {a} must outlive the {b}, else the {c} retries {n} times.",
        "",
    ),
    "ts": (
        "  const {a}{n} = await this.{b}.{c}({{ limit: {n}, strict: true }});",
        "export function {a}{b}(input: {{ {c}: string; size: number }}): boolean {{",
        "  if (!{a}.{b}) {{ throw new Error(`bad {c} ${{{a}.size}}`); }}",
        "  return {a}.map(({b}) => {b}.{c} + {n});",
        "}}",
        "// The {a} of the {b} is cached for {n} s.",
        "interface {a}{b}Props {{ {c}?: number; onChange: (value: string) => void }}",
        "",
    ),
    "md": (
        "The {a} keeps one {b} for each {c}; after {n} tries it gives up and reports the last error.",
        "- **{a} {b}**: the {c} that is used when none is given (default {n})",
        "## {a} {b}",
        "| {a} | {b} | {c} | {n} |",
        "",
        "Restart the {a} after a change of the {b}: the {c} reads it once, at start.",
    ),
    "yaml": (  # items of one list: valid YAML in any order
        "- {a}_{b}: {n}",
        "- [{a}, {b}, {n}]",
        "# how many {a} a {b} may hold",
        "- {{name: {a}-{b}, {c}: {n}}}",
        "- {c}: true",
        "",
    ),
    "sh": (
        'log "{a}: {b} of {c} done"',
        "for {a} in one two three; do",
        '  run_{b} --{c} {n} "${a}"',
        "done",
        "if ! has_{a} {b}; then",
        '  die "no {c}"',
        "fi",
        "# The {a} is started before the {b}.",
        "",
    ),
}
HEAD = {
    "py": '"""{a} {b}."""\n\nimport os\nfrom pathlib import Path\n',
    "ts": 'import {{ {a} }} from "{b}";\n',
    "md": "# {a} {b}\n",
    "yaml": "# {a} {b}\n",
    "sh": "#!/usr/bin/env bash\nset -euo pipefail\n",
}


def path_ref(ext: str, at: str, target: str, rng: random.Random) -> str:
    """A line of a file of kind `ext` at path `at` that refers to `target`."""
    if ext == "py":
        return rng.choice(('    data = open("{t}").read()', '    source = Path("{t}")', "    # see {t}")).format(t=target)
    if ext == "ts":
        return rng.choice(('  const source = readFileSync("{t}", "utf8");', "  // kept in step with {t}")).format(t=target)
    if ext == "md":
        rel = os.path.relpath(target, os.path.dirname(at) or ".")
        return rng.choice((f"See [the file]({rel}).", f"It is set in `{target}`."))
    if ext == "yaml":
        return rng.choice(("- ./{t}:/app/{b}:ro", "- file: {t}")).format(t=target, b=target.rsplit("/", 1)[1])
    return rng.choice(("source {t}", 'scp {t} "$DEPLOY_HOST":/srv/app/', "cp {t} /tmp/")).format(t=target)


def var_ref(ext: str, name: str, rng: random.Random) -> str:
    if ext == "py":
        return rng.choice(('    value = os.environ["{n}"]', '    value = os.getenv("{n}", "")')).format(n=name)
    if ext == "ts":
        return f"  const value = process.env.{name};"
    if ext == "md":
        return f"Set `{name}` first."
    if ext == "yaml":
        return f"- {name}: ${{{name}:-}}"
    return f'echo "${{{name}}}"'


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("--files", type=int, required=True)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--stale", type=int, default=None, help="stale path references (default: one per 100 files, at least 10)")
    ap.add_argument("--git", action="store_true", help="make it a git repository with one commit")
    ap.add_argument("--out", type=pathlib.Path, required=True)
    a = ap.parse_args()
    rng = random.Random(f"repo/{a.seed}/{a.files}")
    n_stale = a.stale if a.stale is not None else max(10, a.files // 100)
    root = a.out / "repo"
    root.mkdir(parents=True, exist_ok=True)

    # 1. Names of the files.
    exts = rng.choices([e for e, _ in EXTS], [w for _, w in EXTS], k=a.files)
    paths: list[str] = []
    for i, ext in enumerate(exts):
        pkg = i // 40
        top = ("packages", "services", "docs", "deploy")[pkg % 4]
        sub = ("src", "src/core", "tests", "src/core/io")[(i // 10) % 4]
        paths.append(f"{top}/{WORDS[pkg % len(WORDS)]}{pkg:05d}/{sub}/{rng.choice(WORDS)}_{i:06d}.{ext}")

    # 2. Variables: declared and read; declared only; read only.
    n_vars = max(20, min(2000, a.files // 10))
    declared = [f"APP_{WORDS[i % len(WORDS)].upper()}{i:04d}_{VAR_TAILS[i % len(VAR_TAILS)]}" for i in range(n_vars)]
    k = max(2, n_vars // 50)
    unread = [f"UNREAD_{i:04d}_FLAG" for i in range(k)]
    undeclared = [f"GHOST_{i:04d}_TOKEN" for i in range(k)]

    # 3. Where the stale references go.
    removed = [f"gone_{rng.choice(WORDS)}_{i:05d}.{rng.choice([e for e, _ in EXTS])}" for i in range(n_stale)]
    stale_at: dict[int, list[str]] = {}
    for name in removed:
        i = rng.randrange(a.files)
        pkg = rng.randrange(max(1, a.files // 40))
        stale_at.setdefault(i, []).append(f"{('packages', 'services', 'docs', 'deploy')[pkg % 4]}/{WORDS[pkg % len(WORDS)]}{pkg:05d}/src/{name}")
    ghost_at: dict[int, list[str]] = {}
    for name in undeclared:
        ghost_at.setdefault(rng.randrange(a.files), []).append(name)
    read_at: dict[int, list[str]] = {}
    for name in declared:  # every declared variable is read at least once
        read_at.setdefault(rng.randrange(a.files), []).append(name)

    # 4. The files.
    truth: dict = {"files": a.files, "seed": a.seed, "stale_paths": [], "undeclared_variables": [], "unread_variables": unread}
    live_paths = live_vars = total = 0
    made: set[str] = set()
    for i, (path, ext) in enumerate(zip(paths, exts)):
        size = min(200_000, int(rng.lognormvariate(7.83, 1.15)))  # median 2.5 KB
        fill = FILLER[ext]
        w = rng.choices(WORDS, k=3)
        lines = HEAD[ext].format(a=w[0], b=w[1]).split("\n")
        have = sum(map(len, lines))
        while have < size:
            w = rng.choices(WORDS, k=3)
            line = fill[rng.randrange(len(fill))].format(a=w[0], b=w[1], c=w[2], n=rng.randrange(1000))
            lines.append(line)
            have += len(line) + 1
        refs: list[tuple[str, str | None, str | None]] = []
        for _ in range(rng.choice((0, 1, 1, 2, 3))):
            refs.append((path_ref(ext, path, paths[rng.randrange(a.files)], rng), None, None))
            live_paths += 1
        for _ in range(rng.choice((0, 0, 1, 2))):
            refs.append((var_ref(ext, declared[rng.randrange(n_vars)], rng), None, None))
            live_vars += 1
        for name in read_at.get(i, ()):
            refs.append((var_ref("py" if ext == "md" else ext, name, rng), None, None))
            live_vars += 1
        for target in stale_at.get(i, ()):
            refs.append((path_ref(ext, path, target, rng), "stale", target))
        for name in ghost_at.get(i, ()):
            refs.append((var_ref("py" if ext == "md" else ext, name, rng), "ghost", name))
        first = min(len(lines), len(HEAD[ext].split("\n")))
        for line, _, _ in refs:
            lines.insert(rng.randint(first, len(lines)), line)
        for line, what, target in refs:
            if what:
                where = {"file": path, "line": next(j for j, have_line in enumerate(lines, 1) if have_line == line)}
                if what == "stale":
                    truth["stale_paths"].append(where | {"path": target})
                else:
                    truth["undeclared_variables"].append(where | {"name": target})
        text = "\n".join(lines) + "\n"
        total += len(text)
        full = root / path
        parent = os.path.dirname(path)
        if parent not in made:
            full.parent.mkdir(parents=True, exist_ok=True)
            made.add(parent)
        full.write_text(text)

    # 5. The root files.
    for fname, value in ((".env.dev", "dev"), (".env.prod", "prod"), (".env.template", "")):
        (root / fname).write_text("".join(f"{n}={value}\n" for n in declared + unread))
    (root / "specc.yaml").write_text('specc: 1\ncheck:\n  references: ["**"]\n')
    (root / ".gitignore").write_text("node_modules/\n__pycache__/\n*.log\n/build/\n")
    mounts = [p for p in paths if p.endswith(".yaml")][:20]
    for fname in ("docker-compose.yml", "docker-compose.prod.yml"):
        body = ["services:", "  app:", "    image: ghcr.io/example/app:1.0.0", "    environment:"]
        body += [f"      {n}: ${{{n}}}" for n in declared[:50]]
        body += ["    volumes:"] + [f"      - ./{p}:/app/{os.path.basename(p)}:ro" for p in mounts]
        (root / fname).write_text("\n".join(body) + "\n")
    (root / "scripts").mkdir(exist_ok=True)
    (root / "scripts" / "deploy.sh").write_text(
        "#!/usr/bin/env bash\nset -euo pipefail\n" + "".join(f'scp {p} "$DEPLOY_HOST":/srv/app/{os.path.basename(p)}\n' for p in mounts)
    )
    (a.out / "removed.txt").write_text("".join(f"{n}\n" for n in removed))
    truth |= {"bytes": total, "live_path_references": live_paths, "live_variable_references": live_vars}
    truth["stale_paths"].sort(key=lambda d: (d["file"], d["line"]))
    (a.out / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
    if a.git:
        env = dict(os.environ, GIT_AUTHOR_DATE="2026-01-01T00:00:00Z", GIT_COMMITTER_DATE="2026-01-01T00:00:00Z")
        ident = ["-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "gc.auto=0"]
        for cmd in (["init", "-q"], ["add", "-A"], [*ident, "commit", "-q", "-m", "synthetic"]):
            subprocess.run(["git", *cmd], cwd=root, check=True, env=env)


if __name__ == "__main__":
    main()
