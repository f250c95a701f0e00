#!/usr/bin/env python3
"""Holds `specc check` against real mistakes and real non-mistakes in public repositories.

Usage: run.py CLONES [ROW...]
       run.py --judged CLONES [REPOSITORY...]

CLONES is a folder with a clone of each repository of rows.tsv, named like the last part of its address. Each row of
rows.tsv is checked out in a worktree of its own below a temporary folder and checked with the binary that $SPECC
names (target/release/specc by default). Nothing is fetched, and nothing of the repositories is run.

A `mistake` must be found at its first commit, by its code, in its file, with its words in the message, the line of
the finding or a related place, and be gone at its second commit. A `kept` mistake has no second commit. A `fine`
row must have no finding at error or warning level in its file whose line or message has its words.

With --judged, the default run is held against judged.tsv instead: every finding that somebody looked up, with the
verdict. CLONES then has a clone of each repository named OWNER-NAME. New findings are listed as unjudged, and right
ones that are not found any more as lost; either fails the run. Wrong ones that are still told are counted.
"""

import collections
import csv
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SPECC = os.environ.get("SPECC", str(HERE.parent.parent / "target/release/specc"))


class Checkouts:
    """Worktrees of clones, and what the checker says about each of them."""

    def __init__(self, clones, scratch, options=("--pedantic",)):
        self.clones, self.scratch, self.options, self.known = clones, scratch, options, {}

    def findings(self, repo, commit):
        """Returns the findings of a commit, each with the text of its line, or None if the clone lacks the commit."""
        if (repo, commit) not in self.known:
            self.known[repo, commit] = self.check(repo, commit)
        return self.known[repo, commit]

    def check(self, repo, commit):
        clone, tree = self.clones / repo, self.scratch / f"{repo}-{commit[:12]}"
        add = ["git", "-C", str(clone), "worktree", "add", "--force", "--no-checkout", "--detach", str(tree), commit]
        if subprocess.run(add, capture_output=True).returncode:
            return None
        # A partial clone may lack a large picture; everything else is put there all the same, and an empty file for it.
        for step in (["read-tree", commit], ["checkout-index", "--all", "--force"]):
            subprocess.run(["git", "-C", str(tree), *step], capture_output=True)
        lacking = subprocess.run(["git", "-C", str(tree), "ls-files", "-z", "--deleted"], capture_output=True).stdout
        for path in filter(None, lacking.decode().split("\0")):
            (tree / path).parent.mkdir(parents=True, exist_ok=True)
            (tree / path).touch()
        try:
            run = subprocess.run([SPECC, "check", *self.options, "--format", "json"], cwd=tree, capture_output=True)
            if run.returncode not in (0, 1) and not run.stdout:
                sys.exit(f"{repo} {commit}: {run.stderr.decode()}")
            found = json.loads(run.stdout)["findings"]
            for finding in found:
                finding["text"] = " ".join(line_of(tree, it) for it in [finding, *finding.get("related", [])])
            return found
        finally:
            subprocess.run(["git", "-C", str(clone), "worktree", "remove", "--force", str(tree)], capture_output=True)


def line_of(tree, place):
    """Returns the words at a place: its path and its line."""
    try:
        lines = (tree / place["path"]).read_text(errors="replace").split("\n")
        return f"{place['path']} {lines[place['line'] - 1]}"
    except (OSError, IndexError):
        return place["path"]


def matching(found, row):
    """Returns the findings that a row means."""
    codes = row["code"].split(",") if row["code"] != "*" else None
    words = row["words"].split("|")
    is_it = lambda it: (
        (codes is None or it["code"] in codes)
        and it["path"] == row["path"]
        and all(word in it["message"] + " " + it["text"] for word in words)
    )
    return [it for it in found if is_it(it)]


def judge(row, checkouts):
    """Returns what became of a row: ok, or what is wrong."""
    before = checkouts.findings(row["repo"], row["commit"])
    if before is None:
        return "no such commit"
    hits = matching(before, row)
    if row["kind"] == "fine":
        loud = [it for it in hits if it["severity"] != "info"]
        return f"reported: {loud[0]['code']} {loud[0]['message']}" if loud else "ok"
    if row["kind"] == "open":
        return "ok" if not hits else f"found now: {hits[0]['code']}"
    if not hits:
        return "not found"
    if row["kind"] == "mistake":
        after = checkouts.findings(row["repo"], row["fix"])
        if after is None:
            return "no such commit"
        stays = matching(after, row)
        if stays:
            return f"stays at its fix: {stays[0]['code']} {stays[0]['message']}"
    return "ok" if any(it["severity"] != "info" for it in hits) else "ok, pedantic"


def identity(finding):
    """Returns what tells a finding from others: no prose of the message, only what it is about."""
    about = "|".join(re.findall("`([^`]*)`", finding["message"]))[:70]
    return finding["code"], finding["path"], str(finding["line"]), about


def judged(clones, wanted):
    """Holds the default run against the verdicts, prints what is new, lost and still wrong; returns how many fail."""
    verdicts = collections.defaultdict(dict)
    with open(HERE / "judged.tsv", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            known = verdicts[row["repo"], row["commit"]]
            if row["code"]:
                known[row["code"], row["path"], row["line"], row["subject"]] = row["verdict"], row["now"] == "yes"
    scratch, total = pathlib.Path(tempfile.mkdtemp(prefix="specc-judged-")), collections.Counter()
    checkouts = Checkouts(clones, scratch, ())
    try:
        for (repo, commit), known in verdicts.items():
            if wanted and repo not in wanted:
                continue
            found = checkouts.findings(repo.replace("/", "-"), commit)
            if found is None:
                print(f"{repo}: no clone, or no such commit")
                continue
            here = {identity(it) for it in found if it["severity"] != "info"}
            counts = collections.Counter(known[it][0] if it in known else "unjudged" for it in here)
            lost = [it for it, (verdict, now) in known.items() if now and verdict == "right" and it not in here]
            counts["lost"] = len(lost)
            for it in sorted(here - known.keys()):
                print(f"{repo}: unjudged:", *it)
            for it in sorted(lost):
                print(f"{repo}: lost:", *it)
            print(f"{repo}:", *(f"{counts[it]} {it}" for it in ("right", "wrong", "unjudged", "lost")), flush=True)
            total += counts
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print("in all:", *(f"{total[it]} {it}" for it in ("right", "wrong", "unjudged", "lost")))
    return total["unjudged"] + total["lost"]


def main():
    if sys.argv[1] == "--judged":
        sys.exit(1 if judged(pathlib.Path(sys.argv[2]).resolve(), set(sys.argv[3:])) else 0)
    clones = pathlib.Path(sys.argv[1]).resolve()
    wanted = set(sys.argv[2:])
    with open(HERE / "rows.tsv", newline="") as file:
        rows = [it for it in csv.DictReader(file, delimiter="\t") if not wanted or it["id"] in wanted]
    scratch = pathlib.Path(tempfile.mkdtemp(prefix="specc-precision-"))
    counts, bad = {}, 0
    try:
        checkouts = Checkouts(clones, scratch)
        for row in rows:
            verdict = judge(row, checkouts)
            label = verdict if verdict.startswith("ok") else "WRONG"
            counts[row["kind"], label] = counts.get((row["kind"], label), 0) + 1
            bad += label == "WRONG"
            print(f"{row['id']:10} {row['kind']:8} {row['code']:16} {verdict}", flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    for (kind, label), count in sorted(counts.items()):
        print(f"{count:4} {kind} {label}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
