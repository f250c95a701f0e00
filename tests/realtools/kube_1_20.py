#!/usr/bin/env python3
"""Manifests on stdin as the API server of k8s.sh (1.20) knows them, on stdout.

Usage: kube_1_20.py <manifests >manifests; what was changed is counted on stderr.

Three kinds have other versions there, one has none, a few fields are newer, the node has no graphics processor, and a
stand-in has no digest.
Everything else goes through as it was generated.
"""
import collections
import json
import sys

import yaml

VERSIONS = {("HorizontalPodAutoscaler", "autoscaling/v2"): "autoscaling/v2beta2",
            ("PodDisruptionBudget", "policy/v1"): "policy/v1beta1",
            ("CronJob", "batch/v1"): "batch/v1beta1"}
BUILT_IN = ("v1", "apps/v1", "batch/v1", "networking.k8s.io/v1")
done = collections.Counter()


def pod_of(item):
    spec = item.get("spec", {})
    return spec.get("jobTemplate", {}).get("spec", spec).get("template", {}).get("spec")


def adapt(item):
    key = item["kind"], item["apiVersion"]
    if key in VERSIONS:
        item["apiVersion"] = VERSIONS[key]
        done[f'{item["kind"]} as {VERSIONS[key]}'] += 1
        if item["spec"].pop("unhealthyPodEvictionPolicy", None):
            done["without unhealthyPodEvictionPolicy"] += 1
    elif item["apiVersion"] not in BUILT_IN:
        done[f'{item["kind"]} left out (a custom resource)'] += 1
        return None
    pod = pod_of(item)
    if pod:
        if pod["securityContext"].pop("appArmorProfile", None):
            done["without appArmorProfile"] += 1
        for container in pod.get("initContainers", []) + pod["containers"]:
            if container.get("imagePullPolicy") in (None, "Always"):
                container["imagePullPolicy"] = "IfNotPresent"  # nothing can be pulled
            container["image"], digest, _ = container["image"].partition("@")
            if digest:
                done["image without its digest"] += 1
            limits = container.get("resources", {}).get("limits", {})
            if limits.pop("nvidia.com/gpu", None):
                done["without nvidia.com/gpu"] += 1
            # The machine is small: what is set aside is a promise of the cluster, not of the manifest.
            container.get("resources", {}).pop("requests", None)
            for limit in ("cpu", "memory"):
                limits.pop(limit, None)
    return item


items = [it for it in map(adapt, filter(None, yaml.safe_load_all(sys.stdin))) if it]
# JSON is YAML that nobody reads otherwise.
sys.stdout.write("".join(f"---\n{json.dumps(it, ensure_ascii=False)}\n" for it in items))
print(", ".join(f"{n} x {what}" for what, n in sorted(done.items())) or "nothing changed", file=sys.stderr)
