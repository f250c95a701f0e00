#!/usr/bin/env python3
"""The Secret that manifests on stdin ask for, on stdout: every key they name, with values a user would fill in.

Usage: kube_secret.py [VALUES.env] <manifests >manifest; a key that VALUES.env does not have gets a value made of its name.
"""
import json
import sys

import yaml

given = {}
for line in open(sys.argv[1]) if len(sys.argv) > 1 else []:
    name, equals, value = line.strip().partition("=")
    if equals and not name.startswith("#"):
        given[name] = value
keys, found = {}, None


def walk(node):
    if isinstance(node, dict):
        if "secretKeyRef" in node:
            keys.setdefault(node["secretKeyRef"]["name"], set()).add(node["secretKeyRef"]["key"])
        if "secretName" in node and "items" in node:
            keys.setdefault(node["secretName"], set()).update(it["key"] for it in node["items"])
        for value in node.values():
            walk(value)
    elif isinstance(node, list):
        for value in node:
            walk(value)


documents = [it for it in yaml.safe_load_all(sys.stdin) if it]
walk(documents)
namespace = next(it["metadata"]["name"] for it in documents if it["kind"] == "Namespace")
for name, wanted in keys.items():
    data = {it: given.get(it, "s3cret-" + it.lower()) for it in sorted(wanted)}
    print("---")
    print(json.dumps({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name, "namespace": namespace}, "stringData": data}))
