"""The hand-written script that a team has before it has a tool: spec.json -> manifests, PyYAML (C emitter where present)."""
import json
import sys

import yaml

spec = json.load(open("spec.json"))
objs = []
for name in spec["order"]:
    s = spec["services"][name]
    sel = {"app.kubernetes.io/name": name}
    lab = {**sel, "app.kubernetes.io/component": s["kind"], "app.kubernetes.io/part-of": "bench"}

    def probe():
        return {"tcpSocket": {"port": s["port"]}, "periodSeconds": 30, "timeoutSeconds": 10, "failureThreshold": 3}

    env = [
        {
            "name": v,
            "valueFrom": {"secretKeyRef": {"name": name + "-secrets", "key": v}}
            if v in s["secrets"]
            else {"configMapKeyRef": {"name": name + "-config", "key": v}},
        }
        for v in s["env_order"]
    ]
    objs.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name + "-config", "labels": lab}, "data": {**s["env"], **s["files"]}})
    objs.append({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name + "-data", "labels": dict(lab)},
                 "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "10Gi"}}}})
    objs.append({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "labels": dict(lab)}, "spec": {
        "replicas": s["replicas"], "selector": {"matchLabels": dict(sel)}, "template": {"metadata": {"labels": dict(lab)}, "spec": {
            "containers": [{"name": name, "image": s["image"], "ports": [{"name": "main", "containerPort": s["port"]}], "env": env,
                "readinessProbe": probe(), "livenessProbe": {**probe(), "initialDelaySeconds": 40},
                "resources": {"limits": {"cpu": s["cpu"], "memory": f"{s['memory_mb']}Mi"},
                              "requests": {"cpu": "100m", "memory": f"{max(64, s['memory_mb'] // 4)}Mi"}},
                "volumeMounts": [{"name": "data", "mountPath": s["mount"]}, {"name": "config", "mountPath": "/etc/" + name, "readOnly": True}]}],
            "volumes": [{"name": "data", "persistentVolumeClaim": {"claimName": name + "-data"}}, {"name": "config", "configMap": {"name": name + "-config"}}]}}}})
    objs.append({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "labels": dict(lab)},
                 "spec": {"selector": dict(sel), "ports": [{"name": "main", "port": s["port"], "targetPort": "main"}]}})


class Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):
    def ignore_aliases(self, data):
        return True


yaml.dump_all(objs, sys.stdout, Dumper=Dumper, sort_keys=False)
