#!/usr/bin/env python3
"""Whether the scan of a generated repository finds what was planted, and nothing else.

    scan_truth.py DIR     DIR as gen_repo.py made it; specc on PATH

A scan that is fast because it misses something is no scan: this is run beside the measurements, and exits with 1 if a planted reference
is missed or anything else is told.
"""

from __future__ import annotations

import json
import pathlib
import subprocess
import sys


def main() -> int:
    root = pathlib.Path(sys.argv[1])
    truth = json.loads((root / "truth.json").read_text())
    planted = {(it["file"], it["line"]) for it in truth["stale_paths"]}
    run = subprocess.run(["specc", "check", "--select", "REF001", "--format", "json"], cwd=root / "repo", capture_output=True, text=True)
    told = {(it["path"], it["line"]) for it in json.loads(run.stdout)["findings"]}
    print(f"{root.name}: {len(planted)} planted, {len(planted & told)} found, {len(planted - told)} missed, {len(told - planted)} false")
    return 0 if planted == told else 1


if __name__ == "__main__":
    raise SystemExit(main())
