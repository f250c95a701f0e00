#!/usr/bin/env python3
"""Holds tests/data/kubernetes against a real API server: KUBECONFIG names it.

Every object of valid.yaml must be taken, and every row of faults.tsv that is marked 1.20 refused, with the path of the
row in what the server says where it names one. Prints a line for each disagreement; exits 1 if there is one.
"""

import concurrent.futures
import copy
import pathlib
import re
import subprocess
import sys

import yaml

HERE = pathlib.Path(__file__).parent
DATA = HERE.parent / "data" / "kubernetes"
# What the server of 1.20 does not serve yet, and what it served instead.
OLDER = {"batch/v1 CronJob": "batch/v1beta1", "autoscaling/v2 HorizontalPodAutoscaler": "autoscaling/v2beta2",
         "policy/v1 PodDisruptionBudget": "policy/v1beta1"}


def asked(document, dry=True):
    """Returns whether the server takes a document, and what it says."""
    document = copy.deepcopy(document)
    of = f"{document['apiVersion']} {document['kind']}"
    document["apiVersion"] = OLDER.get(of, document["apiVersion"])
    options = ["--dry-run=server"] if dry else []
    ran = subprocess.run(["kubectl", "create", *options, "-o", "name", "-f", "-"], text=True,
                         input=yaml.safe_dump(document), capture_output=True, check=False)
    return ran.returncode == 0, ran.stderr.strip()


def steps(path):
    """Splits `a.b[0]` into `a`, `b`, 0."""
    return [int(it[1:-1]) if it.startswith("[") else it for it in re.findall(r"\[\d+\]|[^.\[]+", path)]


def change(document, path, value):
    """Sets the value at a path, or removes it if the value is `!`."""
    *way, last = steps(path)
    for step in way:
        document = document[step] if isinstance(step, int) else document.setdefault(step, {})
    if value == "!":
        del document[last]
    else:
        document[last] = yaml.safe_load(value)


def judge_row(valid, row):
    """Returns what is wrong with a row, or nothing."""
    kind, changes, fault, path, server = row.split("\t")
    if server == "newer":
        return None
    document = copy.deepcopy(valid[kind])
    for one in changes.split(" ; "):
        change(document, *one.split(" = ", 1))
    taken, _ = asked(document, dry=server == "1.20")
    return f"taken, but {fault} at {path or 'the object'}: {kind} {changes}" if taken else None


def main():
    valid = {it["kind"]: it for it in yaml.safe_load_all((DATA / "valid.yaml").read_text())}
    rows = [it for it in (DATA / "faults.tsv").read_text().splitlines() if not it.startswith("#")]
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for kind, (taken, said) in zip(valid, pool.map(asked, valid.values())):
            wrong += [] if taken else [f"refused, but valid: {kind}: {said}"]
        wrong += [it for it in pool.map(lambda row: judge_row(valid, row), rows) if it]
    n_rows = sum(not row.endswith("\tnewer") for row in rows)
    for line in wrong:
        print(line)
    print(f"kubernetes rules: {len(valid)} valid objects and {n_rows} faults asked, {len(wrong)} disagreements")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
