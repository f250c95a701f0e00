#!/usr/bin/env python3
"""Hold manifests against the schemas of every minor version of Kubernetes that kubernetes-validate knows from 1.30.

Usage: kube_schema.py FILE..; prints "N documents, M versions (1.30 .. 1.37), K custom resources without a schema", or
one line for each document that a version refuses, and then exits with 1.
"""
import pathlib
import re
import sys

import kubernetes_validate
import yaml

schemas = pathlib.Path(kubernetes_validate.__file__).parent
minors = sorted({int(m[1]) for it in schemas.rglob("*") for m in [re.search(r"v?1\.(\d+)(?:\.\d+)?", it.name)] if m})
versions = [f"1.{it}" for it in minors if it >= 30]
if not versions:
    sys.exit("no schemas of 1.30 or later are installed")
documents = custom = 0
refused = []
for path in sys.argv[1:]:
    for document in yaml.safe_load_all(open(path)):
        if document is None or document.get("kind") == "Kustomization":
            continue
        documents += 1
        group = document["apiVersion"].split("/")[0]
        if "." in group and not group.endswith(".k8s.io"):
            custom += 1
            continue
        for version in versions:
            try:
                kubernetes_validate.validate(document, version, strict=True)
            except Exception as error:  # every kind of refusal is one line
                where = getattr(error, "path", "")
                refused.append(f"{path}: {document['kind']}/{document['metadata']['name']} for {version}: {where} {error}")
if refused:
    sys.exit("\n".join(it.splitlines()[0] for it in refused))
print(f"{documents} documents, {len(versions)} versions ({versions[0]} .. {versions[-1]}), {custom} custom resources without a schema")
