"""The table of measured commands.

A case is one whole process. Every program is looked up on PATH (setup.sh makes a folder of them); a case whose program is missing is
skipped and said so. `reference` cases are the physical limits (hello, wc, a search for one word). The case called "specc" is the one
that others are divided by, pair by pair.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
BENCH = Path(os.environ.get("BENCH_HOME", HERE.parent / "target" / "bench"))
DATA = BENCH / "data"


@dataclass
class Case:
    name: str
    argv: list[str]
    cwd: Path = HERE
    max_n: int = 10**9  # larger workloads take too long for this one
    reference: bool = False
    ok: tuple[int, ...] = (0,)  # exit codes that mean it did its work
    env: dict[str, str] = field(default_factory=dict)
    before: list[str] | None = None  # run before each round, outside the measured time
    writes_nothing: bool = False  # held: after the warm-up round no file of `cwd` changes

    def missing(self) -> str | None:
        return None if shutil.which(self.argv[0]) else self.argv[0]


SIZES = {
    "process": (1,),
    "build": (10, 100, 1000, 5000),
    "deps": (16, 20, 24, 1000, 5000),
    "k8s-validate": (10, 100, 1000),
    "k8s-build": (10, 100, 1000),
    "env": (10, 100, 1000, 10000),
    "settings": (100, 1000, 10000),
    "scan": (1000, 10000, 100000),
    "hook": (1000, 10000, 100000),
    "real": (),  # needs clones: BENCH_REAL=DIR run.py real --sizes 1,2,3
}
BASE, DEV, PROD = "docker-compose.yml", "docker-compose.dev.yml", "docker-compose.prod.yml"
ENV_FILES = [".env.dev", ".env.prod", ".env.template"]
CLEAN = ["sh", "-c", f"rm -f specc.lock {BASE} {DEV} {PROD} .env.*"]


def cases(group: str, n: int) -> list[Case]:
    C = Case
    if group == "process":
        return [
            C("hello (Rust)", ["hello"], reference=True),
            C("specc", ["specc", "--version"]),
            C("/bin/true (C)", ["/bin/true"], reference=True),
            C("rg --version", ["rg", "--version"]),
            C("ruff --version", ["ruff", "--version"]),
            C("git --version", ["git", "--version"]),
            C("docker-compose version", ["docker-compose", "version"]),
            C("python3 -c 'import yaml'", ["python3", "-c", "import yaml"]),
        ]
    if group == "build":
        # The same system, not the same work: compose reads three files, specc writes them.
        d = DATA / f"compose-{n}"
        return [
            C("hello (Rust)", ["hello"], reference=True),
            C("specc", ["specc", "build"], DATA / f"spec-{n}", before=CLEAN),
            C("specc build, nothing changed", ["specc", "build"], DATA / f"spec-built-{n}", writes_nothing=True),
            C("specc build --check", ["specc", "build", "--check"], DATA / f"spec-built-{n}", writes_nothing=True),
            C("docker compose config base+prod", ["docker-compose", "-f", BASE, "-f", PROD, "config"], d),
            C("docker compose config base+prod, specc's files", ["docker-compose", "-f", BASE, "-f", PROD, "config"], DATA / f"spec-built-{n}"),
            C("docker compose config base+dev", ["docker-compose", "-f", BASE, "-f", DEV, "config"], d),
            C("docker compose config -q base", ["docker-compose", "-f", BASE, "config", "-q"], d),
            C("docker stack config base+prod", ["docker", "stack", "config", "-c", "docker-compose.stack.yml", "-c", PROD], d),
            C("python3 yaml.CSafeLoader (3 files)", ["python3", "-c", "import yaml,sys\nfor f in sys.argv[1:]: yaml.load(open(f), Loader=yaml.CSafeLoader)", BASE, DEV, PROD], d),
        ]
    if group == "k8s-validate":
        # specc reads the folder as a part of a repository, and judges more than the schema; the others read one file.
        d = DATA / f"k8s-{n}"
        return [
            C("hello (Rust)", ["hello"], reference=True),
            C("specc", ["specc", "check", "--select", "K8S", "--quiet"], d / "manifests"),
            C("kubeconform, a file a service", ["kubeconform", "-strict", "-summary", "manifests"], d),
            C("kubernetes-validate", ["kubernetes-validate", "-k", "1.37", "--strict", "--quiet", "all.yaml"], d),
        ]
    if group == "k8s-build":
        # The same objects from the same data. specc also judges them, and its pods have what a cluster needs besides.
        d = DATA / f"k8s-build-{n}"
        return [
            C("hello (Rust)", ["hello"], reference=True),
            C("specc", ["specc", "build"], d / "specc", before=["sh", "-c", "rm -f specc.lock k8s.yaml secret.yaml.template"]),
            C("python3 main.py (PyYAML)", ["python3", "main.py"], d / "peers"),
            C("nickel export --format yaml", ["nickel", "export", "--format", "yaml", "main.ncl"], d / "peers"),
            C("cdk8s (node main.cjs)", ["cdk8s-node", "main.cjs"], d / "peers"),
        ]
    if group == "deps":
        # Every service depends on the three before it: compose walks every path of that graph.
        return [
            C("specc", ["specc", "build"], DATA / f"dense-spec-{n}", before=CLEAN),
            C("docker compose config -q, dense depends_on", ["docker-compose", "-f", BASE, "config", "-q"], DATA / f"dense-{n}", max_n=24),
        ]
    if group == "env":
        d = DATA / f"env-{n}"
        return [
            C("wc -l", ["wc", "-l", ".env.dev", ".env.prod", ".env.template"], d, reference=True),
            C("specc", ["specc", "check"], d, ok=(0, 1)),
            C("dotenv-linter check", ["dotenv-linter", "check", "--plain", "--quiet", *ENV_FILES], d, ok=(0, 1)),
            C("dotenv-linter diff", ["dotenv-linter", "diff", "--plain", "--quiet", *ENV_FILES], d, ok=(0, 1)),
        ]
    if group == "settings":
        d = DATA / f"settings-{n}"
        return [
            C("wc -l", ["wc", "-l", "app/config.py", ".env.template"], d, reference=True),
            C("specc", ["specc", "check"], d, ok=(0, 1)),
            C("specc --no-cache", ["specc", "check", "--no-cache"], d, ok=(0, 1)),
            C("ruff check --isolated --no-cache", ["ruff", "check", "--isolated", "--no-cache", "app/config.py"], d),
            C("python3 settings_script.py (ast)", ["python3", str(HERE / "peers" / "settings_script.py"), "app/config.py", ".env.template"], d),
        ]
    if group == "scan":
        d = DATA / f"repo-{n}"
        word = (d / "removed.txt").read_text().split("\n")[0] if (d / "removed.txt").exists() else "gone"
        rg = ["rg", "--hidden", "-g", "!.git"]
        return [
            C("rg --files (list only)", [*rg, "--files", "repo"], d, reference=True),
            C("rg -c WORD, one word", [*rg, "-c", "-F", word, "repo"], d, reference=True),
            # The same question: which texts name a file that is not there (scan_truth.py holds the answer against what was planted).
            C("specc", ["specc", "check", "--select", "REF001"], d / "repo", ok=(0, 1)),
            C("specc --no-cache", ["specc", "check", "--no-cache", "--select", "REF001"], d / "repo", ok=(0, 1)),
            C("specc check, all rules", ["specc", "check"], d / "repo", ok=(0, 1)),
            C("rg -F -f removed.txt", [*rg, "-n", "-F", "-f", "removed.txt", "repo"], d),
            C("grep -rF -f removed.txt", ["grep", "-rnF", "-f", "removed.txt", "--exclude-dir=.git", "repo"], d),
            C("python3 scan_script.py", ["python3", str(HERE / "peers" / "scan_script.py"), "repo"], d),
        ]
    if group == "hook":
        # A commit that touches nothing that matters: what everyone pays for the hook, every time.
        d = DATA / f"repo-{n}" / "repo"
        return [
            C("hello (Rust)", ["hello"], d, reference=True),
            C("specc", ["specc", "check", "--staged"], d),
            C("git diff --cached --name-only", ["git", "diff", "--cached", "--name-only", "-z"], d),
            C("git status --porcelain", ["git", "status", "--porcelain"], d),
        ]
    if group == "real":
        # Clones of public repositories below $BENCH_REAL, by number in the order of their names.
        d = sorted(it for it in Path(os.environ["BENCH_REAL"]).iterdir() if (it / ".git").exists())[n - 1]
        return [
            C("hello (Rust)", ["hello"], d, reference=True),
            C("rg -c WORD, one word", ["rg", "--hidden", "-g", "!.git", "-c", "-F", "DATABASE_URL", "."], d, reference=True, ok=(0, 1)),
            C("specc", ["specc", "check"], d, ok=(0, 1)),
            C("specc --no-cache", ["specc", "check", "--no-cache"], d, ok=(0, 1)),
            C("specc check --select REF001", ["specc", "check", "--select", "REF001"], d, ok=(0, 1)),
            C("specc check --staged", ["specc", "check", "--staged"], d, ok=(0, 1)),
            C("git diff --cached --name-only", ["git", "diff", "--cached", "--name-only", "-z"], d),
        ]
    raise SystemExit(f"no group {group}")
