#!/usr/bin/env python3
"""Measures whole processes, side by side, in one run: each round runs every case of a group once, in turn (A B C A B C ...), so that
a drift of the machine's speed meets them all. Prints the median of wall, cpu (user + system) and peak memory, the ratio to the
reference (taken round by round), and over the sizes n how the cost grows.

    run.py [GROUP ...] [--sizes 10,100] [--runs 7] [--budget 60] [--only TEXT] [--base NAME] [--json FILE]

--budget SECONDS bounds one (group, n): the number of rounds is lowered to fit (never below 1; the warm-up round counts towards it).
--strict fails when specc is missing or any case does not do its work, for a smoke run; a build that should have written nothing and did
counts as one. --base NAME is the case that others are divided by; default: "specc" where there is one, else the first that is no reference.
What a command prints goes to a file under $TMPDIR that each run truncates. Peak memory is ru_maxrss of the child: it cannot read below
this program's own peak (about 12 MiB), which the first line prints. Python 3.11+, standard library only; Linux.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import cases as table
import same_system


def once(case: table.Case, out: str) -> dict:
    """One run: wall seconds, cpu seconds, peak MiB, exit code."""
    if case.before:
        subprocess.run(case.before, cwd=case.cwd, check=True)
    with open(out, "wb") as sink:
        start = time.perf_counter()
        p = subprocess.Popen(
            case.argv, cwd=case.cwd, env=os.environ | case.env, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT
        )
        _, status, ru = os.wait4(p.pid, 0)
        wall = time.perf_counter() - start
        p.returncode = os.waitstatus_to_exitcode(status)
    return {"wall": wall, "cpu": ru.ru_utime + ru.ru_stime, "peak": ru.ru_maxrss / 1024, "code": p.returncode}


def stamps(case: table.Case) -> dict[str, tuple[int, int]]:
    """What would change if a file were written, by path."""
    files = (it for it in case.cwd.rglob("*") if it.is_file())
    return {str(it): ((stat := it.stat()).st_mtime_ns, stat.st_ino) for it in files}


def slope(points: list[tuple[float, float]]) -> float:
    """Least-squares slope of log(cost) over log(n)."""
    xs, ys = [math.log(n) for n, _ in points], [math.log(c) for _, c in points]
    mx, my = statistics.fmean(xs), statistics.fmean(ys)
    return sum((x - mx) * (y - my) for x, y in zip(xs, ys)) / sum((x - mx) ** 2 for x in xs)


def group_run(group: str, n: int, a) -> list[dict]:
    todo, out = [], os.path.join(tempfile.gettempdir(), f"bench-out-{os.getpid()}")
    for c in table.cases(group, n):
        if a.only and a.only not in c.name:
            continue
        if c.missing():
            print(f"  skipped, {c.missing()} is not on PATH: {c.name}", file=sys.stderr)
            a.troubles += c.missing() == "specc"
        elif n <= c.max_n:
            todo.append(c)
    rows: dict[str, list[dict]] = {c.name: [] for c in todo}
    began = time.perf_counter()
    for c in list(todo):  # the warm-up round
        r = once(c, out)
        if r["code"] not in c.ok:
            said = open(out, errors="replace").read(300).strip()
            print(f"  dropped, exit {r['code']}: {c.name}: {said}", file=sys.stderr)
            a.troubles += 1
            todo.remove(c)
            del rows[c.name]
    one = time.perf_counter() - began
    ours, theirs = table.DATA / f"spec-built-{n}", table.DATA / f"compose-{n}"
    if group == "build" and n <= 1000 and shutil.which("docker-compose") and (ours / table.BASE).exists():
        # The case that builds has run once: what it wrote is held against the compose files that the others read.
        same_system.check(ours, theirs, n)
        print(f"\ndocker compose reads one and the same system from specc's files and from the compose files of n = {n}")
    quiet = {c.name: (c, stamps(c)) for c in todo if c.writes_nothing}
    rounds = max(1, min(a.runs, int((a.budget - one) / max(one, 1e-9))))
    for _ in range(rounds):
        for c in todo:
            rows[c.name].append(once(c, out))
    os.unlink(out)
    for name, (case, before) in quiet.items():
        after = stamps(case)
        changed = sorted(it for it in before.keys() | after.keys() if before.get(it) != after.get(it))
        print(f"\n{name}: {len(changed)} files written in {rounds} rounds")
        a.troubles += len(changed)
    base = a.base or ("specc" if "specc" in rows else next((c.name for c in todo if not c.reference), None))
    result = []
    for c in todo:
        rs = rows[c.name]
        med = {k: statistics.median(r[k] for r in rs) for k in ("wall", "cpu", "peak")}
        ratio = statistics.median(r["wall"] / b["wall"] for r, b in zip(rs, rows[base])) if base in rows else None
        spread = (min(r["wall"] for r in rs), max(r["wall"] for r in rs))
        result.append({"group": group, "n": n, "name": c.name, "rounds": rounds, "reference": c.reference, **med, "wall_min": spread[0], "wall_max": spread[1], "ratio": ratio, "base": base})
    return result


def main() -> None:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("groups", nargs="*", default=list(table.SIZES))
    ap.add_argument("--sizes")
    ap.add_argument("--runs", type=int, default=7)
    ap.add_argument("--budget", type=float, default=60)
    ap.add_argument("--only")
    ap.add_argument("--base")
    ap.add_argument("--json")
    ap.add_argument("--strict", action="store_true")
    a = ap.parse_args()
    a.troubles = 0
    floor = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak floor {floor:.1f} MiB; {os.cpu_count()} processors; load {os.getloadavg()[0]:.2f}")
    everything: list[dict] = []
    for group in a.groups:
        sizes = [int(x) for x in a.sizes.split(",")] if a.sizes else table.SIZES[group]
        per: dict[str, list[tuple[int, float]]] = {}
        for n in sizes:
            rows = group_run(group, n, a)
            everything += rows
            print(f"\n## {group}, n = {n} ({rows[0]['rounds'] if rows else 0} rounds; ratio: wall over '{rows[0]['base'] if rows else ''}')\n")
            print("| case | wall ms | min..max | cpu ms | peak MiB | ratio |\n|---|---:|---:|---:|---:|---:|")
            for r in rows:
                ratio = f"{r['ratio']:.3f}" if r["ratio"] is not None else ""
                print(f"| {r['name']} | {r['wall']*1e3:.1f} | {r['wall_min']*1e3:.1f}..{r['wall_max']*1e3:.1f} | {r['cpu']*1e3:.1f} | {r['peak']:.1f} | {ratio} |")
                per.setdefault(r["name"], []).append((n, r["cpu"]))
            sys.stdout.flush()
        if len(sizes) > 1:
            print(f"\n### {group}: growth of cpu with n (slope of log cpu over log n: all sizes, last two sizes)\n")
            for name, pts in per.items():
                if len(pts) > 1:
                    print(f"- {name}: {slope(pts):.2f}, {slope(pts[-2:]):.2f} (n = {pts[0][0]}..{pts[-1][0]})")
    if a.json:
        with open(a.json, "w") as f:
            json.dump(everything, f, indent=1)
    if a.strict and a.troubles:
        raise SystemExit(f"{a.troubles} cases did not run")


if __name__ == "__main__":
    main()
