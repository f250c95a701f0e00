#!/usr/bin/env python3
"""Compare two streams of manifests as sets of objects. Usage: same_objects.py ONE OTHER; differences are printed."""
import sys

import yaml


def objects(path):
    return {(it["kind"], it["metadata"]["name"]): it for it in yaml.safe_load_all(open(path)) if it}


one, other = map(objects, sys.argv[1:3])
if not one:
    sys.exit("no objects")
problems = [f"only in one: {key}" for key in one.keys() ^ other.keys()]
problems += [f"{key} differs" for key in one.keys() & other.keys() if one[key] != other[key]]
sys.exit("\n".join(problems) or 0)
